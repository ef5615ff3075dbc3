"""Tail calls: loops for a function's own, TailCall within a group, calls for the rest."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.mir.ir import Module
from snowc.mir.parse import parse_module
from snowc.mir.print import print_function
from snowc.mir.verify import verify
from snowc.passes.base import PassCtx
from snowc.passes.call_graph import recursive_groups
from snowc.passes.simplify import Simplify
from snowc.passes.tail_calls import TailCalls
from tests.unit.mir.machine import Machine
from tests.unit.mir.programs import program


def rewritten(text: str) -> dict[str, str]:
    module = parse_module(text)
    for step in (Simplify(), TailCalls()):
        step.run(module, PassCtx())
    assert verify(module, monomorphic=True) == []
    return {name: print_function(f) for name, f in module.functions.items()}


def test_a_self_call_in_tail_position_becomes_a_loop() -> None:
    texts = rewritten(
        """fn sum(%n: Int, %acc: Int) -> Int {
        entry: %z: Int = const 0 %c: Bool = ieq %n, %z br %c, done(), more()
        done: jump j(%acc)
        more: %one: Int = const 1 %m: Int = isub %n, %one %a: Int = iadd %acc, %n
              %r: Int = call sum(%m, %a) @0:4
              jump j(%r)
        j(%x: Int): return %x
        }"""
    )
    assert texts["sum"] == """\
fn sum(%n.in: Int, %acc.in: Int) -> Int {
entry:
  jump loop(%n.in, %acc.in)
loop(%n: Int, %acc: Int):
  %z: Int = const 0
  %c: Bool = ieq %n, %z
  br %c, done(), more()
done:
  return %acc
more:
  %one: Int = const 1
  %m: Int = isub %n, %one
  %a: Int = iadd %acc, %n
  jump loop(%m, %a) @0:4
}
"""


def test_arguments_may_swap() -> None:
    texts = rewritten("fn f(%a: Int, %b: Int) -> Int { e: %r: Int = call f(%b, %a) return %r }")
    assert "jump loop(%b, %a)" in texts["f"]


def test_a_call_with_work_behind_it_stays() -> None:
    texts = rewritten("fn f(%a: Int) -> Int { e: %r: Int = call f(%a) %s: Int = ineg %r return %s }")
    assert "call f(%a)" in texts["f"] and "loop" not in texts["f"]


def test_unit_results_count_as_returned() -> None:
    texts = rewritten(
        """fn f(%a: Int, %c: Bool) -> () {
        e: br %c, a(), j()
        a: %r: () = call f(%a, %c) jump j()
        j: %u: () = const () return %u
        }"""
    )
    assert "call f" not in texts["f"]


def test_only_a_group_of_mutual_recursion_gets_tail_calls() -> None:
    texts = rewritten(
        """
        fn even(%n: Int) -> Bool { e: %r: Bool = call odd(%n) @0:1 return %r }
        fn odd(%n: Int) -> Bool { e: %r: Bool = call even(%n) return %r }
        fn main(%n: Int) -> Bool { e: %r: Bool = call even(%n) return %r }
        """
    )
    assert "tailcall odd(%n) @0:1" in texts["even"]
    assert "tailcall even(%n)" in texts["odd"]
    assert "call even(%n)" in texts["main"] and "tailcall" not in texts["main"]


def test_groups_are_the_strongly_connected_components() -> None:
    bodies = {"a": "b", "b": "c", "c": "b", "d": "d", "e": "a"}
    code = "e: %r: Int = call {}() %s: Int = ineg %r return %s"
    text = "".join(f"fn {caller}() -> Int {{ {code.format(callee)} }}" for caller, callee in bodies.items())
    group = recursive_groups(parse_module(text))
    assert group["b"] == group["c"]
    assert len(set(group.values())) == 4
    assert group["c"] < group["a"] < group["e"]


def test_a_long_chain_of_calls_needs_no_recursion() -> None:
    count = 5000
    text = "".join(f"fn f{i}() -> Int {{ e: %r: Int = call f{(i + 1) % count}() return %r }}" for i in range(count))
    assert len(set(recursive_groups(parse_module(text)).values())) == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_programs_keep_their_meaning_and_call_themselves_no_more(seed: int) -> None:
    before, after = program(Random(seed)), program(Random(seed))
    for step in (Simplify(), TailCalls()):
        step.run(after, PassCtx())
    assert verify(after, monomorphic=True) == []
    assert Machine(before, counting=False).run() == Machine(after, counting=False).run()
    assert not _self_calls(after)


def _self_calls(module: Module) -> list[str]:
    return [name for name, f in module.functions.items() if f"call {name}(" in print_function(f)]
