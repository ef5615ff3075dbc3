"""Find the parameters that a function only reads.

In: monomorphic MIR without counting, tail calls made. Out: `Function.borrowed` of every function that
is called by name only. A borrowed parameter stays with the caller: reading it costs no counting on
either side. After Ullrich and de Moura, "Counting Immutable Beans", section 5.

A parameter must be owned if the function stores it, returns it, passes it on where it is consumed, or
so much as takes a part of it that is consumed: whoever owns the whole can give the part away unshared,
and it is then updated in place. (A part that is only returned does not count: the caller lets go of
the whole right behind the call, which is as good.) Everything else is borrowed. What one function
decides for its parameters decides for those of its callers, in circles too: all parameters begin
as borrowed, and what must be owned spreads backwards through the calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from snowc.mir.ir import (
    Call,
    CallClosure,
    CallExtern,
    Construct,
    Function,
    Instr,
    MakeClosure,
    Module,
    Project,
    Return,
    TailCall,
    Term,
    Value,
)
from snowc.mir.known_functions import known_functions
from snowc.mir.types import is_counted
from snowc.mir.walk import reverse_postorder, targets
from snowc.passes.base import PassCtx

Param = tuple[str, int]
"""A function and the index of one of its parameters."""


@dataclass(frozen=True)
class InferBorrow:
    """The pass; linear in the size of the module."""

    name: ClassVar[str] = "infer_borrow"

    def run(self, module: Module, ctx: PassCtx) -> None:
        facts = _Facts(module)
        for function in module.functions.values():
            facts.gather(function)
        owned = facts.owned()
        for function in module.functions.values():
            if function.captures is None:
                counted = (i for i, p in enumerate(function.params) if is_counted(p.type))
                function.borrowed = frozenset(i for i in counted if (function.name, i) not in owned)


class _Facts:
    """What must be owned at once, and what must be owned if something else must be."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._seeds: list[Param] = []
        self._givers: dict[Param, list[Param]] = {}
        """The parameters that are passed on as this one."""

    def owned(self) -> set[Param]:
        """Everything that must be owned."""
        owned: set[Param] = set()
        work = self._seeds
        while work:
            param = work.pop()
            if param not in owned:
                owned.add(param)
                work += self._givers.get(param, ())
        return owned

    def gather(self, function: Function) -> None:
        """Read one function. The code of a closure owns its parameters: calls of it cannot be told apart."""
        name = function.name
        if function.captures is not None:
            self._seeds += [(name, i) for i in range(len(function.params))]
            return
        origin = {p: i for i, p in enumerate(function.params) if is_counted(p.type)}
        whole = set(origin)
        for block in reverse_postorder(function.blocks[0]):
            for instr in block.instrs:
                if isinstance(instr, Project) and instr.base in origin and instr.dest is not None:
                    origin[instr.dest] = origin[instr.base]
                elif isinstance(instr, Call):
                    self._pass_on(name, instr, origin)
                else:
                    self._seeds += [(name, origin[v]) for v in _consumed(instr) if v in origin]
            self._end(name, block.term, origin, whole)

    def _pass_on(self, name: str, call: Call, origin: dict[Value, int]) -> None:
        for index, arg in enumerate(call.args):
            if arg in origin:
                self._givers.setdefault((call.callee, index), []).append((name, origin[arg]))

    def _end(self, name: str, term: Term | None, origin: dict[Value, int], whole: set[Value]) -> None:
        for target in targets(term):
            self._seeds += [(name, origin[v]) for v in target.args if v in origin]
        if isinstance(term, Return) and term.value in whole:
            self._seeds.append((name, origin[term.value]))
        elif isinstance(term, TailCall):
            # There is no caller left that could keep anything for the callee.
            self._seeds += [(name, origin[v]) for v in term.args if v in origin]
            self._seeds += [(term.callee, i) for i in range(len(term.args))]


def _consumed(instr: Instr) -> Iterator[Value]:
    """The operands that an instruction other than a direct call consumes."""
    match instr:
        case Construct(args=values) | MakeClosure(captures=values) | CallClosure(args=values):
            yield from values
        case CallExtern():
            owned = known_functions[instr.symbol].owned
            yield from (v for v, is_owned in zip(instr.args, owned, strict=False) if is_owned)
