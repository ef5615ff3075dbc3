"""Diagnostics of inference that belong to expressions and patterns: facts in fields, words on the class.

Types arrive as text, already named together (`printing.Namer`), because unification may still change
them after the report. Declarations have theirs in `errors_decl.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from snowc.diag.core import Diagnostic, Label, diagnostic
from snowc.source.span import Span


def plural(count: int, noun: str) -> str:
    """`1 argument`, `2 arguments`"""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def listed(names: tuple[str, ...] | list[str]) -> str:
    """`a`, `b` and `c`, each in back quotes."""
    quoted = [f"`{n}`" for n in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]


# ---- disagreeing types -------------------------------------------------------------------------


@diagnostic
class Role:
    """Why two types had to agree: words for the primary place, labels for the others."""

    what: str
    places: tuple[Label, ...] = ()
    advice: str | None = None

    def at(self, span: Span, text: str) -> Role:
        """The same role with one more labelled place."""
        return replace(self, places=(*self.places, Label(span, text)))


@diagnostic
class TypeMismatch(Diagnostic):
    """Two types that must agree differ; `role` tells the two places apart."""

    code: ClassVar[str] = "E0001"

    expected: str
    found: str
    role: Role
    advice: str | None = None
    detail: str | None = None

    def message(self) -> str:
        return f"expected {self.expected}, found {self.found}"

    def label(self) -> str:
        return f"{self.role.what}: expected {self.expected}, found {self.found}"

    def secondary(self) -> tuple[Label, ...]:
        return self.role.places

    def help(self) -> str | None:
        if self.advice is not None and self.advice.startswith("call it"):
            return self.advice
        return self.role.advice or self.advice

    def notes(self) -> tuple[str, ...]:
        return () if self.detail is None else (self.detail,)


@diagnostic
class InfiniteType(Diagnostic):
    code: ClassVar[str] = "E0002"

    expected: str
    found: str

    def message(self) -> str:
        return f"infinite type: {self.expected} would have to equal {self.found}"

    def label(self) -> str:
        return "this would give a value an infinite type"

    def help(self) -> str:
        return "a value cannot have a type that refers to itself"


# ---- calls -------------------------------------------------------------------------------------


@diagnostic
class WrongCount(Diagnostic):
    """Wrong number of call arguments, type arguments or sub-patterns (`noun`)."""

    code: ClassVar[str] = "E0003"

    subject: str
    expected: str
    found: int
    noun: str = "argument"
    least: int = 0
    signature: str | None = None
    advice: str | None = None

    def message(self) -> str:
        return f"expected {self.expected} {self.noun}(s), found {self.found}"

    def label(self) -> str:
        return f"{self.subject} takes {self.expected}, {self.found} given"

    def help(self) -> str:
        if self.advice is not None:
            return self.advice
        if self.found < self.least:
            return f"{plural(self.least - self.found, self.noun)} missing"
        return f"{plural(self.found - self.least, self.noun)} extra"

    def notes(self) -> tuple[str, ...]:
        return () if self.signature is None else (f"{self.subject} : {self.signature}",)


@diagnostic
class NotCallable(Diagnostic):
    """`operator` is set where the right side of a pipe is an operation."""

    code: ClassVar[str] = "E0005"

    type: str
    operator: str | None = None

    def message(self) -> str:
        return f"type {self.type} is not callable"

    def label(self) -> str:
        return f"this has type {self.type}"

    def help(self) -> str:
        if self.operator is not None:
            return f"`{self.operator}` binds tighter than `|>`: put the pipe in parentheses"
        return "only functions, closures and constructors with fields can be called"


# ---- names -------------------------------------------------------------------------------------


@diagnostic
class Undefined(Diagnostic):
    """`kind` is `variable`, `type` or `trait`."""

    code: ClassVar[str] = "E0004"

    kind: str
    name: str
    advice: str | None = None

    def message(self) -> str:
        return f"undefined {self.kind}: {self.name}"

    def label(self) -> str:
        return f"no {self.kind} `{self.name}` in scope"

    def help(self) -> str | None:
        return self.advice


@diagnostic
class UsedTooEarly(Diagnostic):
    """A local function used before the variables that it captures are bound."""

    code: ClassVar[str] = "E0004"

    name: str
    declared: Span

    def message(self) -> str:
        return f"undefined variable: {self.name} is used before the variables it captures"

    def label(self) -> str:
        return f"`{self.name}` cannot be used here yet"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.declared, "declared here, below variables that it uses"),)

    def help(self) -> str:
        return f"move the use below the declaration of `{self.name}`"


@diagnostic
class WildcardRead(Diagnostic):
    code: ClassVar[str] = "E0004"

    def message(self) -> str:
        return "undefined variable: _ (the wildcard can be bound but not read)"

    def label(self) -> str:
        return "`_` has no value"

    def help(self) -> str:
        return "give the variable a name"


@diagnostic
class UnknownVariant(Diagnostic):
    code: ClassVar[str] = "E0010"

    name: str
    type: str | None = None
    advice: str | None = None

    def message(self) -> str:
        where = f" of type `{self.type}`" if self.type else ""
        return f"unknown variant {self.name}{where}"

    def help(self) -> str | None:
        return self.advice


@diagnostic
class NotInModule(Diagnostic):
    """A selected or imported name that the module does not have."""

    code: ClassVar[str] = "E0034"

    name: str
    module: str
    available: tuple[str, ...]
    advice: str | None = None

    def message(self) -> str:
        return f"`{self.name}` not found in module `{self.module}` (not exported)"

    def label(self) -> str:
        return f"module `{self.module}` has no `{self.name}`"

    def help(self) -> str | None:
        return self.advice

    def notes(self) -> tuple[str, ...]:
        names = ", ".join(self.available)
        return (f"available in `{self.module}`: {names}" if names else f"`{self.module}` exports nothing",)


@diagnostic
class PrivateName(Diagnostic):
    code: ClassVar[str] = "E0035"

    name: str
    module: str
    declared: Span

    def message(self) -> str:
        return f"`{self.name}` is private to module `{self.module}`"

    def label(self) -> str:
        return f"`{self.name}` is private"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.declared, "declared here without `pub`"),)

    def help(self) -> str:
        return f"add `pub` to the declaration of `{self.name}` in `{self.module}`"


# ---- traits ------------------------------------------------------------------------------------


@diagnostic
class MissingInstance(Diagnostic):
    """`root` is the type that was asked for, when a part of it is to blame."""

    code: ClassVar[str] = "E0006"

    type: str
    trait: str
    why: str
    root: str | None = None
    derivable: bool = False
    implementable: bool = True
    advice: str | None = None

    def message(self) -> str:
        return f"{self.type} does not implement {self.trait}"

    def label(self) -> str:
        return f"{self.why} needs {self.trait} for {self.root or self.type}"

    def help(self) -> str | None:
        if self.advice is not None or not self.implementable:
            return self.advice
        text = f"add `impl {self.trait} for {self.type} do ... end`"
        return text + (f" or add `{self.trait}` to its `deriving`" if self.derivable else "")

    def notes(self) -> tuple[str, ...]:
        return () if self.root is None else (f"{self.root} needs {self.trait} of its parts",)


@diagnostic
class UndeterminedInstance(Diagnostic):
    """A static method whose type the program never fixes."""

    code: ClassVar[str] = "E0006"

    trait: str
    why: str

    def message(self) -> str:
        return f"a type that is never determined does not implement {self.trait}"

    def label(self) -> str:
        return f"{self.why}: nothing says for which type"

    def help(self) -> str:
        return "add a type annotation, as in `let value :: Int = …`"


@diagnostic
class AmbiguousMethod(Diagnostic):
    code: ClassVar[str] = "E0027"

    method: str
    type: str
    traits: tuple[str, ...]

    def message(self) -> str:
        return f"ambiguous method `{self.method}` on type `{self.type}`: offered by {listed(self.traits)}"

    def label(self) -> str:
        return f"{listed(self.traits)} all have `{self.method}`"

    def help(self) -> str:
        return " or ".join(f"`{t.rsplit('.', 1)[-1]}.{self.method}(value)`" for t in self.traits)


ASKED = "this is where the function uses it"
"""Label where a function uses a member of a parameter whose type each caller decides."""


@diagnostic
class NoMethod(Diagnostic):
    code: ClassVar[str] = "E0030"

    method: str
    type: str
    advice: str | None = None
    asked: Span | None = None

    def message(self) -> str:
        return f"no method `{self.method}` on type `{self.type}`"

    def label(self) -> str:
        return f"`{self.type}` has no method `{self.method}`"

    def secondary(self) -> tuple[Label, ...]:
        return () if self.asked is None else (Label(self.asked, ASKED),)

    def help(self) -> str | None:
        return self.advice


# ---- fields ------------------------------------------------------------------------------------


@diagnostic
class NoField(Diagnostic):
    code: ClassVar[str] = "E0009"

    type: str
    name: str
    advice: str | None = None
    asked: Span | None = None

    def message(self) -> str:
        return f"type `{self.type}` has no field `{self.name}`"

    def label(self) -> str:
        return f"`{self.type}` has no field `{self.name}`"

    def secondary(self) -> tuple[Label, ...]:
        return () if self.asked is None else (Label(self.asked, ASKED),)

    def help(self) -> str | None:
        return self.advice


@diagnostic
class MissingFields(Diagnostic):
    code: ClassVar[str] = "E0009"

    type: str
    names: tuple[str, ...]

    def message(self) -> str:
        return f"missing field {listed(self.names)} of struct `{self.type}`"

    def help(self) -> str:
        return "add " + ", ".join(f"`{n}: <value>`" for n in self.names)


@diagnostic
class UnknownField(Diagnostic):
    code: ClassVar[str] = "E0009"

    type: str
    name: str
    advice: str | None = None

    def message(self) -> str:
        return f"unknown field `{self.name}` of struct `{self.type}`"

    def help(self) -> str | None:
        return self.advice


@diagnostic
class RepeatedField(Diagnostic):
    code: ClassVar[str] = "E0009"

    type: str
    name: str
    first: Span

    def message(self) -> str:
        return f"field `{self.name}` of struct `{self.type}` is given twice"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.first, "first given here"),)

    def help(self) -> str:
        return "remove one of the two"


@diagnostic
class NotAStruct(Diagnostic):
    code: ClassVar[str] = "E0009"

    name: str

    def message(self) -> str:
        return f"`{self.name}` is not a struct, so it has no field to set"

    def help(self) -> str:
        return "only structs are built with `Name { field: value }`"
