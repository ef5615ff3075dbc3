"""The module graph: who imports whom, self imports, cycles, dependency order.

In: the outlines of the program's modules by name. Out: diagnostics, or an order in which every
module comes after all it imports. All choices go by name, so that the same program is always ordered and
blamed alike.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping

from snowc.diag.core import Diagnostic
from snowc.modules.errors import cycle, self_import
from snowc.modules.outline import Outline

Graph = Mapping[str, Collection[str]]
"""The names that each module imports."""


def imports_of(outline: Outline, visible: Mapping[str, str], known: Mapping[str, Outline]) -> tuple[str, ...]:
    """The modules among `known` that a file imports, in order of first mention.

    `visible` gives the full name of a module for each path that the file may import it by. What an import
    names beyond these is a library module or unknown, which inference decides.
    """
    found: dict[str, None] = {}
    for path in outline.imports:
        name = _file_module(path, visible, known)
        if name is not None:
            found[name] = None
    return tuple(found)


def _file_module(path: tuple[str, ...], visible: Mapping[str, str], known: Mapping[str, Outline]) -> str | None:
    """The file that holds the module of a path: its own, or the one that declares it inline."""
    for length in range(len(path), 0, -1):
        name = visible.get(".".join(path[:length]))
        if name is not None and name in known:
            return name if known[name].declares(path[length:]) else None
    return None


def check(graph: Graph) -> list[Diagnostic]:
    """Self imports, or else the shortest cycle if there is one."""
    own: list[Diagnostic] = [self_import(name) for name in sorted(graph) if name in graph[name]]
    if own or _is_ordered(graph, dependency_order(graph)):
        return own
    return [cycle(shortest_cycle(graph))]


def _is_ordered(graph: Graph, order: list[str]) -> bool:
    """Whether every module comes after those it imports; then there is no cycle, and none is searched for."""
    position = {name: i for i, name in enumerate(order)}
    return all(position.get(target, -1) < position[name] for name in graph for target in graph[name])


def shortest_cycle(graph: Graph) -> list[str]:
    """The modules of a shortest cycle, from the alphabetically first on; empty if there is none."""
    best: list[str] = []
    for start in sorted(graph):
        found = _cycle_through(graph, start)
        if found and (not best or len(found) < len(best)):
            best = found
    return best


def _cycle_through(graph: Graph, start: str) -> list[str]:
    """A shortest way from `start` back to itself, breadth first."""
    came_from: dict[str, str] = {}
    queue = deque([start])
    while queue:
        name = queue.popleft()
        for target in sorted(graph.get(name, ())):
            if target == start:
                return _way_back(came_from, start, name)
            if target not in came_from:
                came_from[target] = name
                queue.append(target)
    return []


def _way_back(came_from: Mapping[str, str], start: str, name: str) -> list[str]:
    way = [name]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]


def dependency_order(graph: Graph) -> list[str]:
    """Every module after those it imports; of a cycle, the member that is reached first comes last."""
    order: dict[str, None] = {}
    entered: set[str] = set()
    for root in sorted(graph):
        stack: list[tuple[str, Iterator[str]]] = []
        _enter(root, graph, entered, stack)
        while stack:
            name, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                order[name] = None
                stack.pop()
            else:
                _enter(target, graph, entered, stack)
    return list(order)


def _enter(name: str, graph: Graph, entered: set[str], stack: list[tuple[str, Iterator[str]]]) -> None:
    if name not in entered and name in graph:
        entered.add(name)
        stack.append((name, iter(sorted(graph[name]))))
