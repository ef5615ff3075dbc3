"""Decision trees against naive matching, arm by arm."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.match.matrix import ArmPatterns, build_tree, tree_of_match
from snowc.match.tree import (
    Ctor,
    Elem,
    Fail,
    Field,
    GuardLeaf,
    Leaf,
    Occurrence,
    Switch,
    Tree,
)
from snowc.types.tast import Local
from snowc.types.ty import BOOL, INT, Con, Type, list_of, option_of, tuple_of
from tests.unit.match.factories import (
    NONE,
    OPTION,
    SHAPE,
    case,
    cons,
    ctor,
    either,
    lit,
    match_on,
    some,
    tup,
    var,
    wild,
)
from tests.unit.match.naive import matches, naive, values_of


def read(occurrence: Occurrence, values: list[Any]) -> Any:
    if occurrence.parent is None:
        return values[occurrence.root]
    base = read(occurrence.parent, values)
    match occurrence.step:
        case Field(variant, index):
            if isinstance(base, tuple) and base[:1] == ("@",):
                assert base[1] == variant, "read a field of the wrong variant"
                return base[2][index]
            return base[index]
        case Elem(index):
            return base[index]
        case step:
            assert len(base) >= step.start, "took more than there is"
            return base[step.start :]


def holds(ctor_: Ctor, value: Any) -> bool:
    match ctor_.kind:
        case "variant":
            return bool(value[1] == ctor_.value)
        case "tuple":
            return True
        case "nil":
            return not value
        case "cons":
            return bool(value)
        case _:
            return bool(value == ctor_.value)


def run(tree: Tree, values: list[Any], guards: list[bool]) -> tuple[int, dict[Local, Any]] | None:
    node = tree.root
    while True:
        match node:
            case Fail():
                return None
            case Leaf(arm=arm, bindings=bindings):
                return arm, {local: read(o, values) for local, o in bindings}
            case GuardLeaf(arm=arm, bindings=bindings, on_false=on_false):
                if guards[arm]:
                    return arm, {local: read(o, values) for local, o in bindings}
                node = on_false
            case Switch(occurrence=occurrence, cases=cases, default=default):
                value = read(occurrence, values)
                node = next((sub for c, sub in cases if holds(c, value)), default)
                assert node is not None, "a switch without default does not cover its value"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data(), matches(), st.sampled_from([4_000, 6, 0]))
def test_a_tree_takes_the_arm_that_naive_matching_takes(
    data: st.DataObject, made: tuple[list[Type], list[ArmPatterns]], limit: int
) -> None:
    types, arms = made
    tree = build_tree(types, arms, limit)
    for _ in range(6):
        values = [data.draw(values_of(t)) for t in types]
        guards = data.draw(st.lists(st.booleans(), min_size=len(arms), max_size=len(arms)))
        assert run(tree, values, guards) == naive(arms, values, guards)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data(), matches())
def test_arms_that_the_tree_never_reaches_are_never_taken(
    data: st.DataObject, made: tuple[list[Type], list[ArmPatterns]]
) -> None:
    types, arms = made
    reached = build_tree(types, arms).reached_arms()
    for _ in range(6):
        values = [data.draw(values_of(t)) for t in types]
        taken = naive(arms, values, [True] * len(arms))
        assert taken is None or taken[0] in reached


# ---- shapes ------------------------------------------------------------------------------------


def count(tree: Tree) -> int:
    return sum(1 for _ in tree.nodes())


def test_a_place_is_tested_once_for_all_arms() -> None:
    tree = tree_of_match(case(SHAPE_TYPE, ctor(SHAPE, "Dot"), ctor(SHAPE, "Circle", wild()), wild()))
    switches = [n for n in tree.nodes() if isinstance(n, Switch)]
    assert len(switches) == 1
    assert switches[0].absent() == [Ctor("variant", 1)]


SHAPE_TYPE = Con("Main.Shape")


def test_complete_constructors_leave_no_default() -> None:
    tree = tree_of_match(case(BOOL, lit(True), lit(False)))
    assert isinstance(tree.root, Switch) and tree.root.default is None


def test_alternatives_without_variables_share_their_continuation() -> None:
    three = either(lit(1), lit(2), lit(3))
    columns = 12
    arms = ([three] * columns, False), ([wild()] * columns, False)
    tree = tree_of_match(match_on([INT] * columns, *arms))
    assert tree.precise and count(tree) <= 2 * columns + 2


def test_the_diagonal_of_booleans_stays_small() -> None:
    n = 14
    arms = [([lit(True) if i == row else wild(BOOL) for i in range(n)], False) for row in range(n)]
    arms += [([lit(False) if i == row else wild(BOOL) for i in range(n)], False) for row in range(n)]
    tree = tree_of_match(match_on([BOOL] * n, *arms, ([wild(BOOL)] * n, False)))
    assert count(tree) < 8_000


def test_a_thousand_guarded_arms_and_a_thousand_literals_are_no_burden() -> None:
    guarded = match_on([INT], *(([var("n")], True) for _ in range(2_000)), ([wild()], False))
    assert count(tree_of_match(guarded)) == 2_001
    literal = tree_of_match(case(INT, *(lit(i) for i in range(2_000)), wild()))
    assert isinstance(literal.root, Switch) and len(literal.root.cases) == 2_000


def test_list_places_are_counted_from_the_list() -> None:
    a, b, rest = var("a"), var("b"), var("rest", list_of(INT))
    tree = tree_of_match(case(list_of(INT), cons(a, cons(b, rest)), wild(list_of(INT))))
    [leaf] = [n for n in tree.nodes() if isinstance(n, Leaf) and n.arm == 0]
    steps = {local.name: occurrence.path() for local, occurrence in leaf.bindings}
    assert steps["b"] == (0, Elem(1))
    assert [str(s) for s in steps["rest"][1:]] == ["Rest(start=2)"]


def test_a_false_guard_skips_the_other_alternatives_of_its_arm() -> None:
    first = either(tup(lit(1), var("x")), tup(var("x"), lit(1)))
    match = match_on([tuple_of(INT, INT)], ([first], True), ([wild()], False))
    tree = tree_of_match(match)
    assert run(tree, [(1, 1)], [False, False]) == (1, {})


def test_negative_zero_is_zero() -> None:
    assert tree_of_match(case(Con("Float"), lit(0.0), lit(-0.0), wild(Con("Float")))).reached_arms() == {0, 2}
    assert math.copysign(1.0, -0.0) == -1.0


def test_option_of_option_needs_both_levels() -> None:
    tree = tree_of_match(case(option_of(option_of(INT)), some(some(var("x"))), some(NONE), NONE))
    assert tree.reached_arms() == {0, 1, 2}
    assert not any(isinstance(n, Fail) for n in tree.nodes())
    assert OPTION.name == "Option"
