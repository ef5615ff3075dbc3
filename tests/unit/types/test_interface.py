"""What is read from a module's interface is what was written, and serves other modules in its place."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from snowc.diag.core import Sink
from snowc.modules.library import StdSource
from snowc.modules.loader import ParsedModule, Program, load_program
from snowc.modules.names import library_names
from snowc.modules.outline import import_statements
from snowc.source.files import MemoryReader, SourceMap
from snowc.source.record import field_names
from snowc.types import env, interface
from snowc.types.env import ProgramEnv
from snowc.types.infer_module import infer_module
from snowc.types.interface import Interface, count_parameters, values_of
from snowc.types.interface_read import read_interface, type_of
from snowc.types.interface_write import flat_type, write_interface
from snowc.types.printing import show
from snowc.types.ty import UNIT, Con, Fn, Gen, TypeInfo, Var
from tests import golden
from tests.unit.types.support import STD, table

CASES = sorted((Path(__file__).parents[2] / "golden" / "run").rglob("*.case"))
BUILTINS = table()


def load(files: dict[str, str]) -> tuple[Program, SourceMap]:
    sources, sink = SourceMap(MemoryReader({f"p/{path}": text for path, text in files.items()})), Sink()
    program = load_program("p", sources, StdSource(str(STD), {}), sink)
    assert program is not None, [d.message() for d in sink.items]
    return program, sources


def key(parsed: ParsedModule) -> str:
    return f"std:{parsed.name}" if parsed.is_std else parsed.name


def written(parsed: ParsedModule, program: ProgramEnv) -> Interface:
    return write_interface(program.modules[key(parsed)], program, list(import_statements(parsed.ast.block)))


def infer_all(program: Program) -> tuple[ProgramEnv, dict[str, Interface]]:
    """The tables of a correct program, and the interface of each module as it was when the module was done."""
    tables, sink = ProgramEnv(BUILTINS), Sink()
    made = {}
    for parsed in program.modules:
        infer_module(parsed, tables, sink)
        made[key(parsed)] = written(parsed, tables)
    assert not sink.has_errors, [d.message() for d in sink.items]
    return tables, made


def read_all(program: Program, made: dict[str, Interface]) -> ProgramEnv:
    """The tables read from interfaces, which are written again on the way and compared."""
    tables = ProgramEnv(BUILTINS)
    for parsed in program.modules:
        data = made[key(parsed)]
        read_interface(parsed.name, parsed.is_std, parsed.file, data, tables, parsed.visible)
        assert written(parsed, tables) == data
    return tables


def same_tables(left: ProgramEnv, right: ProgramEnv) -> None:
    """What tables say beside the modules: the same names in the same order."""
    assert list(left.by_method) == list(right.by_method)
    for method, owners in left.by_method.items():
        assert [i.name for i in owners] == [i.name for i in right.by_method[method]]
    for name in ("types", "std_types", "interfaces", "listed_derives", "modules", "std_by_lower"):
        assert list(getattr(left, name)) == list(getattr(right, name)), name
    assert {k: [i.span for i in v] for k, v in left.instances.items() if v} == {
        k: [i.span for i in v] for k, v in right.instances.items()
    }
    assert {n: i.derives for n, i in left.types.items()} == {n: i.derives for n, i in right.types.items()}


def round_trip(files: dict[str, str]) -> None:
    program, _ = load(files)
    tables, made = infer_all(program)
    same_tables(tables, read_all(program, made))


EVERYTHING = {
    "geo/shape.snow": """
from Lib import label
import Lib
## A place.
pub struct Point<T> do
  x :: T
  y :: Option<T>
end deriving(Eq)
pub type Shape do
  Dot
  Disc(Point<Int>, r :: Float)
  Many(List<Shape>)
end
pub type Pair<T> = Result<T, Point<T>>
type Hidden = Int
pub interface Sized<U> do
  fn size(self, unit :: U) -> Int
  fn twice(self, unit :: U) -> Int do
    case size(self, unit) do
      0 -> label(1)
      n -> n * 2
    end
  end
end
pub interface Open do
  fn open(self, other)
end
impl Sized<String> for Shape do
  fn size(self, unit :: String) -> Int = 1
end
impl Sized<Int> for List<T> do
  fn size(self, unit :: Int) -> Int = unit
end
impl Eq for Lib.Plain do
  fn eq(self, other :: Self) -> Bool = true
end
pub module Inner do
  pub struct Deep do
    n :: Int
  end
  pub module Deeper do
    pub fn f(d :: Deep) = d.n
  end
  pub fn k() = 1
end
fn secret(x) = x.size
pub fn sum(a, b) = a + b
pub fn apply(f :: Fun(Int) -> Int, n) = f(n)
let none = None
let (one, two) = (1, "two")
pub actor counter(n :: Int) do
  receive do
    m -> counter(n + m)
  end
end
pub supervisor Team do
  child a do
    start: fn -> spawn(counter, 1) end
  end
end
pub service Till do
  fn init(open :: Int, note) do
    (open, Some(note))
  end
  call Pay(n :: Int) do |state|
    (state, n)
  end
  cast Note(text :: String) do |state|
    (0, Some(text))
  end
end
service Closed do
end
pub module Backyard do
  pub service Till do
    call Ask() do |n|
      (n, [])
    end
  end
end
""",
    "lib.snow": "pub struct Plain do\n  a :: Int\nend\npub fn label(n :: Int) -> Int = n\n",
    "main.snow": 'import Geo.Shape\nfn main() do\n  println("${Shape.sum(1, 2)}")\nend\n',
}


def test_everything_a_module_can_declare_comes_back() -> None:
    round_trip(EVERYTHING)


def test_the_whole_library_comes_back() -> None:
    mentions = "\n".join(f"import {library_names(path.name)[0]}" for path in STD.glob("*.snow"))
    round_trip({"main.snow": f"{mentions}\nfn main() do\nend\n"})


@pytest.mark.parametrize("path", CASES[::8], ids=lambda path: path.stem)
def test_modules_of_programs_come_back(path: Path) -> None:
    _round_trip_of(path)


@pytest.mark.full
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_modules_of_all_programs_come_back(path: Path) -> None:
    _round_trip_of(path)


def _round_trip_of(path: Path) -> None:
    case = golden.parse_case(path.read_text(encoding="utf-8"), "run")
    files = {name: text for name, text in case.files().items() if name.endswith(".snow")}
    sources, sink = SourceMap(MemoryReader({f"p/{name}": text for name, text in files.items()})), Sink()
    program = load_program("p", sources, StdSource(str(STD), {}), sink)
    if program is None:
        return  # a case of the loader's own
    tables = ProgramEnv(BUILTINS)
    for parsed in program.modules:
        infer_module(parsed, tables, sink)
    if not sink.has_errors:
        round_trip(files)


def test_places_are_no_part_of_what_is_compared() -> None:
    program, _ = load({"main.snow": "fn main() do\nend\n" + EVERYTHING["lib.snow"]})
    moved, _ = load({"main.snow": "\n\nfn main() do\nend\n\n" + EVERYTHING["lib.snow"]})
    one, two = (infer_all(p)[1]["Main"] for p in (program, moved))
    assert (one.values, one.shapes, one.shared) == (two.values, two.shapes, two.shared)
    assert one.places != two.places


def test_values_are_compared_one_by_one() -> None:
    before, _ = load({"main.snow": "fn f(x) = x\nfn g(x) = x + 1\nfn main() do\nend\n"})
    now, _ = load({"main.snow": "pub fn f(x) = x\nfn g(y) = 1 + y\nfn main() do\nend\n"})
    one, two = (values_of(infer_all(p)[1]["Main"].values) for p in (before, now))
    assert {name for name in one if one[name] != two[name]} == {"f"}


def test_types_are_flat_and_come_back() -> None:
    ty = Fn((Con("List", (Gen(0),)), Con("A.B"), UNIT), Con("Tuple", (Fn((), Con("Int")), Gen(1))))
    assert type_of(flat_type(ty)) == ty
    bound = Var(1, 0, link=Con("Int"))
    assert flat_type(Con("Option", (bound,))) == ("Option", "Int")
    back = type_of(flat_type(Var(1, 0, rigid="T")))
    assert isinstance(back, Var) and show(back) == "T"


def test_parameters_are_counted_with_member_constraints() -> None:
    text = "fn main() do\nend\nfn two(a, b) = a.size + b\nfn member(x) = x.size\nlet c = 1\nlet open = None\n"
    program, _ = load({"main.snow": text})
    main = infer_all(program)[1]["Main"]
    names = ("main", "member", "c", "open", "nowhere")
    assert [count_parameters(main, name) for name in names] == [0, 2, None, 0, None]


# What becomes of every attribute of the tables: if one is added, other modules may look at it, and then it
# has to be written and read.

KEPT = {
    env.FnEntity: "name short span public module process scheme thunk const evidence",
    env.ServiceEnv: "name short public span module members casts",
    env.Unavailable: "name span public",
    env.CtorEntity: "info variant",
    env.NominalEntry: "info public span",
    env.AliasEntry: "definition module public span state target",
    env.Method: "name span has_self generics type default header",
    env.Interface: "name short params public span module builtin methods slots slot_places arithmetic broken",
    env.Instance: "trait params args target head span module preds slots complete",
    env.ModuleEnv: "name is_std parent public span values ctors types interfaces modules services instances replaced",
    env.ProgramEnv: "modules types std_types interfaces by_method instances std_by_lower listed_derives",
    TypeInfo: "name params is_struct variants derives",
}
OWN_BUSINESS = {
    env.FnEntity: "clauses let definition mono decl is_local outer type_vars declared evidence_places",
    env.Interface: "definition",
    env.Instance: "definition decl rigid",
    # Imports are made again where a default body can need them.
    env.ModuleEnv: "imported imported_ctors imported_types imported_interfaces imported_services namespaces paths "
    "leaked_ctors leaked_types broken",
    env.ProgramEnv: "builtins ctors show",
    TypeInfo: "span",
}


@pytest.mark.parametrize("cls", KEPT, ids=lambda cls: cls.__name__)
def test_every_attribute_is_kept_or_of_no_concern_to_others(cls: type) -> None:
    known = {*KEPT[cls].split(), *OWN_BUSINESS.get(cls, "").split()}
    assert set(field_names(cls) or [f.name for f in fields(cls)]) == known


def test_the_empty_parts_are_recognised() -> None:
    program, _ = load({"main.snow": "fn main() do\nend\n"})
    main = infer_all(program)[1]["Main"]
    assert main.shared == interface.NOTHING_SHARED and not main.has_defaults and not main.types
