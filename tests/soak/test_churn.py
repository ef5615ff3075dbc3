"""Clients come and go for a short while, and nothing is left of them. The long form is a command: churn.py."""

from __future__ import annotations

import pytest

from snowc.backend import toolchain
from tests.soak.churn import Way, churn
from tests.soak.clients import Plan

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(toolchain.find_c_compiler() is None, reason="there is no C compiler"),
]


@pytest.mark.parametrize("way", [Way(), Way(tls=True, built=True, reload=2)], ids=["plain", "tls"])
def test_nothing_is_left(way: Way) -> None:
    """From source without TLS, as an executable with it; the certificate is read anew meanwhile."""
    plan = Plan(seconds=18, connections=100 if way.tls else 200, longest=3, crash=0.03)
    result = churn(plan, way)
    assert result.problems == []
    assert result.counts["close 1000"] > 300 and result.counts["close 1011"] > 5


@pytest.mark.parametrize("name", ["address", "thread"])
def test_the_core_of_a_running_server_under_a_sanitizer(name: str) -> None:
    plan = Plan(seconds=8, connections=60, longest=2, crash=0.05)
    result = churn(plan, Way(sanitizer=name))
    assert result.problems == []
    assert result.counts["close 1000"] > 50 and result.counts["close 1011"] > 3
