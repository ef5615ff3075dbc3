"""Reading the interface of a module: flat data → tables.

In: an `interface.Interface` of a source that has not changed since. Out: the module's environment, entered
into the program's tables, equal for every other module to the one it was written from. The modules that it
imports, and those whose types it mentions, are in the tables already.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from snowc.diag.core import Sink
from snowc.source.span import NO_SPAN, Span
from snowc.syntax import ast
from snowc.syntax.flat import rebuild
from snowc.types import env
from snowc.types.context import Cx
from snowc.types.imports import Importer
from snowc.types.interface import Interface
from snowc.types.ty import UNIT, Con, FieldInfo, Fn, Gen, Pred, Scheme, Type, TypeInfo, Var, VariantInfo


def read_interface(
    name: str, is_std: bool, file: int, data: Interface, program: env.ProgramEnv, visible: Mapping[str, str]
) -> env.ModuleEnv:
    """Enter the module `name`, which is file number `file`, into the tables of the program."""
    reader = _Reader(env.ModuleEnv(name, is_std), file, program, iter(marshal.loads(data.places)))
    reader.read(data)
    if data.has_defaults:
        _enter_imports(reader, marshal.loads(data.context), visible)
    program.add_module(reader.module)
    return reader.module


def _enter_imports(reader: _Reader, context: tuple[object, ...], visible: Mapping[str, str]) -> None:
    """Import again what the module imports, for the default bodies of its interfaces; mistakes are known."""
    importer = Importer(Cx(reader.program, Sink(), reader.module), reader.module, visible)
    for data in context:
        importer.enter(rebuild(data, reader.file, reader.places))


@cache
def type_of(data: Any) -> Type:
    """The type that the data stands for. The same few types occur over and over."""
    if isinstance(data, str):
        return Con(data)
    if isinstance(data, int):
        return Gen(data)
    head = data[0]
    if head is None:
        return Fn(types_of(data[2:]), type_of(data[1]))
    if head is False:
        # After a mistake only, so that nobody depends on which variable it is.
        return Var(0, 0, rigid=data[1]) if data[1] else UNIT
    return Con(head, types_of(data[1:]))


def types_of(data: tuple[Any, ...]) -> tuple[Type, ...]:
    return tuple([type_of(item) for item in data])


def preds_of(data: tuple[Any, ...]) -> tuple[Pred, ...]:
    return tuple([Pred(trait, type_of(ty), types_of(args)) for trait, ty, args in data])


class _Reader:
    """Reads one module. The order of reading is that of writing, because places are taken in turn."""

    def __init__(self, module: env.ModuleEnv, file: int, program: env.ProgramEnv, places: Iterator[int]) -> None:
        self.module = module
        self.file = file
        self.program = program
        self.places = places
        self.modules: dict[str, env.ModuleEnv] = {}
        self.services: dict[str, env.ServiceEnv] = {}

    def read(self, data: Interface) -> None:
        values = [(name, self.place(), item) for name, item in marshal.loads(data.values).items()]
        names, local = marshal.loads(data.shapes)
        traits, foreign, replaced = marshal.loads(data.shared)
        self.names(self.module, names)
        own = [(self.place(), item) for item in local]
        for trait in traits:
            self.trait(trait)
        self.link_interfaces(self.module, names)
        for place, item in [*own, *[(self.place(), item) for item in foreign]]:
            self.instance(place, item)
        for name, place, item in values:
            self.value(name, place, item)
        for trait_name, type_name in replaced:
            self.program.types[type_name].derives -= {trait_name}
        self.module.replaced = list(replaced)

    def place(self) -> Span:
        start, end = next(self.places), next(self.places)
        return Span(self.file, start, end)

    # ---- values ----------------------------------------------------------------------------------

    def value(self, name: str, place: Span, data: tuple[Any, ...]) -> None:
        path, _, short = name.rpartition(".")
        service = self.services.get(f"{self.module.name}.{path}")
        if service is not None:
            service.members[short] = self.function(short, place, service.module, data)
            return
        module = self.modules[f"{self.module.name}.{path}" if path else self.module.name]
        if len(data) == 1:
            module.values[short] = env.Unavailable(short, place, data[0])
            return
        module.values[short] = self.function(short, place, module, data)

    def function(self, short: str, place: Span, module: env.ModuleEnv, data: tuple[Any, ...]) -> env.FnEntity:
        public, const, thunk, process, full, scheme, evidence = data
        made = env.FnEntity(full, short, place, public, module, const=const, thunk=thunk, evidence=preds_of(evidence))
        if scheme is not None:
            made.scheme = Scheme(scheme[0], preds_of(scheme[1]), type_of(scheme[2]))
        made.process = process
        return made

    # ---- types and inline modules ----------------------------------------------------------------

    def names(self, module: env.ModuleEnv, data: tuple[Any, ...]) -> None:
        """Types and inline modules. Their order is that of the declarations."""
        types, _, inner, services = data
        self.modules[module.name] = module
        module.span = self.place() if module is not self.module else self.skip()
        for item in types:
            self.type(module, self.place(), item)
        for name, public, names in inner:
            made = env.ModuleEnv(f"{module.name}.{name}", module.is_std, module, public)
            module.modules[name] = made
            self.names(made, names)
        for name, public, casts in services:
            made_service = env.ServiceEnv(module.full_name(name), name, public, self.place(), module)
            made_service.casts.update(casts)
            module.services[name] = made_service
            self.services[f"{module.name}.{made_service.path}"] = made_service

    def skip(self) -> Span:
        self.place()
        return NO_SPAN

    def type(self, module: env.ModuleEnv, place: Span, data: tuple[Any, ...]) -> None:
        if len(data) == 4:
            name, public, generics, target = data
            module.types[name] = self.alias(module, place, name, public, generics, target)
            return
        name, public, info = data
        made = self.info(info)
        entry = env.NominalEntry(made, public, place)
        module.types[name] = entry
        self.program.types[made.name] = made
        if module.is_std and public:
            self.program.std_types[name] = entry
        if not made.is_struct:
            for variant in made.variants:
                module.ctors[variant.name] = env.CtorEntity(made, variant)

    def alias(
        self, module: env.ModuleEnv, place: Span, name: str, public: bool, generics: tuple[str, ...], target: Any
    ) -> env.AliasEntry:
        names = tuple([ast.Name(place, g) for g in generics])
        definition = ast.AliasDef(place, None, public, ast.Name(place, name), names, ast.ErrorType(place))
        return env.AliasEntry(definition, module, public, place, "done", type_of(target))

    def info(self, data: tuple[Any, ...]) -> TypeInfo:
        name, params, is_struct, variants, derives, listed = data
        made = tuple(
            [
                VariantInfo(v, i, tuple([FieldInfo(f, type_of(t)) for f, t in fields]))
                for i, (v, fields) in enumerate(variants)
            ]
        )
        if listed is not None:
            self.program.listed_derives[name] = (frozenset(listed), self.place())
        return TypeInfo(name, params, is_struct, made, frozenset(derives))

    # ---- interfaces and instances ----------------------------------------------------------------

    def trait(self, data: tuple[Any, ...]) -> None:
        public, builtin, arithmetic, broken, name, module, params, slots, slot_places, methods = data
        span = self.place()
        made = env.Interface(name, name.rpartition(".")[2], params, public, span, self.modules[module], builtin)
        made.arithmetic, made.broken = arithmetic, broken
        made.slots, made.slot_places = slots, list(slot_places)
        self.program.interfaces[name] = made
        for item in methods:
            method = self.method(item)
            made.methods[method.name] = method
            self.program.by_method.setdefault(method.name, []).append(made)

    def method(self, data: tuple[Any, ...]) -> env.Method:
        name, has_self, generics, ty, header, default = data
        made, place = type_of(ty), self.place()
        assert isinstance(made, Fn)
        return env.Method(name, place, has_self, generics, made, rebuild(default, self.file, self.places), header)

    def link_interfaces(self, module: env.ModuleEnv, data: tuple[Any, ...]) -> None:
        """The names under which a module knows interfaces, its own and built-in ones that it repeats."""
        for name, full in data[1]:
            module.interfaces[name] = self.program.interfaces[full]
        for name, _, names in data[2]:
            self.link_interfaces(module.modules[name], names)

    def instance(self, place: Span, data: tuple[Any, ...]) -> None:
        trait, module, params, args, target, head, preds, slots = data
        owner = self.program.interfaces[trait]
        made = env.Instance(owner, params, types_of(args), type_of(target), head, place, self.modules[module], None)
        made.preds = list(preds_of(preds))
        made.slots = [None if s is None else type_of(s) for s in slots]
        made.complete = True
        self.module.instances.append(made)
        self.program.instances.setdefault((trait, head), []).append(made)
