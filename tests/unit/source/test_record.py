"""Records: fields, defaults, inheritance, comparison."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

import pytest

from snowc.source.record import field_names, mutable, open_value, record, value


@record
class Base:
    span: int


@record
class Pair(Base):
    """Two things."""

    left: str
    right: str = "r"

    @property
    def both(self) -> str:
        return self.left + self.right


@value
class Point:
    x: int
    y: int = 0


@value
class Named(Point):
    name: str = "n"


@mutable
class Box:
    items: list[int] = field(default_factory=list)
    done: bool = field(default=False, init=False)
    later: int = field(init=False, repr=False)


@open_value
class Report:
    code: ClassVar[str] = "R0"

    at: int
    why: tuple[str, ...]


@open_value
class Special(Report):
    code: ClassVar[str] = "R1"

    extra: str = "x"


def test_inherited_fields_come_first_and_defaults_apply() -> None:
    pair = Pair(1, "l")
    assert (pair.span, pair.left, pair.right, pair.both) == (1, "l", "r", "lr")
    assert field_names(Pair) == ("span", "left", "right")
    assert Pair.__match_args__ == ("span", "left", "right")
    assert Pair(2, right="y", left="x").both == "xy"
    assert Pair.__doc__ == "Two things."


def test_records_compare_by_identity_and_have_no_other_attributes() -> None:
    one, two = Pair(1, "l"), Pair(1, "l")
    assert one != two
    assert len({one, two}) == 2
    with pytest.raises(AttributeError):
        one.other = 1  # type: ignore[attr-defined]


def test_a_missing_field_is_an_error_at_every_call() -> None:
    for _ in range(2):
        with pytest.raises(TypeError, match="left"):
            Pair(1)  # type: ignore[call-arg]


def test_a_subclass_does_not_take_over_its_base() -> None:
    Base(1)
    assert Pair(1, "a").left == "a"
    assert repr(Base(3)) == "Base(span=3)"
    assert Point(1) == Point(1)
    assert Named(1, 2, "a") != Named(1, 2, "b")


def test_values_compare_by_content_and_class() -> None:
    assert Point(1, 2) == Point(1, 2) != Point(1, 3)
    assert {Point(1, 2): "a"}[Point(1, 2)] == "a"
    assert Point(1, 0) != Named(1, 0)
    assert Point(1, 0) != (1, 0)


def test_mutable_objects_have_defaults_of_their_own() -> None:
    one, two = Box(), Box([7])
    one.items.append(1)
    assert (one.items, two.items, Box().items) == ([1], [7], [])
    assert one != Box([1]) and not one.done
    one.done, one.later = True, 3
    assert repr(one) == "Box(items=[1], done=True)"
    assert Box.__match_args__ == ("items",)


def test_open_values_are_dataclasses() -> None:
    made = Special(1, ("a",), "e")
    assert replace(made, at=2) == Special(2, ("a",), "e") != made
    assert len({made, Special(1, ("a",), "e")}) == 1
    assert (made.code, Report(1, ()).code, field_names(Special)) == ("R1", "R0", ("at", "why", "extra"))


def test_an_ordinary_dataclass_may_derive_from_an_open_value() -> None:
    @dataclass
    class Odd(Report):
        more: int = 0

    assert (Odd(1, (), 2).at, Odd(1, (), 2).more) == (1, 2)
