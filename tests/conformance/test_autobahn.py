"""The cases of Autobahn|Testsuite against a Snow program, where they are installed (network.md CF-1).

By default those that are quick, all groups but performance and compression, with few repetitions; with `-m full`
all of them, plain and TLS, run from source and built.
"""

from __future__ import annotations

import asyncio

import pytest

from snowc.backend import toolchain
from tests.conformance.cases import NotInstalled, load_cases
from tests.conformance.outcomes import as_text
from tests.conformance.run import run_cases, select
from tests.conformance.snow_server import serving

QUICK = "1.*,2.*,3.*,4.*,5.*,6.*,7.*,10.*"
ONE_OF_EACH = "12.1.5,12.3.11,13.1.3,13.2.5,13.3.9,13.4.1,13.5.7,13.6.4,13.7.18"
"""Every kind of offer, text and binary, in one frame and in many."""


def _run(wanted: str, count: int, tls: bool, is_built: bool = False) -> None:
    if toolchain.find_c_compiler() is None:
        pytest.skip("there is no C compiler")
    try:
        cases = select(load_cases(), wanted, "", count)
    except NotInstalled as problem:
        pytest.skip(str(problem))
    with serving(tls, is_built) as address:
        outcomes = asyncio.run(run_cases(cases, address, True, 8))
    assert all(outcome.passed for outcome in outcomes), as_text(outcomes)
    assert len(outcomes) == len(cases) > 0


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_the_quick_groups(tls: bool) -> None:
    _run(QUICK, 5, tls)


def test_compression() -> None:
    _run(ONE_OF_EACH, 5, False)


@pytest.mark.full
@pytest.mark.parametrize("is_built", [False, True], ids=["run", "built"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_all_groups(tls: bool, is_built: bool) -> None:
    _run("*", 10, tls, is_built)
