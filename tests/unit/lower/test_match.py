"""Lowered matches take the arm that naive matching takes, with the variables it binds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.lower.captures import pattern_locals
from snowc.match.matrix import ArmPatterns
from snowc.mir import ir
from snowc.types.tast import Call, Construct, Lit, Local, Match, MatchArm, TExpr
from snowc.types.ty import BOOL, INT, STRING, Con, Type, list_of, option_of, tuple_of
from tests.unit.lower.factories import (
    at,
    block,
    builtin,
    function,
    lit,
    local,
    match,
    prim,
    println,
    program,
    ref,
)
from tests.unit.lower.machine import Machine, Obj, Panicked
from tests.unit.match.factories import (
    NONE,
    SHAPE,
    S,
    cons,
    ctor,
    either,
    plist,
    some,
    tup,
    var,
    wild,
)
from tests.unit.match.factories import lit as plit
from tests.unit.match.naive import matches, naive, values_of


def encode(value: Any) -> Any:
    """A value of the naive matcher as the machine has it."""
    match value:
        case ("@", int(index), list(fields)):
            return Obj(index, tuple(map(encode, fields)))
        case tuple():
            return Obj(0, tuple(map(encode, value)))
        case list():
            return tuple(map(encode, value))
        case _:
            return value


def variables(arm: ArmPatterns) -> list[Local]:
    return list(dict.fromkeys(v for p in arm.patterns for v in pattern_locals(p)))


def body_of(index: int, arm: ArmPatterns) -> TExpr:
    """An object of the arm's number and its variables; the machine does not mind that types differ."""
    fields: list[TExpr] = [lit(index), *map(ref, variables(arm))]
    return Construct(S, tuple_of(*(f.type for f in fields)), None, None, fields)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.data(), matches())
def test_random_matches_agree_with_naive_matching(
    data: st.DataObject, made: tuple[list[Type], list[ArmPatterns]]
) -> None:
    types, arms = made
    params = [local(f"s{i}", t) for i, t in enumerate(types)]
    guards = [local(f"g{i}", BOOL) for i in range(len(arms))]
    built = [
        MatchArm(S, list(arm.patterns), ref(guards[i]) if arm.guarded else None, lit(i)) for i, arm in enumerate(arms)
    ]
    decl = function("Main.f", [*params, *guards], Match(S, INT, "case", [ref(p) for p in params], built))
    machine = Machine(program(decl))
    for _ in range(5):
        values = [data.draw(values_of(t)) for t in types]
        flags = data.draw(st.lists(st.booleans(), min_size=len(arms), max_size=len(arms)))
        expected = naive(arms, values, flags)
        try:
            taken = machine.call("Main.f", *map(encode, values), *flags)
        except Panicked:
            taken = None
        assert taken == (None if expected is None else expected[0])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data(), matches())
def test_random_matches_bind_what_naive_matching_binds(
    data: st.DataObject, made: tuple[list[Type], list[ArmPatterns]]
) -> None:
    types, arms = made
    params = [local(f"s{i}", t) for i, t in enumerate(types)]
    for index, arm in enumerate(arms):
        body = body_of(index, arm)
        built = [MatchArm(S, list(arm.patterns), None, body)]
        decl = function("Main.f", params, Match(S, body.type, "case", [ref(p) for p in params], built))
        machine = Machine(program(decl))
        values = [data.draw(values_of(t)) for t in types]
        expected = naive([ArmPatterns(arm.patterns, False)], values, [])
        if expected is None:
            with pytest.raises(Panicked):
                machine.call("Main.f", *map(encode, values))
        else:
            wanted = tuple(encode(expected[1][v]) for v in variables(arm))
            assert machine.call("Main.f", *map(encode, values)) == Obj(0, (index, *wanted))


def _count(module: ir.Module, kind: type[ir.Instr]) -> int:
    return sum(isinstance(i, kind) for b in module.functions["Main.f"].blocks for i in b.instrs)


def test_a_failed_match_panics_at_its_line() -> None:
    n = local("n")
    found = match(ref(n), arms=[([plit(1)], None, lit(1))], kind="fn")
    found.span = at(12)
    with pytest.raises(Panicked) as panic:
        Machine(program(function("Main.f", [n], found))).call("Main.f", 2)
    assert panic.value.args == ("non-exhaustive match", 12)


def test_an_arm_with_several_leaves_is_lowered_once() -> None:
    p = local("p", tuple_of(INT, INT))
    x = local("x")
    first = tup(plit(1), var("x"))
    second = tup(var("x"), plit(1))
    for pattern in (first, second):
        next(i for i in pattern.items if hasattr(i, "local")).local = x  # type: ignore[attr-defined]
    body = block(println(lit("once")), ref(x))
    arms = [([either(first, second)], prim("ilt", ref(x), lit(9)), body), ([wild(p.type)], None, lit(-1))]
    module = program(function("Main.f", [p], match(ref(p), arms=arms)))
    machine = Machine(module)
    results = [machine.call("Main.f", Obj(0, v)) for v in ((1, 5), (6, 1), (1, 9), (2, 2))]
    assert results == [5, 6, -1, -1]
    prints = [i for b in module.functions["Main.f"].blocks for i in b.instrs if isinstance(i, ir.CallExtern)]
    assert len(prints) == 1


def test_a_tuple_built_only_to_be_matched_is_not_built() -> None:
    a, b = local("a"), local("b", BOOL)
    pair = Construct(S, tuple_of(INT, BOOL), None, None, [ref(a), ref(b)])
    arms = [([tup(plit(0), plit(True))], None, lit(1)), ([wild(pair.type)], None, lit(2))]
    module = program(function("Main.f", [a, b], match(pair, arms=arms)))
    assert _count(module, ir.Construct) == 0
    assert [Machine(module).call("Main.f", *v) for v in ((0, True), (0, False), (1, True))] == [1, 2, 2]


def test_a_tuple_that_an_arm_names_is_built() -> None:
    a = local("a")
    pair = Construct(S, tuple_of(INT, INT), None, None, [ref(a), ref(a)])
    whole = var("whole", pair.type)
    module = program(function("Main.f", [a], match(pair, arms=[([whole], None, ref(whole.local))])))
    assert Machine(module).call("Main.f", 3) == Obj(0, (3, 3))


def test_a_list_is_measured_once_and_only_bound_tails_are_made() -> None:
    xs = local("xs", list_of(INT))
    rest = var("rest", list_of(INT))
    arms = [
        ([plist()], None, lit(0)),
        ([plist(wild())], None, lit(1)),
        ([cons(wild(), cons(wild(), plist()))], None, lit(2)),
        ([cons(wild(), cons(wild(), cons(wild(), rest)))], None, Lit(S, INT, 3)),
    ]
    module = program(function("Main.f", [xs], match(ref(xs), arms=arms)))
    calls = [i.symbol for b in module.functions["Main.f"].blocks for i in b.instrs if isinstance(i, ir.CallExtern)]
    assert sorted(calls) == ["snow_list_length", "snow_list_tail"]
    assert [Machine(module).call("Main.f", tuple(range(n))) for n in range(5)] == [0, 1, 2, 3, 3]


def test_strings_are_compared_one_after_the_other() -> None:
    s = local("s", STRING)
    arms = [([plit(text)], None, lit(i)) for i, text in enumerate(("a", "b", ""))]
    module = program(function("Main.f", [s], match(ref(s), arms=[*arms, ([wild(STRING)], None, lit(9))])))
    assert [Machine(module).call("Main.f", t) for t in ("", "b", "a", "ab")] == [2, 1, 0, 9]


def test_arms_in_tail_position_return_directly() -> None:
    n = local("n")
    decl = function("Main.f", [n], lit(0))
    again = Call(S, INT, builtin("string_length", [STRING], INT), [lit("x")])
    decl.body = match(ref(n), arms=[([plit(0)], None, again), ([wild()], None, lit(2))])
    blocks = program(decl).functions["Main.f"].blocks
    assert not any(b.params for b in blocks)
    assert sum(isinstance(b.term, ir.Return) for b in blocks) == 2


def test_variants_are_told_apart_by_one_tag() -> None:
    shape = local("shape", Con("Main.Shape"))
    r = var("r", Con("Float"))
    arms = [
        ([ctor(SHAPE, "Circle", r)], None, ref(r.local)),
        ([ctor(SHAPE, "Box", wild(), r)], None, ref(r.local)),
        ([ctor(SHAPE, "Dot")], None, lit(0.0)),
    ]
    module = program(function("Main.f", [shape], match(ref(shape), arms=arms)), types=[SHAPE])
    assert _count(module, ir.Tag) == 1
    machine = Machine(module)
    assert [machine.call("Main.f", v) for v in (Obj(0, (2.5,)), Obj(1, (1.0, 3.5)), Obj(2, ()))] == [2.5, 3.5, 0.0]


def test_guards_fall_through_to_the_next_arm() -> None:
    o = local("o", option_of(INT))
    n = var("n")
    big = prim("ilt", lit(10), ref(n.local))
    arms = [([some(n)], big, ref(n.local)), ([some(plit(3))], None, lit(-3)), ([NONE], None, lit(-1))]
    module = program(function("Main.f", [o], match(ref(o), arms=arms)))
    machine = Machine(module)
    assert [machine.call("Main.f", v) for v in (Obj(0, (11,)), Obj(0, (3,)), Obj(1, ()))] == [11, -3, -1]
    with pytest.raises(Panicked):
        machine.call("Main.f", Obj(0, (4,)))


def test_a_match_for_its_effect_makes_no_value() -> None:
    n = local("n")
    arms = [([plit(1)], None, println(lit("one"))), ([wild()], None, println(lit("more")))]
    decl = function("Main.f", [n], block(match(ref(n), arms=arms), println(lit("end"))))
    machine = Machine(program(decl))
    machine.call("Main.f", 1)
    machine.call("Main.f", 2)
    assert machine.log == ["one", "end", "more", "end"]
