"""Names as expressions: variables and `self`."""

from __future__ import annotations

from snowc.diag.suggest import did_you_mean
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.builtins import BUILTIN_MODULES, builtin_schemes
from snowc.types.context import Cx, handles
from snowc.types.env import BuiltinEntity, NominalEntry, Scope, Value
from snowc.types.errors import Undefined, UsedTooEarly, WildcardRead
from snowc.types.errors_processes import ServiceAsValue
from snowc.types.habits import unknown_name
from snowc.types.lookup import find_value, visible_names
from snowc.types.resolve_types import find_service, find_type, type_names
from snowc.types.ty import Type
from snowc.types.use import use_value


def value_named(cx: Cx, expr: ast.Var, scope: Scope) -> Value | None:
    """What a name stands for; intrinsics are visible to library sources only."""
    name = expr.name
    if name in cx.later_fns and scope.find(name) is None:
        return None
    found = find_value(cx, scope, name)
    if found is None and cx.module.is_std and name.startswith("__") and builtin_schemes(cx.env, name):
        return BuiltinEntity(name)
    return found


@handles(ast.Var)
def infer_var(cx: Cx, expr: ast.Var, scope: Scope, hint: Type | None) -> tast.TExpr:
    value = value_named(cx, expr, scope)
    if value is not None:
        return use_value(cx, value, expr.name, expr.span)
    if expr.name == "_":
        return cx.error(WildcardRead(expr.span))
    if expr.name in cx.later_fns:
        return cx.error(UsedTooEarly(expr.span, expr.name, cx.later_fns[expr.name]))
    service = find_service(cx.module, [expr.name])
    if service is not None:
        return cx.error(ServiceAsValue(expr.span, service.short))
    advice = _meant(cx, expr.name) or _nearest(cx, expr.name, scope) or _unnamed_state(cx, expr.name)
    return cx.error(Undefined(expr.span, "variable", expr.name, advice))


def _meant(cx: Cx, name: str) -> str | None:
    """What is known about an unknown name apart from its spelling."""
    entry = find_type(cx, cx.module, name)
    if isinstance(entry, NominalEntry) and entry.info.is_struct:
        fields = ", ".join(f"{field.name}: …" for field in entry.info.variants[0].fields)
        return f"a struct is built with `{name} {{ {fields} }}`" if fields else f"a struct is built with `{name} {{}}`"
    return unknown_name(name)


def _unnamed_state(cx: Cx, name: str) -> str | None:
    """What an unknown name in a handler that gives its state no name may have been meant for."""
    if cx.fn is None or cx.fn.unnamed_state is None or name[:1].isupper():
        return None
    return f"give the state of the service this name: `{cx.fn.unnamed_state} do |{name}|`"


def _nearest(cx: Cx, name: str, scope: Scope) -> str | None:
    """A visible name like `name`: variables and functions; for capitals constructors, types and modules."""
    if not name[:1].isupper():
        return did_you_mean(name, [n for n in visible_names(cx, scope) if not n[:1].isupper()])
    names = [n for n in visible_names(cx, scope) if n[:1].isupper()]
    for module in cx.module.chain():
        names += module.modules
    names += [*type_names(cx, cx.module, {}), *cx.module.file_module.namespaces, *BUILTIN_MODULES]
    return did_you_mean(name, names)


@handles(ast.SelfVar)
def infer_self(cx: Cx, expr: ast.SelfVar, scope: Scope, hint: Type | None) -> tast.TExpr:
    value = scope.find("self")
    if value is None:
        in_actor = cx.fn is not None and cx.fn.actor is not None
        advice = "write `self()` for the Pid of the actor" if in_actor else "`self` exists only in methods that take it"
        return cx.error(Undefined(expr.span, "variable", "self", advice))
    return use_value(cx, value, "self", expr.span)
