"""The views of the protocol's parts: heartbeat to the millisecond, the table of reassembly."""

from __future__ import annotations

import pytest

from snowrt.services.ws_core import BINARY, TEXT, FragmentState, HeartbeatState, Message, Violation, reassemble

CONTINUATION = 0


def test_the_default_heartbeat() -> None:
    beat = HeartbeatState()
    assert (beat.interval, beat.timeout, beat.outstanding) == (30_000, 10_000, None)
    assert not beat.is_due(29_999)
    assert beat.is_due(30_000)
    beat.pinged(b"\1\2\3\4", 30_000)
    assert beat.outstanding == b"\1\2\3\4"
    assert not beat.is_due(80_000)
    assert not beat.is_overdue(39_999)
    assert beat.is_overdue(40_000)
    assert not beat.is_overdue(40_000, since=30_001)


@pytest.mark.parametrize("payload", [b"", b"\1\2\3", b"\1\2\3\5", b"\1\2\3\4\5"])
def test_a_wrong_pong_neither_helps_nor_harms(payload: bytes) -> None:
    beat = HeartbeatState(1000, 500)
    assert not beat.pong(payload, 10)
    beat.pinged(b"\1\2\3\4", 1000)
    assert not beat.pong(payload, 1100)
    assert beat.is_overdue(1500)
    assert beat.pong(b"\1\2\3\4", 1499)
    assert beat.last_pong == 1499 and not beat.is_overdue(9999)
    assert beat.is_due(2000)


def test_the_table_of_reassembly() -> None:
    state = FragmentState()
    assert reassemble(state, TEXT, True, b"whole") == Message(TEXT, b"whole")
    assert reassemble(state, TEXT, False, b"a") is None
    assert state.is_assembling and state.size == 1
    assert reassemble(state, CONTINUATION, False, b"") is None
    assert reassemble(state, CONTINUATION, True, b"b") == Message(TEXT, b"ab")
    assert not state.is_assembling
    assert reassemble(state, CONTINUATION, True, b"b") == Violation(1002, "unexpected continuation frame")
    assert reassemble(state, BINARY, False, b"b") is None
    assert reassemble(state, TEXT, True, b"b") == Violation(1002, "new message during fragmented sequence")
    assert not state.is_assembling


def test_limits() -> None:
    state = FragmentState(limit=5, max_fragments=3)
    assert reassemble(state, BINARY, True, b"12345") == Message(BINARY, b"12345")
    assert reassemble(state, BINARY, True, b"123456") == Violation(1009, "message too big")
    assert reassemble(state, BINARY, False, b"123") is None
    assert reassemble(state, CONTINUATION, True, b"456") == Violation(1009, "message too big")
    assert reassemble(state, BINARY, False, b"") is None
    assert reassemble(state, CONTINUATION, False, b"") is None
    assert reassemble(state, CONTINUATION, False, b"") is None
    assert reassemble(state, CONTINUATION, True, b"") == Violation(1008, "too many fragments")


@pytest.mark.parametrize("text", ["é", "€", "😀", "a😀b"])
def test_characters_may_be_split_between_fragments(text: str) -> None:
    data = text.encode()
    for cut in range(len(data) + 1):
        state = FragmentState()
        assert reassemble(state, TEXT, False, data[:cut]) is None
        assert reassemble(state, CONTINUATION, True, data[cut:]) == Message(TEXT, data)
    state = FragmentState()
    assert reassemble(state, TEXT, False, data[:-1]) in (None, Violation(1007, "invalid UTF-8"))
    assert reassemble(state, CONTINUATION, True, b"") != Message(TEXT, data)
