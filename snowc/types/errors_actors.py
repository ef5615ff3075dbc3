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


@diagnostic
class SelfOutsideActor(Diagnostic):
    code: ClassVar[str] = "E0015"

    def message(self) -> str:
        return "self() used outside actor block"

    def label(self) -> str:
        return "self() is only available inside an actor block"


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
        return "pass an actor, as in `spawn(worker, arguments)`"


@diagnostic
class ActorCalled(Diagnostic):
    """An actor called like a function, outside its own body."""

    code: ClassVar[str] = "E0016"

    name: str

    def message(self) -> str:
        return f"actor `{self.name}` cannot be called outside its own body"

    def label(self) -> str:
        return f"`{self.name}` is an actor: use spawn"

    def help(self) -> str:
        return f"use spawn: `spawn({self.name}, …)` starts a process and gives its Pid"


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
