"""Types as text: for messages (language.md 3.7) and for the listing of inferred schemes.

A `Namer` names the unknown variables of everything that is printed together, so that `?a` is one
variable throughout a message.
"""

from __future__ import annotations

from collections.abc import Sequence

from snowc.types.tast import TModule
from snowc.types.ty import Con, Fn, Gen, Pred, Scheme, Type, Var, prune


def letters(index: int) -> str:
    """`a` … `z`, `a1` … `z1`, …"""
    round_, place = divmod(index, 26)
    return chr(ord("a") + place) + (str(round_) if round_ else "")


class Namer:
    """Names for unknown variables, in order of appearance."""

    def __init__(self, gens: Sequence[str] = (), rename: bool = False) -> None:
        self._names: dict[Var, str] = {}
        self._rigid: dict[str, list[Var]] = {}
        self._gens = gens
        self._rename = rename
        self._order: dict[int, int] = {}

    def var(self, var: Var) -> str:
        if var.rigid is not None:
            # Type parameters of two functions may have one name; they must not look alike.
            same = self._rigid.setdefault(var.rigid, [])
            if var not in same:
                same.append(var)
            return var.rigid + "'" * same.index(var)
        return self._names.setdefault(var, "?" + letters(len(self._names)))

    def gen(self, index: int) -> str:
        if self._rename:
            return "'" + letters(self._order.setdefault(index, len(self._order)))
        return self._gens[index] if index < len(self._gens) else "'" + letters(index)

    def show(self, ty: Type) -> str:
        """The text of one type."""
        ty = prune(ty)
        if isinstance(ty, Con):
            return self._con(ty)
        if isinstance(ty, Fn):
            return f"({self.all(ty.params)}) -> {self.show(ty.result)}"
        if isinstance(ty, Var):
            return self.var(ty)
        assert isinstance(ty, Gen)
        return self.gen(ty.index)

    def all(self, types: Sequence[Type]) -> str:
        return ", ".join([self.show(t) for t in types])

    def _con(self, ty: Con) -> str:
        if ty.name == "Tuple":
            return f"({self.all(ty.args)})"
        return f"{ty.name}<{self.all(ty.args)}>" if ty.args else ty.name

    def pred(self, pred: Pred) -> str:
        """`T: Ord`, `T.name: Int` for a field that is still to be found."""
        subject = self.show(pred.type)
        if pred.trait.startswith("."):
            return f"{subject}{pred.trait}: {self.all(pred.args)}"
        declared = [a for a in pred.args if prune(a) != prune(pred.type)]
        return f"{subject}: {pred.trait}" + (f"<{self.all(declared)}>" if declared else "")


def show(ty: Type) -> str:
    """The text of `ty` on its own."""
    return Namer().show(ty)


def show_pair(a: Type, b: Type) -> tuple[str, str]:
    """Two types of one message."""
    namer = Namer()
    return namer.show(a), namer.show(b)


def show_scheme(scheme: Scheme) -> str:
    """`('a, 'a) -> 'a where 'a: Add`, the variables renamed in order of appearance."""
    namer = Namer(rename=True)
    text = namer.show(scheme.type)
    preds = [namer.pred(p) for p in scheme.preds]
    return text + (" where " + ", ".join(preds) if preds else "")


def show_module(module: TModule) -> str:
    """One line `name : type` for each top-level function and constant, in source order."""
    prefix = module.name + "."
    return "".join(f"{name.removeprefix(prefix)} : {show_scheme(s)}\n" for name, s in module.schemes.items())
