"""Nearest names."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.diag.suggest import MAX_DISTANCE, did_you_mean, distance, nearest

WORDS = st.text("abc", max_size=6)


def plain_distance(a: str, b: str) -> int:
    """The textbook recursion."""
    if not a or not b:
        return len(a) + len(b)
    cost = 0 if a[-1] == b[-1] else 1
    return min(plain_distance(a[:-1], b) + 1, plain_distance(a, b[:-1]) + 1, plain_distance(a[:-1], b[:-1]) + cost)


@settings(max_examples=60, deadline=None)
@given(WORDS, WORDS, st.integers(0, 4))
def test_distance_is_levenshtein_up_to_the_limit(a: str, b: str, limit: int) -> None:
    assert distance(a, b, limit) == min(plain_distance(a, b), limit + 1)


@settings(max_examples=60, deadline=None)
@given(WORDS, st.lists(WORDS, max_size=6))
def test_nearest_is_the_first_of_the_closest(name: str, candidates: list[str]) -> None:
    near = [c for c in candidates if c != name and plain_distance(name, c) <= MAX_DISTANCE]
    assert nearest(name, candidates) == min(near, key=lambda c: plain_distance(name, c), default=None)


def test_ties_go_to_the_first_in_scope_order() -> None:
    assert nearest("cat", ["bat", "hat"]) == "bat"
    assert nearest("cat", ["hat", "bat"]) == "hat"


def test_the_name_itself_is_no_suggestion() -> None:
    assert nearest("name", ["name"]) is None


def test_three_changes_are_too_many() -> None:
    assert did_you_mean("nmae", ["name"]) == "did you mean `name`?"
    assert did_you_mean("kitten", ["sitting"]) is None
