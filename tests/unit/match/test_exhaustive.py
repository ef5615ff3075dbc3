"""Missing patterns, unreachable arms, and how grave they are by construct."""

from __future__ import annotations

import pytest

from snowc.diag.core import Severity, Sink
from snowc.match import exhaustive
from snowc.match.exhaustive import check_let, check_match, check_module
from snowc.source.span import Span
from snowc.types.tast import Block, FnDecl, Lambda, Let, Lit, Match, TModule, TPat
from snowc.types.ty import BOOL, FLOAT, INT, STRING, UNIT, Con, Fn, Type, TypeInfo, list_of, option_of, tuple_of
from tests.unit.match.factories import (
    NONE,
    SHAPE,
    S,
    case,
    cons,
    ctor,
    either,
    lit,
    match_on,
    plist,
    some,
    sum_type,
    tup,
    var,
    wild,
)

SHAPE_TYPE = Con("Main.Shape")
INTS = list_of(INT)


def reports(match: Match) -> list[tuple[str, Severity, str]]:
    sink = Sink()
    check_match(match, sink, {})
    return [(d.code, d.severity, d.label()) for d in sink.items]


def missing(match: Match) -> str | None:
    found = [text for code, _, text in reports(match) if code == "E0012"]
    return found[0].removeprefix("missing: ") if found else None


@pytest.mark.parametrize(
    ("ty", "patterns", "expected"),
    [
        (option_of(INT), [some(var("n"))], "None"),
        (SHAPE_TYPE, [ctor(SHAPE, "Circle", wild(FLOAT))], "Box(_, _), Dot"),
        (INT, [lit(5)], "_"),
        (STRING, [lit("a"), lit("b")], "_"),
        (FLOAT, [lit(1.5)], "_"),
        (BOOL, [lit(True)], "false"),
        (BOOL, [lit(True), lit(False)], None),
        (INTS, [plist(), plist(wild())], "_ :: _ :: _"),
        (INTS, [plist(), cons(wild(), wild(INTS))], None),
        (INTS, [plist(), plist(wild()), cons(lit(1), cons(wild(), wild(INTS)))], "_ :: _ :: _"),
        (tuple_of(INT, BOOL), [tup(lit(1), wild(BOOL)), tup(wild(), lit(False))], "(_, true)"),
        (tuple_of(INT, STRING), [tup(wild(), wild(STRING))], None),
        (UNIT, [tup()], None),
        (option_of(BOOL), [NONE, some(lit(True))], "Some(false)"),
        (option_of(INTS), [NONE, some(plist())], "Some(_ :: _)"),
        (tuple_of(INTS, BOOL), [tup(cons(wild(), wild(INTS)), lit(True)), tup(plist(), wild(BOOL))], "(_ :: _, false)"),
        (INT, [either(lit(1), wild())], None),
        (BOOL, [either(lit(True), lit(False))], None),
    ],
)
def test_missing_patterns_are_named(ty: Type, patterns: list[TPat], expected: str | None) -> None:
    assert missing(case(ty, *patterns)) == expected


def test_a_case_is_an_error_and_clauses_are_warned_about() -> None:
    for kind, severity in (("case", Severity.ERROR), ("fn", Severity.WARNING), ("closure", Severity.WARNING)):
        assert reports(case(INT, lit(1), kind=kind)) == [("E0012", severity, "missing: _")]


def test_a_case_that_only_lacks_the_empty_list_is_warned_about() -> None:
    only_cons = case(INTS, cons(var("h"), var("t", INTS)))
    assert reports(only_cons) == [("E0012", Severity.WARNING, "missing: []")]
    pair = case(tuple_of(INTS, INT), tup(cons(wild(), wild(INTS)), wild()))
    assert reports(pair) == [("E0012", Severity.WARNING, "missing: ([], _)")]


def test_a_case_that_lacks_more_than_the_empty_list_is_an_error() -> None:
    match = case(tuple_of(INTS, BOOL), tup(cons(wild(), wild(INTS)), lit(True)))
    [(code, severity, text)] = reports(match)
    assert (code, severity) == ("E0012", Severity.ERROR)
    assert "([], _)" in text and "(_ :: _, false)" in text


def test_several_parameters_are_shown_together() -> None:
    match = match_on([INT, option_of(INT)], ([lit(0), wild(option_of(INT))], False), ([wild(), NONE], False), kind="fn")
    assert missing(match) == "(_, Some(_))"


def test_guarded_arms_do_not_count() -> None:
    assert missing(match_on([BOOL], ([lit(True)], False), ([lit(False)], True))) == "false"
    assert missing(match_on([INT], ([var("n")], True))) == "_"


@pytest.mark.parametrize(
    ("match", "unreachable"),
    [
        (case(BOOL, lit(True), lit(False), wild(BOOL)), [2]),
        (case(INT, lit(1), lit(1), wild()), [1]),
        (case(INT, wild(), lit(1)), [1]),
        (case(INTS, plist(), cons(wild(), wild(INTS)), wild(INTS)), [2]),
        (case(SHAPE_TYPE, ctor(SHAPE, "Dot"), wild(SHAPE_TYPE), ctor(SHAPE, "Dot")), [2]),
        (match_on([INT], ([wild()], True), ([wild()], False), ([lit(1)], False)), [2]),
        (case(INT, either(lit(1), lit(2)), lit(2), wild()), [1]),
    ],
)
def test_unreachable_arms_are_warned_about(match: Match, unreachable: list[int]) -> None:
    sink = Sink()
    check_match(match, sink, {})
    assert [(d.code, d.span) for d in sink.items] == [("W0001", match.arms[i].span) for i in unreachable]


def test_long_lists_of_missing_variants_are_cut() -> None:
    many = sum_type("Main.Many", **{f"V{i}": [] for i in range(30)})
    text = missing(case(Con("Main.Many"), ctor(many, "V0")))
    assert text is not None and text.split(", ") == [f"V{i}" for i in range(1, 9)]


def test_a_let_must_fit_every_value() -> None:
    def check(pattern: TPat) -> list[str]:
        sink = Sink()
        check_let(Let(S, pattern.type, pattern, Lit(S, UNIT, None)), sink)
        return [f"{d.code} {d.severity.value} {d.label()}" for d in sink.items]

    assert check(tup(var("a"), tup(var("b"), wild()))) == []
    assert check(tup(lit(1), var("x"))) == ["E0012 error missing: (_, _)"]


def test_a_match_without_arms_needs_a_type_without_values() -> None:
    void = TypeInfo("Main.Void", (), False)
    sink = Sink()
    check_match(match_on([Con("Main.Void")]), sink, {"Main.Void": void})
    assert sink.items == []
    assert missing(match_on([INT])) == "_"


def test_a_module_is_searched_through_closures_and_constants() -> None:
    inner = case(option_of(INT), some(wild()), kind="closure")
    closure = Lambda(S, Fn((), INT), [], inner)
    decl = FnDecl("Main.f", S, [], [], [], INT, Block(S, INT, [closure, case(INT, lit(1))]))
    for index, arm in enumerate(inner.arms):
        arm.span = Span(0, 100 + index, 101 + index)
    inner.span = Span(0, 100, 110)
    sink = Sink()
    check_module(TModule("Main", False, functions=[decl]), sink)
    assert [d.severity for d in sink.ordered()] == [Severity.ERROR, Severity.WARNING]


def test_a_match_that_outgrows_the_limit_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    match = match_on([BOOL] * 3, *(([lit(i != j) for j in range(3)], False) for i in range(3)))
    assert missing(match) is not None
    monkeypatch.setattr(exhaustive, "CHECK_LIMIT", 2)
    assert reports(match) == []
