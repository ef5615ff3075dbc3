"""The verifier accepts what is well-formed and names what is not."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.mir import ir
from snowc.mir.parse import parse_module
from snowc.mir.types import INT
from snowc.mir.verify import verify
from tests.unit.mir.programs import program

TYPES = """
struct P<'T> { P(x: 'T, n: Int) }
type S { A B(Int) }
const c: Int = k
fn k() -> Int { e: %x: Int = const 1 return %x }
fn id<'T>(%x: 'T) -> 'T { e: return %x }
fn body(%x: Int) captures(%s: String) -> Int { e: return %x }
"""


def problems(body: str, monomorphic: bool = False) -> list[str]:
    return [p.text for p in verify(parse_module(TYPES + body), monomorphic)]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_random_programs_are_well_formed(seed: int) -> None:
    module = program(Random(seed), panics=True)
    assert verify(module) == []
    assert verify(module, monomorphic=True) == []


def test_a_problem_says_where_it_is() -> None:
    (problem,) = verify(parse_module("fn f(%n: Int) -> Bool { e: return %n }"))
    assert str(problem) == "f / e / return %n: result %n is Int, wanted Bool"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("fn f() -> Int { e(%x: Int): return %x }", "the entry block has parameters"),
        ("fn f() -> Int { e: jump a() a: jump e() }", "jumps to the entry block"),
        ("fn f(%x: Int) -> Int { e: return %x e: return %x }", "second block of this label"),
        ("fn f(%x: Int) -> Int { e: %x: Int = const 1 return %x }", "%x is defined twice"),
        ("fn f(%x: Int) -> Int { }", "has no blocks"),
    ],
)
def test_broken_shapes_are_found(body: str, text: str) -> None:
    assert text in problems(body)


@pytest.mark.parametrize(
    "body",
    [
        "fn f() -> Int { e: %y: Int = ineg %x %x: Int = const 1 return %y }",
        "fn f(%c: Bool) -> Int { e: br %c, a(), b() a: %x: Int = const 1 jump b() b: return %x }",
        "fn f(%c: Bool) -> Int { e: jump l() l: br %c, m(), d() m: %x: Int = const 1 jump l() d: return %x }",
        "fn f(%c: Bool) -> Int { e: jump b(%x) b(%x: Int): return %x }",
    ],
)
def test_uses_before_definitions_are_found(body: str) -> None:
    assert "%x is used where its definition has not run" in problems(body)


def test_a_use_in_a_loop_body_is_dominated_by_the_header() -> None:
    loop = "l: %x: Int = const 1 br %c, m(), d() m: jump l() d: return %x"
    assert problems(f"fn f(%c: Bool) -> Int {{ e: jump l() {loop} }}") == []


def test_a_value_of_another_function_is_found() -> None:
    module = parse_module("fn f(%x: Int) -> Int { e: return %x }")
    module.functions["f"].blocks[0].term = ir.Return(ir.NO_LOC, ir.Value("y", INT))
    assert [p.text for p in verify(module)] == ["%y is not defined in this function"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("%r: Int = iadd %n, %b", "operand %b is Bool, wanted Int"),
        ("%r: Int = iadd %n", "1 operands, wanted 2"),
        ("%r: Bool = iadd %n, %n", "makes Int, not Bool"),
        ("%r: Bool = const 1", "makes Int, not Bool"),
        ("%r: Int = const 9223372036854775808", "9223372036854775808 does not fit in 64 bits"),
        ("%r: Int = const [1, 2]", "makes a list, not Int"),
        ("%r: List<Int> = const [1, true]", "makes Bool, not Int"),
        ("%r: Int = constref d", "constant d is not declared"),
        ("%r: Bool = constref c", "makes Int, not Bool"),
        ("%r: Int = call g()", "function g is not defined"),
        ("%r: Int = call id(%n)", "0 type arguments, wanted 1"),
        ("%r: Int = call id<Bool>(%n)", "argument %n is Int, wanted Bool"),
        ("%r: Int = call body(%n)", "body is a closure's body"),
        ("%r: Int = call_closure %n(%n)", "%n is Int, not a function"),
        ("%r: Fun(Int) -> Int = closure id<Int>[]", "id is not a closure's body"),
        ("%r: Fun(Int) -> Int = closure body[%n]", "capture %n is Int, wanted String"),
        ("%r: Fun(Bool) -> Int = closure body[%s]", "makes Fun(Int) -> Int, not Fun(Bool) -> Int"),
        ("%r: P<Int> = construct 0(%n)", "1 fields, wanted 2"),
        ("%r: P<Bool> = construct 0(%n, %n)", "field %n is Int, wanted Bool"),
        ("%r: S = construct 2()", "S has no variant 2"),
        ("%r: Bool = project %p, 0, 0", "makes Int, not Bool"),
        ("%r: Int = project %p, 0, 2", "P<Int> has no field 2 in variant 0"),
        ("%r: Int = project %s, 0, 0", "String has no field 0 in variant 0"),
        ("%r: Int = tag %n", "Int has no variants"),
        ("%r: Int = extern snow_nothing(%n)", "the ABI table has no snow_nothing"),
        ("%r: () = extern snow_println(%n)", "argument %n is Int, wanted String"),
        ("%r: Int = extern snow_list_length(%n)", "0 type arguments, wanted 1"),
        ("dup %n", "%n of type Int is not counted"),
        ("call id<Int>(%n)", "has no result"),
    ],
)
def test_ill_typed_instructions_are_found(code: str, text: str) -> None:
    body = f"fn f(%n: Int, %b: Bool, %s: String, %p: P<Int>) -> Int {{ e: {code} return %n }}"
    assert text in problems(body)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("br %n, a(%n), a(%n)", "condition %n is Int, wanted Bool"),
        ("switch %b [0: a(%n)]", "scrutinee %b is Bool, wanted Int"),
        ("switch %n [0: a(%n), 0: a(%n)]", "the same case twice"),
        ("switch %n []", "a switch without targets"),
        ("jump a()", "to a: 0 arguments, wanted 1"),
        ("jump a(%b)", "to a: argument %b is Bool, wanted Int"),
        ("return %b", "result %b is Bool, wanted Int"),
        ("tailcall k(%n)", "1 arguments, wanted 0"),
        ('panic "x" at %n', "place %n is Int, wanted Loc"),
    ],
)
def test_ill_typed_ends_are_found(term: str, text: str) -> None:
    assert text in problems(f"fn f(%n: Int, %b: Bool) -> Int {{ e: {term} a(%x: Int): return %x }}")


def test_an_extern_with_a_place_may_have_it_or_not() -> None:
    for args in ("%s, %n", "%s, %n, %l"):
        body = f"%l: Loc = loc %r: String = extern snow_string_repeat({args}) return %r"
        assert problems(f"fn f(%s: String, %n: Int) -> String {{ e: {body} }}") == []


def test_types_are_compared_by_class_after_monomorphisation() -> None:
    body = "fn f(%p: P<Int>) -> Box { e: return %p }"
    assert problems(body) == ["result %p is P<Int>, wanted Box"]
    assert verify(parse_module(body), monomorphic=True) == []


def test_nothing_generic_is_left_after_monomorphisation() -> None:
    body = "fn f(%n: Int) -> Int { e: %r: Int = call_trait Eq::eq for Int(%n) return %r }"
    assert problems(body) == []
    assert [p.text for p in verify(parse_module(body), True)] == ["an unresolved method after monomorphisation"]


def test_missing_declarations_are_found() -> None:
    texts = problems("entry g const d: Int = g impl Eq for S { eq = g }")
    assert texts == ["entry g is not defined", "initialiser g of d is not defined", "Eq::eq for S: g is not defined"]
