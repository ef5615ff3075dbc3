"""Applying a function to arguments: left to right, each against the parameter type known by then."""

from __future__ import annotations

from collections.abc import Sequence

from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.builtins import builtin_schemes
from snowc.types.context import Cx
from snowc.types.env import Scope
from snowc.types.errors import NotCallable, Role, WrongCount
from snowc.types.pending import Macro
from snowc.types.printing import show
from snowc.types.ty import ERROR, NEVER, Con, Fn, Type, Var, prune

Arg = tast.TExpr | ast.Expr
"""An argument may have been typed already: receivers of method calls."""


def infer_arg(cx: Cx, arg: Arg, scope: Scope, hint: Type | None) -> tast.TExpr:
    return arg if isinstance(arg, tast.TExpr) else cx.infer(arg, scope, hint)


def infer_all(cx: Cx, args: Sequence[Arg], scope: Scope) -> list[tast.TExpr]:
    """The arguments on their own, when there is no function type to check them against."""
    return [infer_arg(cx, a, scope, None) for a in args]


def apply(
    cx: Cx, span: Span, what: str, fn: tast.TExpr, args: Sequence[Arg], scope: Scope, hidden: int = 0
) -> tast.TExpr:
    """The call of `fn`. `what` names it in messages; `hidden` leading arguments are not counted there."""
    if isinstance(fn, Macro):
        return _apply_macro(cx, span, what, fn, infer_all(cx, args, scope))
    ty = cx.head(fn.type)
    if isinstance(ty, Fn):
        return _apply_fn(cx, span, what, fn, ty, args, scope, hidden)
    typed = infer_all(cx, args, scope)
    if isinstance(ty, Var) and ty.rigid is None:
        params = tuple([value_type(cx, a.type) for a in typed])
        result = cx.fresh()
        cx.expect(span, ty, Fn(params, result), lambda: Role(f"the call of {what}"))
        return tast.Call(span, result, fn, typed)
    if isinstance(ty, Con) and ty in (ERROR, NEVER):
        return tast.ErrorNode(span, ERROR)
    return cx.error(NotCallable(fn.span, show(ty)))


def _apply_macro(cx: Cx, span: Span, what: str, fn: Macro, args: list[tast.TExpr]) -> tast.TExpr:
    if len(args) < fn.arity or (len(args) > fn.arity and not fn.more):
        counts = f"at least {fn.arity}" if fn.more else str(fn.arity)
        return cx.error(WrongCount(span, what, counts, len(args), "argument", fn.arity))
    return fn.build(args, span)


def _apply_fn(
    cx: Cx, span: Span, what: str, fn: tast.TExpr, ty: Fn, args: Sequence[Arg], scope: Scope, hidden: int
) -> tast.TExpr:
    count = len(ty.params)
    if len(args) != count:
        infer_all(cx, args, scope)
        wanted, given = count - hidden, len(args) - hidden
        counts = _overloads(cx, fn) or str(wanted)
        shown = show(ty)
        return cx.error(
            WrongCount(span, what, counts, given, "argument", wanted, None if ERROR.name in shown else shown)
        )
    typed: list[tast.TExpr] = []
    for index, (arg, param) in enumerate(zip(args, ty.params, strict=True)):
        value = infer_arg(cx, arg, scope, param)
        typed.append(value)
        if not cx.u.unify(param, value.type):
            cx.mismatch(value.span, param, value.type, _argument(what, fn, index - hidden))
    return tast.Call(span, ty.result, fn, typed)


def _overloads(cx: Cx, fn: tast.TExpr) -> str | None:
    """`4 or 6`, for a function of the table with several numbers of parameters."""
    if not isinstance(fn, tast.BuiltinFn):
        return None
    counts = {len(s.type.params) for s in builtin_schemes(cx.env, fn.key) if isinstance(s.type, Fn)}
    return " or ".join(map(str, sorted(counts))) if len(counts) > 1 else None


def _argument(what: str, fn: tast.TExpr, index: int) -> Role:
    advice = None
    if isinstance(fn, tast.BuiltinFn) and fn.key in ("println", "print"):
        advice = 'use to_string() or "${…}"'
    name = f"argument {index + 1} of {what}" if index >= 0 else f"the receiver of {what}"
    return Role(name, advice=advice)


def value_type(cx: Cx, ty: Type) -> Type:
    """The type of a value that an expression of type `ty` gives: anything, if it never gives one."""
    head = prune(ty)
    return cx.fresh() if isinstance(head, Con) and head.name == "Never" else head
