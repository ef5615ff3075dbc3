"""Limits of the opening handshake over real sockets, and of the lines that bad ones leave.

Each test is named after the requirement of network.md that it shows.
"""

from __future__ import annotations

import contextlib
import re
import select
import time

import pytest

from snowrt.services import log, ws_loop
from snowrt.services.ws_server import WsServer
from tests.unit.services.conftest import Start
from tests.unit.services.raw_client import LINES, RawClient, head
from tests.unit.services.test_limits import LATE, status, takes

# ---- the opening handshake --------------------------------------------------------------------------


@pytest.mark.parametrize("begins", [b"", b"GET / HT", head(*LINES)[:-2]], ids=["silent", "line", "head"])
def test_HS_4_a_handshake_has_its_time_from_accept(start: Start, tls: bool, begins: bytes) -> None:
    with RawClient(start(tls, handshake_timeout=300).port, tls) as client, takes(0.2):
        client.send(begins)
        assert status(client.rest()) == 408


def test_HS_4_the_time_of_the_tls_handshake_counts(start: Start) -> None:
    server = start(True, handshake_timeout=600)
    with takes(0.5), RawClient(server.port, True, pause=0.4) as client:
        assert status(client.rest()) == 408


def test_HS_4_a_dripping_head_is_cut_in_time(start: Start) -> None:
    with RawClient(start(handshake_timeout=300).port) as client, takes(0.2):
        for byte in head(*LINES):
            client.send(bytes((byte,)))
            if select.select([client.sock], [], [], 0.01)[0]:
                break
        assert status(client.rest()) == 408


def test_HS_4_half_open_handshakes_have_no_connection(start: Start, echo_core: object) -> None:
    server = start()
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(RawClient(server.port)).send(b"GET / HTTP/1.1\r\n")
        with RawClient(server.port) as client:
            client.upgrade()
            client.text("x")
            assert client.frame() == (0x81, b"x")
            assert ws_loop.running().table.core.snow_wsconn_count() == 1


def _line(size: int) -> str:
    return "GET /" + "x" * (size - len("GET / HTTP/1.1")) + " HTTP/1.1"


def _head(size: int) -> bytes:
    missing = size - len(head(*LINES)) - len("X: \r\n")
    return head(*LINES, "X: " + "y" * missing)


SIZES = (
    (head(_line(4096), *LINES[1:]), 101),
    (head(_line(4097), *LINES[1:]), 414),
    (_head(8192), 101),
    (_head(8193), 431),
    (head(*LINES, *(f"X{i}: 1" for i in range(95))), 101),
    (head(*LINES, *(f"X{i}: 1" for i in range(96))), 431),
)


@pytest.mark.parametrize(("request_", "expected"), SIZES, ids=lambda value: value if isinstance(value, int) else "-")
def test_SEC_3_the_limits_themselves_are_accepted(start: Start, tls: bool, request_: bytes, expected: int) -> None:
    with RawClient(start(tls).port, tls) as client:
        client.send(request_)
        assert status(client.read_until(b"\r\n\r\n")) == expected
        if expected == 101:
            client.text("in")
            assert client.frame() == (0x81, b"in")


def test_SEC_3_an_endless_head_is_not_collected(start: Start) -> None:
    with RawClient(start().port) as client:
        with contextlib.suppress(OSError):
            for _ in range(2000):
                client.send(b"x" * 8192)
        assert status(client.rest()) in (0, 414)


def test_HS_2_check_12_comes_before_the_connection(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    server = start(max_connections=2)
    with RawClient(server.port) as one, RawClient(server.port) as two, RawClient(server.port) as bad:
        one.upgrade(), two.upgrade()
        with RawClient(server.port) as three:
            response = three.upgrade()
            assert response.startswith("HTTP/1.1 503 ") and "\r\nRetry-After: 1\r\n" in response
        bad.send(head("GET / HTTP/1.1", "Host: x"))
        assert status(bad.rest()) == 400
        one.close()
        one.rest()
        with RawClient(server.port) as four:
            assert " 101 " in four.upgrade()
    assert "[snow-rt] WS upgrade failed: too many connections\n" in capfd.readouterr().err


def test_max_connections_per_ip(start: Start) -> None:
    server = start(max_connections_per_ip=2)
    with RawClient(server.port) as one, RawClient(server.port) as two:
        one.upgrade(), two.upgrade()
        with RawClient(server.port) as three:
            assert three.upgrade().startswith("HTTP/1.1 503 ")
        with RawClient(server.port, source="127.0.0.2") as other:
            assert " 101 " in other.upgrade()
        two.close()
        two.rest()
        with RawClient(server.port) as four:
            assert " 101 " in four.upgrade()


def test_max_connections_0_is_no_limit(start: Start) -> None:
    server = start(max_connections=0)
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            assert " 101 " in stack.enter_context(RawClient(server.port)).upgrade()


ORIGINS = (
    # auto: both an Origin and credentials, one of them, none
    (("auto",), ("Origin: http://evil.example", "Cookie: a=b"), 403),
    (("auto",), ("Origin: http://localhost", "Cookie: a=b"), 101),
    (("auto",), ("Origin: http://evil.example",), 101),
    (("auto",), ("Cookie: a=b",), 101),
    (("auto",), ("Origin: http://evil.example", "Authorization: Basic eA=="), 403),
    (("auto",), ("Origin: http://localhost:8080", "Cookie: a=b"), 403),
    (("auto",), ("Origin: null", "Cookie: a=b"), 403),
    (("https://app.example",), ("Origin: https://app.example", "Cookie: a=b"), 101),
    (("https://app.example",), ("Origin: http://app.example",), 403),
    (("https://app.example",), ("Origin: http://localhost",), 403),
    (("https://app.example",), ("Cookie: a=b",), 101),
    (("*",), ("Origin: http://evil.example", "Cookie: a=b"), 101),
)


@pytest.mark.parametrize(("origins", "lines", "expected"), ORIGINS)
def test_SEC_6_origins(start: Start, origins: tuple[str, ...], lines: tuple[str, ...], expected: int) -> None:
    with RawClient(start(origins=origins).port) as client:
        assert status(client.upgrade(*lines).encode()) == expected


def _drip(start: Start, count: int, seconds: float) -> None:
    server = start(handshake_timeout=int(seconds * 1000))
    with contextlib.ExitStack() as stack:
        drips = [stack.enter_context(RawClient(server.port, timeout=20)) for _ in range(count)]
        began = time.monotonic()
        answers = []
        while time.monotonic() - began < seconds / 2:
            for client in drips:
                client.send(b"G")
            asked = time.monotonic()
            with RawClient(server.port) as normal:
                normal.upgrade()
                normal.text("x")
                assert normal.frame() == (0x81, b"x")
            answers.append(time.monotonic() - asked)
            time.sleep(0.2)
        assert sorted(answers)[len(answers) // 2] < 0.5
        for client in drips:
            assert status(client.rest()) == 408
        assert time.monotonic() - began < seconds + 2 * LATE


def test_SEC_1_clients_that_drip_hold_nobody_up(start: Start) -> None:
    _drip(start, 100, 1.0)


@pytest.mark.full
def test_SEC_1_1000_clients_that_drip(start: Start) -> None:
    _drip(start, 1000, 5.0)


# ---- lines on standard error --------------------------------------------------------------------------


def _lines_of(
    count: int, start: Start, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[list[str], float]:
    """Lines that so many bad handshakes leave, and how long they took."""
    server = start()
    reasons: list[str] = []
    real = WsServer.upgrade_failed

    def upgrade_failed(self: WsServer, reason: str) -> None:
        if reason != "handshake timed out":  # a connection that says nothing is none of these clients
            reasons.append(reason)
            real(self, reason)

    monkeypatch.setattr(WsServer, "upgrade_failed", upgrade_failed)
    capfd.readouterr()
    began = time.monotonic()
    for _ in range(count):
        with RawClient(server.port) as client:
            client.send(b"BAD\r\n\r\n")
            assert status(client.rest()) == 400
    took = time.monotonic() - began
    assert reasons == ["malformed request line"] * count
    text = ""
    while _counted(text) < count and time.monotonic() - began < took + 5:
        time.sleep(0.1)
        text += capfd.readouterr().err
    assert _counted(text) == count, text
    return text.splitlines(), took


def _counted(text: str) -> int:
    shown = text.count("WS upgrade failed: malformed request line\n")
    return shown + sum(map(int, re.findall(r"\] (\d+) more lines like the last were suppressed", text)))


def test_HS_5_at_most_10_lines_a_second_and_a_count(
    start: Start, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines, took = _lines_of(200, start, capfd, monkeypatch)
    assert len(lines) <= 10 * (int(took) + 2)


@pytest.mark.full
def test_SEC_13_100000_bad_handshakes(
    start: Start, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines, took = _lines_of(100_000, start, capfd, monkeypatch)
    assert len(lines) <= 10 * (int(took) + 2)


def test_SEC_13_the_count_takes_the_place_of_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    limit = log.RateLimit(3)
    for i in range(5):
        limit.say(f"a{i}", now=10.0 + i / 10)
    for i in range(5):
        limit.say(f"b{i}", now=11.0 + i / 10)
    limit.flush(now=11.9)
    limit.flush(now=12.0)
    limit.flush(now=20.0)
    limit.say("c", now=20.0)
    found = [line.removeprefix("[snow-rt] ") for line in capfd.readouterr().err.splitlines()]
    more = "more lines like the last were suppressed"
    assert found == ["a0", "a1", "a2", f"2 {more}", "b0", "b1", f"3 {more}", "c"]


def test_lines_carry_no_commands_for_terminals(capfd: pytest.CaptureFixture[str]) -> None:
    log.say("a\x1b[31mb\nc\x85 é \udc80")
    assert capfd.readouterr().err == "[snow-rt] a\\x1b[31mb\\nc\\x85 é \\udc80\n"
