"""Small classes that cost little to define and to make.

The compiler has some three hundred classes that hold data. Defining one with `@dataclass` compiles up to six
methods, half a millisecond each time the compiler starts, for classes of which a run needs a few. The
decorators here give the same classes, but compile a method when it is first called:

- `record`: immutable, compared by identity, so that it can key side tables; for trees of many objects;
- `value`: immutable, compared by content;
- `mutable`: assignable, compared by identity;
- `open_value`: as `value`, but an ordinary dataclass without slots, which `dataclasses.replace` can copy.

That the fields of immutable ones are never assigned again is checked by the type checker, not at run time,
which also makes objects faster to build. Fields may be given by `dataclasses.field` with `default`,
`default_factory`, `init` and `repr`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

_C = TypeVar("_C", bound=type)


@dataclass_transform(eq_default=False, frozen_default=True, field_specifiers=(field,))
def record(cls: _C) -> _C:
    """Class decorator: an immutable class compared by identity."""
    return _slotted(cls)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: _C) -> _C:
    """Class decorator: an immutable class compared by content."""
    made = _slotted(cls)
    _compared(made)
    return made


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def mutable(cls: _C) -> _C:
    """Class decorator: a class whose fields may be assigned, compared by identity."""
    return _slotted(cls)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def open_value(cls: _C) -> _C:
    """Class decorator: as `value`; subclasses may keep constants of the class, and `replace` copies objects."""
    if cls.__doc__ is None:
        cls.__doc__ = ""  # or else `dataclass` would write the signature there, which is slow
    made: Any = dataclass(init=False, repr=False, eq=False)(cls)
    made.__record__ = {f.name: f for f in fields(made)}
    _completed(made)
    _compared(made)
    return cls


def field_names(cls: type) -> tuple[str, ...]:
    """The fields of a class made here, inherited ones first."""
    known: dict[str, object] = getattr(cls, "__record__", {})
    return tuple(known)


def _slotted(cls: _C) -> _C:
    """The class made again with a slot for each of its own fields."""
    space = cls.__dict__
    own = {name: space.get(name, MISSING) for name in space.get("__annotations__", ())}
    body: dict[str, Any] = {name: item for name, item in space.items() if name not in own and name not in _NOT_COPIED}
    body["__slots__"] = tuple(own)
    record = body["__record__"] = {**getattr(cls, "__record__", {}), **own}
    body["__match_args__"] = tuple([name for name, given in record.items() if _is_parameter(given)])
    made: Any = type(cls)(cls.__name__, cls.__bases__, body)
    _completed(made)
    return made  # type: ignore[no-any-return]


_NOT_COPIED = frozenset(["__dict__", "__weakref__"])


def _completed(made: Any) -> None:
    made.__init__ = _first_init
    if "__repr__" not in made.__dict__:
        made.__repr__ = _repr


def _compared(made: Any) -> None:
    made.__eq__, made.__hash__ = _first_eq, _first_hash


def _is_parameter(given: object) -> bool:
    return not isinstance(given, Field) or given.init


# ---- methods before their first call -----------------------------------------------------------


def _first_init(self: Any, *args: Any, **named: Any) -> None:
    """The initialiser of a class before its first object; replaces itself by one made for the fields."""
    cls = type(self)
    cls.__init__ = _compiled_init(cls)
    cls.__init__(self, *args, **named)


def _first_eq(self: Any, other: object) -> Any:
    cls = type(self)
    mine, theirs = _items(cls, "self"), _items(cls, "other")
    body = f"return {mine} == {theirs} if other.__class__ is self.__class__ else NotImplemented"
    cls.__eq__ = _function("__eq__", "self, other", body, {})
    return cls.__eq__(self, other)


def _first_hash(self: Any) -> int:
    cls = type(self)
    cls.__hash__ = _function("__hash__", "self", f"return hash({_items(cls, 'self')})", {})
    return hash(self)


def _repr(self: Any) -> str:
    shown = [name for name, given in type(self).__record__.items() if not isinstance(given, Field) or given.repr]
    return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"


# ---- compiling ---------------------------------------------------------------------------------


def _items(cls: type, of: str) -> str:
    return "(" + "".join(f"{of}.{name}, " for name in field_names(cls)) + ")"


def _compiled_init(cls: Any) -> Callable[..., None]:
    """An initialiser that assigns every field that is given or has a default."""
    space: dict[str, Any] = {}
    params, lines = ["self"], []
    for name, given in cls.__record__.items():
        default, factory = (given.default, given.default_factory) if isinstance(given, Field) else (given, MISSING)
        space[f"default_{name}"], space[f"make_{name}"] = default, factory
        has_default = default is not MISSING or factory is not MISSING
        if _is_parameter(given):
            # Where a default is made by a call, its own absence is the default.
            params.append(f"{name}=default_{name}" if has_default else name)
            made = f"make_{name}() if {name} is default_{name} else {name}" if factory is not MISSING else name
        elif has_default:
            made = f"make_{name}()" if factory is not MISSING else f"default_{name}"
        else:
            continue
        lines.append(f"self.{name} = {made}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    return _function("__init__", ", ".join(params), "\n ".join(lines) or "pass", space)


def _function(name: str, params: str, body: str, space: dict[str, Any]) -> Callable[..., Any]:
    exec(f"def {name}({params}):\n {body}", space)
    made: Callable[..., Any] = space[name]
    return made
