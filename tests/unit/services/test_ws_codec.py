"""Properties of the codec on generated input (network.md 22, CF-5; 23, FRAG-01 and FRAG-02).

The default run draws some hundred examples of each, `-m full` ten thousand.
"""

from __future__ import annotations

import ctypes
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snowrt.services import ws_core
from snowrt.services.ws_core import FragmentState
from tests.fuzz.ws.seeds import frame
from tests.unit.services.core_connection import Connection
from tests.unit.services.ws_model import Event, Model

AHEAD = 64 << 10
LIMIT = 1 << 20
BOUNDARIES = (0, 1, 125, 126, 127, 65535, 65536)
EXAMPLES = pytest.mark.parametrize("examples", [300, pytest.param(10_000, marks=pytest.mark.full)])


@pytest.fixture(scope="module")
def core() -> Any:
    return ws_core.open_core()


def holds(examples: int, property_: Callable[..., None], **arguments: st.SearchStrategy[Any]) -> None:
    """Check the property on so many examples, the same ones every time."""
    wanted = settings(
        max_examples=examples, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
    wanted(given(**arguments)(property_))()


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    """The stream in reads that end at these places."""
    ends = sorted(place % (len(stream) + 1) for place in places)
    return [stream[a:b] for a, b in zip([0, *ends], [*ends, len(stream)], strict=True)]


def messages(events: list[Event]) -> list[tuple[object, object]]:
    return [(opcode, payload) for kind, opcode, payload in events if kind == "message"]


SMALL = st.integers(0, 300)
SIZES = SMALL | SMALL | SMALL | st.sampled_from(BOUNDARIES)
MASKS = st.binary(min_size=4, max_size=4)
PLACES = st.lists(st.integers(0, 10**6), max_size=8)


# ---- frames ----------------------------------------------------------------------------------------------


@EXAMPLES
def test_any_frame_comes_back(core: Any, examples: int) -> None:
    """What is written is read: the header's fields, in the shortest form, and the payload behind any mask."""
    core.snow_wsp_write_header.restype = ctypes.c_size_t
    core.snow_wsp_read_header.restype = ctypes.c_uint16

    def check(first: int, size: int, mask: bytes) -> None:
        head = ctypes.create_string_buffer(14)
        length = core.snow_wsp_write_header(head, ctypes.c_uint8(first), ctypes.c_uint64(size))
        assert length == (2 if size < 126 else 4 if size < 65536 else 10)
        written = head.raw[:1] + bytes((head.raw[1] | 0x80,)) + head.raw[2:length] + mask
        assert written == frame(first, b"", length=size, mask=mask)[: length + 4]
        read, reason = ws_core._Frame(), ctypes.c_char_p()
        refused = core.snow_wsp_read_header(ctypes.byref(read), written, ctypes.c_uint8(7), ctypes.byref(reason))
        assert (read.fin, read.rsv, read.opcode) == (first >= 128, first >> 4 & 7, first & 15)
        assert (read.length, bytes(read.mask), read.masked) == (size, mask, True)
        assert (refused == 0) == _is_allowed(first, size)

    sizes = SIZES | st.integers(0, 2**63 - 1)
    holds(examples, check, first=st.integers(0, 255), size=sizes, mask=MASKS)


def _is_allowed(first: int, size: int) -> bool:
    opcode, rsv, fin = first & 15, first >> 4 & 7, first >= 128
    if opcode in (8, 9, 10):
        return fin and not rsv and size <= 125
    return opcode in (1, 2) or (opcode == 0 and not rsv)


@EXAMPLES
def test_any_message_comes_back(core: Any, examples: int) -> None:
    def check(opcode: int, size: int, seed: int, mask: bytes, places: list[int]) -> None:
        payload = random.Random(seed).randbytes(size)
        payload = payload if opcode == 2 else payload.hex().encode()[:size]
        stream = frame(0x80 | opcode, payload, mask=mask)
        assert messages(Connection(core, LIMIT).run(cut(stream, places))) == [(opcode, payload)]

    seeds, opcodes = st.integers(0, 2**32), st.sampled_from([1, 2])
    holds(examples, check, opcode=opcodes, size=SIZES, seed=seeds, mask=MASKS, places=PLACES)


@EXAMPLES
def test_masking_is_its_own_inverse(core: Any, examples: int) -> None:
    """Done twice it changes nothing, and it may be done in parts, each of which knows where it begins."""

    def unmask(data: bytes, mask: bytes, offset: int) -> bytes:
        buffer = ctypes.create_string_buffer(data, len(data))
        core.snow_wsp_unmask(buffer, ctypes.c_size_t(len(data)), mask, ctypes.c_uint64(offset))
        return buffer.raw

    def check(data: bytes, mask: bytes, offset: int, places: list[int]) -> None:
        masked = unmask(data, mask, offset)
        assert masked == bytes(byte ^ mask[(offset + i) % 4] for i, byte in enumerate(data))
        assert unmask(masked, mask, offset) == data
        parts, at = b"", offset
        for part in cut(data, places):
            parts += unmask(part, mask, at)
            at += len(part)
        assert parts == masked

    holds(examples, check, data=st.binary(max_size=400), mask=MASKS, offset=st.integers(0, 2**62), places=PLACES)


# ---- streams -----------------------------------------------------------------------------------------------

PAYLOADS = st.binary(max_size=20) | st.text(max_size=8).map(str.encode)
FRAMES = st.builds(frame, st.sampled_from([0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8A, 0x88]), PAYLOADS)
STREAMS = st.lists(FRAMES | FRAMES | FRAMES | st.builds(frame, st.integers(0, 255), PAYLOADS), max_size=8).map(b"".join)


@EXAMPLES
def test_any_cut_gives_equal_events(core: Any, examples: int) -> None:
    def check(stream: bytes, places: list[int]) -> None:
        expected = Model(limit=40).run(stream)
        assert Connection(core, 40).run([stream]) == expected
        assert Connection(core, 40).run(cut(stream, places)) == expected

    holds(examples, check, stream=STREAMS, places=PLACES)


@EXAMPLES
def test_random_bytes_end_in_an_event(core: Any, examples: int) -> None:
    """No crash and no hang: one ending, last of all, and after a violation the close that belongs to it."""

    def check(stream: bytes, places: list[int]) -> None:
        events = Connection(core, 1000).run(cut(stream, places))
        assert [kind for kind, *_ in events].count("closed") == 1
        after = events[[kind for kind, *_ in events].index("closed") + 1 :]
        assert all(kind == "write" for kind, *_ in after)

    holds(examples, check, stream=st.binary(max_size=200), places=PLACES)


@EXAMPLES
def test_memory_is_at_most_64_kib_ahead_of_data(core: Any, examples: int) -> None:
    def check(announced: int, parts: list[int]) -> None:
        state, rest = FragmentState(1 << 30), announced
        raw, reason, message = ctypes.byref(state.raw), ctypes.c_char_p(), ws_core._Message()
        head = ws_core._Frame(opcode=2, fin=True, length=announced)
        assert core.snow_wsp_fragments_begin(raw, ctypes.byref(head), 1 << 30, 100, ctypes.byref(reason)) == 0
        assert state.raw.cap == 0
        for part in parts:
            size = min(part, rest)
            rest -= size
            core.snow_wsp_fragments_take(
                raw, bytes(size), size, rest, True, ctypes.byref(message), ctypes.byref(reason)
            )
            ahead = state.raw.cap - state.raw.len
            assert 0 <= ahead <= max(AHEAD, state.raw.len)

    sizes = st.lists(st.integers(0, 70_000) | st.integers(0, 100), min_size=1, max_size=8)
    holds(examples, check, announced=st.integers(1, 1 << 30), parts=sizes)


# ---- fragments ---------------------------------------------------------------------------------------------


def fragments(opcode: int, message: bytes, sizes: list[int]) -> list[bytes]:
    """The message in frames of these sizes and a last one with the rest."""
    frames, at = [], 0
    for number, size in enumerate(sizes):
        frames.append(frame(0 if number else opcode, message[at : at + size]))
        at += size
    return [*frames, frame(0x80 | (0 if frames else opcode), message[at:])]


MESSAGES = st.tuples(st.just(2), st.binary(max_size=400)) | st.tuples(st.just(1), st.text(max_size=120).map(str.encode))
FRAGMENT_SIZES = st.lists(st.integers(0, 60), max_size=12)


@EXAMPLES
def test_FRAG_01_any_fragmentation_gives_the_message(core: Any, examples: int) -> None:
    """Also of text, whose characters may be cut anywhere."""

    def check(message: tuple[int, bytes], sizes: list[int], places: list[int]) -> None:
        opcode, payload = message
        stream = b"".join(fragments(opcode, payload, sizes))
        whole = Connection(core, LIMIT).run([frame(0x80 | opcode, payload)])
        assert Connection(core, LIMIT).run(cut(stream, places)) == whole
        assert messages(whole) == [message]

    holds(examples, check, message=MESSAGES, sizes=FRAGMENT_SIZES, places=PLACES)


CONTROLS = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from([0x89, 0x8A]), st.binary(max_size=125)), min_size=1, max_size=6
)  # fmt: skip


@EXAMPLES
def test_FRAG_02_control_frames_between_fragments_do_no_damage(core: Any, examples: int) -> None:
    """The message is the same, and every ping is answered, in order."""

    def check(
        message: tuple[int, bytes], sizes: list[int], controls: list[tuple[int, int, bytes]], places: list[int]
    ) -> None:
        parts = fragments(*message, sizes)
        pongs = b""
        for place, first, payload in sorted(controls, key=lambda control: control[0] % (len(sizes) + 1), reverse=True):
            parts.insert(place % (len(sizes) + 1), frame(first, payload))
            pongs = bytes((0x8A, len(payload))) + payload + pongs if first == 0x89 else pongs
        events = Connection(core, LIMIT).run(cut(b"".join(parts), places))
        assert messages(events) == [message]
        assert b"".join(bytes(event[1]) for event in events if event[0] == "write") == pongs  # type: ignore[call-overload]

    holds(examples, check, message=MESSAGES, sizes=FRAGMENT_SIZES, controls=CONTROLS, places=PLACES)
