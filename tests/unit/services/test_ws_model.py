"""The C core against the model: streams of good and bad frames, cut in any way, give the same events."""

from __future__ import annotations

import ctypes
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snowrt.services import ws_core
from tests.fuzz.ws.seeds import frame
from tests.unit.services.ws_model import Event, Model

ROOM = 1024
"""At least sizeof(snow_wsp)."""
SMALL_LIMIT = 40

_Message = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_uint8, ctypes.c_bool, ctypes.POINTER(ctypes.c_char), ctypes.c_size_t
)
_Write = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_char), ctypes.c_size_t)
_Closed = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_uint16, ctypes.POINTER(ctypes.c_char), ctypes.c_size_t
)


class _Handler(ctypes.Structure):
    _fields_ = (("message", _Message), ("write", _Write), ("closed", _Closed))


class Connection:
    """A `snow_wsp` that notes its events as the model does."""

    def __init__(self, core: Any, limit: int) -> None:
        self._core = core
        self.events: list[Event] = []
        self._handler = _Handler(_Message(self._on_message), _Write(self._on_write), _Closed(self._on_closed))
        self._ws = ctypes.create_string_buffer(ROOM)
        options = ws_core.ProtocolOptions(limit=limit, interval=0, close_wait=5000, max_fragments=131072)
        core.snow_wsp_init(self._ws, ctypes.byref(options), ctypes.c_uint64(0))

    def _on_message(self, _user: object, opcode: int, _compressed: bool, data: Any, size: int) -> None:
        self.events.append(("message", opcode, data[:size]))

    def _on_write(self, _user: object, data: Any, size: int) -> None:
        before = b""
        if self.events and self.events[-1][0] == "write":
            before = bytes(self.events.pop()[1])  # type: ignore[call-overload]
        self.events.append(("write", before + data[:size], None))

    def _on_closed(self, _user: object, code: int, data: Any, size: int) -> None:
        self.events.append(("closed", code, data[:size]))

    def run(self, reads: list[bytes]) -> list[Event]:
        for read in reads:
            data = ctypes.create_string_buffer(read, len(read))
            self._core.snow_wsp_feed(
                self._ws, data, ctypes.c_size_t(len(read)), ctypes.c_uint64(0), ctypes.byref(self._handler), None
            )
        self._core.snow_wsp_end_of_stream(self._ws, ctypes.byref(self._handler), None)
        self._core.snow_wsp_destroy(self._ws)
        return self.events


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


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    ends = sorted(place % (len(stream) + 1) for place in places)
    return [stream[a:b] for a, b in zip([0, *ends], [*ends, len(stream)], strict=True)]


@settings(max_examples=400, deadline=None)
@given(stream=STREAMS, places=st.lists(st.integers(0, 10**6), max_size=6))
def test_any_stream_cut_anywhere(core: Any, stream: bytes, places: list[int]) -> None:
    expected = Model(limit=SMALL_LIMIT).run(stream)
    assert Connection(core, SMALL_LIMIT).run(cut(stream, places)) == expected
    assert Connection(core, SMALL_LIMIT).run([bytes((byte,)) for byte in stream]) == expected


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
