"""The stream below a WebSocket: plain TCP, or TLS over TCP; nobody above asks which.

Both variants stand on a transport of the event loop and are touched by the loop's thread only. The bytes of a
read event lie in the loop's one read buffer; what is written goes out in order and is never mixed.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from socket import socket as Socket
from typing import Any


class WsStream:
    """One connection's bytes, in both directions."""

    __slots__ = ("_timer", "_transport", "_view", "peer")
    high_water = 0
    """The size of the transport's write buffer that counts as blocked must be the smallest: any byte in it."""

    def __init__(self, view: memoryview, peer: str) -> None:
        self._view = view
        self.peer = peer
        self._transport: Any = None
        self._timer: asyncio.TimerHandle | None = None

    async def open(self, loop: asyncio.AbstractEventLoop, sock: Socket, protocol: asyncio.BaseProtocol,
                   seconds: float) -> None:  # fmt: skip
        """Give the accepted socket to the loop; what comes goes to `protocol`. Raises OSError."""
        raise NotImplementedError

    def attach(self, transport: asyncio.BaseTransport) -> None:
        """The transport is there. Output that the peer does not take is reported as soon as there is any."""
        self._transport = transport
        self._transport.set_write_buffer_limits(high=self.high_water, low=0)

    def listen(self, protocol: asyncio.BaseProtocol) -> None:
        """Read events go to this protocol's methods as they are now."""
        self._transport.set_protocol(protocol)

    def read(self, count: int) -> bytes:
        """The bytes of the read event that is going on."""
        return bytes(self._view[:count])

    @property
    def write(self) -> Callable[[bytes], None]:
        """Append to the output."""
        writer: Callable[[bytes], None] = self._transport.write
        return writer

    @property
    def socket(self) -> int:
        """The descriptor that plain bytes can be sent to while the transport holds none; -1 for none."""
        return -1

    def pause(self) -> None:
        """Read no more until `resume`."""
        self._transport.pause_reading()

    def resume(self) -> None:
        """Go on reading."""
        self._transport.resume_reading()

    def wake_at(self, loop: asyncio.AbstractEventLoop, when: float | None, what: Callable[[], None]) -> None:
        """Call once at this time of the loop, in place of an earlier wish; None for not at all."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if when is None else loop.call_at(when, what)

    def close(self) -> None:
        """End when everything is written."""
        self._transport.close()

    def abort(self) -> None:
        """End now."""
        if self._transport is not None:
            self._transport.abort()


class PlainStream(WsStream):
    """TCP."""

    __slots__ = ()

    @property
    def socket(self) -> int:
        return int(self._transport.get_extra_info("socket").fileno())

    async def open(self, loop: asyncio.AbstractEventLoop, sock: Socket, protocol: asyncio.BaseProtocol,
                   seconds: float) -> None:  # fmt: skip
        await loop.connect_accepted_socket(lambda: protocol, sock)


class TlsStream(WsStream):
    """TLS over TCP; the protocol sees the stream when the TLS handshake is done."""

    __slots__ = ("_context",)
    high_water = 1  # uvloop's TLS compares with "at least", its TCP with "more than"

    def __init__(self, view: memoryview, peer: str, context: ssl.SSLContext) -> None:
        super().__init__(view, peer)
        self._context = context

    async def open(self, loop: asyncio.AbstractEventLoop, sock: Socket, protocol: asyncio.BaseProtocol,
                   seconds: float) -> None:  # fmt: skip
        await loop.connect_accepted_socket(
            lambda: protocol, sock, ssl=self._context, ssl_handshake_timeout=seconds, ssl_shutdown_timeout=5
        )
