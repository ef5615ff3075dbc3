"""Hand the caller's place to library functions that may panic, so that the message names user code.

In: monomorphic MIR without counting. Out: a library function (`is_std`) that may panic has a `Loc`
parameter in front (`takes_loc`), a library closure body that may panic a `Loc` capture behind the
others; user code passes its own place, library code what it was given. Every `CallExtern` whose row
says `loc` has its last operand, and inside such functions `Panic.at` is set.

The pass runs after monomorphisation, where every call names its callee: methods of library instances
and derived instances need no special rule. A closure blames the place where it was made, because the
calls of a closure pass nothing but its arguments. Initialisers of constants and the entry are called
by the core and take no place; what they blame is their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from snowc.mir.ir import (
    Block,
    Call,
    CallExtern,
    Function,
    Instr,
    Loc,
    LocConst,
    MakeClosure,
    Module,
    Panic,
    TailCall,
    Value,
)
from snowc.mir.known_functions import known_functions
from snowc.mir.types import LOC
from snowc.passes.base import PassCtx

LOC_NAME = "caller$"


@dataclass(frozen=True)
class ThreadLocations:
    """The pass; linear in the size of the module."""

    name: ClassVar[str] = "thread_locations"

    def run(self, module: Module, ctx: PassCtx) -> None:
        taking = functions_that_take_loc(module)
        given: dict[str, Value] = {}
        for name in taking:
            given[name] = _add_loc(module.functions[name])
        for function in module.functions.values():
            _Threader(function, taking, given.get(function.name)).run()


def functions_that_take_loc(module: Module) -> set[str]:
    """Library functions that may panic on behalf of their caller: a fixpoint over the call graph."""
    callers: dict[str, list[str]] = {}
    rigid = {const.init for const in module.consts} | {module.entry}
    work: list[str] = []
    for function in module.functions.values():
        if not function.is_std or function.name in rigid:
            continue
        for callee in _mentioned(function):
            callers.setdefault(callee, []).append(function.name)
        if _panics_itself(function):
            work.append(function.name)
    taking: set[str] = set()
    while work:
        name = work.pop()
        if name not in taking:
            taking.add(name)
            work += callers.get(name, ())
    return taking


def _mentioned(function: Function) -> Iterator[str]:
    for block in function.blocks:
        for instr in block.instrs:
            if isinstance(instr, (Call, MakeClosure)):
                yield instr.callee
        if isinstance(block.term, TailCall):
            yield block.term.callee


def _panics_itself(function: Function) -> bool:
    return any(_may_panic(block) for block in function.blocks)


def _may_panic(block: Block) -> bool:
    if isinstance(block.term, Panic) and block.term.at is None:
        return True
    return any(isinstance(i, CallExtern) and known_functions[i.symbol].loc for i in block.instrs)


def _add_loc(function: Function) -> Value:
    """The new parameter or capture of a function that takes a place."""
    value = Value(LOC_NAME, LOC)
    function.takes_loc = True
    if function.captures is None:
        function.params.insert(0, value)
        function.borrowed = frozenset(i + 1 for i in function.borrowed)
    else:
        function.captures.append(value)
    return value


class _Threader:
    """Passes the place on inside one function."""

    def __init__(self, function: Function, taking: set[str], given: Value | None) -> None:
        self._function = function
        self._taking = taking
        self._given = given
        self._count = 0

    def run(self) -> None:
        for block in self._function.blocks:
            if self._mentions_place(block):
                self._block(block)
            if self._given is not None and isinstance(block.term, Panic) and block.term.at is None:
                block.term.at = self._given

    def _mentions_place(self, block: Block) -> bool:
        term = block.term
        return any(self._needs_place(i) for i in block.instrs) or (
            isinstance(term, TailCall) and term.callee in self._taking
        )

    def _needs_place(self, instr: Instr) -> bool:
        match instr:
            case Call() | MakeClosure():
                return instr.callee in self._taking
            case CallExtern():
                known = known_functions[instr.symbol]
                return known.loc and len(instr.args) == len(known.params)
            case _:
                return False

    def _block(self, block: Block) -> None:
        out: list[Instr] = []
        for instr in block.instrs:
            if self._needs_place(instr):
                self._pass_place(instr, self._place(instr.loc, out))
            out.append(instr)
        if isinstance(block.term, TailCall) and block.term.callee in self._taking:
            block.term.args.insert(0, self._place(block.term.loc, out))
        block.instrs = out

    def _pass_place(self, instr: Instr, place: Value) -> None:
        match instr:
            case Call():
                instr.args = [place, *instr.args]
            case MakeClosure():
                instr.captures = [*instr.captures, place]
            case CallExtern():
                instr.args = [*instr.args, place]

    def _place(self, loc: Loc, out: list[Instr]) -> Value:
        """What was given, or else a constant for this very place."""
        if self._given is not None:
            return self._given
        self._count += 1
        made = Value(f"place.{self._count}$", LOC)
        out.append(LocConst(made, loc))
        return made
