"""How often functions run and how large they are: what LLVM is told to do with each.

In: a monomorphic module and who may call whom. Out: for each function whether it is cold, and its
attributes. A *cold* function is one that the entry and the constants reach by a handful of calls, none of
them in a loop. Code of a cold function outside of its own loops runs once or a few times in the whole life
of the program: counting and allocation are calls there instead of being written out, and nothing is
inlined into it. In many programs that is the larger part of the code, and all the time that LLVM would
spend on it is lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from snowc.codegen.recursion import Node, components, cyclic_blocks, is_cycle
from snowc.mir.ir import Block, Call, Function, Module, TailCall
from snowc.mir.walk import loop_headers

FEW = 16
"""Runs up to which a function is cold."""

_LARGE = 80
"""MIR instructions from which a function is not worth a copy at its only caller, as LLVM would have it."""

_LONG = 400
"""MIR instructions from which code that runs only a few times costs more to optimise than it can win."""

_HUGE = 20_000
"""MIR instructions from which LLVM's register allocation takes minutes, whatever the code is for."""


class Heat:
    """What is known of the functions of one module."""

    def __init__(self, module: Module, graph: dict[Node, list[Node]]) -> None:
        self._module = module
        self._graph = graph
        self._runs: dict[str, int] = dict.fromkeys(_starts(module), 1)
        self._sites: dict[str, int] = {}
        """Direct calls of each function in code that is not cold."""
        self._recursive: set[str] = set()
        self.cold: set[str] = set()
        for component in reversed(components(graph)):
            self._visit(component)

    def attributes(self, function: Function) -> str:
        """How LLVM should treat a function. One that is small and has a single caller becomes part of it:
        a function has a price of its own in LLVM, whatever it does."""
        size, is_cold = sum(len(b.instrs) for b in function.blocks), function.name in self.cold
        if size >= _HUGE or (size >= _LONG and is_cold and not loop_headers(function)):
            return "noinline optnone nounwind"
        if size >= _LARGE:
            return "noinline nounwind"
        only_one = self._sites.get(function.name) == 1 and function.captures is None and not is_cold
        return "alwaysinline nounwind" if only_one and function.name not in self._recursive else "nounwind"

    def _visit(self, component: list[Node]) -> None:
        """Callers before callees: how often the members of a component run is known."""
        names = [node for node in component if isinstance(node, str)]
        if is_cycle(component, self._graph):
            self._recursive.update(names)
        elif names and 0 < self._runs.get(names[0], 0) <= FEW and self._module.functions[names[0]].captures is None:
            self.cold.add(names[0])
            self._count_cold_calls(self._module.functions[names[0]])
            return
        # What nobody calls by name, such as the code of a closure, is called by somebody else.
        for name in names:
            for block in self._module.functions[name].blocks:
                for callee in _callees(block):
                    self._runs[callee] = FEW + 1
                    self._sites[callee] = self._sites.get(callee, 0) + 1

    def _count_cold_calls(self, function: Function) -> None:
        looping = cyclic_blocks(function)
        for block in function.blocks:
            times = FEW + 1 if block in looping else self._runs[function.name]
            for callee in _callees(block):
                self._runs[callee] = self._runs.get(callee, 0) + times
                self._sites[callee] = self._sites.get(callee, 0) + 2


def _starts(module: Module) -> list[str]:
    entry = [] if module.entry is None else [module.entry]
    return entry + [const.init for const in module.consts]


def _callees(block: Block) -> Iterator[str]:
    for instr in block.instrs:
        if isinstance(instr, Call):
            yield instr.callee
    if isinstance(block.term, TailCall):
        yield block.term.callee
