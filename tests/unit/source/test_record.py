"""Records: fields, defaults, inheritance, identity."""

from __future__ import annotations

import pytest

from snowc.source.record import record


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


def test_inherited_fields_come_first_and_defaults_apply() -> None:
    pair = Pair(1, "l")
    assert (pair.span, pair.left, pair.right, pair.both) == (1, "l", "r", "lr")
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
