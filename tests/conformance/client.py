"""The client that a case drives: the semantics of Autobahn's WebSocketClientProtocol, on asyncio.

Method and attribute names are those that the cases use. Bytes are text in Latin-1 to most cases, and bytes to
those about compression.
"""

from __future__ import annotations

import asyncio
import base64
import collections
import hashlib
import random
import struct
import types
import zlib
from collections.abc import Callable
from typing import Any

from tests.conformance.cases import CaseClass, DeflateResponse, WebSocketProtocol, to_bytes

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_HANDSHAKE_TIME, _CLOSE_TIME = 5.0, 1.0
_ILLEGAL_CODES = (1004, 1005, 1006)


class _Statistics:
    """Traffic counters that nobody here counts."""

    def __json__(self) -> dict[str, object]:
        return self.__dict__


class CaseClient(asyncio.Protocol, WebSocketProtocol):
    """One connection for one case."""

    factory = types.SimpleNamespace(isServer=False)

    def __init__(self, case_class: CaseClass, number: str, host: str, path: str) -> None:
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self.loop.create_future()
        self.error: str | None = None
        self.peerViolation: str | None = None
        self._host, self._path = host, path
        self._with_bytes = number.startswith(("12.", "13."))
        self._buffer = bytearray()
        self._parts: list[bytes] | None = None
        self._queue: collections.deque[bytes] = collections.deque()
        self._pumping = False
        self._timers: list[asyncio.TimerHandle] = []
        self._transport: Any = None
        self._set_what_cases_read()
        self.runCase = case_class(self)

    def _set_what_cases_read(self) -> None:
        self.state = self.STATE_CONNECTING
        self.connectionWasOpen = self.closedByMe = self.failedByMe = self.droppedByMe = self.wasClean = False
        self.remoteCloseCode: int | None = None
        self.remoteCloseReason: str | None = None
        self.localCloseCode: int | None = None
        self.localCloseReason: Any = None
        self.createWirelog = False
        self.txFrameStats: dict[int, int] = {}
        self.autoFragmentSize = 0
        self.trafficStats = _Statistics()
        self.http = ""
        self._perMessageCompress: bool | None = None
        self.perMessageCompressionOffers: list[Any] = []
        self.perMessageCompressionAccept: Callable[[DeflateResponse], Any] = lambda response: None

    # ---- what the transport reports ----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._key = base64.b64encode(random.randbytes(16))
        offers = ", ".join(offer.header() for offer in self.perMessageCompressionOffers)
        lines = [
            f"GET {self._path} HTTP/1.1", f"Host: {self._host}", "Upgrade: WebSocket", "Connection: Upgrade",
            "Pragma: no-cache", "Cache-Control: no-cache", f"Sec-WebSocket-Key: {self._key.decode()}",
            *[f"Sec-WebSocket-Extensions: {offers}"] * bool(offers), "Sec-WebSocket-Version: 13", "", "",
        ]  # fmt: skip
        self._transport.write("\r\n".join(lines).encode())
        self._later(_HANDSHAKE_TIME, lambda: self.state == self.STATE_CONNECTING and self.drop())

    def connection_lost(self, exc: Exception | None) -> None:
        self.state = self.STATE_CLOSED
        for timer in self._timers:
            timer.cancel()
        self._guard(lambda: self.runCase.onConnectionLost(self.failedByMe))
        if not self.done.done():
            self.done.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._guard(self._take_all)

    def _take_all(self) -> None:
        if self.state == self.STATE_CONNECTING:
            self._take_response()
        while self.state in (self.STATE_OPEN, self.STATE_CLOSING) and self._take_frame():
            pass

    def _guard(self, function: Callable[[], object]) -> None:
        """What a case raises is its result."""
        try:
            function()
        except Exception as error:  # noqa: BLE001 - anything a case does
            self.error = self.error or repr(error)
            self.drop()

    # ---- the opening handshake ---------------------------------------------------------------------

    def _take_response(self) -> None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        self.http = bytes(self._buffer[:end]).decode("latin-1")
        del self._buffer[: end + 4]
        first, *lines = self.http.split("\r\n")
        headers: dict[str, list[str]] = {}
        for name, _, value in (line.partition(":") for line in lines):
            headers.setdefault(name.strip().lower(), []).append(value.strip())
        if not self._is_upgrade(first, headers):
            self._reject("bad handshake: " + self.http)
        elif self._take_extensions(", ".join(headers.get("sec-websocket-extensions", []))):
            self.state = self.STATE_OPEN
            self.connectionWasOpen = True
            self.runCase.onOpen()

    def _is_upgrade(self, first: str, headers: dict[str, list[str]]) -> bool:
        wanted = base64.b64encode(hashlib.sha1(self._key + _GUID).digest()).decode()
        return (
            first.split(" ")[1] == "101"
            and headers.get("sec-websocket-accept") == [wanted]
            and headers.get("upgrade", [""])[0].lower() == "websocket"
            and "upgrade" in headers.get("connection", [""])[0].lower()
        )

    def _reject(self, why: str) -> None:
        self.error = why
        self.drop()

    def _take_extensions(self, text: str) -> bool:
        if not text:
            return True
        name, *pairs = (part.strip() for part in text.split(";"))
        split = (pair.partition("=") for pair in pairs)
        params: dict[str, Any] = {key.strip(): value.strip().strip('"') or True for key, _, value in split}
        if name != "permessage-deflate" or not self.perMessageCompressionAccept(DeflateResponse(params)):
            self._reject("unexpected extension " + text)
            return False
        self._client_bits = int(params.get("client_max_window_bits", 15))
        self._server_bits = int(params.get("server_max_window_bits", 15))
        self._forget_client = "client_no_context_takeover" in params
        self._forget_server = "server_no_context_takeover" in params
        self._compressor: Any = None
        self._decompressor: Any = None
        self._perMessageCompress = True
        return True

    # ---- frames from the server --------------------------------------------------------------------

    def _violation(self, code: int, why: str) -> bool:
        self.peerViolation = why
        self.failConnection(code, why)
        return False

    def _take_frame(self) -> bool:
        """Take one frame off the buffer; False if there is none, or none is wanted any more."""
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        size, at = buffer[1] & 127, 2
        if size >= 126:
            at = 4 if size == 126 else 10
            size = int.from_bytes(buffer[2:at], "big")
        if len(buffer) < at + size:
            return False
        first, masked, payload = buffer[0], buffer[1] >> 7, bytes(buffer[at : at + size])
        del buffer[: at + size]
        return self._judge_frame(first, masked, payload)

    def _judge_frame(self, first: int, masked: int, payload: bytes) -> bool:
        fin, rsv, opcode = first >> 7, first >> 4 & 7, first & 15
        if masked:
            return self._violation(1002, "masked server frame")
        if rsv and not (rsv == 4 and self._perMessageCompress and opcode in (1, 2)):
            return self._violation(1002, "reserved bits")
        if opcode >= 8:
            return self._take_control(opcode, bool(fin), payload)
        return self._take_data(opcode, bool(fin), rsv == 4, payload)

    def _take_control(self, opcode: int, fin: bool, payload: bytes) -> bool:
        if not fin or len(payload) > 125 or opcode > 10:
            return self._violation(1002, "bad control frame")
        if opcode == 8:
            return self._take_close(payload)
        if opcode == 10:
            self.runCase.onPong(self._native(payload))
        elif self.state == self.STATE_OPEN:
            self.sendFrame(10, payload)
        return True

    def _take_data(self, opcode: int, fin: bool, compressed: bool, payload: bytes) -> bool:
        if opcode > 2 or (opcode == 0) != (self._parts is not None):
            return self._violation(1002, "unexpected opcode")
        if self._parts is None:
            self._parts, self._opcode, self._compressed = [], opcode, compressed
        self._parts.append(payload)
        if not fin:
            return True
        message, self._parts = b"".join(self._parts), None
        if self._compressed:
            message = self._inflate(message)
        if self._opcode == 1 and not _is_utf8(message):
            return self._violation(1007, "invalid UTF-8 from peer")
        self.runCase.onMessage(self._native(message), self._opcode == 2)
        return True

    def _inflate(self, data: bytes) -> bytes:
        if self._decompressor is None or self._forget_server:
            self._decompressor = zlib.decompressobj(-self._server_bits)
        result: bytes = self._decompressor.decompress(data + b"\0\0\xff\xff")
        return result

    def _native(self, data: bytes) -> str | bytes:
        return data if self._with_bytes else data.decode("latin-1")

    def _take_close(self, payload: bytes) -> bool:
        if len(payload) == 1:
            return self._violation(1002, "close payload of length 1")
        code = int.from_bytes(payload[:2], "big") if payload else None
        self.remoteCloseCode = code
        self.remoteCloseReason = payload[2:].decode("utf-8", "replace") if payload else None
        if code is not None and (not 1000 <= code < 5000 or code in _ILLEGAL_CODES or 1015 <= code < 3000):
            return self._violation(1002, "invalid close code")
        self.wasClean = True
        if self.state == self.STATE_OPEN:
            self._send_close(1000, is_reply=True)
        self._later(_CLOSE_TIME, self._drop_late)
        return True

    def _drop_late(self) -> None:
        if self.state != self.STATE_CLOSED:
            self.wasClean = False
            self.drop(abort=True)

    def drop(self, abort: bool = False) -> None:
        """End the transport from this side."""
        if self.state != self.STATE_CLOSED and self._transport is not None:
            self.droppedByMe = True
            self.state = self.STATE_CLOSED
            if abort:
                self._transport.abort()
            else:
                self._transport.close()

    # ---- what cases call: time and closing ---------------------------------------------------------

    def _later(self, delay: float, function: Callable[[], object]) -> None:
        self._timers.append(self.loop.call_later(delay, function))

    def _later_if_alive(self, delay: float, function: Callable[[], object]) -> None:
        self._later(delay, lambda: self.state != self.STATE_CLOSED and self._guard(function))

    def enableWirelog(self, enabled: bool) -> None:
        self.createWirelog = enabled

    def continueLater(self, delay: float, function: Callable[[], object], tag: object = None) -> None:
        self._later_if_alive(delay, function)

    def killAfter(self, delay: float) -> None:
        self._later_if_alive(delay, self.failConnection)

    def closeAfter(self, delay: float) -> None:
        self._later_if_alive(delay, self.sendClose)

    def failConnection(self, code: int = 1001, reason: str = "Going Away") -> None:
        if self.state == self.STATE_CLOSED:
            return
        self.failedByMe = True
        if self.state == self.STATE_CLOSING:
            self.drop()
        else:
            self._send_close(code, reason[:123])

    def sendClose(self, code: int | None = None, reason: Any = None) -> None:
        self._send_close(code, reason)

    def sendCloseFrame(self, code: int | None = None, reasonUtf8: Any = None, isReply: bool = False) -> None:
        self._send_close(code, reasonUtf8, isReply)

    def _send_close(self, code: int | None = None, reason: Any = None, is_reply: bool = False) -> None:
        if self.state != self.STATE_OPEN:
            return
        payload = struct.pack("!H", code) if code is not None else b""
        self.sendFrame(8, payload + (to_bytes(reason) if reason is not None else b""))
        self.state = self.STATE_CLOSING
        self.closedByMe = not is_reply
        self.localCloseCode, self.localCloseReason = code, reason
        if self.closedByMe:
            self._later(_CLOSE_TIME, lambda: None if self.wasClean else self._drop_late())

    # ---- what cases call: sending ------------------------------------------------------------------

    def sendFrame(self, opcode: int, payload: Any = b"", fin: bool = True, rsv: int = 0, mask: object = None,
                  payload_len: int | None = None, chopsize: int | None = None, sync: bool = False) -> None:  # fmt: skip
        data = to_bytes(payload)
        if payload_len is not None:
            data = (data * (payload_len // len(data) + 1))[:payload_len]
        self.txFrameStats[opcode] = self.txFrameStats.get(opcode, 0) + 1
        self._write(self._header(opcode, fin, rsv, len(data)) + self._masked(data), sync, chopsize)

    def _header(self, opcode: int, fin: bool, rsv: int, size: int) -> bytes:
        self._mask, self._mask_at = random.randbytes(4), 0
        first = (128 if fin else 0) | (rsv & 7) << 4 | opcode & 127
        if size < 126:
            return bytes((first, 128 | size)) + self._mask
        form = "!BBH" if size < 65536 else "!BBQ"
        return struct.pack(form, first, 254 if size < 65536 else 255, size) + self._mask

    def _masked(self, data: bytes) -> bytes:
        size = len(data)
        key = (self._mask * (size // 4 + 2))[self._mask_at & 3 :][:size]
        self._mask_at += size
        return (int.from_bytes(data, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")

    def _write(self, data: bytes, sync: bool = False, chop: int | None = None) -> None:
        if chop:
            self._queue.extend(data[i : i + chop] for i in range(0, len(data), chop))
        elif sync or self._pumping:
            self._queue.append(data)
        else:
            self._transport.write(data)
            return
        if not self._pumping:
            self._pumping = True
            self._pump()

    def _pump(self) -> None:
        """One piece per turn of the loop, so that the pieces go out separately."""
        if self._queue and self.state != self.STATE_CLOSED:
            self._transport.write(self._queue.popleft())
            self.loop.call_soon(self._pump)
        else:
            self._queue.clear()
            self._pumping = False

    def sendMessage(self, payload: Any, isBinary: bool = False, fragmentSize: int | None = None, sync: bool = False,
                    doNotCompress: bool = False) -> None:  # fmt: skip
        data, rsv = to_bytes(payload), 0
        if self._perMessageCompress and not doNotCompress:
            data, rsv = self._deflate(data), 4
        size = fragmentSize or self.autoFragmentSize or max(1, len(data))
        opcode = 2 if isBinary else 1
        for at in range(0, max(1, len(data)), size):
            self.sendFrame(opcode, data[at : at + size], at + size >= len(data), rsv, sync=sync)
            opcode = rsv = 0

    def _deflate(self, data: bytes) -> bytes:
        if self._compressor is None or self._forget_client:
            self._compressor = zlib.compressobj(wbits=-self._client_bits)
        result: bytes = self._compressor.compress(data) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
        return result[:-4]

    def beginMessage(self, isBinary: bool = False, doNotCompress: bool = False, opcode: int | None = None) -> None:
        self._stream_opcode = opcode or (2 if isBinary else 1)

    def beginMessageFrame(self, length: int) -> None:
        self._write(self._header(self._stream_opcode, False, 0, length))
        self._stream_opcode = 0

    def sendMessageFrameData(self, data: Any, sync: bool = False) -> None:
        self._write(self._masked(to_bytes(data)))

    def endMessage(self) -> None:
        self.sendFrame(0, b"", True)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
