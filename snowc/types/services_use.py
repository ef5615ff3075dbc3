"""Uses of services: `Till.pay`, and what to say of a name that the service does not have."""

from __future__ import annotations

from snowc.diag.suggest import did_you_mean
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.calls import Arg
from snowc.types.context import Cx
from snowc.types.env import ModuleEnv, Scope, ServiceEnv
from snowc.types.errors import PrivateName
from snowc.types.errors_processes import NoMember
from snowc.types.lookup import find_value
from snowc.types.resolve_types import find_service
from snowc.types.services import START, member_name
from snowc.types.ty import ERROR
from snowc.types.use import use_function

_STARTERS = frozenset({"new", "init", "spawn", "run", "start_link", "create"})
"""Names under which one may look for `start`."""


def use_service_member(cx: Cx, service: ServiceEnv, expr: ast.Dot) -> tast.TExpr:
    """A function of a service."""
    if not _is_visible(cx, service, expr.base.span):
        return tast.ErrorNode(expr.span, ERROR)
    name = expr.name.text
    if name in service.casts:
        cx.casts[(expr.span.file, expr.span.start)] = f"{service.short}.{name}"
    return use_function(cx, service.members[name], expr.span)


def _is_visible(cx: Cx, service: ServiceEnv, place: Span) -> bool:
    """Whether the module at hand may use a service; a private one is reported."""
    if service.public or _is_inside(cx, service.module):
        return True
    cx.report(PrivateName(place, service.short, service.module.name, service.span))
    return False


def _is_inside(cx: Cx, module: ModuleEnv) -> bool:
    return module in cx.module.chain()


def no_service_member(cx: Cx, service: ServiceEnv, name: ast.Name) -> tast.TExpr:
    """E0034, with the name that was probably meant: handlers are often called by the names they are declared with."""
    names = list(service.members)
    lowered = member_name(name.text)
    if lowered in service.members:
        advice: str | None = f"did you mean `{lowered}`?"
    elif name.text in _STARTERS:
        advice = f"`{service.short}.{START}(…)` runs `init` and gives the Pid"
    else:
        advice = did_you_mean(name.text, names)
    shown = tuple(n for n in names if not n.startswith("try_"))
    return cx.error(NoMember(name.span, service.short, name.text, shown, advice))


def service_named(cx: Cx, expr: Arg, scope: Scope) -> ServiceEnv | None:
    """The service that a name stands for, where it stands for no value."""
    if not isinstance(expr, ast.Var) or find_value(cx, scope, expr.name) is not None:
        return None
    return find_service(cx.module, [expr.name])
