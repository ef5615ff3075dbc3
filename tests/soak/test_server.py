"""What is observed of a running server: a client shows while it is there, and not afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from snowc.backend import toolchain
from tests.soak.server import Observed
from tests.unit.services.raw_client import RawClient

pytestmark = pytest.mark.skipif(toolchain.find_c_compiler() is None, reason="there is no C compiler")


def test_a_client_shows_while_it_is_there(tmp_path: Path) -> None:
    program = Path(__file__).with_name("churn.snow")
    with Observed(tmp_path, program, False, "0") as server:
        with RawClient(server.port) as first:
            first.upgrade()
        server.settles({"connections": 0, "sessions": 0})
        before = server.stats()
        with RawClient(server.port) as client:
            client.upgrade()
            assert server.settles({"rooms": before["rooms"] + 1}) == {}
            found = server.stats()
            grown = {name: found[name] - before[name] for name in found}
            assert {name: grown[name] for name in ("processes", "records", "connections", "sessions", "rooms")} == {
                "processes": 1, "records": 1, "connections": 1, "sessions": 1, "rooms": 1,
            }  # fmt: skip
            assert grown["descriptors"] == 1 and grown["calls"] == 1
            assert server.settles(before, seconds=0) != {}
        assert server.settles(before) == {}
        assert server.end() == 143
