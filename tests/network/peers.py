"""Four WebSocket clients behind one blocking interface: three libraries that are not ours, and a bare socket.

A peer connects when it is made, verifies a TLS server against the CA of the tests, and drops its connection when
its context is left. `recv` and `ping` answer or skip control frames as the library does. Close codes and reasons
are those that the server sent; 1005 stands for a close without a code.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import struct
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Sequence
from itertools import zip_longest
from typing import Any, ClassVar, TypeVar

import aiohttp
import websocket
import websockets
from websockets.asyncio.client import connect as connect_websockets

from tests.fuzz.ws.seeds import frame
from tests.services.server import CERTS
from tests.unit.services.raw_client import LINES, RawClient, head

TIMEOUT = 30.0
NO_CODE = 1005
_Self = TypeVar("_Self", bound="Peer")
_T = TypeVar("_T")
Message = str | bytes
Close = tuple[int, str]


class Peer(ABC):
    """One connection to localhost. `path` is the target of the request."""

    name: ClassVar[str]
    fragments: ClassVar[bool] = True
    """Whether it can send a message in several frames."""
    answers_1000: ClassVar[bool] = False
    """Whether it answers every close with 1000 in place of the code it got."""

    @abstractmethod
    def __init__(self, port: int, tls: bool, path: str = "/") -> None: ...

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.drop()

    @abstractmethod
    def send(self, message: Message) -> None:
        """Send a text or binary message in one frame."""

    @abstractmethod
    def recv(self) -> Message:
        """The next message."""

    @abstractmethod
    def send_parts(self, parts: Sequence[Message], pings: Sequence[bytes] = ()) -> None:
        """Send a message in a frame for each part. Ping between them with these payloads, if any, awaiting the pong."""

    @abstractmethod
    def ping(self, payload: bytes) -> None:
        """Ping and wait for the pong with the same payload. No message may come meanwhile."""

    @abstractmethod
    def close(self, code: int, reason: str) -> Close:
        """Close; the server's answer."""

    @abstractmethod
    def closed(self) -> Close:
        """Wait for the server's close, and answer it."""

    @abstractmethod
    def drop(self) -> None:
        """Give the connection up without a closing handshake, if there was none."""


def _url(port: int, tls: bool, path: str) -> str:
    return f"{'wss' if tls else 'ws'}://localhost:{port}{path}"


def _context(tls: bool) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=str(CERTS / "ca.pem")) if tls else None


class AsyncPeer(Peer):
    """A library that runs on asyncio, in a loop of the connection's own."""

    @abstractmethod
    async def _open(self, url: str, context: ssl.SSLContext | None) -> None:
        """Connect."""

    def __init__(self, port: int, tls: bool, path: str = "/") -> None:
        self._runner = asyncio.Runner()
        try:
            self._run(self._open(_url(port, tls, path), _context(tls)))
        except BaseException:
            self._runner.close()
            raise

    def _run(self, work: Awaitable[_T]) -> _T:
        return self._runner.run(asyncio.wait_for(work, TIMEOUT))


class WebsocketsPeer(AsyncPeer):
    """The library `websockets`.

    Its blocking client reads and writes one TLS socket in two threads, which loses data under Python 3.12 and older.
    """

    name = "websockets"

    async def _open(self, url: str, context: ssl.SSLContext | None) -> None:
        self._ws = await connect_websockets(url, ssl=context, max_size=None, compression=None)

    def send(self, message: Message) -> None:
        self._run(self._ws.send(message))

    def recv(self) -> Message:
        return self._run(self._ws.recv())

    def send_parts(self, parts: Sequence[Message], pings: Sequence[bytes] = ()) -> None:
        async def chunks() -> AsyncIterator[Message]:
            for part, payload in zip_longest(parts, pings):
                yield part
                if payload is not None:
                    await (await self._ws.ping(payload))

        self._run(self._ws.send(chunks()))

    def ping(self, payload: bytes) -> None:
        async def both_ways() -> None:
            await (await self._ws.ping(payload))

        self._run(both_ways())

    def close(self, code: int, reason: str) -> Close:
        self._run(self._ws.close(code, reason))
        return self._received()

    def closed(self) -> Close:
        with contextlib.suppress(websockets.ConnectionClosed):
            raise AssertionError(f"a message in place of a close: {self._run(self._ws.recv())!r:.80}")
        return self._received()

    def _received(self) -> Close:
        assert self._ws.close_code is not None
        return self._ws.close_code, self._ws.close_reason or ""

    def drop(self) -> None:
        self._ws.transport.abort()
        self._runner.close()


class WebsocketClientPeer(Peer):
    """The library `websocket-client`."""

    name = "websocket-client"
    answers_1000 = True

    def __init__(self, port: int, tls: bool, path: str = "/") -> None:
        # Without its optional accelerator the library would check UTF-8 in a loop; decoding checks it too.
        self._ws: Any = websocket.create_connection(
            _url(port, tls, path), TIMEOUT, sslopt={"ca_certs": str(CERTS / "ca.pem")}, skip_utf8_validation=True
        )

    def send(self, message: Message) -> None:
        if isinstance(message, str):
            self._ws.send_text(message)
        else:
            self._ws.send_bytes(message)

    def recv(self) -> Message:
        message: Message = self._ws.recv()
        return message

    def send_parts(self, parts: Sequence[Message], pings: Sequence[bytes] = ()) -> None:
        opcode = websocket.ABNF.OPCODE_TEXT if isinstance(parts[0], str) else websocket.ABNF.OPCODE_BINARY
        for number, (part, payload) in enumerate(zip_longest(parts, pings), 1):
            self._ws.send_frame(websocket.ABNF.create_frame(_bytes(part), opcode, int(number == len(parts))))
            opcode = websocket.ABNF.OPCODE_CONT
            if payload is not None:
                self.ping(payload)

    def ping(self, payload: bytes) -> None:
        self._ws.ping(payload)
        opcode, frame = self._ws.recv_data_frame(control_frame=True)
        assert (opcode, frame.data) == (websocket.ABNF.OPCODE_PONG, payload)

    def close(self, code: int, reason: str) -> Close:
        self._ws.send_close(code, reason.encode())
        return _parsed(self._next_frame())

    def closed(self) -> Close:
        _, frame = self._ws.recv_data_frame(control_frame=True)  # this answers a close
        return _parsed(self._close_payload(frame))

    def _next_frame(self) -> bytes:
        return self._close_payload(self._ws.recv_frame())

    @staticmethod
    def _close_payload(frame: Any) -> bytes:
        assert frame.opcode == websocket.ABNF.OPCODE_CLOSE, f"a frame of type {frame.opcode} in place of a close"
        return bytes(frame.data)

    def drop(self) -> None:
        self._ws.shutdown()


class AiohttpPeer(AsyncPeer):
    """The client of the library `aiohttp`, which writes whole messages only."""

    name = "aiohttp"
    fragments = False
    answers_1000 = True

    async def _open(self, url: str, context: ssl.SSLContext | None) -> None:
        self._session = aiohttp.ClientSession()
        try:
            tls = True if context is None else context
            self._ws = await self._session.ws_connect(url, ssl=tls, max_msg_size=0, autoping=False)
        except BaseException:
            await self._session.close()
            raise

    def send(self, message: Message) -> None:
        self._run(self._ws.send_str(message) if isinstance(message, str) else self._ws.send_bytes(message))

    def recv(self) -> Message:
        message = self._run(self._ws.receive())
        assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
        data: Message = message.data
        return data

    def send_parts(self, parts: Sequence[Message], pings: Sequence[bytes] = ()) -> None:
        raise NotImplementedError("aiohttp writes whole messages only")

    def ping(self, payload: bytes) -> None:
        self._run(self._ws.ping(payload))
        message = self._run(self._ws.receive())
        assert (message.type, bytes(message.data)) == (aiohttp.WSMsgType.PONG, payload)

    def close(self, code: int, reason: str) -> Close:
        self._run(self._ws.close(code=code, message=reason.encode()))
        assert self._ws.close_code is not None
        return self._ws.close_code, ""  # it keeps no reason

    def closed(self) -> Close:
        message = self._run(self._ws.receive())
        assert message.type is aiohttp.WSMsgType.CLOSE, message
        return message.data, message.extra or ""

    def drop(self) -> None:
        self._run(self._session.close())
        self._runner.close()


class RawPeer(Peer):
    """A bare socket, with frames written and read by hand."""

    name = "raw"

    def __init__(self, port: int, tls: bool, path: str = "/") -> None:
        self.client = RawClient(port, tls, TIMEOUT)
        self.client.send(head(f"GET {path} HTTP/1.1", *LINES[1:]))
        assert self.client.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")

    def send(self, message: Message) -> None:
        self.client.send(frame(0x81 if isinstance(message, str) else 0x82, _bytes(message)))

    def recv(self) -> Message:
        first, payload = self.client.frame()
        assert first in (0x81, 0x82), (first, payload[:80])
        return payload.decode() if first == 0x81 else payload

    def send_parts(self, parts: Sequence[Message], pings: Sequence[bytes] = ()) -> None:
        opcode = 1 if isinstance(parts[0], str) else 2
        for number, (part, payload) in enumerate(zip_longest(parts, pings), 1):
            self.client.send(frame(opcode | 0x80 * (number == len(parts)), _bytes(part)))
            opcode = 0
            if payload is not None:
                self.ping(payload)

    def ping(self, payload: bytes) -> None:
        self.client.send(frame(0x89, payload))
        assert self.client.frame() == (0x8A, payload)

    def close(self, code: int, reason: str) -> Close:
        self.client.send(frame(0x88, (b"" if code == NO_CODE else struct.pack(">H", code)) + reason.encode()))
        return self.close_frame()

    def closed(self) -> Close:
        code, reason = self.close_frame()
        self.client.send(frame(0x88, b"" if code == NO_CODE else struct.pack(">H", code)))
        return code, reason

    def close_frame(self) -> Close:
        """The server's close frame, which is not answered."""
        first, payload = self.client.frame()
        assert first == 0x88, (first, payload[:80])
        return _parsed(payload)

    def drop(self) -> None:
        self.client.sock.close()


def _bytes(message: Message) -> bytes:
    return message.encode() if isinstance(message, str) else message


def _parsed(payload: bytes) -> Close:
    if not payload:
        return NO_CODE, ""
    return int.from_bytes(payload[:2]), payload[2:].decode()


PEERS: tuple[type[Peer], ...] = (WebsocketsPeer, WebsocketClientPeer, AiohttpPeer, RawPeer)
