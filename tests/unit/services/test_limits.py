"""The engine's limits over real sockets: what is one too much, one too slow, one too long.

Each test is named after the requirement of network.md that it shows.
"""

from __future__ import annotations

import contextlib
import errno
import re
import resource
import socket
import struct
import time
from collections.abc import Iterator

import pytest

from snowrt.services import listener, ws_core, ws_loop, ws_server
from snowrt.services.ws_connection import WsConnection
from tests.fuzz.ws.seeds import close, frame
from tests.unit.services.conftest import Start
from tests.unit.services.raw_client import LINES, RawClient, closed_with, head

LATE = 0.5
"""What a busy machine may add to a time, in seconds."""


@contextlib.contextmanager
def takes(low: float, high: float | None = None) -> Iterator[None]:
    """The block takes so many seconds: not less, and not more than that and `LATE`."""
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    assert low <= took < (low if high is None else high) + LATE, took


def status(response: bytes) -> int:
    return int(response.split(b" ", 2)[1]) if response else 0


# ---- what an open connection may do ---------------------------------------------------------------------


@pytest.mark.parametrize("opcode", [0x89, 0x8A], ids=["ping", "pong"])
def test_SEC_5_a_flood_of_control_frames(start: Start, tls: bool, opcode: int) -> None:
    with RawClient(start(tls).port, tls) as client:
        client.upgrade()
        client.send(frame(opcode, b"p") * 1000 + frame(0x81, b"x"))
        found = [client.frame() for _ in range(1001 if opcode == 0x89 else 1)]
        assert (0x81, b"x") in found
        client.send(frame(opcode, b"p") * 1001)
        assert client.closing() == (1008, "too many control frames")


def test_SEC_5_1000000_empty_fragments(start: Start) -> None:
    with RawClient(start().port) as client:
        client.upgrade()
        before = time.process_time()
        client.send(frame(0x01))
        with contextlib.suppress(OSError):
            for _ in range(100):
                client.send(frame(0x00) * 10_000)
        assert closed_with(client.frame()) == (1008, "too many fragments")
        assert time.process_time() - before < 2


def test_FR_5_the_last_fragment_that_is_allowed(start: Start) -> None:
    with RawClient(start(max_fragments=1000).port) as client:
        client.upgrade()
        client.send(frame(0x01, b"a") + frame(0x00) * 998 + frame(0x80, b"z"))
        assert client.frame() == (0x81, b"az")
        client.send(frame(0x01, b"a") + frame(0x00) * 999 + frame(0x80, b"z"))
        assert closed_with(client.frame()) == (1008, "too many fragments")


def test_SEC_4_a_length_that_lies_costs_nothing(start: Start, tls: bool) -> None:
    with RawClient(start(tls).port, tls) as client:
        client.upgrade()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with takes(0, 0.2):
            client.send(frame(0x82, b"", length=1 << 62))
            assert closed_with(client.frame()) == (1009, "message too big")
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before <= 1024


def test_rate(start: Start, tls: bool) -> None:
    with RawClient(start(tls, rate=(20, 1000)).port, tls) as client:
        client.upgrade()
        client.send(b"".join(frame(0x81, b"%d" % i) for i in range(20)))
        assert [client.frame()[1] for _ in range(20)] == [b"%d" % i for i in range(20)]
        client.send(frame(0x81, b"x") * 3)
        assert client.closing() == (1008, "rate limit")


def test_a_steady_client_keeps_to_the_rate(start: Start) -> None:
    with RawClient(start(rate=(5, 100)).port) as client:
        client.upgrade()
        for _ in range(25):
            client.text("x")
            assert client.frame() == (0x81, b"x")
            time.sleep(0.021)


def test_idle_timeout(start: Start, tls: bool) -> None:
    options = {"idle_timeout": 500, "ping_interval": 100, "pong_timeout": 100}
    with RawClient(start(tls, **options).port, tls) as client:
        client.upgrade()
        time.sleep(0.1)
        client.text("x")
        with takes(0.4):
            while (found := client.frame())[0] != 0x88:
                if found[0] == 0x89:
                    client.send(frame(0x8A, found[1]))
        assert closed_with(found) == (1001, "idle timeout")


# ---- the end of a connection ------------------------------------------------------------------------------


def test_CL_4_the_wait_for_an_answer_is_limited(start: Start, tls: bool) -> None:
    server = start(tls, close_timeout=300, max_message=10)
    with RawClient(server.port, tls, is_strict=True) as client:
        client.upgrade()
        client.send(frame(0x82, bytes(11)))
        assert closed_with(client.frame()) == (1009, "message too big")
        with takes(0.2):
            client.send(frame(0x81, b"discarded"))
            assert client.rest() == b""


def test_CL_4_the_server_does_not_wait_for_the_client_to_end(start: Start, tls: bool) -> None:
    server = start(tls)
    loop = ws_loop.running()
    with RawClient(server.port, tls, is_strict=True) as client:
        client.upgrade()
        assert client.close(4001) == (0x88, struct.pack(">H", 4001))
        assert client.rest() == b""  # over TLS: close_notify
        until = time.monotonic() + LATE
        while any(loop.connections):
            assert time.monotonic() < until
            time.sleep(0.01)


def test_CL_4_without_a_wait(start: Start) -> None:
    with RawClient(start(close_timeout=0, max_message=10).port) as client:
        client.upgrade()
        with takes(0, 0.2):
            client.send(frame(0x82, bytes(11)))
            assert closed_with(client.frame()) == (1009, "message too big")
            assert client.rest() == b""


@pytest.mark.parametrize("code", [1000, 3000, None])
def test_CL_1_the_answer_repeats_the_code(start: Start, tls: bool, code: int | None) -> None:
    with RawClient(start(tls).port, tls) as client:
        client.upgrade()
        client.send(frame(0x88) if code is None else close(code, b"reason"))
        assert client.frame() == (0x88, b"" if code is None else struct.pack(">H", code))
        assert client.rest() == b""


def test_CL_7_what_follows_the_close_is_ignored(start: Start, tls: bool) -> None:
    with RawClient(start(tls).port, tls) as client:
        client.upgrade()
        client.send(close(1000) + frame(0x81, b"late") + frame(0x83) + close(1002))
        assert client.frame() == (0x88, b"\x03\xe8")
        assert client.rest() == b""


def _is_reset(client: RawClient) -> bool:
    try:
        client.sock.recv(1)
    except ConnectionResetError:
        return True
    return False


def test_HB_4_a_dead_peer_is_reset(start: Start) -> None:
    with RawClient(start(ping_interval=100, pong_timeout=100).port) as client:
        client.upgrade()
        assert client.frame()[0] == 0x89
        assert closed_with(client.frame()) == (1001, "pong timeout")
        with takes(0.9, 1.1):
            assert _is_reset(client)


def test_HB_4_a_peer_that_answers_the_close_ends_in_order(start: Start, tls: bool) -> None:
    with RawClient(start(tls, ping_interval=100, pong_timeout=100).port, tls, is_strict=True) as client:
        client.upgrade()
        assert client.frame()[0] == 0x89
        assert closed_with(client.frame()) == (1001, "pong timeout")
        client.send(close(1001))
        assert client.rest() == b""


def test_HB_6_a_peer_that_takes_nothing_is_given_up(start: Start, tls: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ws_server, "_LEAST_PATIENCE", 1000)
    server = start(tls, ping_interval=200, pong_timeout=200)
    with RawClient(server.port, tls, receive_buffer=4096) as client:
        client.upgrade()
        payload = bytes(8 << 20)
        client.send(frame(0x82, payload[:0], length=len(payload), mask=bytes(4)) + payload)
        with takes(0.5, 6):
            while any(ws_loop.running().connections):
                time.sleep(0.02)


def test_HB_6_a_peer_that_takes_little_is_not(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ws_server, "_LEAST_PATIENCE", 500)
    server = start(ping_interval=100, pong_timeout=100)
    payload = bytes(8 << 20)
    with RawClient(server.port, receive_buffer=4096) as client:
        client.upgrade()
        client.send(frame(0x82, b"", length=len(payload), mask=bytes(4)) + payload)
        taken, until = 0, time.monotonic() + 2
        while time.monotonic() < until:
            taken += len(client.sock.recv(2048))
            time.sleep(0.01)
        assert taken > 0 and any(ws_loop.running().connections)
        while taken < len(payload):
            taken += len(client.sock.recv(1 << 20))


# ---- descriptors and errors of accept --------------------------------------------------------------------------


class _Exhausted:
    """A listening socket that cannot accept for a while."""

    def __init__(self, sock: socket.socket, failures: int) -> None:
        self._sock = sock
        self.failures = failures

    def accept(self) -> tuple[socket.socket, tuple[str, int]]:
        if self.failures:
            self.failures -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return self._sock.accept()

    def __getattr__(self, name: str) -> object:
        return getattr(self._sock, name)


def test_WS_23_errors_of_accept_are_said_once_a_second(
    start: Start, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = listener._open
    monkeypatch.setattr(listener, "_open", lambda *args: _Exhausted(real(*args), 5))
    server = start()
    with RawClient(server.port) as client, takes(0.4, 0.7):
        assert " 101 " in client.upgrade()
    lines = [line for line in capfd.readouterr().err.splitlines() if "listening" not in line]
    assert lines == ["[snow-rt] accept error: Too many open files"]


def test_SEC_11_accept_pauses_before_descriptors_run_out(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start()
    with RawClient(server.port) as client:
        client.upgrade()
        monkeypatch.setattr(listener, "_descriptor_limit", lambda: 0)
        with RawClient(server.port) as last, RawClient(server.port, timeout=0.4) as waits:
            last.upgrade()
            with pytest.raises(TimeoutError):
                waits.upgrade()
            client.text("x")
            assert client.frame() == (0x81, b"x")
            monkeypatch.undo()
            waits.sock.settimeout(5)
            assert b" 101 " in waits.read_until(b"\r\n\r\n")


def test_SEC_11_no_limit_of_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert listener._descriptor_limit() > 1 << 20


# ---- information ------------------------------------------------------------------------------------------------


def test_SEC_14_responses_say_nothing_of_the_server(start: Start) -> None:
    server = start()
    for request in (
        head(*LINES),
        b"BAD\r\n\r\n",
        head("GET /" + "x" * 4096 + " HTTP/1.1"),
        head("GET / HTTP/1.1", "Host: x"),
    ):
        with RawClient(server.port) as client:
            client.send(request)
            response = client.read_until(b"\r\n\r\n").decode().lower()
        assert not re.search(r"snow|python|uvloop|\r\nserver:|\r\nx-", response)


# ---- defects of ours ----------------------------------------------------------------------------------------------


def test_NRT_4_an_error_in_a_handshake_ends_that_connection(
    start: Start, tls: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    server = start(tls)
    with monkeypatch.context() as patch:
        patch.setattr(ws_server.WsServer, "has_place", lambda self, peer: 1 / 0)
        with RawClient(server.port, tls) as client:
            client.send(head(*LINES))
            assert client.rest() == b""
    with RawClient(server.port, tls) as client:
        assert " 101 " in client.upgrade()
    lines = capfd.readouterr().err.splitlines()[1:]
    assert len(lines) == 1 and "WS loop error: " in lines[0] and "ZeroDivisionError" in lines[0]


def test_NRT_4_an_error_in_a_connection_is_1011(
    start: Start, tls: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    server, loop = start(tls), ws_loop.running()
    real = WsConnection.obey

    def obey(connection: WsConnection, flags: int) -> None:
        if flags == ws_core.PAUSE and connection is victims[0]:
            raise ZeroDivisionError
        real(connection, flags)

    with RawClient(server.port, tls) as victim, RawClient(server.port, tls) as other:
        victim.upgrade()
        victims = [connection for connection in loop.connections if connection is not None]
        other.upgrade()
        monkeypatch.setattr(WsConnection, "obey", obey)
        loop.call(lambda: loop._obey(victims[0].handle, ws_core.PAUSE))
        assert victim.closing() == (1011, "internal error")
        other.text("still here")
        assert other.frame() == (0x81, b"still here")
    lines = capfd.readouterr().err.splitlines()[1:]
    assert lines == ["[snow-rt] WS loop error: obeying the core: ZeroDivisionError()"]


def test_a_handshake_that_times_out_as_the_client_leaves(
    start: Start, tls: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    real = WsConnection.connection_lost

    def lost(connection: WsConnection, exc: Exception | None) -> None:
        if connection._handshake is not None:
            connection._too_slow()  # its time is over after the transport has ended and before that is said
        real(connection, exc)

    server = start(tls)
    monkeypatch.setattr(WsConnection, "connection_lost", lost)
    with RawClient(server.port, tls) as client:
        client.send(b"GET /")
    with RawClient(server.port, tls) as client:
        client.upgrade()
        client.close()
        client.rest()
    lines = [line for line in capfd.readouterr().err.splitlines() if "listening" not in line]
    assert lines == ["[snow-rt] WS upgrade failed: handshake timed out"]
