"""A listening WebSocket server on the loop: accepting, counting, stopping (network.md 1, 4 and 21)."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import resource
import socket
import ssl
import time
from collections import Counter
from typing import TYPE_CHECKING

from snowrt.services import log, ws_core
from snowrt.services.ws_connection import WsConnection
from snowrt.services.ws_stream import PlainStream, TlsStream, WsStream

if TYPE_CHECKING:
    from snowrt.proto.ws_options import WsOptions
    from snowrt.services.ws_loop import WsLoop

_ACCEPTS = 64
"""Connections accepted in one go; then the loop looks after the others."""
_BACKLOG = 4096
_RETRY = 0.1
_STOP_REASON = b"server shutdown"


class CannotListen(Exception):
    """The server cannot start; the text is the reason."""


class WsServer:
    """One server. Everything but the constructor and `wait` runs on the loop's thread.

    `word` goes with each of its connections into the core.
    """

    def __init__(self, loop: WsLoop, options: WsOptions, word: int, context: ssl.SSLContext | None) -> None:
        self.loop = loop
        self.options = options
        self.word = word
        self.limits = core_options(options)
        self._context = context
        self._sock: socket.socket | None = None
        self._live: set[WsConnection] = set()
        self._open: set[WsConnection] = set()
        self._per_peer: Counter[str] = Counter()
        self._accept_errors = log.RateLimit(1)
        self._upgrade_errors = log.RateLimit(10)
        self._stopping: asyncio.Event | None = None
        self.stopped: asyncio.Future[None] = loop.loop.create_future()

    @property
    def kind(self) -> str:
        """What messages call it."""
        return "WebSocket server" if self._context is None else "WebSocket TLS server"

    # ---- listening -----------------------------------------------------------------------------------

    def listen(self, port: int) -> int:
        """Bind and accept from now on; the port, which is chosen if 0 is asked for. Raises CannotListen."""
        self._sock = open_listener(self.options.bind, port)
        self.loop.loop.add_reader(self._sock.fileno(), self._accept)
        return int(self._sock.getsockname()[1])

    def _accept(self) -> None:
        for _ in range(_ACCEPTS):
            if self._sock is None:
                return
            try:
                sock, address = self._sock.accept()
            except BlockingIOError:
                return
            except OSError as error:
                self._accept_errors.say(f"accept error: {error.strerror}")
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    self._rest()
                    return
                continue
            self._begin(sock, str(address[0]))
            if sock.fileno() >= _descriptor_limit():
                self._accept_errors.say("accept error: nearly all file descriptors are in use; waiting")
                self._rest()
                return

    def _rest(self) -> None:
        """Accept nothing for a moment, and then only if there are descriptors again."""
        if self._sock is not None:
            self.loop.loop.remove_reader(self._sock.fileno())
            self.loop.loop.call_later(_RETRY, self._resume)

    def _resume(self) -> None:
        if self._sock is None:
            return
        if _next_descriptor() >= _descriptor_limit():
            self.loop.loop.call_later(_RETRY, self._resume)
        else:
            self.loop.loop.add_reader(self._sock.fileno(), self._accept)

    def _begin(self, sock: socket.socket, peer: str) -> None:
        sock.setblocking(False)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        view = self.loop.table.buffer
        stream: WsStream = PlainStream(view, peer) if self._context is None else TlsStream(view, peer, self._context)
        connection = WsConnection(self, stream)
        self._live.add(connection)
        self._per_peer[peer] += 1
        connection.opening = self.loop.loop.create_task(self._open_stream(sock, connection))

    async def _open_stream(self, sock: socket.socket, connection: WsConnection) -> None:
        try:
            seconds = connection.until - time.monotonic()
            await connection.stream.open(self.loop.loop, sock, connection, seconds)
        except OSError as error:
            self.upgrade_failed(f"TLS handshake: {_tls_reason(error)}")
            sock.close()
            self.lost(connection)
        except asyncio.CancelledError:
            sock.close()
            self.lost(connection)
        finally:
            connection.opening = None

    # ---- connections ---------------------------------------------------------------------------------

    def has_place(self, peer: str) -> bool:
        """Whether the limits allow one more open connection, besides those that are."""
        most, most_per_ip = self.options.max_connections, self.options.max_connections_per_ip
        fits = not most or len(self._open) < most
        return fits and (not most_per_ip or self._per_peer[peer] <= most_per_ip)

    def upgrade_failed(self, reason: str) -> None:
        """Say that an opening handshake failed."""
        self._upgrade_errors.say(f"WS upgrade failed: {reason}")

    def opened(self, connection: WsConnection) -> None:
        """The handshake succeeded: the core knows the connection."""
        self._open.add(connection)
        self.loop.add(connection.handle, connection)
        if self._stopping is not None:
            self.loop.table.fail(connection.handle, 1001, _STOP_REASON)

    def ended(self, connection: WsConnection) -> None:
        """The connection has ended for the program, which is told now."""
        connection.has_ended = True
        self.loop.table.core.snow_wsconn_finish(connection.handle)
        if connection not in self._live:
            self.loop.forget(connection.handle)

    def lost(self, connection: WsConnection) -> None:
        """The transport is gone."""
        if connection not in self._live:
            return
        self._live.discard(connection)
        if connection.has_ended:
            self.loop.forget(connection.handle)
        self._open.discard(connection)
        peer = connection.stream.peer
        self._per_peer[peer] -= 1
        if not self._per_peer[peer]:
            del self._per_peer[peer]
        if self._stopping is not None and not self._live:
            self._stopping.set()

    # ---- the end -------------------------------------------------------------------------------------

    async def stop(self, grace: float) -> None:
        """Accept no more, close every connection with 1001, wait that many seconds, cut off the rest."""
        if self._stopping is not None:
            await asyncio.shield(self.stopped)
            return
        self._stopping = asyncio.Event()
        if self._sock is not None:
            self.loop.loop.remove_reader(self._sock.fileno())
            self._sock.close()
            self._sock = None
        for connection in self._open:
            self.loop.table.fail(connection.handle, 1001, _STOP_REASON)
        for connection in self._live - self._open:
            connection.drop()
        self.loop.table.drain()
        await self._wait_for_all(grace)
        for connection in list(self._live):
            connection.drop()
        await self._wait_for_all(1.0)
        self.loop.table.drain()
        self.loop.table.core.snow_wsconn_unserve(self.word)
        self.stopped.set_result(None)

    async def _wait_for_all(self, seconds: float) -> None:
        if self._live and self._stopping is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)

    async def wait(self) -> None:
        """Until it has stopped."""
        await asyncio.shield(self.stopped)


def core_options(options: WsOptions) -> ws_core.ConnectionOptions:
    """The options that the core looks after."""
    limits = ws_core.ConnectionOptions()
    limits.ws.limit = options.max_message
    limits.ws.interval = options.ping_interval
    limits.ws.timeout = options.effective_pong_timeout
    limits.ws.close_wait = options.close_timeout
    limits.ws.idle = options.idle_timeout
    limits.ws.max_fragments = options.max_fragments
    limits.send_buffer = options.send_buffer
    limits.inbound_bytes = 32 << 20
    limits.inbound_messages = options.inbound_queue
    return limits


def open_listener(address: str, port: int) -> socket.socket:
    """A listening socket. Raises CannotListen."""
    if not 0 <= port <= 65535:
        raise CannotListen(f"the port must be between 0 and 65535, not {port}")
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise CannotListen(error.strerror or str(error)) from error
    return sock


def _tls_reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return str(error) or type(error).__name__


def _descriptor_limit() -> int:
    """From this number on, descriptors are kept for other uses than connections."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft * 9 // 10


def _next_descriptor() -> int:
    """The number that a new descriptor would get."""
    try:
        probe = os.dup(2)
    except OSError:
        return 1 << 30
    os.close(probe)
    return probe
