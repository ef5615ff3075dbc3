"""Blocks, `let`, `if`, `return`, `?`, and the table of how every construct is lowered."""

from __future__ import annotations

from typing import Any

from snowc.lower.actors import lower_receive, lower_self_pid, lower_send, lower_spawn
from snowc.lower.calls import lower_call
from snowc.lower.closures import (
    declare_local_functions,
    lower_builtin_fn,
    lower_ctor_fn,
    lower_global_fn,
    lower_lambda,
    lower_let_fn,
    lower_local_fn,
    lower_trait_fn,
)
from snowc.lower.context import RETURN, Dest, FnContext, Handlers
from snowc.lower.literals import (
    lower_construct,
    lower_field_get,
    lower_global_const,
    lower_interp,
    lower_list_lit,
    lower_lit,
    lower_local_ref,
    lower_map_lit,
    lower_range_lit,
)
from snowc.lower.loops import lower_break, lower_continue, lower_for, lower_for_effect, lower_while
from snowc.lower.match import bind_irrefutable, lower_match
from snowc.lower.operators import condition, lower_and, lower_or, lower_prim
from snowc.mir import ir
from snowc.mir.types import Con, MTy
from snowc.types import tast
from snowc.types.tast import Block, If, Later, Let, LetFn, Return, TExpr, Try
from snowc.types.ty import NEVER, UNIT, Type, prune


def _is_unit(ty: Type) -> bool:
    return prune(ty) == UNIT


# ---- blocks and bindings -----------------------------------------------------------------------


def _run_block(fx: FnContext, expr: Block) -> TExpr | None:
    """Lower all but the expression that gives the block its value; None if it is plain unit."""
    declare_local_functions(fx, [d for s in expr.stmts if isinstance(s, LetFn) for d in s.decls])
    last = expr.stmts[-1] if expr.stmts else None
    for stmt in expr.stmts[:-1]:
        fx.effect(stmt)
    if last is None or (_is_unit(expr.type) and prune(last.type) not in (UNIT, NEVER)):
        if last is not None:
            fx.effect(last)
        return None
    return last


def lower_block(fx: FnContext, expr: Block) -> ir.Value:
    last = _run_block(fx, expr)
    return fx.b.unit() if last is None else fx.value(last)


def lower_block_effect(fx: FnContext, expr: Block) -> None:
    last = _run_block(fx, expr)
    if last is not None:
        fx.effect(last)


def lower_block_into(fx: FnContext, expr: Block, dest: Dest) -> None:
    last = _run_block(fx, expr)
    if last is None:
        fx.deliver(None, dest)
    else:
        fx.into(last, dest)


def lower_let(fx: FnContext, expr: Let) -> ir.Value:
    value = fx.value(expr.value)
    bind_irrefutable(fx, expr.pattern, value)
    return value


# ---- control -----------------------------------------------------------------------------------


def lower_if(fx: FnContext, expr: If, dest: Dest) -> None:
    """An `else if` chain is followed in a loop, as it may be long."""
    while True:
        then, otherwise = fx.b.new_block("then"), fx.b.new_block("else")
        condition(fx, expr.cond, then, otherwise)
        if fx.b.enter(then):
            _branch(fx, expr, dest)
        if not fx.b.enter(otherwise):
            return
        match expr.otherwise:
            case None:
                fx.deliver(None, dest)
                return
            case If() as inner:
                expr = inner
                fx.b.loc = fx.program.loc(expr.span)
            case branch:
                fx.into(branch, dest)
                return


def _branch(fx: FnContext, expr: If, dest: Dest) -> None:
    """The `then` branch; without an `else` its value is dropped and the whole is unit."""
    if expr.otherwise is None and prune(expr.then.type) not in (UNIT, NEVER):
        fx.effect(expr.then)
        fx.deliver(None, dest)
    else:
        fx.into(expr.then, dest)


def lower_return(fx: FnContext, expr: Return) -> ir.Value:
    if expr.value is None:
        fx.deliver(None, RETURN)
    else:
        fx.into(expr.value, RETURN)
    return fx.b.new_value(fx.ty(expr.type, expr.span))


def lower_later(fx: FnContext, expr: Later) -> ir.Value:
    """What is not carried out yet: a value that nobody will use, as the program is refused."""
    fx.program.later.append(expr)
    return fx.b.new_value(fx.ty(expr.type, expr.span))


def lower_try(fx: FnContext, expr: Try) -> ir.Value:
    """The payload of `Ok` or `Some` (variant 0); anything else leaves the function."""
    operand = fx.value(expr.operand)
    ty, result = fx.ty(expr.type, expr.span), fx.ty(expr.fn_result, expr.span)
    good, bad = fx.b.new_block("ok"), fx.b.new_block("failed")
    fx.b.switch(fx.b.tag(operand), [(0, good), (1, bad)], None)
    if fx.b.enter(bad):
        fx.b.ret(_failure(fx, expr, operand, result))
    fx.b.enter(good)
    return fx.b.project(operand, 0, 0, ty)


def _failure(fx: FnContext, expr: Try, operand: ir.Value, result: MTy) -> ir.Value:
    """The failed operand as a result of the function: itself, where both have one type."""
    if operand.type == result:
        return operand
    if expr.kind == "option":
        return fx.b.construct(result, 1, [])
    assert isinstance(operand.type, Con)
    error = fx.b.project(operand, 1, 0, operand.type.args[1])
    return fx.b.construct(result, 1, [error])


# ---- the table ---------------------------------------------------------------------------------

# Each handler takes exactly the node class it is listed under, which a dictionary type cannot say.
_VALUE: dict[type[TExpr], Any] = {
    tast.Lit: lower_lit,
    tast.LocalRef: lower_local_ref,
    tast.GlobalConst: lower_global_const,
    tast.GlobalFn: lower_global_fn,
    tast.LocalFn: lower_local_fn,
    tast.TraitFn: lower_trait_fn,
    tast.BuiltinFn: lower_builtin_fn,
    tast.CtorFn: lower_ctor_fn,
    tast.Call: lower_call,
    tast.Construct: lower_construct,
    tast.ListLit: lower_list_lit,
    tast.MapLit: lower_map_lit,
    tast.Interp: lower_interp,
    tast.FieldGet: lower_field_get,
    tast.Prim: lower_prim,
    tast.Let: lower_let,
    tast.LetFn: lower_let_fn,
    tast.Block: lower_block,
    tast.Lambda: lower_lambda,
    tast.While: lower_while,
    tast.For: lower_for,
    tast.RangeLit: lower_range_lit,
    tast.Break: lower_break,
    tast.Continue: lower_continue,
    tast.Return: lower_return,
    tast.Try: lower_try,
    tast.Spawn: lower_spawn,
    tast.Send: lower_send,
    tast.SelfPid: lower_self_pid,
    tast.Later: lower_later,
}

_EFFECT: dict[type[TExpr], Any] = {
    tast.For: lower_for_effect,
    tast.Block: lower_block_effect,
}

_INTO: dict[type[TExpr], Any] = {
    tast.Block: lower_block_into,
    tast.If: lower_if,
    tast.Match: lower_match,
    tast.And: lower_and,
    tast.Or: lower_or,
    tast.Receive: lower_receive,
}

HANDLERS = Handlers(_VALUE, _EFFECT, _INTO)
