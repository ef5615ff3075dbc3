"""Inputs for the fuzz targets: streams of frames that matter, and what random changes make of them."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator, Sequence

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
    return head + mask + masked(payload, mask)


def masked(payload: bytes, mask: bytes) -> bytes:
    """The payload under a mask of 4 bytes, as one large number: also many MiB take no time."""
    if mask == bytes(4):
        return payload
    size = len(payload)
    repeated = int.from_bytes((mask * (size // 4 + 1))[:size])
    return (int.from_bytes(payload) ^ repeated).to_bytes(size)


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


# How connections of the table live: the first byte are options, then acts (see fuzz_table.c).
_HELLO = b"\x02\x00\x05Hello"
ACTS: tuple[bytes, ...] = tuple(
    bytes((options,)) + acts
    for options in range(8)
    for acts in (
        b"\x00" + _HELLO + b"\x04\x80\x20\x0e\x08\x00\x06\x02\x0e\x02\x07\x02\x03\xe8\x0e\x0d",
        b"\x00\x10\x0b\x02\x1b\x02\x2c\x00\x10\x0e\x0b\x00\x1a\x0e\x1d",
        b"\x00" + 6 * _HELLO + b"\x0e\x08\x01\x0e\x08\x00\x0e\x0a\x0e\x0d",
        b"\x00\x07" + 6 * b"\x04\x40\xff" + b"\x0e\x07\x0e\x04\x40\xff\x06\x03\x0e",
        b"\x00\x49\x1f\x0e\x02\x06\x04\x01\x02\x03\x04\x49\x20\x07\x49\x28\x0e\x0d",
        b"\x00\x02\x08\x03abc\x02\x09\x02zz\x02\x04\x01y\x0e\x04\x00\xff\x4e\x0e",
    )
)


def streams_with_options() -> Iterator[bytes]:
    """Every stream with every choice of limits, and with some things done in the middle of it."""
    acts = (b"", b"\x09\x00", b"\x05\x32\x03\x50\x09\x46", b"\x04\x05\x0c\x06\x02\x08", b"\x07\x03\x04\x04\x01\x01")
    for options in range(8):
        for number, stream in enumerate(STREAMS):
            yield bytes((options, 0x35, 0)) + stream
            script = acts[number % len(acts)]
            yield bytes((options | 8, 0x21, len(script) // 2)) + script + stream


def changed(count: int, seed: int, originals: Sequence[bytes]) -> Iterator[bytes]:
    """So many inputs made of these by random changes."""
    rng = random.Random(seed)
    for _ in range(count):
        yield _changed(rng, rng.choice(originals))


def _changed(rng: random.Random, original: bytes) -> bytes:
    data = bytearray(original)
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
    return bytes(data)
