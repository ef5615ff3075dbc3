"""Make calls whose result is returned at once cost no stack.

In: simplified, monomorphic MIR without counting. Out: a call of a function to itself in tail position
is a jump to a loop header that holds the parameters (all new arguments are read before any changes:
they are block arguments); a tail call to another function of the same group of mutually recursive
functions is a `TailCall`. Tail calls to functions that cannot call back stay calls: their depth is
bounded by the program text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from snowc.mir.ir import NO_LOC, Block, Call, Const, Function, Instr, Jump, Module, Return, TailCall, Target, Value
from snowc.mir.types import layout_class
from snowc.passes.base import PassCtx
from snowc.passes.call_graph import recursive_groups
from snowc.passes.simplify import share_parameters


@dataclass(frozen=True)
class TailCalls:
    """The pass; linear in the size of the module."""

    name: ClassVar[str] = "tail_calls"

    def run(self, module: Module, ctx: PassCtx) -> None:
        group = recursive_groups(module)
        for function in module.functions.values():
            self_calls = _rewrite(function, module, group)
            if self_calls:
                _make_loop(function, self_calls)
                share_parameters(function)  # what every round passes on unchanged stays outside the loop


def _rewrite(function: Function, module: Module, group: dict[str, int]) -> list[tuple[Block, Call]]:
    """Turn tail calls within the group into `TailCall`; the calls to itself are returned for the loop."""
    own: list[tuple[Block, Call]] = []
    for block in function.blocks:
        call = tail_call_of(block, function)
        if call is None:
            continue
        if call.callee == function.name:
            own.append((block, call))
        elif group.get(call.callee) == group[function.name] and _same_result(module, call, function):
            _cut(block, call)
            block.term = TailCall(call.loc, call.callee, call.args)
    return own


def tail_call_of(block: Block, function: Function) -> Call | None:
    """The call that a block returns the result of, with nothing but unit constants behind it."""
    if not isinstance(block.term, Return):
        return None
    last = len(block.instrs) - 1
    while last >= 0 and isinstance(block.instrs[last], Const) and _is_unit(block.instrs[last]):
        last -= 1
    call = block.instrs[last] if last >= 0 else None
    if not isinstance(call, Call):
        return None
    returned = block.term.value
    returns_it = returned is call.dest or (layout_class(function.result) == "unit" and _is_unit(call))
    return call if returns_it else None


def _is_unit(instr: Instr) -> bool:
    return instr.dest is not None and layout_class(instr.dest.type) == "unit"


def _same_result(module: Module, call: Call, function: Function) -> bool:
    callee = module.functions[call.callee]
    return layout_class(callee.result) == layout_class(function.result)


def _cut(block: Block, call: Call) -> None:
    """Remove a tail call and what stands behind it."""
    while block.instrs.pop() is not call:
        pass


def _make_loop(function: Function, calls: list[tuple[Block, Call]]) -> None:
    """Make the old entry a loop header whose parameters are the old parameters."""
    header = function.blocks[0]
    labels = {b.label for b in function.blocks}
    entry = Block(_free("entry", labels - {header.label}))
    header.label = _free("loop", labels | {entry.label})
    taken = _value_names(function)
    arrived = [Value(_free(f"{p.name}.in", taken), p.type) for p in function.params]
    header.params, function.params = function.params, arrived
    entry.term = Jump(NO_LOC, Target(header, list(arrived)))
    function.blocks.insert(0, entry)
    for block, call in calls:
        _cut(block, call)
        block.term = Jump(call.loc, Target(header, call.args))


def _value_names(function: Function) -> set[str]:
    names = {p.name for p in (*function.params, *(function.captures or ()))}
    for block in function.blocks:
        names.update(p.name for p in block.params)
        names.update(i.dest.name for i in block.instrs if i.dest is not None)
    return names


def _free(name: str, taken: set[str]) -> str:
    """`name`, made longer until it is not taken."""
    while name in taken:
        name += "$"
    return name
