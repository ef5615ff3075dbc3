"""Unification, levels, substitution."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.types.printing import Namer, letters, show, show_pair, show_scheme
from snowc.types.ty import ERROR, INT, NEVER, STRING, Con, Fn, Gen, Pred, Scheme, Type, Var, list_of, prune, tuple_of
from snowc.types.unify import Unifier, abstract, free_vars, lower_levels, substitute, zonk

ground = st.recursive(
    st.sampled_from([INT, STRING, Con("Bool"), Con("()")]),
    lambda inner: st.one_of(
        inner.map(list_of),
        st.tuples(inner, inner).map(lambda p: tuple_of(*p)),
        st.builds(lambda ps, r: Fn(tuple(ps), r), st.lists(inner, max_size=2), inner),
    ),
    max_leaves=8,
)


def test_a_variable_takes_the_other_type() -> None:
    u = Unifier()
    a = u.fresh(1)
    assert u.unify(list_of(a), list_of(INT))
    assert prune(a) is INT


def test_constructors_and_arities_must_agree() -> None:
    u = Unifier()
    assert not u.unify(INT, STRING)
    assert not u.unify(tuple_of(INT, INT), tuple_of(INT, INT, INT))
    assert not u.unify(Fn((INT,), INT), Fn((), INT))
    assert not u.unify(Fn((), INT), INT)


def test_a_type_cannot_contain_itself() -> None:
    u = Unifier()
    a = u.fresh(1)
    assert not u.unify(a, list_of(a))
    assert u.infinite
    assert u.unify(a, a)
    assert not u.infinite


def test_type_parameters_equal_only_themselves() -> None:
    u = Unifier()
    t, other, free = u.fresh(1, "T"), u.fresh(1, "U"), u.fresh(1)
    assert u.unify(t, t)
    assert not u.unify(t, other)
    assert not u.unify(t, INT)
    assert u.unify(free, t)
    assert prune(free) is t


def test_a_type_parameter_does_not_escape_its_scope() -> None:
    u = Unifier()
    outer, inner = u.fresh(0), u.fresh(1, "T")
    assert not u.unify(outer, list_of(inner))


def test_binding_lowers_levels() -> None:
    u = Unifier()
    outer, inner = u.fresh(1), u.fresh(3)
    assert u.unify(outer, list_of(inner))
    assert inner.level == 1


def test_never_and_errors_agree_with_everything() -> None:
    u = Unifier()
    a = u.fresh(1)
    assert u.unify(NEVER, a)
    assert a.link is None
    assert u.unify(INT, NEVER)
    assert u.unify(ERROR, Fn((INT,), list_of(a)))
    assert prune(a) is ERROR


def test_bare_pid_is_any_pid() -> None:
    u = Unifier()
    assert u.unify(Con("Pid"), Con("Pid", (INT,)))
    assert not u.unify(Con("Pid", (STRING,)), Con("Pid", (INT,)))


def test_waiters_are_woken_by_the_binding() -> None:
    class Waiter:
        done = False

    u = Unifier()
    a, b, waiter = u.fresh(1), u.fresh(1), Waiter()
    u.wait(waiter, a)
    assert u.unify(b, STRING)
    assert u.ready == []
    assert u.unify(a, INT)
    assert u.ready == [waiter]


@settings(max_examples=50, deadline=None)
@given(ground, ground)
def test_unification_of_ground_types_is_equality(a: Type, b: Type) -> None:
    assert Unifier().unify(a, b) == (a == b)


@settings(max_examples=50, deadline=None)
@given(ground)
def test_abstraction_undoes_substitution(ty: Type) -> None:
    u = Unifier()
    x, y = u.fresh(1), u.fresh(1)
    made = Fn((x, ty), list_of(y))
    generic = abstract(made, {x: 0, y: 1})
    assert free_vars(generic) == []
    assert substitute(generic, [x, y]) == made
    assert zonk(substitute(generic, [INT, ty])) == Fn((INT, ty), list_of(ty))


def test_free_variables_come_in_order_of_appearance() -> None:
    u = Unifier()
    a, b, c = u.fresh(1), u.fresh(1), u.fresh(1)
    assert free_vars(Fn((b, tuple_of(a, b)), c)) == [b, a, c]


def test_lowering_keeps_variables_from_being_generalised() -> None:
    u = Unifier()
    a, rigid = u.fresh(3), u.fresh(3, "T")
    lower_levels(tuple_of(a, rigid), 1)
    assert (a.level, rigid.level) == (1, 3)


def test_what_stays_unknown_becomes_unit() -> None:
    a: Var = Unifier().fresh(1)
    assert zonk(list_of(a)) == list_of(Con("()"))


# ---- printing ----------------------------------------------------------------------------------


def test_types_as_text() -> None:
    u = Unifier()
    a, b, t = u.fresh(1), u.fresh(1), u.fresh(1, "T")
    assert show(Fn((INT, Fn((), STRING)), tuple_of(a, b, a))) == "(Int, () -> String) -> (?a, ?b, ?a)"
    assert show(Con("Map", (STRING, list_of(t)))) == "Map<String, List<T>>"
    assert show_pair(a, list_of(a)) == ("?a", "List<?a>")
    assert show(Con("()")) == "()"


def test_equal_names_of_type_parameters_are_marked() -> None:
    u = Unifier()
    first, second = u.fresh(1, "T"), u.fresh(1, "T")
    assert show_pair(first, second) == ("T", "T'")


def test_schemes_are_renamed_in_order_of_appearance() -> None:
    scheme = Scheme(("b", "T"), (Pred("Ord", Gen(0)),), Fn((Gen(1), Gen(0)), Gen(0)))
    assert show_scheme(scheme) == "('a, 'b) -> 'b where 'b: Ord"
    assert Namer(("X", "Y")).show(Fn((Gen(1),), Gen(0))) == "(Y) -> X"


def test_letters_go_on_after_z() -> None:
    assert [letters(i) for i in (0, 25, 26, 52)] == ["a", "z", "a1", "a2"]
