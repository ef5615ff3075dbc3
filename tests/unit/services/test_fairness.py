"""No connection keeps the loop from the others: what one turn of the loop costs while a client sends all it can."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from snowrt.services import ws_loop
from tests.services.server import ROOT
from tests.unit.services.conftest import Start

_CLIENT = """
import sys, threading, time
from tests.fuzz.ws.seeds import frame
from tests.unit.services.raw_client import RawClient

port, tls, size, seconds = int(sys.argv[1]), sys.argv[2] == "True", int(sys.argv[3]), float(sys.argv[4])
client = RawClient(port, tls, timeout=20)
client.upgrade()
one = frame(0x82, b"", length=size, mask=bytes(4)) + bytes(size)
data = one * max(1, 400_000 // len(one))
if tls:  # such a socket is not for two threads
    client.sock.setblocking(False)

def read():
    try:
        while client.sock.recv(1 << 20):
            pass
    except (OSError, ValueError):
        pass

if not tls:
    threading.Thread(target=read, daemon=True).start()
until, at = time.monotonic() + seconds, 0
while time.monotonic() < until:
    try:
        at = (at + client.sock.send(data[at:])) % len(data)
    except OSError:
        time.sleep(0.001)
    if tls:
        read()
"""


@contextlib.contextmanager
def flood(port: int, tls: bool, size: int, seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    """A client in another process that sends messages of this size, as many as it can, and reads the answers."""
    path = os.pathsep.join((str(ROOT), str(ROOT / "runtime")))
    line = [sys.executable, "-c", _CLIENT, str(port), str(tls), str(size), str(seconds)]
    process = subprocess.Popen(line, env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Turns:
    """Measures the turns of the loop: the processor's time from one to the next."""

    def __init__(self, loop: ws_loop.WsLoop) -> None:
        self._loop = loop
        self._last = 0.0
        self._runs = True
        self.costs: list[float] = []
        loop.call(self._turn)

    def _turn(self) -> None:
        now = time.thread_time()
        if self._last:
            self.costs.append(now - self._last)
        if self._runs:
            self._loop.loop.call_soon(self._turn)
        self._last = time.thread_time()

    def stop(self) -> None:
        self._runs = False
        time.sleep(0.05)


@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
def test_CON_8_a_flood_does_not_hold_the_loop(start: Start, tls: bool, size: int) -> None:
    server = start(tls, send_buffer=1 << 30)
    with flood(server.port, tls, size, 1.5) as client:
        turns = Turns(ws_loop.running())
        client.wait(30)
        turns.stop()
    costs = sorted(turns.costs)
    assert len(costs) > 100
    # A slice is 2 ms and what the last part of it takes. The rest is for a machine that does other things too.
    assert costs[-3] < 0.04 and costs[-1] < 0.1, costs[-5:]
