"""Writing the interface of a module: its tables → flat data.

In: the environment of a module that has just been checked, before any other module is. Out: an
`interface.Interface`. Types are written as follows: a constructor without arguments is its name, one with
arguments a tuple that its name begins; a function is a tuple that begins with None and the result; `Gen(i)` is
the number i; a type parameter, which occurs only after a mistake, is a tuple that begins with False.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from snowc.source.span import Span
from snowc.syntax import ast
from snowc.syntax.flat import flatten
from snowc.types import env, interface
from snowc.types.ty import Con, Fn, Gen, Pred, Scheme, Type, TypeInfo, Var, prune

FlatType = str | int | tuple[object, ...]


def write_interface(module: env.ModuleEnv, program: env.ProgramEnv, imports: list[ast.Item]) -> interface.Interface:
    """The interface of a file's module; `imports` are the file's import statements."""
    return _Writer(module, program).write(imports)


def flat_type(ty: Type) -> FlatType:
    """A type as data."""
    ty = prune(ty)
    if isinstance(ty, Con):
        return (ty.name, *map(flat_type, ty.args)) if ty.args else ty.name
    if isinstance(ty, Gen):
        return ty.index
    if isinstance(ty, Fn):
        return (None, flat_type(ty.result), *map(flat_type, ty.params))
    assert isinstance(ty, Var)
    return (False, ty.rigid or "")


def flat_types(types: tuple[Type, ...]) -> tuple[FlatType, ...]:
    return tuple([flat_type(t) for t in types])


def flat_preds(preds: tuple[Pred, ...] | list[Pred]) -> tuple[object, ...]:
    return tuple([(p.trait, flat_type(p.type), flat_types(p.args)) for p in preds])


def _flat_scheme(scheme: Scheme | None) -> object:
    return None if scheme is None else (scheme.names, flat_preds(scheme.preds), flat_type(scheme.type))


def _names_of_types(types: Iterable[Type | None]) -> set[str]:
    """The names of user types, which alone hold a dot, anywhere in some types."""
    found: set[str] = set()
    stack = [prune(ty) for ty in types if ty is not None]
    while stack:
        ty = prune(stack.pop())
        if isinstance(ty, Con):
            stack += ty.args
            if "." in ty.name:
                found.add(ty.name)
        elif isinstance(ty, Fn):
            stack += (*ty.params, ty.result)
    return found


class _Writer:
    """Writes one module; `places` collects what stands apart."""

    def __init__(self, module: env.ModuleEnv, program: env.ProgramEnv) -> None:
        self.module = module
        self.program = program
        self.places: list[int] = []

    def write(self, imports: list[ast.Item]) -> interface.Interface:
        own = {info.name for inner in _modules(self.module) for info in _infos(inner)}
        local = [i for i in self.module.instances if i.head in own]
        foreign = [i for i in self.module.instances if i.head not in own]
        interfaces = sorted(
            (i for inner in _modules(self.module) for i in inner.interfaces.values() if i.module is inner),
            key=lambda i: i.span.start,
        )
        values = {name: self.value(value) for name, value in _values(self.module, "")}
        shapes = (self.names(self.module), tuple([self.instance(i) for i in local]))
        shared = (
            tuple([self.trait(i) for i in interfaces]),
            tuple([self.instance(i) for i in foreign]),
            tuple(self.module.replaced),
        )
        has_defaults = any(m.default is not None for i in interfaces for m in i.methods.values())
        context = tuple([flatten(stmt, self.places) for stmt in imports]) if has_defaults else ()
        types = _names_of_types(
            [m.type for i in interfaces for m in i.methods.values()]
            + [t for i in foreign for t in (i.target, *i.args, *i.slots, *[p.type for p in i.preds])]
        )
        return interface.Interface(
            interface.pack(values),
            interface.pack(shapes),
            interface.pack(shared),
            interface.pack(context) if has_defaults else interface.NO_CONTEXT,
            interface.pack(self.places),
            tuple(sorted(types)),
        )

    def place(self, span: Span) -> None:
        self.places += (span.start, span.end)

    # ---- values ----------------------------------------------------------------------------------

    def value(self, value: env.FnEntity | env.Unavailable) -> object:
        self.place(value.span)
        if isinstance(value, env.Unavailable):
            return (value.public,)
        kind = (value.public, value.const, value.thunk, value.process)
        return (*kind, value.name, _flat_scheme(value.scheme), flat_preds(value.evidence))

    # ---- types and inline modules ----------------------------------------------------------------

    def names(self, module: env.ModuleEnv) -> object:
        """The types, interfaces and inline modules that a module declares."""
        self.place(module.span)
        types = tuple([self.type(name, entry) for name, entry in module.types.items()])
        interfaces = tuple([(name, i.name) for name, i in module.interfaces.items()])
        inner = tuple([(name, m.public, self.names(m)) for name, m in module.modules.items()])
        return (types, interfaces, inner, tuple([self.service(s) for s in module.services.values()]))

    def service(self, service: env.ServiceEnv) -> object:
        self.place(service.span)
        return (service.short, service.public, tuple(sorted(service.casts)))

    def type(self, name: str, entry: env.TypeEntry) -> object:
        self.place(entry.span)
        if isinstance(entry, env.AliasEntry):
            generics = tuple([g.text for g in entry.definition.generics])
            target = None if entry.target is None else flat_type(entry.target)
            return (name, entry.public, generics, target)
        return (name, entry.public, self.info(entry.info))

    def info(self, info: TypeInfo) -> object:
        variants = tuple([(v.name, tuple([(f.name, flat_type(f.type)) for f in v.fields])) for v in info.variants])
        listed = self.program.listed_derives.get(info.name)
        if listed is not None:
            self.place(listed[1])
        names = None if listed is None else tuple(sorted(listed[0]))
        return (info.name, info.params, info.is_struct, variants, tuple(sorted(info.derives)), names)

    # ---- interfaces and instances ----------------------------------------------------------------

    def trait(self, trait: env.Interface) -> object:
        self.place(trait.span)
        methods = tuple([self.method(m) for m in trait.methods.values()])
        kind = (trait.public, trait.builtin, trait.arithmetic, trait.broken)
        return (*kind, trait.name, trait.module.name, trait.params, trait.slots, tuple(trait.slot_places), methods)

    def method(self, method: env.Method) -> object:
        self.place(method.span)
        default = None if method.default is None else flatten(method.default, self.places)
        return (method.name, method.has_self, method.generics, flat_type(method.type), method.header, default)

    def instance(self, instance: env.Instance) -> object:
        self.place(instance.span)
        slots = tuple([None if s is None else flat_type(s) for s in instance.slots])
        what = (instance.trait.name, instance.module.name, instance.params, flat_types(instance.args))
        return (*what, flat_type(instance.target), instance.head, flat_preds(instance.preds), slots)


def _modules(module: env.ModuleEnv) -> Iterator[env.ModuleEnv]:
    """A module and the modules inside it."""
    yield module
    for inner in module.modules.values():
        yield from _modules(inner)


def _infos(module: env.ModuleEnv) -> Iterator[TypeInfo]:
    return (entry.info for entry in module.types.values() if isinstance(entry, env.NominalEntry))


def _values(module: env.ModuleEnv, prefix: str) -> Iterator[tuple[str, env.FnEntity | env.Unavailable]]:
    """All values with their names inside the file."""
    for name, value in module.values.items():
        yield prefix + name, value
    for service in module.services.values():
        for name, member in service.members.items():
            yield f"{prefix}{service.path}.{name}", member
    for name, inner in module.modules.items():
        yield from _values(inner, f"{prefix}{name}.")
