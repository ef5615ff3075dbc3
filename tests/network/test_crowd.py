"""Many clients at once: one handler crashes, the others do not notice, and the end of the server reaches all."""

from __future__ import annotations

import asyncio
import re
import signal
import ssl
from contextlib import AsyncExitStack
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import connect

from tests.network.conftest import Kind
from tests.services.server import CERTS, Server

ROUNDS = 5
SECONDS = 60.0


class Crowd:
    """So many open connections to one server."""

    def __init__(self, kind: Kind, server: Server) -> None:
        self._url = f"{'wss' if kind.tls else 'ws'}://localhost:{server.port()}/crowd"
        self._context = ssl.create_default_context(cafile=str(CERTS / "ca.pem")) if kind.tls else None
        # All are open at once, but they arrive in waves: a handshake has 5 seconds, TLS included, and this
        # one process does the clients' half of all of them.
        self._door = asyncio.Semaphore(20)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Crowd:
        return self

    async def __aexit__(self, *exc: Any) -> None:
        await self._stack.aclose()

    async def come(self, count: int = 1) -> list[Any]:
        """New clients."""

        async def one() -> Any:
            async with self._door:
                return await self._stack.enter_async_context(connect(self._url, ssl=self._context, compression=None))

        return await asyncio.gather(*(one() for _ in range(count)))


async def say(client: Any, message: str) -> None:
    await client.send(message)
    assert await client.recv() == message


async def end_of(client: Any) -> tuple[int, str]:
    """Code and reason of the server's close."""
    with pytest.raises(websockets.ConnectionClosed):
        await client.recv()
    return client.close_code, client.close_reason


async def live_and_die(kind: Kind, server: Server, count: int) -> None:
    async with Crowd(kind, server) as crowd:
        victim, *others = await crowd.come(count)
        await asyncio.gather(*(say(client, f"{number} before") for number, client in enumerate(others)))
        await victim.send("divide")
        for turn in range(ROUNDS):
            await asyncio.gather(*(say(client, f"{number} {turn}") for number, client in enumerate(others)))
        assert await end_of(victim) == (1011, "internal error")
        (newcomer,) = await crowd.come()
        await say(newcomer, "is there a place?")
        await newcomer.close(1000, "yes")
        ended = asyncio.create_task(asyncio.to_thread(server.end))
        for end in await asyncio.gather(*(end_of(client) for client in others)):
            assert end == (1001, "server shutdown")
        assert await ended == 128 + signal.SIGTERM


def check(kind: Kind, count: int) -> None:
    async def limited() -> None:
        await asyncio.wait_for(live_and_die(kind, server, count), SECONDS)

    with kind.handlers() as server:
        asyncio.run(limited())
        others = count - 1
        lines = {"0 false": others * (ROUNDS + 1) + 1, "1011 internal error": 1, "1000 yes": 1}
        lines["1001 server shutdown"] = others
        found = [line for line in server.stdout.splitlines() if line != "served"]
        assert {line: found.count(line) for line in found} == lines
        (crash,) = server.stderr.splitlines()[1:]
        where = r"Snow panic at \S*handlers\.snow:23: division by zero"
        pattern = r"\[snow-rt\] ws connection <0\.\d+> \(/crowd\) crashed: " + where
        assert re.fullmatch(pattern, crash), crash


def test_one_of_50_crashes(kind: Kind) -> None:
    check(kind, 50)


@pytest.mark.full
def test_one_of_500_crashes(kind: Kind) -> None:
    check(kind, 500)
