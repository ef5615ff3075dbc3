"""Values that are written down or built: literals, variables, constants, constructors, collections."""

from __future__ import annotations

from snowc.lower.calls import call_builtin, call_std
from snowc.lower.context import FnContext
from snowc.mir import ir
from snowc.mir.types import INT, STRING, UNIT, Con, MTy
from snowc.types.tast import (
    Construct,
    FieldGet,
    GlobalConst,
    Interp,
    ListLit,
    Lit,
    LocalRef,
    MapLit,
    RangeLit,
    TExpr,
)

ROOMY = 4
"""List literals with more elements than this ask for their room at once."""


def lower_lit(fx: FnContext, expr: Lit) -> ir.Value:
    return fx.b.const(expr.value, UNIT if expr.value is None else fx.ty(expr.type, expr.span))


def lower_local_ref(fx: FnContext, expr: LocalRef) -> ir.Value:
    return fx.lookup(expr.local, expr.span)


def lower_global_const(fx: FnContext, expr: GlobalConst) -> ir.Value:
    return fx.b.const_ref(expr.name, fx.ty(expr.type, expr.span))


def lower_construct(fx: FnContext, expr: Construct) -> ir.Value:
    """A struct, variant or tuple; its fields are evaluated in the order in which they are written."""
    values: dict[int, ir.Value] = {}
    for index in expr.eval_order if expr.eval_order is not None else range(len(expr.fields)):
        values[index] = fx.value(expr.fields[index])
    variant = 0 if expr.variant is None else expr.variant.index
    return fx.b.construct(fx.ty(expr.type, expr.span), variant, [values[i] for i in range(len(expr.fields))])


def lower_field_get(fx: FnContext, expr: FieldGet) -> ir.Value:
    base = fx.value(expr.base)
    return fx.b.project(base, 0, expr.index, fx.ty(expr.type, expr.span))


def lower_range_lit(fx: FnContext, expr: RangeLit) -> ir.Value:
    low = fx.value(expr.low)
    high = fx.value(expr.high)
    return fx.b.construct(Con("Range"), 0, [low, high])


def lower_interp(fx: FnContext, expr: Interp) -> ir.Value:
    """Concatenation from the left, which extends the text so far in place."""
    text: ir.Value | None = None
    for part in _merged(expr.parts):
        piece = fx.b.const(part, STRING) if isinstance(part, str) else fx.value(part)
        text = piece if text is None else call_builtin(fx, "__string_concat", [text, piece], STRING)
    return fx.b.const("", STRING) if text is None else text


def _merged(parts: list[str | TExpr]) -> list[str | TExpr]:
    """The parts without empty texts and with neighbouring texts in one."""
    merged: list[str | TExpr] = []
    for part in parts:
        if part == "":
            continue
        last = merged[-1] if merged else None
        if isinstance(part, str) and isinstance(last, str):
            merged[-1] = last + part
        else:
            merged.append(part)
    return merged


def lower_list_lit(fx: FnContext, expr: ListLit) -> ir.Value:
    """A constant if the elements are literals, else a new list and a push per element."""
    ty = fx.ty(expr.type, expr.span)
    if expr.items and all(isinstance(item, Lit) for item in expr.items):
        values = tuple(item.value for item in expr.items if isinstance(item, Lit))
        return fx.b.emit(ir.Const(fx.b.new_value(ty), fx.b.loc, values))
    items = new_list(fx, ty)
    if len(expr.items) > ROOMY:
        items = call_builtin(fx, "__list_reserve", [items, fx.b.integer(len(expr.items))], ty)
    for item in expr.items:
        items = push(fx, items, fx.value(item))
    return items


def lower_map_lit(fx: FnContext, expr: MapLit) -> ir.Value:
    ty = fx.ty(expr.type, expr.span)
    made = call_std(fx, "Map.new", [], ty)
    for key, value in expr.entries:
        key_value = fx.value(key)
        made = call_std(fx, "Map.put", [made, key_value, fx.value(value)], ty)
    return made


def new_list(fx: FnContext, ty: MTy) -> ir.Value:
    """An empty list of type `ty`."""
    return call_builtin(fx, "__list_new", [], ty)


def push(fx: FnContext, items: ir.Value, item: ir.Value) -> ir.Value:
    """The list with one more element."""
    return call_builtin(fx, "__list_push", [items, item], items.type)


def list_length(fx: FnContext, items: ir.Value) -> ir.Value:
    return call_builtin(fx, "__list_length", [items], INT)


def list_get(fx: FnContext, items: ir.Value, index: ir.Value, ty: MTy) -> ir.Value:
    """The element at an index known to be in range."""
    return call_builtin(fx, "__list_get", [items, index], ty)
