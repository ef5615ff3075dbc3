"""TLS driven by the core, against clients that cut, join and forge records (network.md 10 and 12)."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
import ssl
import struct
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from snowrt.proto.ws_options import WsOptions
from snowrt.services import http, ws, ws_core, ws_loop, ws_stream
from tests.fuzz.ws.seeds import close, frame
from tests.unit.services.conftest import FILES, Start
from tests.unit.services.raw_client import CERTS, LINES, head
from tests.unit.services.tls13_client import APPLICATION, HANDSHAKE, KEY_UPDATE, BioClient, Forger, libcrypto

VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
forged = pytest.mark.skipif(libcrypto() is None, reason="OpenSSL's library cannot be loaded")


@VERSIONS
def test_CL_4_a_close_with_close_notify_behind_it_is_answered(start: Start, version: ssl.TLSVersion) -> None:
    with BioClient(start(True).port, version) as client:
        client.upgrade()
        client.write(client.records(close(1000)) + client.notify())
        assert client.rest() == b"\x88\x02\x03\xe8"


@forged
def test_HS_4_half_a_key_update_does_not_stop_the_clock(start: Start, tmp_path: Path) -> None:
    with Forger(start(True, handshake_timeout=300).port, tmp_path) as client:
        client.write(client.forge(APPLICATION, b"GET /") + client.forge(HANDSHAKE, KEY_UPDATE[:4]))
        client.rest()


@forged
def test_output_that_cannot_be_encrypted_ends_the_connection(start: Start, tmp_path: Path) -> None:
    with Forger(start(True).port, tmp_path) as client:
        client.write(client.forge(APPLICATION, head(*LINES)))
        client.read_head()
        client.write(client.forge(APPLICATION, frame(0x89, b"p")) + client.forge(HANDSHAKE, KEY_UPDATE[:4]))
        client.rest()


@forged
def test_key_updates_while_output_waits_are_no_way_to_fill_the_memory(start: Start, tmp_path: Path) -> None:
    with Forger(start(True, send_buffer=16 << 20).port, tmp_path, receive_buffer=4096) as client:
        client.write(client.forge(APPLICATION, head(*LINES)))
        client.read_head()
        message = frame(0x82, bytes(8 << 20))
        for at in range(0, len(message), 16000):
            client.write(client.forge(APPLICATION, message[at : at + 16000]))
        time.sleep(0.3)
        with pytest.raises(ConnectionError):
            for _ in range(60):
                client.write(b"".join(client.update_keys() for _ in range(100)))
                time.sleep(0.005)


# ---- cutting and joining ------------------------------------------------------------------------------------


@VERSIONS
def test_a_stream_a_byte_at_a_time(start: Start, version: ssl.TLSVersion) -> None:
    with BioClient(start(True).port, version, shakes=False) as client:
        client.shake_hands(1)
        client.write(client.records(head(*LINES), frame(0x81, b"slow")), 1)
        client.read_head()
        assert client.read(6) == b"\x81\x04slow"
        client.write(client.records(close(1000)), 1)
        assert client.rest() == b"\x88\x02\x03\xe8"


@VERSIONS
def test_records_cut_at_every_byte(start: Start, version: ssl.TLSVersion) -> None:
    with BioClient(start(True).port, version) as client:
        client.upgrade()
        size = len(client.records(frame(0x81, b"a"), frame(0x82, b"b")))
    with BioClient(start(True).port, version) as client:
        client.upgrade()
        for at in range(size + 1):
            wire = client.records(frame(0x81, b"a"), frame(0x82, b"b"))
            client.write(wire[:at])
            time.sleep(0.0005)
            client.write(wire[at:])
            assert client.read(6) == b"\x81\x01a\x82\x01b", at


@VERSIONS
def test_all_at_once(start: Start, version: ssl.TLSVersion) -> None:
    texts = [b"%d" % i for i in range(3000)]
    with BioClient(start(True).port, version) as client:
        wire = client.records(head(*LINES) + frame(0x81, b"first"), *(frame(0x81, text) for text in texts))
        client.write(wire)
        client.read_head()
        expected = b"".join(bytes((0x81, len(text))) + text for text in (b"first", *texts))
        assert client.read(len(expected)) == expected


@pytest.mark.parametrize(
    ("version", "queue"), [(ssl.TLSVersion.TLSv1_3, 64), (ssl.TLSVersion.TLSv1_2, 1)], ids=["1.3", "1.2 and pauses"]
)
def test_16_mib_both_ways_past_a_slow_reader(start: Start, version: ssl.TLSVersion, queue: int) -> None:
    payload = bytes(range(256)) * (16 << 12)
    with BioClient(
        start(True, send_buffer=20 << 20, inbound_queue=queue).port, version, receive_buffer=1 << 16
    ) as client:
        client.upgrade()
        client.write(client.records(frame(0x82, payload), frame(0x81, b"after")))
        assert client.read(10) == b"\x82\x7f" + len(payload).to_bytes(8, "big")
        for at in range(0, len(payload), 1 << 20):
            time.sleep(0.005)
            assert client.read(1 << 20) == payload[at : at + (1 << 20)]
        assert client.read(7) == b"\x81\x05after"


def test_no_more_than_a_record_goes_into_a_bio(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    # A BIO keeps the memory of the most that it has held, for as long as the connection is there.
    sizes: dict[str, list[int]] = {"put": [], "write": []}
    names, tls = ws_core.TLS_OBJECTS, ws_stream.TlsStream.tls

    def noted(name: str, method: Any) -> Callable[[memoryview], object]:
        def call(view: memoryview) -> object:
            sizes[name].append(len(view))
            return method(view)

        return call

    def objects(stream: ws_stream.TlsStream) -> tuple[object, ...]:
        found = zip(names, tls.__get__(stream), strict=True)
        return tuple(noted(name, one) if name in sizes else one for name, one in found)

    monkeypatch.setattr(ws_stream.TlsStream, "tls", property(objects))
    with BioClient(start(True, send_buffer=2 << 20).port) as client:
        client.upgrade()
        client.write(client.records(frame(0x82, bytes(1 << 20))))
        client.read(10 + (1 << 20))
    assert sum(sizes["put"]) > 1 << 20 and sum(sizes["write"]) == 10 + (1 << 20)
    assert max(sizes["put"] + sizes["write"]) == 1 << 14


# ---- key updates --------------------------------------------------------------------------------------------


@forged
def test_key_updates_between_messages(start: Start, tmp_path: Path) -> None:
    with Forger(start(True).port, tmp_path) as client:
        wire = client.forge(APPLICATION, head(*LINES)[:9]) + client.update_keys()
        wire += client.forge(APPLICATION, head(*LINES)[9:] + frame(0x81, b"a")) + client.update_keys()
        client.write(wire)
        client.read_head()
        assert client.read(3) == b"\x81\x01a"
        for _ in range(20):
            client.write(client.update_keys() + client.forge(APPLICATION, frame(0x81, b"b")) + client.update_keys())
            assert client.read(3) == b"\x81\x01b"


@forged
def test_key_updates_in_front_of_output_that_waits(start: Start, tmp_path: Path) -> None:
    payload = bytes(range(256)) * (8 << 12)
    with Forger(start(True, send_buffer=16 << 20).port, tmp_path, receive_buffer=4096) as client:
        client.write(client.forge(APPLICATION, head(*LINES)))
        client.read_head()
        message = frame(0x82, payload)
        for at in range(0, len(message), 16000):
            client.write(client.forge(APPLICATION, message[at : at + 16000]) + client.update_keys())
        for _ in range(20):
            time.sleep(0.005)
            client.write(client.update_keys())
        client.write(client.forge(APPLICATION, frame(0x81, b"end")))
        assert client.read(10) == b"\x82\x7f" + len(payload).to_bytes(8, "big")
        assert client.read(len(payload)) == payload
        assert client.read(5) == b"\x81\x03end"


@forged
def test_key_updates_instead_of_a_request(start: Start, tmp_path: Path) -> None:
    with Forger(start(True).port, tmp_path) as client, pytest.raises(ConnectionError):
        for _ in range(60):
            client.write(b"".join(client.update_keys() for _ in range(100)))
            time.sleep(0.002)


# ---- ends ---------------------------------------------------------------------------------------------------


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def _reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def _hello() -> bytes:
    outgoing = ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _come_and_go(port: int) -> None:
    """Clients that end in every part of a connection, one half of them with a reset."""
    hello = _hello()
    socks = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(200)]
    for i, sock in enumerate(socks):
        sock.sendall(hello[: i * len(hello) // 199])
    clients = [BioClient(port) for _ in range(40)]
    for i, client in enumerate(clients):
        wire = client.records(head(*LINES), frame(0x82, b"x" * 200_000))
        client.write(wire[: (i + 1) * len(wire) // 40])
    for i, sock in enumerate(socks + [client.sock for client in clients]):
        (_reset if i % 2 else socket.socket.close)(sock)


def test_clients_that_go_in_the_middle_leave_nothing(start: Start, echo_core: Any) -> None:
    port, before = start(True).port, _descriptors()
    resident = []
    for _ in range(3):
        _come_and_go(port)
        _wait_until(lambda: echo_core.snow_wsconn_count() == 0 and _descriptors() <= before)
        gc.collect()
        resident.append(_resident())
    assert resident[2] - resident[1] < 4 << 20
    with BioClient(port) as client:
        client.upgrade()


@pytest.mark.parametrize("part", [1, 5, 100, 516])
def test_HS_4_a_tls_handshake_that_stops(start: Start, part: int) -> None:
    with BioClient(start(True, handshake_timeout=200).port, shakes=False) as client:
        began = time.monotonic()
        client.write(_hello()[:part])
        assert client.sock.recv(1 << 16) == b""
        assert 0.15 < time.monotonic() - began < 1.5


def test_a_half_close_is_an_end(start: Start) -> None:
    with BioClient(start(True).port) as client:
        client.upgrade()
        client.write(client.records(frame(0x81, b"last")))
        assert client.read(6) == b"\x81\x04last"
        client.sock.shutdown(socket.SHUT_WR)
        assert client.rest() == b""


def _wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


# ---- the stream alone ---------------------------------------------------------------------------------------


class Transport:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.wire = bytearray()
        self.is_aborted = False

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        assert high == low == 0

    def write(self, data: bytes) -> None:
        self.wire += data

    def take(self) -> bytes:
        """What was written since the last time."""
        wire = bytes(self.wire)
        self.wire.clear()
        return wire

    def abort(self) -> None:
        self.is_aborted = True


class Above:
    """The protocol above: what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def connection_made(self, transport: object) -> None:
        self.told.append("made")

    def pause_writing(self) -> None:
        self.told.append("paused")

    def resume_writing(self) -> None:
        self.told.append("resumed")


class Half:
    """The server's side of a stream without a loop's transport, and the TLS object of its client."""

    def __init__(self) -> None:
        context = http.build_server_config(str(CERTS / "cert.pem"), str(CERTS / "key.pem"))
        self.view = memoryview(bytearray(1 << 16))
        self.stream = ws_stream.TlsStream(self.view, "peer", context)
        self.above, self.transport = Above(), Transport()
        self.loop = asyncio.new_event_loop()
        self.opening = ws_stream._Opening(self.stream, cast(Any, self.above), self.loop.create_future())
        self.opening.connection_made(cast(Any, self.transport))
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        trust = ssl.create_default_context(cafile=str(CERTS / "ca.pem"))
        self.client = trust.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")

    def step(self) -> None:
        """The client's next flight, and the answer."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self.client.do_handshake()
        wire = self.outgoing.read()
        self.view[: len(wire)] = wire
        self.opening.buffer_updated(len(wire))
        self.incoming.write(self.transport.take())

    def read(self, count: int) -> bytes:
        """What the client gets."""
        found = b""
        while len(found) < count:
            found += self.client.read(count)
        return found


@pytest.fixture
def half() -> Iterator[Half]:
    made = Half()
    yield made
    made.loop.close()


def test_output_held_back_during_the_tls_handshake_is_known_afterwards(half: Half) -> None:
    half.step()
    half.opening.pause_writing()
    half.step()
    assert half.above.told == ["made", "paused"]
    half.opening.resume_writing()
    assert half.above.told == ["made", "paused", "resumed"]


def test_an_answer_of_many_records_is_written_whole(half: Half) -> None:
    half.step()
    half.step()
    answer = bytes(range(256)) * 400
    half.stream.write(answer)
    half.incoming.write(half.transport.take())
    assert half.read(len(answer)) == answer


def test_a_stream_that_cannot_be_written_to_is_cut_off(half: Half) -> None:
    half.step()
    half.stream.write(b"before the TLS handshake is done")
    assert half.transport.is_aborted


def test_bytes_after_a_handshake_that_was_given_up_count_for_nothing(half: Half) -> None:
    half.step()
    half.opening.done.cancel()
    half.client.do_handshake()
    half.client.write(b"GET / HTTP/1.1")
    half.step()
    assert half.above.told == []


# ---- the loop of the standard library -----------------------------------------------------------------------


@pytest.fixture
def plain_loop(start: Start, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a program gets that has no uvloop."""
    ws_loop.shut_down()
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "uvloop", None)
        ws_loop.running()
    yield
    ws_loop.shut_down()


@VERSIONS
def test_without_uvloop(plain_loop: None, version: ssl.TLSVersion) -> None:
    assert isinstance(ws_loop.running().loop, asyncio.SelectorEventLoop)
    payload = bytes(range(256)) * (2 << 12)
    server = ws.start(WsOptions(bind="127.0.0.1", send_buffer=8 << 20), 0, FILES)
    with BioClient(server.port, version, receive_buffer=1 << 16) as client:
        client.write(client.records(head(*LINES) + frame(0x81, b"first"), frame(0x82, payload)))
        client.read_head()
        assert client.read(7) == b"\x81\x05first"
        time.sleep(0.05)
        assert client.read(10 + len(payload))[10:] == payload
        client.write(client.records(close(1000)) + client.notify())
        assert client.rest() == b"\x88\x02\x03\xe8"
    with BioClient(server.port, version, shakes=False) as client:
        client.write(b"no TLS at all")
        client.sock.recv(100)
    server.stop(0.2)
