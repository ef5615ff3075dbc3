"""Operators at built-in types, and conditions as branches."""

from __future__ import annotations

from snowc.lower.context import Dest, FnContext
from snowc.mir import ir
from snowc.mir.types import BOOL
from snowc.types.tast import And, Lit, Or, Prim, TExpr

DIVISIONS = frozenset({"idiv", "irem"})


def lower_prim(fx: FnContext, expr: Prim) -> ir.Value:
    args = [fx.value(arg) for arg in expr.args]
    if expr.op in DIVISIONS and not _is_nonzero(expr.args[1]):
        _guard_division(fx, args[1])
    return fx.b.prim(expr.op, *args)


def _is_nonzero(expr: TExpr) -> bool:
    return isinstance(expr, Lit) and expr.value != 0


def _guard_division(fx: FnContext, divisor: ir.Value) -> None:
    """Panic where the divisor is zero; the rest goes on in a new block."""
    zero, divide = fx.b.new_block("zero"), fx.b.new_block("divide")
    fx.b.branch(fx.b.prim("ieq", divisor, fx.b.integer(0)), zero, divide)
    if fx.b.enter(zero):
        fx.b.panic("division by zero")
    fx.b.enter(divide)


def condition(fx: FnContext, expr: TExpr, then: ir.Block, otherwise: ir.Block) -> None:
    """Go to `then` or `otherwise`, without making a Bool where an operator only decides the way."""
    while isinstance(expr, And | Or):
        right = fx.b.new_block("and" if isinstance(expr, And) else "or")
        if isinstance(expr, And):
            condition(fx, expr.left, right, otherwise)
        else:
            condition(fx, expr.left, then, right)
        if not fx.b.enter(right):
            return
        expr = expr.right
    if isinstance(expr, Lit):
        fx.b.jump(then if expr.value else otherwise)
    elif isinstance(expr, Prim) and expr.op == "bnot":
        condition(fx, expr.args[0], otherwise, then)
    else:
        fx.b.branch(fx.value(expr), then, otherwise)


def lower_and(fx: FnContext, expr: And, dest: Dest) -> None:
    _short_circuit(fx, expr, dest, decided=False)


def lower_or(fx: FnContext, expr: Or, dest: Dest) -> None:
    _short_circuit(fx, expr, dest, decided=True)


def _short_circuit(fx: FnContext, expr: And | Or, dest: Dest, decided: bool) -> None:
    """The right operand is evaluated in the place of the whole, unless the left has `decided`."""
    right, done = fx.b.new_block("right"), fx.b.new_block("decided")
    if decided:
        condition(fx, expr.left, done, right)
    else:
        condition(fx, expr.left, right, done)
    if fx.b.enter(right):
        fx.into(expr.right, dest)
    if fx.b.enter(done):
        fx.deliver(fx.b.const(decided, BOOL), dest)
