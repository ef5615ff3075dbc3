"""Options from a Snow program: each crosses to the server and does what it says; values out of range are refused."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from snowc.backend import toolchain
from tests.services.server import CERTS, FILES, Server

websockets = pytest.importorskip("websockets")
pytestmark = pytest.mark.skipif(toolchain.find_c_compiler() is None, reason="there is no C compiler")

FOLDER = Path(__file__).parent
TIMEOUT = 30.0
HEAD = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)

REFUSALS = """\
ping_interval: 99 is neither 0 nor at least 100
ping_interval: -1 is neither 0 nor at least 100
pong_timeout: 49 is less than 50
pong_timeout: 30001 is more than the ping interval of 30000
pong_timeout: 501 is more than the ping interval of 500
max_message: 0 is less than 1
max_message: 1073741825 is more than 1073741824
max_fragments: 0 is less than 1
max_connections: -1 is less than 0
max_connections_per_ip: -1 is less than 0
handshake_timeout: 99 is less than 100
handshake_timeout: 60001 is more than 60000
close_timeout: -1 is less than 0
close_timeout: 60001 is more than 60000
idle_timeout: -1 is less than 0
send_buffer: 1023 is less than 1024
send_timeout: -1 is less than 0
inbound_queue: 0 is less than 1
subprotocols: "not fine" is not a token
subprotocols: "" is not a token
compression: "gzip" is none of "off", "on", "no_context"
origins: "b.example" is not an origin such as https://example.org
bind: "localhost" is not an IP address
tls_min: "1.1" is none of "1.2", "1.3"
rate: 0 messages are less than 1
rate: 0 ms are less than 1
Failed to load TLS certificates: open cert file: No such file or directory: nowhere.pem
Failed to start WebSocket server on 192.0.2.1:0: Cannot assign requested address
"""


@pytest.mark.parametrize("is_built", [False, True], ids=["run", "built"])
def test_values_out_of_range_are_named(tmp_path: Path, is_built: bool) -> None:
    with Server(tmp_path, FOLDER / "refused_options.snow", is_built) as server:
        assert (server.wait(), server.stdout, server.stderr) == (0, REFUSALS, "")


# ---- what the options do -----------------------------------------------------------------------------------


def with_options(folder: Path, **options: str) -> Server:
    args = [text for pair in options.items() for text in pair]
    return Server(folder, FOLDER / "options.snow", False, *args)


def connect(server: Server, **options: Any) -> AbstractAsyncContextManager[Any]:
    url = f"ws://127.0.0.1:{server.port()}"
    connected: AbstractAsyncContextManager[Any] = websockets.connect(url, **{"compression": None, **options})
    return connected


def run(talk: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(talk(), TIMEOUT)

    asyncio.run(limited())


def raw(server: Server, data: bytes = b"") -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", server.port()), timeout=TIMEOUT)
    sock.sendall(data)
    return sock


def everything(sock: socket.socket) -> bytes:
    """What comes until the end of the stream, or its reset."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while part := sock.recv(4096):
            data += part
    return data


async def closing_of(ws: Any) -> tuple[int, str]:
    with pytest.raises(websockets.ConnectionClosed):
        while True:
            await ws.recv()
    return ws.close_code, ws.close_reason


async def status_of(server: Server, **options: Any) -> int:
    """The status of a handshake that fails."""
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with connect(server, **options):
            pass
    return int(caught.value.response.status_code)


def test_max_message(tmp_path: Path) -> None:
    async def talk() -> None:
        async with connect(server) as ws:
            await ws.send("x" * 1000)
            assert await ws.recv() == "x" * 1000
            await ws.send("x" * 1001)
            assert await closing_of(ws) == (1009, "message too big")

    with with_options(tmp_path, max_message="1000") as server:
        run(talk)


def test_max_fragments(tmp_path: Path) -> None:
    async def talk() -> None:
        async with connect(server) as ws:
            await ws.send(["a", "b", "c"])
            assert await ws.recv() == "abc"
            await ws.send(["a", "b", "c", "d", "e"])
            assert await closing_of(ws) == (1008, "too many fragments")

    with with_options(tmp_path, max_fragments="4") as server:
        run(talk)


def test_heartbeat(tmp_path: Path) -> None:
    with with_options(tmp_path, ping_interval="200", pong_timeout="100") as server, raw(server, HEAD) as sock:
        data = everything(sock).partition(b"\r\n\r\n")[2]
        assert data[:2] == b"\x89\x04" and data[6:] == b"\x88\x0e\x03\xe9pong timeout"
        server.prints("1001 pong timeout")


def test_connection_limits(tmp_path: Path) -> None:
    async def talk() -> None:
        async with connect(server) as one, connect(server):
            assert await status_of(server) == 503
            await one.close()
            async with connect(server):
                pass

    for name in ("max_connections", "max_connections_per_ip"):
        with with_options(tmp_path, **{name: "2"}) as server:
            run(talk)


def test_handshake_timeout(tmp_path: Path) -> None:
    with with_options(tmp_path, handshake_timeout="200") as server, raw(server, b"GET /") as sock:
        started = time.monotonic()
        assert everything(sock).startswith(b"HTTP/1.1 408 ")
        assert 0.1 < time.monotonic() - started < 2


def test_close_timeout(tmp_path: Path) -> None:
    too_big = HEAD + b"\x81\x82\0\0\0\0xx"
    with with_options(tmp_path, close_timeout="200", max_message="1") as server, raw(server, too_big) as sock:
        started = time.monotonic()
        assert everything(sock).endswith(b"\x03\xf1message too big")
        assert 0.1 < time.monotonic() - started < 2


def test_idle_timeout(tmp_path: Path) -> None:
    async def talk() -> None:
        async with connect(server) as ws:
            await ws.send("hello")
            assert await closing_of(ws) == (1001, "idle timeout")

    with with_options(tmp_path, idle_timeout="300") as server:
        run(talk)


def test_inbound_queue(tmp_path: Path) -> None:
    """A client that sends on while the handler sleeps is not read: what it may send is bounded."""
    with with_options(tmp_path, inbound_queue="1") as server, raw(server, HEAD + b"\x81\x85\0\0\0\0sleep") as sock:
        time.sleep(0.2)
        sock.settimeout(0.5)
        message = b"\x82\xfe\xff\xff\0\0\0\0" + bytes(65535)
        taken = 0
        with pytest.raises(TimeoutError):
            while taken < 64 << 20:
                taken += sock.send(message)
        assert taken < 32 << 20


def test_subprotocols(tmp_path: Path) -> None:
    async def talk() -> None:
        async with connect(server, subprotocols=["v1", "v2"]) as ws:
            assert ws.subprotocol == "v2"
        async with connect(server, subprotocols=["v3"]) as ws:
            assert ws.subprotocol is None

    with with_options(tmp_path, subprotocols="v2,v1") as server:
        run(talk)


@pytest.mark.parametrize(("mode", "answer"), [("on", True), ("no_context", True), ("off", False)])
def test_compression(tmp_path: Path, mode: str, answer: bool) -> None:
    async def talk() -> None:
        async with connect(server, compression="deflate") as ws:
            header = ws.response.headers.get("Sec-WebSocket-Extensions", "")
            assert header.startswith("permessage-deflate") == answer
            await ws.send("x" * 1000)
            assert await ws.recv() == "x" * 1000

    with with_options(tmp_path, compression=mode) as server:
        run(talk)


def test_origins(tmp_path: Path) -> None:
    async def talk() -> None:
        for origin in ("https://a.example", "https://b.example"):
            async with connect(server, origin=origin):
                pass
        assert await status_of(server, origin="https://c.example") == 403

    with with_options(tmp_path, origins="https://a.example,https://b.example") as server:
        run(talk)


def test_bind(tmp_path: Path) -> None:
    with with_options(tmp_path, bind="127.0.0.2") as server:
        port = server.port()
        assert f"listening on 127.0.0.2:{port}\n" in server.stderr
        with socket.create_connection(("127.0.0.2", port), timeout=TIMEOUT):
            pass
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_tls(tmp_path: Path, version: str) -> None:
    context = ssl.create_default_context(cafile=str(CERTS / "ca.pem"))
    old = ssl.create_default_context(cafile=str(CERTS / "ca.pem"))
    old.maximum_version = ssl.TLSVersion.TLSv1_2

    async def talk() -> None:
        url = f"wss://localhost:{server.port()}"
        async with websockets.connect(url, ssl=context) as ws:
            await ws.send("hello")
            assert await ws.recv() == "hello"
        if version == "1.3":
            with pytest.raises(OSError):  # an alert or a reset
                async with websockets.connect(url, ssl=old):
                    pass
        else:
            async with websockets.connect(url, ssl=old):
                pass

    with with_options(tmp_path, tls=",".join(FILES), tls_min=version) as server:
        run(talk)
        assert "WebSocket TLS server listening" in server.stderr


def test_rate(tmp_path: Path) -> None:
    async def talk() -> None:
        async with connect(server) as ws:
            for _ in range(20):
                await ws.send("x")
            assert await closing_of(ws) == (1008, "rate limit")

    with with_options(tmp_path, rate="10,60000") as server:
        run(talk)


# ---- starting and stopping ---------------------------------------------------------------------------------


@pytest.mark.parametrize("is_built", [False, True], ids=["run", "built"])
def test_servers_are_started_and_stopped(tmp_path: Path, is_built: bool) -> None:
    async def talk() -> None:
        server.prints(f"Failed to start WebSocket server on 0.0.0.0:{first}: Address already in use")
        async with (
            websockets.connect(f"ws://127.0.0.1:{first}") as one,
            websockets.connect(f"ws://127.0.0.1:{second}") as other,
        ):
            await one.send("hello")
            assert await one.recv() == "hello"
            await other.send("stop the first")
            assert await closing_of(one) == (1001, "server shutdown")
            assert await other.recv() == "stopped it"
            with pytest.raises(OSError):
                await websockets.connect(f"ws://127.0.0.1:{first}")
            await other.send("again")  # a server that has stopped is no longer there to stop
            assert await other.recv() == "stopped it"

    with Server(tmp_path, FOLDER / "starting.snow", is_built) as server:
        server.port()
        until = time.monotonic() + TIMEOUT
        while (found := re.search(r"ports: (\d+) (\d+)\n", server.stdout)) is None:
            assert time.monotonic() < until
            time.sleep(0.01)
        first, second = map(int, found.groups())
        run(talk)
        server.prints("1001 server shutdown")
        assert server.process.poll() is None  # the other one keeps the program
