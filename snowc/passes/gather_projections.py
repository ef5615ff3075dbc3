"""Take the fields of an object all at once.

In: monomorphic MIR without counting. Out: in each block the projections of one object (at one variant)
stand together where the first of them stood, and no field is taken twice. Fields never change, so that
only counting can tell the difference: in

    Log { lines: List.append(log.lines, line), count: log.count + 1 }

`log` is then dead before the append, its list is unique if `log` was, and the append works in place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from snowc.mir.ir import Block, Instr, Module, Project, Value
from snowc.mir.walk import rename_values
from snowc.passes.base import PassCtx


@dataclass(frozen=True)
class GatherProjections:
    """The pass; linear in the size of the module."""

    name: ClassVar[str] = "gather_projections"

    def run(self, module: Module, ctx: PassCtx) -> None:
        for function in module.functions.values():
            same: dict[Value, Value] = {}
            for block in function.blocks:
                _gather(block, same)
            rename_values(function, same)


def _gather(block: Block, same: dict[Value, Value]) -> None:
    """Rebuild one block; a field taken again is noted in `same` as its first taking."""
    pieces: list[list[Instr]] = []
    groups: dict[tuple[Value, int], list[Instr]] = {}
    taken: dict[tuple[Value, int, int], Value] = {}
    for instr in block.instrs:
        if not isinstance(instr, Project) or instr.dest is None:
            pieces.append([instr])
            continue
        base = same.get(instr.base, instr.base)
        field = (base, instr.variant, instr.index)
        if field in taken:
            same[instr.dest] = taken[field]
            continue
        taken[field] = instr.dest
        group = groups.get((base, instr.variant))
        if group is None:
            group = groups[base, instr.variant] = []
            pieces.append(group)
        group.append(instr)
    block.instrs = [instr for piece in pieces for instr in piece]
