"""Copies of functions with other types filled in for their type parameters.

In: a function and a type for each of its type parameters. Out: an independent function, equal but for
the types; no value, block or instruction is shared with the original.
"""

from __future__ import annotations

from collections.abc import Callable

from snowc.mir.ir import (
    Block,
    Branch,
    Call,
    CallClosure,
    CallExtern,
    CallTrait,
    Const,
    ConstRef,
    Construct,
    Drop,
    Dup,
    Function,
    Instr,
    Jump,
    LocConst,
    MakeClosure,
    MakeTraitClosure,
    Panic,
    Prim,
    Project,
    Return,
    Switch,
    Tag,
    TailCall,
    Target,
    Term,
    TypeId,
    TypeName,
    Unreachable,
    Value,
)
from snowc.mir.types import MTy, substitute


def clone_function(function: Function, name: str, env: dict[str, MTy]) -> Function:
    """A copy called `name` in which the type parameters are replaced by `env`."""
    return _Cloner(env).function(function, name)


class _Cloner:
    def __init__(self, env: dict[str, MTy]) -> None:
        self._env = env
        self._types: dict[MTy, MTy] = {}
        self._values: dict[Value, Value] = {}
        self._blocks: dict[Block, Block] = {}

    def function(self, function: Function, name: str) -> Function:
        for block in function.blocks:
            self._blocks[block] = Block(block.label)
        params = [self._value(p) for p in function.params]
        captures = None if function.captures is None else [self._value(c) for c in function.captures]
        return Function(
            name=name,
            type_params=[],
            params=params,
            result=self._type(function.result),
            blocks=[self._block(b) for b in function.blocks],
            loc=function.loc,
            captures=captures,
            is_std=function.is_std,
            takes_loc=function.takes_loc,
            borrowed=function.borrowed,
        )

    def _type(self, ty: MTy) -> MTy:
        made = self._types.get(ty)
        if made is None:
            made = self._types[ty] = substitute(ty, self._env)
        return made

    def _type_list(self, types: list[MTy]) -> list[MTy]:
        return [self._type(t) for t in types]

    def _value(self, value: Value) -> Value:
        """The copy of a value, made at its first mention."""
        made = self._values.get(value)
        if made is None:
            made = self._values[value] = Value(value.name, self._type(value.type))
        return made

    def _value_list(self, values: list[Value]) -> list[Value]:
        return [self._value(v) for v in values]

    def _block(self, block: Block) -> Block:
        made = self._blocks[block]
        made.params = self._value_list(block.params)
        made.instrs = [self._instr(i) for i in block.instrs]
        made.term = self._term(block.term)
        return made

    def _instr(self, instr: Instr) -> Instr:
        dest = None if instr.dest is None else self._value(instr.dest)
        return _COPY[type(instr)](self, instr, dest)

    def call_trait(self, i: CallTrait, dest: Value | None) -> Instr:
        args, type_args = self._value_list(i.args), self._type_list(i.type_args)
        trait_args = self._type_list(i.trait_args)
        return CallTrait(dest, i.loc, i.trait, trait_args, i.method, self._type(i.self_type), type_args, args)

    def trait_closure(self, i: MakeTraitClosure, dest: Value | None) -> Instr:
        trait_args, type_args = self._type_list(i.trait_args), self._type_list(i.type_args)
        return MakeTraitClosure(dest, i.loc, i.trait, trait_args, i.method, self._type(i.self_type), type_args)

    def _target(self, target: Target) -> Target:
        return Target(self._blocks[target.block], self._value_list(target.args))

    def _term(self, term: Term | None) -> Term | None:
        match term:
            case Jump():
                return Jump(term.loc, self._target(term.target))
            case Branch():
                then, otherwise = self._target(term.then), self._target(term.otherwise)
                return Branch(term.loc, self._value(term.cond), then, otherwise)
            case Switch():
                cases = [(number, self._target(t)) for number, t in term.cases]
                default = None if term.default is None else self._target(term.default)
                return Switch(term.loc, self._value(term.value), cases, default)
            case Return():
                return Return(term.loc, self._value(term.value))
            case TailCall():
                return TailCall(term.loc, term.callee, self._value_list(term.args))
            case Panic():
                return Panic(term.loc, term.message, None if term.at is None else self._value(term.at))
            case Unreachable():
                return Unreachable(term.loc)
            case _:
                return None

    vs = _value_list
    ts = _type_list
    v = _value


# One entry per instruction class; the class tells the type of its second argument.
_COPY: dict[type, Callable[..., Instr]] = {
    Const: lambda c, i, dest: Const(dest, i.loc, i.value),
    ConstRef: lambda c, i, dest: ConstRef(dest, i.loc, i.name),
    LocConst: lambda c, i, dest: LocConst(dest, i.loc),
    TypeId: lambda c, i, dest: TypeId(dest, i.loc, c._type(i.type)),
    TypeName: lambda c, i, dest: TypeName(dest, i.loc, c._type(i.type)),
    Prim: lambda c, i, dest: Prim(dest, i.loc, i.op, c.vs(i.args)),
    Call: lambda c, i, dest: Call(dest, i.loc, i.callee, c.ts(i.type_args), c.vs(i.args)),
    CallTrait: _Cloner.call_trait,
    CallExtern: lambda c, i, dest: CallExtern(dest, i.loc, i.symbol, c.ts(i.type_args), c.vs(i.args)),
    CallClosure: lambda c, i, dest: CallClosure(dest, i.loc, c.v(i.fn), c.vs(i.args)),
    MakeClosure: lambda c, i, dest: MakeClosure(dest, i.loc, i.callee, c.ts(i.type_args), c.vs(i.captures)),
    MakeTraitClosure: _Cloner.trait_closure,
    Construct: lambda c, i, dest: Construct(dest, i.loc, i.variant, c.vs(i.args)),
    Project: lambda c, i, dest: Project(dest, i.loc, c.v(i.base), i.variant, i.index),
    Tag: lambda c, i, dest: Tag(dest, i.loc, c.v(i.base)),
    Dup: lambda c, i, dest: Dup(dest, i.loc, c.v(i.value)),
    Drop: lambda c, i, dest: Drop(dest, i.loc, c.v(i.value)),
}
