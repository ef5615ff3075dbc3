"""Diagnostics of inference that belong to expressions and patterns: facts in fields, words on the class.

Types arrive as text, already named together (`printing.Namer`), because unification may still change
them after the report. Declarations have theirs in `errors_decl.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from snowc.diag.core import Diagnostic, Label, Warning_
from snowc.source.span import Span


def plural(count: int, noun: str) -> str:
    """`1 argument`, `2 arguments`"""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def listed(names: tuple[str, ...] | list[str]) -> str:
    """`a`, `b` and `c`, each in back quotes."""
    quoted = [f"`{n}`" for n in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]


# ---- disagreeing types -------------------------------------------------------------------------


@dataclass(frozen=True)
class Role:
    """Why two types had to agree: words for the primary place, labels for the others."""

    what: str
    places: tuple[Label, ...] = ()
    advice: str | None = None

    def at(self, span: Span, text: str) -> Role:
        """The same role with one more labelled place."""
        return replace(self, places=(*self.places, Label(span, text)))


@dataclass(frozen=True)
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
        return self.role.advice or self.advice

    def notes(self) -> tuple[str, ...]:
        return () if self.detail is None else (self.detail,)


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class WrongCount(Diagnostic):
    """Wrong number of call arguments, type arguments or sub-patterns (`noun`)."""

    code: ClassVar[str] = "E0003"

    subject: str
    expected: str
    found: int
    noun: str = "argument"
    least: int = 0
    signature: str | None = None

    def message(self) -> str:
        return f"expected {self.expected} {self.noun}(s), found {self.found}"

    def label(self) -> str:
        return f"{self.subject} takes {self.expected}, {self.found} given"

    def help(self) -> str:
        if self.found < self.least:
            return f"{plural(self.least - self.found, self.noun)} missing"
        return f"{plural(self.found - self.least, self.noun)} extra"

    def notes(self) -> tuple[str, ...]:
        return () if self.signature is None else (f"{self.subject} : {self.signature}",)


@dataclass(frozen=True)
class NotCallable(Diagnostic):
    code: ClassVar[str] = "E0005"

    type: str

    def message(self) -> str:
        return f"type {self.type} is not callable"

    def label(self) -> str:
        return f"this has type {self.type}"

    def help(self) -> str:
        return "only functions, closures and constructors with fields can be called"


# ---- names -------------------------------------------------------------------------------------


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class WildcardRead(Diagnostic):
    code: ClassVar[str] = "E0004"

    def message(self) -> str:
        return "undefined variable: _ (the wildcard can be bound but not read)"

    def label(self) -> str:
        return "`_` has no value"

    def help(self) -> str:
        return "give the variable a name"


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class MissingInstance(Diagnostic):
    """`root` is the type that was asked for, when a part of it is to blame."""

    code: ClassVar[str] = "E0006"

    type: str
    trait: str
    why: str
    root: str | None = None
    derivable: bool = False
    implementable: bool = True

    def message(self) -> str:
        return f"{self.type} does not implement {self.trait}"

    def label(self) -> str:
        return f"{self.why} needs {self.trait} for {self.root or self.type}"

    def help(self) -> str | None:
        if not self.implementable:
            return None
        text = f"add `impl {self.trait} for {self.type} do ... end`"
        return text + (f" or add `{self.trait}` to its `deriving`" if self.derivable else "")

    def notes(self) -> tuple[str, ...]:
        return () if self.root is None else (f"{self.root} needs {self.trait} of its parts",)


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class NoMethod(Diagnostic):
    code: ClassVar[str] = "E0030"

    method: str
    type: str
    advice: str | None = None

    def message(self) -> str:
        return f"no method `{self.method}` on type `{self.type}`"

    def label(self) -> str:
        return f"`{self.type}` has no method `{self.method}`"

    def help(self) -> str | None:
        return self.advice


# ---- fields ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NoField(Diagnostic):
    code: ClassVar[str] = "E0009"

    type: str
    name: str
    advice: str | None = None

    def message(self) -> str:
        return f"type `{self.type}` has no field `{self.name}`"

    def label(self) -> str:
        return f"`{self.type}` has no field `{self.name}`"

    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True)
class MissingFields(Diagnostic):
    code: ClassVar[str] = "E0009"

    type: str
    names: tuple[str, ...]

    def message(self) -> str:
        return f"missing field {listed(self.names)} of struct `{self.type}`"

    def help(self) -> str:
        return "add " + ", ".join(f"`{n}: <value>`" for n in self.names)


@dataclass(frozen=True)
class UnknownField(Diagnostic):
    code: ClassVar[str] = "E0009"

    type: str
    name: str
    advice: str | None = None

    def message(self) -> str:
        return f"unknown field `{self.name}` of struct `{self.type}`"

    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class NotAStruct(Diagnostic):
    code: ClassVar[str] = "E0009"

    name: str

    def message(self) -> str:
        return f"`{self.name}` is not a struct, so it has no field to set"

    def help(self) -> str:
        return "only structs are built with `Name { field: value }`"


# ---- patterns, guards, control -----------------------------------------------------------------


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class GuardConstruct(Diagnostic):
    code: ClassVar[str] = "E0013"

    construct: str

    def message(self) -> str:
        return f"{self.construct} is not allowed in a guard"

    def label(self) -> str:
        return f"{self.construct} in a guard"

    def help(self) -> str:
        return "compute it before the `case` and use the variable here"


@dataclass(frozen=True)
class GuardNotBool(Diagnostic):
    code: ClassVar[str] = "E0025"

    found: str

    def message(self) -> str:
        return f"guard must be Bool, found {self.found}"

    def help(self) -> str:
        return "compare with something: a guard is a boolean expression"


@dataclass(frozen=True)
class UppercaseParameter(Warning_):
    code: ClassVar[str] = "W0003"

    name: str

    def message(self) -> str:
        return f"parameter `{self.name}` begins with an upper-case letter, but no variant of that name is visible"

    def label(self) -> str:
        return "taken as a variable"

    def help(self) -> str:
        return f"write `{self.name[:1].lower()}{self.name[1:]}`"


@dataclass(frozen=True)
class OutsideLoop(Diagnostic):
    """Made by `outside_loop`, which picks the code."""

    word: ClassVar[str] = "break"
    code: ClassVar[str] = "E0032"

    in_closure: bool

    def message(self) -> str:
        return f"`{self.word}` outside of loop" + (": a closure cannot leave a loop around it" if self.in_closure else "")


@dataclass(frozen=True)
class ContinueOutsideLoop(OutsideLoop):
    word: ClassVar[str] = "continue"
    code: ClassVar[str] = "E0033"


@dataclass(frozen=True)
class TryResult(Diagnostic):
    """`?` where the enclosing function's result does not fit."""

    code: ClassVar[str] = "E0036"

    wanted: str
    result: str | None

    def message(self) -> str:
        return "`?` requires function to return `Result` or `Option`"

    def label(self) -> str:
        return f"this `?` may return a {self.wanted} from the function"

    def notes(self) -> tuple[str, ...]:
        if self.result is None:
            return ("this place is outside any function",)
        return (f"the function returns {self.result}",)

    def help(self) -> str:
        return f"make the function return a {self.wanted}, or use `case`"


@dataclass(frozen=True)
class TryOperand(Diagnostic):
    code: ClassVar[str] = "E0037"

    type: str

    def message(self) -> str:
        return f"`?` requires `Result` or `Option`, found {self.type}"

    def label(self) -> str:
        return f"this has type {self.type}"

    def help(self) -> str:
        return "remove the `?`"


@dataclass(frozen=True)
class SelfOutsideActor(Diagnostic):
    code: ClassVar[str] = "E0015"

    def message(self) -> str:
        return "self() is only available inside an actor"


@dataclass(frozen=True)
class ReceiveOutsideActor(Diagnostic):
    code: ClassVar[str] = "E0017"

    def message(self) -> str:
        return "`receive` outside of an actor"

    def help(self) -> str:
        return "move it into an actor"


@dataclass(frozen=True)
class CannotSpawn(Diagnostic):
    code: ClassVar[str] = "E0016"

    type: str

    def message(self) -> str:
        return f"cannot spawn a value of type {self.type}"

    def help(self) -> str:
        return "pass an actor, as in `spawn(worker, arguments)`"


@dataclass(frozen=True)
class NotIterable(Diagnostic):
    code: ClassVar[str] = "E0001"

    found: str

    def message(self) -> str:
        return f"expected a List, Map, Set or Range, found {self.found}"

    def label(self) -> str:
        return f"`for` cannot walk over {self.found}"


@dataclass(frozen=True)
class LoopBinders(Diagnostic):
    code: ClassVar[str] = "E0001"

    found: str
    binders: int

    def message(self) -> str:
        return f"expected a collection of tuples of {self.binders}, found elements of type {self.found}"

    def label(self) -> str:
        return f"{plural(self.binders, 'binder')} for elements of type {self.found}"
