"""A WebSocket server on the loop: its connections, counted and limited, and its end (network.md 1, 4 and 21)."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import TYPE_CHECKING

from snowrt.services import certificates, log, ws_core
from snowrt.services.listener import Listener
from snowrt.services.ws_authorize import Authorizer
from snowrt.services.ws_connection import WsConnection

if TYPE_CHECKING:
    from snowrt.proto.ws_options import WsOptions
    from snowrt.services.certificates import Certificates
    from snowrt.services.ws_loop import WsLoop
    from snowrt.services.ws_stream import WsStream

_STOP_REASON = b"server shutdown"
_LEAST_PATIENCE = 10_000
_MOST_IN_A_RATE = 1_000_000_000
"""More than can come; the core multiplies it with the time."""


_upgrade_errors = log.RateLimit(10)
"""Of all servers together."""


class WsServer:
    """One server. Everything but the constructor and `wait` runs on the loop's thread.

    `word` goes with each of its connections into the core.
    """

    def __init__(self, loop: WsLoop, options: WsOptions, word: int, certificates: Certificates | None) -> None:
        self.loop = loop
        self.options = options
        self.word = word
        self.limits = core_options(options)
        self.kind = "WebSocket server" if certificates is None else "WebSocket TLS server"
        """What messages call it."""
        self._is_tls = certificates is not None
        self._listener = Listener(
            loop.loop, loop.table.buffer, certificates, options.handshake_timeout / 1000, self._connect, self._failed
        )
        self.authorizer = Authorizer(loop, word) if options.has_authorize else None
        self._live: set[WsConnection] = set()
        self._open: set[WsConnection] = set()
        self._per_peer: Counter[str] = Counter()
        self._stopping: asyncio.Event | None = None
        self.stopped: asyncio.Future[None] = loop.loop.create_future()

    # ---- listening -----------------------------------------------------------------------------------

    def listen(self, port: int) -> int:
        """Bind and accept from now on; the port, which is chosen if 0 is asked for. Raises CannotListen."""
        found = self._listener.listen(self.options.bind, port, patience(self.options))
        if self._is_tls:
            certificates.watch(self.loop.loop, self.loop.table.core)
        return found

    def _connect(self, stream: WsStream) -> WsConnection:
        connection = WsConnection(self, stream)
        self._live.add(connection)
        self._per_peer[stream.peer] += 1
        return connection

    def _failed(self, connection: WsConnection, reason: str | None) -> None:
        if reason is not None:
            self.upgrade_failed(reason)
        self.lost(connection)

    # ---- connections ---------------------------------------------------------------------------------

    def has_place(self, peer: str) -> bool:
        """Whether the limits allow one more open connection, besides those that are."""
        most, most_per_ip = self.options.max_connections, self.options.max_connections_per_ip
        waiting = self.authorizer.n_waiting if self.authorizer is not None else 0
        fits = not most or len(self._open) + waiting < most
        return fits and (not most_per_ip or self._per_peer[peer] <= most_per_ip)

    def upgrade_failed(self, reason: str) -> None:
        """Say that an opening handshake failed."""
        _upgrade_errors.say(f"WS upgrade failed: {reason}")

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
        self._listener.close()
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
    limits.ws.max_fragments = min(options.max_fragments, 0xFFFF_FFFF)
    limits.send_buffer = options.send_buffer
    limits.inbound_bytes = 32 << 20
    limits.inbound_messages = options.inbound_queue
    if options.rate is not None:
        limits.rate_messages, limits.rate_ms = (min(part, _MOST_IN_A_RATE) for part in options.rate)
    return limits


def patience(options: WsOptions) -> int:
    """How long a client may take nothing of what waits for it, in milliseconds; 0 for ever.

    A client that does not read cannot get a ping either, so the heartbeat never judges it. The system does, not
    before the heartbeat would judge one that reads: it sees a single byte that is taken.
    """
    if not options.ping_interval:
        return 0
    return max(_LEAST_PATIENCE, options.ping_interval + options.effective_pong_timeout)
