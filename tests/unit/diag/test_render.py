"""Both forms of any diagnostic: nothing is lost, offsets are right, nothing raises."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.diag.core import Diagnostic, Label, NotSupportedYet, ProjectError, Warning_, diagnostic
from snowc.diag.render_json import render_failure, render_json
from snowc.diag.render_text import render_text
from snowc.source.files import MemoryReader, SourceMap
from snowc.source.span import NO_SPAN, Span


@diagnostic
class Sample(Diagnostic):
    others: tuple[Label, ...] = ()

    def message(self) -> str:
        return "the headline"

    def label(self) -> str:
        return "label 0"

    def secondary(self) -> tuple[Label, ...]:
        return self.others


@diagnostic
class SampleWarning(Warning_):
    def message(self) -> str:
        return "a warning"

    def help(self) -> str:
        return "first line\nsecond line"


def sources(text: str) -> SourceMap:
    out = SourceMap()
    out.add_text("main.snow", text)
    return out


@st.composite
def texts_and_spans(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(st.text(st.sampled_from("ab \t\n\r日\u0301x" + "y" * 4), max_size=300))
    places = st.integers(0, len(text))
    pairs = draw(st.lists(st.tuples(places, places), min_size=1, max_size=4))
    return text, [Span(0, min(pair), max(pair)) for pair in pairs]


@settings(max_examples=150, deadline=None)
@given(texts_and_spans(), st.booleans(), st.booleans())
def test_every_label_is_drawn(case: tuple[str, list[Span]], color: bool, unicode: bool) -> None:
    text, (first, *rest) = case
    diag = Sample(first, tuple(Label(span, f"label {i}") for i, span in enumerate(rest, start=1)))
    out = render_text(diag, sources(text), color=color, unicode=unicode)
    for index in range(len(rest) + 1):
        assert out.count(f"label {index}") == 1
    assert ("\x1b" in out) is color
    line, column = sources(text).line_col(0, first.start)
    assert f"main.snow:{line}:{column}" in out
    assert not any(row.endswith(" ") for row in out.split("\n") if not color)


@settings(max_examples=60, deadline=None)
@given(texts_and_spans(), st.booleans())
def test_json_offsets_are_bytes_of_the_file(case: tuple[str, list[Span]], bom: bool) -> None:
    text, (first, *rest) = case
    data = (b"\xef\xbb\xbf" if bom else b"") + text.encode()
    files = SourceMap(MemoryReader({"m.snow": data}))
    assert files.read("m.snow") == 0
    diag = Sample(first, tuple(Label(span, "x") for span in rest))
    found = json.loads(render_json(diag, files))["spans"]
    cut = [data[span["start"] : span["end"]].decode() for span in found]
    assert cut == [text[span.start : span.end] for span in (first, *rest)]


def test_a_very_long_line_is_fast_and_short() -> None:
    out = render_text(Sample(Span(0, 900_000, 900_001)), sources("(" * 1_000_000))
    assert len(out) < 1_000


def test_warning_and_help_of_several_lines() -> None:
    out = render_text(SampleWarning(Span(0, 0, 1)), sources("x\n"))
    assert out.startswith("[C0001] Warning: a warning\n")
    assert " │ Help: first line\n   │       second line\n" in out


def test_not_supported_yet_has_place_and_code() -> None:
    out = render_text(NotSupportedYet(Span(0, 2, 4), "actors"), sources("a bc\n"))
    assert out.startswith("[C0002] Error: not supported yet: actors\n   ╭─[ main.snow:1:3 ]\n")


def test_what_has_no_place_is_one_line() -> None:
    diag = ProjectError(NO_SPAN, "No 'main.snow' found in app")
    assert render_text(diag, SourceMap()) == "error: No 'main.snow' found in app\n"
    expected: object = {
        "code": "C0001",
        "severity": "error",
        "message": diag.text,
        "file": "",
        "spans": [],
        "fix": None,
    }
    assert json.loads(render_json(diag, SourceMap())) == expected == json.loads(render_failure(diag.text))


def test_json_has_the_keys_in_order_and_is_ascii() -> None:
    line = render_json(Sample(Span(0, 0, 1)), sources("é"))
    assert line.isascii() and "\n" not in line
    assert list(json.loads(line)) == ["code", "severity", "message", "file", "spans", "fix"]
