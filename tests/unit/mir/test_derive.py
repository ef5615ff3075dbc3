"""Derived instances do what language.md 4.5 says, for any type: they are run by the machine."""

from __future__ import annotations

import struct
from itertools import product

import pytest

from snowc.mir.derive import FNV_BASIS, can_derive, derive
from snowc.mir.ir import (
    NO_LOC,
    Block,
    CallTrait,
    Const,
    Construct,
    Function,
    Instr,
    Module,
    Return,
    Value,
)
from snowc.mir.parse import parse_module, parse_type
from snowc.mir.shapes import decl_of, tuple_decl, variant_fields
from snowc.mir.types import Con, MTy
from snowc.mir.verify import verify
from snowc.passes.base import PassCtx
from snowc.passes.pipeline import optimise
from tests.unit.mir.machine import Machine

PRELUDE = """
impl Eq for Int { eq = Int.eq }
impl Ord for Int { lt = Int.lt compare = Int.compare }
impl Hash for Int { hash = Int.hash }
impl Display for Int { to_string = Int.show }
impl Display for String { to_string = String.show }
impl Debug for String { inspect = String.quote }
fn Int.eq(%a: Int, %b: Int) -> Bool std { e: %r: Bool = ieq %a, %b return %r }
fn Int.lt(%a: Int, %b: Int) -> Bool std { e: %r: Bool = ilt %a, %b return %r }
fn Int.compare(%a: Int, %b: Int) -> Ordering std {
e: %l: Bool = ilt %a, %b br %l, less(), more()
less: %x: Ordering = construct 0() return %x
more: %q: Bool = ieq %a, %b br %q, equal(), greater()
equal: %y: Ordering = construct 1() return %y
greater: %z: Ordering = construct 2() return %z
}
fn Int.hash(%a: Int) -> Int std { e: %r: Int = extern snow_hash_int(%a) return %r }
fn Int.show(%a: Int) -> String std { e: %r: String = extern snow_int_to_string(%a) return %r }
fn String.show(%a: String) -> String std { e: return %a }
fn String.quote(%a: String) -> String std { e: %q: String = const "quoted" return %q }
struct Main.Point derives Eq, Ord, Hash, Display, Debug { Point(x: Int, y: Int) }
struct Main.Named derives Debug { Named(name: String, at: Main.Point) }
struct Main.Empty derives Eq, Ord, Hash, Display, Debug { Empty }
struct Main.Crate<'T> derives Eq, Ord, Hash, Display, Debug { Crate(item: 'T) }
struct Main.Hand derives Ord { Hand(x: Int, y: Int) }
impl Eq for Main.Hand { eq = Hand.eq }
fn Hand.eq(%a: Main.Hand, %b: Main.Hand) -> Bool { e: %r: Bool = const true return %r }
type Main.Shape derives Eq, Ord, Hash, Display, Debug { Dot Circle(Int) Rect(w: Int, h: Int) }
"""


class Maker:
    """Writes the code that builds a value given as nested Python tuples `(variant, field, …)`."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.instrs: list[Instr] = []

    def value(self, ty: MTy, data: object) -> Value:
        dest = Value(f"v{len(self.instrs)}", ty)
        if isinstance(data, int | str):
            self.instrs.append(Const(dest, NO_LOC, data))
            return dest
        assert isinstance(data, tuple) and isinstance(ty, Con)
        decl = decl_of(self.module, ty)
        assert decl is not None
        types = variant_fields(self.module, ty, data[0]) or []
        args = [self.value(t, d) for t, d in zip(types, data[1:], strict=True)]
        dest.name = f"v{len(self.instrs)}"
        self.instrs.append(Construct(dest, NO_LOC, data[0], args))
        return dest


def run(ty_text: str, trait: str, method: str, result: str, *values: object) -> object:
    """Call a method on values through the whole pipeline, counts included."""
    module = parse_module(PRELUDE)
    ty, result_type = parse_type(ty_text), parse_type(result)
    maker = Maker(module)
    args = [maker.value(ty, v) for v in values]
    answer = Value("answer", result_type)
    call = CallTrait(answer, NO_LOC, trait, [], method, ty, [], args)
    module.functions["main"] = Function(
        "main", [], [], result_type, [Block("e", [], [*maker.instrs, call], Return(NO_LOC, answer))]
    )
    module.entry = "main"
    assert verify(module) == []
    assert optimise(module, PassCtx(verify=True))
    return HashMachine(module, True).run()


class HashMachine(Machine):
    """Adds the hash functions of the core."""

    def extern(self, symbol: str, args: list[object]) -> object:
        match symbol, args:
            case "snow_hash_int", [int() as number]:
                return fnv(struct.pack("<q", number))
            case "snow_hash_combine", [int() as state, int() as more]:
                return fnv(struct.pack("<q", more), state)
        return super().extern(symbol, args)


def fnv(data: bytes, state: int = FNV_BASIS) -> int:
    state %= 1 << 64
    for byte in data:
        state = (state ^ byte) * 0x100000001B3 % (1 << 64)
    return state - (1 << 64) if state >> 63 else state


def text(ty: str, trait: str, value: object) -> object:
    method = {"Display": "to_string", "Debug": "inspect", "Show": "show"}[trait]
    shown = run(ty, trait, method, "String", value)
    assert isinstance(shown, tuple)
    return shown[2]


@pytest.mark.parametrize(
    ("ty", "trait", "value", "expected"),
    [
        ("Main.Point", "Display", (0, 1, 2), "Point(1, 2)"),
        ("Main.Point", "Debug", (0, 1, 2), "Point { x: 1, y: 2 }"),
        ("Main.Empty", "Display", (0,), "Empty()"),
        ("Main.Empty", "Debug", (0,), "Empty {}"),
        ("Main.Named", "Show", (0, "Ada", (0, 1, 2)), "Named { name: Ada, at: Point(1, 2) }"),
        ("Main.Crate<Int>", "Display", (0, 9), "Crate(9)"),
        ("Main.Crate<String>", "Debug", (0, "a"), "Crate { item: a }"),
        ("Main.Shape", "Display", (0,), "Dot"),
        ("Main.Shape", "Display", (1, 5), "Circle(5)"),
        ("Main.Shape", "Debug", (2, 5, 6), "Rect(5, 6)"),
        ("Tuple<Int, String>", "Show", (0, 1, "a"), "(1, a)"),
        ("Tuple<Int, Tuple<Int, Int>>", "Debug", (0, 1, (0, 2, 3)), "(1, (2, 3))"),
        ("Option<Int>", "Display", (0, 1), "Some(1)"),
        ("Option<String>", "Debug", (1,), "None"),
        ("Result<Int, String>", "Show", (1, "no"), "Err(no)"),
        ("Ordering", "Show", (2,), "Greater"),
        ("String", "Show", "plain", "plain"),
        ("String", "Debug", "plain", "quoted"),
    ],
)
def test_texts(ty: str, trait: str, value: object, expected: str) -> None:
    assert text(ty, trait, value) == expected


SHAPES = [(0,), (1, 1), (1, 2), (2, 0, 5), (2, 1, 0), (2, 1, 4)]
"""In ascending order."""


@pytest.mark.parametrize(("left", "right"), list(product(range(len(SHAPES)), repeat=2)))
def test_sums_compare_by_variant_then_by_fields(left: int, right: int) -> None:
    pair = (SHAPES[left], SHAPES[right])
    assert run("Main.Shape", "Eq", "eq", "Bool", *pair) == (left == right)
    assert run("Main.Shape", "Ord", "lt", "Bool", *pair) == (left < right)
    assert run("Main.Shape", "Ord", "compare", "Ordering", *pair) == ("data", (left > right) - (left < right) + 1)


@pytest.mark.parametrize(("a", "b"), [((0, 1, 2), (0, 1, 2)), ((0, 1, 2), (0, 1, 3)), ((0, 2, 0), (0, 1, 9))])
def test_structs_and_tuples_compare_field_by_field(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    for ty in ("Main.Point", "Tuple<Int, Int>"):
        assert run(ty, "Eq", "eq", "Bool", a, b) == (a == b)
        assert run(ty, "Ord", "lt", "Bool", a, b) == (a < b)


def test_options_come_before_none_and_empty_structs_are_equal() -> None:
    assert run("Option<Int>", "Ord", "lt", "Bool", (0, 99), (1,)) is True
    assert run("Main.Empty", "Eq", "eq", "Bool", (0,), (0,)) is True
    assert run("Main.Empty", "Ord", "lt", "Bool", (0,), (0,)) is False
    assert run("Main.Empty", "Ord", "compare", "Ordering", (0,), (0,)) == ("data", 1)


def test_compare_respects_an_equality_written_by_hand() -> None:
    assert run("Main.Hand", "Ord", "compare", "Ordering", (0, 1, 1), (0, 1, 2)) == ("data", 0)
    assert run("Main.Hand", "Ord", "compare", "Ordering", (0, 1, 2), (0, 1, 1)) == ("data", 1)


@pytest.mark.parametrize(
    ("ty", "value", "expected"),
    [
        ("Main.Point", (0, 1, 2), 2814214074664713915),
        ("Main.Shape", (1, 5), 2035273782112263381),
        ("Main.Empty", (0,), -3750763034362895579),
        ("Tuple<Int, Int>", (0, 1, 2), 2814214074664713915),
        ("Option<Int>", (1,), fnv(struct.pack("<q", 1))),
    ],
)
def test_hashes(ty: str, value: object, expected: int) -> None:
    assert run(ty, "Hash", "hash", "Int", value) == expected


def test_the_last_field_is_compared_in_tail_position() -> None:
    module = parse_module("type L derives Eq, Ord { Nil Cons(Int, L) }")
    for trait, method in (("Eq", "eq"), ("Ord", "lt"), ("Ord", "compare")):
        function = derive(module.types["L"], trait, method)
        tails = [
            b.instrs[-1]
            for b in function.blocks
            if b.instrs and isinstance(b.term, Return) and b.instrs[-1].dest is b.term.value
        ]
        assert any(getattr(i, "self_type", None) == Con("L") for i in tails), (trait, method)


def test_only_what_is_listed_can_be_derived() -> None:
    decl = parse_module("struct P derives Eq, Json { P }").types["P"]
    assert can_derive(decl, "Eq")
    assert not can_derive(decl, "Ord")
    assert not can_derive(decl, "Json")
    assert can_derive(tuple_decl(7), "Hash")


@pytest.mark.parametrize("arity", [2, 3, 9])
def test_tuples_of_any_arity_are_well_formed(arity: int) -> None:
    module = Module()
    for trait, method in (("Eq", "eq"), ("Ord", "lt"), ("Ord", "compare"), ("Hash", "hash"), ("Debug", "inspect")):
        function = derive(tuple_decl(arity), trait, method)
        module.functions[function.name] = function
    assert verify(module) == []
