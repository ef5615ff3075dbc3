"""Every row of language.md 11 that has a resolution here has a test of that name, or is named in a table."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("tests/golden/run/rough_edges", "tests/golden/errors")
ROWS = range(1, 57)
ELSEWHERE = {
    40: ("tests/unit/project/test_programs.py", "def test_a_new_project_runs_and_builds"),
}
"""Rows about commands: the file of their test, and what must be in it."""
LATER = {41}
"""Rows about the formatter."""


@pytest.mark.parametrize("row", [row for row in ROWS if row not in LATER])
def test_every_row_has_a_test(row: int) -> None:
    if row in ELSEWHERE:
        path, text = ELSEWHERE[row]
        assert text in (ROOT / path).read_text(encoding="utf-8")
        return
    assert [path for folder in FOLDERS for path in (ROOT / folder).glob(f"r{row:02}_*.case")]
