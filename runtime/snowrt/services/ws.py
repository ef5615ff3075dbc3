"""`Ws.serve` and `Ws.serve_tls`: from the callbacks of the host functions to a server on the loop.

The two entries have the C signatures of the table: function and environment of on_connect, on_message and
on_close, the port, and for TLS the paths of certificate and key. They block the thread that calls them while
the server runs; what goes wrong at the start is one line on standard error, and the call returns.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from snowrt import host
from snowrt.proto import ws_options
from snowrt.proto.ws_options import WsOptions
from snowrt.services import http, log, ws_loop
from snowrt.services.http import TlsProblem
from snowrt.services.ws_server import CannotListen, WsServer
from snowrt.services.ws_stream import WsStream

__all__ = ["CannotListen", "Files", "Started", "WsServer", "WsStream", "register", "serve", "start", "stop_all"]

STOP_GRACE = 10.0
"""Seconds that connections have to end in when the program is asked to."""

_CALLBACKS = [ctypes.c_void_p] * 6
SIGNATURES: dict[str, tuple[None, list[Any]]] = {
    "snow_ws_serve": (None, [*_CALLBACKS, ctypes.c_int64]),
    "snow_ws_serve_tls": (None, [*_CALLBACKS, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p]),
}


@dataclass(frozen=True, slots=True)
class Files:
    """The certificate chain and the key of a TLS server."""

    cert: str
    key: str


class Started:
    """A server that listens."""

    def __init__(self, server: WsServer, port: int) -> None:
        self._server = server
        self.port = port

    def wait(self) -> None:
        """Block until the server has stopped."""
        self._server.loop.run(self._server.wait())

    def stop(self, grace: float = STOP_GRACE) -> None:
        """Stop it; connections have that many seconds to end in."""
        self._server.loop.run(self._server.stop(grace))


_servers: set[WsServer] = set()
_lock = threading.Lock()
_ending = False


def start(options: WsOptions, port: int, files: Files | None = None,
          callbacks: Sequence[int | None] = (None,) * 6) -> Started:  # fmt: skip
    """Start a server. Raises CannotListen, TlsProblem, or ValueError for options out of range."""
    if options.problem:
        raise ValueError(options.problem)
    context = None if files is None else _tls_context(options, files)
    loop = ws_loop.running()
    return loop.run(_start(loop, options, port, context, callbacks))


async def _start(loop: ws_loop.WsLoop, options: WsOptions, port: int, context: ssl.SSLContext | None,
                 callbacks: Sequence[int | None]) -> Started:  # fmt: skip
    word = loop.table.core.snow_wsconn_serve((ctypes.c_void_p * 6)(*callbacks))
    server = WsServer(loop, options, word, context)
    try:
        found = server.listen(port)
    except CannotListen:
        loop.table.core.snow_wsconn_unserve(word)
        raise
    with _lock:
        _servers.add(server)
    server.stopped.add_done_callback(lambda _: _servers.discard(server))
    log.say(f"{server.kind} listening on {_place(options, found)}")
    if _ending:
        loop.loop.create_task(server.stop(STOP_GRACE))
    return Started(server, found)


def _tls_context(options: WsOptions, files: Files) -> ssl.SSLContext:
    if not ws_loop.has_uvloop():
        raise CannotListen("TLS needs uvloop: pip install uvloop")
    context = http.build_server_config(files.cert, files.key)
    if options.tls_min == "1.3":
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def _place(options: WsOptions, port: int) -> str:
    return f"[{options.bind}]:{port}" if ":" in options.bind else f"{options.bind}:{port}"


def serve(options: WsOptions, port: int, files: Files | None = None,
          callbacks: Sequence[int | None] = (None,) * 6) -> None:  # fmt: skip
    """Serve until the server is stopped; what keeps it from starting is said on standard error."""
    kind = "WebSocket server" if files is None else "WebSocket TLS server"
    try:
        started = start(options, port, files, callbacks)
    except TlsProblem as problem:
        log.say(f"Failed to load TLS certificates: {problem}")
    except (CannotListen, ValueError) as problem:
        log.say(f"Failed to start {kind} on {_place(options, port)}: {problem}")
    else:
        started.wait()


def stop_all(grace: float = STOP_GRACE) -> None:
    """Stop every server and refuse new ones: the program is ending. For any thread but the loop's."""
    global _ending
    _ending = True
    with _lock:
        servers = list(_servers)
    if servers:
        loop = ws_loop.running()
        loop.run(_stop(servers, grace))
    ws_loop.shut_down()


async def _stop(servers: list[WsServer], grace: float) -> None:
    await asyncio.gather(*(server.stop(grace) for server in servers))


# ---- the callbacks ---------------------------------------------------------------------------------


def _serve(*args: Any) -> None:
    *callbacks, port = args
    serve(ws_options.default_options(os.environ), port, None, callbacks)


def _serve_tls(*args: Any) -> None:
    *callbacks, port, cert, key = args
    files = Files(host.text_of(cert), host.text_of(key))
    serve(ws_options.default_options(os.environ), port, files, callbacks)


def register() -> None:
    """Offer the host functions of this module. Raises host.SignatureMismatch."""
    for symbol, function in (("snow_ws_serve", _serve), ("snow_ws_serve_tls", _serve_tls)):
        result, arguments = SIGNATURES[symbol]
        host.register(symbol, result, arguments, function)
    host.at_end(stop_all)
