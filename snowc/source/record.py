"""`@record`: small immutable classes that cost little to define and to make.

What `@dataclass(frozen=True, slots=True, eq=False)` promises, for trees of many classes and many
thousand objects: defining eighty such dataclasses takes 30 ms of every start, and making one object takes
a call per field. Here the initialiser is compiled when the first object of a class is made, and assigns
fields directly. That fields are never assigned again is checked by the type checker, not at run time.
Records compare by identity, so that they can key side tables.
"""

from __future__ import annotations

from typing import Any, TypeVar, dataclass_transform

_C = TypeVar("_C", bound=type)


@dataclass_transform(eq_default=False, frozen_default=True)
def record(cls: _C) -> _C:
    """Class decorator: annotated names, inherited ones first, become slots and parameters."""
    own = tuple(cls.__dict__.get("__annotations__", {}))
    inherited = getattr(cls, "__match_args__", ())
    defaults = dict(getattr(cls, "__record_defaults__", {}))
    defaults |= {name: cls.__dict__[name] for name in own if name in cls.__dict__}
    body = {name: value for name, value in cls.__dict__.items() if name not in own and name not in _NOT_COPIED}
    body |= {
        "__slots__": own,
        "__match_args__": (*inherited, *own),
        "__record_defaults__": defaults,
        "__init__": _compile_on_first_use,
        "__repr__": _repr,
    }
    made: Any = type(cls)(cls.__name__, cls.__bases__, body)
    return made  # type: ignore[no-any-return]


_NOT_COPIED = frozenset(["__dict__", "__weakref__"])


def _compile_on_first_use(self: Any, *args: Any, **named: Any) -> None:
    """The initialiser of a class before its first object; replaces itself by one made for the fields."""
    cls = type(self)
    fields, defaults = cls.__match_args__, cls.__record_defaults__
    params = "".join(f", {name}=defaults[{name!r}]" if name in defaults else f", {name}" for name in fields)
    lines = "".join(f"\n self.{name} = {name}" for name in fields)
    space: dict[str, Any] = {"defaults": defaults}
    exec(f"def __init__(self{params}):{lines or ' pass'}", space)
    cls.__init__ = space["__init__"]
    cls.__init__(self, *args, **named)


def _repr(self: Any) -> str:
    return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__match_args__)})"
