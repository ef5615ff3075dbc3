"""Literals, collections, strings, closures, struct literals."""

from __future__ import annotations

from snowc.diag.core import Label
from snowc.diag.suggest import did_you_mean, nearest
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.builtins import PRIMITIVE_TYPES, SHOW
from snowc.types.clauses import ClauseView, infer_clauses
from snowc.types.context import Cx, FnCtx, handles
from snowc.types.env import Scope
from snowc.types.errors import MissingFields, NotAStruct, RepeatedField, Role, Undefined, UnknownField
from snowc.types.errors_decl import ClauseArity
from snowc.types.infer_dot import dotted, name_parts
from snowc.types.infer_operator import wrap
from snowc.types.pending import ShowPart
from snowc.types.printing import show
from snowc.types.resolve_types import TypeResolver, named_type, type_names
from snowc.types.traits import want_trait
from snowc.types.ty import (
    BOOL,
    ERROR,
    FLOAT,
    INT,
    STRING,
    UNIT,
    Con,
    Fn,
    Type,
    list_of,
    map_of,
    prune,
)
from snowc.types.unify import substitute

_SHOWN = frozenset({"Int", "Float", "Bool", "String"})

# ---- literals ----------------------------------------------------------------------------------


@handles(ast.IntLit)
def infer_int(cx: Cx, expr: ast.IntLit, scope: Scope, hint: Type | None) -> tast.TExpr:
    return tast.Lit(expr.span, INT, wrap(expr.value))


@handles(ast.FloatLit)
def infer_float(cx: Cx, expr: ast.FloatLit, scope: Scope, hint: Type | None) -> tast.TExpr:
    return tast.Lit(expr.span, FLOAT, expr.value)


@handles(ast.BoolLit)
def infer_bool(cx: Cx, expr: ast.BoolLit, scope: Scope, hint: Type | None) -> tast.TExpr:
    return tast.Lit(expr.span, BOOL, expr.value)


@handles(ast.UnitLit)
def infer_unit(cx: Cx, expr: ast.UnitLit, scope: Scope, hint: Type | None) -> tast.TExpr:
    return tast.Lit(expr.span, UNIT, None)


@handles(ast.ErrorExpr)
def infer_error(cx: Cx, expr: ast.ErrorExpr, scope: Scope, hint: Type | None) -> tast.TExpr:
    return tast.ErrorNode(expr.span, ERROR)


@handles(ast.StringLit)
def infer_string(cx: Cx, expr: ast.StringLit, scope: Scope, hint: Type | None) -> tast.TExpr:
    """Text with interpolated parts, each converted by Display or Debug."""
    if all(isinstance(p, str) for p in expr.parts):
        return tast.Lit(expr.span, STRING, "".join([p for p in expr.parts if isinstance(p, str)]))
    parts: list[str | tast.TExpr] = []
    for part in expr.parts:
        parts.append(part if isinstance(part, str) else _shown(cx, cx.infer(part, scope)))
    return tast.Interp(expr.span, STRING, parts)


def _shown(cx: Cx, operand: tast.TExpr) -> tast.TExpr:
    ty = prune(operand.type)
    if not (isinstance(ty, Con) and ty.name in _SHOWN):
        want_trait(cx, operand.span, SHOW, ty, "interpolation")
    return ShowPart(operand.span, STRING, operand)


# ---- collections -------------------------------------------------------------------------------


@handles(ast.TupleExpr)
def infer_tuple(cx: Cx, expr: ast.TupleExpr, scope: Scope, hint: Type | None) -> tast.TExpr:
    wanted = prune(hint) if hint is not None else None
    hints: tuple[Type | None, ...] = (None,) * len(expr.items)
    if isinstance(wanted, Con) and wanted.name == "Tuple" and len(wanted.args) == len(expr.items):
        hints = wanted.args
    items = [cx.infer(item, scope, h) for item, h in zip(expr.items, hints, strict=True)]
    return tast.Construct(expr.span, Con("Tuple", tuple([i.type for i in items])), None, None, items)


@handles(ast.ListExpr)
def infer_list(cx: Cx, expr: ast.ListExpr, scope: Scope, hint: Type | None) -> tast.TExpr:
    wanted = prune(hint) if hint is not None else None
    item_hint = wanted.args[0] if isinstance(wanted, Con) and wanted.name == "List" else None
    element: Type = cx.fresh()
    items: list[tast.TExpr] = []
    for item in expr.items:
        typed = cx.infer(item, scope, item_hint or (element if items else None))
        if not cx.u.unify(element, typed.type):
            role = Role("list element", (Label(items[0].span, f"the first element is {show(element)}"),))
            cx.mismatch(typed.span, element, typed.type, role)
        items.append(typed)
    return tast.ListLit(expr.span, list_of(element), items)


@handles(ast.MapExpr)
def infer_map(cx: Cx, expr: ast.MapExpr, scope: Scope, hint: Type | None) -> tast.TExpr:
    key, value = cx.fresh(), cx.fresh()
    entries: list[tuple[tast.TExpr, tast.TExpr]] = []
    for k, v in expr.entries:
        typed_key, typed_value = cx.infer(k, scope), cx.infer(v, scope)
        for what, common, typed, side in (("key", key, typed_key, 0), ("value", value, typed_value, 1)):
            if not cx.u.unify(common, typed.type):
                first = entries[0][side].span
                role = Role(f"map {what}", (Label(first, f"the first {what} is {show(common)}"),))
                cx.mismatch(typed.span, common, typed.type, role)
        entries.append((typed_key, typed_value))
    if entries:
        for trait in ("Eq", "Hash"):
            want_trait(cx, expr.span, trait, key, "a map key")
    return tast.MapLit(expr.span, map_of(key, value), entries)


# ---- structs -----------------------------------------------------------------------------------


@handles(ast.StructLit)
def infer_struct(cx: Cx, expr: ast.StructLit, scope: Scope, hint: Type | None) -> tast.TExpr:
    """Every field exactly once, evaluated in the written order."""
    made = _struct_named(cx, expr, scope)
    if made is None:
        for _, value in expr.fields:
            cx.infer(value, scope)
        return tast.ErrorNode(expr.span, ERROR)
    info, args = cx.env.types[made.name], made.args
    variant = info.variants[0]
    slots = {f.name or "": i for i, f in enumerate(variant.fields)}
    found: dict[int, tast.TExpr] = {}
    spans: dict[int, Span] = {}
    misspelt: set[str | None] = set()
    for name, value in expr.fields:
        index = slots.get(name.text)
        if index is None:
            meant = nearest(name.text, slots)
            advice = None if meant is None else f"did you mean `{meant}`?"
            cx.report(UnknownField(name.span, info.name, name.text, advice))
            misspelt.add(meant)
            cx.infer(value, scope)
            continue
        expected = substitute(variant.fields[index].type, args)
        typed = cx.infer(value, scope, expected)
        if not cx.u.unify(expected, typed.type):
            cx.mismatch(typed.span, expected, typed.type, Role(f"field `{name.text}` of `{info.short_name}`"))
        if index in found:
            cx.report(RepeatedField(name.span, info.name, name.text, spans[index]))
        found[index], spans[index] = typed, name.span
    missing = [f.name or "" for i, f in enumerate(variant.fields) if i not in found and f.name not in misspelt]
    if missing:
        cx.report(MissingFields(expr.span, info.name, tuple(missing)))
    if len(found) != len(variant.fields):
        return tast.ErrorNode(expr.span, made)
    fields = [found[i] for i in range(len(found))]
    return tast.Construct(expr.span, made, info, variant, fields, list(found))


def _struct_named(cx: Cx, expr: ast.StructLit, scope: Scope) -> Con | None:
    """The type that the literal makes, its arguments open as far as an alias does not fix them."""
    parts = name_parts(expr.head, scope)
    if parts is not None and len(parts) == 1 and parts[0] not in PRIMITIVE_TYPES and named_type(cx, parts) is None:
        if parts[0] not in cx.module.file_module.broken:
            advice = did_you_mean(parts[0], type_names(cx, cx.module, {}))
            cx.report(Undefined(expr.head.span, "type", parts[0], advice))
        return None
    if parts is not None:
        path = ast.Path(expr.head.span, tuple(ast.Name(expr.head.span, p) for p in parts))
        made = TypeResolver(cx, cx.module, {}).resolve(ast.NamedType(expr.head.span, path, None))
        if made is ERROR:
            return None
        info = cx.env.types.get(made.name) if isinstance(made, Con) else None
        if isinstance(made, Con) and info is not None and info.is_struct and info.variants:
            return made
    cx.report(NotAStruct(expr.head.span, dotted(expr.head)))
    return None


# ---- closures ----------------------------------------------------------------------------------


@handles(ast.Closure)
def infer_closure(cx: Cx, expr: ast.Closure, scope: Scope, hint: Type | None) -> tast.TExpr:
    """A closure; parameter types known from the context are taken over before the body is read."""
    clauses = [ClauseView(c.span, c.params, c.guard, c.body) for c in expr.clauses]
    arity = len(clauses[0].params)
    clauses = [c for c in clauses if _same_arity(cx, c, clauses[0])]
    wanted = prune(hint) if hint is not None else None
    tvars = cx.fn.tvars if cx.fn is not None else {}
    result: Type = cx.fresh()
    if isinstance(wanted, Fn) and len(wanted.params) == arity:
        params = list(wanted.params)
        result_hint = prune(wanted.result)
        if isinstance(result_hint, Fn):
            result = result_hint
    else:
        params = [cx.fresh() for _ in range(arity)]
    _annotate(cx, clauses, params, tvars)
    outer = cx.fn
    in_loop = outer is not None and (outer.in_loop or outer.loop_outside)
    name = outer.name if outer is not None else cx.module.symbol
    around = outer.actor if outer is not None else None
    cx.fn = FnCtx(name, "", result, None, tvars, is_closure=True, loop_outside=in_loop, actor=around)
    locals_, body = infer_clauses(cx, clauses, params, result, scope, "closure")
    cx.fn = outer
    return tast.Lambda(expr.span, Fn(tuple(params), result), locals_, body)


def _same_arity(cx: Cx, clause: ClauseView, first: ClauseView) -> bool:
    arity, count = len(first.params), len(clause.params)
    if count == arity:
        return True
    cx.report(ClauseArity(clause.span, None, arity, count, first.span))
    return False


def _annotate(cx: Cx, clauses: list[ClauseView], params: list[Type], tvars: dict[str, Type]) -> None:
    resolver = TypeResolver(cx, cx.module, tvars)
    for clause in clauses:
        for index, param in enumerate(clause.params):
            if param.annotation is not None:
                declared = resolver.resolve(param.annotation)
                if not cx.u.unify(declared, params[index]):
                    place = Label(param.annotation.span, "expected from the annotation")
                    cx.mismatch(param.span, declared, params[index], Role("parameter of the closure", (place,)))
