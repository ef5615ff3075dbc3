"""Control: `if`, `case`, loops, `return`, `break`, `continue` (language.md 5.2 to 5.4, 5.12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from snowc.diag.core import Label
from snowc.source.span import NO_SPAN, Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.actors import infer_actor_return
from snowc.types.clauses import ADD_ELSE, bind_local, infer_guard, is_never, open_if, result_role, value_span
from snowc.types.context import Cx, handles
from snowc.types.env import Scope
from snowc.types.errors import Role
from snowc.types.errors_control import ContinueOutsideLoop, LoopBinders, NotIterable, OutsideLoop
from snowc.types.guards import check_guard
from snowc.types.infer_pattern import Binder, infer_pattern
from snowc.types.printing import show
from snowc.types.ty import BOOL, ERROR, INT, NEVER, UNIT, Con, Type, Var, list_of


class Join:
    """The common type of branches: that of the first one that has a value."""

    def __init__(self, cx: Cx, what: str) -> None:
        self.cx = cx
        self.what = what
        self.type: Type = NEVER
        self.first: tast.TExpr | None = None
        self.misfits: set[tuple[str, str]] = set()
        self.span: Span = NO_SPAN

    def add(self, branch: tast.TExpr, place: ast.Expr) -> None:
        if is_never(branch.type):
            return
        span = value_span(place)
        if self.first is None:
            self.first, self.type, self.span = branch, branch.type, span
        elif not self.cx.u.unify(self.type, branch.type):
            advice = ADD_ELSE if open_if(place) else None
            role = Role(self.what, (Label(self.span, f"the first has type {show(self.type)}"),), advice)
            self.cx.mismatch(span, self.type, branch.type, role)


@handles(ast.If)
def infer_if(cx: Cx, expr: ast.If, scope: Scope, hint: Type | None) -> tast.TExpr:
    """Chains of `else if` are read in a loop, as they may be long."""
    join = Join(cx, "both branches of `if` must have one type")
    links: list[tuple[ast.If, tast.TExpr, tast.TExpr]] = []
    node: ast.If = expr
    while True:
        cond = cx.infer(node.cond, scope)
        cx.expect(cond.span, BOOL, cond.type, lambda: Role("condition of `if`"))
        then = cx.infer(node.then, scope, hint)
        links.append((node, cond, then))
        if node.otherwise is not None:
            join.add(then, node.then)
        if not isinstance(node.otherwise, ast.If):
            break
        node = node.otherwise
    last: tast.TExpr | None = None
    if node.otherwise is not None:
        last = cx.infer(node.otherwise, scope, join.type if join.first else hint)
        join.add(last, node.otherwise)
    elif len(links) > 1:
        # The last `if` of the chain has no `else`: it is unit, and so must be the others.
        _open_chain(cx, join, node)
    ty = join.type if node.otherwise is not None or len(links) > 1 else UNIT
    for link, cond, then in reversed(links):
        last = tast.If(link.span, ty if link.otherwise is not None else UNIT, cond, then, last)
    assert last is not None
    return last


def _open_chain(cx: Cx, join: Join, node: ast.If) -> None:
    if join.first is None:
        join.type = UNIT
    elif not cx.u.unify(join.type, UNIT):
        places = (Label(join.span, f"this has type {show(join.type)}"),)
        role = Role("an `if` without `else` has type ()", places, ADD_ELSE)
        cx.mismatch(node.span, join.type, UNIT, role)


@handles(ast.Case)
def infer_case(cx: Cx, expr: ast.Case, scope: Scope, hint: Type | None) -> tast.TExpr:
    scrutinee = cx.infer(expr.scrutinee, scope)
    matched = scrutinee.type if not is_never(scrutinee.type) else ERROR
    join = Join(cx, "all arms of `case` must have one type")
    arms = infer_arms(cx, expr.arms, matched, join, scope, hint)
    return tast.Match(expr.span, join.type, "case", [scrutinee], arms)


def infer_arms(
    cx: Cx, arms: Sequence[ast.Arm], matched: Type, join: Join, scope: Scope, hint: Type | None
) -> list[tast.MatchArm]:
    """The arms of a `case` on a value of type `matched`; their values meet in `join`."""
    return [infer_arm(cx, arm, matched, join, scope, hint) for arm in arms]


def infer_arm(
    cx: Cx,
    arm: ast.Arm,
    matched: Type,
    join: Join,
    scope: Scope,
    hint: Type | None,
    role: Callable[[str], Role] | None = None,
) -> tast.MatchArm:
    """One arm of a `case` or `receive`. `role` as for `Binder`."""
    inner = Scope(scope)
    pattern = infer_pattern(cx, arm.pattern, matched, Binder(inner, role=role, misfits=join.misfits))
    guard = infer_guard(cx, arm.guard, inner) if arm.guard is None or check_guard(cx, arm.guard) else None
    body = cx.infer(arm.body, inner, join.type if join.first else hint)
    join.add(body, arm.body)
    return tast.MatchArm(arm.span, [pattern], guard, body)


# ---- loops -------------------------------------------------------------------------------------


@handles(ast.While)
def infer_while(cx: Cx, expr: ast.While, scope: Scope, hint: Type | None) -> tast.TExpr:
    cond = cx.infer(expr.cond, scope)
    cx.expect(cond.span, BOOL, cond.type, lambda: Role("condition of `while`"))
    return tast.While(expr.span, UNIT, cond, _loop_body(cx, expr.body, scope))


def _loop_body(cx: Cx, body: ast.Block, scope: Scope) -> tast.TExpr:
    if cx.fn is None:
        return cx.infer(body, scope)
    outer, cx.fn.in_loop = cx.fn.in_loop, True
    typed = cx.infer(body, scope)
    cx.fn.in_loop = outer
    return typed


@handles(ast.For)
def infer_for(cx: Cx, expr: ast.For, scope: Scope, hint: Type | None) -> tast.TExpr:
    iterable = cx.infer(expr.iterable, scope)
    kind, types = _elements(cx, expr, iterable)
    inner = Scope(scope)
    binders = [tast.Local(n.text, t, n.span) for n, t in zip(expr.binders, types, strict=True)]
    for local in binders:
        bind_local(inner, local)
    guard = infer_guard(cx, expr.guard, inner)
    body = _loop_body(cx, expr.body, inner)
    item = cx.fresh() if is_never(body.type) else body.type
    return tast.For(expr.span, list_of(item), kind, binders, iterable, guard, body)


def _elements(cx: Cx, expr: ast.For, iterable: tast.TExpr) -> tuple[str, list[Type]]:
    """The kind of loop and the types of its binders; an unknown iterable is a list."""
    count = len(expr.binders)
    ty = cx.head(iterable.type)
    if isinstance(ty, Var) and ty.rigid is None:
        listed = list_of(cx.fresh())
        cx.u.unify(ty, listed)
        ty = listed
    name = ty.name if isinstance(ty, Con) else ""
    if name == "Map" and isinstance(ty, Con):
        if count <= 2:
            return "map", list(ty.args[:count])
        cx.report(LoopBinders(iterable.span, show(ty), count))
        return "map", [ERROR] * count
    if name in ("List", "Set") and isinstance(ty, Con):
        return name.lower(), _split(cx, expr, ty.args[0])
    if name == "Range":
        return "range", _split(cx, expr, INT)
    if name not in ("<error>", "Never"):
        cx.report(NotIterable(iterable.span, show(ty)))
    return "list", [ERROR] * count


def _split(cx: Cx, expr: ast.For, item: Type) -> list[Type]:
    """One binder takes the element, several take the items of a tuple."""
    count = len(expr.binders)
    if count == 1:
        return [item]
    parts: list[Type] = [cx.fresh() for _ in range(count)]
    if not cx.u.unify(item, Con("Tuple", tuple(parts))):
        cx.report(LoopBinders(expr.iterable.span, show(item), count))
        return [ERROR] * count
    return parts


@handles(ast.Break)
def infer_break(cx: Cx, expr: ast.Break, scope: Scope, hint: Type | None) -> tast.TExpr:
    if cx.fn is None or not cx.fn.in_loop:
        return cx.error(OutsideLoop(expr.span, cx.fn is not None and cx.fn.loop_outside))
    return tast.Break(expr.span, NEVER)


@handles(ast.Continue)
def infer_continue(cx: Cx, expr: ast.Continue, scope: Scope, hint: Type | None) -> tast.TExpr:
    if cx.fn is None or not cx.fn.in_loop:
        return cx.error(ContinueOutsideLoop(expr.span, cx.fn is not None and cx.fn.loop_outside))
    return tast.Continue(expr.span, NEVER)


@handles(ast.Return)
def infer_return(cx: Cx, expr: ast.Return, scope: Scope, hint: Type | None) -> tast.TExpr:
    if cx.fn is None:
        value = None if expr.value is None else cx.infer(expr.value, scope)
        return tast.Return(expr.span, NEVER, value)
    if cx.fn.is_actor_body:
        return infer_actor_return(cx, expr, scope)
    if expr.value is None:
        cx.expect(expr.span, cx.fn.result, UNIT, lambda: result_role(cx))
        return tast.Return(expr.span, NEVER, None)
    value = cx.infer(expr.value, scope, cx.fn.result)
    if not cx.u.unify(cx.fn.result, value.type):
        cx.mismatch(value.span, cx.fn.result, value.type, result_role(cx))
    return tast.Return(expr.span, NEVER, value)
