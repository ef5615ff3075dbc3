"""Walking a function: operands, successors, orders, dominance.

In: a function whose blocks have terminators. Nothing here changes the shape of a graph; `replace_…`
and `rename_values` change operands. All walks are iterative, because functions may be very long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from snowc.mir.ir import (
    Block,
    Branch,
    Call,
    CallClosure,
    CallExtern,
    CallTrait,
    Construct,
    Drop,
    Dup,
    Function,
    Instr,
    Jump,
    MakeClosure,
    Panic,
    Prim,
    Project,
    Return,
    Switch,
    Tag,
    TailCall,
    Target,
    Term,
    Value,
)


def operands(instr: Instr) -> list[Value]:
    """The values an instruction reads, in order, repeated if read twice."""
    match instr:
        case Call() | CallTrait() | CallExtern() | Prim() | Construct():
            return instr.args
        case Project(base=base) | Tag(base=base):
            return [base]
        case CallClosure():
            return [instr.fn, *instr.args]
        case MakeClosure():
            return instr.captures
        case Dup(value=value) | Drop(value=value):
            return [value]
        case _:
            return []


def targets(term: Term | None) -> list[Target]:
    """The jumps of a terminator in order; the default of a switch comes last."""
    match term:
        case Jump():
            return [term.target]
        case Branch():
            return [term.then, term.otherwise]
        case Switch():
            cases = [target for _, target in term.cases]
            return cases if term.default is None else [*cases, term.default]
        case _:
            return []


def own_operands(term: Term | None) -> list[Value]:
    """The values a terminator reads itself, block arguments left out."""
    match term:
        case Branch():
            return [term.cond]
        case Switch() | Return():
            return [term.value]
        case TailCall():
            return term.args
        case Panic(at=Value() as at):
            return [at]
        case _:
            return []


def term_operands(term: Term | None) -> list[Value]:
    """All values a terminator reads."""
    found = list(own_operands(term))
    for target in targets(term):
        found += target.args
    return found


def successors(block: Block) -> list[Block]:
    return [target.block for target in targets(block.term)]


def replace_operands(instr: Instr, new: Callable[[Value], Value]) -> None:
    """Rewrite every operand of an instruction in place."""
    match instr:
        case Call() | CallTrait() | CallExtern() | Prim() | Construct():
            instr.args = [new(v) for v in instr.args]
        case Project() | Tag():
            instr.base = new(instr.base)
        case CallClosure():
            instr.fn = new(instr.fn)
            instr.args = [new(v) for v in instr.args]
        case MakeClosure():
            instr.captures = [new(v) for v in instr.captures]
        case Dup() | Drop():
            instr.value = new(instr.value)


def replace_term_operands(term: Term | None, new: Callable[[Value], Value]) -> None:
    """Rewrite every operand of a terminator in place."""
    for target in targets(term):
        target.args = [new(v) for v in target.args]
    match term:
        case Branch():
            term.cond = new(term.cond)
        case Switch() | Return():
            term.value = new(term.value)
        case TailCall():
            term.args = [new(v) for v in term.args]
        case Panic(at=Value() as at):
            term.at = new(at)


def rename_values(function: Function, renamed: dict[Value, Value]) -> None:
    """Replace values, following chains of replacements."""
    if not renamed:
        return

    def final(value: Value) -> Value:
        end = value
        while end in renamed:
            end = renamed[end]
        while value in renamed and renamed[value] is not end:
            renamed[value], value = end, renamed[value]
        return end

    for block in function.blocks:
        for instr in block.instrs:
            replace_operands(instr, final)
        replace_term_operands(block.term, final)


def definitions(function: Function) -> Iterator[Value]:
    """Every value the function defines: parameters, captures, block parameters, results."""
    yield from function.params
    yield from function.captures or ()
    for block in function.blocks:
        yield from block.params
        for instr in block.instrs:
            if instr.dest is not None:
                yield instr.dest


def reverse_postorder(entry: Block) -> list[Block]:
    """The blocks reachable from `entry`, each before its successors except along back edges."""
    order: list[Block] = []
    seen = {entry}
    stack = [(entry, iter(successors(entry)))]
    while stack:
        block, rest = stack[-1]
        for succ in rest:
            if succ not in seen:
                seen.add(succ)
                stack.append((succ, iter(successors(succ))))
                break
        else:
            stack.pop()
            order.append(block)
    order.reverse()
    return order


def loop_headers(function: Function) -> set[Block]:
    """The blocks that close cycles: every endless way through a function passes one of them again and again."""
    order = reverse_postorder(function.blocks[0])
    position = {block: i for i, block in enumerate(order)}
    return {succ for block in order for succ in successors(block) if position[succ] <= position[block]}


def predecessors(blocks: list[Block]) -> dict[Block, list[Block]]:
    """Predecessors of each block among `blocks`, one entry per edge."""
    preds: dict[Block, list[Block]] = {b: [] for b in blocks}
    for block in blocks:
        for succ in successors(block):
            if succ in preds:
                preds[succ].append(block)
    return preds


@dataclass(slots=True)
class Dominators:
    """The dominator tree of a function, answering in constant time."""

    position: dict[Block, int]
    """Place of each reachable block in reverse postorder."""
    _enter: list[int]
    _leave: list[int]

    def dominates(self, upper: Block, lower: Block) -> bool:
        """Whether every path to `lower` passes `upper`; both must be reachable."""
        a, b = self.position[upper], self.position[lower]
        return self._enter[a] <= self._enter[b] and self._leave[b] <= self._leave[a]


def dominators(entry: Block) -> Dominators:
    """Build the dominator tree (Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm)."""
    order = reverse_postorder(entry)
    position = {b: i for i, b in enumerate(order)}
    preds = [[position[p] for p in ps] for ps in predecessors(order).values()]
    idom = _immediate_dominators(preds)
    children: list[list[int]] = [[] for _ in order]
    for node in range(1, len(order)):
        children[idom[node]].append(node)
    return Dominators(position, *_number_tree(children))


def _immediate_dominators(preds: list[list[int]]) -> list[int]:
    idom = [-1] * len(preds)
    idom[0] = 0
    changed = True
    while changed:
        changed = False
        for node in range(1, len(preds)):
            new = -1
            for pred in preds[node]:
                if idom[pred] >= 0:
                    new = pred if new < 0 else _meet(idom, new, pred)
            if new != idom[node]:
                idom[node] = new
                changed = True
    return idom


def _meet(idom: list[int], a: int, b: int) -> int:
    while a != b:
        while a > b:
            a = idom[a]
        while b > a:
            b = idom[b]
    return a


def _number_tree(children: list[list[int]]) -> tuple[list[int], list[int]]:
    """Entry and exit times of a depth-first walk."""
    enter, leave = [0] * len(children), [0] * len(children)
    clock = 0
    stack = [(0, iter(children[0]))]
    while stack:
        node, rest = stack[-1]
        child = next(rest, None)
        clock += 1
        if child is None:
            leave[node] = clock
            stack.pop()
        else:
            enter[child] = clock
            stack.append((child, iter(children[child])))
    return enter, leave
