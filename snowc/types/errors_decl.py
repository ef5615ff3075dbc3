"""Diagnostics of declarations: types, clauses, interfaces, implementations, imports."""

from __future__ import annotations

from typing import ClassVar

from snowc.diag.core import Diagnostic, Label, Warning_, diagnostic
from snowc.source.span import Span
from snowc.types.builtins import DERIVABLE
from snowc.types.errors import listed


@diagnostic
class AliasCycle(Diagnostic):
    code: ClassVar[str] = "E0002"

    name: str

    def message(self) -> str:
        return f"infinite type: alias `{self.name}` refers to itself"

    def help(self) -> str:
        return "a value cannot have a type that refers to itself; declare a struct or sum type"


@diagnostic
class DeclaredTwice(Diagnostic):
    """`kind` says what: `type`, `interface`, `module`, `field`, `variant`, …"""

    code: ClassVar[str] = "E0055"

    kind: str
    name: str
    first: Span

    def message(self) -> str:
        return f"{self.kind} `{self.name}` is declared twice"

    def label(self) -> str:
        return f"`{self.name}` declared again"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.first, "first declared here"),)

    def help(self) -> str:
        return "rename or remove one of them"


@diagnostic
class Misplaced(Diagnostic):
    """What cannot be declared inside a function; `kind` with its article."""

    code: ClassVar[str] = "P0001"

    kind: str

    def message(self) -> str:
        return f"found {self.kind} inside a function, expected it at the top level of a file"

    def help(self) -> str:
        return "move it out of the function"


@diagnostic
class ConstantCycle(Diagnostic):
    """Top-level `let`s that need each other's values; `names` in source order."""

    code: ClassVar[str] = "E0004"

    names: tuple[str, ...]

    def message(self) -> str:
        return f"undefined variable: the value of {listed(self.names)} is needed to compute itself"

    def help(self) -> str:
        return "a constant can only use constants that do not depend on it"


@diagnostic
class ConstantTooEarly(Diagnostic):
    """A top-level `let` whose value is computed from a later one, by way of the functions `through`."""

    code: ClassVar[str] = "E0004"

    names: tuple[str, ...]
    later_names: tuple[str, ...]
    later: Span
    through: tuple[str, ...]

    def message(self) -> str:
        return f"undefined variable: the value of {listed(self.later_names)} is needed before it is computed"

    def label(self) -> str:
        way = f", through {listed(self.through)}" if self.through else ""
        return f"this reads {listed(self.later_names)}{way}"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.later, "computed only here"),)

    def help(self) -> str:
        return f"move {listed(self.later_names)} above {listed(self.names)}"


# ---- function clauses --------------------------------------------------------------------------


@diagnostic
class CatchAllNotLast(Diagnostic):
    code: ClassVar[str] = "E0022"

    name: str
    arity: int
    next: Span

    def message(self) -> str:
        return f"catch-all clause of `{self.name}/{self.arity}` is not the last"

    def label(self) -> str:
        return "this catch-all clause matches everything"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.next, "so this clause is never tried"),)

    def help(self) -> str:
        return "move the catch-all clause to the end"


@diagnostic
class ClausesApart(Diagnostic):
    code: ClassVar[str] = "E0023"

    name: str
    arity: int
    first: Span

    def message(self) -> str:
        return f"clauses of `{self.name}/{self.arity}` are not consecutive"

    def label(self) -> str:
        return "this clause is separated from the others"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.first, "the function begins here"),)

    def help(self) -> str:
        return "move the clauses together"


@diagnostic
class ClauseArity(Diagnostic):
    """Without a name for the clauses of a closure."""

    code: ClassVar[str] = "E0024"

    name: str | None
    expected: int
    found: int
    first: Span

    def message(self) -> str:
        owner = "a closure" if self.name is None else f"`{self.name}`"
        return f"clauses of {owner} differ: expected {self.expected} parameter(s), found {self.found}"

    def label(self) -> str:
        return f"{self.found} parameter(s) here"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.first, f"{self.expected} parameter(s) here"),)

    def help(self) -> str:
        if self.name is None:
            return "all clauses of a closure have the same number of parameters"
        return "a function has one number of parameters; choose another name"


@diagnostic
class LateClausePart(Warning_):
    code: ClassVar[str] = "W0002"

    name: str
    part: str

    def message(self) -> str:
        return f"{self.part} on a later clause of `{self.name}` will be ignored"

    def help(self) -> str:
        return "write it on the first clause"


@diagnostic
class UnusedTopLevel(Warning_):
    code: ClassVar[str] = "W0003"

    def message(self) -> str:
        return "top-level expression is checked but not executed"

    def help(self) -> str:
        return "move it into `main`, or bind it with `let`"


# ---- interfaces and implementations ------------------------------------------------------------


@diagnostic
class MissingMethod(Diagnostic):
    code: ClassVar[str] = "E0007"

    trait: str
    type: str
    method: str
    header: str

    def message(self) -> str:
        return f"impl of {self.trait} for {self.type}: method `{self.method}` is missing"

    def label(self) -> str:
        return f"missing `{self.method}`"

    def help(self) -> str:
        return f"add `{self.header}`"


@diagnostic
class WrongSignature(Diagnostic):
    code: ClassVar[str] = "E0008"

    trait: str
    method: str
    expected: str
    found: str
    declared: Span

    def message(self) -> str:
        return f"wrong signature of `{self.method}`: {self.trait} expected {self.expected}, found {self.found}"

    def label(self) -> str:
        return f"wrong signature: found {self.found}"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.declared, f"expected {self.expected}"),)

    def help(self) -> str:
        return f"give `{self.method}` the type {self.expected}"


@diagnostic
class DuplicateImpl(Diagnostic):
    code: ClassVar[str] = "E0026"

    trait: str
    type: str
    first: Span
    derived: bool

    def message(self) -> str:
        return f"duplicate impl: {self.trait} for {self.type}"

    def secondary(self) -> tuple[Label, ...]:
        if self.first.file < 0:
            return ()
        return (Label(self.first, "derived here" if self.derived else "first implemented here"),)

    def help(self) -> str:
        if self.first.file < 0:
            return f"{self.type} implements {self.trait} already"
        return f"remove `{self.trait}` from the `deriving`" if self.derived else "remove one of them"


@diagnostic
class CannotDerive(Diagnostic):
    code: ClassVar[str] = "E0028"

    name: str
    type: str
    reason: str | None = None

    def message(self) -> str:
        return f"cannot derive `{self.name}` for `{self.type}`" + (f": {self.reason}" if self.reason else "")

    def help(self) -> str:
        return "derivable traits: " + ", ".join(DERIVABLE)


@diagnostic
class OrdWithoutEq(Diagnostic):
    code: ClassVar[str] = "E0029"

    type: str

    def message(self) -> str:
        return f"cannot derive `Ord` for `{self.type}` without `Eq`"

    def label(self) -> str:
        return "`Ord` requires `Eq`"

    def help(self) -> str:
        return "deriving(Eq, Ord)"


@diagnostic
class UnderivableField(Diagnostic):
    """An explicit derivation that a field's type does not allow."""

    code: ClassVar[str] = "E0006"

    field: str
    type: str
    trait: str
    owner: str
    implementable: bool

    def message(self) -> str:
        return f"{self.type} does not implement {self.trait}"

    def label(self) -> str:
        return f"field `{self.field}` keeps `{self.owner}` from deriving {self.trait}"

    def help(self) -> str:
        add = f"add `impl {self.trait} for {self.type} do ... end` or " if self.implementable else ""
        return f"{add}remove `{self.trait}` from the `deriving`"


@diagnostic
class NotSerializable(Diagnostic):
    code: ClassVar[str] = "E0038"

    field: str
    type: str

    def message(self) -> str:
        return f"field `{self.field}` of type `{self.type}` is not JSON-serializable"

    def help(self) -> str:
        return "derive Json there or use Int, Float, Bool, String, Option, List, Map<String, _>"


@diagnostic
class NotARowField(Diagnostic):
    code: ClassVar[str] = "E0039"

    field: str
    type: str

    def message(self) -> str:
        return f"field `{self.field}` has type `{self.type}` which cannot be mapped from a database row"

    def help(self) -> str:
        return "use Int, Float, Bool, String or an Option of these"


# ---- imports -----------------------------------------------------------------------------------


@diagnostic
class ModuleNotFound(Diagnostic):
    code: ClassVar[str] = "E0031"

    name: str
    advice: str | None = None

    def message(self) -> str:
        return f"module `{self.name}` not found"

    def help(self) -> str | None:
        return self.advice


@diagnostic
class ImportShadowed(Warning_):
    code: ClassVar[str] = "W0003"

    name: str
    first: Span

    def message(self) -> str:
        return f"two imports of `{self.name}`: this one wins"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.first, "first imported here"),)

    def help(self) -> str:
        return "import only one of them, and use the module's name for the other"
