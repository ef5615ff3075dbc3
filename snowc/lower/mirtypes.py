"""From the types of inference to MIR types, and the choice of type arguments by comparison.

In: solved types; a type parameter is a `Var` with its `rigid` name. Out: MIR types, where it is the
`TVar` of that name. A pid is a pid, whatever it accepts: the types agree with one another already.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from snowc.lower.faults import LoweringFault
from snowc.mir import types as mir
from snowc.source.span import Span
from snowc.types.ty import Con, Fn, Gen, Type, Var, prune


def lower_type(ty: Type, params: Sequence[str] = (), span: Span | None = None) -> mir.MTy:
    """The MIR type; `params` names the quantified variables of a declaration (`Gen`)."""
    ty = prune(ty)
    match ty:
        case Con("Pid"):
            return mir.PID
        case Con(name, args):
            return mir.Con(name, tuple(lower_type(a, params, span) for a in args))
        case Fn(args, result):
            return mir.Fn(tuple(lower_type(a, params, span) for a in args), lower_type(result, params, span))
        case Gen(index):
            return mir.TVar(params[index])
        case Var(rigid=str(name)):
            return mir.TVar(name)
        case _:
            raise LoweringFault("a type is still open after inference", span)


def infer_type_args(
    params: Sequence[str], pairs: Iterable[tuple[mir.MTy, mir.MTy]], known: Sequence[mir.MTy] = ()
) -> list[mir.MTy]:
    """What `params` stand for, given pairs of a declared type and the type found in its place.

    A parameter that no declared type mentions is taken from `known`, else it is unit.
    """
    env: dict[str, mir.MTy] = {}
    for declared, found in pairs:
        _match(declared, found, frozenset(params), env)
    fallback = dict(zip(params, known, strict=False))
    return [env.get(p, fallback.get(p, mir.UNIT)) for p in params]


def _match(declared: mir.MTy, found: mir.MTy, params: frozenset[str], env: dict[str, mir.MTy]) -> None:
    match declared, found:
        case mir.TVar(name), _ if name in params:
            env.setdefault(name, found)
        case mir.Con(_, left), mir.Con(_, right):
            for a, b in zip(left, right, strict=False):
                _match(a, b, params, env)
        case mir.Fn(left, out), mir.Fn(right, made):
            for a, b in zip((*left, out), (*right, made), strict=False):
                _match(a, b, params, env)
