"""A check with a snapshot says exactly what a check without one says, and infers no more than it must."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from snowc.diag.core import Sink, mistakes
from snowc.diag.render_json import render_json
from snowc.diag.render_text import render_text
from snowc.incremental.checker import Checker
from snowc.incremental.snapshot import (
    NOTHING,
    LibraryModule,
    Snapshot,
    pack,
    pack_library,
    unpack,
    unpack_library,
)
from snowc.incremental.validity import KnownFiles
from snowc.match.exhaustive import check_module
from snowc.modules.library import StdSource
from snowc.modules.loader import Program, load_program
from snowc.source.files import MemoryReader, SourceMap
from snowc.types.env import ProgramEnv
from snowc.types.infer_module import infer_module
from tests import golden
from tests.unit.edited_project import Project
from tests.unit.types.support import STD, table

BUILTINS = table()


def said(sources: SourceMap, sink: Sink) -> list[tuple[str, str]]:
    """All diagnostics in the order of printing, as text and as JSON."""
    return [(render_text(d, sources), render_json(d, sources)) for d in sink.ordered()]


class Run:
    """The outcome of one check."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.sources = SourceMap(MemoryReader({f"p/{path}": text for path, text in files.items()}))
        self.sink = Sink()
        self.main: int | None = None

    def load(self, known: KnownFiles | None = None) -> Program | None:
        std = StdSource(str(STD), {})
        program = load_program("p", self.sources, std, self.sink, (), known)
        return None if self.sink.has_errors else program

    @property
    def said(self) -> list[tuple[str, str]]:
        return said(self.sources, self.sink)


def clean(files: Mapping[str, str]) -> Run:
    """A check that knows nothing, as the stages one after the other."""
    run = Run(files)
    program = run.load()
    if program is not None:
        env = ProgramEnv(BUILTINS)
        modules = [infer_module(parsed, env, run.sink) for parsed in program.modules]
        found = mistakes(run.sink.items)
        for module in modules:
            if not module.is_std:
                check_module(module, run.sink, env.type_infos(), found or None)
        if not run.sink.has_errors:
            main = [f for m in modules for f in m.functions if f.name == "Main.main"]
            run.main = len(main[0].params) if main else None
    return run


class Cached:
    """Checks that follow one another, each with what the one before has left."""

    def __init__(self) -> None:
        self.snapshot: Snapshot = NOTHING
        self.library: dict[str, LibraryModule] = {}
        self.inferred: list[str] = []

    def check(self, files: Mapping[str, str]) -> Run:
        run = Run(files)
        # What was kept has been through a file.
        known, library = unpack(pack(self.snapshot)), unpack_library(pack_library(self.library))
        program = run.load(KnownFiles(known, {name: module.facts for name, module in library.items()}))
        self.inferred = []
        if program is None:
            return run
        checker = Checker(program, run.sources, known, library, lambda: BUILTINS)
        checker.infer()
        checker.match()
        checker.report(run.sink)
        if not run.sink.has_errors:
            run.main = checker.parameters_of_main("Main")
        self.inferred, self.library = checker.inferred, library
        self.snapshot = checker.snapshot() or known
        return run

    def compare(self, files: Mapping[str, str]) -> list[str]:
        """Check both ways; gives the modules that had to be inferred."""
        expected, found = clean(files), self.check(files)
        assert found.said == expected.said
        assert found.main == expected.main
        return sorted(self.inferred)


def edit_and_compare(seed: int, edits: int) -> tuple[int, int]:
    """Edit a project at random; gives how many modules there were and how many were inferred."""
    random = Random(seed)
    project, cached = Project(random), Cached()
    cached.compare(project.files())
    modules = inferred = 0
    history: list[str] = []
    for _ in range(edits):
        history.append(project.edit())
        files = project.files()
        try:
            cached.compare(files)
        except AssertionError as failure:
            failure.add_note(f"seed {seed}, edits:\n" + "\n".join(history))
            raise
        if cached.inferred:
            modules += len(files)
            inferred += len(cached.inferred)
    return modules, inferred


# ---- one rule at a time --------------------------------------------------------------------------

BASE = """
pub struct Point do
  x :: Int
end
pub fn make(x :: Int) -> Point = Point { x: x }
pub fn other(x :: Int) -> Int = x
fn private(x) = x
"""
MIDDLE = "import Base\npub fn point() = Base.make(1)\n"
USER = "import Base\npub fn number() = Base.other(2)\n"
TOP = "import Middle\nfn main() do\n  let p = Middle.point()\n  let x = p.x\nend\n"
NOTHING_RUNS = {"main": "fn main() do\nend\n"}
PROJECT = {"base": BASE, "middle": MIDDLE, "user": USER, "main": TOP}


def after(before: Mapping[str, str], *changes: Mapping[str, str | None]) -> list[list[str]]:
    """Check a project and then each changed form of it; gives what was inferred after each change."""
    cached, files = Cached(), dict(before)
    cached.compare(_named(files))
    inferred = []
    for change in changes:
        files |= {name: text for name, text in change.items() if text is not None}
        for name in [name for name, text in change.items() if text is None]:
            del files[name]
        inferred.append(cached.compare(_named(files)))
    return inferred


def _named(files: Mapping[str, str]) -> dict[str, str]:
    return {f"{name}.snow": text for name, text in files.items()}


def replaced(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def test_nothing_is_inferred_when_nothing_has_changed() -> None:
    assert after(PROJECT, {}, {"user": USER}) == [[], []]


def test_a_changed_body_concerns_its_module_only() -> None:
    body = replaced(BASE, "x: x", "x: x + 1")
    assert after(PROJECT, {"base": body}, {"base": "\n\n# moved\n" + body}) == [["Base"], ["Base"]]


def test_a_changed_type_concerns_the_modules_that_name_the_function() -> None:
    changed = replaced(BASE, "other(x :: Int) -> Int = x", "other(x :: Int) -> Float = 1.5")
    assert after(PROJECT, {"base": changed}) == [["Base", "User"]]


def test_a_type_that_is_found_out_counts_as_one_that_is_written() -> None:
    files = {
        "base": "pub fn f(x) = x + 1\n",
        "user": "import Base\nfn g() = Base.f(1)\n",
    } | NOTHING_RUNS
    assert after(files, {"base": "pub fn f(x) = x\n"}) == [["Base", "User"]]


def test_a_new_function_concerns_the_modules_in_whose_text_its_name_occurs() -> None:
    assert after(PROJECT, {"base": BASE + "pub fn more() = 1\n"}) == [["Base"]]
    assert after(PROJECT, {"base": BASE + "fn number() = 1\n"}) == [["Base", "User"]]


def test_a_changed_handler_concerns_the_modules_that_name_its_function() -> None:
    shop = "pub service Till do\n  call GetSum() do |n|\n    (n, n)\n  end\n  cast Empty do\n    0\n  end\nend\n"
    files = {
        "shop": shop,
        "sums": "import Shop\npub fn sum(t) = Shop.Till.get_sum(t)\n",
        "empties": "from Shop import Till\npub fn empty(t) = Till.empty(t)\n",
        "main": "from Shop import Till\nfn main() do\n  let t = Till.start()\n  println(Till.get_sum(t))\nend\n",
    }
    texts = replaced(shop, "(n, n)", '(n, "${n}")')
    assert after(files, {"shop": texts}, {"shop": replaced(texts, "    0\n", "    1\n")}) == [
        ["Main", "Shop", "Sums"],
        ["Shop"],
    ]


def test_a_changed_struct_concerns_every_module_that_can_meet_it() -> None:
    changed = replaced(BASE, "x :: Int\nend", "x :: Int\n  y :: Int\nend")
    assert after(PROJECT, {"base": replaced(changed, "x: x", "x: x, y: x")}) == [["Base", "Main", "Middle", "User"]]


@pytest.mark.parametrize("deriving", ["deriving(Eq)", "deriving(Eq, Display)"])
def test_what_a_type_derives_is_part_of_it(deriving: str) -> None:
    (inferred,) = after(PROJECT, {"base": replaced(BASE, "x :: Int\nend", f"x :: Int\nend {deriving}")})
    assert "Main" in inferred


def test_an_instance_for_an_own_type_concerns_those_that_can_meet_the_type() -> None:
    instance = 'impl Display for Point do\n  fn to_string(self) -> String = "p"\nend\n'
    files = PROJECT | {"apart": "fn f() = 1\n"}
    assert after(files, {"base": BASE + instance}) == [["Base", "Main", "Middle", "User"]]


def test_an_instance_for_a_type_of_another_module_concerns_all_that_follow() -> None:
    """Also where it replaces what the type derives by itself."""
    instance = "impl Eq for Base.Point do\n  fn eq(self, other :: Self) -> Bool = true\nend\n"
    assert after(PROJECT, {"middle": MIDDLE + instance}, {"middle": MIDDLE}) == [["Main", "Middle", "User"]] * 2


SIZED = (
    "pub interface Sized do\n  fn size(self) -> Int\nend\nimpl Sized for Int do\n  fn size(self) -> Int = self\nend\n"
)


def test_methods_are_seen_without_an_import() -> None:
    files = {"a": SIZED, "z": "fn f() = 3.size() + 1\n"} | NOTHING_RUNS
    text = replaced(replaced(SIZED, "-> Int\n", "-> String\n"), "-> Int = self", '-> String = "${self}"')
    assert after(files, {"a": text}, {"a": "fn f() = 1\n"}) == [["A", "Main", "Z"]] * 2


def test_types_that_methods_mention_are_seen_without_an_import() -> None:
    sized = replaced(replaced(SIZED, "-> Int\n", "-> Base.Point\n"), "-> Int = self", "-> Base.Point = Base.make(self)")
    files = PROJECT | {"mine": "import Base\n" + sized, "zed": "fn f() = 3.size().x\n"}
    (inferred,) = after(files, {"base": replaced(replaced(BASE, "x :: Int\nend", "y :: Int\nend"), "x: x", "y: x")})
    assert "Zed" in inferred


DEFAULTS = """
pub interface Twice do
  fn once(self) -> Int
  fn twice(self) -> Int do
    helper(once(self))
  end
end
fn helper(n :: Int) -> Int = n * 2
"""
DOES_TWICE = "import Defaults\nimpl Defaults.Twice for Int do\n  fn once(self) -> Int = self\nend\n"


def test_a_default_body_is_inferred_again_with_what_it_uses() -> None:
    files = {"defaults": DEFAULTS, "user": DOES_TWICE} | NOTHING_RUNS
    helper = replaced(DEFAULTS, "helper(n :: Int) -> Int = n * 2", "helper(n) = n + n")
    body = replaced(DEFAULTS, "helper(once(self))", "helper(once(self)) + 1")
    assert after(files, {"defaults": helper}, {"defaults": body}) == [
        ["Defaults", "User"],
        ["Defaults", "Main", "User"],
    ]


def test_a_default_body_uses_what_its_module_imports() -> None:
    defaults = replaced(DEFAULTS, "fn helper(n :: Int) -> Int = n * 2\n", "")
    files = {
        "base": "pub fn helper(n :: Int) -> Int = n\n",
        "defaults": "from Base import helper\n" + defaults,
        "user": DOES_TWICE,
    } | NOTHING_RUNS
    edited = DOES_TWICE + "fn more() = 1\n"
    assert after(files, {"user": edited}, {"base": "pub fn helper(n) = n + n\n"}) == [
        ["User"],
        ["Base", "Defaults", "User"],
    ]


def test_a_diagnostic_that_points_into_a_moved_file_points_to_the_new_place() -> None:
    files = PROJECT | {"wrong": "import Base\nfn f() = Base.private(1)\n"}
    assert after(files, {"base": "\n\n" + BASE}) == [["Base", "Wrong"]]


def test_an_import_may_come_to_mean_another_module() -> None:
    files = {
        "geo": "pub module Shape do\n  pub fn area() = 1\nend\n",
        "user": "import Geo.Shape\nfn f() = Shape.area()\n",
    } | NOTHING_RUNS
    assert after(files, {"geo/shape": "pub fn area() = 1.5\n"}, {"geo/shape": None}) == [
        ["Geo.Shape", "User"],
        ["User"],
    ]


def test_an_import_may_mean_any_beginning_of_its_path() -> None:
    files = {
        "a": "pub module B do\n  pub module C do\n    pub fn f() = 1\n  end\nend\n",
        "a/b": "pub fn g() = 1\n",
        "user": "import A.B.C\nfn h() = C.f() + 1\n",
    } | NOTHING_RUNS
    assert after(files, {"a": replaced(files["a"], "= 1", '= "text"')}) == [["A", "User"]]


def test_names_that_a_message_lists_are_those_that_exist() -> None:
    files = PROJECT | {"wrong": "from Base import mak\n"}
    assert after(files, {"base": BASE + "pub fn zoom() = 1\n"}) == [["Base", "Wrong"]]


def test_suggestions_follow_the_modules_that_exist() -> None:
    files = {"user": "import Alpa\n"} | NOTHING_RUNS
    assert after(files, {"alpha": ""}, {"alpha": None}, {"beta": "\n"}) == [
        ["Alpha", "User"],
        ["User"],
        ["Beta", "User"],
    ]


def test_a_mistake_is_not_inferred_again_and_again() -> None:
    files = PROJECT | {"wrong": "fn f() = nowhere\n"}
    assert after(files, {"user": USER + "\n"}, {"user": USER}) == [["User"], ["User"]]


def test_tables_of_a_module_with_a_mistake_are_made_again_for_those_that_follow() -> None:
    base = BASE + "fn wrong() = nowhere\nlet broken = nowhere\n"
    edited = replaced(USER, "Base.other(2)", "Base.other(3)")
    assert after(PROJECT | {"base": base}, {"user": edited}) == [["User"]]


def test_matches_are_checked_beside_mistakes_elsewhere() -> None:
    case = "import Base\npub fn f(n :: Int) -> Int do\n  case Base.other(n) do\n    1 -> 2\n  end\nend\n"
    wrong = replaced(BASE, "= x\n", "= nowhere\n")
    assert after(PROJECT | {"base": wrong, "user": case}, {"base": BASE}) == [["Base"]]
    apart = PROJECT | {"user": case, "wrong": "fn f() = nowhere\n"}
    assert after(apart, {"wrong": "fn f() = 1\n"}) == [["Wrong"]]


def test_a_library_module_that_comes_in_counts_where_its_names_occur() -> None:
    generic = "pub interface Keyed do\n  fn keys(self) -> Int\nend\npub fn f<T>(x :: T) where T: Keyed = x.keys()\n"
    files = PROJECT | {"generic": generic}
    assert after(files, {"user": USER + 'fn m() = %{"a" => 1}\n'}, {"user": USER}) == [["Generic", "User"]] * 2


def test_parameters_of_main_are_known_without_inference() -> None:
    for main in ("fn main(args) do\nend\n", "let main = 1\n", "fn f() = 1\n", "fn main() do\nend\n"):
        assert after({"main": main, "a": ""}, {"a": "\n"}) == [["A"]]


def test_syntax_errors_and_cycles_come_first_and_change_nothing() -> None:
    cycle = "import Middle\n" + BASE
    inferred = after(PROJECT, {"user": "fn ( do\n"}, {"user": USER}, {"base": cycle}, {"base": BASE})
    assert inferred == [[], [], [], []]


# ---- programs of other tests ---------------------------------------------------------------------

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = sorted(path for stage in ("errors", "run") for path in (GOLDEN / stage).rglob("*.case"))


def check_case(path: Path) -> None:
    """What a program is told for the first time, it is told again, and again after each of its files has moved."""
    case = golden.parse_case(path.read_text(encoding="utf-8"), path.relative_to(GOLDEN).parts[0])
    files = {name: text for name, text in case.files().items() if name.endswith(".snow")}
    cached = Cached()
    cached.compare(files)
    assert cached.compare(files) == []
    for name in files:
        files[name] = "\n" + files[name]
        cached.compare(files)


@pytest.mark.parametrize("path", CASES[::16], ids=lambda path: path.stem)
def test_programs_are_told_the_same_again(path: Path) -> None:
    check_case(path)


@pytest.mark.full
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_all_programs_are_told_the_same_again(path: Path) -> None:
    check_case(path)


# ---- at random -----------------------------------------------------------------------------------


def test_edits_at_random_are_checked_as_if_for_the_first_time() -> None:
    counts = [edit_and_compare(seed, 8) for seed in range(4)]
    assert sum(inferred for _, inferred in counts) < 0.8 * sum(modules for modules, _ in counts)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100, 160))
def test_many_edits_at_random(seed: int) -> None:
    edit_and_compare(seed, 25)
