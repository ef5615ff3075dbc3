"""The runner: order, timings, dumps, checks and the end at the first error."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from snowc.diag.core import ProjectError
from snowc.mir.ir import Module
from snowc.mir.parse import parse_module
from snowc.mir.types import BOOL
from snowc.passes.base import InvalidMir, Pass, PassCtx, run_passes
from snowc.passes.insert_rc import InsertRc
from snowc.passes.pipeline import PIPELINE
from snowc.source.span import NO_SPAN


@dataclass(frozen=True)
class Break:
    """Leaves ill-typed code behind."""

    name: str = "break_things"

    def run(self, module: Module, ctx: PassCtx) -> None:
        module.functions["f"].result = BOOL


@dataclass(frozen=True)
class Complain:
    name: str = "complain"

    def run(self, module: Module, ctx: PassCtx) -> None:
        ctx.sink.add(ProjectError(NO_SPAN, "no"))


def module() -> Module:
    return parse_module("fn f(%n: Int) -> Int { e: return %n }")


def run(*passes: Pass, verify: bool = True) -> tuple[bool, list[str]]:
    dumped: list[str] = []
    ctx = PassCtx(verify=verify, dump=lambda name, _: dumped.append(name))
    return run_passes(module(), ctx, passes), dumped


def test_names_are_unique_and_every_pass_is_timed_and_dumped() -> None:
    names = [step.name for step in PIPELINE]
    assert len(set(names)) == len(names)
    dumped: list[str] = []
    ctx = PassCtx(verify=True, dump=lambda name, _: dumped.append(name))
    assert run_passes(module(), ctx, PIPELINE)
    assert dumped == names == list(ctx.timings)
    assert ctx.monomorphic and ctx.counted


def test_broken_code_is_blamed_on_its_pass() -> None:
    with pytest.raises(InvalidMir, match="after break_things, 1 finding") as caught:
        run(Break())
    assert caught.value.stage == "break_things"
    assert run(Break(), verify=False) == (True, ["break_things"])


def test_broken_input_is_blamed_on_lowering() -> None:
    broken = module()
    Break().run(broken, PassCtx())
    with pytest.raises(InvalidMir, match="after lower"):
        run_passes(broken, PassCtx(verify=True), ())


def test_counts_are_certified_once_inserted() -> None:
    unbalanced = parse_module("fn f(%s: String) -> String { e: dup %s return %s }")
    with pytest.raises(InvalidMir, match="%s is never consumed"):
        run_passes(unbalanced, PassCtx(verify=True, monomorphic=True, counted=True), ())
    assert InsertRc().name == "insert_rc"


def test_an_error_ends_the_run() -> None:
    assert run(Complain(), Break()) == (False, [])
