"""One mistake, one diagnostic: each short program has exactly the mistake of its code (language.md 12.27)."""

from __future__ import annotations

from pathlib import Path

import pytest

from snowc.options import Options
from snowc.session import Session

MAIN = 'fn main() do\n  println("x")\nend\n'
LABEL = "struct Label do text :: String; size :: Int end\n"
SIGNAL = "type Signal do High(Int); Low end\n"
SOUND = "interface Sound do\n  fn noise(self) -> String\nend\n"
PRICE = "interface Price do fn cents(self) -> Int end\nimpl Price for Int do fn cents(self) -> Int = self end\n"
TAGS = "".join(
    f"interface {name} do fn tag(self) -> Int end\nimpl {name} for Int do fn tag(self) = 1 end\n" for name in "IJ"
)
ADDER = 'actor adder(label :: String) do\n  receive do n -> println("${label} ${n + 1}") end\nend\n'


def in_main(body: str, before: str = "") -> str:
    return f"{before}fn main() do\n{body}\nend\n"


def supervisor(settings: str) -> str:
    return f"{ADDER}supervisor Top do\n  child a do\n    {settings}\n  end\nend\n{MAIN}"


def derived(field: str, trait: str) -> str:
    return f"struct S do\n{field}\nend deriving({trait})\n{MAIN}"


PROGRAMS = [
    ("E0001", in_main('let n :: Int = "x"')),
    ("E0001", in_main('let a = if true do 1 else "a" end\nprintln("${a}")')),
    ("E0001", "fn f(x :: Int) -> String = x\n" + MAIN),
    ("E0001", in_main("1 + 2.0")),
    ("E0001", in_main("println(3)")),
    ("E0002", "fn omega(x) = x(x)\n" + MAIN),
    ("E0003", in_main("one(1, 2)", "fn one(a) = a\n")),
    ("E0003", in_main("case Low do High(n, m) -> 1\n_ -> 2 end", SIGNAL)),
    ("E0004", in_main('let name = "a"\nprintln(nmae)')),
    ("E0005", in_main("let n = 3\nn(1)")),
    ("E0006", in_main('let f = fn x -> x end\nprintln("${f}")')),
    ("E0006", in_main("let f = fn x -> x end\nf == f")),
    ("E0007", SOUND + "impl Sound for Int do\nend\n" + MAIN),
    ("E0009", in_main('Label { text: "a" }', LABEL)),
    ("E0009", in_main('Label { text: "a", size: 1, hue: 2 }', LABEL)),
    ("E0009", in_main('let l = Label { text: "a", size: 1 }\nl.hue', LABEL)),
    ("E0010", in_main("case Low do Middle -> 1\n_ -> 2 end", SIGNAL)),
    ("E0011", in_main("case (1, 2) do (a, 1) | (1, b) -> 0\n_ -> 1 end")),
    ("E0012", in_main("case Some(1) do Some(n) -> n end")),
    ("E0012", in_main("case 5 do 5 -> 1 end")),
    ("E0012", in_main('let p = (1, 2)\nlet (1, x) = p\nprintln("${x}")')),
    ("E0013", in_main("case 1 do n when [n] == [1] -> 1\n_ -> 2 end")),
    ("E0014", in_main('send(spawn(adder, "s"), "text")', ADDER)),
    ("E0015", "fn f() = self()\n" + MAIN),
    ("E0016", in_main("spawn(5)")),
    ("E0017", "fn f() do receive do n -> n end end\n" + MAIN),
    ("E0018", supervisor("start: fn -> 5 end")),
    ("E0019", "supervisor Top do\nstrategy: one_for_two\nend\n" + MAIN),
    ("E0020", supervisor('start: fn -> spawn(adder, "a") end\nrestart: often')),
    ("E0021", supervisor('start: fn -> spawn(adder, "a") end\nshutdown: 0')),
    ("E0021", supervisor('start: fn -> spawn(adder, "a") end\nshutdown: soon')),
    ("E0022", "fn f(_) = 1\nfn f(0) = 2\n" + MAIN),
    ("E0023", "fn f(0) = 1\nfn g() = 2\nfn f(n) = n\n" + MAIN),
    ("E0024", "fn f(0) = 1\nfn f(a, b) = a\n" + MAIN),
    ("E0025", "fn f(n) when n + 1 = n\n" + MAIN),
    ("E0026", PRICE + "impl Price for Int do fn cents(self) -> Int = 1 end\n" + MAIN),
    ("E0027", in_main("5.tag()", TAGS)),
    ("E0028", derived("n :: Int", "Clone")),
    ("E0029", derived("n :: Int", "Ord")),
    ("E0038", derived("p :: Pid<Int>", "Json")),
    ("E0039", derived("xs :: List<Int>", "Row")),
    ("E0030", in_main("5.frobnicate()")),
    ("E0031", "import Nowhere\n" + MAIN),
    ("E0032", "fn f() do break end\n" + MAIN),
    ("E0033", in_main("for x in [1] do map([2], fn y -> continue end) end")),
    ("E0036", "fn f(r :: Int!String) -> Int do r? end\n" + MAIN),
    ("E0037", "fn f(n :: Int) -> Int!String do Ok(n?) end\n" + MAIN),
    ("W0001", in_main("case true do true -> 1\nfalse -> 2\n_ -> 3 end")),
    ("W0002", "fn f(0) = 1\npub fn f(n) = n\n" + MAIN),
    ("P0001", "fn f() do\n  1"),
    ("P0001", "from List import *\n" + MAIN),
    ("P0001", "let x = "),
    ("P0001", 'let s = "open'),
]


@pytest.mark.parametrize(("code", "source"), PROGRAMS)
def test_a_mistake_is_reported_once(code: str, source: str, tmp_path: Path) -> None:
    path = tmp_path / "main.snow"
    path.write_text(source, encoding="utf-8")
    session = Session(Options())
    session.check(path)
    assert [diag.code for diag in session.sink.ordered()] == [code]
