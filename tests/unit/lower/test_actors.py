"""Actors in MIR: which of them take everything, and where code asks for its process."""

from __future__ import annotations

import pytest

from snowc.mir import ir
from tests.unit.lower.test_end_to_end import lowered


def _externs(module: ir.Module, prefix: str = "Main.") -> list[str]:
    functions = [f for f in module.functions.values() if f.name.startswith(prefix)]
    instrs = [i for f in functions for b in f.blocks for i in b.instrs]
    return [i.symbol.removeprefix("snow_actor_") for i in instrs if isinstance(i, ir.CallExtern)]


def _actor(body: str, params: str = "") -> ir.Module:
    return lowered(f"actor a({params}) do\n{body}\nend\nfn main() do\n  spawn(a{', 1' if params else ''})\nend\n")[0]


@pytest.mark.parametrize(
    "body",
    [
        'receive do _ -> println("x") end',
        'receive do unused -> println("x") end',
        'receive do\n x when 1 > 0 -> println("x")\n _ -> println("y")\nafter 5 -> println("z") end',
        'println("no receive")',
    ],
)
def test_unseen_messages_stay_where_they_are(body: str) -> None:
    module = _actor(body)
    assert "message" not in _externs(module)
    assert not [i for b in module.functions["Main.main"].blocks for i in b.instrs if isinstance(i, ir.TypeId)]


@pytest.mark.parametrize(
    "body",
    ["receive do n -> println(n) end", "receive do 1 -> println(\"x\")\n _ -> () end", "receive do m -> [m, m] end"],
)
def test_seen_messages_have_one_type(body: str) -> None:
    module = _actor(body)
    assert "message" in _externs(module)
    assert [i for b in module.functions["Main.main"].blocks for i in b.instrs if isinstance(i, ir.TypeId)]


def test_only_code_that_may_travel_asks_for_its_process() -> None:
    assert "accepts" not in _externs(_actor("receive do n -> a(n + 1) end\na(2)\nprintln(\"x\")", "n :: Int"))
    assert "accepts" in _externs(_actor("let f = fn -> receive do n -> n + 1 end end\nf()"))
    assert "accepts" in _externs(_actor("let f = fn -> a(1) end\nf()\nreceive do n -> n + 1 end", "n :: Int"))
    assert "accepts" in _externs(_actor("fn g() = receive do n -> n + 1 end\ng()"))


def test_an_actor_as_a_value_asks_for_its_process() -> None:
    source = "actor a() do\n  receive do n -> println(n) end\nend\n"
    source += "fn main() do\n  let f = [a]\n  println(\"${List.length(f)}\")\nend\n"
    assert _externs(lowered(source)[0], "Main.a$") == ["accepts", "nest", "self"]


def test_the_limit_of_a_receive_is_evaluated_once() -> None:
    module = _actor("receive do n -> n + 1 after Int.popcount(5) -> 0 end")
    assert _externs(module)[:2] == ["llvm.ctpop.i64", "receive"]
    assert _externs(module).count("llvm.ctpop.i64") == 1


def test_uncovered_messages_are_a_warning_and_a_panic() -> None:
    module, codes = lowered("actor a() do\n  receive do 1 -> () end\nend\nfn main() do\n  spawn(a)\nend\n")
    assert codes == ["W0010"]
    panics = [b.term.message for b in module.functions["Main.a"].blocks if isinstance(b.term, ir.Panic)]
    assert panics == ["no receive arm matches"]


def test_self_calls_in_tail_position_are_followed_by_the_return() -> None:
    module = _actor("receive do\n 0 -> println(\"bye\")\n n -> a(n)\nend", "n :: Int")
    blocks = module.functions["Main.a"].blocks
    calling = [b for b in blocks if any(isinstance(i, ir.Call) and i.callee == "Main.a" for i in b.instrs)]
    assert len(calling) == 1
    assert isinstance(calling[0].term, ir.Return)
    assert isinstance(calling[0].instrs[-1], ir.Call)


@pytest.mark.parametrize(
    ("body", "rests"),
    [
        ("receive do k -> a(n + k) end", True),
        ("receive do k -> println(\"${k + 1}\") end\na(n)", True),
        ("receive do k -> if k > n do a(k) else a(n) end end", True),
        ("println(\"x\")\nreceive do k -> a(n + k) end", False),
        ("receive do k -> a(n + k)\n after 5 -> a(n) end", False),
        ("receive do k -> do\n a(n + k)\n println(\"back\")\nend end", False),
        ("receive do k -> do\n let again = fn -> a(k) end\n again()\nend end", False),
    ],
)
def test_an_actor_rests_where_only_its_parameters_are_alive(body: str, rests: bool) -> None:
    assert ("rest" in _externs(_actor(body, "n :: Int"))) is rests
