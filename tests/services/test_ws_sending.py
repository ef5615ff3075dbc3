"""Backpressure from a Snow program's side: waiting senders, their time, and rooms that wait for nobody (SB-1 to 5)."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from snowc.backend import toolchain
from tests.services.server import Server

websockets = pytest.importorskip("websockets")
pytestmark = pytest.mark.skipif(toolchain.find_c_compiler() is None, reason="there is no C compiler")

SENDERS = Path(__file__).with_name("senders.snow")
TIMEOUT = 30.0


@pytest.fixture
def senders(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, SENDERS, False) as server:
        yield server


@asynccontextmanager
async def client(server: Server) -> AsyncIterator[Any]:
    async with websockets.connect(f"ws://127.0.0.1:{server.port()}/", compression=None, max_size=None) as ws:
        yield ws


def stalled(server: Server, message: str = "") -> socket.socket:
    """A client that says this and then takes nothing but the head."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", server.port()))
    head = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    sock.sendall(head.encode())
    seen = b""
    while not seen.endswith(b"\r\n\r\n"):
        seen += sock.recv(1)
    if message:
        sock.sendall(b"\x81" + bytes([0x80 | len(message)]) + bytes(4) + message.encode())
    return sock


def run(talk: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(talk(), TIMEOUT)

    asyncio.run(limited())


def test_a_sender_gives_up_after_its_time(senders: Server) -> None:
    with stalled(senders, "flood"):
        senders.prints("own: true -1 false")
        senders.prints("1013 slow consumer")


def test_all_who_wait_for_a_client_are_woken_by_its_end(senders: Server) -> None:
    with stalled(senders, "be flooded"):
        senders.prints("1013 slow consumer")
        until = time.monotonic() + TIMEOUT
        while senders.stdout.count("flooder: true true true\n") < 2:
            assert time.monotonic() < until, senders.stdout
            time.sleep(0.01)


@pytest.mark.full
def test_a_sender_waits_as_long_as_the_client_reads(senders: Server) -> None:
    async def talk() -> None:
        async with client(senders) as ws:
            await ws.send("be flooded")
            for _ in range(100):
                assert len(await ws.recv()) == 65536
            assert "flooder" not in senders.stdout

    run(talk)


async def received(ws: Any) -> list[int]:
    return [len(await ws.recv()) for _ in range(150)]


def test_a_room_does_not_wait_for_a_slow_member(senders: Server) -> None:
    async def talk() -> None:
        with stalled(senders):
            async with client(senders) as quick, client(senders) as caller:
                await caller.send("broadcast")
                assert list(await asyncio.gather(received(quick), received(caller))) == [[65536] * 150] * 2
                assert await caller.recv() == "done"

    run(talk)
    senders.prints("failed: 1")
    senders.prints("1013 slow consumer")


def test_messages_of_many_processes_stay_whole_and_in_order(senders: Server) -> None:
    async def talk() -> None:
        async with client(senders) as ws:
            await ws.send("count")
            seen: dict[str, list[int]] = {}
            for _ in range(600):
                name, number, filling = (await ws.recv()).split(" ")
                assert filling == "y" * 100
                seen.setdefault(name, []).append(int(number))
            assert seen == {name: list(range(200)) for name in "abc"}

    run(talk)


def test_without_on_info_messages_to_the_process_are_ignored(senders: Server) -> None:
    async def talk() -> None:
        async with client(senders) as ws:
            await ws.send("ignored")
            assert await ws.recv() == "sent"
            await ws.send("hello")
            assert await ws.recv() == "hello" and await ws.recv() == "hello" and await ws.recv() == "0 0"

    run(talk)


def test_text_has_to_be_utf_8(senders: Server) -> None:
    async def talk() -> None:
        async with client(senders) as ws:
            for message in (b"\xff", b"\xed\xa0\x80", b"abc\xc3"):
                await ws.send(message)
                assert await ws.recv() == "-1 -1"

    run(talk)
