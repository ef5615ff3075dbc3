"""Inline modules, imports, visibility, the library."""

from __future__ import annotations

from tests.unit.types.support import Checked, body, check, types

FLAT = """pub struct Rect do w :: Int; h :: Int end deriving(Display, Eq)
pub type Fit do Inside; Outside(Int) end
pub fn area(r :: Rect) -> Int = widen(r.w) * r.h
pub type Size = Int
pub module Deep do pub fn d() = 1 end
let unit = 10
fn widen(n) = n
"""


def ok(text: str, **others: str) -> Checked:
    checked = check(text, **others)
    assert not checked.codes, checked.words()
    return checked


def test_inline_modules_see_their_surroundings() -> None:
    found = types(
        "let scale = 2\nmodule Geo do\npub fn area(w, h) = w * h * scale + zero()\nfn zero() = 0\n"
        "module Deep do pub fn d() = zero() end\npub fn dd() = Deep.d()\nend\nfn f() = Geo.area(1, 2) + Geo.dd()\n"
    )
    assert found["f"] == "() -> Int"
    assert found["Geo.area"] == "(Int, Int) -> Int"


def test_functions_of_different_inline_modules_are_mutually_recursive() -> None:
    found = types(
        "module A do pub fn even(n) = if n == 0 do true else B.odd(n - 1) end end\n"
        "module B do pub fn odd(n) = if n == 0 do false else A.even(n - 1) end end\n"
    )
    assert found["A.even"] == "(Int) -> Bool"


def test_private_names_of_an_inline_module() -> None:
    checked = check("module Geo do fn zero() = 0 end\n" + body("Geo.zero()"))
    assert checked.codes == ["E0035"]


def test_import_gives_a_namespace_its_full_path_and_types() -> None:
    ok(
        "import Shapes.Flat\n"
        + body(
            "let r = Rect { w: 1, h: 2 }",
            "let q :: Flat.Rect = r",
            'println("${Flat.area(r)} ${Shapes.Flat.area(q)} ${Flat.Deep.d()} ${Flat.unit} ${Outside(1)}")',
            "let s :: Flat.Size = Flat.area(Flat.Rect { w: 1, h: 2 })",
        ),
        shapes__flat=FLAT,
    )


def test_from_import_brings_variants_with_their_type() -> None:
    ok(
        "from Shapes.Flat import Rect, Fit, area, unit, Size\n"
        + body(
            "let f = if area(Rect { w: 1, h: 2 }) > unit do Outside(1) else Inside end",
            'case f do\nInside -> println("in")\nFit.Outside(n) -> println("${n}")\nend',
        ),
        shapes__flat=FLAT,
    )


def test_local_declarations_win_over_imports_and_imports_over_the_prelude() -> None:
    found = types('from Geo import area\nfn area(x) = "mine"\nfn f() = area(1)\n', geo="pub fn area(x) = x + 1\n")
    assert found["f"] == "() -> String"
    found = types("from Geo import map\nfn f() = map(1)\n", geo="pub fn map(x) = x + 1\n")
    assert found["f"] == "() -> Int"


def test_a_user_module_shadows_a_library_module_member_by_member() -> None:
    ok(
        "import Math\nfrom Math import twice, pi\n" + body('println("${Math.twice(2)} ${Math.abs(-3)} ${pi}")'),
        math="pub fn twice(x) = x * 2\n",
    )


def test_library_functions_in_all_spellings() -> None:
    ok(
        "from String import trim\nimport List\n"
        + body(
            'println(trim(" a ") <> string_trim("b") <> "c".trim() <> String.trim("d"))',
            'println("${list_length([1])} ${Math.pi}")',
        )
    )


def test_intrinsics_are_for_the_library_only() -> None:
    checked = check(body("__list_length([1])"))
    assert checked.codes == ["E0004"]
    checked = check(body("let m = %{1 => 2}", "m.__live"))
    assert checked.codes == ["E0009"]


def test_implementations_are_global() -> None:
    ok(
        "import Geo\n" + body("println(Geo.make().name())"),
        geo="pub struct P do x :: Int end\npub fn make() = P { x: 1 }\ninterface Named do fn name(self) -> String end\n"
        'impl Named for P do fn name(self) = "p" end\n',
    )


def test_the_library_is_checked_without_a_word() -> None:
    checked = ok(
        body(
            "let s = Set.add(Set.new(), 1)",
            "let q = Queue.push(Queue.new(), 1)",
            'println("${s} ${q} ${1..2} ${%{1 => 2}}")',
        )
    )
    assert {m.name for m in checked.modules if m.is_std} >= {"Prelude", "List", "Map", "Set", "Queue", "Range"}
