"""The server under test: `echo.snow`, run from source or built, with its default options and compression on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.services.server import FILES, Server

PROGRAM = Path(__file__).with_name("echo.snow")


@contextlib.contextmanager
def serving(tls: bool, is_built: bool = False) -> Iterator[str]:
    """The address of the running program."""
    with (
        TemporaryDirectory(prefix="snow-conformance-") as folder,
        Server(Path(folder), PROGRAM, is_built, *(FILES if tls else ())) as server,
    ):
        yield f"{'wss' if tls else 'ws'}://localhost:{server.port()}/"
