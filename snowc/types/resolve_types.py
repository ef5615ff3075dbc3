"""Annotations → types (language.md 3.4): type parameters, local and imported names, built-in names.

Aliases are expanded here, `T?` and `A!E` become Option and Result, a generic name without arguments
takes fresh ones. Unknown names are E0004, wrong argument counts E0003.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count

from snowc.diag.suggest import did_you_mean
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types.builtins import BUILTIN_MODULES, OPAQUE_TYPES, PRIMITIVE_TYPES, SHOW
from snowc.types.context import Cx
from snowc.types.env import AliasEntry, CtorEntity, Interface, ModuleEnv, NominalEntry, ServiceEnv, TypeEntry
from snowc.types.errors import NotInModule, PrivateName, Undefined, WrongCount
from snowc.types.errors_decl import AliasCycle
from snowc.types.printing import Namer
from snowc.types.ty import ANY_TUPLE, ERROR, UNIT, Con, Fn, Gen, Type, option_of, result_of
from snowc.types.unify import substitute
from snowc.types.wants import TupleWant

TypeVars = Mapping[str, Type]
Fresh = Callable[[], Type]


class TypeResolver:
    """Resolves the annotations of one place.

    `tvars` are the type parameters in scope (`Self` included); `fresh` supplies the arguments that an
    annotation leaves open.
    """

    def __init__(self, cx: Cx, module: ModuleEnv, tvars: TypeVars, fresh: Fresh | None = None) -> None:
        self.cx = cx
        self.module = module
        self.tvars = tvars
        self.fresh: Fresh = fresh or cx.fresh

    def resolve(self, ty: ast.TypeExpr) -> Type:
        """The type that an annotation means; the error type after a report."""
        match ty:
            case ast.NamedType():
                return self._named(ty)
            case ast.TupleType(items=()):
                return UNIT
            case ast.TupleType(items=items):
                return Con("Tuple", tuple([self.resolve(i) for i in items]))
            case ast.FunType(params=params, result=result):
                return Fn(tuple([self.resolve(p) for p in params]), self.resolve(result))
            case ast.OptionType(inner=inner):
                return option_of(self.resolve(inner))
            case ast.ResultType(ok=ok, err=err):
                return result_of(self.resolve(ok), self.resolve(err))
            case _:
                return ERROR

    def _with_tuples(self, ty: Type, span: Span) -> Type:
        """The target of an alias, with a tuple type of its own in each place that says `Tuple`."""
        if ty == ANY_TUPLE:
            return self._any_tuple(span)
        if isinstance(ty, Con):
            return Con(ty.name, tuple([self._with_tuples(a, span) for a in ty.args]))
        if isinstance(ty, Fn):
            return Fn(tuple([self._with_tuples(p, span) for p in ty.params]), self._with_tuples(ty.result, span))
        return ty

    def _named(self, ty: ast.NamedType) -> Type:
        parts = ty.path.parts
        if len(parts) == 1:
            name = parts[0].text
            if name in self.tvars:
                return self._no_args(name, self.tvars[name], ty)
            entry = find_type(self.cx, self.module, name)
            return self._entry(ty, entry) if entry is not None else self._builtin(ty, name)
        entry = self._qualified(ty.path)
        return ERROR if entry is None else self._entry(ty, entry)

    def _no_args(self, name: str, known: Type, ty: ast.NamedType) -> Type:
        if ty.args:
            self.cx.report(WrongCount(ty.span, f"`{name}`", "0", len(ty.args), "type argument"))
        return known

    def _builtin(self, ty: ast.NamedType, name: str) -> Type:
        if name == "Pid":
            return Con("Pid", tuple([self.resolve(a) for a in ty.args or ()]))
        if name == "Tuple":
            return self._tuple_arguments(ty, ty.args) if ty.args else self._any_tuple(ty.span)
        if name in PRIMITIVE_TYPES:
            arity, made = PRIMITIVE_TYPES[name]
            return substitute(made, self._args(ty, name, arity))
        if name in OPAQUE_TYPES:
            self._args(ty, name, 0)
            return Con(name)
        if name not in self.module.file_module.broken:
            advice = did_you_mean(name, type_names(self.cx, self.module, self.tvars))
            if find_service(self.module, [name]) is not None:
                advice = f"`{name}` is a service, whose Pid is a `Pid<()>`"
            elif len(name) == 1:
                advice = f"declare the type parameter, as in `fn name<{name}>(…)`"
            self.cx.report(Undefined(ty.path.span, "type", name, advice))
        return ERROR

    def _any_tuple(self, span: Span) -> Type:
        """Bare `Tuple`: any tuple type, so a fresh variable that must turn out to be one."""
        made = self.fresh()
        if isinstance(made, Gen):
            return ANY_TUPLE
        self.cx.want(TupleWant(span, made, "the annotation `Tuple`"))
        return made

    def _tuple_arguments(self, ty: ast.NamedType, args: tuple[ast.TypeExpr, ...]) -> Type:
        """`Tuple<A, B>`: a mistake, but clear enough to go on with."""
        items = tuple([self.resolve(a) for a in args])
        made = Con("Tuple", items) if len(items) > 1 else ERROR
        named = len(items) > 1 and ERROR not in items
        example = Namer(tuple(self.tvars)).show(made) if named else "(A, B)"
        advice = f"a tuple type is written `{example}`"
        self.cx.report(WrongCount(ty.span, "`Tuple`", "0", len(items), "type argument", advice=advice))
        return made

    def _entry(self, ty: ast.NamedType, entry: TypeEntry) -> Type:
        if isinstance(entry, AliasEntry):
            args = self._args(ty, entry.definition.name.text, len(entry.definition.generics))
            target = alias_target(self.cx, entry, ty.span)
            left_open = range(len(args), highest_gen(target) + 1)
            made = substitute(target, [*args, *[self.fresh() for _ in left_open]])
            return self._with_tuples(made, ty.span) if mentions_any_tuple(made) else made
        info = entry.info
        return Con(info.name, tuple(self._args(ty, info.short_name, len(info.params))))

    def _args(self, ty: ast.NamedType, name: str, arity: int) -> list[Type]:
        if ty.args is None:
            return [self.fresh() for _ in range(arity)]
        args = [self.resolve(a) for a in ty.args]
        if len(args) != arity:
            self.cx.report(WrongCount(ty.span, f"`{name}`", str(arity), len(args), "type argument", arity))
            return [ERROR] * arity
        return args

    def _qualified(self, path: ast.Path) -> TypeEntry | None:
        module = find_namespace(self.module, [p.text for p in path.parts[:-1]])
        name = path.parts[-1]
        if module is None:
            if path.parts[0].text not in self.module.file_module.broken:
                self.cx.report(Undefined(path.span, "type", path.text))
            return None
        entry = module.types.get(name.text)
        if entry is None:
            self.cx.report(NotInModule(name.span, name.text, module.name, tuple(module.public_names())))
            return None
        if not entry.public and module not in self.module.chain():
            self.cx.report(PrivateName(name.span, name.text, module.name, entry.span))
        return entry


# ---- finding names -----------------------------------------------------------------------------


def find_type(cx: Cx, module: ModuleEnv, name: str) -> TypeEntry | None:
    """A nominal type or alias by bare name: local, imported, of the library, leaked by an import."""
    for env in module.chain():
        if name in env.types:
            return env.types[name]
    top = module.file_module
    if name in top.imported_types:
        return top.imported_types[name]
    if name in cx.env.std_types:
        return cx.env.std_types[name]
    return top.leaked_types.get(name)


def named_type(cx: Cx, parts: list[str]) -> TypeEntry | None:
    """The type that a chain of names stands for; an alias of a nominal type is that type."""
    entry: TypeEntry | None
    if len(parts) == 1:
        entry = find_type(cx, cx.module, parts[0])
    else:
        owner = find_namespace(cx.module, parts[:-1])
        entry = owner.types.get(parts[-1]) if owner is not None else None
    if isinstance(entry, AliasEntry):
        target = alias_target(cx, entry, entry.span)
        info = cx.env.types.get(target.name) if isinstance(target, Con) else None
        return entry if info is None else NominalEntry(info, entry.public, entry.span)
    return entry


def check_public(cx: Cx, parts: list[str], entry: TypeEntry, span: Span) -> None:
    """Report the type at `span` if `parts` goes through a module that keeps it to itself."""
    owner = find_namespace(cx.module, parts[:-1]) if len(parts) > 1 and not entry.public else None
    if owner is not None and owner not in cx.module.chain():
        cx.report(PrivateName(span, parts[-1], owner.name, entry.span))


def module_ctor(cx: Cx, module: ModuleEnv, name: ast.Name) -> CtorEntity | None:
    """The variant `Module.name`; that of a private type is reported and given all the same."""
    ctor = module.ctors.get(name.text)
    if ctor is None:
        return None
    entry = module.types.get(ctor.info.short_name)
    if entry is not None and not (module in cx.module.chain() or entry.public):
        cx.report(PrivateName(name.span, name.text, module.name, entry.span))
    return ctor


def find_interface(cx: Cx, module: ModuleEnv, name: str) -> Interface | None:
    """An interface by bare name: local, imported, built-in."""
    for env in module.chain():
        if name in env.interfaces:
            return env.interfaces[name]
    top = module.file_module
    if name in top.imported_interfaces:
        return top.imported_interfaces[name]
    builtin = cx.env.interfaces.get(name)
    return builtin if builtin is not None and builtin.builtin else None


def find_namespace(module: ModuleEnv, parts: list[str]) -> ModuleEnv | None:
    """The module that `A.B` names: inline modules in scope, imported modules, their inline modules."""
    found: ModuleEnv | None = None
    for env in module.chain():
        found = found or env.modules.get(parts[0])
    top = module.file_module
    found = found or top.namespaces.get(parts[0])
    if found is not None:
        for part in parts[1:]:
            found = None if found is None else found.modules.get(part)
        if found is not None:
            return found
    return top.paths.get(".".join(parts))


def find_service(module: ModuleEnv, parts: list[str]) -> ServiceEnv | None:
    """The service that `Till` or `Shop.Till` names: in scope, imported, or of another module."""
    if len(parts) > 1:
        owner = find_namespace(module, parts[:-1])
        return None if owner is None else owner.services.get(parts[-1])
    for env in module.chain():
        if parts[0] in env.services:
            return env.services[parts[0]]
    return module.file_module.imported_services.get(parts[0])


def resolve_trait(cx: Cx, module: ModuleEnv, path: ast.Path) -> Interface | None:
    """The interface that `path` names; E0004 if there is none."""
    name = path.parts[-1].text
    found: Interface | None
    if len(path.parts) == 1:
        found = find_interface(cx, module, name)
    else:
        owner = find_namespace(module, [p.text for p in path.parts[:-1]])
        found = owner.interfaces.get(name) if owner is not None else None
    if found is None and module.is_std and name == SHOW:
        return cx.env.show
    if found is None and path.parts[0].text not in module.file_module.broken:
        names = [i.short for i in cx.env.interfaces.values()]
        cx.report(Undefined(path.span, "trait", path.text, did_you_mean(name, names)))
    return found


def module_names_in_sight(module: ModuleEnv) -> list[str]:
    """The names that modules and services go by, nearest first, for suggestions."""
    top = module.file_module
    inner = [name for env in module.chain() for name in (*env.modules, *env.services) if name.isidentifier()]
    return [*inner, *top.namespaces, *top.imported_services, *sorted(BUILTIN_MODULES)]


def type_names(cx: Cx, module: ModuleEnv, tvars: TypeVars) -> list[str]:
    """Visible type names, nearest first, for suggestions."""
    names = list(tvars)
    for env in module.chain():
        names += env.types
    top = module.file_module
    return [*names, *top.imported_types, *PRIMITIVE_TYPES, *cx.env.std_types, *top.leaked_types]


def alias_target(cx: Cx, entry: AliasEntry, span: Span) -> Type:
    """What an alias stands for, over Gen; resolved on first use, a cycle is reported once."""
    if entry.state == "done":
        assert entry.target is not None
        return entry.target
    definition = entry.definition
    if entry.state == "busy":
        cx.report(AliasCycle(definition.name.span, definition.name.text))
        entry.target, entry.state = ERROR, "done"
        return ERROR
    entry.state = "busy"
    tvars: dict[str, Type] = {g.text: Gen(i) for i, g in enumerate(definition.generics)}
    # What the target leaves open, as `List` without arguments does, is a further parameter, fresh at each use.
    further = count(len(tvars))
    target = TypeResolver(cx, entry.module, tvars, lambda: Gen(next(further))).resolve(definition.target)
    if entry.state == "busy":
        entry.target, entry.state = target, "done"
    assert entry.target is not None
    return entry.target


def mentions_any_tuple(ty: Type) -> bool:
    """Whether `ANY_TUPLE` occurs in the target of an alias."""
    if isinstance(ty, Con):
        return ty == ANY_TUPLE or any(map(mentions_any_tuple, ty.args))
    return isinstance(ty, Fn) and any(map(mentions_any_tuple, (*ty.params, ty.result)))


def highest_gen(ty: Type) -> int:
    """The highest index of a parameter in `ty`; -1 without any."""
    if isinstance(ty, Gen):
        return ty.index
    parts = ty.args if isinstance(ty, Con) else (*ty.params, ty.result) if isinstance(ty, Fn) else ()
    return max(map(highest_gen, parts), default=-1)
