"""Every function of `Ws` from a Snow program, over a socket: what it gives while a connection is there, and after."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from snowc.backend import toolchain
from tests.services.server import Server

websockets = pytest.importorskip("websockets")
pytestmark = pytest.mark.skipif(toolchain.find_c_compiler() is None, reason="there is no C compiler")

SURFACE = Path(__file__).with_name("surface.snow")
TIMEOUT = 30.0
TARGET = "/a/b?q=1&x=a%20b+c&q=%C3%A9&bad=%zz%FF&n"


@pytest.fixture(params=[False, True], ids=["run", "built"])
def surface(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, SURFACE, request.param) as server:
        yield server


class Client:
    """Says what the program is to do, and gets what that sends back."""

    def __init__(self, ws: Any) -> None:
        self.ws = ws

    async def ask(self, order: str | bytes) -> Any:
        await self.ws.send(order)
        return await self.get()

    async def get(self) -> Any:
        return await asyncio.wait_for(self.ws.recv(), TIMEOUT)

    async def until(self, order: str, answer: str) -> None:
        """Ask until the answer is this one."""
        while await self.ask(order) != answer:
            await asyncio.sleep(0.01)

    async def closing(self) -> tuple[int, str]:
        """Code and reason of the server's close."""
        with pytest.raises(websockets.ConnectionClosed):
            await self.get()
        return self.ws.close_code, self.ws.close_reason


@asynccontextmanager
async def client(server: Server, target: str = "/", **options: Any) -> AsyncIterator[Client]:
    url = f"ws://127.0.0.1:{server.port()}{target}"
    async with websockets.connect(url, compression=None, **options) as ws:
        yield Client(ws)


def run(talk: Callable[[], Any]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(talk(), TIMEOUT)

    asyncio.run(limited())


# ---- the request ---------------------------------------------------------------------------------------


def test_the_request_can_be_read_at_any_time(surface: Server) -> None:
    expected = {
        "path": TARGET,
        "header x-one": "Some(1)", "header X-ONE": "Some(1)", "header x-two": "None", "header :peer": "None",
        "query q": "Some(é)", "query x": "Some(a b c)", "query bad": "Some(%zz%FF)", "query n": "Some()",
        "query m": "None", "peer": "127.0.0.1", "subprotocol": "Some(chat.v2)",
    }  # fmt: skip

    async def talk() -> None:
        headers = [("X-One", "1")]
        async with client(surface, TARGET, subprotocols=["chat.v1", "chat.v2"], additional_headers=headers) as one:
            assert one.ws.subprotocol == "chat.v2"
            for order, answer in expected.items():
                assert (order, await one.ask(order)) == (order, answer)
            async with client(surface) as other:
                assert await other.ask("subprotocol") == "None"
                assert await other.ask("query q") == "None"
                assert int(await other.ask("id")) != int(await one.ask("id"))

    run(talk)
    assert surface.stdout.startswith("true 0\n")  # Ws.path in on_connect is its second argument


# ---- sending ---------------------------------------------------------------------------------------------


def test_text_bytes_and_replies(surface: Server) -> None:
    async def talk() -> None:
        async with client(surface) as one:
            assert await one.ask("bytes abc") == b"abc"
            assert await one.ask("bytes abc 2") == b"ab" and await one.get() == "0"
            for wrong in ("4", "-1"):
                assert await one.ask(f"bytes abc {wrong}") == "-1"
            assert await one.ask("reply text") == "text"
            assert await one.ask(b"reply bytes") == b"bytes"
            assert await one.ask("state") == "true false 0 true true"
            assert await one.ask(b"state") == "true true 0 true true"

    run(talk)


def test_another_process_replies_in_the_type_of_the_message(surface: Server) -> None:
    async def talk() -> None:
        async with client(surface, "/here") as one:
            host = f"127.0.0.1:{surface.port()}"
            assert await one.ask("delegate hi") == f"hi false /here Some({host})"
            assert await one.ask(b"delegate hi") == f"hi true /here Some({host})".encode()

    run(talk)


def test_pings_of_the_program_reach_the_client(surface: Server) -> None:
    async def talk() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", surface.port())
        head = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        head += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        writer.write(head.encode() + b"\x81\x84\0\0\0\0ping")
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(2) == b"\x89\x00"
        writer.write(b"\x8a\x80\0\0\0\0" + b"\x81\x84\0\0\0\0path")
        assert await reader.readexactly(3) == b"\x81\x01/"
        writer.close()

    run(talk)


@pytest.mark.parametrize(
    ("order", "code", "reason"),
    [
        ("close 1000 bye", 1000, "bye"),
        ("close 3999 ", 3999, ""),
        ("close 4000 " + "é" * 70, 4000, "é" * 61),  # 123 bytes hold no half of a character
    ],
)
def test_closes_of_the_program(surface: Server, order: str, code: int, reason: str) -> None:
    async def talk() -> None:
        async with client(surface) as one:
            await one.ws.send(order)
            assert await one.closing() == (code, reason)

    run(talk)
    surface.prints(f"{code} {reason}: / 0 -1 -1 -1 []")


def test_codes_that_must_not_be_written_are_refused(surface: Server) -> None:
    async def talk() -> None:
        async with client(surface) as one:
            for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 70000, -1):
                await one.ws.send(f"close {code} no")
            assert await one.ask("path") == "/"

    run(talk)


# ---- rooms -----------------------------------------------------------------------------------------------


def test_rooms(surface: Server) -> None:
    async def talk() -> None:
        async with client(surface) as one, client(surface) as other:
            assert await one.ask("join b") == "0" and await one.ask("join a") == "0" and await one.ask("join a") == "0"
            assert await one.ask("rooms") == "[a, all, b]"
            assert await one.ask("members a") == "1"
            await one.until("members all", "2")
            assert await one.ask("members nobody") == "0"
            await one.ws.send("say a for-one")
            await other.ws.send("others all from-other")
            assert {await one.get(), await one.get()} == {"for-one", "from-other"}
            await other.ws.send("say all for-both")
            assert await one.get() == await other.get() == "for-both"
            assert await one.ask("leave a") == "0" and await one.ask("leave a") == "0"
            assert await one.ask("rooms") == "[all, b]" and await one.ask("members a") == "0"
            assert await one.ask("join ") == "-1" and await one.ask("leave ") == "-1"
            assert await one.ask("join " + "r" * 1025) == "-1" and await one.ask("join " + "r" * 1024) == "0"

    run(talk)


@pytest.mark.parametrize("ending", ["close", "cut", "crash"])
def test_every_ending_leaves_the_rooms_first(surface: Server, ending: str) -> None:
    async def talk() -> None:
        async with client(surface) as one:
            async with client(surface) as other:
                await one.until("members all", "2")
                if ending == "cut":
                    other.ws.transport.abort()
                elif ending == "crash":
                    await other.ws.send("die")
                    assert await other.closing() == (1011, "internal error")
            await one.until("members all", "1")

    run(talk)
    code = {"close": "1000 ", "cut": "1006 ", "crash": "1011 internal error"}[ending]
    surface.prints(f"{code}: / 1 -1 -1 -1 []")  # on_close finds one member, and a handle that is dead


# ---- dead handles and messages -----------------------------------------------------------------------------


def test_a_dead_handle_is_dead_for_every_function(surface: Server) -> None:
    async def talk() -> None:
        async with client(surface, "/first") as one:
            assert await one.ask("keep") == "kept"
        async with client(surface) as other:  # in the place of the first in the table
            await other.ws.send("report")
            assert await other.ask("path") == "/"
            await asyncio.to_thread(
                surface.prints,
                "[-1, -1, -1, -1, -1, -1, -1, -1, -1, -1] [, , None, None, None] [false, false, false] [] 0",
            )

    run(talk)


def test_strings_for_the_process_come_in_order(surface: Server) -> None:
    async def talk() -> None:
        async with client(surface) as one:
            for i in range(100):
                await one.ws.send(f"tell {i}")
            assert [await one.get() for _ in range(100)] == [f"info {i}" for i in range(100)]

    run(talk)


def test_no_value_passes_for_a_frame(surface: Server) -> None:
    async def talk() -> None:
        async with client(surface) as one:
            assert await one.ask("forge") == "info real"
            assert await one.ask("state") == "true false 0 true true"

    run(talk)


# ---- authorize ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "status", "body", "said"),
    [
        ("no", 403, "not you, é", "403 not you, é"),
        ("odd", 500, "Internal Server Error", "500 authorize gave the status 200"),
        ("crash", 500, "Internal Server Error", "500 internal error"),
    ],
)
def test_a_request_can_be_refused_before_it_is_a_connection(
    surface: Server, token: str, status: int, body: str, said: str
) -> None:
    async def talk() -> None:
        with pytest.raises(websockets.InvalidStatus) as caught:
            async with client(surface, additional_headers={"X-Token": token}):
                pass
        assert (caught.value.response.status_code, caught.value.response.body.decode()) == (status, body)
        async with client(surface) as one:
            await one.until("members all", "1")

    run(talk)
    assert f"[snow-rt] WS upgrade failed: {said}\n" in surface.stderr
    assert re.search(r"ws connection <0\.\d+> \(/\) crashed", surface.stderr) or token != "crash"
    assert surface.stdout.splitlines()[0] == "true 0"  # no on_connect and no on_close for the one refused


def test_an_eager_client_waits_for_authorize(surface: Server) -> None:
    async def talk() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", surface.port())
        head = "GET /eager HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Token: slow\r\n"
        head += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        writer.write(head.encode() + b"\x89\x80\0\0\0\0")
        await asyncio.sleep(0.1)
        writer.write(b"\x81\x84\0\0\0\0path")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        assert await reader.readexactly(10) == b"\x8a\x00" + b"\x81\x06/eager"
        writer.close()
        # One that does not wait for the answer leaves nothing behind.
        reader, writer = await asyncio.open_connection("127.0.0.1", surface.port())
        writer.write(head.encode())
        await asyncio.sleep(0.05)
        writer.transport.abort()
        await asyncio.sleep(0.5)
        async with client(surface) as one:
            await one.until("members all", "1")

    run(talk)
