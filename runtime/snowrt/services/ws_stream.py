"""The stream below a WebSocket: plain TCP, or TLS over TCP; nobody above asks which.

Both variants stand on a transport of the event loop and are touched by the loop's thread only. The bytes of a
read event lie in the loop's one read buffer; what is written goes out in order and is never mixed.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Callable
from socket import socket as Socket
from typing import Any

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: closing drops what is unsent and tells the peer so at once."""
_MOST_ANSWERS = 64 << 10


class WsStream:
    """One connection's bytes, in both directions."""

    __slots__ = ("_loop", "_opening", "_pauses", "_timer", "_transport", "_view", "peer")

    def __init__(self, view: memoryview, peer: str) -> None:
        self._view = view
        self.peer = peer
        self._loop: asyncio.AbstractEventLoop
        self._transport: Any = None
        self._opening: asyncio.Task[None] | None = None
        self._pauses = 0
        self._timer: asyncio.TimerHandle | None = None

    # ---- beginning -----------------------------------------------------------------------------------

    def begin(self, loop: asyncio.AbstractEventLoop, sock: Socket, protocol: asyncio.BufferedProtocol,
              seconds: float, failed: Callable[[str | None], None]) -> None:  # fmt: skip
        """Give the accepted socket to the loop; what comes goes to `protocol`.

        If that has not come about after so many seconds, or cannot, `failed` is called with the reason; with None
        after `abort`.
        """
        self._loop = loop

        def opened(task: asyncio.Task[None]) -> None:
            self._opening = None
            error = None if task.cancelled() else task.exception()
            if task.cancelled() or error is not None:
                if self._transport is None:
                    sock.close()  # else the transport does, when it has written everything
                failed(None if error is None else self._reason(error))

        self._opening = loop.create_task(self._open(loop, sock, protocol, seconds))
        self._opening.add_done_callback(opened)

    async def _open(self, loop: asyncio.AbstractEventLoop, sock: Socket, protocol: asyncio.BufferedProtocol,
                    seconds: float) -> None:  # fmt: skip
        raise NotImplementedError

    def _reason(self, error: BaseException) -> str:
        """Why the stream could not be opened."""
        return str(error) or type(error).__name__

    def attach(self, transport: asyncio.BaseTransport) -> None:
        """The transport is there. Output that the peer does not take is reported as soon as there is any."""
        self._transport = transport
        self._transport.set_write_buffer_limits(high=0, low=0)

    def listen(self, protocol: asyncio.BaseProtocol) -> None:
        """Read events go to this protocol's methods as they are now."""
        self._transport.set_protocol(protocol)

    # ---- bytes ---------------------------------------------------------------------------------------

    def read(self, count: int) -> bytes:
        """The bytes of the read event that is going on."""
        return bytes(self._view[:count])

    def write(self, data: bytes) -> None:
        """Append to the output."""
        self._transport.write(data)

    @property
    def buffer(self) -> memoryview:
        """What read events fill."""
        return self._view

    @property
    def transport(self) -> Any:
        """The transport of the loop, which carries the bytes of the wire; once it is attached."""
        return self._transport

    @property
    def socket(self) -> int:
        """The descriptor that bytes of the wire can be sent to while the transport holds none; -1 if it has none."""
        sock = self._transport.get_extra_info("socket")
        return -1 if sock is None else int(sock.fileno())

    @property
    def tls(self) -> tuple[object, ...]:
        """What the core needs to encrypt and decrypt (`ws_core.TLS_OBJECTS`); nothing for a plain stream."""
        return ()

    def pause(self) -> None:
        """Read no more until there was a `resume` for this one too."""
        self._pauses += 1
        if self._pauses == 1:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Go on reading, unless there are other reasons not to."""
        self._pauses -= 1
        if self._pauses == 0:
            self._transport.resume_reading()

    def wake_at(self, when: float | None, what: Callable[[], None]) -> None:
        """Call once at this time of the loop, in place of an earlier wish; None for not at all."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if when is None else self._loop.call_at(when, what)

    # ---- the end -------------------------------------------------------------------------------------

    @property
    def is_closing(self) -> bool:
        """Whether the transport takes no more output, because its end has begun."""
        return bool(self._transport.is_closing())

    def close(self) -> None:
        """End when everything is written, without waiting for the peer to do so."""
        self._transport.close()

    def abort(self) -> None:
        """End now."""
        if self._opening is not None:
            self._opening.cancel()
        if self._transport is not None:
            self._transport.abort()

    def reset(self) -> None:
        """End now, and leave the system nothing to deliver."""
        sock = None if self._transport is None else self._transport.get_extra_info("socket")
        if sock is not None and sock.fileno() >= 0:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.abort()

    def lost(self) -> None:
        """The transport has ended: nothing that was wished for will be called."""
        if self._timer is not None:
            self._timer.cancel()


class PlainStream(WsStream):
    """TCP."""

    __slots__ = ()

    async def _open(self, loop: asyncio.AbstractEventLoop, sock: Socket, protocol: asyncio.BufferedProtocol,
                    seconds: float) -> None:  # fmt: skip
        await loop.connect_accepted_socket(lambda: protocol, sock)


class TlsStream(WsStream):
    """TLS over TCP; the protocol sees the stream when the TLS handshake is done.

    The TLS object works between two BIOs in memory. It is driven from here until the protocol listens, and then by
    the core (`core/wsconn_tls.c`), which calls the methods that `tls` names.
    """

    __slots__ = ("_incoming", "_outgoing", "_tls", "is_open")

    def __init__(self, view: memoryview, peer: str, context: ssl.SSLContext) -> None:
        super().__init__(view, peer)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.is_open = False

    async def _open(self, loop: asyncio.AbstractEventLoop, sock: Socket, protocol: asyncio.BufferedProtocol,
                    seconds: float) -> None:  # fmt: skip
        opening = _Opening(self, protocol, loop.create_future())
        await loop.connect_accepted_socket(lambda: opening, sock)
        try:
            await asyncio.wait_for(opening.done, seconds)
        except BaseException:
            self._transport.close()
            raise

    def _reason(self, error: BaseException) -> str:
        if isinstance(error, ssl.SSLError) and error.reason:
            return "TLS handshake: " + error.reason.lower().replace("_", " ")
        if isinstance(error, TimeoutError):
            return "TLS handshake: timed out"
        return f"TLS handshake: {str(error) or 'the client went away'}"

    def listen(self, protocol: asyncio.BaseProtocol) -> None:
        self.is_open = True
        super().listen(protocol)

    # ---- until then --------------------------------------------------------------------------------

    def shake_hands(self, count: int) -> bool:
        """Take so many bytes of the other side's handshake; whether it is complete. Raises ssl.SSLError."""
        self._incoming.write(self._view[:count])
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        finally:
            self._flush()
        return True

    def decrypt(self, count: int) -> int:
        """Take so many encrypted bytes; how many decrypted ones lie in the buffer.

        0 at the end of the stream, -1 when there are none yet. Raises ssl.SSLError. What TLS itself answers (a key
        update) waits for the output; too much of it is the end.
        """
        if self._outgoing.pending > _MOST_ANSWERS:
            return 0
        self._incoming.write(self._view[:count])
        try:
            return int(self._tls.read(len(self._view), self._view))
        except ssl.SSLWantReadError:
            return -1

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._tls.write(rest) :]  # a record at most
        except ssl.SSLError:  # broken, or the peer has begun a message of TLS and not ended it
            self.abort()
        else:
            self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._transport.write(self._outgoing.read())

    # ---- then --------------------------------------------------------------------------------------

    @property
    def tls(self) -> tuple[object, ...]:
        raw = getattr(self._tls, "_sslobj", self._tls)  # saves a Python frame per call
        return (
            self._incoming, self._outgoing, self._incoming.write, raw.read, raw.pending, raw.write,
            self._outgoing.read, self._close_soon,
        )  # fmt: skip

    def _close_soon(self) -> None:
        self._loop.call_soon(self.close)

    def close(self) -> None:
        # close_notify is written, or the alert of a stream that is broken; the peer's is not waited for.
        with contextlib.suppress(ssl.SSLError, ValueError):
            self._tls.unwrap()
        self._flush()
        super().close()


class _Opening(asyncio.BufferedProtocol):
    """What a transport talks to until the protocol behind the TLS listens."""

    def __init__(self, stream: TlsStream, protocol: asyncio.BufferedProtocol, done: asyncio.Future[None]) -> None:
        self._stream = stream
        self._protocol = protocol
        self._is_blocked = False
        self.done = done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._stream.attach(transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._stream.buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self.done.done():
            if self._is_shaken:
                self._decrypt(nbytes)
            return
        try:
            complete = self._stream.shake_hands(nbytes)
        except ssl.SSLError as error:
            self.done.set_exception(error)
            return
        if complete:
            self.done.set_result(None)
            self._protocol.connection_made(self._stream.transport)
            if self._is_blocked:
                self._protocol.pause_writing()
            self._decrypt(0)

    def _decrypt(self, count: int) -> None:
        n = 1
        while n > 0 and not self._stream.is_open:
            try:
                n = self._stream.decrypt(count)
            except ssl.SSLError:
                n = 0
            if n > 0:
                self._protocol.buffer_updated(n)
            count = 0
        if n == 0:
            self._stream.close()

    def eof_received(self) -> None:
        """The transport closes."""

    def pause_writing(self) -> None:
        self._is_blocked = True
        if self._is_shaken:
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._is_blocked = False
        if self._is_shaken:
            self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError())
        elif self._is_shaken:
            self._protocol.connection_lost(exc)

    @property
    def _is_shaken(self) -> bool:
        return self.done.done() and not self.done.cancelled() and self.done.exception() is None
