"""The primitives of actors: `spawn`, `send`, `link`, `self()`, `receive` (language.md 4.7)."""

from __future__ import annotations

from collections.abc import Sequence

from snowc.diag.core import Label
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.calls import Arg, apply, infer_all, infer_arg, value_type
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
from snowc.types.errors_processes import ServiceSpawned
from snowc.types.infer_control import Join, infer_arm
from snowc.types.printing import show, show_pair
from snowc.types.resolve_types import find_type
from snowc.types.services_use import service_named
from snowc.types.ty import ERROR, INT, NEVER, STRING, UNIT, Con, Fn, Type, Var, tuple_of

SIGNAL = Con("Signal")
_UNTYPED = Con("Pid")
_COUNTS = {"send": 2, "link": 1}


@handles(ast.Spawn)
def infer_primitive(cx: Cx, expr: ast.Spawn, scope: Scope, hint: Type | None) -> tast.TExpr:
    """`spawn(…)`, `send(…)`, `link(…)`"""
    args = expr.args
    if expr.op == "spawn":
        return _spawn(cx, expr.span, "spawn", args, scope)
    count = _COUNTS[expr.op]
    if len(args) != count:
        infer_all(cx, args, scope)
        return cx.error(WrongCount(expr.span, f"`{expr.op}`", str(count), len(args), "argument", count))
    return _send(cx, expr.span, args[0], args[1], scope) if expr.op == "send" else _link(cx, expr, scope)


# ---- spawn -------------------------------------------------------------------------------------


def spawn_variant(cx: Cx, span: Span, callee: ast.Var, args: Sequence[Arg], scope: Scope) -> tast.TExpr:
    """`spawn_link(…)`, and `spawn_monitor(…)`, which gives the reference of the monitor too."""
    spawned = _spawn(cx, span, callee.name, args, scope)
    if isinstance(spawned, tast.ErrorNode):
        return spawned
    ty = tuple_of(spawned.type, INT) if callee.name == "spawn_monitor" else spawned.type
    return tast.Later(callee.span, ty, f"`{callee.name}`", [spawned])


def _spawn(cx: Cx, span: Span, primitive: str, given: Sequence[Arg], scope: Scope) -> tast.TExpr:
    """The arguments are those of the body; the pid is what the body's type says that it gives."""
    if not given:
        return cx.error(WrongCount(span, f"`{primitive}`", "at least 1", 0, "argument", 1))
    body, args = given[0], given[1:]
    service = service_named(cx, body, scope)
    if service is not None:
        infer_all(cx, args, scope)
        return cx.error(ServiceSpawned(body.span, service.short))
    fn = infer_arg(cx, body, scope, None)
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
        place = _receiver("send")
        cx.expect(pid.span, tuple_of(STRING, STRING), head, lambda: place)
        return tast.Later(pid.span, UNIT, "`send` to a name on a node", [pid, sent])
    if isinstance(head, Var) and head.rigid is None:
        cx.expect(pid.span, Con("Pid", (value_type(cx, sent.type),)), head, lambda: _receiver("send"))
    else:
        _expect_pid(cx, pid, head, "send")
    return tast.Send(span, UNIT, pid, sent)


def _send_typed(cx: Cx, span: Span, pid: tast.TExpr, accepted: Type, message: ast.Expr, scope: Scope) -> tast.TExpr:
    sent = cx.infer(message, scope, accepted)
    if not cx.u.unify(accepted, sent.type):
        return cx.error(MessageMismatch(sent.span, *show_pair(accepted, sent.type)))
    return tast.Send(span, UNIT, pid, sent)


def _receiver(primitive: str, advice: str | None = None) -> Role:
    return Role(f"the process of `{primitive}`", advice=advice)


def _expect_pid(cx: Cx, pid: tast.TExpr, head: Type, primitive: str) -> bool:
    """Anything that holds a pid: a Pid of any type, or an Int."""
    if isinstance(head, Con) and head.name in ("Pid", "Int", "<error>", "Never"):
        return True
    advice = "spawn it first: `spawn` gives the Pid" if isinstance(head, Fn) else None
    cx.mismatch(pid.span, _UNTYPED, head, _receiver(primitive, advice))
    return False


def _link(cx: Cx, expr: ast.Spawn, scope: Scope) -> tast.TExpr:
    pid = cx.infer(expr.args[0], scope)
    head = cx.head(pid.type)
    if isinstance(head, Var) and head.rigid is None:
        cx.u.unify(head, Con("Pid", (cx.fresh(),)))
    elif not _expect_pid(cx, pid, head, "link"):
        return tast.ErrorNode(expr.span, ERROR)
    return tast.Later(expr.span, UNIT, "`link`", [pid])


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
    timeout = None
    if expr.after is not None:
        timeout = cx.infer(expr.after[0], scope, INT)
        cx.expect(timeout.span, INT, timeout.type, lambda: Role("time limit of `receive`"))
    join = Join(cx, "all arms of `receive` must have one type")
    arms, signals = _infer_arms(cx, expr, actor, join, scope, hint)
    after = None
    if expr.after is not None:
        after = cx.infer(expr.after[1], scope, join.type if join.first else hint)
        join.add(after, expr.after[1])
    message = tast.Local("message", actor.message, expr.span)
    match = _match(expr.span, join, "receive", message, arms)
    received = tast.Receive(expr.span, join.type, actor.entity.name, message, match, timeout, after)
    if not signals:
        return received
    signal = tast.Local("signal", SIGNAL, expr.span)
    parts: list[tast.TExpr] = [_match(expr.span, join, "signal", signal, signals), received]
    return tast.Later(signals[0].patterns[0].span, join.type, "a `Signal` pattern", parts)


def _match(span: Span, join: Join, kind: str, taken: tast.Local, arms: list[tast.MatchArm]) -> tast.Match:
    return tast.Match(span, join.type, kind, [tast.LocalRef(span, taken.type, taken)], arms)


def _infer_arms(
    cx: Cx, expr: ast.Receive, actor: ActorCtx, join: Join, scope: Scope, hint: Type | None
) -> tuple[list[tast.MatchArm], list[tast.MatchArm]]:
    """The arms for messages, and those for signals, which say nothing of what messages are like."""
    arms: list[tast.MatchArm] = []
    signals: list[tast.MatchArm] = []
    for arm in expr.arms:
        if _is_signal(cx, arm.pattern):
            signals.append(infer_arm(cx, arm, SIGNAL, join, scope, hint))
        else:
            arms.append(infer_arm(cx, arm, actor.message, join, scope, hint, lambda what: _message_role(actor, what)))
            if actor.decided is None and not isinstance(cx.head(actor.message), Var):
                actor.decided = arm.pattern.span
    return arms, signals


def _message_role(actor: ActorCtx, what: str) -> Role:
    """Why a pattern must fit the messages of an actor."""
    places = () if actor.decided is None else (Label(actor.decided, f"this arm takes {show(actor.message)}"),)
    advice = "an actor takes messages of one type: declare a sum type with a variant for each kind of message"
    return Role(f"{what} for a message of `{actor.entity.short}`", places, advice)


def _is_signal(cx: Cx, pattern: ast.Pattern) -> bool:
    """Whether a pattern is for the built-in `Signal`, which is always written out; a program may have its own."""
    while isinstance(pattern, ast.AsPat | ast.OrPat):
        pattern = pattern.pattern if isinstance(pattern, ast.AsPat) else pattern.alternatives[0]
    if not isinstance(pattern, ast.CtorPat) or pattern.qualifier is None or pattern.qualifier.text != SIGNAL.name:
        return False
    return find_type(cx, cx.module, SIGNAL.name) is cx.env.std_types.get(SIGNAL.name)
