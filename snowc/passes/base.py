"""What a pass is, what it is given, and the runner.

A pass is a frozen dataclass with a `name` and a `run(module, ctx)` that edits the module in place:
verified MIR in, verified MIR out, anything goes in between. What a user did wrong goes to `ctx.sink`
as a diagnostic and ends the run; a module that fails its checks is a fault of the compiler and raises
`InvalidMir`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from snowc.diag.core import Sink
from snowc.mir.ir import Loc, Module
from snowc.mir.rc_certify import certify
from snowc.mir.verify import verify
from snowc.source.span import NO_SPAN, Span


def no_span(loc: Loc) -> Span:
    """The span of any location when nobody can tell."""
    return NO_SPAN


@dataclass(slots=True)
class PassCtx:
    """Shared by the passes of one run.

    `dump` is called with a pass's name and the module as the pass left it. `span_of` turns a MIR
    location into a span for a diagnostic. `monomorphic` and `counted` tell how far the module has
    come, and with that how it is verified; the passes that change them set them.
    """

    sink: Sink = field(default_factory=Sink)
    verify: bool = False
    dump: Callable[[str, Module], None] | None = None
    span_of: Callable[[Loc], Span] = no_span
    timings: dict[str, float] = field(default_factory=dict)
    monomorphic: bool = False
    counted: bool = False


class Pass(Protocol):
    """One transformation of a whole module."""

    @property
    def name(self) -> str: ...

    def run(self, module: Module, ctx: PassCtx) -> None: ...


class InternalFault(Exception):
    """The compiler contradicts itself; never a user's mistake."""


class InvalidMir(InternalFault):
    """A module failed its checks. `stage` is the pass that left it so, or `lower`."""

    def __init__(self, stage: str, findings: Sequence[object]) -> None:
        self.stage = stage
        self.findings = list(findings)
        shown = "\n".join(f"  {f}" for f in self.findings[:20])
        super().__init__(f"invalid MIR after {stage}, {len(self.findings)} finding(s):\n{shown}")


def run_passes(module: Module, ctx: PassCtx, passes: Sequence[Pass]) -> bool:
    """Run `passes` in order; False if one reported errors, after which the module is of no use."""
    if ctx.verify:
        check(module, ctx, "lower")
    for step in passes:
        started = time.perf_counter()
        step.run(module, ctx)
        ctx.timings[step.name] = ctx.timings.get(step.name, 0.0) + time.perf_counter() - started
        if ctx.sink.has_errors:
            return False
        if ctx.verify:
            check(module, ctx, step.name)
        if ctx.dump is not None:
            ctx.dump(step.name, module)
    return True


def check(module: Module, ctx: PassCtx, stage: str) -> None:
    """Raise `InvalidMir` unless the module is well-formed and, once counted, balanced."""
    findings: list[object] = [*verify(module, ctx.monomorphic)]
    if not findings and ctx.counted:
        findings += certify(module)
    if findings:
        raise InvalidMir(stage, findings)
