"""Counting: balanced on every path, early enough for updates in place, and no more than needed."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.mir.ir import Drop, Dup, Module
from snowc.mir.parse import parse_module
from snowc.mir.print import print_function
from snowc.mir.rc_certify import certify
from snowc.mir.verify import verify
from snowc.passes.base import PassCtx
from snowc.passes.insert_rc import InsertRc
from snowc.passes.pipeline import optimise
from tests.unit.mir.machine import Machine
from tests.unit.mir.programs import program

TYPES = """
struct Map { Map(keys: List<String>, name: String) }
type Tree { Leaf Node(Tree, String, Tree) }
fn use(%s: String) -> Int { e: %n: Int = const 0 return %n }
fn body(%x: String) captures(%s: String) -> String { e: return %s }
"""


def counted(text: str) -> Module:
    module = parse_module(TYPES + text)
    assert verify(module, monomorphic=True) == []
    InsertRc().run(module, PassCtx())
    assert verify(module, monomorphic=True) == []
    assert certify(module) == []
    return module


def code(params: str, body: str, result: str = "Int") -> str:
    """The counted body of a function, on one line."""
    module = counted(f"fn f({params}) -> {result} {{ {body} }}")
    lines = print_function(module.functions["f"]).split("\n")[1:-2]
    return "; ".join(line.strip() for line in lines)


def test_a_unique_field_is_updated_in_place() -> None:
    """The base is dropped before its parts are consumed."""
    body = """
    e: %ks: List<String> = project %m, 0, 0
       %n: String = project %m, 0, 1
       %ks2: List<String> = extern snow_list_push<String>(%ks, %k)
       %r: Map = construct 0(%ks2, %n)
       return %r"""
    assert code("%m: Map, %k: String", body, "Map") == (
        "e:; %ks: List<String> = project %m, 0, 0; dup %ks; %n: String = project %m, 0, 1; dup %n; drop %m; "
        "%ks2: List<String> = extern snow_list_push<String>(%ks, %k); %r: Map = construct 0(%ks2, %n); return %r"
    )


def test_appending_in_a_loop_never_copies() -> None:
    module = parse_module(
        TYPES
        + """entry main
        fn add(%m: Map, %i: Int) -> Map {
        e: %z: Int = const 0 %c: Bool = ieq %i, %z br %c, done(), more()
        done: return %m
        more: %ks: List<String> = project %m, 0, 0
              %n: String = project %m, 0, 1
              %len: Int = extern snow_string_length(%n)
              %s: String = extern snow_int_to_string(%len)
              %ks2: List<String> = extern snow_list_push<String>(%ks, %s)
              %m2: Map = construct 0(%ks2, %n)
              %one: Int = const 1
              %j: Int = isub %i, %one
              %r: Map = call add(%m2, %j)
              return %r
        }
        fn main() -> Map {
        e: %ks: List<String> = extern snow_list_new<String>() %n: String = const "x"
           %m: Map = construct 0(%ks, %n) %i: Int = const 50 %r: Map = call add(%m, %i) return %r
        }"""
    )
    assert optimise(module, PassCtx(verify=True))
    machine = Machine(module, counting=True)
    machine.run()
    assert machine.copies == 0


@pytest.mark.parametrize(
    ("params", "body", "expected"),
    [
        # unused parameters and results
        ("%s: String", "e: %n: Int = const 0 return %n", "e:; drop %s; %n: Int = const 0; return %n"),
        (
            "%n: Int",
            "e: %s: String = extern snow_int_to_string(%n) return %n",
            "e:; %s: String = extern snow_int_to_string(%n); drop %s; return %n",
        ),
        # a part that nobody uses costs nothing
        (
            "%m: Map",
            "e: %k: String = project %m, 0, 1 %n: Int = const 0 return %n",
            "e:; %k: String = project %m, 0, 1; drop %m; %n: Int = const 0; return %n",
        ),
        # a part that is only read is borrowed, and its base lives on for that
        (
            "%m: Map",
            "e: %k: String = project %m, 0, 1 %n: Int = extern snow_string_length(%k) return %n",
            "e:; %k: String = project %m, 0, 1; %n: Int = extern snow_string_length(%k); drop %m; return %n",
        ),
        # … but not across a call, which could find a part of the base shared
        (
            "%m: Map, %s: String",
            "e: %k: String = project %m, 0, 1 %x: Int = call use(%s) %n: Int = extern snow_string_length(%k) return %n",
            "e:; %k: String = project %m, 0, 1; dup %k; drop %m; %x: Int = call use(%s); "
            "%n: Int = extern snow_string_length(%k); drop %k; return %n",
        ),
        # two consuming uses need one more unit
        (
            "%s: String",
            "e: %a: Int = call use(%s) %b: Int = call use(%s) return %b",
            "e:; dup %s; %a: Int = call use(%s); %b: Int = call use(%s); return %b",
        ),
        # constants are never counted
        (
            "",
            'e: %s: String = const "x" %a: Int = call use(%s) %b: Int = call use(%s) return %b',
            'e:; %s: String = const "x"; %a: Int = call use(%s); %b: Int = call use(%s); return %b',
        ),
        # one operand consumed, the other borrowed, both the same value
        (
            "%s: String",
            "e: %t: String = extern snow_string_concat(%s, %s) %n: Int = call use(%t) return %n",
            "e:; dup %s; %t: String = extern snow_string_concat(%s, %s); drop %s; %n: Int = call use(%t); return %n",
        ),
        # a way that does not use a value drops it first thing
        (
            "%s: String, %c: Bool",
            "e: %z: Int = const 0 br %c, a(), b() a: %n: Int = call use(%s) return %n b: return %z",
            "e:; %z: Int = const 0; br %c, a(), b(); a:; %n: Int = call use(%s); return %n; b:; drop %s; return %z",
        ),
        # an edge that needs it gets a block of its own
        (
            "%s: String, %c: Bool",
            "e: %z: Int = const 0 br %c, a(), j(%z) a: %n: Int = call use(%s) jump j(%n) j(%x: Int): return %x",
            "e:; %z: Int = const 0; br %c, a(), e.j(); e.j:; drop %s; jump j(%z); a:; %n: Int = call use(%s); "
            "jump j(%n); j(%x: Int):; return %x",
        ),
        # a way into a panic keeps what it has
        (
            "%s: String, %c: Bool",
            'e: br %c, a(), b() a: %n: Int = call use(%s) return %n b: panic "no"',
            'e:; br %c, a(), b(); a:; %n: Int = call use(%s); return %n; b:; panic "no"',
        ),
        # a value used in a loop and after it
        (
            "%s: String, %c: Bool",
            "e: jump l() l: %n: Int = call use(%s) br %c, l(), d() d: return %n",
            "e:; jump l(); l:; dup %s; %n: Int = call use(%s); br %c, l(), d(); d:; drop %s; return %n",
        ),
    ],
)
def test_placement(params: str, body: str, expected: str) -> None:
    assert code(params, body) == expected


def test_nested_parts_are_borrowed_through_several_blocks() -> None:
    body = """
    e: %a: Int = tag %t switch %a [0: no(), 1: one()]
    one: %l: Tree = project %t, 1, 0 %b: Int = tag %l switch %b [0: no(), 1: two()]
    two: %s: String = project %l, 1, 1 %n: Int = call use(%s) return %n
    no: %z: Int = const 0 return %z"""
    assert code("%t: Tree", body) == (
        "e:; %a: Int = tag %t; switch %a [0: no(), 1: one()]; "
        "one:; %l: Tree = project %t, 1, 0; %b: Int = tag %l; switch %b [0: no(), 1: two()]; "
        "two:; %s: String = project %l, 1, 1; dup %s; drop %t; %n: Int = call use(%s); return %n; "
        "no:; drop %t; %z: Int = const 0; return %z"
    )


def test_captures_are_borrowed_from_the_environment() -> None:
    module = counted("")
    assert "dup %s\n  return %s" in print_function(module.functions["body"])


def test_lent_results_of_externs_are_parts_of_their_first_argument() -> None:
    body = "e: %i: Int = const 0 %s: String = extern snow_list_get<String>(%xs, %i) %n: Int = call use(%s) return %n"
    assert "dup %s; drop %xs; %n: Int = call use(%s)" in code("%xs: List<String>", body)


def test_borrowed_parameters_are_neither_consumed_nor_dropped() -> None:
    module = counted(
        """fn look(borrow %s: String) -> Int { e: %n: Int = extern snow_string_length(%s) return %n }
        fn f(%s: String) -> Int { e: %n: Int = call look(%s) return %n }"""
    )
    assert "dup" not in print_function(module.functions["look"]) + print_function(module.functions["f"])
    assert print_function(module.functions["f"]).count("drop %s") == 1


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_random_programs_balance_and_keep_their_meaning(seed: int, panics: bool) -> None:
    before, after = program(Random(seed), panics), program(Random(seed), panics)
    assert optimise(after, PassCtx(verify=True))
    assert Machine(before, counting=False).run() == Machine(after, counting=True).run()


def test_counting_straight_from_lowering_balances_too() -> None:
    """Not only in simplified code: unreachable blocks and empty jumps included."""
    for seed in range(30):
        module = program(Random(seed), panics=True)
        InsertRc().run(module, PassCtx())
        assert certify(module) == []


def test_a_long_function_is_counted_in_reasonable_time() -> None:
    steps = "".join(
        f"%t{i}: String = extern snow_int_to_string(%n) %s{i + 1}: String = extern snow_string_concat(%s{i}, %t{i})\n"
        for i in range(5000)
    )
    module = counted(f"fn f(%s0: String, %n: Int) -> String {{ e: {steps} return %s5000 }}")
    instrs = module.functions["f"].blocks[0].instrs
    assert sum(isinstance(i, Drop) for i in instrs) == 5000
    assert not any(isinstance(i, Dup) for i in instrs)
