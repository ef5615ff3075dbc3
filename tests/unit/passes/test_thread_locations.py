"""Library functions that may panic blame the line of user code that led to them."""

from __future__ import annotations

from snowc.mir.parse import parse_module
from snowc.mir.print import print_function
from snowc.mir.verify import verify
from snowc.passes.base import PassCtx
from snowc.passes.thread_locations import ThreadLocations, functions_that_take_loc

LIBRARY = """
entry main
fn get(%n: Int) -> Int std { e: %z: Bool = ilt %n, %n br %z, bad(), ok() bad: panic "out of bounds" ok: return %n }
fn repeat(%s: String) -> String std { e: %n: Int = const 2 %r: String = extern snow_string_repeat(%s, %n) return %r }
fn outer(%n: Int) -> Int std { e: %r: Int = call get(%n) return %r }
fn safe(%n: Int) -> Int std { e: return %n }
fn body(%n: Int) captures(%k: Int) -> Int std { e: %r: Int = call outer(%n) return %r }
fn make(%n: Int) -> Fun(Int) -> Int std { e: %f: Fun(Int) -> Int = closure body[%n] return %f }
fn ping(%n: Int) -> Int std { e: tailcall pong(%n) }
fn pong(%n: Int) -> Int std { e: tailcall ping(%n) }
fn setup() -> Int std { e: %n: Int = const 1 %r: Int = call get(%n) @1:8 return %r }
const limit: Int = setup
"""


def threaded(body: str) -> dict[str, str]:
    module = parse_module(LIBRARY + body)
    ThreadLocations().run(module, PassCtx())
    assert verify(module, monomorphic=True) == []
    return {name: print_function(f) for name, f in module.functions.items()}


def test_the_need_spreads_through_calls_and_closures_of_the_library_only() -> None:
    module = parse_module(LIBRARY + "fn main(%n: Int) -> Int { e: %r: Int = call outer(%n) return %r }")
    assert functions_that_take_loc(module) == {"get", "repeat", "outer", "body", "make"}


def test_user_code_passes_its_own_place() -> None:
    texts = threaded("fn main(%n: Int) -> Int { e: %r: Int = call outer(%n) @0:5 return %r }")
    assert "%place.1$: Loc = loc @0:5\n  %r: Int = call outer(%place.1$, %n) @0:5" in texts["main"]


def test_library_code_passes_on_what_it_was_given() -> None:
    texts = threaded("fn main(%n: Int) -> Int { e: return %n }")
    assert texts["outer"].startswith("fn outer(%caller$: Loc, %n: Int) -> Int std takes_loc")
    assert "call get(%caller$, %n)" in texts["outer"]
    assert 'panic "out of bounds" at %caller$' in texts["get"]
    assert "extern snow_string_repeat(%s, %n, %caller$)" in texts["repeat"]


def test_what_cannot_panic_stays_as_it_was() -> None:
    texts = threaded("fn main(%n: Int) -> Int { e: %r: Int = call safe(%n) @0:5 return %r }")
    assert "loc" not in texts["safe"] and "loc" not in texts["main"]
    assert "tailcall pong(%n)" in texts["ping"]


def test_a_closure_captures_the_place_where_it_is_made() -> None:
    texts = threaded("fn main(%n: Int) -> Fun(Int) -> Int { e: %f: Fun(Int) -> Int = call make(%n) @0:3 return %f }")
    assert "captures(%k: Int, %caller$: Loc)" in texts["body"]
    assert "closure body[%n, %caller$]" in texts["make"]
    assert "call make(%place.1$, %n)" in texts["main"]


def test_user_functions_blame_their_own_lines() -> None:
    texts = threaded(
        """fn main(%s: String) -> String {
        e: %n: Int = const 1
           %r: String = extern snow_string_repeat(%s, %n) @0:2
           return %r
        }
        fn quit() -> Int { e: panic "mine" @0:9 }"""
    )
    assert "%place.1$: Loc = loc @0:2" in texts["main"]
    assert 'panic "mine" @0:9' in texts["quit"]


def test_initialisers_of_constants_take_no_place() -> None:
    texts = threaded("fn main(%n: Int) -> Int { e: return %n }")
    assert texts["setup"].startswith("fn setup() -> Int std {")
    assert "loc @1:8" in texts["setup"]
