"""Which type parameters of which functions are looked at.

In: generic MIR. Out: for each function the parameters whose exact type matters, because the function
calls a trait's method at a type in which they occur or asks for the identity of such a type, or passes
such a type to a function that looks at it. All others matter by layout class only, and instances are
shared among the types of a class.
"""

from __future__ import annotations

from collections.abc import Iterable

from snowc.mir.ir import Call, CallTrait, Function, MakeClosure, MakeTraitClosure, TypeId, TypeName
from snowc.mir.types import Con, Fn, MTy, TVar

Param = tuple[str, str]
"""A function and one of its type parameters."""


def observed_params(functions: Iterable[Function]) -> set[Param]:
    """The least set that contains every parameter looked at directly or through calls."""
    passed_from: dict[tuple[str, int], list[Param]] = {}
    numbers: dict[Param, int] = {}
    work: list[Param] = []
    for function in functions:
        for number, name in enumerate(function.type_params):
            numbers[function.name, name] = number
        if function.type_params:
            _scan(function, passed_from, work)
    observed: set[Param] = set()
    while work:
        param = work.pop()
        if param not in observed:
            observed.add(param)
            work += passed_from.get((param[0], numbers.get(param, -1)), ())
    return observed


def _scan(function: Function, passed_from: dict[tuple[str, int], list[Param]], seen: list[Param]) -> None:
    """Note what the function looks at itself, and what it passes on."""
    for block in function.blocks:
        for instr in block.instrs:
            match instr:
                case CallTrait() | MakeTraitClosure():
                    for ty in (instr.self_type, *instr.trait_args, *instr.type_args):
                        seen += [(function.name, name) for name in type_variables(ty)]
                case TypeId() | TypeName():
                    seen += [(function.name, name) for name in type_variables(instr.type)]
                case Call() | MakeClosure():
                    for number, ty in enumerate(instr.type_args):
                        users = passed_from.setdefault((instr.callee, number), [])
                        users += [(function.name, name) for name in type_variables(ty)]


def type_variables(ty: MTy) -> list[str]:
    """The type parameters that occur in a type."""
    found: list[str] = []
    work = [ty]
    while work:
        match work.pop():
            case TVar(name):
                found.append(name)
            case Con(_, args):
                work += args
            case Fn(params, result):
                work += (*params, result)
    return found
