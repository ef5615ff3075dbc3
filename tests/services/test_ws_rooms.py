"""Big rooms of a Snow program: a broadcast is queued to ten thousand members in 50 ms (RM-6)."""

from __future__ import annotations

import re
import resource
import selectors
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from snowc.backend import toolchain
from tests.services.server import Server

pytestmark = pytest.mark.skipif(toolchain.find_c_compiler() is None, reason="there is no C compiler")

FOLDER = Path(__file__).parent
TIMEOUT = 30.0
HEAD = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Crowd:
    """Many clients that wait for what comes."""

    def __init__(self, stack: ExitStack, port: int, size: int) -> None:
        self._selector = stack.enter_context(selectors.DefaultSelector())
        self.socks: list[socket.socket] = []
        for at in range(0, size, 200):
            new = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(at, at + 200)]
            for sock in new:
                sock.sendall(HEAD)
                self._selector.register(sock, selectors.EVENT_READ, [b""])
            self.socks += new
            self.wait_for(lambda data: data.endswith(b"\r\n\r\n"), at + 200)
        for key in self._selector.get_map().values():
            key.data[0] = b""

    def wait_for(self, done: Any, count: int) -> None:
        """Until so many have got what they wait for."""
        until = time.monotonic() + TIMEOUT
        seen = sum(done(key.data[0]) for key in self._selector.get_map().values())
        while seen < count:
            assert time.monotonic() < until, seen
            for key, _ in self._selector.select(1):
                was_done = done(key.data[0])
                key.data[0] += key.fileobj.recv(4096)  # type: ignore[union-attr]
                seen += done(key.data[0]) - was_done


def _broadcast_to(size: int, folder: Path) -> tuple[int, int]:
    """What the program says of a broadcast: members and failures."""
    frame = b"\x81\x64" + b"x" * 100
    with Server(folder, FOLDER / "crowd.snow", False) as server:
        with ExitStack() as stack:
            crowd = Crowd(stack, server.port(), size)
            time.sleep(0.2)  # the last on_connect
            crowd.socks[0].sendall(b"\x81\x80\0\0\0\0")
            crowd.wait_for(frame.__eq__, size)
        server.prints("empty")
        said = re.match(r"(\d+) members, (\d+) failed, (\d+) ms\n", server.stdout)
        assert said is not None
        return int(said[1]), int(said[2])


def test_a_room_of_1000(tmp_path: Path) -> None:
    members, failed = _broadcast_to(1000, tmp_path)
    assert (members, failed) == (1000, 0)


@pytest.mark.full
def test_a_room_of_10000(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 12_000:
        pytest.skip("not enough file descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        members, failed = _broadcast_to(10_000, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (members, failed) == (10_000, 0)
