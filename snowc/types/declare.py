"""Entering the declarations of a file: names first, then types, interfaces and instance heads.

On exit every `ModuleEnv` of the file knows its names, nominal types have their fields, interfaces their
method types, and each `impl` is registered as an `Instance`. No function body has been read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from snowc.diag.core import NotSupportedYet
from snowc.source.record import mutable
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types.actors import actor_clause
from snowc.types.context import Cx
from snowc.types.env import (
    AliasEntry,
    CtorEntity,
    FnEntity,
    Interface,
    ModuleEnv,
    NominalEntry,
)
from snowc.types.errors_control import UppercaseParameter
from snowc.types.errors_decl import DeclaredTwice
from snowc.types.functions import group_clauses, module_function
from snowc.types.inner_items import INNER_ITEMS, blocks_with_items
from snowc.types.refs import pattern_binds
from snowc.types.resolve_types import TypeResolver, alias_target
from snowc.types.services import ServiceGroup, declare_service
from snowc.types.supervisors import supervisor_clause
from snowc.types.ty import FieldInfo, Gen, Type, TypeInfo, VariantInfo

TypeDef = ast.StructDef | ast.SumDef


@mutable
class Declared:
    """What a file declares, inline modules included, in source order."""

    types: list[tuple[TypeInfo, TypeDef, ModuleEnv]] = field(default_factory=list)
    aliases: list[AliasEntry] = field(default_factory=list)
    interfaces: list[Interface] = field(default_factory=list)
    impls: list[tuple[ast.ImplDef, ModuleEnv]] = field(default_factory=list)
    functions: list[FnEntity] = field(default_factory=list)
    consts: list[ConstGroup] = field(default_factory=list)
    services: list[ServiceGroup] = field(default_factory=list)
    imports: list[tuple[ast.Import | ast.FromImport, ModuleEnv]] = field(default_factory=list)
    loose: list[tuple[ast.Expr, ModuleEnv]] = field(default_factory=list)


@mutable
class ConstGroup:
    """A top-level `let`: the entity of its value, and one for each variable of a tuple pattern."""

    let: ast.Let
    value: FnEntity
    parts: list[FnEntity]

    @property
    def names(self) -> tuple[str, ...]:
        """What a program calls it: the name, or the variables of the pattern."""
        bound = tuple(part.short for part in self.parts)
        return bound or (self.value.short,)


def declare_names(cx: Cx, module: ModuleEnv, stmts: Sequence[ast.Stmt], out: Declared) -> None:
    """Enter the names of one module and of those inside it."""
    seen: dict[tuple[str, str], Span] = {}
    for stmt in stmts:
        if isinstance(stmt, ast.Expr):
            out.loose.append((stmt, module))
        elif isinstance(stmt, ast.Let):
            _declare_let(cx, module, stmt, out)
        else:
            _declare_item(cx, module, stmt, seen, out)
    cx.module = module
    for entity, _ in group_clauses(cx, stmts, module_function):
        known = seen.get(("process", entity.short))
        if known is not None:
            cx.report(DeclaredTwice(entity.span, "function", entity.short, known))
            continue
        module.values[entity.short] = entity
        out.functions.append(entity)
    if cx.inner_items:
        for stmt in stmts:
            _declare_inner(cx, module, stmt, out)


def _declare_inner(cx: Cx, module: ModuleEnv, stmt: ast.Stmt, out: Declared) -> None:
    """Enter what the blocks of functions declare, each as a nameless module inside `module`."""
    for block in blocks_with_items(stmt):
        if isinstance(stmt, ast.InterfaceDef):
            # Other files infer the body again, for their implementations.
            cx.report(NotSupportedYet(block.span, "a declaration inside the default body of a method"))
        key = f"{stmt.name.text}()" if isinstance(stmt, ast.FnDef) else "inner()"
        while key in module.modules:
            key += "'"
        scope = ModuleEnv(f"{module.name}.{key}", module.is_std, module, False, block.span)
        module.modules[key] = cx.block_modules[block] = scope
        declare_names(cx, scope, [s for s in block.stmts if isinstance(s, INNER_ITEMS)], out)
        for inner in block.stmts:
            if not isinstance(inner, INNER_ITEMS):
                _declare_inner(cx, scope, inner, out)


def _declare_item(cx: Cx, module: ModuleEnv, stmt: ast.Stmt, seen: dict[tuple[str, str], Span], out: Declared) -> None:
    match stmt:
        case ast.StructDef() | ast.SumDef():
            if _first(cx, seen, "type", stmt.name):
                _declare_type(cx, module, stmt, out)
        case ast.AliasDef(name=name):
            if _first(cx, seen, "type", name):
                entry = AliasEntry(stmt, module, stmt.public, name.span)
                module.types[name.text] = entry
                out.aliases.append(entry)
        case ast.InterfaceDef(name=name):
            if _first(cx, seen, "interface", name):
                _declare_interface(cx, module, stmt, out)
        case ast.ImplDef():
            out.impls.append((stmt, module))
        case ast.ModuleDef(name=name, body=body):
            if _first(cx, seen, "module", name, "space"):
                inner = ModuleEnv(f"{module.name}.{name.text}", module.is_std, module, stmt.public, name.span)
                module.modules[name.text] = inner
                declare_names(cx, inner, body.stmts, out)
        case ast.Import() | ast.FromImport():
            out.imports.append((stmt, module))
        case ast.ActorDef() | ast.SupervisorDef():
            _declare_process(cx, module, stmt, seen, out)
        case ast.ServiceDef(name=name):
            if _first(cx, seen, "service", name, "space"):
                out.services.append(declare_service(cx, module, stmt))
                out.functions += out.services[-1].helpers
        case _:
            pass


def _first(cx: Cx, seen: dict[tuple[str, str], Span], kind: str, name: ast.Name, among: str | None = None) -> bool:
    """Whether this is the first declaration of its name in the scope, of its kind or `among` related ones."""
    known = seen.setdefault((among or kind, name.text), name.span)
    if known is not name.span:
        cx.report(DeclaredTwice(name.span, kind, name.text, known))
    return known is name.span


def _declare_process(
    cx: Cx,
    module: ModuleEnv,
    stmt: ast.ActorDef | ast.SupervisorDef,
    seen: dict[tuple[str, str], Span],
    out: Declared,
) -> None:
    """An actor or supervisor, which is a function. Their names are of one kind."""
    kind, name = "actor" if isinstance(stmt, ast.ActorDef) else "supervisor", stmt.name
    if not _first(cx, seen, kind, name, "process"):
        return
    clauses = (actor_clause(stmt) if isinstance(stmt, ast.ActorDef) else supervisor_clause(stmt),)
    entity = FnEntity(f"{module.symbol}.{name.text}", name.text, name.span, stmt.public, module, clauses)
    entity.process, entity.definition = kind, stmt
    module.values[name.text] = entity
    out.functions.append(entity)


# ---- constants ---------------------------------------------------------------------------------


def _declare_let(cx: Cx, module: ModuleEnv, stmt: ast.Let, out: Declared) -> None:
    """Constants are visible to importers: there is no `pub let`."""
    pattern = stmt.pattern

    def entity(name: str, span: Span) -> FnEntity:
        full = cx.unique(f"{module.symbol}.{name}")
        return FnEntity(full, name, span, True, module, (), stmt, const=True)

    if isinstance(pattern, ast.NamePat) and pattern.name not in cx.env.ctors:
        if pattern.name[:1].isupper():
            cx.report(UppercaseParameter(pattern.span, pattern.name, "constant"))
        value = entity(pattern.name, pattern.span)
        module.values[pattern.name] = value
        out.consts.append(ConstGroup(stmt, value, []))
        return
    value = entity("let", pattern.span)
    parts = [entity(n, pattern.span) for n in reversed(pattern_binds(pattern))]
    module.values.update({p.short: p for p in parts})
    out.consts.append(ConstGroup(stmt, value, parts))


# ---- nominal types -----------------------------------------------------------------------------


def _declare_type(cx: Cx, module: ModuleEnv, stmt: TypeDef, out: Declared) -> None:
    name = stmt.name.text
    full = module.full_name(name)
    info = TypeInfo(full, tuple(g.text for g in stmt.generics), isinstance(stmt, ast.StructDef), span=stmt.name.span)
    cx.env.types[full] = info
    entry = NominalEntry(info, stmt.public, stmt.name.span)
    module.types[name] = entry
    if module.is_std and stmt.public:
        cx.env.std_types[name] = entry
    out.types.append((info, stmt, module))


def declare_fields(cx: Cx, declared: Declared) -> None:
    """Resolve aliases, then the fields of structs and variants."""
    for entry in declared.aliases:
        alias_target(cx, entry, entry.span)
    for info, stmt, module in declared.types:
        cx.module = module
        tvars: dict[str, Type] = {g.text: Gen(i) for i, g in enumerate(stmt.generics)}
        resolver = TypeResolver(cx, module, tvars)
        if isinstance(stmt, ast.StructDef):
            info.variants = (_struct_variant(cx, info, stmt, resolver),)
        else:
            info.variants = tuple(_sum_variants(cx, stmt, resolver))
            for variant in info.variants:
                module.ctors[variant.name] = CtorEntity(info, variant)


def _struct_variant(cx: Cx, info: TypeInfo, stmt: ast.StructDef, resolver: TypeResolver) -> VariantInfo:
    seen: dict[str, Span] = {}
    fields: list[FieldInfo] = []
    for item in stmt.fields:
        ty = resolver.resolve(item.type)
        if item.name.text in seen:
            cx.report(DeclaredTwice(item.name.span, "field", item.name.text, seen[item.name.text]))
            continue
        seen[item.name.text] = item.name.span
        fields.append(FieldInfo(item.name.text, ty))
    return VariantInfo(info.short_name, 0, tuple(fields))


def _sum_variants(cx: Cx, stmt: ast.SumDef, resolver: TypeResolver) -> list[VariantInfo]:
    seen: dict[str, Span] = {}
    variants: list[VariantInfo] = []
    for item in stmt.variants:
        name = item.name
        fields = tuple(FieldInfo(f.name.text if f.name else None, resolver.resolve(f.type)) for f in item.fields)
        if name.text in seen:
            cx.report(DeclaredTwice(name.span, "variant", name.text, seen[name.text]))
            continue
        seen[name.text] = name.span
        variants.append(VariantInfo(name.text, len(variants), fields))
    return variants


# ---- interfaces --------------------------------------------------------------------------------


def _declare_interface(cx: Cx, module: ModuleEnv, stmt: ast.InterfaceDef, out: Declared) -> None:
    """Enter an interface; one that repeats a built-in interface is that one."""
    name = stmt.name.text
    known = cx.env.interfaces.get(name)
    if known is not None and known.builtin and set(known.methods) == {m.name.text for m in stmt.methods}:
        module.interfaces[name] = known
        return
    params = tuple(g.text for g in stmt.generics)
    full = module.full_name(name)
    builtin = module.is_std and module.name == "Prelude"
    interface = Interface(full, name, params, stmt.public, stmt.name.span, module, builtin, stmt)
    module.interfaces[name] = interface
    cx.env.interfaces[full] = interface
    out.interfaces.append(interface)
