"""What compression costs in memory, in a process that does nothing else (network.md OPT-3)."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from snowrt import build_core
from tests.unit.services.test_ws_deflate_live import DeflateClient
from tests.unit.services.ws_corpus import frame

ROOT = Path(__file__).resolve().parents[3]
CONNECTIONS = 100
TEXT = b"".join(b"line %d of a text that is not all the same\n" % (i * i) for i in range(2000))


@dataclass
class Engine:
    """The engine with its own echo behind it, as a child process."""

    process: subprocess.Popen[bytes]
    port: int

    def resident(self) -> int:
        """KiB of memory that it uses."""
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        assert found is not None
        return int(found[1])


@contextlib.contextmanager
def engine(mode: str) -> Iterator[Engine]:
    if build_core.compiler() is None:
        pytest.skip("there is no C compiler")
    command = [sys.executable, "-m", "tests.conformance.echo_server", "--compression", mode]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "runtime")))}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.PIPE) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline().decode()
            yield Engine(process, int(line.rpartition(":")[2]))
        finally:
            process.kill()


def talk(client: DeflateClient) -> None:
    client.send(frame(0xC1, client.deflate(TEXT)))
    assert client.message() == (0xC1, TEXT)


@pytest.mark.parametrize(("mode", "most"), [("no_context", 64), ("on", 320)])
def test_opt_3_memory_of_a_connection(mode: str, most: int) -> None:
    with engine(mode) as server, contextlib.ExitStack() as stack:
        for _ in range(5):  # what all connections share
            talk(stack.enter_context(DeflateClient(server.port)))
        before = server.resident()
        clients = [stack.enter_context(DeflateClient(server.port)) for _ in range(CONNECTIONS)]
        idle = (server.resident() - before) / CONNECTIONS
        assert idle < 32, "what is not used takes no memory"
        for client in clients:
            talk(client)
        time.sleep(0.2)
        assert (server.resident() - before) / CONNECTIONS <= most
