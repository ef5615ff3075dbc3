"""The programs on the pages of `snowc explain` behave as the pages say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from snowc.diag.codes import CODES, page
from snowc.diag.core import Severity, Sink
from snowc.options import Options
from snowc.session import Session
from snowc.source.files import SourceMap
from snowc.syntax.parser import parse_file

WITH_PROGRAMS = [code for code in CODES if code not in ("C0001", "C0002")]
LATER = {
    **dict.fromkeys(["E0018", "E0019", "E0020", "E0021", "E0050"], "supervisor `Team`"),
    "E0051": "supervisor `Pool`",
    "E0052": "`terminate`",
    "E0038": "`Json.encode`",
}
"""The codes whose cures use constructs that are not carried out yet, and which."""


def programs(code: str) -> list[str]:
    return re.findall(r"^```snow\n(.*?)^```$", page(code), flags=re.MULTILINE | re.DOTALL)


def check(source: str, folder: Path) -> Sink:
    path = folder / "main.snow"
    path.write_text(source, encoding="utf-8")
    session = Session(Options())
    session.mir(path)  # and not only `check`: E0054 is found while code is instantiated
    return session.sink


@pytest.mark.parametrize("code", WITH_PROGRAMS)
def test_the_example_shows_the_code(code: str, tmp_path: Path) -> None:
    sink = check(programs(code)[0], tmp_path)
    assert {diag.code for diag in sink.items} == {code}


@pytest.mark.parametrize("code", WITH_PROGRAMS)
def test_the_cure_works(code: str, tmp_path: Path) -> None:
    sink = check(programs(code)[1], tmp_path)
    later = [f"not supported yet: {LATER[code]}"] if code in LATER else []
    assert [diag.message() for diag in sink.items if diag.severity is Severity.ERROR or diag.code == code] == later


@pytest.mark.parametrize("code", WITH_PROGRAMS)
def test_the_programs_parse(code: str) -> None:
    for index, source in enumerate(programs(code)):
        sources, sink = SourceMap(), Sink()
        parse_file(sources, sources.add_text("main.snow", source), sink)
        assert bool(sink.items) is (code == "P0001" and index == 0)
