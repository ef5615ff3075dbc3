"""Where each counted value is alive.

In: a function, blocks in reverse postorder. Out: for each counted value its place of definition, what
kind of owner it is, and its span: in which blocks it is alive and up to which instruction. The work is
proportional to the size of the answer: each use walks up the graph to the definition once
(Boissinot et al., Computing Liveness Sets for SSA-Form Programs).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from snowc.mir.ir import Block, Function, Instr, Value
from snowc.mir.walk import predecessors, targets
from snowc.passes.ownership import Ownership

LIVE_OUT = 1 << 60
"""The end of a span in a block that the value outlives."""


class Kind(Enum):
    OWNED = "owned"
    STATIC = "static"
    """Immortal: never counted."""
    LENT = "lent"
    """Borrowed for as long as the function runs: captures and borrowed parameters."""
    PART = "part"
    """Borrowed from other values of the function."""


@dataclass(slots=True, eq=False)
class Life:
    """All that counting needs to know of one value.

    `span` maps block numbers to the index of the last instruction that needs the value (the number of
    instructions stands for the terminator) or LIVE_OUT. `consumed` holds the places, as (block, index),
    where a use takes ownership.
    """

    value: Value
    number: int
    kind: Kind
    home: int
    index: int
    lenders: list[Life] = field(default_factory=list)
    span: dict[int, int] = field(default_factory=dict)
    consumed: set[tuple[int, int]] = field(default_factory=set)
    promoted: bool = False
    """A part that gets an owned unit of its own where it is made."""

    def last_use_consumes(self, block: int) -> bool:
        return (block, self.span.get(block, -1)) in self.consumed


class Lives:
    """The lives of all counted values of one function."""

    def __init__(self, function: Function, blocks: list[Block], ownership: Ownership) -> None:
        self._ownership = ownership
        self._blocks = blocks
        self._preds = self._pred_numbers(blocks)
        self.of: dict[Value, Life] = {}
        self._define_all(function)
        for number, block in enumerate(blocks):
            self._use_all(number, block)

    def _pred_numbers(self, blocks: list[Block]) -> list[list[int]]:
        numbers = {b: i for i, b in enumerate(blocks)}
        return [[numbers[p] for p in preds] for preds in predecessors(blocks).values()]

    def _define_all(self, function: Function) -> None:
        for index, param in enumerate(function.params):
            self._define(param, Kind.LENT if index in function.borrowed else Kind.OWNED, 0, -1)
        for capture in function.captures or ():
            self._define(capture, Kind.LENT, 0, -1)
        for number, block in enumerate(self._blocks):
            for param in block.params:
                self._define(param, Kind.OWNED, number, -1)
            for index, instr in enumerate(block.instrs):
                if instr.dest is not None and self._ownership.counted(instr.dest):
                    self._define_result(instr, instr.dest, number, index)

    def _define(self, value: Value, kind: Kind, block: int, index: int, lenders: list[Life] | None = None) -> None:
        if self._ownership.counted(value):
            self.of[value] = Life(value, len(self.of), kind, block, index, lenders or [])

    def _define_result(self, instr: Instr, dest: Value, block: int, index: int) -> None:
        lenders = self._ownership.lenders(instr)
        if lenders is None:
            kind = Kind.STATIC if self._ownership.is_static(instr) else Kind.OWNED
            self._define(dest, kind, block, index)
            return
        # Lenders dominate, so that in reverse postorder they are known by now.
        known = [self.of[v] for v in lenders]
        kinds = {life.kind for life in known}
        if kinds == {Kind.STATIC}:
            self._define(dest, Kind.STATIC, block, index)
        elif kinds <= {Kind.STATIC, Kind.LENT}:
            self._define(dest, Kind.LENT, block, index)
        else:
            mortal = [life for life in known if life.kind in (Kind.OWNED, Kind.PART)]
            self._define(dest, Kind.PART, block, index, mortal)

    def _use_all(self, number: int, block: Block) -> None:
        for index, instr in enumerate(block.instrs):
            consumed, lent = self._ownership.operands(instr)
            for value in consumed:
                self._use(value, number, index, True)
            for value in lent:
                self._use(value, number, index, False)
        end = len(block.instrs)
        for value in self._ownership.consumed_by_term(block.term):
            self._use(value, number, end, True)
        for target in targets(block.term):
            for value in target.args:
                if self._ownership.counted(value):
                    self._use(value, number, end, True)

    def _use(self, value: Value, block: int, index: int, consumes: bool) -> None:
        life = self.of[value]
        if consumes:
            life.consumed.add((block, index))
        if life.kind not in (Kind.OWNED, Kind.PART):
            return
        if block in life.span:
            life.span[block] = max(life.span[block], index)
            return
        life.span[block] = index
        work = [block] if block != life.home else []
        while work:
            for pred in self._preds[work.pop()]:
                if pred not in life.span and pred != life.home:
                    work.append(pred)
                life.span[pred] = LIVE_OUT
