"""Make one copy of each generic function per instance that the program needs.

In: verified generic MIR with its instances. Out: functions without type parameters, only those that
can be reached from the entry and the constants (from every function that is not generic, if there is
no entry), called `List.map<Int, Box>`; no CallTrait, MakeTraitClosure, TypeId and TypeName. A type parameter that
nothing looks at (`observed.py`) counts by layout class only; then `Box` stands for every boxed type.

The work list is a stack, so that a chain of ever larger types (polymorphic recursion) is followed to
the limit at once and not through all that branches off it; it ends in E0054.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from snowc.mir.clone import clone_function
from snowc.mir.fingerprint import fingerprint, type_name
from snowc.mir.ir import (
    NO_LOC,
    Block,
    Call,
    CallTrait,
    Const,
    Function,
    Instr,
    Loc,
    MakeClosure,
    MakeTraitClosure,
    Module,
    Return,
    TypeId,
    TypeName,
    Value,
)
from snowc.mir.types import CLASS_TYPE, Con, Fn, MTy, layout_class
from snowc.passes.base import InternalFault, PassCtx
from snowc.passes.errors import InstantiationTooDeep
from snowc.passes.instances import Instances
from snowc.passes.observed import observed_params, type_variables

MAX_SIZE = 4096
"""Types with more nodes than this count as too deep: a type may double with every call."""


@dataclass(frozen=True)
class Monomorphise:
    """The pass; `max_depth` is the deepest nesting of types at which a function is instantiated."""

    name: ClassVar[str] = "monomorphise"
    max_depth: int = 64

    def run(self, module: Module, ctx: PassCtx) -> None:
        worker = _Worker(module, self.max_depth)
        try:
            functions = worker.reachable()
        except _TooDeep as found:
            ctx.sink.add(InstantiationTooDeep(ctx.span_of(found.loc), found.function, self.max_depth, found.chain))
            return
        module.functions = functions
        module.impls = []
        ctx.monomorphic = True


class _TooDeep(Exception):
    """The limit was met; carries what the diagnostic needs."""

    def __init__(self, function: str, loc: Loc, chain: tuple[str, ...]) -> None:
        super().__init__(function)
        self.function = function
        self.loc = loc
        self.chain = chain


class _Worker:
    """The work list and what has been made so far."""

    def __init__(self, module: Module, max_depth: int) -> None:
        self._module = module
        self._max_depth = max_depth
        self._generic = dict(module.functions)
        self._instances = Instances(module, self._generic)
        self._observed = observed_params(module.functions.values())
        self._made: dict[str, Function] = {}
        self._todo: list[Function] = []
        self._parent: dict[str, str] = {}
        self._origin: dict[str, str] = {}
        self._current = ""

    def reachable(self) -> dict[str, Function]:
        """All functions that survive, in the order of the module they come from."""
        for name in self._roots():
            self._instance(name, [], NO_LOC)
        while self._todo:
            function = self._todo.pop()
            self._current = function.name
            self._resolve_body(function)
        place = {name: i for i, name in enumerate(self._generic)}
        ordered = sorted(self._made, key=lambda made: place.get(self._origin[made], len(place)))
        return {name: self._made[name] for name in ordered}

    def _roots(self) -> list[str]:
        inits = [const.init for const in self._module.consts]
        if self._module.entry is not None:
            return [self._module.entry, *inits]
        return inits + [f.name for f in self._module.functions.values() if not f.type_params]

    # ---- instances -----------------------------------------------------------------------------

    def _instance(self, origin: str, type_args: list[MTy], loc: Loc) -> str:
        """The name of the instance of a function at these types; makes it if it is new."""
        function = self._generic.get(origin)
        if function is None or len(function.type_params) != len(type_args):
            raise InternalFault(f"{self._current} uses {origin} with {len(type_args)} type arguments")
        if not type_args:
            return self._enter(function, origin, origin)
        args = [self._shared(function, p, ty) for p, ty in zip(function.type_params, type_args, strict=True)]
        self._limit(origin, args, loc)
        name = f"{origin}<{', '.join(map(str, args))}>"
        if name not in self._made:
            copy = clone_function(function, name, dict(zip(function.type_params, args, strict=True)))
            self._parent[name] = self._current
            self._enter(copy, name, origin)
        return name

    def _enter(self, function: Function, name: str, origin: str) -> str:
        if name not in self._made:
            self._made[name] = function
            self._origin[name] = origin
            self._todo.append(function)
        return name

    def _shared(self, function: Function, param: str, ty: MTy) -> MTy:
        """The type itself where it is looked at, else the one that stands for its layout class."""
        if (function.name, param) in self._observed or self._derived_looks_at(function, param):
            return ty
        return CLASS_TYPE[layout_class(ty)]

    def _derived_looks_at(self, function: Function, param: str) -> bool:
        """The same question for a function made after the analysis; it calls nothing generic itself."""
        if function.name in self._module.functions:
            return False
        calls = (i for block in function.blocks for i in block.instrs if isinstance(i, CallTrait))
        return any(param in type_variables(call.self_type) for call in calls)

    def _limit(self, origin: str, args: list[MTy], loc: Loc) -> None:
        if all(_is_small(ty, self._max_depth) for ty in args):
            return
        chain: list[str] = []
        link = self._current
        while link:
            if self._origin.get(link) == origin:
                chain.append(link)
            link = self._parent.get(link, "")
        raise _TooDeep(origin, loc, tuple(reversed(chain))[:3])

    # ---- bodies --------------------------------------------------------------------------------

    def _resolve_body(self, function: Function) -> None:
        for block in function.blocks:
            for index, instr in enumerate(block.instrs):
                match instr:
                    case Call() | MakeClosure():
                        instr.callee = self._instance(instr.callee, instr.type_args, instr.loc)
                        instr.type_args = []
                    case CallTrait():
                        block.instrs[index] = Call(instr.dest, instr.loc, self._method(instr), [], instr.args)
                    case MakeTraitClosure():
                        block.instrs[index] = self._closure(instr)
                    case TypeId():
                        block.instrs[index] = Const(instr.dest, instr.loc, fingerprint(instr.type))
                    case TypeName():
                        block.instrs[index] = Const(instr.dest, instr.loc, type_name(instr.type))

    def _method(self, use: CallTrait | MakeTraitClosure) -> str:
        found = self._instances.find(use.trait, use.trait_args, use.method, use.self_type)
        if found is None:
            raise InternalFault(f"{self._current} needs {use.trait}::{use.method} for {use.self_type}: no instance")
        loc = use.loc if use.loc != NO_LOC else self._made[self._current].loc
        method = self._generic[found.function]
        if method.loc == NO_LOC:  # derived for a tuple or a built-in type: its first use stands for it
            method.loc = loc
        return self._instance(found.function, [*found.type_args, *use.type_args], loc)

    def _closure(self, use: MakeTraitClosure) -> Instr:
        method = self._method(use)
        name = f"{method}$fn"
        if name not in self._made:
            self._made[name] = adapter(self._made[method], name)
            self._origin[name] = name
        return MakeClosure(use.dest, use.loc, name, [], [])


def adapter(function: Function, name: str) -> Function:
    """A closure body without captures that calls `function`, which has no type parameters left."""
    params = [Value(f"p.{i}", p.type) for i, p in enumerate(function.params)]
    result = Value("result", function.result)
    call = Call(result, NO_LOC, function.name, [], list(params))
    body = Block("entry", [], [call], Return(NO_LOC, result))
    return Function(name, [], params, function.result, [body], function.loc, captures=[], is_std=True)


def _is_small(ty: MTy, max_depth: int) -> bool:
    """Whether a type is nested at most `max_depth` deep and has at most MAX_SIZE nodes."""
    work, size = [(ty, 1)], 0
    while work:
        part, depth = work.pop()
        size += 1
        if depth > max_depth or size > MAX_SIZE:
            return False
        match part:
            case Con(_, args):
                work += [(a, depth + 1) for a in args]
            case Fn(params, result):
                work += [(a, depth + 1) for a in (*params, result)]
    return True
