"""Actors: starting processes, sending, receiving, and who may receive what.

An actor is a function of its parameters. `spawn` evaluates them and hands over a closure that holds them
and calls that function. Every send carries the fingerprint of its type, which is compared with what the
receiving process accepts, because a pid's type may have been forgotten and assumed anew on its way.
Likewise code that receives, outside the function of its own actor, asks first which process it runs in:
closures travel.
"""

from __future__ import annotations

from snowc.lower.calls import call_builtin
from snowc.lower.closures import Adapter, adapt, typed
from snowc.lower.context import Dest, FnContext
from snowc.lower.guest import accepts_all, require_own_process
from snowc.lower.match import lower_match
from snowc.lower.mirtypes import lower_type
from snowc.lower.resting import rests
from snowc.mir import ir
from snowc.mir.fingerprint import ANY_MESSAGE
from snowc.mir.types import BOOL, INT, NEVER, PID, STRING, UNIT, Fn, MTy, TVar
from snowc.types.tast import FnDecl, GlobalFn, Lit, Match, MatchArm, PWild, Receive, SelfPid, Send, Spawn
from snowc.types.ty import UNIT as UNIT_TYPE
from snowc.types.ty import Con, Type, prune

FOR_EVER = -1
NO_NAME = "fn"
"""What a process is called whose body is no named function."""


# ---- spawn -------------------------------------------------------------------------------------


def lower_spawn(fx: FnContext, expr: Spawn) -> ir.Value:
    actor = _actor(fx, expr)
    if actor is None:
        body = _value_body(fx, expr)
        return _start(fx, body, _label(expr), _accepted(expr.type))
    args = [fx.value(arg) for arg in expr.args]
    assert isinstance(expr.fn, GlobalFn)
    type_args = [fx.ty(t, expr.span) for t in expr.fn.type_args]
    message: Type | None = _accepted(expr.type)
    if accepts_all(fx.program, actor):
        message = None
    return _start(fx, _actor_body(fx, actor, type_args, args), _label(expr), message)


def _actor(fx: FnContext, expr: Spawn) -> FnDecl | None:
    """The actor that is started by its name."""
    decl = fx.program.functions.get(expr.fn.name) if isinstance(expr.fn, GlobalFn) else None
    return decl if decl is not None and decl.message is not None else None


def _label(expr: Spawn) -> str:
    return expr.fn.name.rpartition(".")[2] if isinstance(expr.fn, GlobalFn) else NO_NAME


def _accepted(pid: Type) -> Type | None:
    """What the type of the new pid says of its messages; None for anything."""
    head = prune(pid)
    return head.args[0] if isinstance(head, Con) and head.args else None


def _actor_body(fx: FnContext, actor: FnDecl, type_args: list[MTy], args: list[ir.Value]) -> ir.Value:
    """A closure over the arguments that runs the actor."""
    own: list[MTy] = [TVar(p) for p in actor.type_params]
    adapter = Adapter(("spawn", actor.name), actor.name, actor.type_params, [], UNIT, typed(actor.params))
    name = adapt(fx, adapter, lambda inner, captured: inner.b.call(actor.name, own, captured, UNIT))
    return fx.b.make_closure(name, type_args, args, Fn((), UNIT))


def _value_body(fx: FnContext, expr: Spawn) -> ir.Value:
    """A closure over a function value and its arguments that calls it and forgets the result."""
    fn = fx.value(expr.fn)
    args = [fx.value(arg) for arg in expr.args]
    ty = fx.ty(expr.fn.type, expr.fn.span)
    if not isinstance(ty, Fn):
        return fn
    type_params = list(fx.type_params)
    captures = [("body", ty), *((f"a{i}", param) for i, param in enumerate(ty.params))]
    adapter = Adapter(("spawn", ty, tuple(type_params)), "spawn", type_params, [], UNIT, captures)

    def run(inner: FnContext, captured: list[ir.Value]) -> ir.Value:
        inner.b.call_closure(captured[0], captured[1:], ty.result)
        return inner.b.unit()

    name = adapt(fx, adapter, run)
    return fx.b.make_closure(name, [TVar(p) for p in type_params], [fn, *args], Fn((), UNIT))


def _start(fx: FnContext, body: ir.Value, label: str, message: Type | None) -> ir.Value:
    name = fx.b.const(label, STRING)
    if message is None:
        identity = [fx.b.integer(ANY_MESSAGE), fx.b.const("anything", STRING)]
    else:
        identity = _identity(fx, lower_type(message))
    return call_builtin(fx, "__actor_spawn", [body, name, *identity], PID)


def _identity(fx: FnContext, message: MTy) -> list[ir.Value]:
    """Fingerprint and name of a type of messages."""
    number = fx.b.emit(ir.TypeId(fx.b.new_value(INT), fx.b.loc, message))
    return [number, fx.b.emit(ir.TypeName(fx.b.new_value(STRING), fx.b.loc, message))]


# ---- send and self -----------------------------------------------------------------------------


def lower_send(fx: FnContext, expr: Send) -> ir.Value:
    pid, message = fx.value(expr.pid), fx.value(expr.message)
    if pid.type == INT:
        pid = fx.b.prim("i_to_pid", pid)
    return call_builtin(fx, "__actor_send_untyped", [pid, message, *_identity(fx, message.type)], UNIT)


def lower_self_pid(fx: FnContext, expr: SelfPid) -> ir.Value:
    return call_builtin(fx, "__actor_self", [], PID)


# ---- receive -----------------------------------------------------------------------------------


def lower_receive(fx: FnContext, expr: Receive, dest: Dest) -> None:
    actor = fx.program.functions[expr.actor]
    if fx.name != actor.name:
        require_own_process(fx, actor)
    elif rests(actor, expr):
        _rest_if_crowded(fx, actor)
    timeout = fx.b.integer(FOR_EVER) if expr.timeout is None else fx.value(expr.timeout)
    found = call_builtin(fx, "__actor_receive", [timeout], BOOL)
    if expr.after is not None:
        taken, late = fx.b.new_block("taken"), fx.b.new_block("late")
        fx.b.branch(found, taken, late)
        if fx.b.enter(late):
            fx.into(expr.after, dest)
        if not fx.b.enter(taken):
            return
    if accepts_all(fx.program, actor):
        lower_match(fx, _blind(expr.match), dest)
        return
    ty = fx.ty(expr.message.type, expr.span)
    fx.bind(expr.message, call_builtin(fx, "__actor_message", [], ty, [ty]))
    lower_match(fx, expr.match, dest)


def _rest_if_crowded(fx: FnContext, actor: FnDecl) -> None:
    """Where only the parameters are alive, a process that waits can do without a stack and begin anew."""
    rest, receive = fx.b.new_block("rest"), fx.b.new_block("receive")
    fx.b.branch(call_builtin(fx, "__actor_may_rest", [], BOOL), rest, receive)
    if fx.b.enter(rest):
        again = _actor_body(fx, actor, [TVar(p) for p in actor.type_params], [fx.env[p] for p in actor.params])
        call_builtin(fx, "__actor_rest", [again], NEVER)
    fx.b.enter(receive)


def _blind(match: Match) -> Match:
    """The same arms for a message that nobody looks at; it stays where it is, and the core discards it."""
    nothing = Lit(match.span, UNIT_TYPE, None)
    arms = [MatchArm(arm.span, [PWild(arm.span, UNIT_TYPE)], arm.guard, arm.body) for arm in match.arms]
    return Match(match.span, match.type, match.kind, [nothing], arms)
