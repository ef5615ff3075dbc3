"""`while` and `for`, `break` and `continue`.

A `for` counts an index through its range or list. The list of the body's values travels through the
blocks of the loop as a parameter; a loop whose value nobody uses has none. Maps are walked by their
lists of keys and values, sets by their list of elements: the library's order is that of insertion.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from snowc.lower.calls import call_std
from snowc.lower.context import FnContext, Loop
from snowc.lower.faults import LoweringFault
from snowc.lower.literals import list_get, list_length, new_list, push
from snowc.lower.operators import condition
from snowc.mir import ir
from snowc.mir.types import INT, Con, MTy
from snowc.types.tast import Break, Continue, For, RangeLit, TExpr, While


def lower_while(fx: FnContext, expr: While) -> ir.Value:
    test, body, leave = fx.b.new_block("while"), fx.b.new_block("body"), fx.b.new_block("done")
    fx.b.jump(test)
    fx.b.enter(test)
    condition(fx, expr.cond, body, leave)
    if fx.b.enter(body):
        fx.loops.append(Loop(test, leave, []))
        fx.effect(expr.body)
        fx.loops.pop()
        fx.b.jump(test)
    fx.b.enter(leave)
    return fx.b.unit()


def lower_break(fx: FnContext, expr: TExpr) -> ir.Value:
    loop = _innermost(fx, expr)
    fx.b.jump(loop.leave, loop.collected)
    return fx.b.new_value(fx.ty(expr.type, expr.span))


def lower_continue(fx: FnContext, expr: TExpr) -> ir.Value:
    loop = _innermost(fx, expr)
    fx.b.jump(loop.again, loop.collected)
    return fx.b.new_value(fx.ty(expr.type, expr.span))


def _innermost(fx: FnContext, expr: TExpr) -> Loop:
    assert isinstance(expr, Break | Continue)
    if not fx.loops:
        raise LoweringFault(f"{type(expr).__name__.lower()} outside a loop", expr.span)
    return fx.loops[-1]


# ---- for ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Counted:
    """An iterable as a range of Ints and what to bind for each of them."""

    low: ir.Value
    high: ir.Value
    elements: Callable[[ir.Value], list[ir.Value]]


def lower_for(fx: FnContext, expr: For) -> ir.Value:
    [items] = _loop(fx, expr, [fx.ty(expr.type, expr.span)])
    return items


def lower_for_effect(fx: FnContext, expr: For) -> None:
    _loop(fx, expr, [])


def _loop(fx: FnContext, expr: For, collect: list[MTy]) -> list[ir.Value]:
    """The loop; `collect` is the type of the list of the body's values, or empty if nobody wants it."""
    b = fx.b
    counted = _counted(fx, expr)
    index = b.new_value(INT, "i")
    so_far, carried, result = ([b.new_value(ty, "items") for ty in collect] for _ in range(3))
    head, again, done = b.new_block("for", [index, *so_far]), b.new_block("next", carried), b.new_block("done", result)
    b.jump(head, [counted.low, *(new_list(fx, ty) for ty in collect)])
    if b.enter(head):
        each = b.new_block("each")
        b.branch(b.prim("ilt", index, counted.high), each, done, so_far)
        b.enter(each)
        fx.loops.append(Loop(again, done, so_far))
        _iteration(fx, expr, counted.elements(index), fx.loops[-1])
        fx.loops.pop()
    if b.enter(again):
        b.jump(head, [b.prim("iadd", index, b.integer(1)), *carried])
    b.enter(done)
    return result


def _iteration(fx: FnContext, expr: For, elements: list[ir.Value], loop: Loop) -> None:
    for local, element in zip(expr.binders, elements, strict=True):
        fx.bind(local, element)
    if expr.guard is not None:
        keep, skip = fx.b.new_block("keep"), fx.b.new_block("skip")
        condition(fx, expr.guard, keep, skip)
        if fx.b.enter(skip):
            fx.b.jump(loop.again, loop.collected)
        fx.b.enter(keep)
    if loop.collected:
        item = fx.value(expr.body)
        fx.b.jump(loop.again, [push(fx, items, item) for items in loop.collected])
    else:
        fx.effect(expr.body)
        fx.b.jump(loop.again)


def _counted(fx: FnContext, expr: For) -> _Counted:
    if isinstance(expr.iterable, RangeLit):
        low = fx.value(expr.iterable.low)
        return _Counted(low, fx.value(expr.iterable.high), lambda index: [index])
    iterable = fx.value(expr.iterable)
    match expr.kind, iterable.type:
        case "range", _:
            low, high = (fx.b.project(iterable, 0, i, INT) for i in range(2))
            return _Counted(low, high, lambda index: [index])
        case "list", Con("List"):
            return _over_lists(fx, expr, [iterable])
        case "set", Con("Set", (item,)):
            return _over_lists(fx, expr, [call_std(fx, "Set.to_list", [iterable], list_type(item))])
        case "map", Con("Map", (key, value)):
            keys = call_std(fx, "Map.keys", [iterable], list_type(key))
            if len(expr.binders) == 1:
                return _over_lists(fx, expr, [keys])
            return _over_lists(fx, expr, [keys, call_std(fx, "Map.values", [iterable], list_type(value))])
        case _:
            raise LoweringFault(f"`for` over {iterable.type} as a {expr.kind}", expr.span)


def _over_lists(fx: FnContext, expr: For, lists: list[ir.Value]) -> _Counted:
    """Lists of equal length side by side; one list of pairs with two binders is taken apart."""

    def elements(index: ir.Value) -> list[ir.Value]:
        found = [list_get(fx, items, index, item_type(items.type)) for items in lists]
        if len(found) == 1 and len(expr.binders) > 1:
            pair = found[0]
            assert isinstance(pair.type, Con)
            return [fx.b.project(pair, 0, i, ty) for i, ty in enumerate(pair.type.args)]
        return found

    return _Counted(fx.b.integer(0), list_length(fx, lists[0]), elements)


def list_type(item: MTy) -> MTy:
    return Con("List", (item,))


def item_type(items: MTy) -> MTy:
    """The element type of a list type."""
    assert isinstance(items, Con) and items.name == "List"
    return items.args[0]
