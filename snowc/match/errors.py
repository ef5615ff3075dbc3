"""Diagnostics of exhaustiveness checking: E0012, W0001 and W0010."""

from __future__ import annotations

from typing import ClassVar

from snowc.diag.core import Diagnostic, Severity, Warning_, diagnostic

_CONSTRUCTS = {"case": "`case`", "fn": "function clauses", "closure": "closure clauses", "let": "`let` pattern"}


@diagnostic
class NonExhaustive(Diagnostic):
    """Some value fits no pattern. `kind` is `case`, `fn`, `closure` or `let`; `missing` are examples."""

    code: ClassVar[str] = "E0012"

    kind: str
    missing: tuple[str, ...]

    def message(self) -> str:
        return f"non-exhaustive {_CONSTRUCTS[self.kind]}, missing: {', '.join(self.missing)}"

    def label(self) -> str:
        return "missing: " + ", ".join(self.missing)

    def help(self) -> str:
        if self.kind == "let":
            return "a `let` pattern must fit every value; use `case` for the others"
        if self.kind == "case":
            return "add the missing patterns or a wildcard `_` arm"
        return "add clauses for the missing patterns or one with a wildcard `_`"


@diagnostic
class NonExhaustiveWarning(NonExhaustive):
    """The same where it is allowed: functions, closures, and a `case` that only lacks the empty list."""

    severity: ClassVar[Severity] = Severity.WARNING

    def notes(self) -> tuple[str, ...]:
        return ("a value that fits no pattern stops the process with `non-exhaustive match`",)


@diagnostic
class UncoveredMessages(Warning_):
    """A `receive` whose arms do not fit every message that its actor accepts."""

    code: ClassVar[str] = "W0010"

    type: str
    missing: tuple[str, ...]

    def message(self) -> str:
        return f"receive does not cover every message of type {self.type}, missing: {', '.join(self.missing)}"

    def label(self) -> str:
        return "missing: " + ", ".join(self.missing)

    def help(self) -> str:
        return "add arms for the missing messages or a wildcard `_` arm"

    def notes(self) -> tuple[str, ...]:
        return ("a message that fits no arm stops the process with `no receive arm matches`",)


@diagnostic
class UnreachableArm(Warning_):
    """The arms above take every value that this one could."""

    code: ClassVar[str] = "W0001"

    kind: str

    @property
    def _noun(self) -> str:
        return "arm" if self.kind in ("case", "receive", "signal") else "clause"

    def message(self) -> str:
        return f"unreachable {self._noun}"

    def label(self) -> str:
        return f"the {self._noun}s above match everything that this one could"

    def help(self) -> str:
        return f"remove this {self._noun} or move it further up"
