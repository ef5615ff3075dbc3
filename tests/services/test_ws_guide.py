"""The programs of docs/guide/websockets.md do what the page says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from snowc.backend import toolchain
from tests.services.server import ROOT, Server

websockets = pytest.importorskip("websockets")
pytestmark = pytest.mark.skipif(toolchain.find_c_compiler() is None, reason="there is no C compiler")

PAGE = (ROOT / "docs" / "guide" / "websockets.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")}
TIMEOUT = 30.0


def program(folder: Path, section: str) -> Path:
    """The program of a section, on a port of its own."""
    source = re.search(r"^```snow\n(.*?)^```$", SECTIONS[section], re.MULTILINE | re.DOTALL)
    assert source is not None
    path = folder / "main.snow"
    path.write_text(source[1].replace("9001", "0"), encoding="utf-8")
    return path


def connect(server: Server, target: str = "/", **options: Any) -> AbstractAsyncContextManager[Any]:
    url = f"ws://127.0.0.1:{server.port()}{target}"
    connected: AbstractAsyncContextManager[Any] = websockets.connect(url, **options)
    return connected


def run(talk: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(talk(), TIMEOUT)

    asyncio.run(limited())


async def closing_of(ws: Any) -> tuple[int, str]:
    with pytest.raises(websockets.ConnectionClosed):
        await ws.recv()
    return ws.close_code, ws.close_reason


def test_every_program_of_the_page_has_a_test() -> None:
    with_programs = [title for title, text in SECTIONS.items() if "```snow" in text]
    assert with_programs == [
        "An echo server", "Rooms", "Options", "Who may connect, and messages from other processes",
        "Start, go on, stop",
    ]  # fmt: skip


def test_echo(tmp_path: Path) -> None:
    async def talk() -> None:
        async with connect(server) as ws:
            await ws.send("Hello WebSocket")
            assert await ws.recv() == "Hello WebSocket"
            for i in range(5):
                await ws.send(str(i))
            assert [await ws.recv() for _ in range(5)] == ["0", "1", "2", "3", "4"]
            await ws.close(1000)
            assert ws.close_code == 1000
        async with connect(server) as ws:
            ws.transport.abort()

    with Server(tmp_path, program(tmp_path, "An echo server"), False) as server:
        run(talk)
        server.prints("closed 1000")
        server.prints("closed 1006")


def test_rooms(tmp_path: Path) -> None:
    async def talk() -> None:
        async with connect(server) as ws:
            assert await closing_of(ws) == (1008, "name required")
        async with connect(server, "/?name=Ann+B.") as ann:
            assert await ann.recv() == "Ann B. is here"
            async with connect(server, "/?name=bob") as bob:
                assert await bob.recv() == await ann.recv() == "bob is here"
                await bob.send("hi")
                assert await ann.recv() == "hi"
            assert await ann.recv() == "1 left"

    with Server(tmp_path, program(tmp_path, "Rooms"), False) as server:
        run(talk)


def test_options_are_run_with_the_other_pages() -> None:
    assert "```\n```output\n" in SECTIONS["Options"]  # tests/unit/test_docs.py


def test_authorize_and_on_info(tmp_path: Path) -> None:
    async def talk() -> None:
        with pytest.raises(websockets.InvalidStatus) as caught:
            async with connect(server):
                pass
        assert (caught.value.response.status_code, caught.value.response.body) == (401, b"who are you?")
        async with connect(server, additional_headers={"Authorization": "Basic x"}) as ws:
            assert [await ws.recv() for _ in range(3)] == ["tick 3", "tick 2", "tick 1"]
            assert await closing_of(ws) == (1000, "time is up")

    section = "Who may connect, and messages from other processes"
    with Server(tmp_path, program(tmp_path, section), False) as server:
        run(talk)
        server.prints("1000 time is up")


def test_start_and_stop(tmp_path: Path) -> None:
    async def talk() -> None:
        async with connect(server) as ws:
            assert await ws.recv() == "this server stops in a moment"
            assert await closing_of(ws) == (1001, "server shutdown")

    with Server(tmp_path, program(tmp_path, "Start, go on, stop"), False) as server:
        port = server.port()
        run(talk)
        assert server.wait() == 0
        assert server.stdout.splitlines() == [f"port {port}", "1001 server shutdown", "stopped"]
