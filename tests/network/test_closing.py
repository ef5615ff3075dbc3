"""How connections end: every close code in both directions, what on_close hears of it, and that it hears once.

The codes are those of network.md, section 7. Three client libraries and a bare socket close and are closed; what
no library would send, the bare socket does.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import struct
import time
from collections.abc import Iterator

import pytest

from tests.fuzz.ws.seeds import frame
from tests.network.conftest import KINDS, Kind
from tests.network.peers import NO_CODE, PEERS, Close, Peer, RawPeer
from tests.services.server import Server

ALLOWED = (1000, 1001, 1002, 1003, *range(1007, 1015), 3000, 3999, 4000, 4999)
"""Codes that may be on the wire."""
FORBIDDEN = (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 65535)
SHORTEST_PING = "100"
CLOSE_WAIT, SEND_WAIT = 5.0, 10.0
"""Seconds that a server waits for the answer to its close, and for a client that does not read."""
with_every_peer = pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)


@contextlib.contextmanager
def reporting(kind: Kind, *expected: str) -> Iterator[Server]:
    """A server of the program `handlers`, whose on_close must print these lines in any order, each once."""
    with kind.handlers() as server:
        yield server
        assert server.end() == 128 + signal.SIGTERM
        # `main` may or may not get to its last line before the program ends.
        found = [line for line in server.stdout.splitlines() if line != "served"]
        assert sorted(found) == sorted(expected)
        assert len(server.stderr.splitlines()) == 1, server.stderr


# ---- every peer ------------------------------------------------------------------------------------


@with_every_peer
def test_clients_close_with_every_code(kind: Kind, peer: type[Peer]) -> None:
    with reporting(kind, *(f"{code} I leave: {code} ✓" for code in ALLOWED)) as server:
        for code in ALLOWED:
            with peer(server.port(), kind.tls) as client:
                assert client.close(code, f"I leave: {code} ✓") == (code, "")


@with_every_peer
def test_programs_close_with_every_code(kind: Kind, peer: type[Peer]) -> None:
    # Where a client does not repeat the code, its own counts: it cannot be told from a close that crossed ours.
    heard = ["1000 " if peer.answers_1000 and code != 1000 else f"{code} go-{code}-✓" for code in ALLOWED]
    with reporting(kind, *heard) as server:
        for code in ALLOWED:
            with peer(server.port(), kind.tls) as client:
                client.send(f"close {code} go-{code}-✓")
                assert client.closed() == (code, f"go-{code}-✓")


@with_every_peer
def test_programs_cannot_close_with_other_codes(kind: Kind, peer: type[Peer]) -> None:
    with reporting(kind, "1000 done") as server, peer(server.port(), kind.tls) as client:
        for code in (*FORBIDDEN, -1, 65536 + 1000, (1 << 62) + 1000):
            client.send(f"close {code} never")
            assert client.recv() == f"refused {code}"
        assert client.close(1000, "done") == (1000, "")


@with_every_peer
def test_long_reasons_are_cut_between_characters(kind: Kind, peer: type[Peer]) -> None:
    cut = "x" + "é" * 61  # 123 bytes
    heard = "1000 " if peer.answers_1000 else f"4000 {cut}"
    with reporting(kind, heard) as server, peer(server.port(), kind.tls) as client:
        client.send(f"close 4000 {cut}{'é' * 40}")
        assert client.closed() == (4000, cut)


# ---- the bare socket -------------------------------------------------------------------------------


def test_clients_must_not_close_with_other_codes(kind: Kind) -> None:
    payloads = [struct.pack(">H", code) + b"why" for code in FORBIDDEN] + [b"\x03"]
    with reporting(kind, *["1002 bad close payload"] * len(payloads)) as server:
        for payload in payloads:
            with RawPeer(server.port(), kind.tls) as client:
                client.client.send(frame(0x88, payload))
                assert client.close_frame() == (1002, "bad close payload")
                assert client.client.rest() == b""


def test_a_reason_must_be_utf8(kind: Kind) -> None:
    with reporting(kind, "1007 invalid UTF-8") as server, RawPeer(server.port(), kind.tls) as client:
        client.client.send(frame(0x88, b"\x03\xe8\xff"))
        assert client.close_frame() == (1007, "invalid UTF-8")


def test_a_close_without_a_code(kind: Kind) -> None:
    with reporting(kind, "1005 ") as server, RawPeer(server.port(), kind.tls) as client:
        assert client.close(NO_CODE, "") == (NO_CODE, "")
        assert client.client.rest() == b""


def test_the_end_of_the_stream_without_a_close(kind: Kind) -> None:
    with reporting(kind, "1006 ", "1006 ", "1006 ") as server:
        with RawPeer(server.port(), kind.tls):
            pass
        with RawPeer(server.port(), kind.tls) as client:
            client.client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with RawPeer(server.port(), kind.tls) as client:
            client.client.send(frame(0x01, b"half a message"))
            client.client.sock.shutdown(socket.SHUT_WR)
            assert client.client.rest() == b""


def test_what_comes_before_a_close_is_delivered_and_nothing_after_it(kind: Kind) -> None:
    # Nobody waits for the handlers' answers any more, so the messages themselves make the lines.
    with reporting(kind, *["failed: 64"] * 5, "1000 ") as server, RawPeer(server.port(), kind.tls) as client:
        before, late = frame(0x81, b"flood") * 5, frame(0x81, b"flood") + frame(0x89, b"late")
        client.client.send(before + frame(0x88, b"\x03\xe8") + late)
        assert client.client.rest().endswith(b"\x88\x02\x03\xe8")


def test_closes_that_cross(kind: Kind) -> None:
    with reporting(kind, "4001 mine") as server, RawPeer(server.port(), kind.tls) as client:
        client.send("close 4000 yours")
        assert client.close_frame() == (4000, "yours")
        client.client.send(frame(0x88, struct.pack(">H", 4001) + b"mine"))
        assert client.client.rest() == b""


def test_messages_after_the_programs_close_are_dropped(kind: Kind) -> None:
    with reporting(kind, "4000 enough") as server, RawPeer(server.port(), kind.tls) as client:
        client.send("close 4000 enough")
        assert client.close_frame() == (4000, "enough")
        client.send("late")
        client.client.send(frame(0x89, b"late"))
        client.client.send(frame(0x88, struct.pack(">H", 4000)))
        assert client.client.rest() == b""


def test_tls_ends_with_close_notify(kind: Kind) -> None:
    if not kind.tls:
        return
    with reporting(kind, "1000 ", "4000 ours") as server:
        for is_ours in (False, True):
            with RawPeer(server.port(), True) as client:
                client.client.sock.suppress_ragged_eofs = False  # type: ignore[attr-defined]
                if is_ours:
                    client.send("close 4000 ours")
                    assert client.closed() == (4000, "ours")
                else:
                    assert client.close(1000, "") == (1000, "")
                assert client.client.sock.recv(1) == b""


ENDINGS: dict[str, tuple[bytes, Close]] = {
    "protocol": (frame(0x83, b""), (1002, "unknown opcode")),
    "unmasked": (b"\x81\x02hi", (1002, "unmasked frame")),
    "text": (frame(0x81, b"\xff"), (1007, "invalid UTF-8")),
    "size": (struct.pack(">BBQ", 0x82, 0xFF, (16 << 20) + 1) + bytes(4), (1009, "message too big")),
    "sizes": (frame(0x02, bytes(1000)) + struct.pack(">BBQ", 0x80, 0xFF, 16 << 20) + bytes(4),
              (1009, "message too big")),
    "fragments": (frame(0x02, b"") + frame(0x00, b"") * 131_072, (1008, "too many fragments")),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDINGS)
def test_violations(kind: Kind, name: str) -> None:
    sent, (code, reason) = ENDINGS[name]
    with reporting(kind, f"{code} {reason}") as server, RawPeer(server.port(), kind.tls) as client:
        client.client.send(sent)
        started = time.monotonic()
        assert client.closed() == (code, reason)
        assert time.monotonic() - started < 5


def test_a_pong_that_does_not_come(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOW_WS_PING_MS", SHORTEST_PING)
    with reporting(kind, "1001 pong timeout") as server, RawPeer(server.port(), kind.tls) as client:
        first, payload = client.client.frame()
        assert (first, len(payload)) == (0x89, 4)
        assert client.close_frame() == (1001, "pong timeout")
        assert client.client.rest() == b""


# ---- waiting, for all kinds of servers at once -----------------------------------------------------


@pytest.mark.full
def test_closes_that_are_not_answered() -> None:
    with contextlib.ExitStack() as stack:
        servers = [(stack.enter_context(reporting(kind, "4000 hello?")), kind) for kind in KINDS]
        clients = [stack.enter_context(RawPeer(server.port(), kind.tls)) for server, kind in servers]
        for client in clients:
            client.send("close 4000 hello?")
            assert client.close_frame() == (4000, "hello?")
        started = time.monotonic()
        for client in clients:
            assert client.client.rest() == b""
            assert CLOSE_WAIT - 1 < time.monotonic() - started < CLOSE_WAIT + 1


@pytest.mark.full
def test_clients_that_do_not_read() -> None:
    with contextlib.ExitStack() as stack:
        servers = [(stack.enter_context(kind.handlers()), kind) for kind in KINDS]
        for server, kind in servers:
            stack.enter_context(RawPeer(server.port(), kind.tls)).send("flood")
        started = time.monotonic()
        for server, _ in servers:
            server.prints("1013 slow consumer")
            assert SEND_WAIT - 2 < time.monotonic() - started < SEND_WAIT + 2
        for server, _ in servers:
            failed, closed = (line for line in server.stdout.splitlines() if line != "served")
            assert (failed.split(": ")[0], closed) == ("failed", "1013 slow consumer")
            assert 0 < int(failed.split(": ")[1]) < 64
