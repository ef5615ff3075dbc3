"""Inference of one module: declarations, dependency groups, and the typed module at the end.

In: a parsed file and the tables of all modules it depends on. Out: a `TModule`, and the module's
environment added to the tables. Mistakes go to the sink, as many as there are; with errors the result
is still complete, but holds error nodes and must not be lowered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from snowc.diag.core import Sink
from snowc.source.record import mutable
from snowc.syntax import ast
from snowc.types import (
    infer_actor,
    infer_call,
    infer_control,
    infer_dot,
    infer_expr,
    infer_index,
    infer_names,
    infer_operator,
    tast,
)
from snowc.types.const_order import Node, report_early_reads, source_order
from snowc.types.context import Cx
from snowc.types.declare import ConstGroup, Declared, declare_fields, declare_names
from snowc.types.derives import declare_derives
from snowc.types.env import FnEntity, Instance, Interface, LocalVar, ModuleEnv, ProgramEnv, Scope
from snowc.types.errors_decl import UnusedTopLevel
from snowc.types.finish import Finisher
from snowc.types.functions import Member, declare_function, generalise_group, infer_function
from snowc.types.generalise import default
from snowc.types.groups import components
from snowc.types.imports import Importer
from snowc.types.infer_block import let_value, may_generalise
from snowc.types.infer_pattern import Binder, infer_pattern
from snowc.types.instances import check_defaults, declare_instance, default_clause, infer_instance
from snowc.types.interfaces import declare_methods
from snowc.types.overlaps import check_derivations, check_overlaps
from snowc.types.refs import free_names, names_in
from snowc.types.resolve_types import find_namespace, find_service
from snowc.types.services import ServiceGroup
from snowc.types.services_build import service_functions
from snowc.types.services_infer import TypedService, close_service, declare_types, infer_service
from snowc.types.traits import TraitWant, report_missing
from snowc.types.ty import Scheme, Var, prune
from snowc.types.unify import free_vars, lower_levels, zonk

_REGISTERED = (
    infer_actor,
    infer_call,
    infer_control,
    infer_dot,
    infer_expr,
    infer_index,
    infer_names,
    infer_operator,
)
"""Importing these has filled the dispatch table."""


class ParsedModule(Protocol):
    """What the module graph hands over."""

    @property
    def name(self) -> str: ...
    @property
    def ast(self) -> ast.File: ...
    @property
    def is_std(self) -> bool: ...
    @property
    def visible(self) -> Mapping[str, str]:
        """The full names of the program's modules by the paths that this one may import them by."""
        ...


def infer_module(parsed: ParsedModule, env: ProgramEnv, sink: Sink) -> tast.TModule:
    """Check one module and make it available to those that follow."""
    module = ModuleEnv(parsed.name, parsed.is_std)
    cx = Cx(env, sink, module)
    cx.inner_items = parsed.ast.inner_items is not None
    out = tast.TModule(parsed.name, parsed.is_std)
    declared = Declared()
    declare_names(cx, module, parsed.ast.block.stmts, declared)
    importer = Importer(cx, module, parsed.visible)
    for stmt, _ in declared.imports:
        importer.enter(stmt)
    declare_fields(cx, declared)
    for interface in declared.interfaces:
        declare_methods(cx, interface)
    found = [declare_instance(cx, definition, where) for definition, where in declared.impls]
    declare_derives(cx, declared)
    instances = [i for i in found if i is not None]
    out.types = [info for info, _, _ in declared.types]
    if not module.is_std:
        check_overlaps(cx, instances)
        cx.module = module
        check_derivations(cx, out.types)
    _Inference(cx, declared, instances, out).run()
    env.add_module(module)
    return out


@mutable
class _Const:
    """A typed constant, waiting to be finished."""

    entity: FnEntity
    value: tast.TExpr


class _Inference:
    """Infers everything a file declares, dependency group by dependency group."""

    def __init__(self, cx: Cx, declared: Declared, instances: list[Instance], out: tast.TModule) -> None:
        self.cx = cx
        self.declared = declared
        self.instances = instances
        self.out = out
        self.consts: list[_Const] = []
        self.group_of: dict[FnEntity, FnEntity | ConstGroup | ServiceGroup] = {}
        for entity in declared.functions:
            self.group_of[entity] = entity
        for group in declared.consts:
            self.group_of.update(dict.fromkeys([group.value, *group.parts], group))
        for service in declared.services:
            self.group_of.update(dict.fromkeys(service.members, service))

    def run(self) -> None:
        nodes, edges = self._graph()
        report_early_reads(self.cx, self.declared.consts, self._resolve)
        for component in components(nodes, edges):
            self._component(component)
        for expr, module in self.declared.loose:
            self._loose(expr, module)
        self._settle_rest()
        self._finish(source_order(self.declared.consts))

    # ---- the graph -----------------------------------------------------------------------------

    def _graph(self) -> tuple[list[Node], dict[Node, list[Node]]]:
        """Default bodies and generic implementations first: others need to know their contexts."""
        generic = [i for i in self.instances if i.params or i.slots]
        plain = [i for i in self.instances if not (i.params or i.slots)]
        named: list[Node] = [*self.declared.functions, *self.declared.consts, *self.declared.services]
        nodes: list[Node] = [*self.declared.interfaces, *generic, *named, *plain]
        return nodes, {node: self._edges(node) for node in nodes}

    def _edges(self, node: Node) -> list[Node]:
        if isinstance(node, FnEntity):
            return self._resolve(node.module, free_names(node.clauses))
        if isinstance(node, ConstGroup):
            return self._resolve(node.value.module, names_in(node.let.value))
        if isinstance(node, ServiceGroup):
            return self._resolve(node.inside, node.mentioned())
        if isinstance(node, Interface):
            clauses = [default_clause(m.default) for m in node.methods.values() if m.default is not None]
            return self._resolve(node.module, free_names(clauses))
        assert node.definition is not None
        return self._resolve(node.module, free_names(s for s in node.definition.body.stmts if isinstance(s, ast.FnDef)))

    def _resolve(self, module: ModuleEnv, names: Sequence[str]) -> list[Node]:
        """The functions and constants of this file among `names`."""
        found: dict[Node, None] = {}
        # What blocks inside of it declare may be meant too; an edge too many only makes a group larger.
        inside = [scope for scope in self.cx.block_modules.values() if module in scope.chain()]
        for name in names:
            for scope in (module, *inside):
                entity = self._entity(scope, name)
                if entity is not None and entity in self.group_of:
                    found.setdefault(self.group_of[entity])
        return list(found)

    def _entity(self, module: ModuleEnv, name: str) -> FnEntity | None:
        parts = name.split(".")
        if len(parts) > 1:
            owner = find_namespace(module, parts[:-1])
            value = owner.values.get(parts[-1]) if owner is not None else None
            if value is None and (service := find_service(module, parts[:-1])) is not None:
                value = service.members.get(parts[-1])
            return value if isinstance(value, FnEntity) else None
        for env in module.chain():
            value = env.values.get(name)
            if value is not None:
                return value if isinstance(value, FnEntity) else None
        return None

    # ---- groups --------------------------------------------------------------------------------

    def _component(self, component: list[Node]) -> None:
        first = component[0]
        if isinstance(first, Instance):
            infer_instance(self.cx, first, self.out)
        elif isinstance(first, Interface):
            check_defaults(self.cx, first)
        else:
            self._group([n for n in component if isinstance(n, FnEntity | ConstGroup | ServiceGroup)])
        self.cx.settle()

    def _group(self, group: list[FnEntity | ConstGroup | ServiceGroup]) -> None:
        """A group of functions, constants and services: types first, then bodies, then generalisation."""
        cx = self.cx
        cx.letter, cx.taken, cx.instance, cx.later_fns = 0, set(), None, {}
        mark = len(cx.wants)
        cx.level += 1
        members: list[Member] = []
        services: list[TypedService] = []
        for node in group:
            if isinstance(node, FnEntity):
                cx.module = node.module
                members.append(declare_function(cx, node, {}))
            elif isinstance(node, ServiceGroup):
                services.append(declare_types(cx, node))
            else:
                for entity in (node.value, *node.parts):
                    entity.mono = cx.fresh()
                    members.append(Member(entity, None, []))
        for node in group:
            if isinstance(node, FnEntity):
                self._function(next(m for m in members if m.entity is node))
            elif isinstance(node, ConstGroup):
                self._const(node)
        for service in services:
            infer_service(cx, service)
        cx.level -= 1
        cx.owner = None
        for node in group:
            if isinstance(node, FnEntity) and is_entry(node):
                self._close_entry(node, mark)
            if isinstance(node, ConstGroup) and not self._generalises(node):
                for entity in (node.value, *node.parts):
                    assert entity.mono is not None
                    lower_levels(entity.mono, cx.level)
        for service in services:
            close_service(cx, service)
        generalise_group(cx, members, mark, top=True)
        self.out.functions += [m.entity.decl for m in members if m.entity.decl is not None]
        for service in services:
            self.out.functions += service_functions(service)

    def _function(self, member: Member) -> None:
        cx = self.cx
        cx.module, cx.owner = member.entity.module, member.entity
        infer_function(cx, member, Scope())

    def _close_entry(self, entity: FnEntity, mark: int) -> None:
        """Nobody uses the result of `main`, so that nothing is left open in it."""
        assert entity.mono is not None
        for var in free_vars(entity.mono):
            if var.rigid is None and var.level > self.cx.level:
                default(self.cx, var, [w for w in self.cx.wants[mark:] if prune(w.type) is var])

    def _generalises(self, group: ConstGroup) -> bool:
        return not group.parts and may_generalise(self.cx, group.let.value, Scope())

    def _const(self, group: ConstGroup) -> None:
        """The value of a top-level `let`; the variables of a tuple pattern are taken out of it."""
        cx, entity = self.cx, group.value
        cx.module, cx.owner, cx.fn = entity.module, entity, None
        value, ty = let_value(cx, group.let, Scope())
        assert entity.mono is not None
        cx.u.unify(entity.mono, ty)
        self.consts.append(_Const(entity, value))
        if isinstance(group.let.pattern, ast.NamePat) and not group.parts:
            return
        scope = Scope()
        typed = infer_pattern(cx, group.let.pattern, ty, Binder(scope))
        for part in group.parts:
            local = scope.names.get(part.short)
            if isinstance(local, LocalVar):
                assert part.mono is not None
                cx.u.unify(part.mono, local.local.type)
                self.consts.append(_Const(part, _taken_out(group, typed, local.local)))
        if not group.parts:
            self.consts[-1].value = _matched(value, typed)

    def _loose(self, expr: ast.Expr, module: ModuleEnv) -> None:
        """A top-level expression is checked, not executed."""
        cx = self.cx
        cx.module, cx.owner, cx.fn, cx.instance = module, None, None, None
        cx.infer(expr, Scope())
        if not isinstance(expr, ast.ErrorExpr):
            cx.report(UnusedTopLevel(expr.span))

    # ---- the end -------------------------------------------------------------------------------

    def _settle_rest(self) -> None:
        """Default what the whole module has left open (language.md 3.5)."""
        cx = self.cx
        progress = True
        while progress:
            cx.settle()
            left = [w for w in cx.wants if not w.done]
            progress = False
            for want in left:
                var = prune(want.type)
                if isinstance(var, Var) and var.rigid is None:
                    default(cx, var, [w for w in left if prune(w.type) is var])
                    progress = True
                elif not isinstance(var, Var) and want.attempt(cx):
                    want.done = progress = True
        for want in cx.wants:
            var = prune(want.type)
            if not want.done and isinstance(want, TraitWant) and isinstance(var, Var):
                # An implementation turned out to need more than its users could know by then.
                if (want.trait, var) not in cx.granted:
                    report_missing(cx, want, want.trait, var, want.root or var)

    def _finish(self, order: list[ConstGroup]) -> None:
        finisher, out = Finisher(self.cx), self.out
        for decl in out.functions:
            finisher.decl(decl)
        place = {entity: i for i, group in enumerate(order) for entity in (group.value, *group.parts)}
        for const in sorted(self.consts, key=lambda c: place[c.entity]):
            value = finisher.expr(const.value)
            self._finished_const(const.entity, value)
        for impl in out.impls:
            impl.trait_args = [zonk(t) for t in impl.trait_args]
        for entity in self.group_of:
            if entity.scheme is not None and not (entity.const and entity.short == "let"):
                type_ = zonk(entity.scheme.type)
                out.schemes[entity.name] = Scheme(entity.scheme.names, entity.scheme.preds + entity.evidence, type_)

    def _finished_const(self, entity: FnEntity, value: tast.TExpr) -> None:
        """A generalised constant is a function without parameters, called at each use."""
        names = [v.rigid or "?" for v in entity.type_vars]
        if names:
            evidence = self.cx.evidence_locals[entity]
            for local in evidence:
                local.type = zonk(local.type)
            self.out.functions.append(tast.FnDecl(entity.name, entity.span, names, [], evidence, value.type, value))
        else:
            self.out.consts.append(tast.ConstDecl(entity.name, entity.span, value.type, value))


def is_entry(entity: FnEntity) -> bool:
    """Whether a function is the program's `main`."""
    return entity.name == "Main.main" and not entity.clauses[0].params


def _taken_out(group: ConstGroup, pattern: tast.TPat, local: tast.Local) -> tast.TExpr:
    """The value of one variable of a top-level tuple pattern."""
    span = group.let.span
    whole = tast.GlobalConst(span, pattern.type, group.value.name)
    bind = tast.Let(span, pattern.type, pattern, whole)
    return tast.Block(span, local.type, [bind, tast.LocalRef(span, local.type, local)])


def _matched(value: tast.TExpr, pattern: tast.TPat) -> tast.TExpr:
    """The value of a `let` whose pattern binds nothing; it is still checked for fitting."""
    return tast.Block(value.span, value.type, [tast.Let(value.span, value.type, pattern, value)])
