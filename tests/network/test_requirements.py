"""The requirements SERVE-02, BEAT-01 to BEAT-05 and FRAG-01 to FRAG-03: network.md, section 23.

Compiled Snow programs serve: from `snowc run`, and as executables in the slow suite.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from snowrt.services import ws_core
from tests.fuzz.ws.seeds import frame
from tests.network.conftest import Kind
from tests.network.option_server import raw, running, serving
from tests.services.server import CERTS, EXAMPLES, FILES, ROOT, Server
from tests.unit.services.raw_client import RawClient, closed_with
from tests.unit.services.test_ws_model import Connection

LATE = 0.3
"""What a busy machine may add to a time, in seconds."""
SOON = 0.03
OVERDUE = (1001, "pong timeout")
TOO_BIG = (1009, "message too big")
PING, PONG, TEXT = 0x89, 0x8A, 0x81


# ---- SERVE-02 ------------------------------------------------------------------------------------------

SPELLINGS = """
fn enter(conn, path, headers) = true
fn answer(conn, message) = Ws.reply(conn, message)
fn part(conn, code, reason) do
  println(reason)
end
actor four(cert :: String, key :: String) do
  Ws.serve_tls(Ws.handler(enter, answer, part), 0, cert, key)
end
fn main() do
  case Env.args() do
    [cert, key] -> do
      spawn(four, cert, key)
      Ws.serve_tls(enter, answer, part, 0, cert, key)
    end
    _ -> panic("CERT KEY")
  end
end
"""

BAD_FILES = (
    ("none.pem", "key.pem", "open cert file: No such file or directory: {folder}/none.pem"),
    ("empty.pem", "key.pem", "parse certs: the file has no certificate"),
    ("cert.pem", "rsa_key.pem", "TLS config: the key does not match the certificate"),
    ("cert.pem", "encrypted_key.pem", "load key: the key is encrypted"),
)


def test_SERVE_02_a_tls_server(is_built: bool, tmp_path: Path) -> None:
    source = tmp_path / "spellings.snow"
    source.write_text(SPELLINGS)
    with running(source, is_built, *FILES) as server:
        for port in _two_ports(server):
            with RawClient(port, tls=True) as client:
                client.upgrade()
                client.text("over TLS")
                assert client.frame() == (TEXT, b"over TLS")
    (tmp_path / "empty.pem").write_text("")
    for cert, key, detail in BAD_FILES:
        folder = CERTS if (CERTS / cert).exists() else tmp_path
        line = f"[snow-rt] Failed to load TLS certificates: {detail.format(folder=tmp_path)}\n"
        with running(EXAMPLES / "wss_echo.snow", is_built, str(folder / cert), str(CERTS / key), "0") as server:
            assert (server.wait(), server.stdout, server.stderr) == (0, "", line)


def _two_ports(server: Server) -> list[int]:
    until = time.monotonic() + 30
    while len(lines := server.stderr.splitlines()) < 2:
        assert time.monotonic() < until, lines
        time.sleep(0.02)
    assert all(line.startswith("[snow-rt] WebSocket TLS server listening on 0.0.0.0:") for line in lines)
    return [int(line.rpartition(":")[2]) for line in lines]


# ---- the heartbeat ---------------------------------------------------------------------------------------


def _ping(client: RawClient) -> bytes:
    """The payload of the next ping, which is answered."""
    first, payload = client.frame()
    assert (first, len(payload)) == (PING, 4)
    client.send(frame(PONG, payload))
    return payload


def _is_silent(client: RawClient, seconds: float) -> bool:
    return not select.select([client.sock], [], [], seconds)[0]


def test_BEAT_01_pings_at_an_interval(kind: Kind) -> None:
    for interval in (0.2, 1.0):
        with serving(kind, f"ping_interval={interval * 1000:.0f}") as server, raw(server, kind) as client:
            began = time.monotonic()
            for number in range(1, 5):
                _ping(client)
                assert number * (interval - 0.1) - SOON <= time.monotonic() - began <= number * (interval + 0.1) + LATE
    with serving(kind, "ping_interval=0") as server, raw(server, kind) as client:
        assert _is_silent(client, 1.5)


@pytest.mark.full
def test_BEAT_01_the_defaults(kind: Kind) -> None:
    with serving(kind) as server, raw(server, kind) as client:
        client.sock.settimeout(45)
        began = time.monotonic()
        first, payload = client.frame()
        pinged = time.monotonic()
        assert (first, len(payload)) == (PING, 4) and 30.0 - SOON <= pinged - began <= 30.2 + LATE
        assert closed_with(client.frame()) == OVERDUE
        assert 10.0 - SOON <= time.monotonic() - pinged <= 10.2 + LATE


def _answers_ping(client: RawClient, payload: bytes) -> None:
    began = time.monotonic()
    client.send(frame(PING, payload))
    assert client.frame() == (PONG, payload)
    assert time.monotonic() - began <= 0.1 + LATE


def test_BEAT_02_pings_of_clients_are_answered(kind: Kind) -> None:
    payloads = (b"", b"1", b"four", bytes(range(125)))
    with serving(kind) as server, raw(server, kind, "/slow") as client:
        for payload in payloads:
            _answers_ping(client, payload)
        client.send(frame(0x01, b"in "))
        for payload in payloads:
            _answers_ping(client, payload)
            client.send(frame(0x00, b"parts "))
        client.send(frame(0x80, b"and slow"))
        began = time.monotonic()
        for payload in payloads:  # the handler runs for 2 s
            _answers_ping(client, payload)
        assert time.monotonic() - began < 2
        assert client.frame() == (TEXT, b"in parts parts parts parts and slow")
        client.send(frame(PING, bytes(126)))
        assert closed_with(client.frame()) == (1002, "control frame too long")


def test_BEAT_03_payloads_are_validated(kind: Kind) -> None:
    with serving(kind, "ping_interval=200", "pong_timeout=150") as server:
        with raw(server, kind) as client:
            assert len({_ping(client) for _ in range(6)}) == 6
        with raw(server, kind) as client:
            first, payload = client.frame()
            for wrong in (payload[::-1] + b"x", payload[:3], payload + b"\0", b""):
                client.send(frame(PONG, wrong))
            assert first == PING and closed_with(client.frame()) == OVERDUE


_STOPPED_CLIENT = """
import sys, time
from tests.unit.services.raw_client import RawClient, head, LINES
client = RawClient(int(sys.argv[1]), sys.argv[2] == "True")
client.send(head("GET /watched HTTP/1.1", *LINES[1:]))
client.read_until(b"\\r\\n\\r\\n")
print("open", flush=True)
time.sleep(600)
"""


@contextlib.contextmanager
def _stopped_client(server: Server, kind: Kind) -> Iterator[None]:
    """A client in a process of its own, which is stopped: its system answers for it, and it never does."""
    command = [sys.executable, "-c", _STOPPED_CLIENT, str(server.port()), str(kind.tls)]
    path = os.pathsep.join((str(ROOT), str(ROOT / "runtime")))
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path})
    try:
        assert process.stdout is not None and process.stdout.readline() == b"open\n"
        process.send_signal(signal.SIGSTOP)
        yield
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _members(server: Server, kind: Kind) -> int:
    """Who is in the room besides the one who asks."""
    with raw(server, kind, "/members") as client:
        client.text("?")
        return int(client.frame()[1]) - 1


def test_BEAT_04_a_peer_without_a_pong_is_closed(kind: Kind) -> None:
    with serving(kind, "ping_interval=300", "pong_timeout=150") as server:
        with raw(server, kind, "/watched") as client:
            assert client.frame()[0] == PING
            pinged = time.monotonic()
            assert closed_with(client.frame()) == OVERDUE
            assert 0.15 - SOON <= time.monotonic() - pinged <= 0.25 + LATE
            assert client.rest() == b""
        server.prints("closed 1001 pong timeout: 0 left")
        server.prints("gone")
        with _stopped_client(server, kind):
            server.prints("closed 1001 pong timeout: 0 left", times=2)
            server.prints("gone", times=2)
            assert _members(server, kind) == 0


@pytest.mark.full
def test_BEAT_04_a_peer_that_vanishes_from_the_network(is_built: bool) -> None:
    # As a firewall would drop it: nothing comes from the peer any more, not even from its system.
    with serving(Kind(False, is_built), "ping_interval=300", "pong_timeout=150") as server:
        client = raw(server, Kind(False, is_built), "/watched")
        with _firewall(client.sock.getsockname()[1]):
            server.prints("closed 1001 pong timeout: 0 left")
            server.prints("gone")
            assert _members(server, Kind(False, is_built)) == 0
        client.sock.close()


@contextlib.contextmanager
def _firewall(port: int) -> Iterator[None]:
    """Drops what is sent from this port of the loopback interface."""
    rule = ["INPUT", "-i", "lo", "-p", "tcp", "--sport", str(port), "-j", "DROP"]
    try:
        subprocess.run(["iptables", "-I", *rule], check=True, capture_output=True, timeout=20)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("there is no firewall to command here")
    try:
        yield
    finally:
        subprocess.run(["iptables", "-D", *rule], check=True, timeout=20)


class Beats(threading.Thread):
    """A client that does something and answers pings, noting when they came, until it is told to stop."""

    def __init__(self, client: RawClient) -> None:
        super().__init__(daemon=True)
        self.client = client
        self.times = [time.monotonic()]
        self.others: list[tuple[int, bytes]] = []
        self.ends_at = time.monotonic() + 8.4

    def run(self) -> None:
        while time.monotonic() < self.ends_at:
            self.act()
            if self.client.is_readable(0.005):
                found = self.client.frame()
                if found[0] == PING:
                    self.times.append(time.monotonic())
                    self.pinged(found[1])
                else:
                    self.others.append(found)

    def act(self) -> None:
        """What it does besides answering."""

    def pinged(self, payload: bytes) -> None:
        self.client.send(frame(PONG, payload))

    def check(self) -> None:
        intervals = [b - a for a, b in zip(self.times, self.times[1:], strict=False)]
        assert len(intervals) >= 8.4 / (0.45 + LATE) and all(0.15 - SOON <= i <= 0.45 + LATE for i in intervals)


class Dripping(Beats):
    """Sends one frame, a byte every 40 ms. Only then can it answer."""

    def __init__(self, client: RawClient) -> None:
        super().__init__(client)
        self.bytes = frame(TEXT, b"u" * 200)
        self.at = 0
        self.owed: list[bytes] = []

    def act(self) -> None:
        if self.at < len(self.bytes) and time.monotonic() >= self.times[0] + self.at * 0.04:
            self.client.send(self.bytes[self.at : self.at + 1])
            self.at += 1
        elif self.at == len(self.bytes):
            while self.owed:
                self.client.send(frame(PONG, self.owed.pop()))

    def pinged(self, payload: bytes) -> None:
        self.owed.append(payload)

    def check(self) -> None:
        assert 0.15 - SOON <= self.times[1] - self.times[0] <= 0.45 + LATE
        assert self.others == [(TEXT, b"u" * 200)]


class Flooding(Beats):
    """Sends as much as the server takes."""

    def act(self) -> None:
        self.client.send(frame(TEXT, b"flood" * 40) * 20)


def test_BEAT_05_the_heartbeat_is_not_held_up_by_reading(kind: Kind) -> None:
    with serving(kind, "ping_interval=300", "pong_timeout=200") as server, contextlib.ExitStack() as stack:
        kinds: dict[type[Beats], str] = {Dripping: "/", Flooding: "/sink", Beats: "/"}
        clients = [one(stack.enter_context(raw(server, kind, path))) for one, path in kinds.items()]
        for client in clients:
            client.start()
        for client in clients:
            client.join(30)
        for client in clients:
            client.check()


# ---- fragments -------------------------------------------------------------------------------------------


def _cut(rng: random.Random, message: bytes) -> list[bytes]:
    """The message in some parts, any of which may be empty."""
    ends = sorted(rng.randint(0, len(message)) for _ in range(rng.randint(0, 6)))
    return [message[a:b] for a, b in zip([0, *ends], [*ends, len(message)], strict=True)]


def _in_parts(rng: random.Random, opcode: int, parts: list[bytes], controls: float) -> bytes:
    stream = bytearray()
    for number, part in enumerate(parts):
        while rng.random() < controls:
            stream += frame(rng.choice((PING, PONG)), rng.randbytes(rng.randint(0, 5)))
        last = 0x80 if number == len(parts) - 1 else 0
        stream += frame((0 if number else opcode) | last, part)
    return bytes(stream)


def _message(rng: random.Random) -> tuple[int, bytes]:
    if rng.random() < 0.5:
        return 2, rng.randbytes(rng.randint(0, 40))
    return 1, "".join(rng.choices("aé€😀", k=rng.randint(0, 12))).encode()


def _fragmented(seed: int, controls: float) -> None:
    """10,000 messages, each in random parts, are what they were."""
    rng, core = random.Random(seed), ws_core.open_core()
    for _ in range(100):
        sent = [_message(rng) for _ in range(100)]
        stream = b"".join(_in_parts(rng, opcode, _cut(rng, data), controls) for opcode, data in sent)
        # No more control frames than are allowed in a second.
        events = Connection(core, 1 << 20).run(_cut(rng, stream))
        assert [event[1:] for event in events if event[0] == "message"] == sent


def test_FRAG_01_continuations_are_joined(kind: Kind) -> None:
    _fragmented(1, 0.0)
    rng = random.Random(11)
    with serving(kind) as server, raw(server, kind) as client:
        for _ in range(50):
            opcode, data = _message(rng)
            client.send(_in_parts(rng, opcode, _cut(rng, data), 0.0))
            assert client.frame() == (0x80 | opcode, data)


def test_FRAG_02_control_frames_between_fragments(kind: Kind) -> None:
    _fragmented(2, 0.3)
    rng = random.Random(22)
    with serving(kind) as server, raw(server, kind) as client:
        for _ in range(50):
            opcode, data = _message(rng)
            client.send(_in_parts(rng, opcode, _cut(rng, data), 0.3))
            while (found := client.frame())[0] == PONG:
                pass
            assert found == (0x80 | opcode, data)


def test_FRAG_03_the_largest_message(kind: Kind) -> None:
    with serving(kind, "max_message=1000") as server:
        for parts in ([1000], [400, 600], [1000, 0], [0, 999, 1]):
            with raw(server, kind) as client:
                client.send(_in_parts(random.Random(), 2, [bytes(size) for size in parts], 0.0))
                assert client.frame() == (0x82, bytes(1000))
        for parts in ([1001], [400, 601], [1000, 1], [0, 1001]):
            with raw(server, kind) as client:
                client.send(_in_parts(random.Random(), 2, [bytes(size) for size in parts], 0.0))
                assert closed_with(client.frame()) == TOO_BIG
                client.send(frame(0x88, struct.pack(">H", 1009)))
                assert client.rest() == b""
