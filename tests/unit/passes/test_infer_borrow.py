"""Which parameters are borrowed, and that borrowing changes nothing but the counting."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.mir.ir import Drop, Dup, Module
from snowc.mir.parse import parse_module
from snowc.mir.rc_certify import certify
from snowc.mir.verify import verify
from snowc.passes.base import PassCtx
from snowc.passes.infer_borrow import InferBorrow
from snowc.passes.insert_rc import InsertRc
from snowc.passes.pipeline import optimise
from tests.unit.mir.machine import Machine
from tests.unit.mir.programs import program

TYPES = """
struct Map { Map(keys: List<String>, name: String) }
type Tree { Leaf Node(Tree, String, Tree) }
fn body(%x: String) captures(%s: String) -> String { e: return %s }
fn length(%s: String) -> Int { e: %n: Int = extern snow_string_length(%s) return %n }
fn keep(%s: String) -> String { e: return %s }
"""


def borrowing(text: str) -> Module:
    module = parse_module(TYPES + text)
    assert verify(module, monomorphic=True) == []
    InferBorrow().run(module, PassCtx())
    return module


def borrowed(params: str, body: str, result: str = "Int") -> set[int]:
    return set(borrowing(f"fn f({params}) -> {result} {{ {body} }}").functions["f"].borrowed)


@pytest.mark.parametrize(
    ("params", "body", "result", "expected"),
    [
        ("%s: String", "e: %n: Int = call length(%s) return %n", "Int", {0}),
        ("%s: String, %n: Int", "e: return %n", "Int", {0}),
        ("%n: Int", "e: return %n", "Int", set()),
        ("%t: Tree", "e: %n: Int = tag %t return %n", "Int", {0}),
        # returned, stored, passed on to where it is consumed
        ("%s: String", "e: return %s", "String", set()),
        ("%s: String", "e: %r: String = call keep(%s) return %r", "String", set()),
        ("%s: String, %t: String", "e: %r: String = extern snow_string_concat(%s, %t) return %r", "String", {1}),
        ("%t: Tree, %s: String", "e: %r: Tree = construct 1(%t, %s, %t) return %r", "Tree", set()),
        ("%s: String", "e: %r: Fun(String) -> String = closure body[%s] return %r", "Fun(String) -> String", set()),
        ("%f: Fun(String) -> Int, %s: String", "e: %n: Int = call_closure %f(%s) return %n", "Int", {0}),
        ("%s: String", "e: jump j(%s) j(%t: String): %n: Int = call length(%t) return %n", "Int", set()),
        # a part that is consumed wants the whole; one that is only read or returned does not
        (
            "%m: Map, %s: String",
            "e: %k: List<String> = project %m, 0, 0 %r: List<String> = extern snow_list_push<String>(%k, %s) return %r",
            "List<String>",
            set(),
        ),
        ("%m: Map", "e: %k: String = project %m, 0, 1 return %k", "String", {0}),
        ("%m: Map", "e: %k: String = project %m, 0, 1 %n: Int = call length(%k) return %n", "Int", {0}),
        # an element of a list is not a part that could be given away unshared
        (
            "%xs: List<String>, %i: Int",
            "e: %x: String = extern snow_list_get<String>(%xs, %i) %r: String = call keep(%x) return %r",
            "String",
            {0},
        ),
    ],
)
def test_parameters(params: str, body: str, result: str, expected: set[int]) -> None:
    assert borrowed(params, body, result) == expected


def test_circles_of_functions_decide_together() -> None:
    module = borrowing(
        """fn a(%s: String, %t: String) -> Int { e: %n: Int = call b(%s, %t) return %n }
        fn b(%s: String, %t: String) -> Int { e: %n: Int = call a(%s, %t) %r: String = call keep(%t) return %n }"""
    )
    assert module.functions["a"].borrowed == module.functions["b"].borrowed == {0}


def test_a_tail_call_leaves_nobody_to_keep_what_is_borrowed() -> None:
    module = borrowing(
        """fn a(%s: String) -> Int { e: tailcall b(%s) }
        fn b(%s: String) -> Int { e: %n: Int = call length(%s) return %n }"""
    )
    assert module.functions["a"].borrowed == module.functions["b"].borrowed == frozenset()
    InsertRc().run(module, PassCtx())
    assert certify(module) == []


def test_the_code_of_a_closure_owns_its_parameters() -> None:
    module = borrowing("fn f(%s: String) captures() -> Int { e: %n: Int = call length(%s) return %n }")
    assert module.functions["f"].borrowed == frozenset()


def test_walking_a_tree_counts_nothing() -> None:
    module = borrowing(
        """fn sum(%t: Tree) -> Int {
        e: %tag: Int = tag %t switch %tag [0: leaf(), 1: node()]
        leaf: %z: Int = const 0 return %z
        node: %l: Tree = project %t, 1, 0 %s: String = project %t, 1, 1 %r: Tree = project %t, 1, 2
              %a: Int = call sum(%l) %b: Int = call length(%s) %c: Int = call sum(%r)
              %ab: Int = iadd %a, %b %abc: Int = iadd %ab, %c return %abc
        }"""
    )
    InsertRc().run(module, PassCtx())
    assert certify(module) == []
    instrs = [i for block in module.functions["sum"].blocks for i in block.instrs]
    assert not any(isinstance(i, (Dup, Drop)) for i in instrs)


def test_a_part_of_a_local_value_is_lent_to_a_call_that_takes_nothing() -> None:
    module = borrowing(
        """fn make() -> Map { e: %k: List<String> = extern snow_list_new<String>() %s: String = const "x"
          %m: Map = construct 0(%k, %s) return %m }
        fn f() -> Int { e: %m: Map = call make() %s: String = project %m, 0, 1 %n: Int = call length(%s) return %n }"""
    )
    InsertRc().run(module, PassCtx())
    assert certify(module) == []
    kinds = [type(i).__name__ for i in module.functions["f"].blocks[0].instrs]
    assert kinds == ["Call", "Project", "Call", "Drop"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_borrowing_keeps_the_meaning(seed: int, panics: bool) -> None:
    plain, borrowing = program(Random(seed), panics), program(Random(seed), panics)
    InsertRc().run(plain, PassCtx())
    assert optimise(borrowing, PassCtx(verify=True))
    assert Machine(plain, counting=True).run() == Machine(borrowing, counting=True).run()
