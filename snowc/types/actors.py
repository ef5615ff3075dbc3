"""Actors as functions: their clause, their body, the calls by which they continue themselves (language.md 4.7).

Supervisors, the other kind of process that is started with `spawn`, are functions likewise (`supervisors.py`).

An actor `(A, …) -> Pid<M>` is inferred like a function, except that its body may have any type and that
`M` comes from the patterns of its `receive`s. In the typed tree it is a function with result `()`
that runs the body; `FnDecl.message` is `M`. A call of its own name in tail position has become a
`Return` of that call, which is a jump; a value that the body ends with has been dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.calls import Arg, apply, infer_all
from snowc.types.clauses import ClauseView, infer_clauses
from snowc.types.context import ActorCtx, Cx
from snowc.types.env import FnEntity, LocalVar, Scope
from snowc.types.errors_actors import ProcessCalled
from snowc.types.pending import GroupRef
from snowc.types.supervisors import infer_supervisor
from snowc.types.ty import NEVER, UNIT, Con, Fn, Type, prune


def actor_clause(actor: ast.ActorDef) -> ast.FnDef:
    """The actor as the one clause of a function, as far as names and parameters go."""
    return ast.FnDef(
        actor.span, actor.doc, actor.public, actor.name, (), actor.params or (), None, (), None, actor.body, True
    )


def message_type(pid: Type) -> Type:
    """What the actor with this result receives."""
    head = prune(pid)
    assert isinstance(head, Con) and len(head.args) == 1
    return head.args[0]


# ---- tail calls --------------------------------------------------------------------------------


def tail_spans(body: ast.Block) -> frozenset[Span]:
    """The places in tail position of an actor's body: what is evaluated last, and operands of `return`."""
    roots: list[ast.Expr] = [body]
    roots += [node.value for node in _own_nodes(body) if isinstance(node, ast.Return) and node.value is not None]
    return frozenset(expr.span for root in roots for expr in _last_expressions(root))


def _own_nodes(body: ast.Block) -> Iterator[ast.Node]:
    """The nodes below `body` that belong to the actor itself, not to a function inside it."""
    stack: list[object] = [body]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack.extend(part)
        elif isinstance(part, ast.Node) and not isinstance(part, ast.Closure | ast.Item):
            yield part
            stack.extend(getattr(part, name) for name in type(part).__match_args__ if name != "span")


def _last_expressions(root: ast.Expr) -> Iterator[ast.Expr]:
    stack: list[ast.Expr] = [root]
    while stack:
        expr = stack.pop()
        match expr:
            case ast.Block(stmts=stmts):
                stack += [s for s in stmts[-1:] if isinstance(s, ast.Expr)]
            case ast.If(then=then, otherwise=otherwise):
                stack += [then] if otherwise is None else [then, otherwise]
            case ast.Case(arms=arms):
                stack += [arm.body for arm in arms]
            case ast.Receive(arms=arms, after=after):
                stack += [arm.body for arm in arms] + ([] if after is None else [after[1]])
            case _:
                yield expr


# ---- bodies ------------------------------------------------------------------------------------


def process_type(cx: Cx, entity: FnEntity) -> Type:
    """The pid that an actor or supervisor gives, before its body is read."""
    return Con("Pid", (cx.fresh() if entity.process == "actor" else UNIT,))


def infer_process(cx: Cx, entity: FnEntity, ty: Fn, scope: Scope) -> tuple[list[tast.Local], tast.TExpr]:
    """Parameters and body of the process that `cx.fn` stands for."""
    if isinstance(entity.definition, ast.SupervisorDef):
        return [], infer_supervisor(cx, entity.definition, scope)
    assert cx.fn is not None and entity.definition is not None
    actor = entity.definition
    cx.fn.actor = ActorCtx(entity, message_type(ty.result), tail_spans(actor.body))
    return _infer_actor(cx, actor, ty.params, scope)


def _infer_actor(
    cx: Cx, actor: ast.ActorDef, params: Sequence[Type], scope: Scope
) -> tuple[list[tast.Local], tast.TExpr]:
    """The value of the body is dropped."""
    view = ClauseView(actor.span, actor.params or (), None, actor.body)
    locals_, body = infer_clauses(cx, [view], params, cx.fresh(), scope, "fn")
    first = [] if actor.terminate is None else [_infer_terminate(cx, actor.terminate, locals_, scope)]
    nothing = tast.Lit(actor.span, UNIT, None)
    return locals_, tast.Block(body.span, UNIT, [*first, body, nothing])


def _infer_terminate(cx: Cx, terminate: ast.Terminate, params: Sequence[tast.Local], scope: Scope) -> tast.TExpr:
    """The clean-up block sees the parameters and the reason, takes no messages and never starts the body anew."""
    inner = Scope(scope)
    inner.names.update({local.name: LocalVar(local) for local in params})
    if terminate.binder is not None:
        reason = tast.Local(terminate.binder.text, Con("ExitReason"), terminate.binder.span)
        inner.names[reason.name] = LocalVar(reason)
    assert cx.fn is not None and cx.fn.actor is not None
    around = cx.fn.actor
    cx.fn.actor = ActorCtx(around.entity, around.message, frozenset(), terminating=True)
    body = cx.infer(terminate.body, inner)
    cx.fn.actor = around
    return tast.Later(terminate.span, UNIT, "`terminate`", [body])


def infer_actor_return(cx: Cx, expr: ast.Return, scope: Scope) -> tast.TExpr:
    """`return` in the body itself: the value, whatever it is, is evaluated and dropped."""
    leave = tast.Return(expr.span, NEVER, None)
    if expr.value is None:
        return leave
    return tast.Block(expr.span, NEVER, [cx.infer(expr.value, scope), leave])


def call_process(cx: Cx, actor: FnEntity, callee: Span, args: Sequence[Arg], scope: Scope, span: Span) -> tast.TExpr:
    """`name(args)`: the actor goes on with new arguments, for good if nothing is left to do afterwards."""
    around = cx.fn.actor if cx.fn is not None else None
    if around is None or around.entity is not actor or not isinstance(actor.mono, Fn):
        infer_all(cx, args, scope)
        return cx.error(ProcessCalled(callee, actor.process, actor.short, bool(args)))
    fn = GroupRef(callee, Fn(actor.mono.params, UNIT), actor, cx.owner, None)
    call = apply(cx, span, f"`{actor.short}`", fn, args, scope)
    if span not in around.tails or isinstance(call, tast.ErrorNode):
        return call
    return tast.Return(span, NEVER, call)
