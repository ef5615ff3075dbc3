"""Diagnostics of patterns, guards, loops and `?`."""

from __future__ import annotations

from typing import ClassVar

from snowc.diag.core import Diagnostic, Label, Warning_, diagnostic
from snowc.source.span import Span
from snowc.types.errors import plural


@diagnostic
class OrPatternNames(Diagnostic):
    code: ClassVar[str] = "E0011"

    first: tuple[str, ...]
    other: tuple[str, ...]
    first_span: Span

    def message(self) -> str:
        return f"sides of an or-pattern bind different names: {self._set(self.first)} and {self._set(self.other)}"

    def label(self) -> str:
        return f"this side binds {self._set(self.other)}"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.first_span, f"this side binds {self._set(self.first)}"),)

    def help(self) -> str:
        return "bind the same names on both sides, or use `_`"

    @staticmethod
    def _set(names: tuple[str, ...]) -> str:
        return "{" + ", ".join(names) + "}"


@diagnostic
class BoundTwice(Diagnostic):
    code: ClassVar[str] = "E0055"

    name: str
    first: Span

    def message(self) -> str:
        return f"variable `{self.name}` is bound twice in one pattern or parameter list"

    def label(self) -> str:
        return f"`{self.name}` bound again"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.first, "first bound here"),)

    def help(self) -> str:
        return "rename one of them, and compare the two in a guard"


@diagnostic
class GuardConstruct(Diagnostic):
    code: ClassVar[str] = "E0013"

    construct: str

    def message(self) -> str:
        return f"{self.construct} is not allowed in a guard"

    def label(self) -> str:
        return f"{self.construct} in a guard"

    def help(self) -> str:
        return "compute it before the `case` and use the variable here"


@diagnostic
class GuardNotBool(Diagnostic):
    code: ClassVar[str] = "E0025"

    found: str

    def message(self) -> str:
        return f"guard must be Bool, found {self.found}"

    def help(self) -> str:
        return "compare with something: a guard is a boolean expression"


@diagnostic
class UppercaseParameter(Warning_):
    code: ClassVar[str] = "W0003"

    name: str
    kind: str = "parameter"

    def message(self) -> str:
        return f"{self.kind} `{self.name}` begins with an upper-case letter, but no variant of that name is visible"

    def label(self) -> str:
        return "taken as a variable"

    def help(self) -> str:
        lower = self.name.lower() if self.name.isupper() else self.name[:1].lower() + self.name[1:]
        return f"write `{lower}`"


@diagnostic
class OutsideLoop(Diagnostic):
    """Made by `outside_loop`, which picks the code."""

    word: ClassVar[str] = "break"
    code: ClassVar[str] = "E0032"

    in_closure: bool

    def message(self) -> str:
        reason = ": a closure cannot leave a loop around it" if self.in_closure else ""
        return f"`{self.word}` outside of loop{reason}"


@diagnostic
class ContinueOutsideLoop(OutsideLoop):
    word: ClassVar[str] = "continue"
    code: ClassVar[str] = "E0033"


@diagnostic
class TryResult(Diagnostic):
    """`?` where the enclosing function's result does not fit."""

    code: ClassVar[str] = "E0036"

    wanted: str
    result: str | None

    def message(self) -> str:
        return "`?` requires function to return `Result` or `Option`"

    def label(self) -> str:
        return f"this `?` may return {self._wanted} from the function"

    def notes(self) -> tuple[str, ...]:
        if self.result is None:
            return ("this place is outside any function",)
        return (f"the function returns {self.result}",)

    def help(self) -> str:
        return f"make the function return {self._wanted}, or use `case`"

    @property
    def _wanted(self) -> str:
        return ("an " if self.wanted == "Option" else "a ") + self.wanted


@diagnostic
class TryOperand(Diagnostic):
    code: ClassVar[str] = "E0037"

    type: str

    def message(self) -> str:
        return f"`?` requires `Result` or `Option`, found {self.type}"

    def label(self) -> str:
        return f"this has type {self.type}"

    def help(self) -> str:
        return "remove the `?`"


@diagnostic
class NotIterable(Diagnostic):
    code: ClassVar[str] = "E0001"

    found: str

    def message(self) -> str:
        return f"expected a List, Map, Set or Range, found {self.found}"

    def label(self) -> str:
        return f"`for` cannot walk over {self.found}"


@diagnostic
class LoopBinders(Diagnostic):
    code: ClassVar[str] = "E0001"

    found: str
    binders: int

    def message(self) -> str:
        return f"expected a collection of tuples of {self.binders}, found elements of type {self.found}"

    def label(self) -> str:
        return f"{plural(self.binders, 'binder')} for elements of type {self.found}"
