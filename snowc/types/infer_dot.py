"""Dot expressions: first what a module, type or interface offers, then members of values (language.md 5.8)."""

from __future__ import annotations

from collections.abc import Sequence

from snowc.diag.suggest import did_you_mean
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.actors import call_process
from snowc.types.builtins import BUILTIN_MODULES, PRIMITIVE_TYPES, module_key, module_names
from snowc.types.calls import Arg, apply, infer_all
from snowc.types.context import Cx, handles
from snowc.types.env import (
    BuiltinEntity,
    CtorEntity,
    FnEntity,
    Interface,
    ModuleEnv,
    NominalEntry,
    Scope,
    Unavailable,
    Value,
)
from snowc.types.errors import NoField, NoMethod, NotInModule, PrivateName, Undefined, UnknownVariant
from snowc.types.habits import suggest
from snowc.types.infer_member import call_member, use_member
from snowc.types.lookup import find_global, find_value, std_function
from snowc.types.made_by_deriving import static_function
from snowc.types.resolve_types import (
    check_public,
    find_interface,
    find_namespace,
    find_service,
    module_ctor,
    module_names_in_sight,
    named_type,
    type_names,
)
from snowc.types.services_use import no_service_member, use_service_member
from snowc.types.ty import ERROR, Con, Type, TypeInfo
from snowc.types.unify import substitute
from snowc.types.use import use_method, use_value


@handles(ast.Dot)
def infer_dot(cx: Cx, expr: ast.Dot, scope: Scope, hint: Type | None) -> tast.TExpr:
    """`base.name` as a value."""
    named = _named_member(cx, expr, scope, None)
    if named is not None:
        return named
    base = _base(cx, expr.base, scope)
    return use_member(cx, base, expr.name.text, expr.name.span, expr.span)


def _base(cx: Cx, base: ast.Expr, scope: Scope) -> tast.TExpr:
    """The base as a value. An unknown name in capitals was meant for what has members: a module or a type."""
    if isinstance(base, ast.Var) and base.name[:1].isupper() and find_value(cx, scope, base.name) is None:
        advice = did_you_mean(base.name, module_names_in_sight(cx.module) + type_names(cx, cx.module, {}))
        return cx.error(Undefined(base.span, "variable", base.name, advice))
    return cx.infer(base, scope)


def call_dot(cx: Cx, expr: ast.Dot, args: Sequence[Arg], scope: Scope, span: Span) -> tast.TExpr:
    """`base.name(args)`"""
    named = _named_member(cx, expr, scope, len(args))
    if named is None:
        base = _base(cx, expr.base, scope)
        return call_member(cx, base, expr.name.text, expr.name.span, args, scope, span)
    if isinstance(named, tast.ErrorNode):
        infer_all(cx, args, scope)
        return named
    process = _process_member(cx, expr, scope)
    if process is not None:
        return call_process(cx, process, expr.span, args, scope, span)
    return apply(cx, span, f"`{dotted(expr)}`", named, args, scope)


def _process_member(cx: Cx, expr: ast.Dot, scope: Scope) -> FnEntity | None:
    """The actor or supervisor of a module that `Module.name` names."""
    parts = name_parts(expr.base, scope)
    module = None if parts is None else find_namespace(cx.module, parts)
    value = None if module is None else module.values.get(expr.name.text)
    return value if isinstance(value, FnEntity) and value.process else None


def dotted(expr: ast.Expr) -> str:
    """`Math.Vector.dot`, for messages."""
    if isinstance(expr, ast.Dot):
        return f"{dotted(expr.base)}.{expr.name.text}"
    return expr.name if isinstance(expr, ast.Var) else "…"


def name_parts(expr: ast.Expr, scope: Scope) -> list[str] | None:
    """The names of a `Var` or `Dot` chain that does not begin with a local variable."""
    parts: list[str] = []
    while isinstance(expr, ast.Dot):
        parts.append(expr.name.text)
        expr = expr.base
    if not isinstance(expr, ast.Var) or scope.find(expr.name) is not None:
        return None
    return [expr.name, *reversed(parts)]


def _named_member(cx: Cx, expr: ast.Dot, scope: Scope, arity: int | None) -> tast.TExpr | None:
    """Step 1: the base is a name that is not a local variable. None if it is a value after all."""
    parts = name_parts(expr.base, scope)
    if parts is None:
        return None
    name = expr.name
    if parts[0] in cx.module.file_module.broken:
        return tast.ErrorNode(expr.span, ERROR)
    module = find_namespace(cx.module, parts)
    if module is not None and (value := _module_member(cx, module, name)) is not None:
        return use_value(cx, value, name.text, expr.span, arity)
    if len(parts) == 1 and (builtin := _builtin_member(cx, parts[0], name, expr.span, arity)) is not None:
        return builtin
    service = find_service(cx.module, parts)
    if service is not None and name.text in service.members:
        return use_service_member(cx, service, expr)
    found = _type_member(cx, parts, expr)
    if found is not None:
        return found
    if service is not None and not _is_variant_name(cx, parts, name.text):
        return no_service_member(cx, service, name)
    if len(parts) == 1 and parts[0] in BUILTIN_MODULES and not _is_variant_name(cx, parts, name.text):
        return _missing_builtin(cx, parts[0], name)
    if module is not None:
        return _missing(cx, module, name)
    return _no_member(cx, parts, expr, arity)


# ---- modules -----------------------------------------------------------------------------------


def _module_member(cx: Cx, module: ModuleEnv, name: ast.Name) -> Value | None:
    """A function, constant or variant of a user module; a private one is reported and used all the same."""
    value = module.values.get(name.text)
    inside = module in cx.module.chain()
    if value is not None:
        if not (inside or value.public):
            cx.report(PrivateName(name.span, name.text, module.name, value.span))
            return Unavailable(name.text, name.span)
        return value
    return module_ctor(cx, module, name)


def _missing(cx: Cx, module: ModuleEnv, name: ast.Name) -> tast.TExpr:
    names = module.public_names()
    return cx.error(NotInModule(name.span, name.text, module.name, tuple(names), suggest(name.text, names)))


def _builtin_member(cx: Cx, module: str, name: ast.Name, span: Span, arity: int | None) -> tast.TExpr | None:
    if module not in BUILTIN_MODULES and cx.env.std(module) is None:
        return None
    if name.text.startswith("__") and not cx.module.is_std:
        return None
    found: Value | None = std_function(cx, module, name.text)
    if found is None and (key := module_key(module, name.text)) in cx.env.builtins:
        found = BuiltinEntity(key)
    return None if found is None else use_value(cx, found, name.text, span, arity)


def _missing_builtin(cx: Cx, module: str, name: ast.Name) -> tast.TExpr:
    names = module_names(cx.env, module)
    if not names:
        return cx.unsupported(name.span, f"module `{module}`")
    return cx.error(NotInModule(name.span, name.text, module, tuple(names), suggest(name.text, names)))


# ---- types and interfaces ----------------------------------------------------------------------


def _named_interface(cx: Cx, parts: list[str]) -> Interface | None:
    if len(parts) == 1:
        return find_interface(cx, cx.module, parts[0])
    owner = find_namespace(cx.module, parts[:-1])
    return owner.interfaces.get(parts[-1]) if owner is not None else None


def _type_member(cx: Cx, parts: list[str], expr: ast.Dot) -> tast.TExpr | None:
    """A variant or static method of a type, or a method of an interface."""
    entry = named_type(cx, parts)
    if isinstance(entry, NominalEntry):
        check_public(cx, parts, entry, expr.base.span)
        found = _of_type(cx, entry.info, expr)
        if found is not None:
            return found
    elif entry is None and len(parts) == 1 and (static := _static_of_primitive(cx, parts[0], expr)) is not None:
        return static
    interface = _named_interface(cx, parts)
    if interface is not None and expr.name.text in interface.methods:
        return use_method(cx, interface, interface.methods[expr.name.text], expr.span)
    return None


def _is_variant_name(cx: Cx, parts: list[str], name: str) -> bool:
    """Whether `Option.Nope` asks for a variant rather than for a function of a module."""
    entry = named_type(cx, parts)
    return isinstance(entry, NominalEntry) and not entry.info.is_struct and name[:1].isupper()


def _no_member(cx: Cx, parts: list[str], expr: ast.Dot, arity: int | None) -> tast.TExpr | None:
    """The base names a type without such a member; None if it names no type."""
    entry = named_type(cx, parts)
    if not isinstance(entry, NominalEntry) or find_global(cx, parts[0]) is not None:
        return None
    info, name = entry.info, expr.name
    if not info.is_struct:
        advice = did_you_mean(name.text, [v.name for v in info.variants])
        return cx.error(UnknownVariant(name.span, name.text, info.name, advice))
    if arity is None:
        return cx.error(NoField(name.span, info.name, name.text))
    return cx.error(NoMethod(name.span, name.text, info.name))


def _of_type(cx: Cx, info: TypeInfo, expr: ast.Dot) -> tast.TExpr | None:
    name = expr.name.text
    if not info.is_struct:
        for variant in info.variants:
            if variant.name == name:
                return use_value(cx, CtorEntity(info, variant), name, expr.span)
    owner = _static_owner(cx, info.name, name)
    if owner is not None:
        self_type = Con(info.name, tuple(cx.fresh() for _ in info.params))
        return use_method(cx, owner, owner.methods[name], expr.span, self_type)
    return static_function(cx, info, name, expr.span)


def _static_owner(cx: Cx, type_name: str, method: str) -> Interface | None:
    """The interface whose static method `method` the type implements."""
    for interface in cx.env.by_method.get(method, ()):
        if not interface.methods[method].has_self and (interface.name, type_name) in cx.env.instances:
            return interface
    return None


def _static_of_primitive(cx: Cx, name: str, expr: ast.Dot) -> tast.TExpr | None:
    """`Int.default()`"""
    if name not in PRIMITIVE_TYPES:
        return None
    arity, made = PRIMITIVE_TYPES[name]
    assert isinstance(made, Con)
    owner = _static_owner(cx, made.name, expr.name.text)
    if owner is None:
        return None
    self_type = substitute(made, [cx.fresh() for _ in range(arity)])
    return use_method(cx, owner, owner.methods[expr.name.text], expr.span, self_type)
