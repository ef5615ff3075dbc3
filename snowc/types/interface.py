"""The interface of a checked module as flat data: all that other modules can see of it.

`interface_write.py` makes it of the module's tables, `interface_read.py` makes tables of it that serve other
modules as the first ones would. It has three parts with a meaning of their own:

- `values`: functions and constants by name, those of an inline module with its name in front. Another module
  sees one only by writing its name.
- `shapes`: types, inline modules, and instances for the module's own types. What uses a type sees them,
  through however many modules the type has come.
- `shared`: what every later module sees unasked: interfaces, instances for types of other modules, implicit
  derivations that such an instance has replaced (language.md 8.3).

Places in the source stand apart from all three, so that moving a declaration changes none of them.
"""

from __future__ import annotations

import marshal
from typing import Any, NamedTuple

_PLAIN = 2
"""The last version of `marshal` whose bytes depend on nothing but the value."""


class Interface(NamedTuple):
    """The parts of an interface, each as bytes.

    `values` holds a dictionary whose items can be compared one by one. `context` is what default bodies of
    the module's interfaces see besides: its imports. `types` are the full names of the user types that `shared`
    mentions.
    """

    values: bytes
    shapes: bytes
    shared: bytes
    context: bytes
    places: bytes
    types: tuple[str, ...]

    @property
    def has_defaults(self) -> bool:
        """Whether implementations of this module's interfaces infer code of it again."""
        return self.context != NO_CONTEXT


def pack(data: Any) -> bytes:
    """Bytes that are equal for equal data."""
    return marshal.dumps(data, _PLAIN)


NO_CONTEXT = b""
NOTHING_SHARED = pack(((), (), ()))


def count_parameters(interface: Interface, name: str) -> int | None:
    """How many parameters a function has, member constraints included; None if there is no such function."""
    value = values_of(interface.values).get(name, ())
    if len(value) < 2:
        return None
    _, is_const, is_thunk, _, _, scheme, evidence = value
    if scheme is None or (is_const and not is_thunk):
        return None
    return len(evidence) if is_thunk else len(scheme[2]) - 2 + len(evidence)


def values_of(packed: bytes) -> dict[str, tuple[Any, ...]]:
    """The values of an interface by name, to compare one by one."""
    values: dict[str, tuple[Any, ...]] = marshal.loads(packed)
    return values
