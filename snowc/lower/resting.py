"""Where an actor may wait without a stack.

A process that waits at the very beginning of its actor needs nothing but the actor's parameters to go on: it can
give its stack back and begin anew. That holds only while nothing else is on the stack, so the actor must call
itself in tail position only, which makes those calls jumps; code that calls it otherwise marks the process.
"""

from __future__ import annotations

from collections.abc import Iterator

from snowc.match.walk import walk
from snowc.types.tast import Block, Call, FnDecl, GlobalFn, If, Lit, Match, Receive, Return, TExpr


def rests(actor: FnDecl, receive: Receive) -> bool:
    """Whether a process may rest at this receive, which is in the actor's own function."""
    return receive.timeout is None and _first(actor.body) is receive and _only_tail_calls(actor)


def _first(expr: TExpr) -> TExpr:
    while isinstance(expr, Block) and expr.stmts:
        expr = expr.stmts[0]
    return expr


def _only_tail_calls(actor: FnDecl) -> bool:
    tail = {id(expr) for expr in _tails(actor.body)}
    return all(id(expr) in tail for expr in walk(actor.body) if _is_call_of(actor, expr))


def _is_call_of(actor: FnDecl, expr: TExpr) -> bool:
    return isinstance(expr, Call) and isinstance(expr.fn, GlobalFn) and expr.fn.name == actor.name


def _tails(expr: TExpr) -> Iterator[TExpr]:
    """The expressions whose value is that of the function."""
    stack: list[TExpr | None] = [expr]
    while stack:
        match stack.pop():
            case Block(stmts=[*_, effect, Lit(value=None)]):  # an actor gives nothing, whatever its body does
                stack.append(effect)
            case Block(stmts=[*_, last]):
                stack.append(last)
            case If(then=then, otherwise=otherwise):
                stack += (then, otherwise)
            case Match(arms=arms):
                stack += (arm.body for arm in arms)
            case Receive(match=match, after=after):
                stack += (match, after)
            case Return(value=value):
                stack.append(value)
            case TExpr() as last:
                yield last
