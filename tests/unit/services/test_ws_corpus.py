"""The situations of Autobahn's cases, fed to the protocol core as bytes: no network, no second implementation."""

from __future__ import annotations

from typing import Any

import pytest

from snowrt.services import ws_core
from tests.conformance.cases import NotInstalled, load_cases
from tests.unit.services.core_connection import Connection
from tests.unit.services.ws_corpus import MIB, Situation, cut, situations

LIMIT = 16 * MIB
COMPRESSION = ("12.", "13.")


def _group(situation: Situation) -> int:
    return int(situation.number.partition(".")[0])


ALL = list(situations())
GROUPS = sorted({_group(situation) for situation in ALL})


@pytest.fixture(scope="module")
def core() -> Any:
    return ws_core.open_core()


@pytest.mark.parametrize("group", GROUPS)
def test_situations(core: Any, group: int) -> None:
    for situation in ALL:
        if _group(situation) == group:
            found = Connection(core, LIMIT).run(list(situation.reads))
            assert found == list(situation.events), situation.number


@pytest.mark.parametrize("group", [number for number in GROUPS if number != 9])
@pytest.mark.parametrize("size", [1, 3, 1 << 30])
def test_the_way_it_is_cut_does_not_matter(core: Any, group: int, size: int) -> None:
    for situation in ALL:
        if _group(situation) == group:
            found = Connection(core, LIMIT).run(cut(situation.stream, size))
            assert found == list(situation.events), situation.number


def test_what_is_decided_early_happens_early(core: Any) -> None:
    """Invalid text above all: the connection fails before the rest of the message comes (6.4)."""
    early = [situation for situation in ALL if situation.decided is not None]
    assert len(early) >= 9
    for situation in early:
        connection = Connection(core, LIMIT)
        for read in situation.reads[: situation.decided]:
            assert connection.events != list(situation.events), situation.number
            connection.feed(read)
        assert connection.events == list(situation.events), situation.number
        connection.end()


def test_no_situation_is_missing() -> None:
    numbers = [situation.number for situation in ALL]
    assert len(numbers) == len(set(numbers)) == 301
    try:
        cases = load_cases()
    except NotInstalled as problem:
        pytest.skip(str(problem))
    assert set(numbers) == {number for number in cases if not number.startswith(COMPRESSION)}
