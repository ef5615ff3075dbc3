"""Programs nobody wrote: generated ones run alike at every level, and broken ones are refused in words."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snowc.diag.render_text import render_text
from snowc.options import Options
from snowc.session import Session
from tests import forks
from tests.stages import ROOT, environment
from tests.unit.programs.generator import program

SOURCES = sorted((ROOT / "tests" / "data" / "spec").glob("*.snow"))
PANIC = 101
_TOKEN = re.compile(r'\s+|"(?:[^"\\\n]|\\.)*"|\w+|[^\w\s]')

quiet = settings(deadline=None, suppress_health_check=list(HealthCheck))


# ---- well-typed programs -----------------------------------------------------------------------


def check_program(source: str) -> None:
    """The program compiles and does the same with and without the optimiser; a leak would be a status of its own."""
    with TemporaryDirectory(prefix="snow-made-") as folder:
        Path(folder, "main.snow").write_text(source, encoding="utf-8")
        plain, optimised = (
            forks.run(["run", "-O", level, "main.snow"], Path(folder), environment(Path(folder))) for level in "02"
        )
    assert plain.status in (0, PANIC), plain.stderr.decode()
    assert (optimised.status, optimised.stdout) == (plain.status, plain.stdout)


@pytest.mark.parametrize("seed", range(30))
def test_generated_programs_run_alike_at_every_level(seed: int) -> None:
    check_program(program(Random(seed)))


@pytest.mark.full
@settings(quiet, max_examples=500, derandomize=True)
@given(st.randoms(use_true_random=False))
def test_many_generated_programs_run_alike_at_every_level(rnd: Random) -> None:
    check_program(program(rnd))


# ---- broken programs ---------------------------------------------------------------------------


def mutated(source: str, rnd: Random) -> str:
    """The program with some tokens dropped, doubled, exchanged or replaced by others of its own."""
    tokens = _TOKEN.findall(source)
    places = [i for i, token in enumerate(tokens) if not token.isspace()]
    for _ in range(rnd.choice((1, 1, 1, 2, 3))):
        here, there = rnd.choice(places), rnd.choice(places)
        match rnd.randrange(4):
            case 0:
                tokens[here] = ""
            case 1:
                tokens[here] += f" {tokens[here]}"
            case 2:
                tokens[here], tokens[there] = tokens[there], tokens[here]
            case _:
                tokens[here] = tokens[there]
    return "".join(tokens)


def check_broken(source: str) -> None:
    """The program is accepted, or refused with diagnostics that can be drawn; no fault, no silence."""
    with TemporaryDirectory(prefix="snow-broken-") as folder:
        path = Path(folder, "main.snow")
        path.write_text(source, encoding="utf-8")
        session = Session(Options())
        made = session.mir(path)
    assert session.sink.has_errors is (made is None)
    for diag in session.sink.ordered():
        assert render_text(diag, session.sources, color=False)


@settings(quiet, max_examples=100, derandomize=True)
@given(st.sampled_from(SOURCES), st.randoms(use_true_random=False))
def test_broken_programs_are_refused_in_words(path: Path, rnd: Random) -> None:
    check_broken(mutated(path.read_text(encoding="utf-8"), rnd))


@pytest.mark.full
@settings(quiet, max_examples=3000, derandomize=True)
@given(st.sampled_from(SOURCES), st.randoms(use_true_random=False))
def test_many_broken_programs_are_refused_in_words(path: Path, rnd: Random) -> None:
    check_broken(mutated(path.read_text(encoding="utf-8"), rnd))
