"""All cases of Autobahn|Testsuite, plain and TLS, where they are installed; the quick groups by default."""

from __future__ import annotations

import asyncio

import pytest

from tests.conformance.cases import NotInstalled, load_cases
from tests.conformance.echo_server import EchoServer
from tests.conformance.run import Outcome, run_cases, select

QUICK = "1.*,2.*,3.*,4.*,5.*,7.*,10.*"


def _failed(wanted: str, tls: bool) -> list[Outcome]:
    try:
        cases = select(load_cases(), wanted, "12.*,13.*", 50)
    except NotInstalled as problem:
        pytest.skip(str(problem))
    scheme = "wss" if tls else "ws"
    with EchoServer(tls) as server:
        outcomes = asyncio.run(run_cases(cases, f"{scheme}://localhost:{server.port}/", True, 8))
    return [outcome for outcome in outcomes if not outcome.passed]


def test_the_quick_groups() -> None:
    assert not _failed(QUICK, tls=False)


@pytest.mark.full
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_all_groups(tls: bool) -> None:
    assert not _failed("*", tls)
