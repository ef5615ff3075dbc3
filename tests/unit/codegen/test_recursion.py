"""Which functions check the stack."""

from __future__ import annotations

from snowc.codegen.recursion import StackPlan, call_graph, cyclic_blocks, plan_stack
from snowc.mir.parse import parse_module


def _plan(mir: str) -> StackPlan:
    module = parse_module(mir)
    return plan_stack(module, call_graph(module))


def _checked(mir: str) -> dict[str, int]:
    return _plan(mir).checked


def _fn(name: str, *lines: str, result: str = "Int", extra: str = "") -> str:
    body = "\n".join(f"%c{i}: Int = {line}" for i, line in enumerate(lines))
    return f"fn {name}(%n: Int){extra} -> {result} {{\ne:\n{body}\nreturn %n\n}}\n"


def test_mutual_recursion() -> None:
    mir = _fn("a", "call b(%n)") + _fn("b", "call a(%n)") + _fn("c", "call a(%n)")
    assert _checked(mir) == {"a": 0, "b": 0}


def test_recursion_through_a_tail_call() -> None:
    assert set(_checked("fn a(%n: Int) -> Int {\ne:\n tailcall b(%n)\n}\n" + _fn("b", "call a(%n)"))) == {"a", "b"}


def test_recursion_through_a_closure_of_the_same_shape() -> None:
    apply = "fn apply(%f: Fun(Int) -> Int, %n: Int) -> Int {\ne:\n %r: Int = call_closure %f(%n)\n return %r\n}\n"
    make = "%f: Fun(Int) -> Int = closure body []\n %r: Int = call apply(%f, %n)"
    body = f"fn body(%n: Int) captures() -> Int {{\ne:\n {make}\n return %r\n}}\n"
    other = "fn other(%s: String) captures() -> String {\ne:\n return %s\n}\n"
    user = "fn user() -> () {\ne:\n %f: Fun(String) -> String = closure other []\n %u: () = const ()\n return %u\n}\n"
    assert set(_checked(apply + body + other + user)) == {"apply", "body"}


def test_a_crowded_function_asks_for_its_frame() -> None:
    (size,) = _checked(_fn("a", *["iadd %n, %n"] * 1000)).values()
    assert size >= 4000


def test_a_long_chain_of_calls_is_checked_somewhere() -> None:
    chain = "".join(_fn(f"f{i}", f"call f{i + 1}(%n)") for i in range(500)) + _fn("f500")
    checked = _checked(chain)
    assert 1 <= len(checked) <= 20


def test_deep_graphs_do_not_overflow_pythons_stack() -> None:
    chain = "".join(_fn(f"f{i}", f"call f{i + 1}(%n)") for i in range(3000)) + _fn("f3000", "call f0(%n)")
    assert len(_checked(chain)) == 3001


def _endless(mir: str) -> set[str]:
    return _plan(mir).endless


def test_recursion_without_a_base_case_is_endless() -> None:
    assert _endless(_fn("a", "call a(%n)")) == {"a"}
    assert _endless(_fn("a", "call b(%n)") + _fn("b", "call a(%n)")) == {"a", "b"}


def test_a_base_case_anywhere_in_the_group_is_a_way_out() -> None:
    branching = (
        "fn b(%n: Int) -> Int {\ne:\n %z: Bool = const true\n br %z, x(), y()\nx:\n return %n\ny:\n tailcall a(%n)\n}"
    )
    assert _endless(_fn("a", "call b(%n)") + branching) == set()
    assert _endless(_fn("a", "iadd %n, %n")) == set()


def test_blocks_in_loops() -> None:
    function = parse_module(
        "fn f(%n: Int) -> Int {\ne:\n jump head(%n)\nhead(%i: Int):\n %c: Bool = const true\n br %c, body(), out()\n"
        "body:\n jump head(%i)\nout:\n return %n\n}"
    ).functions["f"]
    assert {b.label for b in cyclic_blocks(function)} == {"head", "body"}
