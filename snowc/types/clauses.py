"""Clauses: parameter lists, guards and bodies of functions, methods and closures.

One clause of plain names becomes parameters and a body; anything else a `Match` over made-up
parameters (language.md 4.1, 5.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from snowc.diag.core import Label
from snowc.source.record import value
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.context import Cx
from snowc.types.env import LocalVar, Scope
from snowc.types.errors import Role
from snowc.types.errors_control import GuardNotBool
from snowc.types.infer_pattern import Binder, infer_pattern
from snowc.types.lookup import find_ctor
from snowc.types.printing import show
from snowc.types.ty import BOOL, Con, Type, prune

ADD_ELSE = "add an `else`: without one, an `if` has type ()"


@value
class ClauseView:
    """What function definitions and closure clauses have in common."""

    span: Span
    params: tuple[ast.Param, ...]
    guard: ast.Expr | None
    body: ast.Expr


def is_plain(cx: Cx, param: ast.Param) -> bool:
    """Whether a parameter is a mere variable or wildcard."""
    pattern = param.pattern
    if isinstance(pattern, ast.WildPat):
        return True
    if not isinstance(pattern, ast.NamePat):
        return False
    return not pattern.name[:1].isupper() or find_ctor(cx, pattern.name) is None


def infer_clauses(
    cx: Cx, clauses: Sequence[ClauseView], param_types: Sequence[Type], result: Type, scope: Scope, kind: str
) -> tuple[list[tast.Local], tast.TExpr]:
    """Parameters and body. `kind` is `fn` or `closure`; every clause body gets the type `result`."""
    first = clauses[0]
    if len(clauses) == 1 and first.guard is None and all(is_plain(cx, p) for p in first.params):
        inner = Scope(scope)
        locals_ = _plain_params(cx, first.params, param_types, inner)
        return locals_, clause_body(cx, first, inner, result)
    locals_ = [_made_up(clauses, i, ty) for i, ty in enumerate(param_types)]
    arms = [_arm(cx, clause, param_types, result, scope) for clause in clauses]
    span = first.span if len(clauses) == 1 else first.span.to(clauses[-1].span)
    scrutinees: list[tast.TExpr] = [tast.LocalRef(local.span, local.type, local) for local in locals_]
    return locals_, tast.Match(span, result, kind, scrutinees, arms)


def _plain_params(cx: Cx, params: Sequence[ast.Param], types: Sequence[Type], scope: Scope) -> list[tast.Local]:
    binder = Binder(scope, "parameter")
    made: list[tast.Local] = []
    for param, ty in zip(params, types, strict=True):
        typed = infer_pattern(cx, param.pattern, ty, binder)
        made.append(typed.local if isinstance(typed, tast.PVar) else tast.Local("_", ty, param.span))
    return made


def _made_up(clauses: Sequence[ClauseView], index: int, ty: Type) -> tast.Local:
    """A parameter to match on, named like the variable of some clause if there is one."""
    for clause in clauses:
        pattern = clause.params[index].pattern
        if isinstance(pattern, ast.NamePat) and not pattern.name[:1].isupper():
            return tast.Local(pattern.name, ty, clauses[0].params[index].span)
    return tast.Local(f"arg{index}", ty, clauses[0].params[index].span)


def _arm(cx: Cx, clause: ClauseView, types: Sequence[Type], result: Type, scope: Scope) -> tast.MatchArm:
    inner = Scope(scope)
    binder = Binder(inner, "parameter")
    patterns = [infer_pattern(cx, p.pattern, t, binder) for p, t in zip(clause.params, types, strict=True)]
    guard = infer_guard(cx, clause.guard, inner)
    return tast.MatchArm(clause.span, patterns, guard, clause_body(cx, clause, inner, result))


def infer_guard(cx: Cx, guard: ast.Expr | None, scope: Scope) -> tast.TExpr | None:
    """A guard, which must be Bool."""
    if guard is None:
        return None
    typed = cx.infer(guard, scope)
    if not cx.u.unify(BOOL, typed.type):
        cx.report(GuardNotBool(typed.span, show(typed.type)))
    return typed


def clause_body(cx: Cx, clause: ClauseView, scope: Scope, result: Type) -> tast.TExpr:
    """The body, whose value is the function's result."""
    body = cx.infer(clause.body, scope, result)
    if not cx.u.unify(result, body.type):
        role = result_role(cx)
        if open_if(clause.body):
            role = replace(role, advice=ADD_ELSE)
        cx.mismatch(value_span(clause.body), result, body.type, role)
    return body


def result_role(cx: Cx) -> Role:
    """Why a value must have the result type of the function at hand."""
    fn = cx.fn
    assert fn is not None
    what = "result of the closure" if fn.is_closure else f"result of `{fn.short}`"
    if fn.result_span is None:
        return Role(what, advice=fn.result_help)
    return Role(what, (Label(fn.result_span, "expected by the declared result"),))


def value_span(expr: ast.Expr) -> Span:
    """The place of the value of an expression: the last statement of a block."""
    return _value(expr).span


def open_if(expr: ast.Expr) -> bool:
    """Whether the value of an expression is that of an `if` without `else`, thus ()."""
    last = _value(expr)
    while isinstance(last, ast.If):
        if last.otherwise is None:
            return True
        last = last.otherwise
    return False


def _value(expr: ast.Expr) -> ast.Stmt:
    while isinstance(expr, ast.Block) and expr.stmts:
        last = expr.stmts[-1]
        if isinstance(last, ast.Let):
            return last.value
        if not isinstance(last, ast.Expr):
            return last
        expr = last
    return expr


def is_never(ty: Type) -> bool:
    head = prune(ty)
    return isinstance(head, Con) and head.name == "Never"


def bind_local(scope: Scope, local: tast.Local) -> None:
    """Make a variable visible."""
    scope.names[local.name] = LocalVar(local)
