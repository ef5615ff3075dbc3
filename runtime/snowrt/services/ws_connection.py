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
        "_handshake", "buffer_updated", "get_buffer", "handle", "has_ended", "is_blocked", "opening", "server",
        "stream", "until",
    )  # fmt: skip

    def __init__(self, server: WsServer, stream: WsStream) -> None:
        self.server = server
        self.stream = stream
        self.handle = 0
        self.has_ended = False
        self.is_blocked = False
        self.opening: asyncio.Task[None] | None = None
        self.until = time.monotonic() + server.options.handshake_timeout / 1000
        self._handshake: ws_handshake.Handshake | None = ws_handshake.Handshake(server.options)
        # Transports fetch these two once, so they can be functions of the core.
        self.get_buffer: Callable[[int], memoryview] = server.loop.table.get_buffer  # type: ignore[assignment]
        self.buffer_updated: Callable[[int], object] = self._head_bytes  # type: ignore[assignment]

    # ---- the handshake -----------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """The stream is there, TLS included."""
        self.stream.attach(transport)
        loop = self.server.loop.loop
        self.stream.wake_at(loop, loop.time() + self.until - time.monotonic(), self._too_slow)

    def _head_bytes(self, count: int) -> None:
        if self._handshake is None:
            return
        outcome = self._handshake.feed(self.stream.read(count), self.server.has_place(self.stream.peer))
        if isinstance(outcome, ws_handshake.Refused):
            self._refuse(outcome)
        elif outcome is not None:
            self._accept(outcome)

    def _too_slow(self) -> None:
        self._refuse(ws_handshake.refuse(408, "handshake timed out"))

    def _refuse(self, refused: ws_handshake.Refused) -> None:
        self._handshake = None
        self.server.upgrade_failed(refused.reason)
        self.stream.write(refused.response)
        loop = self.server.loop.loop
        self.stream.wake_at(loop, loop.time() + _RESPONSE_TIME, self.stream.abort)
        self.stream.close()

    def _accept(self, accepted: ws_handshake.Accepted) -> None:
        """From here on the core reads; what came with the head goes first."""
        table = self.server.loop.table
        self._handshake = None
        self.stream.wake_at(self.server.loop.loop, None, self._too_slow)
        self.stream.write(accepted.response)
        server, stream = self.server, self.stream
        self.handle = table.open(server.limits, server.word, flat_request(accepted), stream.write, stream.socket)
        if not self.handle:
            self.stream.abort()
            return
        self.server.opened(self)
        if self.is_blocked:
            table.blocked(self.handle, True)
        self.buffer_updated = table.reader(self.handle)
        self.stream.listen(self)
        if accepted.rest:
            table.buffer[: len(accepted.rest)] = accepted.rest
            self.buffer_updated(len(accepted.rest))
        self.server.loop.drain_soon()

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
        self.stream.wake_at(self.server.loop.loop, None, self._too_slow)
        if self.handle:
            self.server.loop.table.lost(self.handle)
            self.server.loop.drain_soon()
        self.server.lost(self)

    # ---- what the core wants -----------------------------------------------------------------------

    def drop(self) -> None:
        """Cut the connection off, in whatever state it is."""
        if self.opening is not None:
            self.opening.cancel()
        self.stream.abort()

    def obey(self, flags: int) -> None:
        """Do what these flags of the connection table say."""
        if flags & ws_core.PAUSE:
            self.stream.pause()
        if flags & ws_core.RESUME:
            self.stream.resume()
        if flags & ws_core.ENDED:
            self.server.ended(self)
        if flags & ws_core.ABORT:
            self.stream.abort()
        elif flags & ws_core.SHUT:
            self.stream.close()


def flat_request(accepted: ws_handshake.Accepted) -> bytes:
    """The request as the core passes it on: target, then names and values, each ended by a NUL."""
    request = accepted.request
    parts = [request.target]
    for name, value in request.joined().items():
        parts += (name, value)
    return "".join(part + "\0" for part in parts).encode()
