"""WebSocket clients that come and go: many at a time, on one event loop, most of them well behaved.

`Crowd.run` keeps so many connections open for so long. Each lives for a time drawn at random, in which it says
things to the program of `churn.snow`, and then ends in a way that is drawn too: with a close, cut off, in the
middle of not reading, or by making its handler crash. What a client sees that should not be is a complaint.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import struct
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.fuzz.ws.seeds import frame

_HEAD = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_PATIENCE = 15.0
"""Seconds for whatever the server has to do at once."""
_ADDRESSES = 16
"""Of the loopback network that clients come from, so that ports do not run out."""
WINDOWS = 10
"""Parts of the run whose latencies are kept apart."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the clients do. Times are seconds, fractions are of the connections."""

    seconds: float
    connections: int
    shortest: float = 0.1
    longest: float = 6.0
    cut: float = 0.1
    deaf: float = 0.05
    crash: float = 0.01
    rate: float = 1.0
    """Messages per second that a client sends."""
    rooms: int = 200
    seed: int = 1

    @property
    def per_second(self) -> float:
        """Connections that begin in a second, about."""
        return self.connections * 2 / (self.shortest + self.longest)


def _frame(first: int, payload: bytes) -> bytes:
    """A client's frame, whose mask changes nothing."""
    return frame(first, payload, mask=bytes(4))


class Client(asyncio.Protocol):
    """One connection. Echoes are matched by the time that they carry."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._data = bytearray()
        self._is_open = False
        self.opened: asyncio.Future[None] = crowd.loop.create_future()
        self.lost: asyncio.Future[None] = crowd.loop.create_future()
        self.code: int | None = None
        """Of the server's close."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(_HEAD)

    def connection_lost(self, exc: Exception | None) -> None:
        for future in (self.opened, self.lost):
            if not future.done():
                future.set_result(None)

    @property
    def is_open(self) -> bool:
        """The handshake is done and the server has not begun to close."""
        return self._is_open and self.code is None and not self.lost.done()

    def data_received(self, data: bytes) -> None:
        self._data += data
        if self._is_open or self._take_head():
            while self._take_frame():
                pass

    def _take_head(self) -> bool:
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not self._data.startswith(b"HTTP/1.1 101 "):
            self._crowd.complain(f"refused: {bytes(self._data[:60])!r}")
            self.transport.abort()
            return False
        del self._data[: end + 4]
        self._is_open = True
        if not self.opened.done():
            self.opened.set_result(None)
        return True

    def _take_frame(self) -> bool:
        data = self._data
        if len(data) < 2:
            return False
        size, at = data[1], 2
        if size >= 126:
            at = 4 if size == 126 else 10
            size = int.from_bytes(data[2:at], "big")
        if len(data) < at + size:
            return False
        self._take(data[0], bytes(data[at : at + size]))
        del data[: at + size]
        return True

    def _take(self, first: int, payload: bytes) -> None:
        if first == 0x81:
            self._crowd.heard(payload)
        elif first == 0x88:
            self.code = int.from_bytes(payload[:2], "big")
            self.transport.write(_frame(0x88, payload[:2]))
        elif first == 0x89:
            self.transport.write(_frame(0x8A, payload))
        else:
            self._crowd.complain(f"an unexpected frame: {first:#x}")

    def say(self, text: str) -> None:
        """Send a text message."""
        self.transport.write(_frame(0x81, text.encode()))

    def close(self, code: int) -> None:
        """Begin the closing handshake."""
        self.transport.write(_frame(0x88, struct.pack(">H", code)))


class Crowd:
    """All clients of a run, and what became of them."""

    def __init__(self, plan: Plan, port: int, context: ssl.SSLContext | None) -> None:
        self.loop = asyncio.get_running_loop()
        self.counts: Counter[str] = Counter()
        self.complaints: Counter[str] = Counter()
        self.latencies: list[list[float]] = [[] for _ in range(WINDOWS)]
        self._plan = plan
        self._port = port
        self._context = context
        self._random = random.Random(plan.seed)
        self._began = time.perf_counter()

    def complain(self, text: str) -> None:
        """Note what should not be."""
        self.complaints[text] += 1

    def heard(self, payload: bytes) -> None:
        """A text message has come."""
        self.counts["received"] += 1
        if payload.startswith(b"at "):
            now = time.perf_counter()
            window = int((now - self._began) / self._plan.seconds * WINDOWS)
            self.latencies[min(window, WINDOWS - 1)].append(now - float(payload[3:]))

    async def run(self) -> None:
        """Keep the connections open until the time is over, then let all of them end."""
        self._began = time.perf_counter()
        until = self._began + self._plan.seconds
        await asyncio.gather(*(self._keep_one(until) for _ in range(self._plan.connections)))

    async def _keep_one(self, until: float) -> None:
        """One connection after the other. They begin one by one, so that not all handshakes come at once."""
        await asyncio.sleep(self._random.uniform(0, min(self._plan.longest, self._plan.seconds / 4)))
        while time.perf_counter() < until:
            try:
                await self._live()
            except OSError as error:
                self.complain(f"connecting or talking: {error!r}")
                await asyncio.sleep(0.1)

    async def _live(self) -> None:
        self.counts["connections"] += 1
        source = f"127.0.0.{1 + self.counts['connections'] % _ADDRESSES}"
        _, client = await self.loop.create_connection(
            lambda: Client(self), "127.0.0.1", self._port, local_addr=(source, 0), ssl=self._context,
            server_hostname="localhost" if self._context else None,
        )  # fmt: skip
        life = self._random.uniform(self._plan.shortest, self._plan.longest)
        fate = self._random.random()
        try:
            async with asyncio.timeout(life + 2 * _PATIENCE):
                await client.opened
                if client.is_open:
                    await self._meet(client, life, fate)
                else:
                    self.complain("lost before it was open")
        except TimeoutError:
            self.complain("no end in time")
        finally:
            client.transport.abort()

    async def _meet(self, client: Client, life: float, fate: float) -> None:
        plan = self._plan
        if fate < plan.deaf:
            await self._be_deaf(client, life)
            return
        await self._talk(client, life)
        if not client.is_open:
            self.complain(f"ended by the server: {client.code}")
        elif fate < plan.deaf + plan.cut:
            self.counts["cut"] += 1
        elif fate < plan.deaf + plan.cut + plan.crash:
            self.counts["crash"] += 1
            client.say("crash")
            await self._expect(client, 1011)
        else:
            self.counts["closed"] += 1
            client.close(1000)
            await self._expect(client, 1000)

    async def _be_deaf(self, client: Client, life: float) -> None:
        self.counts["deaf"] += 1
        client.transport.pause_reading()
        client.say("flood")
        await asyncio.sleep(life)

    async def _talk(self, client: Client, life: float) -> None:
        until = time.perf_counter() + life
        while (left := until - time.perf_counter()) > 0 and client.is_open:
            await asyncio.sleep(min(left, self._random.expovariate(self._plan.rate)))
            if client.is_open:
                client.say(self._word())

    def _word(self) -> str:
        self.counts["sent"] += 1
        what, room = self._random.random(), self._random.randrange(self._plan.rooms)
        if what < 0.15:
            return f"join room-{room}"
        if what < 0.25:
            return f"leave room-{room}"
        if what < 0.35:
            return f"say room-{room} hello"
        return f"at {time.perf_counter()}"

    async def _expect(self, client: Client, code: int) -> None:
        await client.lost
        if client.code != code:
            self.complain(f"closed with {client.code} instead of {code}")
        else:
            self.counts[f"close {code}"] += 1
