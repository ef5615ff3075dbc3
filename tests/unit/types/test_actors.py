"""Types of actors, their pids and their primitives."""

from __future__ import annotations

import pytest

from snowc.types import tast
from snowc.types.ty import INT, STRING, UNIT, prune
from tests.unit.types.support import check, type_of, types

COUNTER = "actor counter(n :: Int) do\n  receive do k -> counter(n + k) end\nend\n"


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("actor a() do\n receive do n -> println(n) end\nend", "() -> Pid<String>"),
        ('actor a() do\n println("x")\nend', "() -> Pid<'a>"),
        ('actor a do\n receive do _ -> println("x") end\nend', "() -> Pid<'a>"),
        ("actor a(x, y :: Int) do\n receive do n -> a(n <> x, y) end\nend", "(String, Int) -> Pid<String>"),
        ('actor a() do\n receive do 1 | 2 -> 5 end\n receive do n -> "s" end\nend', "() -> Pid<Int>"),
        ("actor a() do\n send(self(), 1.5)\nend", "() -> Pid<Float>"),
        ("actor a() do\n receive do (n, p) -> send(p, n + 1) end\nend", "() -> Pid<(Int, Pid<Int>)>"),
        ("actor a(p) do\n receive do m -> send(p, m) end\nend", "(Pid<'a>) -> Pid<'a>"),
        ("actor a(show) do\n receive do m -> println(show(m)) end\nend", "(('a) -> String) -> Pid<'a>"),
        ("actor a() do\n let f = fn -> receive do n -> n + 1 end end\n f()\nend", "() -> Pid<Int>"),
        ('actor a() do\n receive do n -> n after 5 -> "none" end\nend', "() -> Pid<String>"),
        ("actor a(n :: Int) do\n while n > 0 do receive do true -> break; _ -> () end end\nend", "(Int) -> Pid<Bool>"),
    ],
)
def test_message_types_come_from_receive(source: str, wanted: str) -> None:
    assert type_of(source + "\nfn main() = 0\n", "a") == wanted


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("spawn(counter, 1)", "() -> Pid<Int>"),
        ("spawn(fn k -> spawn(counter, k) end, 1)", "() -> Pid<Int>"),
        ("spawn(fn -> Process.self() end)", "() -> Pid"),
        ('fn p -> send(p, "x") end', "() -> (Pid<String>) -> ()"),
        ("send(spawn(counter, 1), 2)", "() -> ()"),
        ("fn start -> spawn(start, 5) end", "() -> ((Int) -> Pid<'a>) -> Pid<'a>"),
        ("counter", "() -> (Int) -> Pid<Int>"),
        ("[spawn(counter, 1), Process.self()]", "() -> List<Pid<Int>>"),
    ],
)
def test_primitives(expression: str, wanted: str) -> None:
    assert type_of(f"{COUNTER}fn f() = {expression}\nfn main() = 0\n") == wanted


def test_pids_forget_and_remember_their_type() -> None:
    text = COUNTER + (
        "fn untyped(p :: Pid) do\n  let q :: Pid<String> = p\n  send(p, 1)\n  send(p, true)\n  q\nend\n"
        "fn f() = untyped(spawn(counter, 1))\nfn g(xs :: List<Pid>) = xs\nfn h() = g([spawn(counter, 1)])\n"
        "fn main() = 0\n"
    )
    found = types(text)
    assert found["untyped"] == "(Pid) -> Pid<String>"
    assert (found["f"], found["h"]) == ("() -> Pid<String>", "() -> List<Pid>")


def test_two_typed_pids_are_told_apart() -> None:
    checked = check(COUNTER + "fn f(p :: Pid<String>) = p\nfn main() do\n  f(spawn(counter, 1))\nend\n")
    assert checked.codes == ["E0001"]
    assert "expected Pid<String>, found Pid<Int>" in checked.words()


def _returned_calls(body: tast.TExpr) -> int:
    from snowc.match.walk import walk

    return sum(isinstance(e, tast.Return) and isinstance(e.value, tast.Call) for e in walk(body))


def test_calls_in_tail_position_do_not_come_back() -> None:
    checked = check(
        "actor a(n :: Int) do\n"
        "  if n == 1 do\n    return a(2)\n  end\n"
        "  let again = a(3)\n"
        "  let f = fn -> a(4) end\n"
        "  case n do\n"
        "    5 -> a(6)\n"
        "    7 -> 8 |> a\n"
        "    _ -> receive do\n      9 -> a(10)\n    after 11 -> a(12) end\n"
        "  end\nend\nfn main() = 0\n"
    )
    assert checked.codes == []
    decl = checked.function("Main.a")
    assert _returned_calls(decl.body) == 5
    assert (decl.result, decl.message) == (UNIT, INT)


def test_an_actor_may_end_with_any_value() -> None:
    checked = check('actor a(n :: Int) do\n  if n == 0 do\n    return "text"\n  end\n  1.5\nend\nfn main() = 0\n')
    assert checked.codes == []


def test_messages_are_marked_in_the_typed_tree() -> None:
    decl = check("actor a() do\n  receive do s -> println(s) end\nend\nfn main() = 0\n").function("Main.a")
    assert decl.message is not None
    assert prune(decl.message) == STRING


def test_actors_of_modules() -> None:
    checked = check(
        "import Work\nfrom Work import open_one\n"
        "module In do\n  pub actor inner(n :: Int) do\n    In.inner(n + 1)\n  end\nend\n"
        "fn main() do\n  spawn(Work.open_one, 1)\n  spawn(open_one, 2)\n  spawn(In.inner, 3)\n  In.inner(4)\n"
        "  Work.open_one(5)\n  spawn(Work.hidden)\nend\n",
        work='pub actor open_one(n :: Int) do\n  println("${n}")\nend\nactor hidden() do\n  println("")\nend\n',
    )
    assert sorted(checked.codes) == ["E0016", "E0016", "E0035"]


def test_the_arguments_of_spawn_are_those_of_the_body() -> None:
    checked = check(COUNTER + "fn main() do\n  spawn(counter, 1, 2)\n  spawn(counter, true)\nend\n")
    assert checked.codes == ["E0003", "E0001"]
    assert "argument 1 of `counter`" in checked.words()


@pytest.mark.parametrize(
    ("code", "statement", "words"),
    [
        ("E0014", 'send(spawn(counter, 1), "x")', "message type mismatch: expected Int, found String"),
        ("E0015", "self()", "self() is only available inside an actor block"),
        ("E0016", "spawn(5)", "expected a function, found Int"),
        ("E0016", "counter(1)", "use spawn"),
        ("E0017", "receive do n -> n end", "move this receive expression into an actor block"),
        ("E0003", "send(spawn(counter, 1))", "expected 2 argument(s), found 1"),
        ("E0001", "send(1.5, 1)", "expected Pid, found Float"),
        ("E0001", 'link("x")', "expected Pid, found String"),
    ],
)
def test_mistakes(code: str, statement: str, words: str) -> None:
    checked = check(f"{COUNTER}fn main() do\n  {statement}\nend\n")
    assert checked.codes[0] == code
    assert words in checked.words()


def test_one_mistake_is_one_message() -> None:
    checked = check(COUNTER + "fn main() do\n  let p = spawn(nobody, 1)\n  send(p, 1)\n  send(missing, p)\nend\n")
    assert checked.codes == ["E0004", "E0004"]
