"""Blocks: statements in order, `let`, local functions (language.md 5.1, 3.5).

A local function is inferred at the earliest point where everything it captures is bound, so that it is
visible before and after its declaration. A `let` that is generalised becomes a local function: a
closure directly, any other value as a function without parameters that every use calls.
"""

from __future__ import annotations

from dataclasses import field

from snowc.diag.core import Label
from snowc.source.record import mutable
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.context import Cx, handles
from snowc.types.env import CtorEntity, FnEntity, Scope, Value
from snowc.types.errors import Role
from snowc.types.errors_decl import Misplaced
from snowc.types.functions import enter_scheme, group_clauses, infer_local_group, local_entity
from snowc.types.generalise import quantify
from snowc.types.groups import components
from snowc.types.infer_pattern import Binder, infer_pattern
from snowc.types.inner_items import INNER_ITEMS
from snowc.types.lookup import find_value
from snowc.types.refs import free_names
from snowc.types.resolve_types import TypeResolver, find_namespace
from snowc.types.ty import UNIT, Fn, Type, prune
from snowc.types.unify import free_vars, lower_levels

_KINDS: dict[type[ast.Stmt], str] = {
    ast.ActorDef: "an actor",
    ast.ServiceDef: "a service",
    ast.SupervisorDef: "a supervisor",
    ast.Import: "an import",
    ast.FromImport: "an import",
}


@mutable
class LocalPlan:
    """The local functions of a block: which groups become usable before which statement."""

    groups: dict[int, list[list[FnEntity]]] = field(default_factory=dict)
    pending: dict[str, Span] = field(default_factory=dict)


@handles(ast.Block)
def infer_block(cx: Cx, expr: ast.Block, scope: Scope, hint: Type | None) -> tast.TExpr:
    if cx.block_modules and expr in cx.block_modules:
        outer, cx.module = cx.module, cx.block_modules[expr]
        made = _block(cx, expr, scope, hint)
        cx.module = outer
        return made
    return _block(cx, expr, scope, hint)


def _block(cx: Cx, expr: ast.Block, scope: Scope, hint: Type | None) -> tast.TExpr:
    inner = Scope(scope)
    plan = _plan(cx, expr, inner)
    outer_later = cx.later_fns
    if plan.pending:
        cx.later_fns = {**outer_later, **plan.pending}
    stmts: list[tast.TExpr] = []
    last = len(expr.stmts) - 1
    unreachable = False
    for index, stmt in enumerate(expr.stmts):
        if plan.groups:
            _start_groups(cx, plan, index, inner, stmts)
        typed = _statement(cx, stmt, inner, hint if index == last else None, index == last)
        if typed is not None and not unreachable:
            stmts.append(typed)
            unreachable = isinstance(typed, tast.Return | tast.Break | tast.Continue)
    if plan.groups:
        _start_groups(cx, plan, last + 1, inner, stmts)
    cx.later_fns = outer_later
    return tast.Block(expr.span, _block_type(expr, stmts, unreachable), stmts)


def _block_type(expr: ast.Block, stmts: list[tast.TExpr], unreachable: bool) -> Type:
    if unreachable:
        return stmts[-1].type
    if not expr.stmts or isinstance(expr.stmts[-1], ast.Item):
        return UNIT
    return stmts[-1].type


def _statement(cx: Cx, stmt: ast.Stmt, scope: Scope, hint: Type | None, is_last: bool) -> tast.TExpr | None:
    if isinstance(stmt, ast.Let):
        return infer_let(cx, stmt, scope, is_last)
    if isinstance(stmt, ast.Item):
        if not isinstance(stmt, (ast.FnDef, ast.ErrorItem, *INNER_ITEMS)):
            cx.report(Misplaced(stmt.span, _KINDS[type(stmt)]))
        return None
    return cx.infer(stmt, scope, hint)


# ---- local functions ---------------------------------------------------------------------------


def _plan(cx: Cx, block: ast.Block, scope: Scope) -> LocalPlan:
    plan = LocalPlan()
    if not any(isinstance(s, ast.FnDef) for s in block.stmts):
        return plan
    entities = {e.short: (e, at) for e, at in group_clauses(cx, block.stmts, local_entity)}
    refs = {name: free_names(entity.clauses) for name, (entity, _) in entities.items()}
    edges = {name: [r for r in used if r in entities] for name, used in refs.items()}
    bound = _binding_positions(block)
    ready: dict[str, int] = {}
    for component in components(list(entities), edges):
        at = 0
        for name in component:
            declared = entities[name][1]
            captured = [p + 1 for used in refs[name] for p in bound.get(used, ()) if p < declared]
            at = max([at, *captured, *[ready[r] for r in edges[name] if r in ready]])
        for name in component:
            ready[name] = at
        plan.groups.setdefault(at, []).append([entities[n][0] for n in component])
        if at > 0:
            plan.pending.update({n: entities[n][0].span for n in component})
    return plan


def _binding_positions(block: ast.Block) -> dict[str, list[int]]:
    """Name → statements of the block that bind it."""
    found: dict[str, list[int]] = {}
    for index, stmt in enumerate(block.stmts):
        if isinstance(stmt, ast.Let):
            for name in pattern_names(stmt.pattern):
                found.setdefault(name, []).append(index)
    return found


def pattern_names(pattern: ast.Pattern) -> list[str]:
    """The variables of a `let` pattern."""
    if isinstance(pattern, ast.NamePat):
        return [pattern.name]
    if isinstance(pattern, ast.TuplePat):
        return [n for item in pattern.items for n in pattern_names(item)]
    if isinstance(pattern, ast.AsPat):
        return [pattern.name.text, *pattern_names(pattern.pattern)]
    return []


def _start_groups(cx: Cx, plan: LocalPlan, index: int, scope: Scope, stmts: list[tast.TExpr]) -> None:
    for group in plan.groups.get(index, ()):
        for entity in group:
            scope.names[entity.short] = entity
            plan.pending.pop(entity.short, None)
            cx.later_fns = {n: s for n, s in cx.later_fns.items() if n != entity.short}
        decls = infer_local_group(cx, group, scope)
        stmts.append(tast.LetFn(group[0].span, UNIT, decls))


# ---- let ---------------------------------------------------------------------------------------


def infer_let(cx: Cx, stmt: ast.Let, scope: Scope, is_last: bool) -> tast.TExpr | None:
    """Bind the pattern; generalise where that cannot be noticed (language.md 3.5)."""
    pattern = stmt.pattern
    if isinstance(pattern, ast.NamePat) and not pattern.name[:1].isupper() and not is_last:
        if stmt.annotation is None and (alias := _polymorphic_name(cx, stmt.value, scope)) is not None:
            scope.names[pattern.name] = alias
            return None
        if may_generalise(cx, stmt.value, scope):
            return _generalised_let(cx, stmt, pattern, scope)
    value, ty = let_value(cx, stmt, scope)
    return _plain_let(cx, stmt, pattern, value, ty, scope)


def _plain_let(cx: Cx, stmt: ast.Let, pattern: ast.Pattern, value: tast.TExpr, ty: Type, scope: Scope) -> tast.TExpr:
    typed = infer_pattern(cx, pattern, ty, Binder(scope, "variable"))
    return tast.Let(stmt.span, value.type, typed, value)


def _declared(cx: Cx, stmt: ast.Let) -> Type:
    assert stmt.annotation is not None
    tvars = cx.fn.tvars if cx.fn is not None else {}
    return TypeResolver(cx, cx.module, tvars).resolve(stmt.annotation)


def let_value(cx: Cx, stmt: ast.Let, scope: Scope) -> tuple[tast.TExpr, Type]:
    """The initialiser, checked against the annotation, and the type that its pattern has."""
    if stmt.annotation is None:
        value = cx.infer(stmt.value, scope)
        return value, value.type
    declared = _declared(cx, stmt)
    value = cx.infer(stmt.value, scope, declared)
    place = stmt.annotation.span
    if not cx.u.unify(declared, value.type):
        role = Role("initial value", (Label(place, "expected from annotation"),))
        cx.mismatch(value.span, declared, value.type, role)
    return value, declared


def _polymorphic_name(cx: Cx, value: ast.Expr, scope: Scope) -> Value | None:
    """`let f = g` for a polymorphic function or constructor: another name for it."""
    if not isinstance(value, ast.Var):
        return None
    found = find_value(cx, scope, value.name)
    if isinstance(found, FnEntity) and found.scheme is not None and found.scheme.names and not found.const:
        return found
    return found if isinstance(found, CtorEntity) and found.info.params else None


def may_generalise(cx: Cx, value: ast.Expr, scope: Scope) -> bool:
    """Whether evaluating `value` once per instance cannot be noticed."""
    match value:
        case ast.Closure() | ast.IntLit() | ast.FloatLit() | ast.BoolLit() | ast.UnitLit() | ast.Var():
            return True
        case ast.StringLit(parts=parts):
            return all(isinstance(p, str) for p in parts)
        case ast.TupleExpr(items=items) | ast.ListExpr(items=items):
            return all(may_generalise(cx, i, scope) for i in items)
        case ast.MapExpr(entries=entries):
            return all(may_generalise(cx, part, scope) for entry in entries for part in entry)
        case ast.StructLit(fields=fields):
            return all(may_generalise(cx, v, scope) for _, v in fields)
        case ast.Call(callee=callee, args=args, trailing=None):
            return _is_pure_call(cx, callee, scope) and all(may_generalise(cx, a, scope) for a in args)
        case ast.Dot(base=ast.Var()):
            return _is_ctor(cx, value, scope)
        case _:
            return False


def _is_pure_call(cx: Cx, callee: ast.Expr, scope: Scope) -> bool:
    """A constructor, or `X.new` of a built-in collection."""
    if isinstance(callee, ast.Var):
        return isinstance(find_value(cx, scope, callee.name), CtorEntity)
    if not isinstance(callee, ast.Dot) or not isinstance(callee.base, ast.Var):
        return False
    base = callee.base.name
    if callee.name.text == "new" and base in ("List", "Map", "Set", "Queue"):
        return scope.find(base) is None and find_namespace(cx.module, [base]) is None
    return _is_ctor(cx, callee, scope)


def _is_ctor(cx: Cx, value: ast.Dot, scope: Scope) -> bool:
    """`Type.Variant`, judged by its capitals: nothing else selected like that evaluates anything."""
    base = value.base
    assert isinstance(base, ast.Var)
    return base.name[:1].isupper() and value.name.text[:1].isupper() and scope.find(base.name) is None


def _generalised_let(cx: Cx, stmt: ast.Let, pattern: ast.NamePat, scope: Scope) -> tast.TExpr:
    mark = len(cx.wants)
    entity = local_entity(cx, pattern.name, pattern.span, ())
    outer, cx.owner = cx.owner, entity
    cx.level += 1
    value, ty = let_value(cx, stmt, scope)
    cx.level -= 1
    cx.owner = outer
    fits = cx.u.unify(ty, value.type)
    if not fits or not any(v.level > cx.level for v in free_vars(ty)):
        # Where the two differ, which has been reported, the variable has the type that is written.
        lower_levels(ty, cx.level)
        lower_levels(value.type, cx.level)
        return _plain_let(cx, stmt, pattern, value, ty, scope)
    constrained = isinstance(stmt.value, ast.Closure | ast.Var)
    owners = [entity] if constrained else []
    quantified = quantify(cx, [value.type], [], mark, top=False, constrained=constrained, owners=owners)
    if not quantified.vars:
        lower_levels(value.type, cx.level)
        return _plain_let(cx, stmt, pattern, value, value.type, scope)
    evidence = enter_scheme(cx, entity, quantified, value.type)
    names = [v.rigid or "?" for v in quantified.vars]
    if isinstance(value, tast.Lambda):
        ty = prune(value.type)
        assert isinstance(ty, Fn)
        params, body, result = [*value.params, *evidence], value.body, ty.result
    else:
        entity.thunk = True
        params, body, result = evidence, value, value.type
    entity.decl = tast.FnDecl(entity.name, stmt.span, names, quantified.preds, params, result, body)
    scope.names[pattern.name] = entity
    return tast.LetFn(stmt.span, UNIT, [entity.decl])
