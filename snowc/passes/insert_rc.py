"""Make ownership explicit: insert `Dup` and `Drop`.

In: verified, monomorphic MIR without counting. Out: every owned value is consumed exactly once on
every path that does not end in a panic; `rc_certify` checks it. After Reinking, Xie, de Moura and
Leijen, "Perceus: Garbage Free Reference Counting with Reuse", on a control-flow graph.

The rules, which in-place updates depend on:
* A value is dropped right after its last use, or where control enters a path that does not use it.
* A part (the result of `Project`, or of an extern that lends) that is consumed somewhere gets a unit of
  its own where it is made, *before* its base is dropped: so a base that nobody else holds gives its
  parts away unshared, and they can be updated in place.
* A part that is only read stays borrowed while its base lives. A base is kept alive for that beyond
  its own last use only across instructions that cannot notice (`_may_lend`).
* A value that is never used costs nothing but one drop, a part that is never used nothing at all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar

from snowc.mir.ir import Block, Drop, Dup, Function, Instr, Jump, Loc, Module, Panic, Target, Term, Unreachable, Value
from snowc.mir.walk import reverse_postorder, targets
from snowc.passes.base import PassCtx
from snowc.passes.live_spans import LIVE_OUT, Kind, Life, Lives
from snowc.passes.ownership import Ownership, disturbs_by_running


@dataclass(frozen=True)
class InsertRc:
    """The pass. Time and memory grow with the size of the code and of what is alive between blocks."""

    name: ClassVar[str] = "insert_rc"

    def run(self, module: Module, ctx: PassCtx) -> None:
        ownership = Ownership(module)
        for function in module.functions.values():
            _Counting(function, ownership).run()
        ctx.counted = True


@dataclass(slots=True, eq=False)
class _Edge:
    """A jump with the counting that it needs."""

    source: Block
    target: Target
    dups: list[Instr]
    drops: set[Life]


class _Counting:
    """The pass over one function."""

    def __init__(self, function: Function, ownership: Ownership) -> None:
        self._function = function
        self._ownership = ownership
        self._blocks = reverse_postorder(function.blocks[0])
        self._lives = Lives(function, self._blocks, ownership)
        self._numbers = {b: i for i, b in enumerate(self._blocks)}
        self._live_in: list[set[Life]] = [set() for _ in self._blocks]
        self._live_out: list[set[Life]] = [set() for _ in self._blocks]
        self._dying: list[dict[int, list[Life]]] = [{} for _ in self._blocks]
        self._heads: list[list[Instr]] = [[] for _ in self._blocks]
        self._edges: dict[Block, list[_Edge]] = {b: [] for b in self._blocks}
        self._splits: dict[Block, list[Block]] = {}
        self._labels = {b.label for b in function.blocks}

    def run(self) -> None:
        """Decide who lends to whom, then write the counting down block by block."""
        _settle_parts(self._lives, self._blocks, self._ownership)
        self._index_spans()
        order = [b for b in self._function.blocks if b in self._numbers]
        bodies = [self._body(number, block) for number, block in enumerate(self._blocks)]
        self._place_edges()
        for number, block in enumerate(self._blocks):
            block.instrs = self._heads[number] + bodies[number]
        self._function.blocks = [b for block in order for b in (block, *self._splits.get(block, ()))]

    def _index_spans(self) -> None:
        """Turn spans by value into sets by block."""
        for life in self._lives.of.values():
            if life.kind is not Kind.OWNED:
                continue
            for block, end in life.span.items():
                if block != life.home:
                    self._live_in[block].add(life)
                if end == LIVE_OUT:
                    self._live_out[block].add(life)
                else:
                    self._dying[block].setdefault(end, []).append(life)

    # ---- inside a block ------------------------------------------------------------------------

    def _body(self, number: int, block: Block) -> list[Instr]:
        start = _start(block)
        params = [*(self._function.params if number == 0 else ()), *block.params]
        out: list[Instr] = [Drop(None, start, v) for v in params if self._is_unused(v)]
        for index, instr in enumerate(block.instrs):
            consumed, lent = self._ownership.operands(instr)
            self._dup_for(Counter(consumed), set(lent), number, index, instr.loc, out)
            out.append(instr)
            self._after(instr, consumed, set(lent), number, index, out)
        self._end(number, block, out)
        return out

    def _is_unused(self, value: Value) -> bool:
        """Whether the value is owned from the start and never read."""
        life = self._lives.of.get(value)
        return life is not None and life.kind is Kind.OWNED and not life.span

    def _dup_for(
        self, consumed: Counter[Value], lent: set[Value], block: int, index: int, loc: Loc, out: list[Instr]
    ) -> None:
        """One unit for each consuming operand; the value's own unit serves for one, if it may go."""
        for value, times in consumed.items():
            life = self._lives.of[value]
            kept = value in lent or life.span.get(block, -1) > index
            out += [Dup(None, loc, value) for _ in range(_missing(life, times, kept))]

    def _after(
        self, instr: Instr, consumed: list[Value], lent: set[Value], block: int, index: int, out: list[Instr]
    ) -> None:
        """The unit of a part, then the end of what is not needed any more."""
        made = None if instr.dest is None else self._lives.of.get(instr.dest)
        if made is not None and made.promoted:
            out.append(Dup(None, instr.loc, made.value))
        dying = self._dying[block].get(index)
        if dying:
            taken = set(consumed) - lent
            out += _drops({life for life in dying if life.value not in taken}, instr.loc)
        if made is not None and self._is_unused(made.value):
            out.append(Drop(None, instr.loc, made.value))

    # ---- between blocks ------------------------------------------------------------------------

    def _end(self, number: int, block: Block, out: list[Instr]) -> None:
        """What the terminator consumes; what its edges need is noted for `_place_edges`."""
        loc = _loc(block.term)
        direct = Counter(self._ownership.consumed_by_term(block.term))
        self._dup_for(direct, set(), number, len(block.instrs), loc, out)
        leaving = targets(block.term)
        args = [Counter(v for v in t.args if self._ownership.counted(v)) for t in leaving]
        held = self._live_out[number] | {self._lives.of[v] for edge in args for v in edge}
        for target, edge in zip(leaving, args, strict=True):
            dups, drops = self._edge_counts(held, edge, target.block, loc)
            if len(leaving) == 1:
                # Whatever is held at a sole edge is live behind it or an argument: nothing to drop.
                out += dups
            self._edges[target.block].append(_Edge(block, target, [] if len(leaving) == 1 else dups, drops))

    def _edge_counts(
        self, held: set[Life], args: Counter[Value], block: Block, loc: Loc
    ) -> tuple[list[Instr], set[Life]]:
        """What one edge has to add to, or take from, the one unit of each value held at its start."""
        entered = self._live_in[self._numbers[block]]
        dups: list[Instr] = []
        for value, times in args.items():
            life = self._lives.of[value]
            dups += [Dup(None, loc, value) for _ in range(_missing(life, times, life in entered))]
        if isinstance(block.term, (Panic, Unreachable)):
            return dups, set()
        return dups, {life for life in held - entered if life.kind is Kind.OWNED and life.value not in args}

    def _place_edges(self) -> None:
        """What all ways into a block drop is dropped in the block, the rest on the edges."""
        for block, edges in self._edges.items():
            if not edges:
                continue
            shared = set.intersection(*(edge.drops for edge in edges))
            self._heads[self._numbers[block]] = _drops(shared, _start(block))
            for edge in edges:
                loc = _loc(edge.source.term)
                own = edge.dups + _drops(edge.drops - shared, loc)
                if own:
                    self._split(edge.source, edge.target, own, loc)

    def _split(self, source: Block, target: Target, instrs: list[Instr], loc: Loc) -> None:
        """Give an edge a block of its own."""
        label = f"{source.label}.{target.block.label}"
        while label in self._labels:
            label += "$"
        self._labels.add(label)
        block = Block(label, [], instrs, Jump(loc, Target(target.block, target.args)))
        self._splits.setdefault(source, []).append(block)
        target.block, target.args = block, []


def _missing(life: Life, times: int, kept: bool) -> int:
    """Units to make for `times` consuming uses of a value of which one unit is held, if it is owned."""
    match life.kind:
        case Kind.STATIC:
            return 0
        case Kind.OWNED:
            return times - 1 + kept
        case _:
            return times


def _by_number(life: Life) -> int:
    return life.number


def _drops(lives: set[Life], loc: Loc) -> list[Instr]:
    return [Drop(None, loc, life.value) for life in sorted(lives, key=_by_number)]


def _start(block: Block) -> Loc:
    """The place of a block's first step."""
    return block.instrs[0].loc if block.instrs else _loc(block.term)


def _loc(term: Term | None) -> Loc:
    if term is None:
        raise ValueError("a block without terminator")
    return term.loc


# ---- lending ---------------------------------------------------------------------------------------


def _settle_parts(lives: Lives, blocks: list[Block], ownership: Ownership) -> None:
    """Decide for each part whether it gets a unit of its own or prolongs the life of its lenders.

    Parts are taken in reverse, so that the parts of a part have prolonged it before its own turn.
    """
    noise = _Noise(blocks, ownership)
    for life in reversed(lives.of.values()):
        if life.kind is not Kind.PART or not life.span:
            continue
        if life.consumed or not all(_may_lend(lender, life, noise) for lender in life.lenders):
            life.kind, life.promoted = Kind.OWNED, True
            continue
        for lender in life.lenders:
            for block, end in life.span.items():
                lender.span[block] = max(end, lender.span.get(block, -1))


class _Noise:
    """Which instructions of a block an object should not be kept alive across, worked out when asked for."""

    def __init__(self, blocks: list[Block], ownership: Ownership) -> None:
        self._blocks = blocks
        self._ownership = ownership
        self._known: dict[int, tuple[list[bool], list[int]]] = {}

    def between(self, block: int, start: int, last: int) -> bool:
        """Whether an instruction behind `start` and before `last` disturbs, or `last` takes something."""
        takes, sums = self._of(block)
        return sums[last] > sums[start + 1] or (last < len(takes) and takes[last])

    def _of(self, block: int) -> tuple[list[bool], list[int]]:
        known = self._known.get(block)
        if known is None:
            instrs = self._blocks[block].instrs
            takes = [bool(self._ownership.operands(i)[0]) for i in instrs]
            disturbs = (t or disturbs_by_running(i) for t, i in zip(takes, instrs, strict=True))
            known = self._known[block] = (takes, list(accumulate(disturbs, initial=0)))
        return known

    def end(self, block: int) -> int:
        """The place of the terminator."""
        return len(self._blocks[block].instrs)


def _may_lend(lender: Life, part: Life, noise: _Noise) -> bool:
    """Whether the lender can be kept alive as long as the part is read, without harm. The last reader
    itself may run code, such as a function that borrows the part, if it takes nothing."""
    for block, end in part.span.items():
        own_end = lender.span.get(block, -1)
        if own_end == LIVE_OUT:
            continue
        last = min(end, noise.end(block))
        if own_end <= last and lender.last_use_consumes(block):
            return False
        start = max(own_end, part.index if block == part.home else -1)
        if start < last and noise.between(block, start, last):
            return False
    return True
