"""Wants that are not instances of a trait: operands of `<>`, and the annotation `Tuple`."""

from __future__ import annotations

from snowc.source.record import mutable
from snowc.types.context import Cx, Want
from snowc.types.errors import Role
from snowc.types.ty import STRING, Con, Var, list_of, prune


@mutable
class ConcatWant(Want):
    """`type` must be String or a list; String if nothing ever tells (language.md 5.10)."""

    def attempt(self, cx: Cx) -> bool:
        ty = prune(self.type)
        if isinstance(ty, Var) and ty.rigid is None:
            cx.u.wait(self, ty)
            return False
        if not (isinstance(ty, Con) and ty.name in ("String", "List", "<error>", "Never")):
            expected = list_of(cx.fresh()) if isinstance(ty, Con) and ty.name != "Int" else STRING
            cx.mismatch(self.span, expected, ty, Role(self.why, advice='use to_string() or "${…}"'))
        return True


@mutable
class TupleWant(Want):
    """`type` must be a tuple type, of any arity."""

    def attempt(self, cx: Cx) -> bool:
        ty = prune(self.type)
        if isinstance(ty, Var) and ty.rigid is None:
            cx.u.wait(self, ty)
            return False
        if not (isinstance(ty, Con) and ty.name in ("Tuple", "<error>", "Never")):
            cx.mismatch(self.span, Con("Tuple", (cx.fresh(), cx.fresh())), ty, Role(self.why))
        return True
