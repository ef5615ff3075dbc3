"""Simplification removes what it should and keeps what a program does."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.mir.parse import parse_function
from snowc.mir.print import print_function
from snowc.mir.verify import verify
from snowc.passes.base import PassCtx
from snowc.passes.simplify import Simplify, simplify_function
from tests.unit.mir.machine import Machine
from tests.unit.mir.programs import program


def simplified(body: str, params: str = "%n: Int, %c: Bool", result: str = "Int") -> str:
    function = parse_function(f"fn f({params}) -> {result} {{ {body} }}")
    simplify_function(function)
    lines = print_function(function).split("\n")[1:-2]
    return "; ".join(line.strip() for line in lines)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # branches on constants, blocks nobody reaches
        ("e: %t: Bool = const true br %t, a(), b() a: return %n b: %m: Int = const 1 return %m", "e:; return %n"),
        ("e: %k: Int = const 3 switch %k [0: b()] else a() a: return %n b: unreachable", "e:; return %n"),
        ("e: %k: Int = const 3 switch %k [3: a(), 4: b()] a: return %n b: unreachable", "e:; return %n"),
        ("e: br %c, a(), a() a: return %n", "e:; return %n"),
        ("e: return %n u: jump u()", "e:; return %n"),
        # chains of empty blocks, early returns
        (
            "e: br %c, a(), b() a: jump j(%n) b: %k: Int = const 1 jump j(%k) "
            "j(%x: Int): jump r(%x) r(%y: Int): return %y",
            "e:; br %c, a(), b(); a:; return %n; b:; %k: Int = const 1; return %k",
        ),
        # joined blocks
        (
            "e: %k: Int = ineg %n jump a(%k) a(%x: Int): %y: Int = ineg %x jump b() b: return %y",
            "e:; %k: Int = ineg %n; %y: Int = ineg %k; return %y",
        ),
        # dead code, rings of dead parameters
        ("e: %k: Int = ineg %n %l: Int = ineg %k return %n", "e:; return %n"),
        (
            "e: %k: Int = const 1 jump l(%k, %n) l(%d: Int, %x: Int): %d2: Int = ineg %d %y: Int = ineg %x "
            "br %c, l(%d2, %y), r() r: return %x",
            "e:; jump l(%n); l(%x: Int):; %y: Int = ineg %x; br %c, l(%y), r(); r:; return %x",
        ),
        # parameters that are always the same value
        (
            "e: jump l(%n) l(%x: Int): br %c, l(%x), r() r: return %x",
            "e:; jump l(); l:; br %c, l(), r(); r:; return %n",
        ),
    ],
)
def test_steps(body: str, expected: str) -> None:
    assert simplified(body) == expected


def test_unit_returns_are_threaded_too() -> None:
    ways = "a: %x: () = call g() jump j() b: %y: () = call g() jump j()"
    assert simplified(f"e: br %c, a(), b() {ways} j: %u: () = const () return %u", result="()") == (
        "e:; br %c, a(), b(); a:; %x: () = call g(); %u.a: () = const (); return %u.a; "
        "b:; %y: () = call g(); %u.b: () = const (); return %u.b"
    )


def test_calls_and_counting_are_kept() -> None:
    body = "e: %x: Int = call g() %s: String = extern snow_int_to_string(%n) return %n"
    assert "call g()" in simplified(body) and "snow_int_to_string" in simplified(body)


def test_an_endless_ring_is_left_alone() -> None:
    assert simplified("e: jump a() a: jump b() b: jump a()").count("jump") == 2


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_programs_keep_their_meaning(seed: int) -> None:
    before, after = program(Random(seed), panics=True), program(Random(seed), panics=True)
    Simplify().run(after, PassCtx())
    assert verify(after, monomorphic=True) == []
    assert Machine(before, counting=False).run() == Machine(after, counting=False).run()
