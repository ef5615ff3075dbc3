"""Finding what a bare value name means (language.md 7.2), and naming near misses."""

from __future__ import annotations

from collections.abc import Iterator

from snowc.types.builtins import PRELUDE_LIST_FUNCTIONS, TUPLE_FUNCTIONS, module_key
from snowc.types.context import Cx
from snowc.types.env import (
    BuiltinEntity,
    ConversionEntity,
    CtorEntity,
    FnEntity,
    Interface,
    MethodEntity,
    ModuleEnv,
    Scope,
    TupleEntity,
    Unavailable,
    Value,
)

_CONVERSION = ConversionEntity()
_TUPLE = {name: TupleEntity(name) for name in TUPLE_FUNCTIONS}

LibraryValue = FnEntity | BuiltinEntity | TupleEntity


def find_value(cx: Cx, scope: Scope, name: str) -> Value | None:
    """Local variable; declaration of the enclosing modules; import; user interface method; prelude."""
    found = scope.find(name)
    if found is not None:
        return found
    return find_global(cx, name)


def find_global(cx: Cx, name: str) -> Value | None:
    """What `name` means in the current module, local variables aside."""
    for module in cx.module.chain():
        found = module.values.get(name) or module.ctors.get(name)
        if found is not None:
            return found
    top = cx.module.file_module
    return (
        top.imported.get(name)
        or top.imported_ctors.get(name)
        or _user_method(cx, name)
        or _prelude(cx, name)
        or top.leaked_ctors.get(name)
    )


def find_ctor(cx: Cx, name: str) -> CtorEntity | None:
    """The variant that an unqualified constructor name means."""
    for module in cx.module.chain():
        if name in module.ctors:
            return module.ctors[name]
    top = cx.module.file_module
    return top.imported_ctors.get(name) or cx.env.ctors.get(name) or top.leaked_ctors.get(name)


def _user_method(cx: Cx, name: str) -> MethodEntity | None:
    """A method of user interfaces: those in sight first, then all."""
    owners = [i for i in cx.env.by_method.get(name, ()) if not i.builtin]
    if not owners:
        return None
    near = [i for i in owners if _in_sight(cx.module, i)]
    return MethodEntity(name, tuple(near or owners))


def _in_sight(module: ModuleEnv, interface: Interface) -> bool:
    return interface.module in module.chain() or interface in module.file_module.imported_interfaces.values()


def _prelude(cx: Cx, name: str) -> Value | None:
    if name in cx.env.ctors:
        return cx.env.ctors[name]
    if name in PRELUDE_LIST_FUNCTIONS:
        found = std_function(cx, "List", name)
        if found is not None:
            return found
    if name.startswith("__") and not cx.module.is_std:
        return None
    if name in cx.env.builtins:
        return BuiltinEntity(name)
    if name == "to_string":
        return _CONVERSION
    prelude = cx.env.std("Prelude")
    if prelude is not None and (value := prelude.values.get(name)) is not None and value.public:
        return value
    return _lowered(cx, name) or _builtin_method(cx, name)


def _lowered(cx: Cx, name: str) -> FnEntity | TupleEntity | Unavailable | None:
    """`list_sort`: a library function under its builtin key."""
    prefix, _, rest = name.partition("_")
    if prefix == "tuple" and rest in TUPLE_FUNCTIONS:
        return _TUPLE[rest]
    module = cx.env.std_by_lower.get(prefix)
    if module is None or not rest:
        return None
    value = module.values.get(rest)
    return value if value is not None and value.public else None


def _builtin_method(cx: Cx, name: str) -> MethodEntity | None:
    owners = tuple(i for i in cx.env.by_method.get(name, ()) if i.builtin)
    return MethodEntity(name, owners) if owners else None


def std_function(cx: Cx, module: str, name: str) -> LibraryValue | None:
    """`Module.name` of the library: its source first, then the table."""
    if name.startswith("__") and not cx.module.is_std:
        return None
    return library_function(cx, module, name)


def library_function(cx: Cx, module: str, name: str) -> LibraryValue | None:
    """As `std_function`, names reserved for the library included; in the library itself, the module at hand too."""
    std = cx.env.std(module)
    here = cx.module.file_module
    if std is None and here.is_std and here.name == module:
        std = here
    if std is not None:
        value = std.values.get(name)
        if isinstance(value, FnEntity) and (value.public or std is here):
            return value
    if module == "Tuple" and name in TUPLE_FUNCTIONS:
        return _TUPLE[name]
    key = module_key(module, name)
    return BuiltinEntity(key) if key in cx.env.builtins else None


def visible_names(cx: Cx, scope: Scope) -> Iterator[str]:
    """Value names in scope order, for suggestions."""
    yield from scope.all_names()
    for module in cx.module.chain():
        yield from module.values
        yield from module.ctors
    top = cx.module.file_module
    yield from top.imported
    yield from top.imported_ctors
    yield from (m for m, owners in cx.env.by_method.items() if any(not i.builtin for i in owners))
    yield from cx.env.ctors
    yield from sorted(PRELUDE_LIST_FUNCTIONS)
    yield from (k for k in cx.env.builtins if not k.startswith("__"))
    yield from (m for m in cx.env.by_method if not m.startswith("__"))
    yield from top.leaked_ctors
