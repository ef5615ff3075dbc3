"""A WebSocket client of the plainest kind: a blocking socket, frames written and read by hand."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import time
from pathlib import Path
from typing import Self

from tests.fuzz.ws.seeds import close, frame

CERTS = Path(__file__).parent / "certs"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
LINES = (
    "GET /chat?room=1 HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
    f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13",
)  # fmt: skip


def head(*lines: str) -> bytes:
    """A request head."""
    return "\r\n".join((*lines, "", "")).encode("latin-1")


LOOPBACK = "127.0.0.1"


class RawClient:
    """One connection; `tls` verifies the server against the test CA.

    `pause`: seconds before the TLS handshake. `is_strict`: an end without close_notify is an error.
    """

    def __init__(
        self, port: int, tls: bool = False, timeout: float = 5.0, *, source: str = LOOPBACK,
        pause: float = 0.0, is_strict: bool = False, receive_buffer: int | None = None,
    ) -> None:  # fmt: skip
        self.sock = socket.socket()
        self.sock.settimeout(timeout)
        if receive_buffer is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source != LOOPBACK:
            self.sock.bind((source, 0))  # it takes a port that no connection uses, of which there are only so many
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.connect(("127.0.0.1", port))
        if tls:
            time.sleep(pause)
            context = ssl.create_default_context(cafile=str(CERTS / "ca.pem"))
            self.sock = context.wrap_socket(self.sock, server_hostname="localhost", suppress_ragged_eofs=not is_strict)
        self._buffer = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        with contextlib.suppress(OSError):
            self.sock.close()

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def read_until(self, end: bytes) -> bytes:
        """What comes up to `end`, which is included."""
        while end not in self._buffer:
            self._more()
        return self._take(self._buffer.index(end) + len(end))

    def _take(self, count: int) -> bytes:
        found = bytes(self._buffer[:count])
        del self._buffer[:count]
        return found

    def rest(self) -> bytes:
        """Everything until the server ends the stream."""
        with contextlib.suppress(EOFError, ConnectionResetError):
            while True:
                self._more()
        return self._take(len(self._buffer))

    def _more(self) -> None:
        data = self.sock.recv(1 << 16)
        if not data:
            raise EOFError
        self._buffer += data

    def is_readable(self, seconds: float) -> bool:
        """Whether there is something to read, or will be within this time."""
        has_some = bool(self._buffer) or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0)
        return has_some or bool(select.select([self.sock], [], [], seconds)[0])

    def upgrade(self, *extra: str) -> str:
        """Do the opening handshake; the response head."""
        self.send(head(*LINES, *extra))
        return self.read_until(b"\r\n\r\n").decode("latin-1")

    def frame(self) -> tuple[int, bytes]:
        """The next frame: its first byte and its payload."""
        while len(self._buffer) < 2:
            self._more()
        size, at = self._buffer[1], 2
        if size >= 126:
            at = 4 if size == 126 else 10
            while len(self._buffer) < at:
                self._more()
            size = int.from_bytes(self._buffer[2:at], "big")
        while len(self._buffer) < at + size:
            self._more()
        found = self._take(at + size)
        return found[0], found[at:]

    def closing(self) -> tuple[int, str]:
        """Code and reason of the server's close, whatever comes before it."""
        while (found := self.frame())[0] != 0x88:
            pass
        return closed_with(found)

    def text(self, text: str) -> None:
        self.send(frame(0x81, text.encode()))

    def close(self, code: int = 1000) -> tuple[int, bytes]:
        """Close; the server's answer."""
        self.send(close(code))
        return self.frame()


def closed_with(found: tuple[int, bytes]) -> tuple[int, str]:
    """Code and reason of a close frame."""
    first, payload = found
    assert first == 0x88
    return struct.unpack(">H", payload[:2])[0], payload[2:].decode()
