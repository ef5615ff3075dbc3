"""Services: the names they declare, and which functions those give (language.md 4.7, concurrency.md 16).

A service is one node of the dependency graph. Its `fn`s, `init` among them, are functions of an inner scope
that only the service sees; each handler becomes a function behind the service's name, and so does `start`.
"""

from __future__ import annotations

from snowc.source.record import mutable
from snowc.syntax import ast
from snowc.types.context import Cx
from snowc.types.env import FnEntity, ModuleEnv, ServiceEnv
from snowc.types.errors_processes import HiddenMembers, MemberClash, ReservedMember
from snowc.types.functions import group_clauses, module_function
from snowc.types.lookup import std_function
from snowc.types.refs import free_names

START = "start"
INIT = "init"


@mutable
class HandlerEntity:
    """A `call` or `cast` with the function it becomes, and for a `call` the one that gives up after a time."""

    definition: ast.Handler
    member: FnEntity
    trying: FnEntity | None


@mutable
class ServiceGroup:
    """A service while its module is inferred. `inside` is the scope of its handlers and functions."""

    definition: ast.ServiceDef
    service: ServiceEnv
    inside: ModuleEnv
    helpers: list[FnEntity]
    start: FnEntity
    handlers: list[HandlerEntity]
    owner: FnEntity
    """Stands for the handlers as an owner of code; like a constant it takes no evidence."""

    @property
    def init(self) -> FnEntity | None:
        value = self.inside.values.get(INIT)
        return value if isinstance(value, FnEntity) else None

    def mentioned(self) -> list[str]:
        """The outer names that the handlers mention, and `init`."""
        clauses = [_as_clause(handler.definition) for handler in self.handlers]
        return [*([] if self.init is None else [INIT]), *free_names(clauses)]

    @property
    def members(self) -> list[FnEntity]:
        """All functions behind the service's name."""
        made = [f for h in self.handlers for f in (h.member, h.trying) if f is not None]
        return [self.start, *made]


def _as_clause(handler: ast.Handler) -> ast.FnDef:
    """A handler as the clause of a function, as far as names and parameters go."""
    state = () if handler.state is None else (_variable(handler.state),)
    params = (*state, *(handler.params or ()))
    return ast.FnDef(handler.span, None, False, handler.name, (), params, None, (), None, handler.body, True)


def _variable(name: ast.Name) -> ast.Param:
    return ast.Param(name.span, ast.NamePat(name.span, name.text), None)


def member_name(handler: str) -> str:
    """`GetCount` → `get_count`: the name that the function of a handler has."""
    lowered = "".join(f"_{c.lower()}" if c.isupper() else c for c in handler)
    return lowered[1:] if handler[:1].isupper() else lowered


def declare_service(cx: Cx, module: ModuleEnv, definition: ast.ServiceDef) -> ServiceGroup:
    """Enter a service and the names of its functions."""
    name = definition.name
    service = ServiceEnv(module.full_name(name.text), name.text, definition.public, name.span, module)
    module.services[name.text] = service
    # With a mark that no module's name has: a file below may be called like the service.
    inside = ModuleEnv(f"{module.name}.{name.text}'", module.is_std, module, False, name.span)
    cx.module = inside
    helpers = [entity for entity, _ in group_clauses(cx, definition.functions, module_function)]
    inside.values.update({entity.short: entity for entity in helpers})
    cx.module = module
    start = _member(inside, START, name)
    service.members[START] = start
    owner = FnEntity(inside.symbol, name.text, name.span, False, inside, const=True)
    group = ServiceGroup(definition, service, inside, helpers, start, [], owner)
    sources: dict[str, ast.Handler] = {}
    for handler in definition.handlers:
        _declare_handler(cx, group, handler, sources)
    hidden = tuple(m for m in service.members if std_function(cx, name.text, m) is not None)
    if hidden:
        cx.report(HiddenMembers(name.span, name.text, hidden))
    return group


def _member(inside: ModuleEnv, name: str, place: ast.Name) -> FnEntity:
    """A generated function: as visible as its service. A function inside may have the same name."""
    full = f"{inside.symbol}.{name}" + ("'" if name in inside.values else "")
    return FnEntity(full, name, place.span, True, inside)


def _declare_handler(cx: Cx, group: ServiceGroup, handler: ast.Handler, sources: dict[str, ast.Handler]) -> None:
    """The function of a handler, and `try_…` beside that of a call; a handler whose names are taken is left out."""
    name = member_name(handler.name.text)
    names = [name, f"try_{name}"] if handler.kind == "call" else [name]
    if any(_is_taken(cx, group, handler, n, sources) for n in names):
        return
    made = [_member(group.inside, n, handler.name) for n in names]
    sources.update(dict.fromkeys(names, handler))
    group.service.members.update({m.short: m for m in made})
    if handler.kind == "cast":
        group.service.casts.add(name)
    group.handlers.append(HandlerEntity(handler, made[0], made[1] if len(made) > 1 else None))


def _is_taken(cx: Cx, group: ServiceGroup, handler: ast.Handler, name: str, sources: dict[str, ast.Handler]) -> bool:
    service = group.service.short
    if name == START:
        cx.report(ReservedMember(handler.name.span, service, _called(handler)))
        return True
    known = sources.get(name)
    if known is not None:
        first = known.name.span
        cx.report(MemberClash(handler.name.span, service, name, _called(handler), _called(known), first))
    return known is not None


def _called(handler: ast.Handler) -> str:
    return f"`{handler.kind} {handler.name.text}`"
