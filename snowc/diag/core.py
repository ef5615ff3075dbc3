"""Diagnostics as data.

A stage reports a problem by building a `@diagnostic` class that derives from `Diagnostic` (in the
stage's own `errors.py`, one class per code and situation) and adding it to the `Sink`. The facts are
fields, the words are methods; `render_text` and `render_json` draw any of them without knowing which
it is. Nothing here raises for a user's mistake: exceptions are for faults of the compiler itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, TypeVar, dataclass_transform

from snowc.source.record import open_value, value
from snowc.source.span import NO_SPAN, Span

_C = TypeVar("_C", bound=type)


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"


@value
class Label:
    """A source range with the words written under it. The first label of a diagnostic is primary."""

    span: Span
    text: str


@dataclass_transform(frozen_default=True)
def diagnostic(cls: _C) -> _C:
    """The decorator of all diagnostics: immutable, compared by content, cheap to define."""
    return open_value(cls)


@diagnostic
class Diagnostic:
    """Base of all diagnostics. Subclasses set `code`, add fact fields and override the words.

    `span` is the primary place; `NO_SPAN` for what is tied to no place (code C0001).
    """

    code: ClassVar[str] = "C0001"
    severity: ClassVar[Severity] = Severity.ERROR

    span: Span

    def message(self) -> str:
        """The one-line headline, without code and position."""
        raise NotImplementedError(type(self).__name__)

    def label(self) -> str:
        """The words under the primary span; by default the headline again."""
        return self.message()

    def secondary(self) -> tuple[Label, ...]:
        """Further labelled places."""
        return ()

    def help(self) -> str | None:
        """A concrete fix, or None."""
        return None

    def notes(self) -> tuple[str, ...]:
        return ()

    def labels(self) -> tuple[Label, ...]:
        """Primary label first; empty for a diagnostic without a place."""
        if self.span == NO_SPAN:
            return ()
        return (Label(self.span, self.label()), *self.secondary())


@diagnostic
class Warning_(Diagnostic):
    """Base of warnings: they never change the exit status."""

    severity: ClassVar[Severity] = Severity.WARNING


@diagnostic
class ProjectError(Diagnostic):
    """Something not tied to a place: project layout, missing `main`, linker, I/O."""

    code: ClassVar[str] = "C0001"

    text: str
    fix: str | None = None

    def message(self) -> str:
        return self.text

    def help(self) -> str | None:
        return self.fix


@diagnostic
class NotSupportedYet(Diagnostic):
    """A construct of the language that this version of the compiler does not carry out yet."""

    code: ClassVar[str] = "C0002"

    construct: str

    def message(self) -> str:
        return f"not supported yet: {self.construct}"


@dataclass
class Sink:
    """Collects the diagnostics of one run; drops a second report of the same (code, span)."""

    items: list[Diagnostic] = field(default_factory=list)
    _seen: set[tuple[str, Span, str]] = field(default_factory=set)

    def add(self, diag: Diagnostic) -> None:
        # Spanless diagnostics differ by their words; placed ones are one per code and place (R39).
        key = (diag.code, diag.span, diag.message() if diag.span == NO_SPAN else "")
        if key not in self._seen:
            self._seen.add(key)
            self.items.append(diag)

    def extend(self, diags: Iterable[Diagnostic]) -> None:
        for diag in diags:
            self.add(diag)

    @property
    def has_errors(self) -> bool:
        return any(d.severity is Severity.ERROR for d in self.items)

    def ordered(self) -> list[Diagnostic]:
        """Errors before warnings; within each, files in the order given and source order inside."""
        return sorted(
            self.items,
            key=lambda d: (d.severity is Severity.WARNING, d.span.file < 0, d.span.file, d.span.start, d.span.end),
        )


def mistakes(diags: Iterable[Diagnostic]) -> list[Span]:
    """All places that the errors among `diags` speak of."""
    return [label.span for diag in diags if diag.severity is Severity.ERROR for label in diag.labels()]
