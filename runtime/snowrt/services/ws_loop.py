"""The event loop's thread: one for all servers of a program.

It runs asyncio, on uvloop where that is installed, and owns all sockets. What processes send comes to it
through the descriptor of the connection table; what is due comes through a timer of 100 ms. Other threads
give it work with `run`.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from snowrt.services import log, ws_core
from snowrt.services.ws_connection import WsConnection

_T = TypeVar("_T")
_TICK = 0.1
_SWITCH_INTERVAL = 0.0001
"""With Python busy elsewhere, the loop gets the interpreter lock after this many seconds."""


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


class WsLoop:
    """The thread, its loop, and the connections by their index in the table."""

    def __init__(self) -> None:
        self.loop = _new_loop()
        self.connections: list[WsConnection | None] = []
        self.errors = log.RateLimit(10)
        self.loop.set_exception_handler(self._on_error)
        self.table = ws_core.Table(self.loop.call_soon, self._obey, self._give_way)
        self._thread = threading.Thread(target=self._main, name="snow-ws-loop", daemon=True)

    def start(self) -> None:
        """Start the thread. Signals that ask the program to end are not its business."""
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            sys.setswitchinterval(min(_SWITCH_INTERVAL, sys.getswitchinterval()))
            self._thread.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def _main(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.add_reader(self.table.core.snow_wsconn_event_fd(), self.table.drain_woken)
        self._tick()
        self.loop.run_forever()
        self.loop.close()

    def _tick(self) -> None:
        self.loop.call_later(_TICK, self._tick)
        self.table.tick()
        self.table.drain()
        self.table.tidy()
        self.table.core.snow_host_flush_crashes()
        log.flush()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run on the loop's thread and wait for the result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def call(self, function: Callable[[], object]) -> None:
        """Call on the loop's thread, soon."""
        self.loop.call_soon_threadsafe(function)

    def stop(self) -> None:
        """Stop the loop and wait for its thread."""
        self.call(self.loop.stop)
        self._thread.join()

    def add(self, handle: int, connection: WsConnection) -> None:
        """The connection answers to this handle from now on."""
        index = ws_core.index_of(handle)
        self.connections += [None] * (index + 1 - len(self.connections))
        self.connections[index] = connection

    def forget(self, handle: int) -> None:
        """The connection is gone, and the program knows."""
        self.connections[ws_core.index_of(handle)] = None

    def drain_soon(self) -> None:
        """Take what the table has for the loop, after what is going on."""
        self.loop.call_soon(self.table.drain)

    def _find(self, handle: int) -> WsConnection | None:
        connection = self.connections[ws_core.index_of(handle)]
        return connection if connection is not None and connection.handle == handle else None

    def _obey(self, handle: int, flags: int) -> None:
        connection = self._find(handle)
        if connection is None:
            return
        try:
            connection.obey(flags)
        except Exception as error:  # noqa: BLE001 - C is above, and the events of others are still to come
            self._broke(connection, "obeying the core", error)

    def _give_way(self, handle: int) -> None:
        connection = self._find(handle)
        if connection is not None:
            connection.stream.pause()
            self.loop.call_soon(connection.stream.resume)

    def _on_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Whatever goes wrong concerns one connection, if any: it ends, and all others go on."""
        error = context.get("exception")
        if not isinstance(error, ConnectionError | TimeoutError):
            self._broke(context.get("protocol"), str(context.get("message", "")), error)

    def _broke(self, protocol: object, doing: str, error: BaseException | None) -> None:
        self.errors.say(f"WS loop error: {doing}: {error!r}")
        if isinstance(protocol, WsConnection):
            protocol.break_off()


_running: WsLoop | None = None
_start = threading.Lock()


def running() -> WsLoop:
    """The loop of this program, started by the first who asks."""
    global _running
    with _start:
        if _running is None:
            _running = WsLoop()
            _running.start()
        return _running


def shut_down() -> None:
    """Stop the loop, if there is one; servers are to be stopped first."""
    global _running
    with _start:
        loop, _running = _running, None
    if loop is not None:
        loop.stop()
