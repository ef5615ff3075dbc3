"""The engine over real sockets, plain and TLS, with the echo consumer behind it."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import struct
import threading
import time
from pathlib import Path

import pytest

from snowrt.proto.ws_options import WsOptions
from snowrt.services import http, ws
from tests.fuzz.ws.seeds import close, frame
from tests.unit.services.conftest import FILES, Start
from tests.unit.services.raw_client import ACCEPT, LINES, RawClient, closed_with, head


def test_echo_in_both_types_and_all_lengths(start: Start, tls: bool) -> None:
    with RawClient(start(tls).port, tls) as client:
        assert ACCEPT in client.upgrade()
        for first in (0x81, 0x82):
            for size in (0, 1, 125, 126, 65535, 65536, 300_000):
                client.send(frame(first, b"x" * size))
                assert client.frame() == (first, b"x" * size)
        assert client.close(4321) == (0x88, struct.pack(">H", 4321))
        assert client.rest() == b""


def test_frames_in_the_segment_of_the_head_are_not_lost(start: Start, tls: bool) -> None:
    with RawClient(start(tls).port, tls) as client:
        client.send(head(*LINES) + frame(0x81, b"eager") + frame(0x01, b"ha"))
        client.read_until(b"\r\n\r\n")
        client.send(frame(0x80, b"lf"))
        assert (client.frame(), client.frame()) == ((0x81, b"eager"), (0x81, b"half"))


def test_a_byte_at_a_time(start: Start, tls: bool) -> None:
    with RawClient(start(tls).port, tls) as client:
        for byte in head(*LINES) + frame(0x81, b"slow") + frame(0x89, b"p"):
            client.send(bytes((byte,)))
        client.read_until(b"\r\n\r\n")
        assert sorted((client.frame(), client.frame())) == [(0x81, b"slow"), (0x8A, b"p")]
        for byte in close(1000):
            client.send(bytes((byte,)))
        assert client.frame() == (0x88, b"\x03\xe8")


@pytest.mark.parametrize("queue", [1, 64])
def test_order_is_kept_however_little_may_wait(start: Start, tls: bool, queue: int) -> None:
    with RawClient(start(tls, inbound_queue=queue).port, tls) as client:
        client.upgrade()
        client.send(b"".join(frame(0x81, b"%d" % i) for i in range(2000)))
        assert [client.frame()[1] for _ in range(2000)] == [b"%d" % i for i in range(2000)]


def test_sixteen_mebibytes_there_and_back(start: Start, tls: bool) -> None:
    payload = os.urandom(1 << 20) * 16
    masked = frame(0x82, payload[: 1 << 20], mask=bytes(4))[14:] * 16
    with RawClient(start(tls).port, tls, timeout=20) as client:
        client.upgrade()
        client.send(struct.pack(">BBQ", 0x82, 0xFF, len(payload)) + bytes(4) + masked)
        assert client.frame() == (0x82, payload)


def test_a_message_too_big_is_refused_by_its_header(start: Start, tls: bool) -> None:
    with RawClient(start(tls, max_message=1000).port, tls) as client:
        client.upgrade()
        client.send(frame(0x82, b"x" * 1000))
        assert client.frame() == (0x82, b"x" * 1000)
        client.send(frame(0x82, b"", length=1001))
        assert closed_with(client.frame()) == (1009, "message too big")


def test_a_refused_request(start: Start, tls: bool, capfd: pytest.CaptureFixture[str]) -> None:
    server = start(tls)
    with RawClient(server.port, tls) as client:
        client.send(head("GET / HTTP/1.1", "Host: x"))
        response = client.rest().decode()
    assert response.startswith("HTTP/1.1 400 Bad Request\r\n")
    assert response.endswith("\r\n\r\nBad Request: missing or invalid Upgrade header")
    assert "[snow-rt] WS upgrade failed: missing or invalid Upgrade header\n" in capfd.readouterr().err


def test_a_slow_handshake_is_cut(start: Start, tls: bool) -> None:
    with RawClient(start(tls, handshake_timeout=300).port, tls) as client:
        client.send(b"GET / HT")
        began = time.monotonic()
        assert client.rest().startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - began < 2


def test_a_client_that_says_nothing_does_not_stop_a_tls_server(start: Start) -> None:
    server = start(True, handshake_timeout=300)
    with socket.create_connection(("127.0.0.1", server.port), 5) as silent:
        with RawClient(server.port, True) as client:
            client.upgrade()
            client.text("x")
            assert client.frame() == (0x81, b"x")
        assert silent.recv(1) == b""


def test_a_plain_client_of_a_tls_server_gets_nothing(start: Start) -> None:
    server = start(True)
    with RawClient(server.port) as client:
        client.send(head(*LINES))
        assert b"101" not in client.rest()
    with RawClient(server.port, True) as client:
        assert " 101 " in client.upgrade()


def test_connection_limits(start: Start) -> None:
    server = start(max_connections=2)
    with RawClient(server.port) as one, RawClient(server.port) as two:
        one.upgrade(), two.upgrade()
        with RawClient(server.port) as three:
            assert three.upgrade().startswith("HTTP/1.1 503 ")
        one.close()
        one.rest()
        with RawClient(server.port) as four:
            assert " 101 " in four.upgrade()


def test_limit_per_address(start: Start) -> None:
    server = start(max_connections_per_ip=1)
    with RawClient(server.port) as one:
        one.upgrade()
        with RawClient(server.port) as two:
            assert two.upgrade().startswith("HTTP/1.1 503 ")


def test_pings_and_their_answers(start: Start, tls: bool) -> None:
    with RawClient(start(tls, ping_interval=300, pong_timeout=300).port, tls) as client:
        client.upgrade()
        began, payloads = time.monotonic(), []
        for i in range(3):
            first, payload = client.frame()
            assert (first, len(payload)) == (0x89, 4)
            assert 0.25 * (i + 1) < time.monotonic() - began < 0.3 * (i + 1) + 1
            payloads.append(payload)
            client.send(frame(0x8A, payload))
        assert len(set(payloads)) == 3
        assert client.frame()[0] == 0x89
        client.send(frame(0x8A, payloads[0]))
        assert closed_with(client.frame()) == (1001, "pong timeout")
        assert client.rest() == b""


def test_a_lost_client_leaves_nothing(start: Start, tls: bool) -> None:
    server = start(tls)
    for _ in range(20):
        with RawClient(server.port, tls) as client:
            client.upgrade()
            client.text("x")
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_client_that_never_reads_is_closed(start: Start) -> None:
    server = start(send_buffer=1024, close_timeout=200)
    with RawClient(server.port) as client:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.upgrade()
        client.sock.settimeout(0.5)
        with contextlib.suppress(TimeoutError, ConnectionError):
            while True:
                client.send(frame(0x82, bytes(65536)))
    with RawClient(server.port) as other:
        other.upgrade()
        other.text("still here")
        assert other.frame() == (0x81, b"still here")


def test_many_clients_at_once(start: Start, tls: bool) -> None:
    server = start(tls)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(RawClient(server.port, tls)) for _ in range(100)]
        for client in clients:
            client.upgrade()
        for number, client in enumerate(clients):
            client.text(f"I am {number}")
        assert [client.frame()[1] for client in clients] == [b"I am %d" % i for i in range(100)]


def test_stopping(start: Start, tls: bool) -> None:
    server = start(tls)
    with RawClient(server.port, tls) as client, RawClient(server.port, tls) as half:
        client.upgrade()
        half.send(b"GET /")
        stopper = threading.Thread(target=server.stop, args=(5,))
        stopper.start()
        assert closed_with(client.frame()) == (1001, "server shutdown")
        client.send(close(1001))
        assert client.rest() == b""
        client.sock.close()
        stopper.join(3)
        assert not stopper.is_alive()
        server.wait()
        with pytest.raises(ConnectionRefusedError):
            RawClient(server.port)


def test_a_client_that_ignores_the_end_is_cut_off(start: Start) -> None:
    server = start()
    with RawClient(server.port) as client:
        client.upgrade()
        began = time.monotonic()
        server.stop(0.3)
        assert 0.2 < time.monotonic() - began < 3


def test_the_lines_about_starting(start: Start, tls: bool, capfd: pytest.CaptureFixture[str]) -> None:
    kind = "WebSocket TLS server" if tls else "WebSocket server"
    server = start(tls)
    assert capfd.readouterr().err == f"[snow-rt] {kind} listening on 127.0.0.1:{server.port}\n"
    ws.serve(WsOptions(bind="127.0.0.1"), server.port, FILES if tls else None)
    failed = f"[snow-rt] Failed to start {kind} on 127.0.0.1:{server.port}: "
    assert capfd.readouterr().err == failed + "Address already in use\n"


def test_ports_that_cannot_be(echo_core: object, capfd: pytest.CaptureFixture[str]) -> None:
    for port in (-1, 65536):
        ws.serve(WsOptions(), port)
        text = f"Failed to start WebSocket server on 0.0.0.0:{port}: the port must be between 0 and 65535, not {port}"
        assert capfd.readouterr().err == f"[snow-rt] {text}\n"
    ws.serve(WsOptions(ping_interval=7), 0)
    assert "Failed to start WebSocket server on 0.0.0.0:0: ping_interval: 7" in capfd.readouterr().err


def test_a_bad_certificate_ends_the_call(echo_core: object, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ws.serve(WsOptions(), 0, ws.Files(str(tmp_path / "none"), FILES.key))
    assert capfd.readouterr().err.startswith("[snow-rt] Failed to load TLS certificates: open cert file: ")


def test_the_one_routine_makes_every_configuration(
    start: Start, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    calls: list[tuple[str, str]] = []
    real = http.build_server_config

    def probe(cert: str, key: str) -> ssl.SSLContext:
        calls.append((cert, key))
        return real(cert, key)

    monkeypatch.setattr(http, "build_server_config", probe)
    start(False)
    assert calls == []
    start(True)
    assert calls == [(FILES.cert, FILES.key)]

    def refuse(cert: str, key: str) -> ssl.SSLContext:
        raise http.TlsProblem("TLS config: refused")

    monkeypatch.setattr(http, "build_server_config", refuse)
    capfd.readouterr()
    ws.serve(WsOptions(), 0, FILES)
    assert capfd.readouterr().err == "[snow-rt] Failed to load TLS certificates: TLS config: refused\n"
