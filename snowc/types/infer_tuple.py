"""`Tuple.first`, `second`, `third`, `nth` and `size` (stdlib.md 2.10), which take a tuple of any arity.

Their rule is no type scheme: an element is a member of the value, named `#0`, `#1`, … in here, and waits
for the type of the value like every member. With a literal index `nth` is such a member too; otherwise
all elements must share one type.
"""

from __future__ import annotations

from snowc.source.span import Span
from snowc.types import infer_member, lookup, tast, use
from snowc.types.builtins import TUPLE_FUNCTIONS
from snowc.types.context import Cx
from snowc.types.env import Scope
from snowc.types.errors import Role
from snowc.types.pending import Macro, MemberUse
from snowc.types.ty import ERROR, INT, Con, Fn, Type, list_of, tuple_of

_PLACES = {"first": "#0", "second": "#1", "third": "#2", "size": "#size"}


def use_tuple_function(cx: Cx, name: str, span: Span, arity: int | None) -> tast.TExpr:
    """The function as the callee of a call with `arity` arguments, or as a value."""
    if arity is not None:
        return Macro(span, ERROR, name, TUPLE_FUNCTIONS[name], lambda args, at: _call(cx, name, args, at))
    params = [tast.Local("tuple", cx.fresh(), span), tast.Local("index", INT, span)][: TUPLE_FUNCTIONS[name]]
    body = _call(cx, name, [tast.LocalRef(span, p.type, p) for p in params], span)
    return tast.Lambda(span, Fn(tuple(p.type for p in params), body.type), params, body)


def _call(cx: Cx, name: str, args: list[tast.TExpr], span: Span) -> tast.TExpr:
    subject = args[0]
    if name != "nth":
        return infer_member.use_member(cx, subject, _PLACES[name], subject.span, span)
    index = args[1]
    cx.expect(index.span, INT, index.type, lambda: Role("argument 2 of `Tuple.nth`"))
    if isinstance(index, tast.Lit) and isinstance(index.value, int) and index.value >= 0:
        return infer_member.use_member(cx, subject, f"#{index.value}", subject.span, span)
    return infer_member.call_member(cx, subject, "#nth", subject.span, [index], Scope(), span)


def find_place(cx: Cx, node: MemberUse, ty: Type) -> infer_member.Found:
    """The member `#…` of a value of type `ty`."""
    if not isinstance(ty, Con) or ty.name != "Tuple":
        cx.mismatch(node.base.span, tuple_of(cx.fresh(), cx.fresh()), ty, Role("a function of `Tuple`"))
        return infer_member.Found(tast.ErrorNode(node.span, ERROR), False)
    if node.name == "#size":
        ignored = tast.Let(node.span, ty, tast.PWild(node.span, ty), node.base)
        size = tast.Lit(node.span, INT, len(ty.args))
        return infer_member.Found(tast.Block(node.span, INT, [ignored, size]), False)
    if node.name == "#nth":
        return infer_member.Found(_selector(cx, node, ty), True)
    index = int(node.name[1:])
    if index < len(ty.args):
        return infer_member.Found(tast.FieldGet(node.span, ty.args[index], node.base, index), False)
    return infer_member.Found(_out_of_range(cx, node, ty, index), False)


def _out_of_range(cx: Cx, node: MemberUse, ty: Con, index: int) -> tast.TExpr:
    """A fixed place that the tuple does not have: a panic if it could have any type, else a mistake."""
    if len(set(ty.args)) == 1:
        selector = _selector(cx, node, ty)
        return tast.Call(node.span, ty.args[0], selector, [node.base, tast.Lit(node.span, INT, index)])
    longer = tuple_of(*ty.args, *(cx.fresh() for _ in range(index + 1 - len(ty.args))))
    cx.mismatch(node.base.span, longer, ty, Role(f"a tuple with an element {index}"))
    return tast.ErrorNode(node.span, ERROR)


def _selector(cx: Cx, node: MemberUse, ty: Con) -> tast.TExpr:
    """The function from tuple and index to an element, for elements of one type."""
    span, item = node.span, ty.args[0]
    for other in ty.args[1:]:
        cx.expect(node.base.span, item, other, lambda: Role("all elements, for an index that is not a literal"))
    subject, index = tast.Local("tuple", ty, span), tast.Local("index", INT, span)
    whole = tast.LocalRef(span, ty, subject)
    items = tast.ListLit(span, list_of(item), [tast.FieldGet(span, item, whole, i) for i in range(len(ty.args))])
    element = lookup.library_function(cx, "Tuple", "__element")
    assert element is not None
    fn = use.use_value(cx, element, "__element", span)
    cx.u.unify(fn.type, Fn((list_of(item), INT), item))
    body = tast.Call(span, item, fn, [items, tast.LocalRef(span, INT, index)])
    return tast.Lambda(span, Fn((ty, INT), item), [subject, index], body)
