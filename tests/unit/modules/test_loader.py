"""Loading programs: files, names, diagnostics of the project, library modules by need."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from snowc.diag.core import Sink
from snowc.modules.library import StdSource
from snowc.modules.loader import Program, load_program
from snowc.source.files import MemoryReader, SourceMap

MAIN = 'fn main() do\n  println("x")\nend\n'
LIBRARY = {
    "std/prelude.snow": "pub interface Show do fn show(self) -> String end\nimpl Show for Int do end\n",
    "std/list.snow": "pub fn length<T>(xs :: List<T>) -> Int = 1\npub fn sort<T>(xs :: List<T>) -> List<T> = xs\n",
    "std/map.snow": "pub struct Map<K, V> do k :: List<K> end\npub fn size(m) = 1\n",
    "std/range.snow": "pub struct Range do a :: Int end\n",
    "std/string.snow": "pub fn shout(s :: String) -> String = s\n",
    "std/io.snow": "pub fn lines() = 1\n",
}
BUILTINS = {"String.split": "(String, String) -> List<String>", "println": "(String) -> ()"}


def load(files: Mapping[str, str | bytes], path: str) -> tuple[Program | None, list[str], SourceMap]:
    sources, sink = SourceMap(MemoryReader(files)), Sink()
    std = StdSource("std", BUILTINS, MemoryReader(LIBRARY))
    program = load_program(path, sources, std, sink)
    return program, [f"{d.code} {d.message()}" for d in sink.ordered()], sources


def names(text: str) -> list[str]:
    """The library modules that a program of one file loads."""
    program, messages, _ = load({"a.snow": text}, "a.snow")
    assert program is not None, messages
    return [m.name for m in program.modules if m.is_std]


def test_one_file_is_the_entry_whatever_its_name() -> None:
    program, messages, sources = load({"x/other.snow": MAIN, "x/broken.snow": "let ="}, "x/other.snow")
    assert not messages
    assert program is not None
    (module,) = [m for m in program.modules if not m.is_std]
    assert (module.name, program.entry) == ("Main", "Main")
    assert sources.path(module.file) == "x/other.snow"
    assert sources.file(module.file).below == "other.snow"


@pytest.mark.parametrize("path", ["proj", "proj/"])
def test_a_directory_is_loaded_whole_and_ordered(path: str) -> None:
    files = {
        "proj/main.snow": "import Shapes.Flat\nfrom Units import x\n" + MAIN,
        "proj/shapes/flat.snow": "import Units",
        "proj/units.snow": "",
        "proj/unused.snow": "",
        "proj/.hidden/a.snow": "let =",
    }
    program, messages, sources = load(files, path)
    assert not messages
    assert program is not None
    own = [m for m in program.modules if not m.is_std]
    assert [m.name for m in own] == ["Units", "Shapes.Flat", "Main", "Unused"]
    assert [m.imports for m in own] == [(), ("Units",), ("Shapes.Flat", "Units"), ()]
    assert sources.path(own[1].file) == "proj/shapes/flat.snow"
    assert sources.file(own[1].file).below == "shapes/flat.snow"


@pytest.mark.parametrize(
    ("files", "path", "message"),
    [
        ({}, "none.snow", "C0001 'none.snow' does not exist"),
        ({"a.txt": ""}, "a.txt", "C0001 'a.txt' is not a directory or a .snow file"),
        ({"d/a.snow": ""}, "d", "C0001 No 'main.snow' found in d"),
        ({"d/main.snow": "", "d/a_b.snow": "", "d/aB.snow": ""}, "d",
         "C0001 Duplicate module 'AB': 'd/aB.snow' and 'd/a_b.snow' give the same name"),
        ({"d/main.snow": "import Main"}, "d", "C0001 Module 'Main' cannot import itself"),
        ({"d/main.snow": "import A", "d/a.snow": "import Main"}, "d", "C0001 Circular dependency: A -> Main -> A"),
        ({"a.snow": b"x \xff"}, "a.snow", "P0001 the file is not valid UTF-8 (byte 2)"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_project(files: dict[str, str | bytes], path: str, message: str) -> None:
    program, messages, _ = load(files, path)
    assert program is None
    assert messages == [message]


def test_parse_errors_of_all_files_are_reported_and_nothing_after_them() -> None:
    files = {"d/main.snow": "import Main\nlet =", "d/a.snow": "f(", "d/b.snow": b"\xff"}
    program, messages, _ = load(files, "d")
    assert program is None
    assert [m.split()[0] for m in messages] == ["P0001"] * 3


def test_an_unknown_import_is_left_to_inference() -> None:
    program, messages, _ = load({"a.snow": "import Nowhere"}, "a.snow")
    assert program is not None
    assert not messages


def test_the_entry_may_be_an_empty_file() -> None:
    program, messages, _ = load({"a.snow": ""}, "a.snow")
    assert program is not None
    assert not messages


# ---- library -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (MAIN, []), ("fn f(x :: Int) = x", []), ("# List\nfn f() = \"List\"", []), ("impl A for B do end", []),
        ("let xs = [1]", ["List"]), ("fn f((h :: t)) = h", ["List"]), ("fn f(xs :: List<Int>) = xs", ["List"]),
        ("fn f() = list_sort(x)", ["List"]), ("fn f() = list_of(x)", []), ("for i in e do i end", ["List"]),
        ("fn f(a, b) = a ++ b", ["List"]), ("fn f(a) = a |> map(g)", ["List"]), ("let m = %{}", ["List", "Map"]),
        ("let r = 1..2", ["Range"]), ("fn f(s) = s.split(g)", ["List"]), ("fn f(s) = string_split(s)", ["List"]),
        ("fn f(s) = s.shout()", ["String"]), ("fn f() = IO.lines()", ["IO"]), ("import Map", ["List", "Map"]),
        ("fn f(s :: String) = s", []), ("fn f(s) = String.shout(s)", ["String"]),
        ("from String import shout", ["String"]),
        ('println("${[1]}")', ["List"]), ("fn f(m) = m.size()", []),
    ],
)  # fmt: skip
def test_library_modules_are_loaded_by_need(text: str, wanted: list[str]) -> None:
    assert names(text) == ["Prelude", *wanted]


def test_the_prelude_comes_first_and_dependencies_before_dependents() -> None:
    program, _, _ = load({"a.snow": "let m = %{1 => 2}"}, "a.snow")
    assert program is not None
    assert [(m.name, m.imports) for m in program.modules] == [
        ("Prelude", ()), ("List", ("Prelude",)), ("Map", ("List", "Prelude")), ("Main", ()),
    ]  # fmt: skip


def test_a_module_may_have_the_name_of_a_library_module() -> None:
    files = {"d/main.snow": "import List\nlet x = [1]", "d/list.snow": "pub fn mine() = 1"}
    program, messages, _ = load(files, "d")
    assert not messages
    assert program is not None
    assert [(m.name, m.is_std) for m in program.modules if m.name == "List"] == [("List", True), ("List", False)]


def test_the_library_of_this_tree_parses() -> None:
    std = StdSource(str(Path(__file__).parents[3] / "runtime" / "std"))
    text = " ".join(name for name in std.modules() if name != "Prelude")
    sources, sink = SourceMap(), Sink()
    sources.reader = MemoryReader({"a.snow": f"fn main() = f({', '.join(text.split())})"})
    program = load_program("a.snow", sources, std, sink)
    assert not [d.message() for d in sink.ordered()]
    assert program is not None
    assert sorted(m.name for m in program.modules if m.is_std) == sorted(std.modules())
