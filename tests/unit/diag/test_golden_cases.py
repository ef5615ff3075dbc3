"""Every diagnostic is shown by golden cases: two for a code, one at least for each class."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from snowc.diag.codes import CODES
from snowc.diag.core import Diagnostic
from snowc.options import Options
from snowc.session import Session
from tests.golden import parse_case
from tests.stages import write_files
from tests.unit.diag.test_codes import diagnostic_classes

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
ELSEWHERE = ("snowc.project.", "snowc.passes.", "snowc.diag.core")
"""Modules whose diagnostics are made by commands and passes, not by checking sources."""
NOT_TEXT = {"NotUtf8"}
"""Classes about sources that a case, being text, cannot hold."""


@cache
def cases_by_code() -> Counter[str]:
    """How many error cases expect each code."""
    counts: Counter[str] = Counter()
    for path in (GOLDEN / "errors").glob("**/*.case"):
        expected = parse_case(path.read_text(encoding="utf-8"), "errors").expected().get("errors", "")
        counts.update(set(re.findall(r"^([PEWC]\d{4}) ", expected, re.MULTILINE)))
    return counts


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_two_error_cases(code: str) -> None:
    assert cases_by_code()[code] >= 2


@pytest.mark.full
def test_every_class_is_shown_by_a_case(tmp_path: Path) -> None:
    shown: set[type[Diagnostic]] = set()
    for stage in ("errors", "parse"):
        for number, path in enumerate(sorted((GOLDEN / stage).glob("**/*.case"))):
            case, folder = parse_case(path.read_text(encoding="utf-8"), stage), tmp_path / f"{stage}{number}"
            folder.mkdir()
            session = Session(Options())
            session.mir(folder / write_files(case, folder))
            shown |= {type(diag) for diag in session.sink.items}
    wanted = [
        cls
        for cls in diagnostic_classes()
        if cls.message is not Diagnostic.message and not f"{cls.__module__}.".startswith(ELSEWHERE)
    ]
    assert [cls.__name__ for cls in wanted if cls not in shown and cls.__name__ not in NOT_TEXT] == []
