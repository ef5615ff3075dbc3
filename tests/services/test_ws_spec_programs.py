"""The WebSocket programs of network.md 24, word by word but for the ports, do what is written there."""

from __future__ import annotations

import asyncio
import re
import shutil
import ssl
from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from snowc.backend import toolchain
from tests.services.server import CERTS, FILES, Server

websockets = pytest.importorskip("websockets")
pytestmark = pytest.mark.skipif(toolchain.find_c_compiler() is None, reason="there is no C compiler")

TIMEOUT = 30.0
BOTH = pytest.mark.parametrize("is_built", [False, True], ids=["run", "built"])


def program(folder: Path, name: str) -> Path:
    """The program on a port that is free; its files are in the folder."""
    path = folder / f"{name}.snow"
    source = Path(__file__).with_name(f"{name}.snow").read_text(encoding="utf-8")
    source = re.sub(r"\b9\d{3}\b", "0", source)
    for file, with_path in zip(("cert.pem", "key.pem"), FILES, strict=True):
        source = source.replace(f'"{file}"', f'"{folder / file}"')
        shutil.copy(with_path, folder / file)
    path.write_text(source, encoding="utf-8")
    return path


def run(work: Awaitable[None]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(work, TIMEOUT)

    asyncio.run(limited())


def connect(server: Server) -> AbstractAsyncContextManager[Any]:
    connected: AbstractAsyncContextManager[Any] = websockets.connect(f"ws://127.0.0.1:{server.port()}")
    return connected


@BOTH
def test_n1_echo(tmp_path: Path, is_built: bool) -> None:
    async def talk() -> None:
        async with connect(server) as ws:
            await ws.send("Hello WebSocket")
            assert await ws.recv() == "Hello WebSocket"
            for i in range(5):
                await ws.send(f"message {i}")
            assert [await ws.recv() for _ in range(5)] == [f"message {i}" for i in range(5)]
            await ws.close(1000)
            assert ws.close_code == 1000
        async with connect(server) as ws:
            ws.transport.abort()

    with Server(tmp_path, program(tmp_path, "n1"), is_built) as server:
        run(talk())
        server.prints("closed 1000")
        server.prints("closed 1006")
        assert server.stderr == f"[snow-rt] WebSocket server listening on 0.0.0.0:{server.port()}\n"


@BOTH
def test_n2_rooms_rejection_and_tls(tmp_path: Path, is_built: bool) -> None:
    context = ssl.create_default_context(cafile=str(CERTS / "ca.pem"))

    def user(name: str) -> AbstractAsyncContextManager[Any]:
        url, header = f"wss://localhost:{server.port()}", [("X-User", name)]
        connected: AbstractAsyncContextManager[Any] = websockets.connect(url, ssl=context, additional_headers=header)
        return connected

    async def is_in(ws: Any, speaker: Any) -> None:
        """Until what the speaker says arrives: it is in the room from then on."""
        heard = asyncio.create_task(ws.recv())
        while not heard.done():
            await speaker.send("are you there?")
            await asyncio.wait([heard], timeout=0.05)
        assert heard.result() == "are you there?"

    async def skip(ws: Any) -> str:
        while (text := await ws.recv()) == "are you there?":
            pass
        return str(text)

    async def talk() -> None:
        async with websockets.connect(f"wss://localhost:{server.port()}", ssl=context) as nobody:
            with pytest.raises(websockets.ConnectionClosed):
                await nobody.recv()
            assert (nobody.close_code, nobody.close_reason) == (1008, "name required")
        async with user("ann") as ann, user("bob") as bob:
            async with user("eve") as eve:
                await is_in(ann, bob)
                await is_in(bob, ann)
                await is_in(eve, ann)
                await ann.send("hello")
                assert [await skip(bob), await skip(eve)] == ["hello"] * 2
                await bob.send("hi")
                assert [await skip(ann), await skip(eve)] == ["hi"] * 2  # and not "hello": that was ann's own
            assert [await skip(ann), await skip(bob)] == ["someone left"] * 2
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(skip(ann), 0.1)

    with Server(tmp_path, program(tmp_path, "n2"), is_built) as server:
        run(talk())


@BOTH
def test_n3_one_crash_one_connection(tmp_path: Path, is_built: bool) -> None:
    async def talk() -> None:
        async with connect(server) as ws, connect(server) as bystander:
            await ws.send("abcd")
            assert await ws.recv() == "25"
            await ws.send("")
            with pytest.raises(websockets.ConnectionClosed):
                await ws.recv()
            assert (ws.close_code, ws.close_reason) == (1011, "internal error")
            await bystander.send("ab")
            assert await bystander.recv() == "50"
        async with connect(server) as ws:
            await ws.send("a")
            assert await ws.recv() == "100"

    with Server(tmp_path, program(tmp_path, "n3"), is_built) as server:
        run(talk())
        server.prints("1011 internal error")
