"""Functions of the library that take more than a type scheme can say (concurrency.md 12, 15, network.md (c)).

Where a Pid may also be an Int that holds one, as nodes hand them out, and where the arguments of an actor
follow. Their rows in `later.py` give the fixed part.
"""

from __future__ import annotations

from collections.abc import Sequence

from snowc.source.span import Span
from snowc.types import tast
from snowc.types.builtins import builtin_schemes
from snowc.types.calls import apply
from snowc.types.context import Cx
from snowc.types.env import Scope
from snowc.types.errors import Role
from snowc.types.errors_actors import CannotSpawn
from snowc.types.generalise import instantiate
from snowc.types.later import LATER_KEYS
from snowc.types.pending import Macro
from snowc.types.printing import show
from snowc.types.ty import ERROR, Con, Fn, Type, Var

_PID = Con("Pid")


class Function:
    """One of these functions, at one place of use."""

    def __init__(self, key: str, span: Span, ty: Fn) -> None:
        self.key = key
        self.name = LATER_KEYS[key]
        self.span = span
        self.params = ty.params
        self.result = ty.result

    def role(self, index: int) -> Role:
        return Role(f"argument {index + 1} of `{self.name}`")


def use_process_function(cx: Cx, key: str, span: Span, arity: int | None) -> tast.TExpr:
    """The function as the callee of a call with `arity` arguments, or as a value of its plain type."""
    ty, _ = instantiate(cx, builtin_schemes(cx.env, key)[0])
    assert isinstance(ty, Fn)
    fn = Function(key, span, ty)
    if arity is None:
        return tast.Later(span, ty, f"`{fn.name}`", [])
    count = len(ty.params) + _LEAST_MORE.get(key, 0)
    return Macro(span, ERROR, fn.name, count, lambda args, at: _call(cx, fn, args, at), key in _VARIADIC)


def _call(cx: Cx, fn: Function, args: list[tast.TExpr], span: Span) -> tast.TExpr:
    for index, (arg, param) in enumerate(zip(args, fn.params, strict=False)):
        if not _fits(cx, fn, param, arg):
            cx.mismatch(arg.span, param, arg.type, fn.role(index))
    if fn.key in _SPAWNING and not _spawns(cx, args[1], args[2:], span):
        return tast.ErrorNode(span, ERROR)
    return tast.Call(span, fn.result, tast.Later(fn.span, Fn(fn.params, fn.result), f"`{fn.name}`", []), args)


def _fits(cx: Cx, fn: Function, param: Type, arg: tast.TExpr) -> bool:
    """As for any function, except that an Int holds a pid where the table says so."""
    head = cx.head(arg.type)
    if param == _PID and fn.key in _TAKES_INT and isinstance(head, Con) and head.name == "Int":
        return True
    return cx.u.unify(param, arg.type)


def _spawns(cx: Cx, actor: tast.TExpr, args: Sequence[tast.TExpr], span: Span) -> bool:
    """Whether `actor` can be started with these arguments; if not, it has been reported."""
    ty = cx.head(actor.type)
    if isinstance(ty, Con) and ty.name not in ("<error>", "Never"):
        cx.report(CannotSpawn(actor.span, show(ty)))
        return False
    call = apply(cx, span, "the actor", actor, args, Scope())
    result = cx.head(call.type)
    if isinstance(result, Var):
        return cx.u.unify(result, Con("Pid", (cx.fresh(),)))
    if isinstance(result, Con) and result.name in ("Pid", "<error>", "Never"):
        return True
    cx.report(CannotSpawn(actor.span, show(ty), is_function=True))
    return False


_TAKES_INT = frozenset({"process_monitor", "process_unlink", "global_register"})
_SPAWNING = frozenset({"node_spawn", "node_spawn_link", "node_spawn_pid"})
_VARIADIC = _SPAWNING | {"supervisor_start_child"}
_LEAST_MORE = dict.fromkeys(_SPAWNING, 1)
"""Arguments that must follow those of the type: the actor."""

PROCESS_FUNCTIONS = _TAKES_INT | _VARIADIC
