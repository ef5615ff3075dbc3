"""Indexing: `xs[i]` and `m[k]` (language.md 5.10), a member named `[]` in here.

While the type of the collection is unknown the use waits like every member. If nothing in a function
ever tells, an Int is taken to index a list and anything else a map; where the index is unknown as well,
the function takes the indexing as an extra argument.
"""

from __future__ import annotations

from snowc.syntax import ast
from snowc.types import infer_member, lookup, tast, use
from snowc.types.calls import apply
from snowc.types.context import Cx, handles
from snowc.types.env import BuiltinEntity, FnEntity, Scope
from snowc.types.errors import Role
from snowc.types.pending import MemberUse
from snowc.types.ty import ERROR, INT, Con, Fn, Type, Var, list_of, map_of

INDEX = "[]"


@handles(ast.Index)
def infer_index(cx: Cx, expr: ast.Index, scope: Scope, hint: Type | None) -> tast.TExpr:
    base = cx.infer(expr.base, scope)
    ty = cx.head(base.type)
    index = cx.infer(expr.index, scope)
    if isinstance(ty, Var):
        return infer_member.wait_for_member(cx, base, INDEX, expr.span, [index], cx.fresh())
    found = infer_member.find_member(cx, MemberUse(expr.span, ERROR, base, INDEX, expr.span, [index], cx.owner), ty)
    if isinstance(found.fn, tast.ErrorNode):
        return found.fn
    return apply(cx, expr.span, "`[…]`", found.fn, [base, index], scope)


def find_index(cx: Cx, node: MemberUse, ty: Type) -> infer_member.Found:
    """The function that indexes values of type `ty`: a map, or else a list."""
    assert node.args is not None
    is_map = isinstance(ty, Con) and ty.name == "Map"
    value = cx.fresh()
    key: Type = cx.fresh() if is_map else INT
    base = map_of(key, value) if is_map else list_of(value)
    kind = "Map" if is_map else "List"
    if not cx.expect(node.base.span, base, ty, lambda: Role("indexed with `[…]`")):
        return infer_member.Found(tast.ErrorNode(node.span, ERROR), True)
    index = node.args[0]
    if not cx.expect(index.span, key, index.type, lambda: Role(f"index of a {kind}")):
        return infer_member.Found(tast.ErrorNode(node.span, ERROR), True)
    return infer_member.Found(_function(cx, node, kind, Fn((base, key), value)), True)


def assume_collection(cx: Cx, node: MemberUse) -> infer_member.Found | None:
    """The function of the collection that the index speaks for, if it does."""
    assert node.args is not None
    key = cx.head(node.args[0].type)
    if isinstance(key, Var):
        return None
    assumed = list_of(cx.fresh()) if key == INT else map_of(key, cx.fresh())
    if not cx.expect(node.base.span, assumed, node.base.type, lambda: Role("indexed with `[…]`")):
        return infer_member.Found(tast.ErrorNode(node.span, ERROR), True)
    return find_index(cx, node, assumed)


def _function(cx: Cx, node: MemberUse, kind: str, ty: Fn) -> tast.TExpr:
    found = lookup.library_function(cx, kind, "__index") or lookup.library_function(cx, kind, "get")
    if isinstance(found, FnEntity):
        fn = use.use_function(cx, found, node.span, "`[…]`")
        cx.u.unify(fn.type, ty)
        return fn
    if isinstance(found, BuiltinEntity):
        return tast.BuiltinFn(node.span, ty, found.key, [ty.result])
    return cx.unsupported(node.span, f"indexing without the library module `{kind}`")
