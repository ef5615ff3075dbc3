"""Types of a service: one state type for `init`, every handler and every new state (concurrency.md SVC-3).

Nothing of a service is generalised. A request is handled by the one process that `start` has made, which knows
nothing of the types its callers would choose; what the service leaves open, its first use decides.
"""

from __future__ import annotations

from collections.abc import Iterator

from snowc.source.record import mutable
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.clauses import ClauseView, bind_local, infer_clauses
from snowc.types.context import Cx, FnCtx
from snowc.types.env import Scope
from snowc.types.errors_control import BoundTwice
from snowc.types.refs import pattern_binds
from snowc.types.resolve_types import TypeResolver
from snowc.types.services import HandlerEntity, ServiceGroup
from snowc.types.ty import INT, STRING, UNIT, Con, Fn, Scheme, Type, result_of, tuple_of
from snowc.types.unify import lower_levels
from snowc.types.use import use_value

SERVICE_PID = Con("Pid", (UNIT,))


@mutable
class HandlerTypes:
    """What a handler takes besides the state, and what it replies; () for a cast."""

    handler: HandlerEntity
    params: list[Type]
    reply: Type

    @property
    def is_cast(self) -> bool:
        return self.handler.definition.kind == "cast"


@mutable
class TypedHandler:
    """A handler as a function: parameters, the state first, and its body."""

    types: HandlerTypes
    params: list[tast.Local]
    body: tast.TExpr


@mutable
class TypedService:
    """The types of a service, and its handlers once they have been read."""

    group: ServiceGroup
    state: Type
    start: list[Type]
    """The parameters of `start`, which are those of `init`."""
    types: list[HandlerTypes]
    init: tast.TExpr | None = None
    handlers: list[TypedHandler] | None = None

    def open_types(self) -> Iterator[Type]:
        """Every type that only the service's uses may decide."""
        yield self.state
        yield from self.start
        for handler in self.types:
            yield from (*handler.params, handler.reply)


def declare_types(cx: Cx, group: ServiceGroup) -> TypedService:
    """Give the functions of a service their types, as far as they are written down."""
    cx.module = group.inside
    init = group.init
    count = 0 if init is None else len(init.clauses[0].params or ())
    types = [_handler_types(cx, handler) for handler in group.handlers]
    service = TypedService(group, cx.fresh(), [cx.fresh() for _ in range(count)], types)
    group.start.mono = Fn(tuple(service.start), SERVICE_PID)
    for each in types:
        each.handler.member.mono = Fn((SERVICE_PID, *each.params), each.reply)
        if each.handler.trying is not None:
            each.handler.trying.mono = Fn((SERVICE_PID, INT, *each.params), result_of(each.reply, STRING))
    return service


def _handler_types(cx: Cx, handler: HandlerEntity) -> HandlerTypes:
    definition = handler.definition
    resolver = TypeResolver(cx, cx.module, {})
    params: list[Type] = []
    for param in definition.params or ():
        params.append(cx.fresh() if param.annotation is None else resolver.resolve(param.annotation))
    if definition.kind == "cast":
        return HandlerTypes(handler, params, UNIT)
    reply = cx.fresh() if definition.result is None else resolver.resolve(definition.result)
    return HandlerTypes(handler, params, reply)


def infer_service(cx: Cx, service: TypedService) -> None:
    """Read `init`'s type and the bodies of the handlers."""
    group = service.group
    cx.module, cx.owner, cx.fn = group.inside, group.owner, None
    if group.init is None:
        cx.u.unify(service.state, INT)
    else:
        service.init = use_value(cx, group.init, group.init.short, group.init.span)
        cx.u.unify(service.init.type, Fn(tuple(service.start), service.state))
    service.handlers = [_infer_handler(cx, service, types) for types in service.types]
    cx.fn = None


def close_service(cx: Cx, service: TypedService) -> None:
    """Leave open types to the rest of the module."""
    for ty in service.open_types():
        lower_levels(ty, cx.level)
    for member in service.group.members:
        assert member.mono is not None
        member.scheme = Scheme((), (), member.mono)


# ---- handlers ----------------------------------------------------------------------------------


def _infer_handler(cx: Cx, service: TypedService, types: HandlerTypes) -> TypedHandler:
    definition = types.handler.definition
    is_call = definition.kind == "call"
    result = tuple_of(service.state, types.reply) if is_call else service.state
    what = f"{definition.kind} {definition.name.text}"
    cx.fn = FnCtx(types.handler.member.name, what, result, None, {})
    cx.fn.result_help = _help(definition) + ("" if service.group.init is not None else "; without `init` it is an Int")
    if definition.state is None:
        cx.fn.unnamed_state = f"{what}{'(…)' if definition.params else '()'}"
    scope = Scope()
    state = _bind_state(cx, definition, service.state, scope)
    view = ClauseView(definition.span, definition.params or (), None, definition.body)
    locals_, body = infer_clauses(cx, [view], types.params, result, scope, "fn")
    return TypedHandler(types, [state, *locals_], body)


def _bind_state(cx: Cx, definition: ast.Handler, ty: Type, scope: Scope) -> tast.Local:
    """The parameter for the state; no parameter of the handler may have its name."""
    name = definition.state
    if name is None:
        return tast.Local("_", ty, definition.name.span)
    local = tast.Local(name.text, ty, name.span)
    bind_local(scope, local)
    for param in definition.params or ():
        if name.text in pattern_binds(param.pattern):
            cx.report(BoundTwice(name.span, name.text, param.span))
    return local


def _help(definition: ast.Handler) -> str:
    if definition.kind == "cast":
        return "the value of a `cast` body is the new state"
    return "the value of a `call` body is the pair (new state, reply)"
