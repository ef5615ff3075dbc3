"""Draws the source lines of one file with underlines and labels beneath them.

In: the labels that lie in one file, and its lines. Out: rows of coloured fragments, each with the
text of its gutter (the line number or nothing). A label over several lines is drawn as a rail beside
the lines, an underline on its first line and an underline with the words on its last. A line that is
too long is cut around its labels, once per group of labels that fit together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from snowc.diag.core import Label
from snowc.diag.display import Cells, words
from snowc.diag.paint import Fragment, Glyphs, Tone
from snowc.source.files import SourceMap
from snowc.source.record import mutable, value
from snowc.source.span import Span

LINE_LIMIT = 110
_MARGIN = 16
_WHOLE_BLOCK = 5


@value
class Row:
    """One output row: `gutter` is the line number, "" for none or the gap sign."""

    gutter: str
    fragments: tuple[Fragment, ...]


@value
class Mark:
    """An underline on one line, in code points of that line; `text` is None where no words hang on it."""

    line: int
    start: int
    end: int
    tone: Tone
    text: str | None


@value
class Rail:
    """A label that covers the lines `first` to `last`."""

    first: int
    last: int
    tone: Tone


def draw(sources: SourceMap, labels: Sequence[tuple[Label, Tone]], glyphs: Glyphs) -> list[Row]:
    """All rows for labels of one file, lines in order, with a gap sign between lines that do not touch."""
    file = labels[0][0].span.file
    marks, rails = _measure(sources, labels)
    by_line: dict[int, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_line[mark.line].append(mark)
    rows: list[Row] = []
    previous = None
    for number in _shown_lines(by_line, rails):
        if previous is not None and number > previous + 1:
            rows.append(Row(glyphs.gap, tuple(_rail_columns(rails, number, glyphs, "gap"))))
        rows.extend(_draw_line(number, sources.line_text(file, number), by_line.get(number, []), rails, glyphs))
        previous = number
    return rows


def _measure(sources: SourceMap, labels: Sequence[tuple[Label, Tone]]) -> tuple[list[Mark], list[Rail]]:
    """Split labels into underlines of single lines and rails."""
    marks: list[Mark] = []
    rails: list[Rail] = []
    for label, tone in labels:
        first, start, last, end = _extent(sources, label.span)
        text = words(label.text)
        if first == last:
            marks.append(Mark(first, start, end, tone, text))
            continue
        rails.append(Rail(first, last, tone))
        marks.append(Mark(first, start, len(sources.line_text(label.span.file, first)), tone, None))
        tail = sources.line_text(label.span.file, last)
        indent = len(tail) - len(tail.lstrip())
        marks.append(Mark(last, min(indent, end - 1), end, tone, text))
    rails.sort(key=lambda rail: (rail.first, -rail.last))
    return marks, rails


def _extent(sources: SourceMap, span: Span) -> tuple[int, int, int, int]:
    """First line and 0-based start column, last line and exclusive end column."""
    first, start = sources.line_col(span.file, span.start)
    if span.end <= span.start:
        return first, start - 1, first, start - 1
    # The last code point decides the line, so that a span ending with its line break stays on it.
    last, end = sources.line_col(span.file, span.end - 1)
    return first, start - 1, last, end


def _shown_lines(by_line: dict[int, list[Mark]], rails: Sequence[Rail]) -> list[int]:
    """Lines to print: those with marks, the insides of short blocks, and no gap of a single line."""
    wanted = set(by_line)
    for rail in rails:
        whole = rail.last - rail.first < _WHOLE_BLOCK
        wanted.update(range(rail.first, rail.last) if whole else (rail.first + 1, rail.last - 1))
    wanted.update(number + 1 for number in tuple(wanted) if number + 2 in wanted)
    return sorted(wanted)


def _rail_columns(rails: Sequence[Rail], number: int, glyphs: Glyphs, kind: str) -> Iterator[Fragment]:
    """The rails' part of a row of `kind` source, marks (first row under the source), below, or gap."""
    for rail in rails:
        inside = rail.first < number <= rail.last
        if kind == "source":
            sign = glyphs.rail_top if number == rail.first else glyphs.bar if inside else " "
        elif kind == "gap":
            sign = glyphs.gap_bar if inside else " "
        elif number == rail.last:
            sign = glyphs.corner if kind == "marks" else " "
        else:
            sign = glyphs.bar if rail.first <= number < rail.last else " "
        yield Fragment(sign + " ", rail.tone)


def _draw_line(number: int, text: str, marks: list[Mark], rails: Sequence[Rail], glyphs: Glyphs) -> Iterator[Row]:
    cells = Cells(text)
    for group in _groups(cells, marks):
        left, right = _window(cells, group)
        cut_left, cut_right = left > 0, right < cells.width
        window = cells.window(left, right).rstrip()
        body = f"{glyphs.cut if cut_left else ''}{window}{glyphs.cut if cut_right else ''}"
        yield Row(str(number), (*_rail_columns(rails, number, glyphs, "source"), Fragment(body, Tone.PLAIN)))
        if group:
            placed = [_Placed.of(mark, cells, left, right, 1 if cut_left else 0) for mark in group]
            for index, fragments in enumerate(_underlines(placed, glyphs)):
                kind = "below" if index else "marks"
                yield Row("", (*_rail_columns(rails, number, glyphs, kind), *fragments))


def _groups(cells: Cells, marks: list[Mark]) -> list[list[Mark]]:
    """Marks that can be shown in one window together; one empty group for a line without marks."""
    if cells.width <= LINE_LIMIT or not marks:
        return [marks]
    groups: list[list[Mark]] = []
    for mark in sorted(marks, key=lambda m: m.start):
        end = cells.columns(mark.start, mark.end)[1]
        if groups and end - cells.columns(groups[-1][0].start, mark.end)[0] <= LINE_LIMIT - 2 * _MARGIN:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return groups


def _window(cells: Cells, marks: list[Mark]) -> tuple[int, int]:
    """The columns of a line to print."""
    if cells.width <= LINE_LIMIT:
        # A caret may stand behind the end of the line.
        return 0, max([cells.width, *(cells.columns(m.start, m.end)[1] for m in marks)])
    start = min((cells.columns(m.start, m.end)[0] for m in marks), default=0)
    left = max(0, min(start - _MARGIN, cells.width - LINE_LIMIT))
    return left, left + LINE_LIMIT


@mutable
class _Placed:
    """A mark in columns of the printed row; `anchor` is where its words hang."""

    start: int
    end: int
    anchor: int
    tone: Tone
    text: str | None

    @classmethod
    def of(cls, mark: Mark, cells: Cells, left: int, right: int, shift: int) -> _Placed:
        start, end = cells.columns(mark.start, mark.end)
        start, end = max(start, left), min(end, right)
        end = max(end, start + 1)
        offset = shift - left
        return cls(start + offset, end + offset, (start + end - 1) // 2 + offset, mark.tone, mark.text)


def _underlines(marks: list[_Placed], glyphs: Glyphs) -> Iterator[list[Fragment]]:
    """The row of underlines, then one row per label from right to left."""
    _part_anchors(marks)
    canvas = [(" ", Tone.PLAIN)] * max(mark.end for mark in marks)
    for mark in sorted(marks, key=lambda m: m.tone is not Tone.SECONDARY):
        canvas[mark.start : mark.end] = [(glyphs.line, mark.tone)] * (mark.end - mark.start)
    hanging = [mark for mark in marks if mark.text is not None]
    for mark in hanging:
        canvas[mark.anchor] = (glyphs.tee, mark.tone)
    yield _runs(canvas)
    hanging.sort(key=lambda m: -m.anchor)
    while hanging:
        mark = hanging.pop(0)
        canvas = [(" ", Tone.PLAIN)] * (mark.anchor + 1)
        for other in hanging:
            canvas[other.anchor] = (glyphs.bar, other.tone)
        shared = any(other.anchor == mark.anchor for other in hanging)
        canvas[mark.anchor] = (glyphs.branch if shared else glyphs.corner, mark.tone)
        yield [*_runs(canvas), Fragment(f"{glyphs.line * 2} {mark.text}", mark.tone)]


def _part_anchors(marks: list[_Placed]) -> None:
    """Move anchors of overlapping marks apart where their spans leave room."""
    taken: set[int] = set()
    for mark in marks:
        if mark.text is None:
            continue
        if mark.anchor in taken:
            mark.anchor = next((c for c in range(mark.start, mark.end) if c not in taken), mark.anchor)
        taken.add(mark.anchor)


def _runs(canvas: list[tuple[str, Tone]]) -> list[Fragment]:
    """Join neighbouring characters of one tone."""
    out: list[Fragment] = []
    for char, tone in canvas:
        if out and out[-1].tone is tone:
            out[-1] = Fragment(out[-1].text + char, tone)
        else:
            out.append(Fragment(char, tone))
    return out
