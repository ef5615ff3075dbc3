"""Diagnostics for people (language.md 9.2).

In: a diagnostic and the source texts. Out: the lines to print, ending in a newline. Draws any
`Diagnostic` from its words alone; a syntax error is headed `Parse error` and has its words as label.
"""

from __future__ import annotations

from collections.abc import Iterator

from snowc.diag.core import Diagnostic, Label, Severity
from snowc.diag.display import words
from snowc.diag.excerpt import Row, draw
from snowc.diag.paint import ASCII, UNICODE, Fragment, Glyphs, Tone, paint
from snowc.source.files import SourceMap

SYNTAX_CODE = "P0001"
_TITLES = {Severity.ERROR: ("Error", Tone.ERROR), Severity.WARNING: ("Warning", Tone.WARNING)}


def render_text(diag: Diagnostic, sources: SourceMap, *, color: bool = False, unicode: bool = True) -> str:
    """Draw one diagnostic. `unicode=False` draws frames in ASCII for terminals of other encodings."""
    rows = _placed(diag, sources, UNICODE if unicode else ASCII) if diag.labels() else _unplaced(diag)
    return "".join(paint(row, color) + "\n" for row in rows)


def _unplaced(diag: Diagnostic) -> Iterator[list[Fragment]]:
    """The short form of what is tied to no place: `error: …`, then help and notes."""
    tone = _TITLES[diag.severity][1]
    yield [Fragment(f"{diag.severity.value}:", tone), Fragment(f" {words(diag.message())}", Tone.STRONG)]
    for fragments in _advice(diag):
        yield [Fragment("  ", Tone.PLAIN), *fragments]


def _placed(diag: Diagnostic, sources: SourceMap, glyphs: Glyphs) -> Iterator[list[Fragment]]:
    title, tone = _TITLES[diag.severity]
    headline = "Parse error" if diag.code == SYNTAX_CODE else words(diag.message())
    yield [Fragment(f"[{diag.code}] {title}:", tone), Fragment(f" {headline}", Tone.STRONG)]
    files = _by_file(diag, tone)
    drawn = {file: draw(sources, labels, glyphs) for file, labels in files.items()}
    size = max(len(row.gutter) for rows in drawn.values() for row in rows)
    frame = _Frame(size, glyphs)
    for index, (file, rows) in enumerate(drawn.items()):
        first = files[file][0][0].span
        line, column = sources.line_col(file, first.start)
        yield frame.header(f"{sources.path(file)}:{line}:{column}", top=index == 0)
        yield frame.blank()
        yield from (frame.row(row) for row in rows)
        yield frame.blank()
    for fragments in _advice(diag):
        yield [*frame.blank(), Fragment(" ", Tone.PLAIN), *fragments]
    yield frame.footer()


def _by_file(diag: Diagnostic, tone: Tone) -> dict[int, list[tuple[Label, Tone]]]:
    """Labels with their tones by file, the primary label's file first."""
    files: dict[int, list[tuple[Label, Tone]]] = {}
    for index, label in enumerate(diag.labels()):
        text = diag.message() if diag.code == SYNTAX_CODE and index == 0 else label.text
        files.setdefault(label.span.file, []).append((Label(label.span, text), Tone.SECONDARY if index else tone))
    return files


def _advice(diag: Diagnostic) -> Iterator[list[Fragment]]:
    help_text = diag.help()
    advice = [] if help_text is None else [("Help", help_text)]
    advice += [("Note", note) for note in diag.notes()]
    for head, text in advice:
        first, *more = text.split("\n")
        yield [Fragment(f"{head}:", Tone.HELP), Fragment(f" {words(first)}", Tone.PLAIN)]
        yield from ([Fragment(" " * (len(head) + 2) + words(line), Tone.PLAIN)] for line in more)


class _Frame:
    """The left border: line numbers, the bar, headers and the closing line."""

    def __init__(self, gutter: int, glyphs: Glyphs) -> None:
        self._pad = " " * (gutter + 2)
        self._gutter = gutter
        self._glyphs = glyphs

    def header(self, place: str, *, top: bool) -> list[Fragment]:
        corner = self._glyphs.frame_top if top else self._glyphs.frame_next
        return [Fragment(f"{self._pad}{corner}{self._glyphs.line}[ ", Tone.FRAME), Fragment(words(place), Tone.PLAIN),
                Fragment(" ]", Tone.FRAME)]  # fmt: skip

    def blank(self) -> list[Fragment]:
        return [Fragment(self._pad + self._glyphs.bar, Tone.FRAME)]

    def row(self, row: Row) -> list[Fragment]:
        return [Fragment(f" {row.gutter:>{self._gutter}} {self._glyphs.bar}", Tone.FRAME), Fragment(" ", Tone.PLAIN),
                *row.fragments]  # fmt: skip

    def footer(self) -> list[Fragment]:
        return [Fragment(self._glyphs.line * len(self._pad) + self._glyphs.frame_end, Tone.FRAME)]
