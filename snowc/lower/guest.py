"""Whether code of an actor runs in a process of its kind, and which actors do not care.

The code of an actor may get into another process: in a closure that is sent, or by calling the actor as
a value. If that process accepts other messages, receiving would misread them, so it panics instead.
"""

from __future__ import annotations

from snowc.lower.captures import pattern_locals
from snowc.lower.context import FnContext, Program
from snowc.lower.mirtypes import lower_type
from snowc.match.walk import walk
from snowc.mir import ir
from snowc.mir.builtin_names import map_builtin_name
from snowc.mir.types import BOOL, INT
from snowc.types.tast import FnDecl, LocalRef, Receive
from snowc.types.ty import Fn, Type, Var, prune

WRONG_PROCESS = "receive in a process that accepts other messages"


def require_own_process(fx: FnContext, actor: FnDecl) -> None:
    """Panic unless the process that runs accepts the messages of `actor`."""
    if accepts_all(fx.program, actor):
        return
    assert actor.message is not None
    number = fx.b.emit(ir.TypeId(fx.b.new_value(INT), fx.b.loc, lower_type(actor.message)))
    own, foreign = fx.b.new_block("own"), fx.b.new_block("foreign")
    fx.b.branch(fx.b.call_extern(map_builtin_name("__actor_accepts"), [], [number], BOOL), own, foreign)
    fx.b.enter(foreign)
    fx.b.panic(WRONG_PROCESS)
    fx.b.enter(own)


def accepts_all(program: Program, actor: FnDecl) -> bool:
    """Whether an actor takes messages of every type: its own is open and it looks at none of them."""
    known = program.blind_actors.get(actor)
    if known is None:
        known = program.blind_actors[actor] = _is_open(actor) and not _uses_messages(actor)
    return known


def _is_open(actor: FnDecl) -> bool:
    message = None if actor.message is None else prune(actor.message)
    if not isinstance(message, Var) or any(prune(pred.type) is message for pred in actor.preds):
        return False
    return not any(_mentions(param.type, message) for param in actor.params)


def _mentions(ty: Type, var: Var) -> bool:
    stack = [ty]
    while stack:
        part = prune(stack.pop())
        if part is var:
            return True
        if isinstance(part, Fn):
            stack += (*part.params, part.result)
        else:
            stack += getattr(part, "args", ())
    return False


def _uses_messages(actor: FnDecl) -> bool:
    """Whether a variable of some `receive` pattern is read; without a receive nothing is."""
    bound = set()
    read = set()
    for expr in walk(actor.body):
        if isinstance(expr, Receive):
            bound |= {local for arm in expr.match.arms for p in arm.patterns for local in pattern_locals(p)}
        elif isinstance(expr, LocalRef):
            read.add(expr.local)
    return bool(bound & read)
