"""The situations of Autobahn's cases without compression, as bytes for the protocol core (network.md CF-4).

Each has the number of its case, what a client sends, in reads, and everything that happens because of it, in the
events of the model. What comes of text is written from RFC 3629, of frames and closing from RFC 6455. The client
closes at the end, where the case does.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.fuzz.ws.seeds import close, frame
from tests.unit.services.ws_model import Event

TEXT, BINARY = 1, 2
KIB, MIB = 1 << 10, 1 << 20
WORD = "κ\u1f79σμε".encode()
"""Characters of two, three, two, two and two bytes."""
GREETING = "grüß-€-UTF-8!".encode()


@dataclass(frozen=True)
class Situation:
    """`decided`: after so many reads everything has happened that the server does, None for all of them."""

    number: str
    reads: tuple[bytes, ...]
    events: tuple[Event, ...]
    decided: int | None = None

    @property
    def stream(self) -> bytes:
        return b"".join(self.reads)


def fragments(opcode: int, parts: Sequence[bytes]) -> list[bytes]:
    """The frames of a message in these parts."""
    last = len(parts) - 1
    return [frame((0x80 if i == last else 0) | (opcode if i == 0 else 0), part) for i, part in enumerate(parts)]


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


# ---- what happens ----------------------------------------------------------------------------------


def message(opcode: int, payload: bytes) -> Event:
    return ("message", opcode, payload)


def written(*frames: bytes) -> Event:
    return ("write", b"".join(frames), None)


def pong(payload: bytes) -> bytes:
    return bytes((0x8A, len(payload))) + payload


def closing(code: int, reason: bytes = b"") -> bytes:
    """The server's close frame."""
    return bytes((0x88, 2 + len(reason))) + struct.pack(">H", code) + reason


def failed(code: int, reason: bytes) -> tuple[Event, Event]:
    return written(closing(code, reason)), ("closed", code, reason)


def closed(code: int, reason: bytes = b"") -> tuple[Event, Event]:
    """The client's close, answered."""
    return written(closing(code)), ("closed", code, reason)


NORMAL = close(1000)
BAD_TEXT = (1007, b"invalid UTF-8")
RESERVED = (1002, b"reserved bits set")
UNKNOWN = (1002, b"unknown opcode")
NOTHING_TO_CONTINUE = (1002, b"unexpected continuation frame")
BAD_CLOSE = (1002, b"bad close payload")


def good(number: str, frames: Sequence[bytes], *events: Event) -> Situation:
    """The client closes at the end, and the server answers. Writes in a row are one."""
    answer, ending = closed(1000)
    if events and events[-1][0] == "write":
        *events, last = events  # type: ignore[assignment]
        answer = written(_bytes(last), _bytes(answer))
    return Situation(number, (*frames, NORMAL), (*events, answer, ending))


def _bytes(event: Event) -> bytes:
    assert isinstance(event[1], bytes)
    return event[1]


def echoed(number: str, opcode: int, payload: bytes, frames: Sequence[bytes] | None = None) -> Situation:
    return good(number, frames or [frame(0x80 | opcode, payload)], message(opcode, payload))


def bad(number: str, frames: Sequence[bytes], why: tuple[int, bytes], *before: Event) -> Situation:
    """The server fails the connection; the client answers, and nothing it sent meanwhile counts."""
    return Situation(number, (*frames, close(why[0])), (*before, *failed(*why)))


# ---- the groups ------------------------------------------------------------------------------------


def framing() -> Iterator[Situation]:
    for kind, opcode in ((1, TEXT), (2, BINARY)):
        byte = b"*" if opcode == TEXT else b"\xfe"
        for i, size in enumerate((0, 125, 126, 127, 128, 65535, 65536), 1):
            yield echoed(f"1.{kind}.{i}", opcode, byte * size)
        payload = byte * 65536
        yield echoed(f"1.{kind}.8", opcode, payload, cut(frame(0x80 | opcode, payload), 997))


def pings() -> Iterator[Situation]:
    payloads = (b"", b"Hello, world!", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", b"\xfe" * 125)
    for i, payload in enumerate(payloads, 1):
        yield good(f"2.{i}", [frame(0x89, payload)], written(pong(payload)))
    yield bad("2.5", [frame(0x89, b"\xfe" * 126)], (1002, b"control frame too long"))
    yield good("2.6", cut(frame(0x89, b"\xfe" * 125), 1), written(pong(b"\xfe" * 125)))
    yield good("2.7", [frame(0x8A)])
    yield good("2.8", [frame(0x8A, b"unasked")])
    yield good("2.9", [frame(0x8A, b"unasked"), frame(0x89, b"asked")], written(pong(b"asked")))
    ten = [b"payload-%d" % i for i in range(10)]
    frames, pongs = [frame(0x89, payload) for payload in ten], written(*map(pong, ten))
    yield good("2.10", frames, pongs)
    yield good("2.11", cut(b"".join(frames), 1), pongs)


def reserved_bits() -> Iterator[Situation]:
    hello, heard = frame(0x81, b"Hello"), message(TEXT, b"Hello")
    yield bad("3.1", [frame(0x91, b"Hello")], RESERVED)
    for i, rsv in ((2, 0x20), (3, 0x30), (4, 0x40)):
        frames = [hello, frame(0x81 | rsv, b"Hello"), frame(0x89)]
        yield bad(f"3.{i}", cut(b"".join(frames), 1) if i == 4 else frames, RESERVED, heard)
    yield bad("3.5", [frame(0x82 | 0x50, b"\x00\xff")], RESERVED)
    yield bad("3.6", [frame(0x89 | 0x60)], RESERVED)
    yield Situation("3.7", (frame(0x88 | 0x70), close(1002)), failed(*RESERVED))


def opcodes() -> Iterator[Situation]:
    for group, base in ((1, 3), (2, 11)):
        for i in range(5):
            frames = [frame(0x80 | base + i, b"odd" * (i in (1, 3, 4)))]
            before = ()
            if i >= 2:
                frames, before = [frame(0x81, b"first"), *frames, frame(0x89)], (message(TEXT, b"first"),)
            yield bad(f"4.{group}.{i + 1}", frames, UNKNOWN, *before)


def fragmentation() -> Iterator[Situation]:
    for i, first in ((1, 0x09), (2, 0x0A)):
        frames = [frame(first, b"frag"), frame(0x80, b"ment")]
        yield bad(f"5.{i}", frames, (1002, b"fragmented control frame"))
    halves = fragments(TEXT, (b"fragment1", b"fragment2"))
    both = message(TEXT, b"fragment1fragment2")
    with_ping = [halves[0], frame(0x89, b"ping"), halves[1]]
    for i, size in ((3, 0), (4, None), (5, 1)):
        yield good(f"5.{i}", _chopped(halves, size), both)
        yield good(f"5.{i + 3}", _chopped(with_ping, size), written(pong(b"ping")), both)
        for k, first in ((i + 6, 0x80), (i + 9, 0x00)):
            frames = [frame(first, b"nothing"), frame(0x81, b"Hello")]
            yield bad(f"5.{k}", _chopped(frames, size), NOTHING_TO_CONTINUE)
    yield bad("5.15", [*halves, frame(0x00, b"3"), frame(0x81, b"4")], NOTHING_TO_CONTINUE, both)
    for i, first in ((16, 0x00), (17, 0x80)):
        yield bad(f"5.{i}", [frame(first, b"1"), *halves] * 2, NOTHING_TO_CONTINUE)
    twice = [frame(0x01, b"1"), frame(0x81, b"2")]
    yield bad("5.18", twice, (1002, b"new message during fragmented sequence"))
    five = fragments(TEXT, [b"fragment%d" % i for i in range(1, 6)])
    frames = [*five[:2], frame(0x89, b"p1"), *five[2:4], frame(0x89, b"p2"), five[4]]
    whole = message(TEXT, b"".join(b"fragment%d" % i for i in range(1, 6)))
    for number in ("5.19", "5.20"):
        yield good(number, frames, written(pong(b"p1"), pong(b"p2")), whole)


def _chopped(frames: list[bytes], size: int | None) -> list[bytes]:
    """In one read (0), a read for each frame (None), or reads of this size."""
    if size is None:
        return frames
    stream = b"".join(frames)
    return cut(stream, size or len(stream))


def closes() -> Iterator[Situation]:
    hello, heard = frame(0x81, b"Hello"), message(TEXT, b"Hello")
    yield good("7.1.1", [hello], heard)
    for i, late in ((2, frame(0x88)), (3, frame(0x89)), (4, hello)):
        yield Situation(f"7.1.{i}", (NORMAL, late), closed(1000), 1)
    yield Situation("7.1.5", (frame(0x01, b"1"), NORMAL, frame(0x80, b"2")), closed(1000), 2)
    big = b"BAsd7&jh23" * (256 * KIB // 10)
    frames = (frame(0x81, big), hello, NORMAL, frame(0x89))
    yield Situation("7.1.6", frames, (message(TEXT, big), heard, *closed(1000)), 3)
    yield Situation("7.3.1", (frame(0x88),), (written(b"\x88\x00"), ("closed", 1005, b"")))
    yield Situation("7.3.2", (frame(0x88, b"a"),), failed(*BAD_CLOSE))
    for i, reason in ((3, b""), (4, b"Hello World!"), (5, b"*" * 123)):
        yield Situation(f"7.3.{i}", (close(1000, reason),), closed(1000, reason))
    yield Situation("7.3.6", (close(1000, b"*" * 124),), failed(1002, b"control frame too long"))
    yield Situation("7.5.1", (close(1000, WORD + b"\xed\xa0\x80edited"),), failed(*BAD_TEXT))
    allowed = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
    for i, code in enumerate(allowed, 1):
        yield Situation(f"7.7.{i}", (close(code),), closed(code))
    for i, code in enumerate((0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999), 1):
        yield Situation(f"7.9.{i}", (close(code),), failed(*BAD_CLOSE))
    for i, code in enumerate((5000, 65535), 1):
        yield Situation(f"7.13.{i}", (close(code),), failed(*BAD_CLOSE))


def limits() -> Iterator[Situation]:
    for kind, opcode in ((1, TEXT), (2, BINARY)):
        byte = b"*" if opcode == TEXT else b"\xfe"
        for i, size in enumerate((64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB), 1):
            yield echoed(f"9.{kind}.{i}", opcode, byte * size)
        payload = byte * (4 * MIB)
        for i, size in enumerate((64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB), 1):
            frames = cut(b"".join(fragments(opcode, cut(payload, size))), 256 * KIB)
            yield echoed(f"9.{kind + 2}.{i}", opcode, payload, frames)
        payload = byte * MIB
        for i, size in enumerate((64, 128, 256, 512, KIB, 2 * KIB), 1):
            yield echoed(f"9.{kind + 4}.{i}", opcode, payload, cut(frame(0x80 | opcode, payload), size))
        for i, size in enumerate((0, 16, 64, 256, KIB, 4 * KIB), 1):
            one = message(opcode, byte * size)
            yield good(f"9.{kind + 6}.{i}", [frame(0x80 | opcode, byte * size)] * 1000, *[one] * 1000)
    payload = b"*" * 65536
    yield echoed("10.1.1", TEXT, payload, fragments(TEXT, cut(payload, 1300)))


# ---- UTF-8 -----------------------------------------------------------------------------------------


def encoded(value: int, size: int) -> bytes:
    """A value in the form of this many bytes, whether or not that form is right for it, or allowed at all."""
    if size == 1:
        return bytes((value,))
    lead = (0xFF << (8 - size) & 0xFF) | value >> 6 * (size - 1)
    return bytes((lead, *(0x80 | value >> 6 * i & 0x3F for i in reversed(range(size - 1)))))


def character(value: int) -> bytes:
    """In the form that is right."""
    return encoded(value, 1 + (value > 0x7F) + (value > 0x7FF) + (value > 0xFFFF))


def texts() -> Iterator[Situation]:
    """Group 6: first how text may be cut, then what is a character and what is not."""
    yield echoed("6.1.1", TEXT, b"")
    yield echoed("6.1.2", TEXT, b"", fragments(TEXT, (b"", b"", b"")))
    yield echoed("6.1.3", TEXT, b"middle", fragments(TEXT, (b"", b"middle", b"")))
    yield echoed("6.2.1", TEXT, GREETING)
    yield echoed("6.2.2", TEXT, GREETING, fragments(TEXT, (GREETING[:4], GREETING[4:])))
    yield echoed("6.2.3", TEXT, GREETING, fragments(TEXT, cut(GREETING, 1)))
    yield echoed("6.2.4", TEXT, WORD, fragments(TEXT, cut(WORD, 1)))
    invalid = WORD + encoded(0xD800, 3) + b"edited"
    yield bad("6.3.1", [frame(0x81, invalid)], BAD_TEXT)
    yield bad("6.3.2", fragments(TEXT, cut(invalid, 1)), BAD_TEXT)
    yield from _at_once()
    for number, payload, is_text in _payloads():
        one = frame(0x81, payload)
        yield echoed(number, TEXT, payload) if is_text else bad(number, [one], BAD_TEXT)


def _at_once() -> Iterator[Situation]:
    """Text is refused with the byte that makes it invalid, not later."""
    beyond = encoded(0x110000, 4)
    whole = (WORD, beyond, b"edited")
    split = (WORD + beyond[:1], beyond[1:2], beyond[2:] + b"edited")
    for i, parts in enumerate((whole, split), 1):
        reads = fragments(TEXT, parts)
        yield Situation(f"6.4.{i}", (*reads, close(1007)), failed(*BAD_TEXT), 2)
        stream = frame(0x81, b"".join(parts))
        at, behind = 6 + len(parts[0]), 6 + len(parts[0]) + len(parts[1])
        reads = [stream[:at], stream[at:behind], stream[behind:]]
        yield Situation(f"6.4.{i + 2}", (*reads, close(1007)), failed(*BAD_TEXT), 2)


def _payloads() -> Iterator[tuple[str, bytes, bool]]:
    """A text each, and whether it is one."""
    longest = (0x7F, 0x7FF, 0xFFFF, 0x1FFFFF, 0x3FFFFFF, 0x7FFFFFFF)
    surrogates = [encoded(value, 3) for value in (0xD800, 0xDB7F, 0xDB80, 0xDBFF, 0xDC00, 0xDF80, 0xDFFF)]
    cut_short = [encoded(0, size)[:-1] for size in range(2, 7)]
    cut_short += [encoded(longest[size - 1], size)[:-1] for size in range(2, 7)]
    alternating = b"\x80\xbf" * 3
    characters = {
        5: [*(b"hello" + text.encode() + b"world" for text in "$¢€𤭢"), WORD],
        7: map(character, (0, 0x80, 0x800, 0x10000)),
        9: map(character, (0x7F, 0x7FF, 0xFFFF, 0x10FFFF)),
        22: (character(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF)),
        23: map(character, range(0xFFF9, 0x10000)),
    }
    none = {
        8: [encoded(0x200000, 5), encoded(0x4000000, 6)],
        10: [encoded(longest[size - 1], size) for size in (4, 5, 6)],
        12: [b"\x80", b"\xbf", *(alternating[:size] for size in range(2, 7)), bytes(range(0x80, 0xBF))],
        13: [b"".join(bytes((lead, 0x20)) for lead in range(*leads))
             for leads in ((0xC0, 0xDF), (0xE0, 0xEF), (0xF0, 0xF7), (0xF8, 0xFB), (0xFC, 0xFD))],
        14: cut_short,
        15: [b"".join(cut_short)],
        16: [b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"],
        17: [encoded(ord("/"), size) for size in range(2, 7)],
        18: [encoded(longest[size - 2], size) for size in range(2, 7)],
        19: [encoded(0, size) for size in range(2, 7)],
        20: surrogates,
        21: [high + low for high in surrogates[:4] for low in (surrogates[4], surrogates[6])],
    }  # fmt: skip
    for group, payloads in characters.items():
        yield from ((f"6.{group}.{i}", payload, True) for i, payload in enumerate(payloads, 1))
    for group, payloads in none.items():
        yield from ((f"6.{group}.{i}", payload, False) for i, payload in enumerate(payloads, 1))
    for size in range(1, 12):
        yield f"6.6.{size}", WORD[:size], size in (2, 5, 7, 9, 11)
    for i, value in enumerate((0xD7FF, 0xE000, 0xFFFD, 0x10FFFF, 0x110000), 1):
        yield f"6.11.{i}", encoded(value, 4 if value > 0xFFFF else 3), value < 0x110000


def situations() -> Iterator[Situation]:
    """All of them."""
    for group in (framing, pings, reserved_bits, opcodes, fragmentation, texts, closes, limits):
        yield from group()
