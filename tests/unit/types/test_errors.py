"""Every mistake that inference finds: one diagnostic, its code, and the facts it must convey."""

from __future__ import annotations

import pytest

from tests.unit.types.support import body, check

SIGNAL = "type Signal do High(Int); Low end\n"
LABEL = "struct Label do text :: String; size :: Int end\n"
SOUND = "interface Sound do\n fn noise(self) -> String\nend\n"
PRICE = "interface Price do fn cents(self) -> Int end\nimpl Price for Int do fn cents(self) -> Int = self end\n"
BARE = "struct S do f :: Int end deriving()\n"
FLAT = {
    "shapes__flat": "pub struct Rect do w :: Int end\npub fn area(r) = widen(r)\n"
    "fn widen(n) = n\nstruct Hid do x :: Int end\n"
}

Case = tuple[str, str, tuple[str, ...]]

CASES: list[Case] = [
    ("E0001", body('let n :: Int = "x"'), ("expected Int, found String", "from annotation")),
    ("E0001", body('if true do 1 else "a" end'), ("expected Int, found String", "both branches of `if`")),
    ("E0001", "fn f(x :: Int) -> String = x\n", ("expected String, found Int", "declared result", "to_string()")),
    ("E0001", 'fn f() -> Int do\n  return "x"\nend\n', ("expected Int, found String", "result of `f`")),
    ("E0001", body("1 + 2.0"), ("expected Int, found Float", "operand of `+`", "Int conversion")),
    ("E0001", body("println(3)"), ("expected String, found Int", "argument 1 of `println`", 'to_string() or "${…}"')),
    ("E0001", "fn h(x :: Float) = x\n" + body("h(1)"), ("expected Float, found Int", "Int.to_float")),
    ("E0001", "fn f() -> Int? = 1\n", ("expected Option<Int>, found Int", "wrap in Some(...)")),
    ("E0001", "fn f() -> Int!String = 1\n", ("expected Result<Int, String>, found Int", "wrap in Ok(...)")),
    ("E0001", 'fn f() = "x"\n' + body("println(f)"), ("expected String, found () -> String", "call it")),
    ("E0001", body("if 1 do 2 end"), ("expected Bool, found Int", "boolean expression")),
    ("E0001", body('[1, "a"]'), ("list element", "the first element is Int")),
    ("E0001", body('%{"a" => 1, 2 => 3}'), ("map key", "expected String, found Int")),
    ("E0001", body('case 1 do\n1 -> "a"\n_ -> 2\nend'), ("all arms of `case`", "expected String, found Int")),
    ("E0001", body('case 1 do\n"a" -> 1\n_ -> 2\nend'), ("literal pattern", "expected Int, found String")),
    ("E0001", 'fn f(0) = 1\nfn f(n) = "x"\n', ("expected Int, found String", "result of `f`")),
    ("E0001", "fn f<T>(x :: T) -> T = 1\n", ("expected T, found Int",)),
    ("E0001", "fn f<T, U>(x :: T, y :: U) -> T = y\n", ("expected T, found U",)),
    ("E0001", body("let (a, b) = 5"), ("tuple pattern", "found (?a, ?b)")),
    ("E0001", body("1 <> 2"), ("operand of `<>`",)),
    ("E0001", body("for x in 5 do x end"), ("found Int", "`for`")),
    ("E0001", body("for {a, b} in [1] do a end"), ("tuples of 2",)),
    ("E0001", BARE + body('S { f: "x" }'), ("field `f` of `S`", "expected Int, found String")),
    ("E0001", "fn a() -> Int!String = Ok(1)\nfn b() -> Int!Int = Ok(a()?)\n", ("expected Int, found String", "`?`")),
    ("E0001", body('let m = %{"a" => [1]}', 'Map.put(m, "b", ["x"])'), ("List<Int>", "Int and String differ")),
    ("E0002", "fn omega(x) = x(x)\n", ("infinite type", "refers to itself")),
    ("E0002", "type A = B\ntype B = A\n", ("infinite type", "alias `A`")),
    ("E0003", "fn one(a) = a\n" + body("one(1, 2)"), ("expected 1 argument(s), found 2", "1 argument extra")),
    ("E0003", body("Some()"), ("expected 1 argument(s), found 0", "1 argument missing")),
    (
        "E0003",
        SIGNAL + body("case Low do\nHigh(n, m) -> 1\n_ -> 2\nend"),
        ("expected 1 argument(s), found 2", "`High`"),
    ),
    ("E0003", "fn f(x :: Option<Int, Int>) = x\n", ("expected 1 type argument(s), found 2",)),
    ("E0003", body("String.trim()"), ("expected 1 argument(s), found 0", "`String.trim`")),
    ("E0024", body("let f = fn 0 -> 1 | a, b -> 2 end"), ("expected 1", "found 2")),
    ("E0003", body("Ws.serve_tls(1, 2)"), ("expected 4 or 6 argument(s), found 2",)),
    ("E0004", body('let name = "a"', "println(nmae)"), ("undefined variable: nmae", "did you mean `name`?")),
    ("E0004", body("missing(1)"), ("undefined variable: missing",)),
    (
        "E0004",
        "fn f(p :: Poimt) = p\nstruct Point do x :: Int end\n",
        ("undefined type: Poimt", "did you mean `Point`?"),
    ),
    ("E0004", "fn f<T>(x :: T) -> T where T: Nopey = x\n", ("undefined trait: Nopey",)),
    ("E0004", "impl Nopey for Int do fn a(self) = 1 end\n", ("undefined trait: Nopey",)),
    ("E0004", body("let _ = 1", 'println("${_}")'), ("_",)),
    ("E0004", "fn f() = self\n", ("undefined variable: self", "methods")),
    ("E0004", body("Nope { x: 1 }"), ("undefined type: Nope",)),
    ("E0005", body("let n = 3", "n(1)"), ("type Int is not callable",)),
    ("E0006", body("let f = fn x -> x end", 'println("${f}")'), ("does not implement Display",)),
    ("E0006", body("let f = fn x -> x end", "f == f"), ("does not implement Eq", "operator `==`")),
    ("E0006", body('"a" + "b"'), ("String does not implement Add", "`<>`")),
    (
        "E0006",
        BARE + body("S { f: 1 } == S { f: 2 }"),
        ("Main.S does not implement Eq", "add `impl Eq for Main.S do ... end`"),
    ),
    ("E0006", BARE + body("[S { f: 1 }] == []"), ("Main.S does not implement Eq", "List<Main.S>")),
    ("E0006", "fn add(a, b) = a + b\n" + body("add(true, false)"), ("Bool does not implement Add", "`add`")),
    ("E0006", body("let x = default()"), ("does not implement Default", "annotation")),
    ("E0006", "struct W do f :: Fun(Int) -> Int end deriving(Eq)\n", ("does not implement Eq", "field `f`")),
    (
        "E0006",
        BARE + "impl Ord for S do fn lt(self, o) = self.f < o.f end\n",
        ("Main.S does not implement Eq", "`compare`"),
    ),
    (
        "E0006",
        'interface M do fn go<U>(self, u :: U) -> String end\nimpl M for Int do fn go<U>(self, u :: U) = "${u}" end\n',
        ("U does not implement Display",),
    ),
    ("E0007", SOUND + "impl Sound for Int do\nend\n", ("missing", "Main.Sound", "`noise`", "fn noise(self) -> String")),
    (
        "E0008",
        SOUND + "impl Sound for Int do fn noise(self) -> Int = 1 end\n",
        ("wrong signature", "expected (Int) -> String", "found (Int) -> Int"),
    ),
    ("E0008", SOUND + 'impl Sound for Int do fn noise(self, n) = "x" end\n', ("wrong signature", "`noise`")),
    ("E0009", LABEL + body('Label { text: "a" }'), ("missing field `size`", "Main.Label", "add `size: <value>`")),
    ("E0009", LABEL + body('Label { text: "a", size: 1, hue: 2 }'), ("unknown field `hue`", "Main.Label")),
    ("E0009", LABEL + body('Label { text: "a", size: 1, size: 2 }'), ("`size`", "twice")),
    ("E0009", LABEL + "fn f(l :: Label) = l.hue\n", ("has no field `hue`", "Main.Label")),
    ("E0009", LABEL + "fn f(l :: Label) = l.sizes\n", ("did you mean `size`?",)),
    ("E0009", body('let f = "abc".trim'), ("has no field `trim`", "method")),
    (
        "E0010",
        SIGNAL + body("case Low do\nHihg(n) -> 1\n_ -> 2\nend"),
        ("unknown variant Hihg", "did you mean `High`?"),
    ),
    ("E0010", SIGNAL + body("Signal.Middle"), ("unknown variant Middle", "Main.Signal")),
    ("E0011", body("case (1, 2) do\n(a, 1) | (1, b) -> 0\n_ -> 1\nend"), ("{a}", "{b}")),
    ("E0013", body("case 1 do\nn when [n] == [1] -> 1\n_ -> 2\nend"), ("list literal", "guard")),
    ("E0015", "fn f() = self()\n", ("self() is only available inside an actor",)),
    ("E0016", body("spawn(5)"), ("cannot spawn", "Int")),
    ("E0017", "fn f() do receive do n -> n end end\n", ("move this receive expression into an actor",)),
    ("E0022", "fn f(_) = 1\nfn f(0) = 2\n", ("catch-all", "f/1")),
    ("E0023", "fn f(0) = 1\nfn g() = 2\nfn f(n) = n\n", ("not consecutive", "begins here")),
    ("E0024", "fn f(0) = 1\nfn f(a, b) = a\n", ("expected 1", "found 2")),
    ("E0025", "fn f(n) when n + 1 = n\n", ("Bool", "found Int")),
    (
        "E0026",
        PRICE + "impl Price for Int do fn cents(self) -> Int = self end\n",
        ("duplicate impl", "Main.Price for Int"),
    ),
    ("E0026", 'impl Display for Int do fn to_string(self) = "x" end\n', ("duplicate impl", "Display for Int")),
    (
        "E0026",
        "struct S do x :: Int end deriving(Eq)\nimpl Eq for S do fn eq(self, o) = true end\n",
        ("duplicate impl", "derived here"),
    ),
    (
        "E0027",
        "".join(f"interface {i} do fn tag(self) -> Int end\nimpl {i} for Int do fn tag(self) = 1 end\n" for i in "BA")
        + body("5.tag()"),
        ("ambiguous method", "`Main.A` and `Main.B`", "`A.tag(value)` or `B.tag(value)`"),
    ),
    ("E0028", "struct S do n :: Int end deriving(Clone)\n", ("cannot derive `Clone`", "Eq, Ord, Display")),
    ("E0028", "type S do A end deriving(Row)\n", ("cannot derive `Row`",)),
    ("E0029", "struct S do n :: Int end deriving(Ord)\n", ("without `Eq`", "deriving(Eq, Ord)")),
    ("E0030", body("5.frobnicate()"), ("no method `frobnicate` on type `Int`",)),
    ("E0030", body('"a".lenght()'), ("did you mean `length`?",)),
    ("E0032", "fn f() do break end\n", ("`break` outside of loop",)),
    ("E0033", body("for x in [1] do map([2], fn y -> continue end) end"), ("`continue` outside of loop", "closure")),
    ("E0034", body("List.lenght([1])"), ("`lenght` not found", "module `List`", "did you mean `length`?", "available")),
    ("E0034", "from String import nosuch\n", ("not exported", "`nosuch`", "trim")),
    (
        "E0036",
        "fn f(r :: Int!String) -> Int do r? end\n",
        ("requires function to return `Result` or `Option`", "returns Int"),
    ),
    ("E0036", "fn f(r :: Int!String) -> Int? = Some(r?)\n", ("returns Option<Int>",)),
    ("E0037", "fn f(n :: Int) -> Int!String do Ok(n?) end\n", ("requires `Result` or `Option`", "found Int")),
    ("E0038", "struct S do p :: Pid<Int> end deriving(Json)\n", ("`p`", "Pid<Int>", "not JSON-serializable")),
    ("E0038", "type T do V((Int, Int)) end deriving(Json)\n", ("V::0",)),
    (
        "E0039",
        "struct S do xs :: List<Int> end deriving(Row)\n",
        ("`xs`", "List<Int>", "cannot be mapped from a database row"),
    ),
    ("E0055", "struct A do x :: Int end\ntype A do B end\n", ("type `A`", "first declared here")),
    ("E0055", "interface I do end\ninterface I do end\n", ("interface `I`",)),
    ("E0055", "module M do end\nmodule M do end\n", ("module `M`",)),
    ("E0055", "struct A do x :: Int; x :: Int end\n", ("field `x`",)),
    ("E0055", "type T do V; V end\n", ("variant `V`",)),
    ("E0055", "fn f((a, b), b) = a\n", ("`b`", "first bound here")),
    ("W0002", "fn f(0) = 1\npub fn f(n) = n\n", ("`pub`", "will be ignored")),
    ("W0003", "fn f(Xyz) = 1\n", ("Xyz", "upper-case")),
    ("W0003", 'println("x")\n', ("not executed",)),
    ("E0004", "service A do\n  cast Go() do\n    undefined_in_here()\n  end\nend\n", ("undefined_in_here",)),
]


@pytest.mark.parametrize(("code", "text", "facts"), CASES, ids=[f"{c}-{i}" for i, (c, _, _) in enumerate(CASES)])
def test_one_mistake_one_diagnostic(code: str, text: str, facts: tuple[str, ...]) -> None:
    checked = check(text)
    assert checked.codes == [code], checked.words()
    for fact in facts:
        assert fact in checked.words()


IMPORTS: list[Case] = [
    ("E0031", "import Nowhere\n", ("module `Nowhere` not found",)),
    ("E0031", "import Shapes.Flot\n", ("did you mean `Shapes.Flat`?",)),
    (
        "E0034",
        "from Shapes.Flat import volume\n",
        ("not exported", "`volume`", "available in `Shapes.Flat`: Rect, area"),
    ),
    ("E0034", "import Shapes.Flat\n" + body("Flat.volume(1)"), ("`volume`", "module `Shapes.Flat`")),
    ("E0035", "from Shapes.Flat import widen\n", ("private", "add `pub`", "declared here")),
    ("E0035", "import Shapes.Flat\n" + body("Flat.widen(1)"), ("`widen` is private",)),
    ("E0035", "import Shapes.Flat\nfn f(h :: Flat.Hid) = h\n", ("`Hid` is private",)),
]


@pytest.mark.parametrize(("code", "text", "facts"), IMPORTS, ids=[f"{c}-{i}" for i, (c, _, _) in enumerate(IMPORTS)])
def test_imports(code: str, text: str, facts: tuple[str, ...]) -> None:
    checked = check(text, **FLAT)
    assert checked.codes == [code], checked.words()
    for fact in facts:
        assert fact in checked.words()


def test_many_mistakes_are_all_reported() -> None:
    checked = check(body('let a :: Int = "x"', "missing(3)", "let b = nope + 1", "5.foo()", "println(b)"))
    assert [d.code for d in checked.errors] == ["E0001", "E0004", "E0004", "E0030"]


def test_nothing_follows_from_what_is_wrong_already() -> None:
    checked = check(
        "fn f() = missing\n"
        + body("f().x.y(3)", "for z in f() do z.q() end", "case f() do\nSome(x) -> x.name\nNone -> 1\nend", "f() + 1")
    )
    assert checked.codes == ["E0004"], checked.words()


def test_places_are_those_of_the_mistake() -> None:
    checked = check(body("let n = 1", 'let s = n <> "a"', "String.length(n)"))
    found = [checked.snippet(d) for d in checked.errors]
    assert found == ['"a"', "n"]


def test_types_of_equal_short_names_are_told_apart() -> None:
    checked = check(
        "import Geo\nstruct Point do x :: Int end\nfn f(p :: Point) = p\n" + body("f(Geo.origin())"),
        geo="pub struct Point do x :: Int end\npub fn origin() = Point { x: 0 }\n",
    )
    assert "expected Main.Point, found Geo.Point" in checked.words()


def test_type_parameters_of_equal_names_are_told_apart() -> None:
    checked = check("fn f<T>(x :: T, n) -> T = g(x, n)\nfn g<T>(y :: T, n) -> T = if n == 0 do y else f(y, n) end\n")
    assert "expected T, found T " not in checked.words()


def test_a_broken_default_body_is_reported_once() -> None:
    text = 'interface A do fn a(self) -> Int do "x" end end\nimpl A for Int do end\nimpl A for Bool do end\n'
    assert check(text).codes == ["E0001"]


def test_two_imports_of_one_name() -> None:
    others = {"geo": "pub fn area(x) = x\n", "geo2": "pub fn area(x) = x\n"}
    checked = check("from Geo import area\nfrom Geo2 import area\n", **others)
    assert checked.codes == ["W0003"]
    assert "area" in checked.words()
