"""Servers on the loop of this process, with the consumer of the core that sends everything back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from snowrt import build_core
from snowrt.proto.ws_options import WsOptions
from snowrt.services import log, ws, ws_core, ws_server
from tests.unit.services.raw_client import CERTS

FILES = ws.Files(str(CERTS / "cert.pem"), str(CERTS / "key.pem"))
Start = Callable[..., ws.Started]


@pytest.fixture(scope="session")
def echo_core() -> Any:
    if build_core.compiler() is None:
        pytest.skip("there is no C compiler")
    core = ws_core.open_core()
    core.snow_wsconn_use_echo(True)
    return core


@pytest.fixture
def start(echo_core: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a server with these options; `tls=True` for TLS. All are stopped at the end, and nothing may be left."""
    # The lines that earlier tests left are not counted.
    monkeypatch.setattr(ws_server, "_upgrade_errors", log.RateLimit(10))
    monkeypatch.setattr(log, "_holding_back", set())
    started: list[ws.Started] = []

    def start_one(tls: bool = False, files: ws.Files = FILES, **options: Any) -> ws.Started:
        server = ws.start(WsOptions(bind="127.0.0.1", **options), 0, files if tls else None)
        started.append(server)
        return server

    yield start_one
    for server in started:
        server.stop(0.2)
    assert echo_core.snow_wsconn_count() == 0


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def tls(request: pytest.FixtureRequest) -> bool:
    """Both variants of the stream."""
    return bool(request.param)
