"""A small builder for functions that the compiler makes up itself.

In: calls in the order of the code. Out: a function with unique value names and block labels. The
builder writes into one current block; `block` opens another one, `goto` selects it.
"""

from __future__ import annotations

from snowc.mir.ir import (
    NO_LOC,
    Block,
    Branch,
    Call,
    CallExtern,
    CallTrait,
    Const,
    Construct,
    Function,
    Prim,
    Project,
    Return,
    Switch,
    Tag,
    Target,
    Value,
)
from snowc.mir.types import BOOL, FLOAT, INT, STRING, UNIT, MTy


class FunctionBuilder:
    """Builds one function. Parameters are given as (name, type) pairs."""

    def __init__(self, name: str, type_params: list[str], params: list[tuple[str, MTy]], result: MTy) -> None:
        values = [Value(param, ty) for param, ty in params]
        self._current = Block("entry")
        self._count = 0
        self.function = Function(name, type_params, values, result, [self._current])
        self.params = values

    def block(self, label: str) -> Block:
        """A new block without parameters; its label gets a number that makes it unique."""
        made = Block(f"{label}.{len(self.function.blocks)}")
        self.function.blocks.append(made)
        return made

    def goto(self, block: Block) -> None:
        """What follows goes into `block`."""
        self._current = block

    def _fresh(self, ty: MTy) -> Value:
        self._count += 1
        return Value(f"t.{self._count}", ty)

    def const(self, value: int | float | str | bool | None) -> Value:
        types: dict[type, MTy] = {bool: BOOL, int: INT, float: FLOAT, str: STRING}
        dest = self._fresh(types.get(type(value), UNIT))
        self._current.instrs.append(Const(dest, NO_LOC, value))
        return dest

    def prim(self, op: str, result: MTy, *args: Value) -> Value:
        dest = self._fresh(result)
        self._current.instrs.append(Prim(dest, NO_LOC, op, list(args)))
        return dest

    def tag(self, base: Value) -> Value:
        dest = self._fresh(INT)
        self._current.instrs.append(Tag(dest, NO_LOC, base))
        return dest

    def project(self, base: Value, variant: int, index: int, ty: MTy) -> Value:
        dest = self._fresh(ty)
        self._current.instrs.append(Project(dest, NO_LOC, base, variant, index))
        return dest

    def construct(self, ty: MTy, variant: int) -> Value:
        dest = self._fresh(ty)
        self._current.instrs.append(Construct(dest, NO_LOC, variant, []))
        return dest

    def call(self, callee: str, result: MTy, *args: Value) -> Value:
        dest = self._fresh(result)
        self._current.instrs.append(Call(dest, NO_LOC, callee, [], list(args)))
        return dest

    def method(self, trait: str, method: str, self_type: MTy, result: MTy, *args: Value) -> Value:
        """A call of a trait's method at `self_type`."""
        dest = self._fresh(result)
        self._current.instrs.append(CallTrait(dest, NO_LOC, trait, [], method, self_type, [], list(args)))
        return dest

    def extern(self, symbol: str, result: MTy, *args: Value) -> Value:
        dest = self._fresh(result)
        self._current.instrs.append(CallExtern(dest, NO_LOC, symbol, [], list(args)))
        return dest

    def branch(self, cond: Value, then: Block, otherwise: Block) -> None:
        self._current.term = Branch(NO_LOC, cond, Target(then), Target(otherwise))

    def switch(self, value: Value, cases: list[Block]) -> None:
        """An exhaustive switch: case i goes to `cases[i]`."""
        self._current.term = Switch(NO_LOC, value, [(i, Target(b)) for i, b in enumerate(cases)], None)

    def ret(self, value: Value) -> None:
        self._current.term = Return(NO_LOC, value)
