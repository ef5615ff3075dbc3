"""Snow servers for clients of all kinds: plain and TLS, run from source and, in the slow suite, built."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest

from snowc.backend import toolchain
from tests.services.server import EXAMPLES, FILES, HANDLERS, Server

P = TypeVar("P")


@dataclass(frozen=True)
class Kind:
    """A way to run a server."""

    tls: bool
    is_built: bool

    def __str__(self) -> str:
        return f"{'wss' if self.tls else 'ws'}-{'built' if self.is_built else 'run'}"

    @contextmanager
    def echo(self) -> Iterator[Server]:
        """The example that sends everything back, for this kind of clients."""
        name, args = ("wss_echo", (*FILES, "0")) if self.tls else ("echo", ("0",))
        with _serving(EXAMPLES / f"{name}.snow", self.is_built, *args) as server:
            yield server

    @contextmanager
    def handlers(self) -> Iterator[Server]:
        """The program whose callbacks do what clients ask for."""
        with _serving(HANDLERS, self.is_built, *(FILES if self.tls else ())) as server:
            yield server


@contextmanager
def _serving(source: Path, is_built: bool, *args: str) -> Iterator[Server]:
    if toolchain.find_c_compiler() is None:
        pytest.skip("there is no C compiler")
    with TemporaryDirectory(prefix="snow-served-") as folder, Server(Path(folder), source, is_built, *args) as server:
        server.port()
        yield server


KINDS = tuple(Kind(tls, is_built) for is_built in (False, True) for tls in (False, True))
_PARAMS = [pytest.param(kind, marks=[pytest.mark.full] if kind.is_built else [], id=str(kind)) for kind in KINDS]


@pytest.fixture(params=_PARAMS, scope="module")
def kind(request: pytest.FixtureRequest) -> Kind:
    """Every way to run a server; built ones belong to the slow suite."""
    found: Kind = request.param
    return found


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.full)], ids=["run", "built"])
def is_built(request: pytest.FixtureRequest) -> bool:
    """Both ways to start a program, for tests that decide themselves how it serves."""
    return bool(request.param)
