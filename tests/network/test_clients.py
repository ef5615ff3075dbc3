"""The echo examples, used by three client libraries and a bare socket: messages, fragments, pings."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from tests.network.conftest import Kind
from tests.network.peers import PEERS, Message, Peer
from tests.unit.services.raw_client import RawClient

MIB = 1 << 20
Connect = Callable[[type[Peer]], Peer]
with_every_peer = pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
with_fragmenting_peers = pytest.mark.parametrize(
    "peer", [peer for peer in PEERS if peer.fragments], ids=lambda peer: peer.name
)


@pytest.fixture(scope="module")
def connect(kind: Kind) -> Iterator[Connect]:
    """Connects a peer to a server that sends everything back, after its greeting if it has one."""

    def one(peer: type[Peer]) -> Peer:
        client = peer(server.port(), kind.tls)
        if kind.tls:
            assert client.recv() == "welcome, somebody"
        return client

    with kind.echo() as server:
        yield one


def text_of(size: int) -> str:
    """A text of so many bytes, with characters of all lengths."""
    unit = "aé✓\U0001f600"
    return unit * (size // 10) + "x" * (size % 10)


def bytes_of(size: int) -> bytes:
    """Bytes that no shift or swap leaves alike."""
    return random.Random(size).randbytes(size)


def say(client: Peer, message: Message) -> None:
    client.send(message)
    found = client.recv()
    # Without assert's comparison, which would print megabytes.
    if found != message:
        pytest.fail(f"{type(message).__name__} of {len(message)} came back as {found[:60]!r}, {len(found)} long")


@with_every_peer
@pytest.mark.parametrize("make", [text_of, bytes_of])
def test_messages_of_all_lengths(connect: Connect, peer: type[Peer], make: Callable[[int], Message]) -> None:
    with connect(peer) as client:
        for size in (0, 1, 125, 126, 127, 65535, 65536, MIB):
            say(client, make(size))
        client.close(1000, "")


@pytest.mark.full
@with_every_peer
@pytest.mark.parametrize("make", [text_of, bytes_of])
def test_16_mib(connect: Connect, peer: type[Peer], make: Callable[[int], Message]) -> None:
    with connect(peer) as client:
        say(client, make(16 * MIB))
        client.close(1000, "")


@with_every_peer
def test_answers_come_in_order(connect: Connect, peer: type[Peer]) -> None:
    messages: list[Message] = [str(i) if i % 2 else str(i).encode() for i in range(300)]
    with connect(peer) as client, connect(peer) as other:
        for message in messages:
            client.send(message)
        say(other, "meanwhile")
        assert [client.recv() for _ in messages] == messages


@with_every_peer
def test_pings_are_answered(connect: Connect, peer: type[Peer]) -> None:
    with connect(peer) as client:
        for payload in (b"", b"4242", bytes(range(125))):
            client.ping(payload)
            say(client, "between")


@with_fragmenting_peers
@pytest.mark.parametrize("parts", [
    ["five ", "parts, ", "", "pings ", "between ✓"],
    [b"\x00\xff", b"", b"parts", b"of", bytes(range(256))],
], ids=["text", "binary"])  # fmt: skip
def test_five_fragments_with_pings_between(connect: Connect, peer: type[Peer], parts: list[Message]) -> None:
    with connect(peer) as client:
        client.send_parts(parts, [b"", b"2", b"third", bytes(125)])
        assert client.recv() == type(parts[0])().join(parts)  # type: ignore[arg-type]


@with_fragmenting_peers
def test_a_large_message_in_many_fragments(connect: Connect, peer: type[Peer]) -> None:
    parts: list[Message] = [bytes_of(4000 + i) for i in range(300)]
    with connect(peer) as client:
        client.send_parts(parts)
        assert client.recv() == b"".join(parts)  # type: ignore[arg-type]


def test_foreign_origins_cannot_use_credentials(kind: Kind) -> None:
    cookie, secret = "Cookie: session=1", "Authorization: Basic c25vdzpzbm93"
    own, foreign = "Origin: https://LOCALHOST", "Origin: https://foreign.test"
    expected = {
        (): 101, (cookie,): 101, (secret,): 101, (foreign,): 101, (own, cookie): 101, (own, secret): 101,
        (foreign, cookie): 403, (foreign, secret): 403, ("Origin: null", cookie): 403,
        ("Origin: https://localhost:8443", cookie): 403, ("Origin: https://localhost.foreign.test", cookie): 403,
    }  # fmt: skip
    with kind.handlers() as server:
        for headers, status in expected.items():
            with RawClient(server.port(), kind.tls) as client:
                assert client.upgrade(*headers).startswith(f"HTTP/1.1 {status} "), headers
        refused = [line for line in server.stderr.splitlines() if "origin not allowed" in line]
        assert refused == ["[snow-rt] WS upgrade failed: origin not allowed"] * 5
