"""Diagnostics of actors and their primitives: `spawn`, `send`, `self()`, `receive`."""

from __future__ import annotations

from typing import ClassVar

from snowc.diag.core import Diagnostic, diagnostic


@diagnostic
class MessageMismatch(Diagnostic):
    """A message that the process, as its pid tells, does not accept."""

    code: ClassVar[str] = "E0014"

    expected: str
    found: str

    def message(self) -> str:
        return f"message type mismatch: expected {self.expected}, found {self.found}"

    def label(self) -> str:
        return f"expected {self.expected}, found {self.found}"

    def help(self) -> str:
        return f"this Pid accepts messages of type {self.expected}"

    def notes(self) -> tuple[str, ...]:
        if self.expected != "()":
            return ()
        return ("services and supervisors take no messages: they are used by functions, as in `Name.function(pid, …)`",)


@diagnostic
class SelfOutsideActor(Diagnostic):
    code: ClassVar[str] = "E0015"

    def message(self) -> str:
        return "self() used outside actor block"

    def label(self) -> str:
        return "self() is only available inside an actor block"

    def help(self) -> str:
        return "Process.self() gives the Pid of whatever process runs"


@diagnostic
class CannotSpawn(Diagnostic):
    code: ClassVar[str] = "E0016"

    type: str
    is_function: bool = False

    def message(self) -> str:
        what = "function without a Pid as result" if self.is_function else "non-function"
        return f"cannot spawn {what}: found {self.type}"

    def label(self) -> str:
        return f"expected a function{' that returns a Pid' if self.is_function else ''}, found {self.type}"

    def help(self) -> str:
        text = "pass an actor, as in `spawn(worker, arguments)`"
        return text + ("; `Job.async(fn -> … end)` runs a closure in a process" if self.is_function else "")


@diagnostic
class ProcessCalled(Diagnostic):
    """An actor or supervisor (`kind`) called like a function; an actor outside its own body."""

    code: ClassVar[str] = "E0016"

    kind: str
    name: str
    has_arguments: bool

    def message(self) -> str:
        where = " outside its own body" if self.kind == "actor" else ""
        return f"{self.kind} `{self.name}` cannot be called{where}"

    def label(self) -> str:
        return f"`{self.name}` is {'an actor' if self.kind == 'actor' else 'a supervisor'}: use spawn"

    def help(self) -> str:
        arguments = ", …" if self.has_arguments else ""
        return f"use spawn: `spawn({self.name}{arguments})` starts a process and gives its Pid"


@diagnostic
class ReceiveOutsideActor(Diagnostic):
    code: ClassVar[str] = "E0017"

    def message(self) -> str:
        return "receive used outside actor block"

    def label(self) -> str:
        return "only an actor has messages to receive"

    def help(self) -> str:
        return "move this receive expression into an actor block"


@diagnostic
class ReceiveInTerminate(Diagnostic):
    code: ClassVar[str] = "E0052"

    def message(self) -> str:
        return "receive used inside a `terminate` block"

    def label(self) -> str:
        return "the process takes no more messages here"

    def help(self) -> str:
        return "receive in the body of the actor"
