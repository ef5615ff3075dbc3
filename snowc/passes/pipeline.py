"""The order of the passes, in one place.

In: generic MIR as lowering makes it. Out: monomorphic, counted MIR for code generation.
"""

from __future__ import annotations

from snowc.mir.ir import Module
from snowc.passes.base import Pass, PassCtx, run_passes
from snowc.passes.gather_projections import GatherProjections
from snowc.passes.infer_borrow import InferBorrow
from snowc.passes.insert_rc import InsertRc
from snowc.passes.monomorphise import Monomorphise
from snowc.passes.simplify import Simplify
from snowc.passes.tail_calls import TailCalls
from snowc.passes.thread_locations import ThreadLocations

PIPELINE: tuple[Pass, ...] = (
    Monomorphise(),  # first, so that every later pass sees exactly the code that will run
    ThreadLocations(),
    Simplify(),
    TailCalls(),  # relies on simplified returns
    GatherProjections(),
    InferBorrow(),
    InsertRc(),
)


def optimise(module: Module, ctx: PassCtx) -> bool:
    """Run the whole pipeline; False if the program was at fault (see `ctx.sink`)."""
    return run_passes(module, ctx, PIPELINE)
