"""The source map: reading, decoding, lines, columns, bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from snowc.source.files import DiskReader, MemoryReader, Problem, ReadFailure, SourceMap
from snowc.source.span import Span


def test_lines_end_at_every_kind_of_line_end() -> None:
    sources = SourceMap()
    file = sources.add_text("a.snow", "one\ntwo\r\nthree\rfour")
    assert [sources.line_text(file, line) for line in range(1, 5)] == ["one", "two", "three", "four"]
    assert sources.line_count(file) == 4
    assert sources.line_col(file, 9) == (3, 1)
    assert sources.line_col(file, 19) == (4, 5)


def test_columns_count_code_points_and_ranges_count_bytes() -> None:
    sources = SourceMap()
    file = sources.add_text("a.snow", 'x = "ä❄" + y')
    span = Span(file, 11, 12)
    assert sources.position(span) == (1, 12)
    assert sources.byte_range(span) == (14, 15)
    assert sources.snippet(span) == "y"


def test_a_byte_order_mark_is_skipped_but_counts_as_bytes() -> None:
    sources = SourceMap(MemoryReader({"a.snow": b"\xef\xbb\xbfab"}))
    file = sources.read("a.snow")
    assert isinstance(file, int)
    assert sources.text(file) == "ab"
    assert sources.line_col(file, 0) == (1, 1)
    assert sources.byte_offset(file, 1) == 4


def test_what_is_not_utf8_is_told_with_its_place() -> None:
    sources = SourceMap(MemoryReader({"a.snow": b"ok\n \xff x"}))
    failure = sources.read("a.snow")
    assert isinstance(failure, ReadFailure)
    assert failure.problem is Problem.NOT_UTF8
    assert failure.detail == "byte 4"
    assert failure.span is not None
    assert sources.position(failure.span) == (2, 2)


@pytest.mark.parametrize(("path", "problem"), [("none.snow", Problem.MISSING), ("d", Problem.IS_DIRECTORY)])
def test_unreadable_paths_are_data_not_exceptions(tmp_path: Path, path: str, problem: Problem) -> None:
    (tmp_path / "d").mkdir()
    for reader, base in ((DiskReader(), f"{tmp_path}/"), (MemoryReader({"d/x.snow": ""}), "")):
        failure = SourceMap(reader).read(base + path)
        assert isinstance(failure, ReadFailure)
        assert failure.problem is problem


def test_a_path_with_a_null_character_is_unreadable() -> None:
    failure = SourceMap().read("a\0b.snow")
    assert isinstance(failure, ReadFailure)
    assert failure.problem is Problem.UNREADABLE


def test_both_readers_walk_alike(tmp_path: Path) -> None:
    names = ["main.snow", "b/c.snow", "b/.hidden.snow", ".git/x.snow", "notes.txt", "a_b.snow"]
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    (tmp_path / "folder.snow").mkdir()
    expected = ["a_b.snow", "b/c.snow", "main.snow"]
    assert DiskReader().walk(str(tmp_path)) == expected
    assert MemoryReader({f"p/{name}": "" for name in names}).walk("p") == expected
    assert MemoryReader(dict.fromkeys(names, "")).walk(".") == expected


def test_a_file_keeps_the_name_that_panics_use() -> None:
    sources = SourceMap(MemoryReader({"proj/geo/area.snow": "x"}))
    file = sources.read("proj/geo/area.snow", "geo/area.snow")
    assert isinstance(file, int)
    assert (sources.path(file), sources.file(file).below) == ("proj/geo/area.snow", "geo/area.snow")
