"""The fuzz targets over their seeds, their corpora and a fixed number of changed inputs, under sanitizers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from snowrt import build_core
from tests.fuzz import corpus
from tests.fuzz.ws import seeds, targets

CHANGED = 1200


@pytest.fixture(scope="module", params=targets.TARGETS, ids=lambda target: target.name)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[targets.Target, str]:
    """A target, and the program that runs it over inputs."""
    command = build_core.compiler()
    if command is None:
        pytest.skip("there is no C compiler")
    found: targets.Target = request.param
    program: Path = tmp_path_factory.mktemp("fuzz") / found.name
    return found, found.build(command, program, *targets.MEMORY, str(targets.HERE / "replay.c"))


def replay(program: str, inputs: list[bytes]) -> tuple[int, str]:
    done = subprocess.run([program], input=corpus.pack(inputs), capture_output=True, timeout=120)
    return done.returncode, done.stderr.decode()


def test_the_corpus_breaks_nothing(target: tuple[targets.Target, str]) -> None:
    assert replay(target[1], list(target[0].inputs())) == (0, "")


@pytest.mark.parametrize("seed", range(2))
def test_no_input_breaks_it(target: tuple[targets.Target, str], seed: int) -> None:
    originals = list(target[0].inputs())
    assert replay(target[1], list(seeds.changed(CHANGED, seed, originals))) == (0, "")


def test_corpora_are_small() -> None:
    for found in targets.TARGETS:
        assert found.corpus.stat().st_size < 100_000
