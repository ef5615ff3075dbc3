"""Where a module constant may be read before it has a value.

In: a monomorphic module. Out: for each function the constants whose reads need a check: those that are
computed no earlier than the first initialiser from which the function can be reached. Types have refused
what surely reads too early; methods, closures and function values are left to these checks.

A function counts as reached where it is called or made into a closure. Reading a constant needs no edge:
what it holds was made by an earlier initialiser, which has reached all of it. An initialiser that only
builds a value runs nothing, so what it makes is reached by the next one: closures may mention themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from snowc.mir.ir import Call, CallClosure, CallExtern, ConstRef, Function, MakeClosure, Module, TailCall
from snowc.mir.types import UNIT


def early_reads(module: Module) -> dict[str, set[str]]:
    """The constants to check, by function; a function without any is left out."""
    place = {const.name: i for i, const in enumerate(module.consts)}
    first = _first_initialisers(module)
    found: dict[str, set[str]] = {}
    for name, number in first.items():
        late = {constant for constant in _constants(module.functions[name]) if place[constant] >= number}
        if late:
            found[name] = late
    return found


def _first_initialisers(module: Module) -> dict[str, int]:
    """The number of the first initialiser that reaches each function; every function is visited once."""
    first: dict[str, int] = {}
    for number, const in enumerate(module.consts):
        reached_by = number if _runs_code(module.functions[const.init]) else number + 1
        todo = [const.init]
        while todo:
            name = todo.pop()
            if name not in first:
                first[name] = reached_by
                todo += _mentioned(module.functions[name])
    return first


def _runs_code(function: Function) -> bool:
    """Whether a function calls anything."""
    return any(
        isinstance(block.term, TailCall) or any(isinstance(i, Call | CallClosure | CallExtern) for i in block.instrs)
        for block in function.blocks
    )


def _mentioned(function: Function) -> Iterator[str]:
    for block in function.blocks:
        yield from (i.callee for i in block.instrs if isinstance(i, Call | MakeClosure))
        if isinstance(block.term, TailCall):
            yield block.term.callee


def _constants(function: Function) -> Iterator[str]:
    """The constants that a function reads; there is nothing to read of `()`."""
    for block in function.blocks:
        for instr in block.instrs:
            if isinstance(instr, ConstRef) and instr.dest is not None and instr.dest.type != UNIT:
                yield instr.name
