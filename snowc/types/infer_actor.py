"""The primitives of actors: `spawn`, `send`, `link`, `self()`, `receive` (language.md 4.7)."""

from __future__ import annotations

from collections.abc import Sequence

from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.calls import apply, infer_all, value_type
from snowc.types.context import ActorCtx, Cx, handles
from snowc.types.env import Scope
from snowc.types.errors import Role, WrongCount
from snowc.types.errors_actors import (
    CannotSpawn,
    MessageMismatch,
    ReceiveInTerminate,
    ReceiveOutsideActor,
    SelfOutsideActor,
)
from snowc.types.infer_control import Join, infer_arms
from snowc.types.printing import show, show_pair
from snowc.types.ty import ERROR, INT, NEVER, UNIT, Con, Type, Var

_UNTYPED = Con("Pid")
_COUNTS = {"send": 2, "link": 1}


@handles(ast.Spawn)
def infer_primitive(cx: Cx, expr: ast.Spawn, scope: Scope, hint: Type | None) -> tast.TExpr:
    """`spawn(…)`, `send(…)`, `link(…)`"""
    args = expr.args
    if expr.op == "spawn":
        if not args:
            return cx.error(WrongCount(expr.span, "`spawn`", "at least 1", 0, "argument", 1))
        return _spawn(cx, expr.span, args[0], args[1:], scope)
    count = _COUNTS[expr.op]
    if len(args) != count:
        infer_all(cx, args, scope)
        return cx.error(WrongCount(expr.span, f"`{expr.op}`", str(count), len(args), "argument", count))
    return _send(cx, expr.span, args[0], args[1], scope) if expr.op == "send" else _link(cx, expr, scope)


# ---- spawn -------------------------------------------------------------------------------------


def _spawn(cx: Cx, span: Span, body: ast.Expr, args: Sequence[ast.Expr], scope: Scope) -> tast.TExpr:
    """The arguments are those of the body; the pid is what the body's type says that it gives."""
    fn = cx.infer(body, scope)
    ty = cx.head(fn.type)
    if isinstance(ty, Con):
        infer_all(cx, args, scope)
        if ty in (ERROR, NEVER):
            return tast.ErrorNode(span, ERROR)
        return cx.error(CannotSpawn(fn.span, show(ty)))
    what = f"`{body.name}`" if isinstance(body, ast.Var) else "the spawned function"
    call = apply(cx, span, what, fn, args, scope)
    if not isinstance(call, tast.Call):
        return call
    pid = _pid_type(cx, call.type)
    if pid is None:
        return cx.error(CannotSpawn(fn.span, show(ty), is_function=True))
    return tast.Spawn(span, pid, fn, call.args)


def _pid_type(cx: Cx, result: Type) -> Type | None:
    """The result of a function to be spawned as a pid; one that is still unknown becomes one."""
    head = cx.head(result)
    if isinstance(head, Con):
        return head if head.name in ("Pid", "<error>") else _UNTYPED if head == NEVER else None
    pid = Con("Pid", (cx.fresh(),))
    return pid if isinstance(head, Var) and cx.u.unify(head, pid) else None


# ---- send and link -----------------------------------------------------------------------------


def _send(cx: Cx, span: Span, target: ast.Expr, message: ast.Expr, scope: Scope) -> tast.TExpr:
    pid = cx.infer(target, scope)
    head = cx.head(pid.type)
    if isinstance(head, Con) and head.name == "Pid" and head.args:
        return _send_typed(cx, span, pid, head.args[0], message, scope)
    sent = cx.infer(message, scope)
    if isinstance(head, Con) and head.name == "Tuple" and len(head.args) == 2:
        return cx.unsupported(target.span, "`send` to a name on a node")
    if isinstance(head, Var) and head.rigid is None:
        cx.expect(pid.span, Con("Pid", (value_type(cx, sent.type),)), head, lambda: _receiver("send"))
    else:
        _expect_pid(cx, pid, head, "send")
    return tast.Send(span, UNIT, pid, sent)


def _send_typed(
    cx: Cx, span: Span, pid: tast.TExpr, accepted: Type, message: ast.Expr, scope: Scope
) -> tast.TExpr:
    sent = cx.infer(message, scope, accepted)
    if not cx.u.unify(accepted, sent.type):
        return cx.error(MessageMismatch(sent.span, *show_pair(accepted, sent.type)))
    return tast.Send(span, UNIT, pid, sent)


def _receiver(primitive: str) -> Role:
    return Role(f"the process of `{primitive}`")


def _expect_pid(cx: Cx, pid: tast.TExpr, head: Type, primitive: str) -> bool:
    """Anything that holds a pid: a Pid of any type, or an Int."""
    if isinstance(head, Con) and head.name in ("Pid", "Int", "<error>", "Never"):
        return True
    cx.mismatch(pid.span, _UNTYPED, head, _receiver(primitive))
    return False


def _link(cx: Cx, expr: ast.Spawn, scope: Scope) -> tast.TExpr:
    pid = cx.infer(expr.args[0], scope)
    head = cx.head(pid.type)
    if isinstance(head, Var) and head.rigid is None:
        cx.u.unify(head, Con("Pid", (cx.fresh(),)))
    elif not _expect_pid(cx, pid, head, "link"):
        return tast.ErrorNode(expr.span, ERROR)
    return cx.unsupported(expr.span, "`link`")


# ---- self and receive --------------------------------------------------------------------------


def _actor_here(cx: Cx) -> ActorCtx | None:
    return cx.fn.actor if cx.fn is not None else None


@handles(ast.SelfCall)
def infer_self_call(cx: Cx, expr: ast.SelfCall, scope: Scope, hint: Type | None) -> tast.TExpr:
    """`self()`: of the actor around it, closures of it included."""
    actor = _actor_here(cx)
    if actor is None:
        return cx.error(SelfOutsideActor(expr.span))
    return tast.SelfPid(expr.span, Con("Pid", (actor.message,)))


@handles(ast.Receive)
def infer_receive(cx: Cx, expr: ast.Receive, scope: Scope, hint: Type | None) -> tast.TExpr:
    """The patterns are of the actor's message type; the values of all arms and of `after` meet."""
    actor = _actor_here(cx)
    if actor is None:
        return cx.error(ReceiveOutsideActor(expr.span))
    if actor.terminating:
        return cx.error(ReceiveInTerminate(expr.span))
    for arm in expr.arms:
        if isinstance(arm.pattern, ast.CtorPat) and arm.pattern.qualifier is not None:
            if arm.pattern.qualifier.text == "Signal":
                return cx.unsupported(arm.pattern.span, "a `Signal` pattern")
    timeout = None
    if expr.after is not None:
        timeout = cx.infer(expr.after[0], scope, INT)
        cx.expect(timeout.span, INT, timeout.type, lambda: Role("time limit of `receive`"))
    join = Join(cx, "all arms of `receive` must have one type")
    arms = infer_arms(cx, expr.arms, actor.message, join, scope, hint)
    after = None
    if expr.after is not None:
        after = cx.infer(expr.after[1], scope, join.type if join.first else hint)
        join.add(after, expr.after[1])
    message = tast.Local("message", actor.message, expr.span)
    taken = tast.LocalRef(expr.span, message.type, message)
    match = tast.Match(expr.span, join.type, "receive", [taken], arms)
    return tast.Receive(expr.span, join.type, actor.entity.name, message, match, timeout, after)
