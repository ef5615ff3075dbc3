"""Calls, pipes and trailing closures (language.md 5.6, 5.7)."""

from __future__ import annotations

from snowc.syntax import ast
from snowc.types import tast
from snowc.types.actors import call_process
from snowc.types.builtins import SPAWN_VARIANTS
from snowc.types.calls import Arg, apply, infer_all
from snowc.types.context import Cx, handles
from snowc.types.env import CtorEntity, FnEntity, MethodEntity, Scope
from snowc.types.errors import NotCallable, WrongCount
from snowc.types.infer_actor import spawn_variant
from snowc.types.infer_dot import call_dot
from snowc.types.infer_member import call_member
from snowc.types.infer_names import infer_var, value_named
from snowc.types.printing import show
from snowc.types.ty import BOOL, RANGE, Fn, Type
from snowc.types.use import ctor_type, use_value

_GIVES_BOOL = frozenset({"==", "!=", "<", ">", "<=", ">=", "and", "or"})


@handles(ast.Call)
def infer_call(cx: Cx, expr: ast.Call, scope: Scope, hint: Type | None) -> tast.TExpr:
    """A call; a trailing closure is its last argument."""
    args: list[Arg] = [*expr.args]
    if expr.trailing is not None:
        args.append(expr.trailing)
    callee = expr.callee
    if isinstance(callee, ast.Dot):
        made = call_dot(cx, callee, args, scope, expr.span)
    elif isinstance(callee, ast.Var):
        made = _call_name(cx, expr, callee, args, scope)
    else:
        made = apply(cx, expr.span, "this function", cx.infer(callee, scope), args, scope)
    return construct(made)


def _call_name(cx: Cx, expr: ast.Call, callee: ast.Var, args: list[Arg], scope: Scope) -> tast.TExpr:
    value = value_named(cx, callee, scope)
    if value is None and callee.name in SPAWN_VARIANTS:
        return spawn_variant(cx, expr.span, callee, args, scope)
    if value is None:
        infer_all(cx, args, scope)
        return infer_var(cx, callee, scope, None)
    if isinstance(value, MethodEntity) and len(value.owners) > 1 and args:
        # Several interfaces: the receiver's type decides, as for a method call.
        base = cx.infer(args[0], scope) if isinstance(args[0], ast.Expr) else args[0]
        return call_member(cx, base, callee.name, callee.span, args[1:], scope, expr.span)
    if isinstance(value, CtorEntity) and value.variant.fields and len(value.variant.fields) != len(args):
        infer_all(cx, args, scope)
        wanted = len(value.variant.fields)
        fields, made = ctor_type(cx, value)
        ty = show(Fn(tuple(fields), made))
        return cx.error(WrongCount(expr.span, f"`{callee.name}`", str(wanted), len(args), "argument", wanted, ty))
    if isinstance(value, FnEntity) and value.process:
        return call_process(cx, value, callee.span, args, scope, expr.span)
    fn = use_value(cx, value, callee.name, callee.span, len(args))
    return apply(cx, expr.span, f"`{callee.name}`", fn, args, scope)


def construct(made: tast.TExpr) -> tast.TExpr:
    """The call of a constructor is the construction."""
    if isinstance(made, tast.Call) and isinstance(made.fn, tast.CtorFn):
        return tast.Construct(made.span, made.type, made.fn.info, made.fn.variant, made.args)
    return made


@handles(ast.Pipe)
def infer_pipe(cx: Cx, expr: ast.Pipe, scope: Scope, hint: Type | None) -> tast.TExpr:
    """`x |> f(a)` is `f(x, a)`, also below a `?`."""
    if isinstance(expr.right, ast.Binary) and (ty := _never_callable(cx, expr.right, scope)) is not None:
        cx.infer(expr.left, scope)
        return cx.error(NotCallable(expr.right.span, show(ty), expr.right.op))
    return cx.infer(desugar_pipe(expr), scope, hint)


def _never_callable(cx: Cx, right: ast.Binary, scope: Scope) -> Type | None:
    """The type of an operation whose result can be no function; its operands may lack what the pipe should bring."""
    if right.op in _GIVES_BOOL:
        return BOOL
    if right.op == "..":
        return RANGE
    if right.op == "<>" or isinstance(right.right, ast.IntLit | ast.FloatLit):
        return cx.infer(right.right, scope).type
    return None


def desugar_pipe(expr: ast.Pipe) -> ast.Expr:
    """The call that a pipe stands for."""
    right = expr.right
    if isinstance(right, ast.Try):
        inner = desugar_pipe(ast.Pipe(expr.left.span.to(right.operand.span), expr.left, right.operand))
        return ast.Try(expr.span, inner)
    if isinstance(right, ast.Call):
        return ast.Call(expr.span, right.callee, (expr.left, *right.args), right.trailing)
    if isinstance(right, ast.Spawn):
        return ast.Spawn(expr.span, right.op, (expr.left, *right.args))
    return ast.Call(expr.span, right, (expr.left,), None)
