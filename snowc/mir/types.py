"""MIR types and the layout class of each.

MIR types are nominal and may mention type parameters before monomorphisation (`TVar`); afterwards
none are left. `layout_class` is the only judgement code generation and sharing of generic instances
need: how a value travels (design: one representation per class, so generics are instantiated per
class and not per type).
"""

from __future__ import annotations

from snowc.source.record import value


@value
class Con:
    """`Int`, `List<Int>`, `Main.Shape`, `Tuple<Int, String>`, `()`. `Box` is the class of any boxed value."""

    name: str
    args: tuple[MTy, ...] = ()

    def __str__(self) -> str:
        return self.name + ("<" + ", ".join(map(str, self.args)) + ">" if self.args else "")


@value
class Fn:
    """A closure value."""

    params: tuple[MTy, ...]
    result: MTy

    def __str__(self) -> str:
        return "Fun(" + ", ".join(map(str, self.params)) + ") -> " + str(self.result)


@value
class TVar:
    """A type parameter of the enclosing function, type or impl; printed `'T`."""

    name: str

    def __str__(self) -> str:
        return "'" + self.name


MTy = Con | Fn | TVar

INT = Con("Int")
FLOAT = Con("Float")
BOOL = Con("Bool")
STRING = Con("String")
UNIT = Con("()")
NEVER = Con("Never")
PID = Con("Pid")
"""A process, whatever it accepts."""
LOC = Con("Loc")
"""A source position of the user's program: `file index << 32 | line`, an i64 (see Instr.loc)."""
BOX = Con("Box")
"""Any boxed value, where sharing has forgotten which."""

HANDLES = frozenset({"Word", "WsConn"})
"""Opaque 64-bit handles: no fields, nothing to count (a test holds this against the ABI table)."""

SCALARS = frozenset({"Int", "Float", "Bool", "()", "Never", "Loc", "Pid"}) | HANDLES
"""Types that are not boxed and not counted."""


_SCALAR_CLASS = {"Int": "i64", "Loc": "i64", "Pid": "i64", "Float": "f64", "Bool": "i1", "()": "unit", "Never": "unit"}
_SCALAR_CLASS |= dict.fromkeys(HANDLES, "i64")


def layout_class(ty: MTy) -> str:
    """`i64`, `f64`, `i1`, `unit` or `ptr`. A `TVar` has none yet and must not be asked."""
    match ty:
        case Con(name) if name in _SCALAR_CLASS:
            return _SCALAR_CLASS[name]
        case TVar():
            raise ValueError(f"{ty} has no layout before monomorphisation")
        case _:
            return "ptr"


def is_counted(ty: MTy) -> bool:
    """Whether values of this type are reference-counted heap objects."""
    return layout_class(ty) == "ptr"


CLASS_TYPE: dict[str, MTy] = {"i64": INT, "f64": FLOAT, "i1": BOOL, "unit": UNIT, "ptr": BOX}


def substitute(ty: MTy, env: dict[str, MTy]) -> MTy:
    """Replace type parameters by `env`."""
    match ty:
        case TVar(name):
            return env.get(name, ty)
        case Con(_, ()):
            return ty
        case Con(name, args):
            return Con(name, tuple(substitute(a, env) for a in args))
        case Fn(params, result):
            return Fn(tuple(substitute(p, env) for p in params), substitute(result, env))
