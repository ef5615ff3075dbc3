"""The program `options.snow`, whose options are its arguments, and a probe on what makes TLS configurations.

The probe works in the server's own process: a `sitecustomize` module on its path wraps the routine before the
program starts, so it sees what is really called, in `snowc run` and in executables.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from snowc.backend import toolchain
from tests.network.conftest import Kind
from tests.services.server import FILES, ROOT, Server
from tests.unit.services.raw_client import LINES, RawClient, head

OPTIONS = Path(__file__).with_name("options.snow")

_PROBE = """
import os
from snowrt.services import http

real = http.build_server_config

def probe(cert, key):
    with open(os.environ["SNOW_TEST_PROBE"], "a") as file:
        file.write(f"{cert} {key}\\n")
    refusal = os.environ.get("SNOW_TEST_REFUSAL")
    if refusal:
        raise http.TlsProblem(refusal)
    return real(cert, key)

http.build_server_config = probe
"""


@contextlib.contextmanager
def serving(kind: Kind, *options: str) -> Iterator[Server]:
    """The program with these options, listening; leaving the context ends it."""
    with running(OPTIONS, kind.is_built, *options, *((f"tls={','.join(FILES)}",) if kind.tls else ())) as server:
        server.port()
        yield server


@contextlib.contextmanager
def running(source: Path, is_built: bool, *args: str) -> Iterator[Server]:
    """A program, started."""
    if toolchain.find_c_compiler() is None:
        pytest.skip("there is no C compiler")
    with TemporaryDirectory(prefix="snow-served-") as folder, Server(Path(folder), source, is_built, *args) as server:
        yield server


class Probe:
    """What servers started from now on ask of `build_server_config`; with a `refusal`, the answer is that."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, refusal: str = "") -> None:
        self._calls = folder / "calls"
        (folder / "sitecustomize.py").write_text(_PROBE)
        monkeypatch.setattr("tests.services.server.environment", lambda: {**os.environ})
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (folder, ROOT, ROOT / "runtime"))))
        monkeypatch.setenv("SNOW_TEST_PROBE", str(self._calls))
        monkeypatch.setenv("SNOW_TEST_REFUSAL", refusal)

    @property
    def calls(self) -> list[str]:
        """Certificate and key of each call."""
        return self._calls.read_text().splitlines() if self._calls.exists() else []


def raw(server: Server, kind: Kind, path: str = "/") -> RawClient:
    """A bare client whose opening handshake is done."""
    client = RawClient(server.port(), kind.tls, timeout=20)
    client.send(head(f"GET {path} HTTP/1.1", *LINES[1:]))
    assert client.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
    return client


def memory_of(server: Server) -> int:
    """Resident bytes of the server's process."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
