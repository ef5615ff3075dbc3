"""The WebSocket rules once more, as plainly as possible: the judge of the C core.

The model gets the whole stream at once and returns the events in order: `("message", opcode, payload)`,
`("write", frame)` and `("closed", code, reason)`. Writes in a row are one event. With a codec RSV1 is allowed; it
gives what a compressed message stands for, or the close code for it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

LIMIT = 16 << 20
Event = tuple[str, object, object]
Codec = Callable[[bytes], bytes | int]
_REASONS = {1007: b"bad compressed data", 1009: b"message too big", 1011: b"internal error"}


@dataclass
class Model:
    """One connection without a clock."""

    limit: int = LIMIT
    codec: Codec | None = None
    events: list[Event] = field(default_factory=list)
    is_open: bool = True
    """We have not sent a close."""
    is_done: bool = False
    """Nothing more is read."""
    is_reported: bool = False
    opcode: int = 0
    is_compressed: bool = False
    parts: bytes = b""

    def run(self, stream: bytes) -> list[Event]:
        """Everything that happens, the end of the transport included."""
        while not self.is_done:
            found = self._split(stream)
            if found is None:
                break
            stream = found
        self._report(1006, b"")
        return self.events

    def _split(self, data: bytes) -> bytes | None:
        """Take one frame off; None if it is not complete and cannot be judged either."""
        if len(data) < 2:
            return None
        size, at = data[1] & 127, 2
        if size >= 126:
            width = 2 if size == 126 else 8
            size, at = int.from_bytes(data[2 : 2 + width], "big"), 2 + width
        masked = bool(data[1] & 128)
        at += 4 * masked
        if len(data) < at:
            return None
        problem = self._judge(data[0], data[1], size)
        if problem:
            return self._refuse(problem, data[0] & 15, data[at:], size)
        payload = data[at : at + size]
        if masked:
            mask = data[at - 4 : at]
            payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        complete = len(data) >= at + size
        self._take(data[0], payload, complete)
        return data[at + size :] if complete else None

    def _judge(self, first: int, second: int, size: int) -> tuple[int, bytes] | None:
        opcode, length7 = first & 15, second & 127
        if first & 0x70 and not (self.codec and first & 0x70 == 0x40 and opcode in (1, 2)):
            return 1002, b"reserved bits set"
        if opcode not in (0, 1, 2, 8, 9, 10):
            return 1002, b"unknown opcode"
        if not second & 128:
            return 1002, b"unmasked frame"
        if size >> 63 or (length7 == 126 and size < 126) or (length7 == 127 and size < 65536):
            return 1002, b"bad length"
        if opcode >= 8:
            if not first & 128:
                return 1002, b"fragmented control frame"
            return (1002, b"control frame too long") if size > 125 else None
        if not self.is_open:
            return None
        if opcode == 0 and not self.opcode:
            return 1002, b"unexpected continuation frame"
        if opcode != 0 and self.opcode:
            return 1002, b"new message during fragmented sequence"
        is_compressed = self.is_compressed if self.opcode else bool(first & 0x40)
        if len(self.parts) + size > self.limit + is_compressed * (self.limit // 64 + 64):
            return 1009, b"message too big"
        return None

    def _refuse(self, problem: tuple[int, bytes], opcode: int, rest: bytes, size: int) -> bytes | None:
        if self.is_open:
            self._fail(*problem)
            self.is_done = opcode == 8
        if size >> 63 or len(rest) < size:
            return None
        return rest[size:]

    def _take(self, first: int, payload: bytes, complete: bool) -> None:
        opcode = first & 15
        if opcode >= 8:
            if complete:
                self._control(opcode, payload)
        elif self.is_open:
            self._data(first, payload, complete)

    def _data(self, first: int, payload: bytes, complete: bool) -> None:
        if not self.opcode:
            self.opcode, self.is_compressed = first & 15, bool(first & 0x40)
        self.parts += payload
        last = complete and bool(first & 128)
        if self.opcode == 1 and not self.is_compressed and not _may_be_text(self.parts, last):
            self._fail(1007, b"invalid UTF-8")
        elif last:
            self._message(self.opcode, self._inflated())
            self.opcode, self.parts = 0, b""

    def _inflated(self) -> bytes | int:
        if not self.is_compressed or self.codec is None:
            return self.parts
        plain = self.codec(self.parts)
        return plain if isinstance(plain, int) or len(plain) <= self.limit else 1009

    def _message(self, opcode: int, plain: bytes | int) -> None:
        if isinstance(plain, int):
            self._fail(plain, _REASONS[plain])
        elif opcode == 1 and not _may_be_text(plain, True):
            self._fail(1007, b"invalid UTF-8")
        else:
            self.events.append(("message", opcode, plain))

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == 8:
            self._close(payload)
        elif opcode == 9 and self.is_open:
            self._write(bytes((0x8A, len(payload))) + payload)

    def _close(self, payload: bytes) -> None:
        code = struct.unpack(">H", payload[:2])[0] if len(payload) > 1 else 0
        if self.is_open:
            if payload and not _is_close_code(code):
                self._fail(1002, b"bad close payload")
            elif not _may_be_text(payload[2:], True):
                self._fail(1007, b"invalid UTF-8")
            else:
                self._write(b"\x88\x02" + payload[:2] if payload else b"\x88\x00")
                self._report(code if payload else 1005, payload[2:])
        self.is_done = True

    def _fail(self, code: int, reason: bytes) -> None:
        self.is_open = False
        self._write(bytes((0x88, 2 + len(reason))) + struct.pack(">H", code) + reason)
        self._report(code, reason)

    def _report(self, code: int, reason: bytes) -> None:
        if not self.is_reported:
            self.is_reported = True
            self.events.append(("closed", code, reason))

    def _write(self, data: bytes) -> None:
        if self.events and self.events[-1][0] == "write":
            data = bytes(self.events.pop()[1]) + data  # type: ignore[call-overload]
        self.events.append(("write", data, None))


def _is_close_code(code: int) -> bool:
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999


def _may_be_text(data: bytes, complete: bool) -> bool:
    """Whether these bytes are UTF-8, or can become it."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return not complete and error.reason == "unexpected end of data"
    return True
