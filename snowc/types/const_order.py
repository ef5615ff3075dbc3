"""The order in which a module's constants are evaluated, and constants that need their own value.

In: the graph of what each function and constant mentions. Constants come as they are written, but after
those that they mention, directly or through functions (language.md 4.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from snowc.syntax import ast
from snowc.types.context import Cx
from snowc.types.declare import ConstGroup
from snowc.types.env import FnEntity, Instance, Interface
from snowc.types.errors_decl import ConstantCycle
from snowc.types.groups import components

Node = FnEntity | ConstGroup | Instance | Interface


def evaluation_order(consts: Sequence[ConstGroup], edges: Mapping[Node, Sequence[Node]]) -> list[ConstGroup]:
    """Depth first, roots in source order."""
    order: list[ConstGroup] = []
    seen: set[Node] = set()

    def visit(node: Node) -> None:
        if node in seen:
            return
        seen.add(node)
        for mentioned in edges.get(node, ()):
            visit(mentioned)
        if isinstance(node, ConstGroup):
            order.append(node)

    for const in consts:
        visit(const)
    return order


def report_cycles(cx: Cx, consts: Sequence[ConstGroup], edges: Mapping[Node, Sequence[Node]]) -> None:
    """Constants that mention each other without a function in between have no value."""
    direct = {const: [n for n in _read(const, edges) if isinstance(n, ConstGroup)] for const in consts}
    for component in components(consts, direct):
        if len(component) > 1 or component[0] in direct[component[0]]:
            first = min(component, key=lambda c: c.let.span.start)
            names = tuple(c.value.short for c in component)
            cx.report(ConstantCycle(first.let.pattern.span, names))


def _read(const: ConstGroup, edges: Mapping[Node, Sequence[Node]]) -> Sequence[Node]:
    """What evaluating a constant reads: a closure reads nothing before it is called."""
    return () if isinstance(const.let.value, ast.Closure) else edges.get(const, ())
