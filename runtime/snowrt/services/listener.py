"""A listening socket on the event loop: accepting, TLS, descriptors that run out (network.md 1, 10 and 21).

In: an address, certificates for TLS, and an owner that makes a protocol for every stream. Out: the stream of
each client, opened within the time allowed (TLS handshake included), or word that it failed. Nothing here knows
what is spoken on a stream: servers of every kind stand on it.
"""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from snowrt.services import log
from snowrt.services.ws_stream import PlainStream, TlsStream, WsStream

if TYPE_CHECKING:
    from snowrt.services.certificates import Certificates

Protocol = TypeVar("Protocol", bound=asyncio.BufferedProtocol)

_SLICE = 0.003
"""Seconds of accepting at a stretch; then the loop looks after those who are there."""
_BACKLOG = 4096
_RETRY = 0.1
_NO_LIMIT = 1 << 30
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class CannotListen(Exception):
    """The server cannot start; the text is the reason."""


class Listener(Generic[Protocol]):
    """Accepts clients until it is closed. Everything but the constructor runs on the loop's thread.

    `connect` makes the protocol of a stream that is about to be opened; `failed` tells that this did not come
    about, with the reason, or None if the stream was aborted. `view` is the loop's read buffer. A stream has
    `seconds` to be opened in.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        view: memoryview,
        certificates: Certificates | None,
        seconds: float,
        connect: Callable[[WsStream], Protocol],
        failed: Callable[[Protocol, str | None], None],
    ) -> None:
        self._loop = loop
        self._view = view
        self._certificates = certificates
        self._seconds = seconds
        self._connect = connect
        self._failed = failed
        self._sock: socket.socket | None = None
        self._errors = log.RateLimit(1)

    def listen(self, address: str, port: int, patience: int = 0) -> int:
        """Bind and accept from now on; the port, which is chosen if 0 is asked for. Raises CannotListen.

        `patience`: milliseconds in which the client's side has to take something of what waits to be written;
        0 for no limit.
        """
        self._sock = _open(address, port, patience)
        self._loop.add_reader(self._sock.fileno(), self._accept)
        return int(self._sock.getsockname()[1])

    def close(self) -> None:
        """Accept no more."""
        if self._sock is not None:
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()
            self._sock = None
            if self._certificates is not None:
                self._certificates.retire()

    def _accept(self) -> None:
        until = time.monotonic() + _SLICE
        while self._sock is not None and time.monotonic() < until:
            try:
                sock, address = self._sock.accept()
            except BlockingIOError:
                return
            except OSError as error:
                self._errors.say(f"accept error: {error.strerror}")
                if error.errno in _EXHAUSTED:
                    self._rest()
                    return
                continue
            self._begin(sock, str(address[0]))
            if sock.fileno() >= _descriptor_limit():
                self._errors.say("accept error: nearly all file descriptors are in use; waiting")
                self._rest()
                return

    def _rest(self) -> None:
        """Accept nothing for a moment, and then only if there are descriptors again."""
        if self._sock is not None:
            self._loop.remove_reader(self._sock.fileno())
            self._loop.call_later(_RETRY, self._resume)

    def _resume(self) -> None:
        if self._sock is None:
            return
        if _next_descriptor() >= _descriptor_limit():
            self._loop.call_later(_RETRY, self._resume)
        else:
            self._loop.add_reader(self._sock.fileno(), self._accept)

    def _begin(self, sock: socket.socket, peer: str) -> None:
        sock.setblocking(False)
        stream = self._new_stream(peer)
        protocol = self._connect(stream)
        stream.begin(self._loop, sock, protocol, self._seconds, lambda reason: self._failed(protocol, reason))

    def _new_stream(self, peer: str) -> WsStream:
        if self._certificates is None:
            return PlainStream(self._view, peer)
        return TlsStream(self._view, peer, self._certificates.context)


def _open(address: str, port: int, patience: int) -> socket.socket:
    """A listening socket, whose options are those of the sockets that it accepts. Raises CannotListen."""
    if not 0 <= port <= 65535:
        raise CannotListen(f"the port must be between 0 and 65535, not {port}")
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, patience)
        sock.bind((address, port))
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise CannotListen(error.strerror or str(error)) from error
    return sock


def _descriptor_limit() -> int:
    """From this number on, descriptors are kept for other uses than connections."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _NO_LIMIT if soft == resource.RLIM_INFINITY else soft * 9 // 10


def _next_descriptor() -> int:
    """The number that a new descriptor would get."""
    try:
        probe = os.dup(2)
    except OSError:
        return _NO_LIMIT
    os.close(probe)
    return probe
