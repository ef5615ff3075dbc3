"""Operators and `?` (language.md 5.10, 5.11).

An operand of a known built-in type decides at once; otherwise the operator is a want on the operand's
type, and `finish.py` chooses between primitive and method when the group is solved.
"""

from __future__ import annotations

from snowc.diag.core import Label
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.context import Cx, handles
from snowc.types.env import Scope
from snowc.types.errors import Role
from snowc.types.errors_control import TryOperand, TryResult
from snowc.types.hints import operand_help
from snowc.types.infer_member import member_failure
from snowc.types.operators import COMPARISONS, OPERATOR_TRAITS
from snowc.types.pending import Concat, MemberUse, OpCall, UnaryCall
from snowc.types.printing import show
from snowc.types.traits import want_trait
from snowc.types.ty import (
    BOOL,
    ERROR,
    FLOAT,
    INT,
    NEVER,
    RANGE,
    Con,
    Type,
    Var,
    option_of,
    prune,
    result_of,
)
from snowc.types.wants import ConcatWant

_NUMBERS = (INT, FLOAT)


@handles(ast.Binary)
def infer_binary(cx: Cx, expr: ast.Binary, scope: Scope, hint: Type | None) -> tast.TExpr:
    op = expr.op
    if op in ("and", "or"):
        return _logic(cx, expr, scope)
    left = cx.infer(expr.left, scope)
    if op == "..":
        right = cx.infer(expr.right, scope)
        for side in (left, right):
            cx.expect(side.span, INT, side.type, lambda: Role("bound of a range"))
        return tast.RangeLit(expr.span, RANGE, left, right)
    right = cx.infer(expr.right, scope, left.type if op == "<>" else None)
    operand = _join_operands(cx, expr, left, right)
    if op == "<>":
        cx.want(ConcatWant(expr.op_span, operand, "operand of `<>`"))
        return Concat(expr.span, operand, left, right)
    if op in COMPARISONS:
        if operand not in _NUMBERS:
            want_trait(cx, expr.span, COMPARISONS[op], operand, f"operator `{op}`")
        return OpCall(expr.span, BOOL, op, left, right)
    return OpCall(expr.span, _arithmetic(cx, expr, operand), op, left, right)


def _arithmetic(cx: Cx, expr: ast.Binary, operand: Type) -> Type:
    """The result type: that of the operands unless the instance says otherwise."""
    if operand in _NUMBERS or operand is ERROR:
        return operand
    result = cx.fresh()
    want_trait(cx, expr.span, OPERATOR_TRAITS[expr.op], operand, f"operator `{expr.op}`", (result,))
    return prune(result)


def _join_operands(cx: Cx, expr: ast.Binary, left: tast.TExpr, right: tast.TExpr) -> Type:
    """Both operands have one type."""
    if not cx.u.unify(left.type, right.type):
        places = (Label(left.span, f"left operand: {show(left.type)}"),)
        advice = None if expr.op in COMPARISONS else operand_help(expr.op, left.type, right.type)
        role = Role(f"right operand of `{expr.op}`", places, advice)
        cx.mismatch(right.span, left.type, right.type, role)
        return ERROR
    first, second = prune(left.type), prune(right.type)
    if first is ERROR or second is ERROR:
        return ERROR
    return second if first is NEVER else first


def _logic(cx: Cx, expr: ast.Binary, scope: Scope) -> tast.TExpr:
    left = cx.infer(expr.left, scope)
    right = cx.infer(expr.right, scope)
    for side in (left, right):
        cx.expect(side.span, BOOL, side.type, lambda: Role(f"operand of `{expr.op}`"))
    make = tast.And if expr.op == "and" else tast.Or
    return make(expr.span, BOOL, left, right)


@handles(ast.Unary)
def infer_unary(cx: Cx, expr: ast.Unary, scope: Scope, hint: Type | None) -> tast.TExpr:
    operand = cx.infer(expr.operand, scope)
    if isinstance(operand, tast.Lit) and expr.op == "-" and isinstance(operand.value, int | float):
        if not isinstance(operand.value, bool):
            return tast.Lit(expr.span, operand.type, _negated(operand.value))
    ty = prune(operand.type)
    if expr.op == "not":
        if ty != BOOL:
            want_trait(cx, expr.span, "Not", ty, "operator `not`")
        return UnaryCall(expr.span, BOOL, "not", operand)
    if ty in _NUMBERS or ty is ERROR:
        return UnaryCall(expr.span, ty, "-", operand)
    result = cx.fresh()
    want_trait(cx, expr.span, "Neg", ty, "unary `-`", (result,))
    return UnaryCall(expr.span, prune(result), "-", operand)


def _negated(value: int | float) -> int | float:
    if isinstance(value, float):
        return -value
    return wrap(-value)


def wrap(value: int) -> int:
    """`value` as a 64-bit two's complement number."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


# ---- indexing ----------------------------------------------------------------------------------


# ---- ? -----------------------------------------------------------------------------------------


@handles(ast.Try)
def infer_try(cx: Cx, expr: ast.Try, scope: Scope, hint: Type | None) -> tast.TExpr:
    """`e?` yields the payload or leaves the function with the failure."""
    operand = cx.infer(expr.operand, scope)
    ty = cx.head(operand.type)
    if isinstance(ty, Con) and ty.name in ("<error>", "Never"):
        return tast.ErrorNode(expr.span, ERROR)
    if isinstance(ty, Var) and ty.rigid is None:
        ty = _assumed_operand(cx, operand)
        cx.u.unify(operand.type, ty)
    if not (isinstance(ty, Con) and ty.name in ("Result", "Option")):
        return cx.error(TryOperand(expr.operand.span, show(ty)))
    kind = ty.name
    if not _fits_function(cx, expr, kind, ty):
        return tast.ErrorNode(expr.span, ty.args[0])
    assert cx.fn is not None
    return tast.Try(expr.span, ty.args[0], kind.lower(), operand, cx.fn.result)


def _assumed_operand(cx: Cx, operand: tast.TExpr) -> Con:
    """What an operand of unknown type is taken for: a Result, unless only an Option makes sense here."""
    result = None if cx.fn is None else cx.head(cx.fn.result)
    wanted = result.name if isinstance(result, Con) else None
    if wanted is None and isinstance(operand, MemberUse):
        wanted = member_failure(cx, operand)
    return option_of(cx.fresh()) if wanted == "Option" else result_of(cx.fresh(), cx.fresh())


def _fits_function(cx: Cx, expr: ast.Try, kind: str, ty: Con) -> bool:
    """Whether the enclosing function can return the failure; fixes its result type if that is open."""
    if cx.fn is None:
        cx.report(TryResult(expr.span, kind, None))
        return False
    result = cx.head(cx.fn.result)
    if isinstance(result, Var) and result.rigid is None:
        wanted = option_of(cx.fresh()) if kind == "Option" else result_of(cx.fresh(), ty.args[1])
        return cx.u.unify(result, wanted)
    if isinstance(result, Con) and result.name in ("<error>", kind):
        if kind == "Result" and result.name == kind:
            place = (Label(cx.fn.result_span, "the function's result"),) if cx.fn.result_span else ()
            cx.expect(expr.span, result.args[1], ty.args[1], lambda: Role("error passed on by `?`", place))
        return True
    cx.report(TryResult(expr.span, kind, show(result)))
    return False
