"""The fuzz target of the opening handshake over its seeds, its corpus and a fixed number of changed inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import corpus
from tests.fuzz.handshake import target
from tests.fuzz.ws import seeds

CORPUS = Path(__file__).with_name("handshake.corpus")
CHANGED = 500


def test_the_corpus_breaks_nothing() -> None:
    assert CORPUS.stat().st_size < 100_000
    for data in (*target.SEEDS, *corpus.read(CORPUS)):
        target.check(data)


@pytest.mark.parametrize("seed", range(2))
def test_no_input_breaks_it(seed: int) -> None:
    originals = [*target.SEEDS, *corpus.read(CORPUS)]
    for data in seeds.changed(CHANGED, seed, originals):
        target.check(data)
