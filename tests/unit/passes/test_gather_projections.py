"""Fields are taken together, once each, without changing what a program does."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.mir.parse import parse_module
from snowc.mir.print import print_function
from snowc.mir.verify import verify
from snowc.passes.base import PassCtx
from snowc.passes.gather_projections import GatherProjections
from tests.unit.mir.machine import Machine
from tests.unit.mir.programs import program

TYPES = """
struct P { P(a: Int, b: Int, c: P) }
type S { A(Int) B(Int, Int) }
fn g(%x: Int) -> Int { e: return %x }
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "%a: Int = project %p, 0, 0 %x: Int = call g(%a) %b: Int = project %p, 0, 1",
            "%a: Int = project %p, 0, 0; %b: Int = project %p, 0, 1; %x: Int = call g(%a)",
        ),
        (
            "%a: Int = project %p, 0, 0 %x: Int = call g(%a) %b: Int = project %p, 0, 0 %y: Int = call g(%b)",
            "%a: Int = project %p, 0, 0; %x: Int = call g(%a); %y: Int = call g(%a)",
        ),
        # parts of parts: the inner ones follow, and a second way to the same part is the first
        (
            "%c: P = project %p, 0, 2 %a: Int = project %c, 0, 0 %x: Int = call g(%a) "
            "%d: P = project %p, 0, 2 %b: Int = project %d, 0, 1 %y: Int = call g(%b)",
            "%c: P = project %p, 0, 2; %a: Int = project %c, 0, 0; %b: Int = project %c, 0, 1; "
            "%x: Int = call g(%a); %y: Int = call g(%b)",
        ),
        # variants are kept apart: a field is only there in its own
        (
            "%a: Int = project %s, 0, 0 %x: Int = call g(%a) %b: Int = project %s, 1, 1",
            "%a: Int = project %s, 0, 0; %x: Int = call g(%a); %b: Int = project %s, 1, 1",
        ),
    ],
)
def test_blocks_are_rebuilt(body: str, expected: str) -> None:
    module = parse_module(TYPES + f"fn f(%p: P, %s: S) -> Int {{ e: {body} return %x }}")
    assert verify(module) == []
    GatherProjections().run(module, PassCtx())
    assert verify(module) == []
    lines = print_function(module.functions["f"]).split("\n")[2:-3]
    assert "; ".join(line.strip() for line in lines) == expected


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_programs_keep_their_meaning(seed: int) -> None:
    before, after = program(Random(seed), panics=True), program(Random(seed), panics=True)
    GatherProjections().run(after, PassCtx())
    assert verify(after, monomorphic=True) == []
    assert Machine(before, counting=False).run() == Machine(after, counting=False).run()
