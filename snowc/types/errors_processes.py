"""Diagnostics of supervisors and services (concurrency.md 24)."""

from __future__ import annotations

from typing import ClassVar

from snowc.diag.core import Diagnostic, Label, Warning_, diagnostic
from snowc.source.span import Span

# ---- supervisors -------------------------------------------------------------------------------


@diagnostic
class BadStart(Diagnostic):
    """The start function of a child that gives something other than a Pid, or is no start function at all."""

    code: ClassVar[str] = "E0018"

    child: str
    found: str
    advice: str | None = None

    def message(self) -> str:
        return f"child `{self.child}` start function must return Pid, found `{self.found}`"

    def label(self) -> str:
        wanted = "" if self.advice is None else "expected a function without parameters that returns Pid, "
        return f"{wanted}found `{self.found}`"

    def help(self) -> str:
        return self.advice or "the start function must call spawn() and return a Pid"


@diagnostic
class MissingStart(Diagnostic):
    code: ClassVar[str] = "E0018"

    child: str

    def message(self) -> str:
        return f"child `{self.child}` start function must return Pid, but there is none"

    def label(self) -> str:
        return f"`{self.child}` has no `start:`"

    def help(self) -> str:
        return "add `start: fn -> spawn(…) end`"


@diagnostic
class UnknownStrategy(Diagnostic):
    code: ClassVar[str] = "E0019"

    name: str
    advice: str | None

    def message(self) -> str:
        return f"unknown supervision strategy `{self.name}`"

    def label(self) -> str:
        return "expected one_for_one, one_for_all, rest_for_one, or simple_one_for_one"

    def help(self) -> str | None:
        return self.advice


@diagnostic
class RepeatedChild(Diagnostic):
    code: ClassVar[str] = "E0019"

    name: str
    first: Span

    def message(self) -> str:
        return f"duplicate child name `{self.name}`"

    def label(self) -> str:
        return f"a second child `{self.name}`"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.first, "the first one"),)

    def help(self) -> str:
        return "give every child of a supervisor a name of its own"


@diagnostic
class BadRestart(Diagnostic):
    code: ClassVar[str] = "E0020"

    child: str
    found: str
    advice: str | None

    def message(self) -> str:
        return f"invalid restart type `{self.found}` for child `{self.child}`"

    def label(self) -> str:
        return "expected permanent, transient, or temporary"

    def help(self) -> str | None:
        return self.advice


@diagnostic
class BadShutdown(Diagnostic):
    code: ClassVar[str] = "E0021"

    child: str
    found: str

    def message(self) -> str:
        return f"invalid shutdown value `{self.found}` for child `{self.child}`"

    def label(self) -> str:
        return "expected a positive integer or brutal_kill"

    def help(self) -> str:
        return "write the milliseconds that the child may take to end, or `brutal_kill` to end it at once"


@diagnostic
class RepeatedKey(Diagnostic):
    code: ClassVar[str] = "E0050"

    key: str
    first: Span

    def message(self) -> str:
        return f"repeated supervisor clause: `{self.key}` is given twice"

    def label(self) -> str:
        return f"`{self.key}` again"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.first, "first given here"),)

    def help(self) -> str:
        return "remove one of the two"


@diagnostic
class TemplateChildren(Diagnostic):
    code: ClassVar[str] = "E0051"

    name: str
    count: int

    def message(self) -> str:
        return f"template supervisor `{self.name}` needs exactly one child, found {self.count}"

    def label(self) -> str:
        return f"has {self.count} children: under simple_one_for_one the one child block is the template"

    def help(self) -> str:
        return "declare one child, or choose another strategy"


# ---- services ----------------------------------------------------------------------------------


@diagnostic
class MemberClash(Diagnostic):
    """Two functions of a service with one name. `others` are what the name comes from, the last one included."""

    code: ClassVar[str] = "E0053"

    service: str
    member: str
    handler: str
    known: str
    first: Span

    def message(self) -> str:
        return f"service `{self.service}` has two functions `{self.member}`: from {self.known} and from {self.handler}"

    def label(self) -> str:
        return f"{self.handler} becomes `{self.service}.{self.member}` too"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.first, f"{self.known} becomes `{self.service}.{self.member}`"),)

    def help(self) -> str:
        return "rename one of them"


@diagnostic
class ReservedMember(Diagnostic):
    """A handler whose function would be `start`."""

    code: ClassVar[str] = "E0053"

    service: str
    handler: str

    def message(self) -> str:
        return f"service `{self.service}` has two functions `start`: its own and that of {self.handler}"

    def label(self) -> str:
        return f"{self.handler} becomes `{self.service}.start`, which starts the service"

    def help(self) -> str:
        return "rename the handler"


@diagnostic
class HiddenMembers(Warning_):
    """Functions of a service that cannot be reached: a library module of that name has them too."""

    code: ClassVar[str] = "W0003"

    service: str
    names: tuple[str, ...]

    def message(self) -> str:
        shown = ", ".join(f"`{self.service}.{n}`" for n in self.names)
        return f"service `{self.service}` has the name of a library module, to which {shown} belong"

    def label(self) -> str:
        return "a library module comes first"

    def help(self) -> str:
        return "give the service another name"


@diagnostic
class NoMember(Diagnostic):
    """`Till.nosuch`; `names` are the functions that the service has."""

    code: ClassVar[str] = "E0034"

    service: str
    name: str
    names: tuple[str, ...]
    advice: str | None

    def message(self) -> str:
        return f"`{self.name}` not found in service `{self.service}`"

    def label(self) -> str:
        return f"service `{self.service}` has no function `{self.name}`"

    def help(self) -> str | None:
        return self.advice

    def notes(self) -> tuple[str, ...]:
        return (f"its functions are: {', '.join(self.names)}",)


@diagnostic
class ServiceAsValue(Diagnostic):
    """The name of a service where a value is wanted."""

    code: ClassVar[str] = "E0004"

    name: str

    def message(self) -> str:
        return f"undefined variable: {self.name}"

    def label(self) -> str:
        return f"`{self.name}` is a service, not a value"

    def help(self) -> str:
        return f"`{self.name}.start(…)` starts it and gives its Pid"


@diagnostic
class ServiceSpawned(Diagnostic):
    code: ClassVar[str] = "E0016"

    name: str

    def message(self) -> str:
        return f"cannot spawn service `{self.name}`"

    def label(self) -> str:
        return f"expected a function, found service `{self.name}`"

    def help(self) -> str:
        return f"`{self.name}.start(…)` starts the service and gives its Pid"
