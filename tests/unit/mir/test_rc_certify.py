"""The certifier accepts balanced code and finds every imbalance that is put into it."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.mir.ir import CallExtern, Drop, Dup, Module, Project
from snowc.mir.parse import parse_module
from snowc.mir.rc_certify import certify
from snowc.mir.verify import verify
from snowc.mir.walk import operands
from snowc.passes.base import PassCtx
from snowc.passes.pipeline import optimise
from tests.unit.mir.programs import program

TYPES = """
struct P { P(s: String, t: String) }
fn eat(%s: String) -> Int { e: drop %s %n: Int = const 0 return %n }
fn look(borrow %s: String) -> Int { e: %n: Int = extern snow_string_length(%s) return %n }
fn body(%x: String) captures(%s: String) -> String { e: drop %x dup %s return %s }
"""


def findings(body: str) -> list[str]:
    module = parse_module(TYPES + body)
    assert verify(module, monomorphic=True) == []
    return [f.text for f in certify(module)]


def counted(seed: int) -> Module:
    module = program(Random(seed))
    assert optimise(module, PassCtx())
    return module


@pytest.mark.parametrize(
    "body",
    [
        "fn f(%s: String) -> String { e: return %s }",
        "fn f(%s: String) -> Int { e: dup %s %n: Int = call eat(%s) %m: Int = call eat(%s) return %m }",
        "fn f(%p: P) -> String { e: %s: String = project %p, 0, 0 dup %s drop %p return %s }",
        "fn f(borrow %p: P) -> String { e: %s: String = project %p, 0, 0 dup %s return %s }",
        "fn f(%s: String) -> Int { e: %n: Int = call look(%s) drop %s return %n }",
        'fn f() -> String { e: %s: String = const "a" %n: Int = call eat(%s) return %s }',
        'fn f(%s: String) -> Int { e: panic "leaks, and may" }',
        "fn f(%s: String, %c: Bool) -> String { e: br %c, a(), b() a: return %s b: drop %s unreachable }",
        "fn f(%s: String, %c: Bool) -> String { e: jump l(%s) l(%x: String): br %c, l(%x), b() b: return %x }",
        "fn f(%s: String) -> Fun(String) -> String { e: %c: Fun(String) -> String = closure body[%s] return %c }",
    ],
)
def test_balanced_code_is_accepted(body: str) -> None:
    assert findings(body) == []


@pytest.mark.parametrize(
    ("params", "code", "text"),
    [
        ("", "%n: Int = const 0 return %n", "%s is never consumed"),
        ("", "%n: Int = call eat(%s) %m: Int = call eat(%s) return %m", "%s is consumed but not owned"),
        ("", "%n: Int = call eat(%s) dup %s drop %s return %n", "%s is read but nothing keeps it alive"),
        ("", "%r: String = extern snow_string_concat(%s, %s) drop %r %n: Int = const 0 return %n", "%s is read but"),
        ("", "%n: Int = call look(%s) return %n", "%s is never consumed"),
        ("%c: Bool", "br %c, a(), b() a: drop %s jump b() b: %n: Int = const 0 return %n", "into b disagree"),
        ("%c: Bool", "jump l() l: dup %s br %c, l(), b() b: %n: Int = call eat(%s) return %n", "into l disagree"),
        ("%p: P", "drop %s %t: String = project %p, 0, 0 drop %p %n: Int = call eat(%t) return %n", "%t is consumed"),
        ("%p: P", "drop %s %t: String = project %p, 0, 0 drop %p %n: Int = call look(%t) return %n", "%t is read"),
        ("%p: P", "drop %s %t: String = project %p, 0, 0 drop %p dup %t %n: Int = call eat(%t) return %n", "%t is"),
        ("borrow %b: String", "drop %s %n: Int = call eat(%b) return %n", "%b is consumed but not owned"),
        ("borrow %b: String", "drop %s drop %b %n: Int = const 0 return %n", "%b is consumed but not owned"),
        (
            "%c: Fun(String) -> Int",
            "drop %c %n: Int = call_closure %c(%s) return %n",
            "%c is read but nothing keeps it alive",
        ),
    ],
)
def test_imbalances_are_found(params: str, code: str, text: str) -> None:
    found = findings(f"fn f({', '.join(filter(None, ['%s: String', params]))}) -> Int {{ e: {code} }}")
    assert any(text in finding for finding in found), found


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_removing_or_repeating_any_count_is_found(seed: int) -> None:
    module = counted(seed)
    assert certify(module) == []
    blocks = [b for f in module.functions.values() for b in f.blocks]
    places = [(b, i) for b in blocks for i, instr in enumerate(b.instrs) if isinstance(instr, (Dup, Drop))]
    for block, index in Random(seed).sample(places, min(6, len(places))):
        removed = block.instrs.pop(index)
        assert certify(module), removed
        assert isinstance(removed, (Dup, Drop))
        again = type(removed)(None, removed.loc, removed.value)
        block.instrs[index:index] = [removed, again]
        assert certify(module), removed
        del block.instrs[index]
    assert certify(module) == []


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_dropping_before_the_last_use_is_found(seed: int) -> None:
    """Parts are left out: they may be read again as long as their base lives."""
    module = counted(seed)
    for function in module.functions.values():
        parts = {i.dest for b in function.blocks for i in b.instrs if isinstance(i, (Project, CallExtern))}
        for block in function.blocks:
            for index, (use, drop) in enumerate(zip(block.instrs, block.instrs[1:], strict=False)):
                if not isinstance(drop, Drop) or drop.value in parts or isinstance(use, (Dup, Drop)):
                    continue
                if drop.value in operands(use):
                    block.instrs[index : index + 2] = [drop, use]
                    assert certify(module)
                    block.instrs[index : index + 2] = [use, drop]
