"""Clear away what lowering leaves behind, without knowing anything about the program.

In: verified MIR without counting. Out: the same meaning with fewer blocks and instructions:
branches on constants are decided, jumps to blocks that only jump or return are threaded, blocks with
one way in are joined to it, block parameters that always get the same value are replaced by it, and
pure instructions whose results nobody needs are gone. Unreachable blocks are removed.

Each step is one walk; `tail_calls` depends on returns standing right behind the calls they return.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from snowc.mir.ir import (
    Block,
    Branch,
    Const,
    ConstRef,
    Construct,
    Function,
    Jump,
    Literal,
    LocConst,
    MakeClosure,
    MakeTraitClosure,
    Module,
    Prim,
    Project,
    Return,
    Switch,
    Tag,
    Target,
    Value,
)
from snowc.mir.types import UNIT
from snowc.mir.walk import (
    operands,
    own_operands,
    predecessors,
    rename_values,
    reverse_postorder,
    targets,
)
from snowc.passes.base import PassCtx

PURE = (Const, ConstRef, LocConst, Prim, Project, Tag, Construct, MakeClosure, MakeTraitClosure)
"""Instructions that may vanish with their result. Lowering tests divisors before it divides."""


@dataclass(frozen=True)
class Simplify:
    """The pass; linear in the size of each function."""

    name: ClassVar[str] = "simplify"

    def run(self, module: Module, ctx: PassCtx) -> None:
        for function in module.functions.values():
            simplify_function(function)


def simplify_function(function: Function) -> None:
    """All steps, in an order in which each profits from the one before."""
    decide_branches(function)
    keep_reachable(function)
    share_parameters(function)
    thread_jumps(function)
    keep_reachable(function)
    join_blocks(function)
    remove_dead_code(function)


# ---- control flow ----------------------------------------------------------------------------------


def keep_reachable(function: Function) -> None:
    """Remove the blocks that nothing leads to."""
    reachable = set(reverse_postorder(function.blocks[0]))
    function.blocks = [b for b in function.blocks if b in reachable]


def decide_branches(function: Function) -> None:
    """Turn branches and switches on constants, and branches with equal ends, into jumps."""
    known: dict[Value, Literal] = {}
    for block in function.blocks:
        for instr in block.instrs:
            if isinstance(instr, Const) and instr.dest is not None and not isinstance(instr.value, tuple):
                known[instr.dest] = instr.value
    for block in function.blocks:
        chosen = _chosen(block, known)
        if chosen is not None and block.term is not None:
            block.term = Jump(block.term.loc, chosen)


def _chosen(block: Block, known: dict[Value, Literal]) -> Target | None:
    """The target that a block's branch is bound to take, if there is one."""
    match block.term:
        case Branch(then=then, otherwise=otherwise) as term:
            if term.cond in known:
                return then if known[term.cond] else otherwise
            return then if then.block is otherwise.block and then.args == otherwise.args else None
        case Switch() as term:
            if term.value in known:
                number = known[term.value]
                return next((target for case, target in term.cases if case == number), term.default)
            return term.cases[0][1] if len(term.cases) == 1 and term.default is None else None
        case _:
            return None


def thread_jumps(function: Function) -> None:
    """Let jumps skip blocks that do nothing but jump on or return."""
    private = _parameters_of_end_only(function)
    # Successors first: then their own jumps are short already, and long chains cost no more.
    for block in reversed(reverse_postorder(function.blocks[0])):
        for target in targets(block.term):
            _skip(target, private)
        if isinstance(block.term, Jump):
            _return_early(block, block.term)


def _parameters_of_end_only(function: Function) -> set[Block]:
    """Blocks whose parameters are read by nobody but their own terminator."""
    owner = {p: b for b in function.blocks for p in b.params}
    shared: set[Block] = set()
    for block in function.blocks:
        for instr in block.instrs:
            shared.update(owner[v] for v in operands(instr) if v in owner)
        ends = [*own_operands(block.term), *(v for t in targets(block.term) for v in t.args)]
        shared.update(owner[v] for v in ends if owner.get(v, block) != block)
    return set(function.blocks) - shared


def _skip(target: Target, private: set[Block]) -> None:
    """Follow a chain of empty blocks to its end; a ring of them is left alone."""
    seen: set[Block] = set()
    while True:
        block = target.block
        if block.instrs or not isinstance(block.term, Jump) or block in seen or block not in private:
            return
        seen.add(block)
        onward = block.term.target
        env = dict(zip(block.params, target.args, strict=True))
        target.args = [env.get(v, v) for v in onward.args]
        target.block = onward.block


def _return_early(block: Block, jump: Jump) -> None:
    """Return at once where a jump leads to a block that only returns (a unit made there counts as
    nothing, since any unit will do)."""
    end = jump.target.block
    if not isinstance(end.term, Return):
        return
    value = end.term.value
    if not end.instrs:
        env = dict(zip(end.params, jump.target.args, strict=True))
        block.term = Return(end.term.loc, env.get(value, value))
    elif value.type == UNIT and all(isinstance(i, Const) and i.dest is value for i in end.instrs):
        unit = Value(f"{value.name}.{block.label}", UNIT)
        block.instrs.append(Const(unit, end.instrs[0].loc, None))
        block.term = Return(end.term.loc, unit)


def join_blocks(function: Function) -> None:
    """Append each block to its only predecessor when that does nothing but jump to it."""
    preds = predecessors(function.blocks)
    renamed: dict[Value, Value] = {}
    gone: set[Block] = set()
    for block in function.blocks:
        if block in gone:
            continue
        while isinstance(block.term, Jump):
            jump, after = block.term, block.term.target.block
            if after is block or len(preds[after]) != 1 or after is function.blocks[0]:
                break
            renamed |= zip(after.params, jump.target.args, strict=True)
            block.instrs += after.instrs
            block.term = after.term
            gone.add(after)
    function.blocks = [b for b in function.blocks if b not in gone]
    rename_values(function, renamed)


# ---- values ----------------------------------------------------------------------------------------


def share_parameters(function: Function) -> None:
    """Replace block parameters that get the same value on every way in."""
    incoming = _incoming(function)
    renamed: dict[Value, Value] = {}
    for block in function.blocks:
        ways = incoming[block]
        doomed = [i for i, p in enumerate(block.params) if _only_value(p, [t.args[i] for t in ways], renamed)]
        if doomed:
            _drop_parameters(block, ways, set(doomed))
    rename_values(function, renamed)


def _incoming(function: Function) -> dict[Block, list[Target]]:
    found: dict[Block, list[Target]] = {b: [] for b in function.blocks}
    for block in function.blocks:
        for target in targets(block.term):
            found[target.block].append(target)
    return found


def _only_value(param: Value, args: list[Value], renamed: dict[Value, Value]) -> bool:
    """Note and tell whether all `args` other than the parameter itself are one value."""
    others = {a for a in args if a is not param}
    if len(others) != 1:
        return False
    (value,) = others
    while value in renamed:
        value = renamed[value]
    if value is param:
        return False
    renamed[param] = value
    return True


def _drop_parameters(block: Block, ways: list[Target], doomed: set[int]) -> None:
    block.params = [p for i, p in enumerate(block.params) if i not in doomed]
    for target in ways:
        target.args = [a for i, a in enumerate(target.args) if i not in doomed]


def remove_dead_code(function: Function) -> None:
    """Remove pure instructions and block parameters that nothing needs, rings of them included."""
    sources = _sources(function)
    needed: set[Value] = set()
    work = _roots(function)
    while work:
        value = work.pop()
        if value not in needed:
            needed.add(value)
            work += sources.get(value, ())
    incoming = _incoming(function)
    for block in function.blocks:
        block.instrs = [i for i in block.instrs if not isinstance(i, PURE) or i.dest in needed]
        doomed = {i for i, p in enumerate(block.params) if p not in needed}
        if doomed:
            _drop_parameters(block, incoming[block], doomed)


def _sources(function: Function) -> dict[Value, list[Value]]:
    """What each value is made of: operands of its instruction, or arguments of its parameter."""
    sources: dict[Value, list[Value]] = {}
    for block in function.blocks:
        for instr in block.instrs:
            if isinstance(instr, PURE) and instr.dest is not None:
                sources[instr.dest] = operands(instr)
        for target in targets(block.term):
            for param, arg in zip(target.block.params, target.args, strict=True):
                sources.setdefault(param, []).append(arg)
    return sources


def _roots(function: Function) -> list[Value]:
    """Values that are needed whatever becomes of results."""
    found: list[Value] = []
    for block in function.blocks:
        for instr in block.instrs:
            if not isinstance(instr, PURE):
                found += operands(instr)
        found += own_operands(block.term)
    return found
