"""The run-time identity of a type: what a message and the process that takes it are compared by.

In: a concrete MIR type. Out: a number that is the same in every build of every program for types that
are written alike, and a text for people. MIR knows only one type of pid, so all of them count as the
same: whatever a pid accepts is compared when something is sent to it.
"""

from __future__ import annotations

from hashlib import blake2b

from snowc.mir.types import Con, Fn, MTy

ANY_MESSAGE = 0
"""The fingerprint of a process that accepts messages of every type; no type has it."""


def fingerprint(ty: MTy) -> int:
    """A signed 64-bit number."""
    digest = blake2b(type_name(ty).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True) or 1


def type_name(ty: MTy) -> str:
    """The type as messages of the compiler write it: `List<(Int, String)>`, `(Int) -> Bool`."""
    match ty:
        case Con("Tuple", args):
            return f"({_all(args)})"
        case Con(name, args):
            return f"{name}<{_all(args)}>" if args else name
        case Fn(params, result):
            return f"({_all(params)}) -> {type_name(result)}"
        case _:
            raise ValueError(f"{ty} is not concrete")


def _all(types: tuple[MTy, ...]) -> str:
    return ", ".join(map(type_name, types))
