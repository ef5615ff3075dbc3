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
    **dict.fromkeys(["E0018", "E0019", "E0020", "E0021", "E0050", "E0051"], "`supervisor`"),
    "E0052": "`terminate`",
    "E0053": "`service`",
}
"""The codes that are about constructs not carried out yet."""
LATER_CURES = {**LATER, "E0038": "module `Json`"}
"""The codes whose cures use such constructs."""


def programs(code: str) -> list[str]:
    return re.findall(r"^```snow\n(.*?)^```$", page(code), flags=re.MULTILINE | re.DOTALL)


def check(source: str, folder: Path) -> Sink:
    path = folder / "main.snow"
    path.write_text(source, encoding="utf-8")
    session = Session(Options())
    session.mir(path)  # and not only `check`: E0054 is found while code is instantiated
    return session.sink


def skip_later(sink: Sink, construct: str | None) -> None:
    """Skip a page that is listed above, which must be right to list it."""
    if construct is not None:
        assert f"not supported yet: {construct}" in [diag.message() for diag in sink.items]
        pytest.skip(f"{construct} is not carried out yet")


@pytest.mark.parametrize("code", WITH_PROGRAMS)
def test_the_example_shows_the_code(code: str, tmp_path: Path) -> None:
    sink = check(programs(code)[0], tmp_path)
    skip_later(sink, LATER.get(code))
    assert {diag.code for diag in sink.items} == {code}


@pytest.mark.parametrize("code", WITH_PROGRAMS)
def test_the_cure_works(code: str, tmp_path: Path) -> None:
    sink = check(programs(code)[1], tmp_path)
    skip_later(sink, LATER_CURES.get(code))
    assert [diag.message() for diag in sink.items if diag.severity is Severity.ERROR or diag.code == code] == []


@pytest.mark.parametrize("code", WITH_PROGRAMS)
def test_the_programs_parse(code: str) -> None:
    for index, source in enumerate(programs(code)):
        sources, sink = SourceMap(), Sink()
        parse_file(sources, sources.add_text("main.snow", source), sink)
        assert bool(sink.items) is (code == "P0001" and index == 0)
