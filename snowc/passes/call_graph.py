"""Groups of functions that may call each other in a circle.

In: a module. Out: a number per function, equal for two functions exactly if each can reach the other
through direct calls (Tarjan's strongly connected components, without recursion). Calls through
closures are not followed.
"""

from __future__ import annotations

from collections.abc import Iterator

from snowc.mir.ir import Call, Function, Module, TailCall


def callees(function: Function) -> Iterator[str]:
    """The functions that a function calls by name, with repetitions."""
    for block in function.blocks:
        for instr in block.instrs:
            if isinstance(instr, Call):
                yield instr.callee
        if isinstance(block.term, TailCall):
            yield block.term.callee


def recursive_groups(module: Module) -> dict[str, int]:
    """The number of each function's group; callees' groups have smaller numbers than their callers'."""
    known = module.functions
    return _Tarjan({name: [c for c in callees(f) if c in known] for name, f in known.items()}).run()


class _Tarjan:
    def __init__(self, graph: dict[str, list[str]]) -> None:
        self._graph = graph
        self._index: dict[str, int] = {}
        self._low: dict[str, int] = {}
        self._open: list[str] = []
        self._group: dict[str, int] = {}
        self._groups = 0

    def run(self) -> dict[str, int]:
        for node in self._graph:
            if node not in self._index:
                self._visit(node)
        return self._group

    def _visit(self, root: str) -> None:
        stack = [self._enter(root)]
        while stack:
            node, rest = stack[-1]
            for succ in rest:
                if succ not in self._index:
                    stack.append(self._enter(succ))
                    break
                if succ not in self._group:
                    self._low[node] = min(self._low[node], self._index[succ])
            else:
                stack.pop()
                self._leave(node)
                if stack:
                    parent = stack[-1][0]
                    self._low[parent] = min(self._low[parent], self._low[node])

    def _enter(self, node: str) -> tuple[str, Iterator[str]]:
        self._index[node] = self._low[node] = len(self._index)
        self._open.append(node)
        return node, iter(self._graph[node])

    def _leave(self, node: str) -> None:
        """Close the group that `node` is the first of."""
        if self._low[node] != self._index[node]:
            return
        while True:
            member = self._open.pop()
            self._group[member] = self._groups
            if member == node:
                break
        self._groups += 1
