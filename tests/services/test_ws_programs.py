"""Snow programs that serve WebSocket clients, with a client library that is not ours."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from snowc.backend import toolchain
from tests.services.server import CERTS, EXAMPLES, FILES, HANDLERS, Server

websockets = pytest.importorskip("websockets")
pytestmark = pytest.mark.skipif(toolchain.find_c_compiler() is None, reason="there is no C compiler")

ANSWERS = Path(__file__).with_name("answers.snow")
MIB = 1 << 20
TIMEOUT = 30.0

Client = Callable[..., contextlib.AbstractAsyncContextManager[Any]]


def wait_for(work: Awaitable[Any]) -> Any:
    async def limited() -> Any:
        return await asyncio.wait_for(work, TIMEOUT)

    return asyncio.run(limited())


@pytest.fixture(params=[False, True], ids=["run", "built"])
def is_built(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(params=["echo", "wss_echo"])
def echo(request: pytest.FixtureRequest, tmp_path: Path, is_built: bool) -> Any:
    """A running echo server, and what connects to it."""
    is_tls = request.param == "wss_echo"
    args = (*FILES, "0") if is_tls else ("0",)
    with Server(tmp_path, EXAMPLES / f"{request.param}.snow", is_built, *args) as server:
        yield server, client_of(server, is_tls)


def client_of(server: Server, is_tls: bool = False) -> Client:
    context = ssl.create_default_context(cafile=str(CERTS / "ca.pem")) if is_tls else None
    url = f"{'wss' if is_tls else 'ws'}://localhost:{server.port()}"

    @contextlib.asynccontextmanager
    async def connect(path: str = "/", **options: Any) -> AsyncIterator[Any]:
        async with websockets.connect(url + path, ssl=context, max_size=None, compression=None, **options) as ws:
            if is_tls:
                assert (await ws.recv()).startswith("welcome, ")
            yield ws

    return connect


@pytest.fixture
def handlers(tmp_path: Path, is_built: bool) -> Any:
    with Server(tmp_path, HANDLERS, is_built) as server:
        yield server


# ---- messages --------------------------------------------------------------------------------------


async def say(ws: Any, message: str | bytes) -> None:
    await ws.send(message)
    assert await ws.recv() == message


def test_messages_come_back(echo: tuple[Server, Client]) -> None:
    server, client = echo

    async def parts(ws: Any) -> AsyncIterator[str]:
        for part in ("five ", "parts ", "and ", "a ping ", "between"):
            yield part
            await (await ws.ping())

    async def talk() -> None:
        async with client("/chat?room=1") as ws:
            for message in ("text ✓", b"\x00\xff binary", "", b"", "x" * MIB, bytes(MIB)):
                await say(ws, message)
            await ws.send(parts(ws))
            assert await ws.recv() == "five parts and a ping between"
            for i in range(200):
                await ws.send(str(i))
            assert [await ws.recv() for _ in range(200)] == [str(i) for i in range(200)]
            await ws.close(4321, "done")
            assert (ws.close_code, ws.close_reason) == (4321, "")

    wait_for(talk())
    server.prints("closed: 4321 done")


@pytest.mark.full
def test_16_mib_come_back(echo: tuple[Server, Client]) -> None:
    async def talk() -> None:
        async with echo[1]() as ws:
            await say(ws, "x" * (16 * MIB))
            await say(ws, bytes(16 * MIB))

    wait_for(talk())


async def many_clients(client: Client, count: int) -> None:
    everybody_is_there = asyncio.Barrier(count)
    # All are open at once, but they arrive in waves: a handshake has 5 seconds, TLS included, and this
    # one process does the clients' half of all of them.
    door = asyncio.Semaphore(20)

    async def one(number: int) -> None:
        async with contextlib.AsyncExitStack() as stack:
            async with door:
                ws = await stack.enter_async_context(client())
            await everybody_is_there.wait()
            for round_ in range(5):
                await say(ws, f"{number} {round_}")

    await asyncio.gather(*(one(i) for i in range(count)))


def test_50_clients_at_once(echo: tuple[Server, Client]) -> None:
    wait_for(many_clients(echo[1], 50))


@pytest.mark.full
def test_500_clients_at_once(echo: tuple[Server, Client]) -> None:
    wait_for(many_clients(echo[1], 500))


def test_refusal_by_a_closure_over_tls(tmp_path: Path) -> None:
    async def talk() -> None:
        context = ssl.create_default_context(cafile=str(CERTS / "ca.pem"))
        url = f"wss://localhost:{server.port()}"
        async with websockets.connect(url, ssl=context, additional_headers={"X-User": "ann"}) as ws:
            assert await ws.recv() == "welcome, ann"
        async with websockets.connect(url, ssl=context, additional_headers={"X-User": "mallory"}) as ws:
            assert await closing_of(ws) == (1008, "mallory is not welcome")

    with Server(tmp_path, EXAMPLES / "wss_echo.snow", False, *FILES, "0") as server:
        wait_for(talk())


def test_an_actor_pushes(tmp_path: Path) -> None:
    async def talk() -> None:
        async with client_of(server)() as ws:
            assert [await ws.recv() for _ in range(3)] == ["tick 1", "tick 2", "tick 3"]
            await ws.send("hello")
            while await ws.recv() != "this server only ticks":
                pass

    with Server(tmp_path, EXAMPLES / "ticker.snow", False, "0", "30") as server:
        wait_for(talk())
        server.prints("closed: 1000")


# ---- callbacks -------------------------------------------------------------------------------------


async def closing_of(ws: Any) -> tuple[int, str]:
    """Code and reason of the server's close."""
    with pytest.raises(websockets.ConnectionClosed):
        await ws.recv()
    return ws.close_code, ws.close_reason


def test_a_crash_ends_its_connection_alone(handlers: Server) -> None:
    client = client_of(handlers)

    async def talk() -> None:
        async with client() as bystander:
            for message in ("divide", "recurse"):
                async with client("/mine") as ws:
                    await ws.send(message)
                    assert await closing_of(ws) == (1011, "internal error")
            async with client("/die") as ws:
                assert await closing_of(ws) == (1011, "internal error")
            async with client() as ws:
                await ws.close(1000, "die")
            await say(bystander, "still here")
            await say(bystander, b"and binary")

    wait_for(talk())
    handlers.prints("1000 ")
    handlers.prints("1000 die")
    assert sorted(handlers.stdout.splitlines()) == [
        "0 false", "0 true", "1000 ", "1000 die", "1011 internal error", "1011 internal error"
    ]  # fmt: skip
    lines = re.sub(r"<0\.\d+>", "<pid>", handlers.stderr).splitlines()[1:]
    name = "[snow-rt] ws connection <pid> "
    assert [line.replace(str(HANDLERS), HANDLERS.name) for line in lines] == [
        f"{name}(/mine) crashed: Snow panic at handlers.snow:23: division by zero",
        f"{name}(/mine) crashed: Snow panic at handlers.snow:50: stack overflow",
        f"{name}(/die) crashed: Snow panic at handlers.snow:6: division by zero",
        f"{name}(/) crashed: Snow panic at handlers.snow:55: in on_close",
    ]


def test_every_ending_is_reported_once(handlers: Server) -> None:
    client = client_of(handlers)

    async def talk() -> None:
        async with client("/reject") as ws:
            assert await closing_of(ws) == (1008, "not today")
        async with client() as ws:
            await ws.send("close")
            assert await closing_of(ws) == (4000, "enough")
        async with client() as ws:
            ws.transport.abort()
        async with client() as ws:
            await ws.close(3999)

    wait_for(talk())
    handlers.prints("3999 ")
    assert sorted(handlers.stdout.splitlines()) == ["0 -1 false", "1006 ", "3999 ", "4000 enough"]


def test_a_sender_waits_for_a_slow_client(handlers: Server) -> None:
    async def talk() -> None:
        async with client_of(handlers)(max_queue=1) as ws:
            await ws.send("flood")
            await asyncio.sleep(0.3)
            assert "failed" not in handlers.stdout
            assert [len(await ws.recv()) for _ in range(64)] == [262144] * 64

    wait_for(talk())
    handlers.prints("failed: 0")


def test_endless_callbacks_leave_the_others_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOW_SCHEDULERS", "1")

    async def talk() -> None:
        client = client_of(server)
        async with client() as busy, client() as ws:
            await busy.send("busy")
            assert await busy.recv() == "before"
            started = time.monotonic()
            for _ in range(20):
                await say(ws, "hello")
            assert time.monotonic() - started < 5
            busy.transport.abort()

    with Server(tmp_path, HANDLERS, False) as server:
        wait_for(talk())
        server.process.kill()
        assert server.wait() == -signal.SIGKILL


def test_answers_of_on_connect(tmp_path: Path) -> None:
    async def talk() -> None:
        for path, header, expected in ((0, "", "hi"), (1, "open", "hi"), (1, "shut", "rejected"), (2, "", "never")):
            pass_ = [("X-Pass", header), ("X-Pass", "sesame")]
            async with websockets.connect(f"ws://localhost:{ports[path]}/p", additional_headers=pass_) as ws:
                if expected == "hi":
                    await say(ws, "hi")
                else:
                    assert await closing_of(ws) == (1008, expected)

    with Server(tmp_path, ANSWERS, False) as server:
        server.port()
        while len(ports := re.findall(r"listening on 0.0.0.0:(\d+)", server.stderr)) < 3:
            time.sleep(0.02)
        wait_for(talk())
        server.prints("/p")


# ---- the end ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_with_1001(echo: tuple[Server, Client], number: signal.Signals) -> None:
    server, client = echo

    async def talk() -> int:
        async with client() as one, client() as other:
            ended = asyncio.create_task(asyncio.to_thread(server.end, number))
            assert await closing_of(one) == (1001, "server shutdown")
            assert await closing_of(other) == (1001, "server shutdown")
            return await ended

    assert wait_for(talk()) == 128 + number
    assert server.stdout.splitlines()[-2:] == ["closed: 1001 server shutdown"] * 2


# ---- executables -------------------------------------------------------------------------------------


def test_an_executable_says_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOW_PYTHON", "/nowhere/python")
    with Server(tmp_path, EXAMPLES / "echo.snow", True) as server:
        assert server.wait() == 1
    named = "error: cannot start the interpreter that SNOW_PYTHON names, /nowhere/python"
    assert server.stderr == f"{named}: No such file or directory\n"
