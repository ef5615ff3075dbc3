"""The C core against the model: streams of good and bad frames, cut in any way, give the same events."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from snowrt.services import ws_core
from tests.fuzz.ws.seeds import frame
from tests.unit.services.core_connection import Connection
from tests.unit.services.ws_model import Model

SMALL_LIMIT = 40


@pytest.fixture(scope="module")
def core() -> Any:
    return ws_core.open_core()


PAYLOADS = st.one_of(
    st.binary(max_size=12),
    st.text(max_size=6).map(str.encode),
    st.sampled_from([b"\xc3", b"\xa9", b"\xf0\x9f", b"\x98\x80", b"\xed\xa0\x80", b"x" * 45, b"y" * 126]),
)
CODES = st.sampled_from([0, 999, 1000, 1001, 1004, 1005, 1006, 1007, 1014, 1015, 2999, 3000, 4999, 5000])
GOOD = st.one_of(
    st.builds(frame, st.sampled_from([0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8A]), PAYLOADS),
    st.builds(lambda code, text: frame(0x88, struct.pack(">H", code) + text), CODES, PAYLOADS),
)
ANY = st.one_of(
    st.builds(frame, st.integers(0, 255), PAYLOADS),
    st.builds(frame, st.sampled_from([0x82, 0x80, 0x89]), PAYLOADS, st.integers(0, 130)),
    st.binary(max_size=16),
    st.just(b"\x82\xff\x80" + bytes(11)),
)
STREAMS = st.lists(st.one_of(GOOD, GOOD, GOOD, ANY), max_size=9).map(b"".join)
COMPRESSED = st.builds(
    frame,
    st.sampled_from([0xC1, 0xC2, 0x41, 0x42, 0x80, 0x00]),
    PAYLOADS | st.sampled_from([b"!7", b"!9", b"!;", b"x" * 104, b"x" * 105]),
)
MIXED = st.lists(st.one_of(GOOD, COMPRESSED, COMPRESSED, ANY), max_size=9).map(b"".join)


def reverse(data: bytes) -> bytes | int:
    """A codec; what begins with `!` is bad in the way that follows."""
    if data[:1] == b"!" and len(data) > 1:
        return {55: 1007, 57: 1009}.get(data[1], 1011)
    return data[::-1]


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    ends = sorted(place % (len(stream) + 1) for place in places)
    return [stream[a:b] for a, b in zip([0, *ends], [*ends, len(stream)], strict=True)]


@settings(max_examples=400, deadline=None)
@given(stream=STREAMS, places=st.lists(st.integers(0, 10**6), max_size=6))
def test_any_stream_cut_anywhere(core: Any, stream: bytes, places: list[int]) -> None:
    expected = Model(limit=SMALL_LIMIT).run(stream)
    assert Connection(core, SMALL_LIMIT).run(cut(stream, places)) == expected
    assert Connection(core, SMALL_LIMIT).run([bytes((byte,)) for byte in stream]) == expected


@settings(max_examples=400, deadline=None, derandomize=True)
@given(stream=MIXED, places=st.lists(st.integers(0, 10**6), max_size=6))
@example(stream=frame(0x41, b"\xa9") + frame(0x80, b"\xc3") + frame(0xC1, b"\xa9\xc3\xc3"), places=[])
@example(stream=frame(0x42, b"x" * 40) + frame(0x80, b"x" * 64) + frame(0x82, b"x" * 41), places=[])
def test_any_stream_with_compressed_messages(core: Any, stream: bytes, places: list[int]) -> None:
    expected = Model(SMALL_LIMIT, reverse).run(stream)
    assert Connection(core, SMALL_LIMIT, reverse).run(cut(stream, places)) == expected
    assert Connection(core, SMALL_LIMIT, reverse).run([bytes((byte,)) for byte in stream]) == expected


@settings(max_examples=100, deadline=None)
@given(
    message=st.binary(max_size=300),
    sizes=st.lists(st.integers(0, 40), max_size=12),
    controls=st.lists(st.sampled_from([0x89, 0x8A]), max_size=12),
)
def test_fragments_with_control_frames_between_make_one_message(
    core: Any, message: bytes, sizes: list[int], controls: list[int]
) -> None:
    stream, rest, opcode = b"", message, 0x02
    for i, size in enumerate(sizes):
        stream += frame(opcode, rest[:size])
        rest, opcode = rest[size:], 0x00
        stream += frame(controls[i], b"between") if i < len(controls) else b""
    stream += frame(0x80 | opcode, rest)
    events = Connection(core, 1 << 20).run([stream])
    assert [event for event in events if event[0] == "message"] == [("message", 2, message)]
    pongs = b"\x8a\x07between" * controls[: len(sizes)].count(0x89)
    assert b"".join(bytes(event[1]) for event in events if event[0] == "write") == pongs  # type: ignore[call-overload]
