"""Limits of running programs: descriptors, crowds, clients that die, and the time that an end may take.

Each test is named after the requirement of network.md that it shows.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fuzz.ws.seeds import frame
from tests.network.conftest import Kind
from tests.network.option_server import OPTIONS, memory_of, raw, serving
from tests.services.server import FILES, ROOT, Server
from tests.unit.services.raw_client import LINES, RawClient, closed_with, head

MIB = 1 << 20
LATE = 1.0
PLAIN = Kind(False, False)
TLS = Kind(True, False)


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.full)], ids=["run", "built"])
def is_built(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def descriptors(server: Server) -> int:
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def threads(server: Server) -> int:
    return len(os.listdir(f"/proc/{server.process.pid}/task"))


def wait_until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


# ---- descriptors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_SEC_11_few_descriptors(tmp_path: Path, tls: bool) -> None:
    kind = Kind(tls, False)
    through = ("sh", "-c", 'ulimit -n 256; exec "$@"', "sh")
    files = () if not tls else (f"tls={','.join(FILES)}",)
    with Server(tmp_path, OPTIONS, False, "handshake_timeout=60000", *files, through=through) as server:
        port = server.port()
        with raw(server, kind) as early, contextlib.ExitStack() as stack:
            crowd = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 20)) for _ in range(400)]
            wait_until(lambda: descriptors(server) >= 225)
            time.sleep(1.5)
            assert descriptors(server) <= 240
            early.text("still served")
            assert early.frame() == (0x81, b"still served")
            for sock in crowd[:390]:
                sock.close()
            with raw(server, kind) as late:
                late.text("and so am I")
                assert late.frame() == (0x81, b"and so am I")
        lines = [line for line in server.stderr.splitlines() if "accept error" in line or "suppressed" in line]
        assert 1 <= len(lines) <= 5
        assert server.process.poll() is None


# ---- crowds ----------------------------------------------------------------------------------------------

_CROWD = """
import socket, sys
from tests.unit.services.raw_client import LINES, head
port, count = map(int, sys.argv[1:])
found = {}
socks = []
for _ in range(count):
    sock = socket.create_connection(("127.0.0.1", port), 30)
    sock.sendall(head(*LINES))
    status = sock.recv(4096).split(b" ", 2)[1].decode()
    found[status] = found.get(status, 0) + 1
    socks.append(sock)
print(found, flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def crowd(server: Server, count: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """So many clients in another process, and what statuses they got."""
    line = [sys.executable, "-c", _CROWD, str(server.port()), str(count)]
    path = os.pathsep.join((str(ROOT), str(ROOT / "runtime")))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen(line, env={**os.environ, "PYTHONPATH": path}, **pipes)  # type: ignore[call-overload]
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().decode().strip()
    finally:
        process.kill()
        process.communicate()


def _crowded(places: int, clients: int) -> None:
    with serving(PLAIN, f"max_connections={places}") as server:
        with crowd(server, clients) as (_, found):
            assert found == f"{{'101': {places}, '503': {clients - places}}}"
        server.prints("closed 1006 : 0 left")
        wait_until(lambda: server.stdout.count("closed 1006") == places, 60)
        with raw(server, PLAIN) as client:
            client.text("there is a place again")
            assert client.frame() == (0x81, b"there is a place again")


def test_SEC_11_more_clients_than_places() -> None:
    _crowded(100, 120)


@pytest.mark.full
def test_SEC_11_12000_clients_for_10000_places() -> None:
    _crowded(10_000, 12_000)


def test_CON_8_no_thread_for_a_connection() -> None:
    with serving(PLAIN) as server:
        with raw(server, PLAIN):
            before = threads(server)
        with crowd(server, 300) as (_, found):
            assert found == "{'101': 300}"
            assert threads(server) <= before


@pytest.mark.parametrize("count", [50, pytest.param(2000, marks=pytest.mark.full)])
def test_CON_2_clients_that_are_killed(is_built: bool, count: int) -> None:
    with serving(Kind(False, is_built)) as server:
        with crowd(server, 1):
            pass
        server.prints("closed 1006 : 0 left")
        before = descriptors(server)
        with crowd(server, count) as (process, found):
            assert found == f"{{'101': {count}}}"
            assert descriptors(server) >= before + count
            process.kill()
            wait_until(lambda: server.stdout.count("closed 1006") == 1 + count, 60)
        wait_until(lambda: descriptors(server) <= before)
        server.prints("closed 1006 : 0 left")


# ---- flow ------------------------------------------------------------------------------------------------


def _sent_until_it_blocks(client: RawClient, data: bytes, most: int) -> int:
    client.sock.setblocking(False)
    sent = 0
    while sent < most and select.select([], [client.sock], [], 1.0)[1]:
        with contextlib.suppress(BlockingIOError):
            sent += client.sock.send(data[sent % len(data) :])
    client.sock.setblocking(True)
    client.sock.settimeout(20)
    return sent


@pytest.mark.full
def test_CON_9_reading_pauses_when_the_handler_is_behind() -> None:
    with serving(PLAIN, "ping_interval=200", "pong_timeout=100") as server, raw(server, PLAIN, "/slow") as client:
        before = memory_of(server)
        data = (frame(0x89, b"ping") + frame(0x81, b"x" * 1000)) * 900
        began = time.monotonic()
        sent = _sent_until_it_blocks(client, data, 256 * MIB)
        assert sent < 64 * MIB  # what the systems of both sides hold
        assert memory_of(server) - before < 16 * MIB
        # We do not read, so nobody is blamed for not answering.
        while time.monotonic() < began + 3:
            first, payload = client.frame()
            assert first in (0x89, 0x8A) or (first, len(payload)) == (0x81, 1000)
        assert "closed" not in server.stdout


@pytest.mark.full
def test_CON_9_32_mib_wait_at_most() -> None:
    with serving(PLAIN, "inbound_queue=1000000") as server, raw(server, PLAIN, "/slow") as client:
        before = memory_of(server)
        message = frame(0x82, b"", length=MIB, mask=bytes(4)) + bytes(MIB)
        sent = _sent_until_it_blocks(client, message, 256 * MIB)
        assert 31 * MIB < sent < 96 * MIB
        assert memory_of(server) - before < 64 * MIB


# ---- crashes ---------------------------------------------------------------------------------------------


def _crash(server: Server, kind: Kind) -> None:
    with raw(server, kind, "/crash") as client:
        client.send(frame(0x81, b""))
        assert closed_with(client.frame()) == (1011, "internal error")


def reported_crashes(server: Server) -> int:
    """Shown one by one, or counted (SEC-13)."""
    counts = re.findall(r"^\[snow-rt\] (\d+) more lines like the last were suppressed$", server.stderr, re.MULTILINE)
    return server.stderr.count(") crashed: Snow panic at ") + sum(map(int, counts))


@pytest.mark.parametrize("kind", [PLAIN, TLS], ids=str)
@pytest.mark.parametrize("count", [100, pytest.param(10_000, marks=pytest.mark.full)])
def test_CR_4_crashes_leave_nothing(kind: Kind, count: int) -> None:
    with serving(kind) as server:
        began = time.monotonic()
        for _ in range(50):
            _crash(server, kind)
        server.prints("closed 1011 internal error: 0 left")
        wait_until(lambda: server.stdout.count("closed 1011") == 50)
        before, used = descriptors(server), memory_of(server)
        for _ in range(count):
            _crash(server, kind)
        wait_until(lambda: server.stdout.count("closed 1011") == 50 + count)
        wait_until(lambda: reported_crashes(server) == 50 + count)
        assert len(server.stderr.splitlines()) <= 1 + 10 * (time.monotonic() - began + 2)
        wait_until(lambda: descriptors(server) <= before)
        assert memory_of(server) - used <= 8 * MIB
        with raw(server, kind) as client:
            client.text("as before")
            assert client.frame() == (0x81, b"as before")


def test_CR_2_a_crash_when_the_client_has_gone() -> None:
    with serving(PLAIN) as server:
        for _ in range(20):
            with raw(server, PLAIN, "/crash") as client:
                client.send(frame(0x81, b""))
        wait_until(lambda: reported_crashes(server) == 20)
        wait_until(lambda: server.stdout.count("closed ") == 20)
        assert server.stdout.count("closed 1011 internal error") == 20
        with raw(server, PLAIN) as client:
            client.text("as before")
            assert client.frame() == (0x81, b"as before")


def test_SEC_14_a_crash_tells_the_client_nothing() -> None:
    with serving(PLAIN) as server:
        with raw(server, PLAIN, "/crash") as client:
            client.send(frame(0x81, b""))
            assert re.search(rb"snow|line|zero|panic", client.rest()) is None
        server.prints("closed 1011 internal error: 0 left")
        assert "division by zero" in server.stderr


def test_a_request_cannot_command_the_terminal_of_its_reader() -> None:
    with serving(PLAIN) as server, RawClient(server.port()) as client:
        client.send(head("GET /\x1b[31m HTTP/1.1", *LINES[1:]))
        assert client.rest().startswith(b"HTTP/1.1 400 ")


# ---- the end of the program ---------------------------------------------------------------------------------


@pytest.mark.full
def test_WS_24_clients_that_do_not_answer_are_cut_off(is_built: bool) -> None:
    with serving(Kind(False, is_built), "close_timeout=60000") as server, raw(server, Kind(False, is_built)) as client:
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert closed_with(client.frame()) == (1001, "server shutdown")
        with pytest.raises(ConnectionRefusedError):
            RawClient(server.port())
        assert server.wait() == 128 + signal.SIGTERM
        assert 9 < time.monotonic() - began < 10 + LATE
        assert server.stdout.startswith("closed 1001 server shutdown: 0 left\n")


@pytest.mark.full
def test_WS_24_a_callback_that_does_not_end_is_cut_off(tmp_path: Path) -> None:
    source = tmp_path / "endless.snow"
    source.write_text("""
fn enter(conn, path, headers) = true
fn answer(conn, message) = Ws.reply(conn, message)
fn part(conn, code, reason) do
  println("${code}")
  Timer.sleep(60000)
end
fn main() do
  Ws.serve(enter, answer, part, 0)
end
""")
    with Server(tmp_path, source, False) as server:
        with raw(server, PLAIN) as client:
            server.process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            assert client.close(1001)[0] == 0x88
            assert server.wait() == 128 + signal.SIGTERM
            assert 9 < time.monotonic() - began < 10 + LATE
        assert server.stdout == "1001\n"


def test_END_6_a_second_signal_ends_at_once() -> None:
    with serving(PLAIN, "close_timeout=60000") as server, raw(server, PLAIN) as client:
        server.process.send_signal(signal.SIGTERM)
        assert closed_with(client.frame()) == (1001, "server shutdown")
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.wait() == 128 + signal.SIGTERM
        assert time.monotonic() - began < LATE


def test_NRT_7_descriptors_are_not_inherited() -> None:
    with serving(TLS) as server, raw(server, TLS):
        flags = [
            Path(f"/proc/{server.process.pid}/fdinfo/{fd}").read_text()
            for fd in os.listdir(f"/proc/{server.process.pid}/fd")
            if int(fd) > 2
        ]
        assert flags and all(int(re.findall(r"flags:\s*(\d+)", text)[0], 8) & os.O_CLOEXEC for text in flags)
