"""What each instruction does to the ownership of its counted operands.

In: monomorphic MIR. Out: for an instruction the operands that it consumes and those that it borrows
(docs/mir.md has the rules), for a value where it comes from. Scalars are left out everywhere.
"""

from __future__ import annotations

from snowc.mir.ir import (
    Call,
    CallClosure,
    CallExtern,
    Const,
    ConstRef,
    Construct,
    Instr,
    MakeClosure,
    Module,
    Project,
    Return,
    Tag,
    TailCall,
    Term,
    Value,
)
from snowc.mir.known_functions import known_functions
from snowc.mir.types import MTy, is_counted

Operands = tuple[list[Value], list[Value]]
"""Consumed and borrowed operands, repeated if an instruction takes one twice."""


class Ownership:
    """The rules, with the facts about the callees of one module."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._counted: dict[MTy, bool] = {}

    def counted(self, value: Value) -> bool:
        """Whether the value is a reference-counted object."""
        known = self._counted.get(value.type)
        if known is None:
            known = self._counted[value.type] = is_counted(value.type)
        return known

    def _only_counted(self, values: list[Value]) -> list[Value]:
        return [v for v in values if self.counted(v)]

    def operands(self, instr: Instr) -> Operands:
        """The counted operands of an instruction by what happens to them."""
        match instr:
            case Call():
                callee = self._module.functions.get(instr.callee)
                borrowed = callee.borrowed if callee is not None else frozenset()
                return self._split(instr.args, [i not in borrowed for i in range(len(instr.args))])
            case CallExtern():
                return self._split(instr.args, [*known_functions[instr.symbol].owned, False])
            case CallClosure():
                return self._only_counted(instr.args), self._only_counted([instr.fn])
            case Construct(args=consumed) | MakeClosure(captures=consumed):
                return self._only_counted(consumed), []
            case Project() | Tag():
                return [], self._only_counted([instr.base])
            case _:
                return [], []

    def _split(self, args: list[Value], owned: list[bool]) -> Operands:
        consumed: list[Value] = []
        lent: list[Value] = []
        for value, is_owned in zip(args, owned, strict=False):
            if self.counted(value):
                (consumed if is_owned else lent).append(value)
        return consumed, lent

    def consumed_by_term(self, term: Term | None) -> list[Value]:
        """What a terminator consumes itself, block arguments left out."""
        match term:
            case Return():
                return self._only_counted([term.value])
            case TailCall():
                return self._only_counted(term.args)
            case _:
                return []

    def lenders(self, instr: Instr) -> list[Value] | None:
        """What the result is borrowed from; None if it is owned."""
        match instr:
            case Project():
                return self._only_counted([instr.base])
            case CallExtern() if not known_functions[instr.symbol].result_owned:
                return self._only_counted(instr.args[:1])
            case _:
                return None

    def is_static(self, instr: Instr) -> bool:
        """Whether the result is immortal: constants, objects without fields, closures without captures."""
        match instr:
            case Const() | ConstRef() | Construct(args=[]) | MakeClosure(captures=[]):
                return True
            case _:
                return False


def disturbs_by_running(instr: Instr) -> bool:
    """Whether an object that stays alive across this instruction may cost something although nothing is
    consumed: code that runs meanwhile could find a part of it shared, or have used its memory again."""
    return isinstance(instr, (Call, CallClosure))
