"""One accepted connection on the loop's side: the opening handshake, then the doors of the core.

While the handshake lasts, read events come to Python; afterwards `buffer_updated` is a function of the core
and Python is called only for what is rare: pausing, ending, closing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from snowrt.proto import ws_handshake
from snowrt.services import ws_core

if TYPE_CHECKING:
    from snowrt.services.ws_server import WsServer
    from snowrt.services.ws_stream import WsStream

_RESPONSE_TIME = 1.0
"""For a refused client to read why."""


class WsConnection(asyncio.BufferedProtocol):
    """The protocol object of a transport, for both kinds of stream."""

    __slots__ = (
        "_handshake", "buffer_updated", "early", "get_buffer", "handle", "has_ended", "is_blocked", "server",
        "stream", "ticket", "until",
    )  # fmt: skip

    def __init__(self, server: WsServer, stream: WsStream) -> None:
        self.server = server
        self.stream = stream
        self.handle = 0
        self.has_ended = False
        self.is_blocked = False
        self.ticket = 0
        self.early = b""
        """What came while the program judges the request."""
        self.until = time.monotonic() + server.options.handshake_timeout / 1000
        self._handshake: ws_handshake.Handshake | None = ws_handshake.Handshake(server.options)
        # Transports fetch these two once, so they can be functions of the core.
        self.get_buffer: Callable[[int], memoryview] = server.loop.table.get_buffer  # type: ignore[assignment]
        self.buffer_updated: Callable[[int], object] = self._head_bytes  # type: ignore[assignment]

    # ---- the handshake -----------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """The stream is there, TLS included."""
        self.stream.attach(transport)
        self.stream.wake_at(self.server.loop.loop.time() + self.until - time.monotonic(), self._too_slow)

    def _head_bytes(self, count: int) -> None:
        if self._handshake is None:
            if self.ticket:
                self.early += self.stream.read(count)
            return
        outcome = self._handshake.feed(self.stream.read(count), self.server.has_place(self.stream.peer))
        if isinstance(outcome, ws_handshake.Refused):
            self.refuse(outcome)
        elif outcome is not None:
            self._accept(outcome)

    def _too_slow(self) -> None:
        self.refuse(ws_handshake.refuse(408, "handshake timed out"))

    def refuse(self, refused: ws_handshake.Refused) -> None:
        """Answer that this will be no connection."""
        self._forget()
        self._handshake = None
        self.ticket = 0
        self.server.upgrade_failed(refused.reason)
        if self.stream.is_closing:
            return
        self.stream.write(refused.response)
        self.stream.wake_at(self.server.loop.loop.time() + _RESPONSE_TIME, self.stream.reset)
        self.stream.close()

    def _accept(self, accepted: ws_handshake.Accepted) -> None:
        """The request is in order; some programs have a say too."""
        self._handshake = None
        if self.server.authorizer is None:
            self.admit(accepted, self.server.word)
        else:
            self.stream.pause()
            self.server.authorizer.ask(self, accepted, flat_request(accepted, self.stream.peer))

    def _forget(self) -> None:
        if self.server.authorizer is not None:
            self.server.authorizer.forget(self)

    def admit(self, accepted: ws_handshake.Accepted, word: int) -> bool:
        """From here on the core reads; what came with the head goes first. False when there is no room for it."""
        table = self.server.loop.table
        self.stream.wake_at(None, self._too_slow)
        self.stream.write(accepted.response)
        server, stream = self.server, self.stream
        request = flat_request(accepted, stream.peer)
        write = stream.transport.write
        self.handle = table.open(server.limits, word, request, write, stream.socket, stream.tls)
        if not self.handle:
            self.stream.abort()
            return False
        self.server.opened(self)
        limit = server.options.max_message
        if accepted.deflate is not None and not table.compress(self.handle, accepted.deflate, limit):
            table.fail(self.handle, 1011, b"internal error")
        if self.is_blocked:
            table.blocked(self.handle, True)
        self.buffer_updated = table.reader(self.handle)
        self.stream.listen(self)
        if accepted.rest:
            table.feed(self.handle, accepted.rest)
        self.buffer_updated(0)  # what TLS has decrypted already, or has not yet
        if self.ticket:
            self.stream.resume()
        self.server.loop.drain_soon()
        return True

    # ---- what the transport reports ----------------------------------------------------------------

    def eof_received(self) -> None:
        """The peer will send no more: the transport closes."""

    def pause_writing(self) -> None:
        """The peer does not take our output."""
        self.is_blocked = True
        if self.handle:
            self.server.loop.table.blocked(self.handle, True)

    def resume_writing(self) -> None:
        """It does again."""
        self.is_blocked = False
        if self.handle:
            self.server.loop.table.blocked(self.handle, False)
            self.server.loop.drain_soon()

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport is gone."""
        self.stream.lost()
        self._forget()
        if self.handle:
            self.server.loop.table.lost(self.handle)
            self.server.loop.drain_soon()
        self.server.lost(self)

    # ---- what the core wants -----------------------------------------------------------------------

    def drop(self) -> None:
        """Cut the connection off, in whatever state it is."""
        self.stream.reset()

    def break_off(self) -> None:
        """Something went wrong here, on our side."""
        if self.handle:
            self.server.loop.table.fail(self.handle, 1011, b"internal error")
            self.server.loop.drain_soon()
        else:
            self.stream.reset()

    def obey(self, flags: int) -> None:
        """Do what these flags of the connection table say."""
        if flags & ws_core.PAUSE:
            self.stream.pause()
        if flags & ws_core.RESUME:
            self.stream.resume()
        if flags & ws_core.ENDED:
            self.server.ended(self)
        if flags & ws_core.ABORT:
            self.stream.reset()
        elif flags & ws_core.SHUT:
            self.stream.close()


def flat_request(accepted: ws_handshake.Accepted, peer: str) -> bytes:
    """The request as the core passes it on: target, then names and values, each ended by a NUL.

    What is no header has a name with a colon in front and comes first.
    """
    request = accepted.request
    parts = [request.target, ":peer", peer]
    if accepted.subprotocol is not None:
        parts += (":subprotocol", accepted.subprotocol)
    for name, value in request.joined().items():
        parts += (name, value)
    return "".join(part + "\0" for part in parts).encode()
