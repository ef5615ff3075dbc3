"""Matching as the language defines it, and random patterns and values to compare with it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from snowc.match.matrix import ArmPatterns
from snowc.types.tast import Local, PAs, PCons, PCtor, PList, PLit, POr, PTuple, PVar, PWild, TPat
from snowc.types.ty import BOOL, INT, STRING, Con, Type, list_of, option_of, tuple_of
from tests.unit.match.factories import OPTION, S, cons, ctor, either, lit, named, plist, some, tup, var, wild

# Values: scalars as themselves, tuples as tuples, lists as lists, variants as ("@", index, fields).


def fits(pattern: TPat, value: Any, env: dict[Local, Any]) -> bool:
    """Matching as the language defines it."""
    match pattern:
        case PWild():
            return True
        case PVar(local=local):
            env[local] = value
            return True
        case PAs(pattern=inner, local=local):
            env[local] = value
            return fits(inner, value, env)
        case PLit(value=wanted):
            return bool(wanted == value)
        case PTuple(items=items):
            return all(fits(p, v, env) for p, v in zip(items, value, strict=True))
        case PCtor(variant=variant, args=args):
            return value[1] == variant.index and all(fits(p, v, env) for p, v in zip(args, value[2], strict=True))
        case PList(items=items):
            return len(items) == len(value) and all(fits(p, v, env) for p, v in zip(items, value, strict=True))
        case PCons(head=head, tail=tail):
            return bool(value) and fits(head, value[0], env) and fits(tail, value[1:], env)
        case POr(alternatives=alternatives):
            for alternative in alternatives:
                trial: dict[Local, Any] = {}
                if fits(alternative, value, trial):
                    env.update(trial)
                    return True
            return False
    raise AssertionError(pattern)


def naive(arms: list[ArmPatterns], values: list[Any], guards: list[bool]) -> tuple[int, dict[Local, Any]] | None:
    for index, arm in enumerate(arms):
        env: dict[Local, Any] = {}
        if all(fits(p, v, env) for p, v in zip(arm.patterns, values, strict=True)) and (
            not arm.guarded or guards[index]
        ):
            return index, env
    return None


# ---- random patterns and values ----------------------------------------------------------------

PAIR = tuple_of(INT, BOOL)
TYPES: list[Type] = [INT, BOOL, STRING, list_of(INT), option_of(list_of(INT)), tuple_of(PAIR, option_of(INT))]
_LITERALS: dict[str, list[Any]] = {"Int": [0, 1, -2], "String": ["", "a"], "Bool": [True, False]}


def literals(ty: Con) -> list[Any]:
    return _LITERALS[ty.name]


def values_of(ty: Type) -> st.SearchStrategy[Any]:
    assert isinstance(ty, Con)
    match ty.name:
        case "Tuple":
            return st.tuples(*map(values_of, ty.args))
        case "List":
            return st.lists(values_of(ty.args[0]), max_size=4)
        case "Option":
            return st.one_of(values_of(ty.args[0]).map(lambda v: ("@", 0, [v])), st.just(("@", 1, [])))
        case _:
            return st.sampled_from([*literals(ty), *([7] if ty.name == "Int" else [])])


def none_of(ty: Type) -> TPat:
    """`None` as a pattern of this very type."""
    pattern = ctor(OPTION, "None")
    pattern.type = ty
    return pattern


@st.composite
def patterns_of(draw: st.DrawFn, ty: Type, depth: int, names: bool) -> TPat:
    assert isinstance(ty, Con)
    choice = draw(st.integers(0, 9))
    if depth == 0 or choice <= 1:
        return wild(ty) if not names or choice == 0 else var("v", ty)
    if choice == 2 and names:
        return named(draw(patterns_of(ty, depth - 1, names)), "a")
    if choice == 3:
        alternatives = draw(st.lists(patterns_of(ty, depth - 1, False), min_size=2, max_size=3))
        if names and draw(st.booleans()):
            local = Local("o", ty, S)
            return either(*(PAs(S, ty, alternative, local) for alternative in alternatives))
        return either(*alternatives)
    match ty.name:
        case "Tuple":
            return tup(*(draw(patterns_of(t, depth - 1, names)) for t in ty.args))
        case "List" if draw(st.booleans()):
            return cons(draw(patterns_of(ty.args[0], depth - 1, names)), draw(patterns_of(ty, depth - 1, names)))
        case "List":
            items = draw(st.lists(patterns_of(ty.args[0], depth - 1, names), max_size=3))
            return plist(*items, item=ty.args[0])
        case "Option":
            return some(draw(patterns_of(ty.args[0], depth - 1, names))) if draw(st.booleans()) else none_of(ty)
        case _:
            return lit(draw(st.sampled_from(literals(ty))))


@st.composite
def matches(draw: st.DrawFn) -> tuple[list[Type], list[ArmPatterns]]:
    types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=3))
    arms = draw(
        st.lists(st.tuples(st.tuples(*(patterns_of(t, 3, True) for t in types)), st.booleans()), min_size=1, max_size=6)
    )
    return types, [ArmPatterns(list(ps), guarded) for ps, guarded in arms]
