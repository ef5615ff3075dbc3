"""Small classes that cost little to define and to make.

The compiler has some three hundred classes that hold data. Defining one with `@dataclass` compiles up to six
methods, half a millisecond each time the compiler starts, for classes of which a run needs a few. The
decorators here give the same classes, but compile a method when it is first called:

- `record`: immutable, compared by identity, so that it can key side tables; for trees of many objects;
- `value`: immutable, compared by content;
- `mutable`: assignable, compared by identity.

That the fields of the first two are never assigned again is checked by the type checker, not at run time,
which also makes objects faster to build. All are dataclasses for `fields` and `replace`, with slots but for
those that ask for none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

_C = TypeVar("_C", bound=type)


@dataclass_transform(eq_default=False, frozen_default=True, field_specifiers=(field,))
def record(cls: _C) -> _C:
    """Class decorator: an immutable class compared by identity."""
    return _made(cls, slots=True)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: _C) -> _C:
    """Class decorator: an immutable class compared by content."""
    return _compared(_made(cls, slots=True))


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def open_value(cls: _C) -> _C:
    """As `value`, without slots: subclasses may keep constants of the class under the names of fields."""
    return _compared(_made(cls, slots=False))


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def mutable(cls: _C) -> _C:
    """Class decorator: a class whose fields may be assigned, compared by identity."""
    return _made(cls, slots=True)


def _made(cls: _C, *, slots: bool) -> _C:
    if cls.__doc__ is None:
        cls.__doc__ = ""  # or else `dataclass` would write the signature there, which is slow
    made: Any = dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
    made.__init__ = _first_init
    if "__repr__" not in cls.__dict__:
        made.__repr__ = _repr
    return made  # type: ignore[no-any-return]


def _compared(cls: _C) -> _C:
    made: Any = cls
    made.__eq__, made.__hash__ = _first_eq, _first_hash
    return cls


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
    return f"{type(self).__name__}({', '.join(f'{f.name}={getattr(self, f.name)!r}' for f in fields(self) if f.repr)})"


# ---- compiling ---------------------------------------------------------------------------------


def _items(cls: Any, of: str) -> str:
    return "(" + "".join(f"{of}.{f.name}, " for f in fields(cls) if f.compare) + ")"


def _compiled_init(cls: Any) -> Callable[..., None]:
    """An initialiser that assigns every field, as a dataclass has it."""
    space: dict[str, Any] = {}
    params, lines = ["self"], []
    for f in fields(cls):
        given = f.name
        if f.init:
            params.append(_parameter(f, space))
        elif f.default is MISSING and f.default_factory is MISSING:
            continue
        else:
            given = f"default_{f.name}"
            space[given] = f.default
        if f.default_factory is not MISSING:
            space[f"make_{f.name}"] = f.default_factory
            fresh = f"make_{f.name}()"
            given = f"{fresh} if {f.name} is default_{f.name} else {f.name}" if f.init else fresh
        lines.append(f"self.{f.name} = {given}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    return _function("__init__", ", ".join(params), "\n ".join(lines) or "pass", space)


def _parameter(f: Field[Any], space: dict[str, Any]) -> str:
    """The parameter of a field; where a default is made by a call, its own absence is the default."""
    if f.default is MISSING and f.default_factory is MISSING:
        return f.name
    space[f"default_{f.name}"] = f.default
    return f"{f.name}=default_{f.name}"


def _function(name: str, params: str, body: str, space: dict[str, Any]) -> Callable[..., Any]:
    exec(f"def {name}({params}):\n {body}", space)
    made: Callable[..., Any] = space[name]
    return made
