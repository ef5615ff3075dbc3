"""Constants that need a later constant, or themselves: they are computed in the order in which they are written.

In: the constants of a file, and what names stand for. Out: reports (language.md 4.2). What is followed is
what evaluating a value does at once: names outside closures, and the bodies of functions called by name.
What methods, closures and function values read is not known here; generated code checks it when it happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from snowc.types.context import Cx
from snowc.types.declare import ConstGroup
from snowc.types.env import FnEntity, Instance, Interface, ModuleEnv
from snowc.types.errors_decl import ConstantCycle, ConstantTooEarly
from snowc.types.groups import components
from snowc.types.refs import evaluated_by_calling, evaluated_in
from snowc.types.services import ServiceGroup

Node = FnEntity | ConstGroup | ServiceGroup | Instance | Interface
Resolve = Callable[[ModuleEnv, Sequence[str]], Sequence[Node]]
Reads = dict[ConstGroup, tuple[FnEntity, ...]]
"""The constants that one constant reads, each with the functions on the way to it."""


def source_order(consts: Sequence[ConstGroup]) -> list[ConstGroup]:
    """The constants of one file in the order in which they are computed."""
    return sorted(consts, key=lambda c: c.let.span.start)


def report_early_reads(cx: Cx, consts: Sequence[ConstGroup], resolve: Resolve) -> None:
    """Report every constant that reads a later one or needs its own value."""
    steps = _Steps(resolve)
    reads = {const: steps.reads(const) for const in source_order(consts)}
    place = {const: i for i, const in enumerate(reads)}
    for component in components(list(reads), {const: list(found) for const, found in reads.items()}):
        first = component[0]
        if len(component) > 1 or first in reads[first]:
            cx.report(ConstantCycle(first.let.pattern.span, tuple(n for c in component for n in c.names)))
            continue
        later = min((c for c in reads[first] if place[c] > place[first]), key=place.__getitem__, default=None)
        if later is not None:
            through = tuple(f.short for f in reads[first][later])
            cx.report(
                ConstantTooEarly(first.let.pattern.span, first.names, later.names, later.let.pattern.span, through)
            )


class _Steps:
    """What evaluation of a constant or a call of a function goes on to."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._known: dict[FnEntity, list[FnEntity | ConstGroup]] = {}

    def reads(self, const: ConstGroup) -> Reads:
        """Breadth first, so that the way to each constant is a shortest one."""
        found: Reads = {}
        seen: set[FnEntity] = set()
        todo: list[tuple[FnEntity | ConstGroup, tuple[FnEntity, ...]]] = [(const, ())]
        for node, way in todo:
            for step in self._after(node):
                if isinstance(step, ConstGroup):
                    found.setdefault(step, way)
                elif step not in seen:
                    seen.add(step)
                    todo.append((step, (*way, step)))
        return found

    def _after(self, node: FnEntity | ConstGroup) -> Sequence[FnEntity | ConstGroup]:
        if isinstance(node, ConstGroup):
            return list(self._nodes(node.value.module, *evaluated_in(node.let.value)))
        if node not in self._known:
            self._known[node] = list(self._nodes(node.module, *evaluated_by_calling(node.clauses)))
        return self._known[node]

    def _nodes(self, module: ModuleEnv, names: Sequence[str], called: Sequence[str]) -> Iterator[FnEntity | ConstGroup]:
        yield from (n for n in self._resolve(module, names) if isinstance(n, ConstGroup))
        yield from (n for n in self._resolve(module, called) if isinstance(n, FnEntity))
