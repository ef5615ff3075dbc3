"""Unification with levels.

`Unifier` makes variables and equates types in place. Levels give let-polymorphism without searching
the environment: a variable may be generalised where its level is deeper than the scope's. Whoever
waits for a variable (`traits.py`) registers in `watch` and finds itself in `ready` once it is bound.

Special rules (language.md 3.6): `Never` and the error type unify with everything and bind nothing
that could still become something else; bare `Pid` unifies with every `Pid<M>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from snowc.types.ty import ERROR, UNIT, Con, Fn, Gen, Type, Var, prune

SILENT = frozenset({"Never", "<error>"})
"""Constructors that agree with every type."""


class Waiter(Protocol):
    """Something that is looked at again when a variable has been bound."""

    done: bool


class Unifier:
    """The mutable state of unification: the supply of variables and who waits for them."""

    def __init__(self) -> None:
        self._next = 0
        self.watch: dict[Var, list[Waiter]] = {}
        self.ready: list[Waiter] = []
        self.infinite = False
        """Whether the last failure was a type that would contain itself."""

    def fresh(self, level: int, rigid: str | None = None) -> Var:
        """A new variable; a type parameter when `rigid` is its name."""
        self._next += 1
        return Var(self._next, level, None, rigid)

    def wait(self, waiter: Waiter, var: Var) -> None:
        """Have `waiter` moved to `ready` when `var` is bound."""
        self.watch.setdefault(var, []).append(waiter)

    def unify(self, a: Type, b: Type) -> bool:
        """Make `a` and `b` equal; on failure the part done so far stays."""
        self.infinite = False
        return self._unify(a, b)

    def _unify(self, a: Type, b: Type) -> bool:
        a, b = prune(a), prune(b)
        if a is b:
            return True
        if a is ERROR or b is ERROR:
            self._poison(b if a is ERROR else a)
            return True
        if isinstance(a, Var):
            if isinstance(b, Var):
                return self._unify_vars(a, b)
            return self._unify_var(a, b)
        if isinstance(b, Var):
            return self._unify_var(b, a)
        if isinstance(a, Con):
            if isinstance(b, Con):
                return self._unify_cons(a, b)
            return a.name in SILENT
        if isinstance(a, Fn) and isinstance(b, Fn):
            return self._unify_fns(a, b)
        return isinstance(b, Con) and b.name in SILENT

    def _unify_cons(self, a: Con, b: Con) -> bool:
        if a.name != b.name:
            return a.name in SILENT or b.name in SILENT
        if len(a.args) != len(b.args):
            return a.name == "Pid" and (not a.args or not b.args)
        return all(map(self._unify, a.args, b.args))

    def _unify_fns(self, a: Fn, b: Fn) -> bool:
        if len(a.params) != len(b.params):
            return False
        return all(map(self._unify, a.params, b.params)) and self._unify(a.result, b.result)

    def _unify_vars(self, a: Var, b: Var) -> bool:
        if a.rigid is not None:
            a, b = b, a
        if a.rigid is not None:
            return False
        return self._bind(a, b)

    def _unify_var(self, var: Var, ty: Type) -> bool:
        if isinstance(ty, Con) and ty.name in SILENT:
            return True
        return var.rigid is None and self._bind(var, ty)

    def _poison(self, ty: Type) -> None:
        """What was to agree with a reported expression is unknown for good, so that nothing follows from it."""
        for var in free_vars(ty):
            if var.rigid is None:
                self._link(var, ERROR)

    def _bind(self, var: Var, ty: Type) -> bool:
        if not self._adjust(ty, var):
            return False
        self._link(var, ty)
        return True

    def _link(self, var: Var, ty: Type) -> None:
        var.link = ty
        waiting = self.watch.pop(var, None)
        if waiting is not None:
            self.ready.extend(waiting)

    def _adjust(self, ty: Type, var: Var) -> bool:
        """Lower the levels inside `ty` to that of `var`; false if `var` occurs or a type parameter escapes."""
        stack = [ty]
        while stack:
            part = prune(stack.pop())
            if isinstance(part, Con):
                stack.extend(part.args)
            elif isinstance(part, Fn):
                stack.extend(part.params)
                stack.append(part.result)
            elif isinstance(part, Var):
                if part is var:
                    self.infinite = True
                    return False
                if part.level > var.level:
                    if part.rigid is not None:
                        return False
                    part.level = var.level
        return True


def lower_levels(ty: Type, level: int) -> None:
    """Keep the free variables of `ty` from being generalised at `level` or deeper."""
    for var in free_vars(ty):
        if var.level > level and var.rigid is None:
            var.level = level


def free_vars(ty: Type) -> list[Var]:
    """The unsolved variables of `ty`, type parameters included, in order of first occurrence."""
    found: dict[Var, None] = {}
    stack = [ty]
    while stack:
        part = prune(stack.pop())
        if isinstance(part, Var):
            found.setdefault(part)
        elif isinstance(part, Con):
            stack.extend(reversed(part.args))
        elif isinstance(part, Fn):
            stack.append(part.result)
            stack.extend(reversed(part.params))
    return list(found)


def substitute(ty: Type, args: Sequence[Type]) -> Type:
    """Replace `Gen(i)` by `args[i]`."""
    if isinstance(ty, Con):
        if not ty.args:
            return ty
        return Con(ty.name, tuple([substitute(a, args) for a in ty.args]))
    if isinstance(ty, Gen):
        return args[ty.index]
    if isinstance(ty, Fn):
        return Fn(tuple([substitute(p, args) for p in ty.params]), substitute(ty.result, args))
    if isinstance(ty, Var) and ty.link is not None:
        return substitute(ty.link, args)
    return ty


def abstract(ty: Type, index: dict[Var, int]) -> Type:
    """Replace the variables of `index` by `Gen`; the inverse of `substitute`."""
    ty = prune(ty)
    if isinstance(ty, Con):
        if not ty.args:
            return ty
        return Con(ty.name, tuple([abstract(a, index) for a in ty.args]))
    if isinstance(ty, Fn):
        return Fn(tuple([abstract(p, index) for p in ty.params]), abstract(ty.result, index))
    if isinstance(ty, Var) and ty in index:
        return Gen(index[ty])
    return ty


def equal(a: Type, b: Type) -> bool:
    """Whether two types are the same as far as they are known; nothing is solved by asking."""
    todo = [(a, b)]
    while todo:
        left, right = (prune(ty) for ty in todo.pop())
        if left is right:
            continue
        if isinstance(left, Con) and isinstance(right, Con) and _alike(left, right):
            todo += zip(left.args, right.args, strict=True)
        elif isinstance(left, Fn) and isinstance(right, Fn) and len(left.params) == len(right.params):
            todo += [*zip(left.params, right.params, strict=True), (left.result, right.result)]
        else:
            return False
    return True


def _alike(a: Con, b: Con) -> bool:
    """Whether only the arguments can tell the two apart; a bare `Pid` has none."""
    return a.name == b.name and len(a.args) == len(b.args)


def zonk(ty: Type) -> Type:
    """`ty` without solved variables; what is still unknown becomes `()` (language.md 3.5)."""
    if isinstance(ty, Con):
        args = ty.args
        for i, arg in enumerate(args):
            known = zonk(arg)
            if known is not arg:
                return Con(ty.name, (*args[:i], known, *[zonk(a) for a in args[i + 1 :]]))
        return ty
    if isinstance(ty, Var):
        top = prune(ty)
        if not isinstance(top, Var):
            return zonk(top)
        if top.rigid is None:
            top.link = UNIT
            return UNIT
        return top
    if isinstance(ty, Fn):
        return Fn(tuple([zonk(p) for p in ty.params]), zonk(ty.result))
    return ty
