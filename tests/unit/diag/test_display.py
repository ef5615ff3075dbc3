"""Columns of characters, and what may reach a terminal."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.diag.display import Cells, shown, width, words


def columns(text: str) -> int:
    return sum(width(char) for char in text)


def test_tabs_go_to_the_next_stop() -> None:
    cells = Cells("\ta\tb")
    assert list(cells.starts) == [0, 4, 5, 8, 9]
    assert cells.window(0, 9) == "    a   b"


def test_wide_and_combining_characters() -> None:
    assert list(Cells("日e\u0301x").starts) == [0, 2, 3, 3, 4]


def test_a_place_behind_the_line_has_one_column() -> None:
    assert Cells("ab").columns(2, 2) == (2, 3)
    assert Cells("ab").columns(7, 9) == (2, 3)


def test_a_wide_character_cut_by_a_border_is_blank() -> None:
    assert Cells("日本").window(1, 4) == " 本"
    assert Cells("日本").window(0, 3) == "日"


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=20), st.integers(0, 12), st.integers(0, 12))
def test_a_window_is_as_wide_as_asked_at_most(line: str, left: int, size: int) -> None:
    assert columns(Cells(line).window(left, left + size)) <= size


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=40))
def test_nothing_printed_moves_the_cursor_or_turns_text(text: str) -> None:
    out = words(text) + Cells(text).window(0, 400) + "".join(map(shown, text))
    bad = [c for c in out if unicodedata.category(c) in ("Cc", "Cs") or unicodedata.bidirectional(c) in ("RLO", "LRO")]
    assert not bad


def test_only_very_long_words_are_shortened() -> None:
    assert words("a" * 100) == "a" * 100
    assert words("see `" + "a" * 101 + "`!") == "see `" + "a" * 60 + "…" + "a" * 20 + "`!"
