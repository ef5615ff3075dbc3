"""Dependency groups: strongly connected components, in the order in which to infer them.

Tarjan's algorithm (1972), without recursion. A component comes after everything it refers to; roots
are visited in the given order, which makes the result deterministic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

N = TypeVar("N")


def components(nodes: Sequence[N], edges: Mapping[N, Sequence[N]]) -> list[list[N]]:
    """The components of the graph, dependencies first; members in the order of `nodes`."""
    order = {node: i for i, node in enumerate(nodes)}
    index: dict[N, int] = {}
    low: dict[N, int] = {}
    on_stack: set[N] = set()
    stack: list[N] = []
    found: list[list[N]] = []
    for root in nodes:
        if root in index:
            continue
        work: list[tuple[N, Iterator[N]]] = [(root, iter(edges.get(root, ())))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            child = next(rest, None)
            if child is None:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == index[node]:
                    found.append(_pop_component(node, stack, on_stack, order))
            elif child not in index:
                index[child] = low[child] = len(index)
                stack.append(child)
                on_stack.add(child)
                work.append((child, iter(edges.get(child, ()))))
            elif child in on_stack:
                low[node] = min(low[node], index[child])
    return found


def _pop_component(root: N, stack: list[N], on_stack: set[N], order: Mapping[N, int]) -> list[N]:
    members: list[N] = []
    while True:
        node = stack.pop()
        on_stack.discard(node)
        members.append(node)
        if node is root or node == root:
            return sorted(members, key=lambda n: order[n])
