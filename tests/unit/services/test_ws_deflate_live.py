"""Compression over real sockets: clients of our own that compress with zlib, and the bombs that clients could send."""

from __future__ import annotations

import asyncio
import os
import random
import re
import ssl
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.ws.seeds import close, frame
from tests.unit.services.conftest import Start
from tests.unit.services.raw_client import CERTS, LINES, RawClient, closed_with, head

MIB = 1 << 20
OFFER = "permessage-deflate; client_max_window_bits"
HELLO = b"hello " * 20


class DeflateClient(RawClient):
    """Compresses what it sends and inflates what comes; `answer` is what the server agreed to."""

    def __init__(self, port: int, tls: bool = False, offer: str = OFFER) -> None:
        super().__init__(port, tls, timeout=20)
        response = self.upgrade(f"Sec-WebSocket-Extensions: {offer}")
        found = re.search(r"Sec-WebSocket-Extensions: permessage-deflate(.*)\r\n", response)
        assert found, response
        self.answer = found[1]
        bits = re.search(r"client_max_window_bits=(\d+)", self.answer)
        self._bits = int(bits[1]) if bits else 15
        self._compressor: Any = None
        self._decompressor: Any = None

    def deflate(self, data: bytes) -> bytes:
        if self._compressor is None or "client_no_context_takeover" in self.answer:
            self._compressor = zlib.compressobj(wbits=-self._bits)
        stream: bytes = self._compressor.compress(data) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
        return stream[:-4]

    def message(self) -> tuple[int, bytes]:
        """The next message: the first byte of its frame and what it stands for."""
        first, payload = self.frame()
        if not first & 0x40:
            return first, payload
        if self._decompressor is None or "server_no_context_takeover" in self.answer:
            self._decompressor = zlib.decompressobj(-15)
        return first, self._decompressor.decompress(payload + b"\0\0\xff\xff")


@pytest.fixture(params=["on", "no_context"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_messages_of_all_kinds_come_back_in_order(start: Start, tls: bool, mode: str) -> None:
    with DeflateClient(start(tls, compression=mode).port, tls) as client:
        rng = random.Random(1)
        messages = [rng.randbytes(rng.choice([0, 3, 63, 64, 500, 70_000])) * rng.randint(1, 3) for _ in range(60)]
        for i, message in enumerate(messages):
            if i % 3 == 0:
                client.send(frame(0x82, message))
            elif i % 3 == 1:
                client.send(frame(0xC2, client.deflate(message)))
            else:
                stream = client.deflate(message)
                client.send(frame(0x42, stream[:5]) + frame(0x00) + frame(0x80, stream[5:]))
        for message in messages:
            first, found = client.message()
            assert found == message
            assert first == 0x82 or (first == 0xC2 and len(message) >= 64)
        assert client.close(1000) == (0x88, b"\x03\xe8")


def test_only_what_is_worth_it_is_compressed(start: Start, mode: str) -> None:
    with DeflateClient(start(compression=mode).port) as client:
        client.send(frame(0x81, b"x" * 63) + frame(0x81, b"x" * 64) + frame(0x89, b"p" * 100))
        frames = [client.frame() for _ in range(3)]
        assert (0x81, b"x" * 63) in frames and (0x8A, b"p" * 100) in frames
        (compressed,) = [payload for first, payload in frames if first == 0xC1]
        assert len(compressed) < 10


def test_context_is_kept_or_not_as_agreed(start: Start) -> None:
    def sizes(offer: str, mode: str) -> list[int]:
        noise = os.urandom(100)
        with DeflateClient(start(compression=mode).port, offer=offer) as client:
            for _ in range(2):
                client.send(frame(0x82, noise + noise))
            return [len(client.frame()[1]) for _ in range(2)]

    first, second = sizes(OFFER, "on")
    assert second < 20 < first
    first, second = sizes(OFFER + "; server_no_context_takeover", "on")
    assert 100 < first == second < 200
    first, second = sizes(OFFER, "no_context")
    assert 100 < first == second < 200


def test_a_client_that_offers_nothing_is_served_as_ever(start: Start) -> None:
    server = start(compression="on")
    for offer in ([], ["Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8"]):
        with RawClient(server.port) as client:
            assert "Extensions" not in client.upgrade(*offer)
            client.send(frame(0x82, bytes(1000)))
            assert client.frame() == (0x82, bytes(1000))
            client.send(frame(0xC2, bytes(10)))
            assert closed_with(client.frame()) == (1002, "reserved bits set")


def test_compressed_frames_in_the_segment_of_the_head(start: Start) -> None:
    with RawClient(start(compression="on").port) as client:
        lines = f"Sec-WebSocket-Extensions: {OFFER}"
        stream = zlib.compressobj(wbits=-15)
        payload = (stream.compress(HELLO) + stream.flush(zlib.Z_SYNC_FLUSH))[:-4]
        client.send(head(*LINES, lines) + frame(0xC1, payload))
        client.read_until(b"\r\n\r\n")
        first, compressed = client.frame()
        assert first == 0xC1
        assert zlib.decompressobj(-15).decompress(compressed + b"\0\0\xff\xff") == HELLO


@pytest.mark.parametrize(
    ("frames", "code", "reason"),
    [
        (frame(0xC1, b"\xff\xff\xff"), 1007, "bad compressed data"),
        (frame(0xC1, b"\x4a\x4c\x4a"), 1007, "bad compressed data"),
        (frame(0x41, b"\x4a") + frame(0xC0, b"\x00"), 1002, "reserved bits set"),
        (frame(0xC9, b""), 1002, "reserved bits set"),
        (frame(0xA1, b""), 1002, "reserved bits set"),
    ],
)
def test_violations(start: Start, mode: str, frames: bytes, code: int, reason: str) -> None:
    with DeflateClient(start(compression=mode).port) as client:
        client.send(frames + frame(0x81, b"after"))
        assert closed_with(client.frame()) == (code, reason)
        client.send(close(code))
        assert client.rest() == b""


def test_text_that_is_not_utf8_when_it_is_inflated(start: Start, mode: str) -> None:
    with DeflateClient(start(compression=mode).port) as client:
        client.send(frame(0xC2, client.deflate(b"\xff" * 100)))
        assert client.message() == (0xC2, b"\xff" * 100)
        client.send(frame(0xC1, client.deflate(b"\xff" * 100)))
        assert closed_with(client.frame()) == (1007, "invalid UTF-8")


def test_the_limit_is_that_of_the_inflated_message(start: Start, mode: str) -> None:
    with DeflateClient(start(compression=mode, max_message=100_000).port) as client:
        for data in (bytes(100_000), os.urandom(100_000)):
            client.send(frame(0xC2, client.deflate(data)))
            assert client.message()[1] == data
        client.send(frame(0xC2, client.deflate(bytes(100_001))))
        assert closed_with(client.frame()) == (1009, "message too big")


@pytest.mark.parametrize("bits", [None, 9])
def test_a_client_library(start: Start, tls: bool, mode: str, bits: int | None) -> None:
    websockets = pytest.importorskip("websockets")
    deflate = pytest.importorskip("websockets.extensions.permessage_deflate")
    extension = deflate.ClientPerMessageDeflateFactory(server_max_window_bits=bits, client_max_window_bits=bits or True)
    server = start(tls, compression=mode, send_buffer=16 * MIB)
    context = ssl.create_default_context(cafile=str(CERTS / "ca.pem")) if tls else None
    messages = ["", "text ✓", "✓" * 100_000, b"", os.urandom(200_000), bytes(2 * MIB), "last", "last"]

    async def talk() -> None:
        url = f"{'wss' if tls else 'ws'}://localhost:{server.port}/"
        async with websockets.connect(url, ssl=context, compression=None, extensions=[extension], max_size=None) as ws:
            assert "permessage-deflate" in ws.response.headers["Sec-WebSocket-Extensions"]
            for message in messages:
                await ws.send(message)
            assert [await ws.recv() for _ in messages] == messages

    asyncio.run(asyncio.wait_for(talk(), 30))


# ---- bombs -----------------------------------------------------------------------------------------


def _peak() -> int:
    """The most memory this process has used since `_forget_peak`, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) << 10


def _forget_peak() -> int:
    """What it uses now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def zeroes(mebibytes: int) -> bytes:
    """A stream that stands for so many of them."""
    stream = zlib.compressobj(9, wbits=-15)
    part = b"".join((*(stream.compress(bytes(MIB)) for _ in range(8)), stream.flush(zlib.Z_FULL_FLUSH)))
    return (part * (mebibytes // 8))[:-4]


@pytest.mark.parametrize("cuts", [1, 50])
def test_sec_7_a_bomb_ends_in_1009_and_takes_no_memory(start: Start, mode: str, cuts: int) -> None:
    bomb = zeroes(1024)
    assert len(bomb) < 2 * MIB
    with DeflateClient(start(compression=mode).port) as client:
        size = len(bomb) // cuts
        parts = [bomb[at : at + size] for at in range(0, len(bomb), size)]
        firsts = [0x42, *[0x00] * (len(parts) - 2), 0x80] if len(parts) > 1 else [0xC2]
        stream = b"".join(frame(first, part) for first, part in zip(firsts, parts, strict=True))
        before = _forget_peak()
        client.send(stream)
        assert closed_with(client.frame()) == (1009, "message too big")
        assert _peak() - before < 32 * MIB


def test_sec_7_ten_kibibytes_with_a_smaller_limit(start: Start, mode: str) -> None:
    bomb = zeroes(8)
    assert len(bomb) < 10 << 10
    with DeflateClient(start(compression=mode, max_message=MIB).port) as client:
        before = _forget_peak()
        client.send(frame(0xC1, bomb))
        assert closed_with(client.frame()) == (1009, "message too big")
        assert _peak() - before < 8 * MIB


def test_a_peer_that_vanishes_in_the_middle_leaves_nothing(start: Start, mode: str) -> None:
    server = start(compression=mode)
    for _ in range(10):
        with DeflateClient(server.port) as client:
            client.send(frame(0xC2, client.deflate(bytes(5 * MIB))) + frame(0x42, b"x"))


# ---- any messages, any way of cutting ---------------------------------------------------------------

MESSAGES = st.lists(
    st.tuples(st.binary(max_size=200), st.integers(1, 40), st.booleans()), min_size=1, max_size=8
)  # fmt: skip


@settings(derandomize=True, max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=MESSAGES, cut=st.integers(1, 60), bits=st.integers(9, 15), forget=st.booleans())
def test_round_trips(start: Start, messages: list[tuple[bytes, int, bool]], cut: int, bits: int, forget: bool) -> None:
    offer = f"permessage-deflate; client_max_window_bits={bits}; server_max_window_bits={bits}"
    with DeflateClient(start(compression="on").port, offer=offer + "; server_no_context_takeover" * forget) as client:
        stream = b""
        for part, times, compressed in messages:
            payload = part * times
            if not compressed:
                stream += frame(0x82, payload)
                continue
            payload = client.deflate(payload)
            stream += frame(0x42, payload[:cut])
            stream += frame(0x80, payload[cut:])
        for at in range(0, len(stream), 1 + cut * 7):
            client.send(stream[at : at + 1 + cut * 7])
        assert [client.message()[1] for _ in messages] == [part * times for part, times, _ in messages]
