"""Diagnostics that outlive the run that made them: their words and places as flat data, and back.

Places name their file by whatever the caller names files by, because file numbers are those of one run.
"""

from __future__ import annotations

from collections.abc import Callable

from snowc.diag.core import Diagnostic, Label, Severity, diagnostic
from snowc.source.span import NO_SPAN, Span

Stored = tuple[str, bool, str, tuple[tuple[str, int, int, str], ...], str | None, tuple[str, ...]]
"""Code, whether it is an error, message, labels as file, start, end and words, help, notes."""


@diagnostic
class Told(Diagnostic):
    """A diagnostic of an earlier run, which is drawn as the first one was."""

    stored: Stored
    places: tuple[Label, ...]

    @property
    def code(self) -> str:  # type: ignore[override]
        return self.stored[0]

    @property
    def severity(self) -> Severity:  # type: ignore[override]
        return Severity.ERROR if self.stored[1] else Severity.WARNING

    def message(self) -> str:
        return self.stored[2]

    def label(self) -> str:
        return self.places[0].text

    def secondary(self) -> tuple[Label, ...]:
        return self.places[1:]

    def help(self) -> str | None:
        return self.stored[4]

    def notes(self) -> tuple[str, ...]:
        return self.stored[5]


def store(diag: Diagnostic, name_of: Callable[[int], str]) -> Stored:
    """The data of a diagnostic; `name_of` names a file by its number."""
    labels = tuple([(name_of(at.span.file), at.span.start, at.span.end, at.text) for at in diag.labels()])
    return (diag.code, diag.severity is Severity.ERROR, diag.message(), labels, diag.help(), diag.notes())


def restore(stored: Stored, number_of: Callable[[str], int]) -> Diagnostic:
    """The diagnostic of the data."""
    labels = tuple([Label(Span(number_of(file), start, end), text) for file, start, end, text in stored[3]])
    return Told(labels[0].span if labels else NO_SPAN, stored, labels)
