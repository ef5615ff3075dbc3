"""`Ws.serve` and its relatives: from the callbacks of the host functions to a server on the loop.

The entries have the C signatures of the table. `Ws.serve` and `Ws.serve_tls` get function and environment of
on_connect, on_message and on_close, the port, and for TLS the paths of certificate and key; what goes wrong at
the start is one line on standard error, and the call returns. `Ws.serve_with` and `Ws.start_with` get those of
authorize and on_info too, then all options as one String, and the port; what goes wrong is what they give.
The calls that serve block the thread that makes them while the server runs.
"""

from __future__ import annotations

import asyncio
import ctypes
import itertools
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from snowrt import host
from snowrt.proto import ws_options
from snowrt.proto.ws_options import WsOptions
from snowrt.services import log, ws_loop
from snowrt.services.certificates import Certificates
from snowrt.services.http import TlsProblem
from snowrt.services.listener import CannotListen
from snowrt.services.ws_server import WsServer
from snowrt.services.ws_stream import WsStream

__all__ = ["CannotListen", "Files", "Started", "WsServer", "WsStream", "register", "serve", "start", "stop_all"]

STOP_GRACE = 10.0
"""Seconds that connections have to end in when the program is asked to."""

_CALLBACKS = [ctypes.c_void_p] * 6
_EXTRAS = [ctypes.c_void_p] * 4
_WITH_OPTIONS = [*_CALLBACKS, *_EXTRAS, ctypes.c_void_p, ctypes.c_int64]
SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "snow_ws_serve": (None, [*_CALLBACKS, ctypes.c_int64]),
    "snow_ws_serve_tls": (None, [*_CALLBACKS, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p]),
    "snow_ws_serve_with": (ctypes.c_void_p, _WITH_OPTIONS),
    "snow_ws_start_with": (ctypes.c_void_p, _WITH_OPTIONS),
    "snow_ws_stop": (None, [ctypes.c_int64, ctypes.c_int64]),
}


@dataclass(frozen=True, slots=True)
class Files:
    """The certificate chain and the key of a TLS server."""

    cert: str
    key: str


class Started:
    """A server that listens."""

    def __init__(self, server: WsServer, port: int) -> None:
        self.server = server
        self.port = port

    def wait(self) -> None:
        """Block until the server has stopped."""
        self.server.loop.run(self.server.wait())

    def stop(self, grace: float = STOP_GRACE) -> None:
        """Stop it; connections have that many seconds to end in."""
        self.server.loop.run(self.server.stop(grace))


_servers: set[WsServer] = set()
_lock = threading.Lock()
_ending = False


def start(options: WsOptions, port: int, files: Files | None = None,
          callbacks: Sequence[int | None] = (None,) * 6) -> Started:  # fmt: skip
    """Start a server. Raises CannotListen, TlsProblem, or ValueError for options out of range.

    `callbacks` are the words of the three that every server has, and perhaps those of authorize and on_info.
    """
    if files is not None:
        options = replace(options, tls=(files.cert, files.key))
    if options.problem:
        raise ValueError(options.problem)
    certificates = _certificates(options)
    loop = ws_loop.running()
    return loop.run(_start(loop, options, port, certificates, callbacks))


async def _start(loop: ws_loop.WsLoop, options: WsOptions, port: int, certificates: Certificates | None,
                 callbacks: Sequence[int | None]) -> Started:  # fmt: skip
    word = _serve_in_core(loop.table.core, options, callbacks)
    server = WsServer(loop, options, word, certificates)
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


def _serve_in_core(core: Any, options: WsOptions, callbacks: Sequence[int | None]) -> int:
    word: int = core.snow_wsconn_serve((ctypes.c_void_p * 6)(*callbacks[:6]))
    extras = callbacks[6:]
    if extras:
        wanted = (options.has_authorize, options.has_authorize, options.has_on_info, options.has_on_info)
        words = [extra if is_wanted else None for extra, is_wanted in zip(extras, wanted, strict=True)]
        core.snow_wsproc_configure(word, (ctypes.c_void_p * 4)(*words), options.send_timeout)
    return word


def _certificates(options: WsOptions) -> Certificates | None:
    return None if options.tls is None else Certificates(*options.tls, options.tls_min)


def _place(options: WsOptions, port: int) -> str:
    return f"[{options.bind}]:{port}" if ":" in options.bind else f"{options.bind}:{port}"


def serve(options: WsOptions, port: int, files: Files | None = None,
          callbacks: Sequence[int | None] = (None,) * 6) -> None:  # fmt: skip
    """Serve until the server is stopped; what keeps it from starting is said on standard error."""
    if files is not None:
        options = replace(options, tls=(files.cert, files.key))
    try:
        started = start(options, port, None, callbacks)
    except (TlsProblem, CannotListen, ValueError) as problem:
        log.say(what_failed(problem, options, port))
    else:
        started.wait()


def what_failed(problem: Exception, options: WsOptions, port: int) -> str:
    """What is said of a server that `start` could not start."""
    if isinstance(problem, TlsProblem):
        return f"Failed to load TLS certificates: {problem}"
    kind = "WebSocket server" if options.tls is None else "WebSocket TLS server"
    return f"Failed to start {kind} on {_place(options, port)}: {problem}"


# ---- servers that a program knows by number ----------------------------------------------------------

_numbers = itertools.count(1)
_numbered: dict[int, Started] = {}


def _enter(started: Started) -> int:
    """Give the server a number until it has stopped; so long it keeps the program from ending."""
    number = next(_numbers)
    core = started.server.loop.table.core
    core.snow_host_hold()
    _numbered[number] = started
    # On the loop's thread, so that it cannot stop in between.
    started.server.loop.call(lambda: started.server.stopped.add_done_callback(lambda _: _leave(number, core)))
    return number


def _leave(number: int, core: Any) -> None:
    del _numbered[number]
    core.snow_host_release()


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


def _start_for_program(args: Sequence[Any]) -> Started | str:
    """The server, or what keeps it from starting."""
    *callbacks, text, port = args
    defaults = ws_options.default_options(os.environ)
    options = ws_options.parse(host.bytes_of(text), defaults)
    if options.problem:
        return options.problem
    try:
        return start(options, port, None, callbacks)
    except (TlsProblem, CannotListen) as problem:
        return what_failed(problem, options, port)


def _serve_with(*args: Any) -> str:
    started = _start_for_program(args)
    if isinstance(started, str):
        return started
    started.wait()
    return ""


def _start_with(*args: Any) -> str:
    started = _start_for_program(args)
    return f"!{started}" if isinstance(started, str) else f"{_enter(started)} {started.port}"


def _stop_number(number: int, grace_ms: int) -> None:
    started = _numbered.get(number)
    if started is not None:
        started.stop(max(0, grace_ms) / 1000)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "snow_ws_serve": _serve,
    "snow_ws_serve_tls": _serve_tls,
    "snow_ws_serve_with": _serve_with,
    "snow_ws_start_with": _start_with,
    "snow_ws_stop": _stop_number,
}


def register() -> None:
    """Offer the host functions of this module. Raises host.SignatureMismatch."""
    for symbol, function in _FUNCTIONS.items():
        result, arguments = SIGNATURES[symbol]
        host.register(symbol, result, arguments, function)
    host.at_end(stop_all)
