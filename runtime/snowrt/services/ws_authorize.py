"""Requests that a program judges before they become connections (network.md 4, check 13).

`Authorizer.ask` starts the process of the connection, in which the program's `authorize` runs; what it decides
comes back through the core (`core/wsproc_authorize.c`). Then the connection is opened with that process, or gets
the answer of the program instead. Meanwhile its time for the handshake runs on, and nothing is read from it.
Everything here happens on the loop's thread.
"""

from __future__ import annotations

import ctypes
import itertools
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from snowrt.proto.ws_handshake import Accepted, Refused

if TYPE_CHECKING:
    from snowrt.services.ws_connection import WsConnection
    from snowrt.services.ws_loop import WsLoop

_LOGGED = 200
"""Characters of the program's text that the log gets."""


class _Decision(ctypes.Structure):
    """`snowi_ws_decision` of core/wsproc.h; the text follows it."""

    _fields_ = (("next", ctypes.c_void_p), ("ticket", ctypes.c_uint64), ("len", ctypes.c_size_t))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A connection that waits; `word` stands for its process."""

    authorizer: Authorizer
    connection: WsConnection
    accepted: Accepted
    word: int


_tickets = itertools.count(1)
_waiting: dict[int, _Asked] = {}


class Authorizer:
    """Asks the program of one server."""

    def __init__(self, loop: WsLoop, word: int) -> None:
        self.n_waiting = 0
        self._core = loop.table.core
        self._word = word
        # One reader for all servers: another one for the same descriptor takes its place.
        loop.loop.add_reader(self._core.snow_wsproc_decisions_fd(), lambda: take_decisions(self._core))

    def ask(self, connection: WsConnection, accepted: Accepted, request: bytes) -> None:
        """Let the program judge a request that is otherwise in order."""
        connection.ticket = next(_tickets)
        word = self._core.snow_wsproc_ask(self._word, connection.ticket, request, len(request))
        _waiting[connection.ticket] = _Asked(self, connection, accepted, word)
        self.n_waiting += 1

    def forget(self, connection: WsConnection) -> None:
        """The connection waits no longer, if it did: it is gone, or too late."""
        asked = _leave(connection.ticket)
        if asked is not None:
            self._core.snow_wsproc_cancel(asked.word)

    def decided(self, asked: _Asked, text: str) -> None:
        """Do what the program decided: no text for a connection, else the status and text of its answer."""
        connection = asked.connection
        if text:
            self._core.snow_wsproc_cancel(asked.word)
            connection.refuse(refusal(text))
            return
        accepted = replace(asked.accepted, rest=asked.accepted.rest + connection.early)
        if not connection.admit(accepted, asked.word):
            self._core.snow_wsproc_cancel(asked.word)


def _leave(ticket: int) -> _Asked | None:
    asked = _waiting.pop(ticket, None)
    if asked is not None:
        asked.authorizer.n_waiting -= 1
    return asked


def take_decisions(core: Any) -> None:
    """Carry out what processes have decided since the last time."""
    at = core.snow_wsproc_decisions()
    while at:
        decision = _Decision.from_address(at)
        ticket = decision.ticket
        text = ctypes.string_at(at + ctypes.sizeof(_Decision), decision.len).decode("utf-8", "replace")
        at = core.snow_wsproc_decided(at)
        asked = _leave(ticket)
        if asked is not None:
            asked.authorizer.decided(asked, text)


def refusal(text: str) -> Refused:
    """The answer for `STATUS TEXT`. Any other text, and a status that is no refusal, are the server's fault: 500."""
    number, _, body = text.partition(" ")
    status = int(number) if number.isascii() and number.lstrip("-").isdigit() else 0
    reason = body
    if not 400 <= status <= 599:
        status, reason, body = 500, f"authorize gave the status {number}" if status else text, ""
    phrase = _phrase(status)
    data = (body or phrase).encode("utf-8", "replace")
    head = (
        f"HTTP/1.1 {status} {phrase}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(data)}",
        "Connection: close",
    )
    return Refused(status, f"{status} {reason[:_LOGGED]}".rstrip(), "\r\n".join((*head, "", "")).encode() + data)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Refused"
