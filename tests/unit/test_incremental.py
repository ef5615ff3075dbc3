"""A check with a snapshot says exactly what a check without one says, and infers no more than it must."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random

import pytest

from snowc.diag.core import Sink
from snowc.diag.render_json import render_json
from snowc.diag.render_text import render_text
from snowc.incremental.checker import Checker
from snowc.incremental.snapshot import (
    NOTHING,
    LibraryModule,
    Snapshot,
    Store,
    pack,
    pack_library,
    unpack,
    unpack_library,
)
from snowc.incremental.validity import KnownFiles
from snowc.match.exhaustive import check_module
from snowc.modules.library import StdSource
from snowc.modules.loader import Program, load_program
from snowc.source.files import MemoryReader, SourceMap
from snowc.types.env import ProgramEnv
from snowc.types.infer_module import infer_module
from tests.unit.edited_project import Project
from tests.unit.types.support import STD, table

BUILTINS = table()


def said(sources: SourceMap, sink: Sink) -> list[tuple[str, str]]:
    """All diagnostics in the order of printing, as text and as JSON."""
    return [(render_text(d, sources), render_json(d, sources)) for d in sink.ordered()]


class Run:
    """The outcome of one check."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.sources = SourceMap(MemoryReader({f"p/{path}": text for path, text in files.items()}))
        self.sink = Sink()
        self.main: int | None = None

    def load(self, known: KnownFiles | None = None) -> Program | None:
        std = StdSource(str(STD), {})
        program = load_program("p", self.sources, std, self.sink, (), known)
        return None if self.sink.has_errors else program

    @property
    def said(self) -> list[tuple[str, str]]:
        return said(self.sources, self.sink)


def clean(files: Mapping[str, str]) -> Run:
    """A check that knows nothing, as the stages one after the other."""
    run = Run(files)
    program = run.load()
    if program is not None:
        env = ProgramEnv(BUILTINS)
        modules = [infer_module(parsed, env, run.sink) for parsed in program.modules]
        for module in [] if run.sink.has_errors else modules:
            if not module.is_std:
                check_module(module, run.sink, env.type_infos())
        if not run.sink.has_errors:
            main = [f for m in modules for f in m.functions if f.name == "Main.main"]
            run.main = len(main[0].params) if main else None
    return run


class Cached:
    """Checks that follow one another, each with what the one before has left."""

    def __init__(self) -> None:
        self.snapshot: Snapshot = NOTHING
        self.library: dict[str, LibraryModule] = {}
        self.inferred: list[str] = []

    def check(self, files: Mapping[str, str]) -> Run:
        run = Run(files)
        # What was kept has been through a file.
        known, library = unpack(pack(self.snapshot)), unpack_library(pack_library(self.library))
        program = run.load(KnownFiles(known, {name: module.facts for name, module in library.items()}))
        self.inferred = []
        if program is None:
            return run
        checker = Checker(program, run.sources, known, library, lambda: BUILTINS)
        checker.infer()
        checker.match()
        checker.report(run.sink)
        if not run.sink.has_errors:
            run.main = checker.parameters_of_main("Main")
        self.inferred, self.library = checker.inferred, library
        self.snapshot = checker.snapshot() or known
        return run

    def compare(self, files: Mapping[str, str]) -> list[str]:
        """Check both ways; gives the modules that had to be inferred."""
        expected, found = clean(files), self.check(files)
        assert found.said == expected.said
        assert found.main == expected.main
        return sorted(self.inferred)


def edit_and_compare(seed: int, edits: int) -> tuple[int, int]:
    """Edit a project at random; gives how many modules there were and how many were inferred."""
    random = Random(seed)
    project, cached = Project(random), Cached()
    cached.compare(project.files())
    modules = inferred = 0
    history: list[str] = []
    for _ in range(edits):
        history.append(project.edit())
        files = project.files()
        try:
            cached.compare(files)
        except AssertionError as failure:
            failure.add_note(f"seed {seed}, edits:\n" + "\n".join(history))
            raise
        if cached.inferred:
            modules += len(files)
            inferred += len(cached.inferred)
    return modules, inferred


def test_edits_at_random_are_checked_as_if_for_the_first_time() -> None:
    counts = [edit_and_compare(seed, 10) for seed in range(6)]
    assert sum(inferred for _, inferred in counts) < 0.8 * sum(modules for modules, _ in counts)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100, 160))
def test_many_edits_at_random(seed: int) -> None:
    edit_and_compare(seed, 25)
