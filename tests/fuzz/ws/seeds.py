"""Inputs for the fuzz target: streams of frames that matter, and what random changes make of them."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator

MASK = bytes.fromhex("37fa213d")


def frame(first: int, payload: bytes = b"", length: int | None = None, mask: bytes = MASK) -> bytes:
    """A client's frame; `first` is its first byte. `length` may lie about the payload."""
    size = len(payload) if length is None else length
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 65536:
        head = struct.pack(">BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack(">BBQ", first, 0x80 | 127, size)
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def close(code: int, reason: bytes = b"") -> bytes:
    """A close frame."""
    return frame(0x88, struct.pack(">H", code) + reason)


STREAMS: tuple[bytes, ...] = (
    frame(0x81, b"Hello") + frame(0x82, bytes(range(200))) + close(1000, b"bye"),
    frame(0x01, b"a\xc3") + frame(0x89, b"ping") + frame(0x00) + frame(0x8A, b"pong") + frame(0x80, b"\xa9"),
    frame(0x81, "κόσμε".encode()) + frame(0x81, b"\xed\xa0\x80") + close(1000),
    frame(0x01, b"x") + frame(0x00, b"y") + frame(0x00, b"z") + frame(0x80, b"!") + frame(0x81, b"after"),
    frame(0x81, b"\x00" * 101) + frame(0x88),
    frame(0xC1, b"\xff\x00") + frame(0x41, b"d") + frame(0x80, b"e") + frame(0xC0, b"f"),
    frame(0x83, b"q") + close(1002),
    frame(0x09, b"p") + frame(0x89, bytes(126)),
    frame(0x88, b"\x03") + close(1005),
    close(4999, b"\xff"),
    b"\x81\x05Hello" + close(1000),
    b"\x82\xfe\x00\x05" + MASK + b"hello" + b"\x82\xff" + bytes(7) + b"\x05" + MASK + b"hello",
    b"\x82\xff\x80" + bytes(7) + MASK,
    frame(0x82, b"only the beginning", length=16 << 20),
    frame(0x82, b"too much", length=(16 << 20) + 1) + close(1000),
    frame(0x02, b"z" * 70000) + frame(0x80, b"z" * 3),
    b"".join(frame(0x89, bytes((i,))) for i in range(40)),
)


def inputs(count: int, seed: int) -> Iterator[bytes]:
    """Every stream with every choice of options, then `count` changed ones."""
    for options in range(8):
        for stream in STREAMS:
            yield bytes((options, 0x35)) + stream
    rng = random.Random(seed)
    for _ in range(count):
        yield _changed(rng)


def _changed(rng: random.Random) -> bytes:
    data = bytearray(b"".join(rng.choices(STREAMS[:14], k=rng.randint(1, 3))))
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                data[at] ^= 1 << rng.randrange(8)
            case 2:
                del data[at : at + rng.randint(1, 6)]
            case _:
                data[at:at] = rng.randbytes(rng.randint(1, 6))
        data = data or bytearray(b"\x88")
    return bytes((rng.randrange(8), rng.randrange(256))) + bytes(data)
