"""Which outer variables the closures and local functions of a program use.

Variables are unique objects, so the free ones of a body are those it mentions less those it binds. A
local function's own free variables count as mentioned wherever it is used, because calls pass them
on; mutually recursive functions therefore need a fixpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from snowc.match.walk import walk
from snowc.types.tast import (
    FnDecl,
    For,
    Lambda,
    Let,
    LetFn,
    Local,
    LocalFn,
    LocalRef,
    Match,
    PAs,
    PCons,
    PCtor,
    PList,
    POr,
    PTuple,
    PVar,
    Receive,
    TExpr,
    TPat,
)

Unit = Lambda | FnDecl
"""A body that becomes a function of its own."""


@dataclass(slots=True)
class _Facts:
    """What one body mentions and binds, everything nested in it included."""

    mentioned: dict[Local, None] = field(default_factory=dict)
    bound: set[Local] = field(default_factory=set)
    local_fns: dict[FnDecl, None] = field(default_factory=dict)


class Captures:
    """Answers for one program; each body is walked once."""

    def __init__(self) -> None:
        self._facts: dict[Unit, _Facts] = {}
        self._free: dict[Unit, tuple[Local, ...]] = {}

    def free(self, unit: Unit) -> tuple[Local, ...]:
        """The outer variables of a body, in the order in which they are first needed."""
        known = self._free.get(unit)
        if known is None:
            self._solve(unit)
            known = self._free[unit]
        return known

    def _solve(self, unit: Unit) -> None:
        group = self._reachable(unit)
        free: dict[Unit, dict[Local, None]] = {
            u: {v: None for v in self._facts_of(u).mentioned if v not in self._facts_of(u).bound} for u in group
        }
        changed = True
        while changed:
            changed = False
            for u in group:
                mine, bound = free[u], self._facts_of(u).bound
                before = len(mine)
                for fn in self._facts_of(u).local_fns:
                    inner = free[fn] if fn in free else dict.fromkeys(self._free[fn])
                    mine.update((v, None) for v in list(inner) if v not in bound)
                changed = changed or len(mine) > before
        for u in group:
            self._free[u] = tuple(free[u])

    def _reachable(self, unit: Unit) -> list[Unit]:
        """The unit and the unsolved local functions it leads to."""
        group: dict[Unit, None] = {unit: None}
        stack: list[Unit] = [unit]
        while stack:
            for fn in self._facts_of(stack.pop()).local_fns:
                if fn not in group and fn not in self._free:
                    group[fn] = None
                    stack.append(fn)
        return list(group)

    def _facts_of(self, unit: Unit) -> _Facts:
        facts = self._facts.get(unit)
        if facts is None:
            facts = self._facts[unit] = _Facts(bound=set(unit.params))
            for expr in walk(unit.body):
                _note(expr, facts)
        return facts


def _note(expr: TExpr, facts: _Facts) -> None:
    match expr:
        case LocalRef(local=local):
            facts.mentioned[local] = None
        case LocalFn(decl=decl):
            facts.local_fns[decl] = None
        case Let(pattern=pattern):
            facts.bound.update(pattern_locals(pattern))
        case LetFn(decls=decls):
            facts.bound.update(p for decl in decls for p in decl.params)
        case Lambda(params=params):
            facts.bound.update(params)
        case For(binders=binders):
            facts.bound.update(binders)
        case Receive(message=message):
            facts.bound.add(message)
        case Match(arms=arms):
            facts.bound.update(v for arm in arms for p in arm.patterns for v in pattern_locals(p))


def pattern_locals(pattern: TPat) -> Iterator[Local]:
    """The variables a pattern binds (again for each alternative that binds them)."""
    stack = [pattern]
    while stack:
        match stack.pop():
            case PVar(local=local):
                yield local
            case PAs(pattern=inner, local=local):
                yield local
                stack.append(inner)
            case PTuple(items=items) | PList(items=items) | PCtor(args=items) | POr(alternatives=items):
                stack.extend(reversed(items))
            case PCons(head=head, tail=tail):
                stack.extend((tail, head))
