"""Which functions run only a few times, so that their code should be small rather than fast.

In: a monomorphic module. Out: the names of the cold functions: those that the entry and the constants
reach by a handful of calls, none of them in a loop. Code of a cold function outside of its own loops
runs once or a few times in the whole life of the program: counting and allocation are calls there
instead of being written out, and nothing is inlined into it. In many programs that is the larger part
of the code, and all of the time that LLVM needs for it is lost.
"""

from __future__ import annotations

from snowc.codegen.recursion import Node, components, cyclic_blocks, is_cycle
from snowc.mir.ir import Call, Function, Module, TailCall
from snowc.mir.walk import loop_headers

FEW = 16
"""Runs up to which a function is cold."""

_LARGE = 80
"""MIR instructions from which a function is not worth a copy at its only caller, as LLVM would have it."""

_LONG = 400
"""MIR instructions from which code that runs only a few times costs more to optimise than it can win."""

_HUGE = 20_000
"""MIR instructions from which LLVM's register allocation takes minutes, whatever the code is for."""


def attributes(function: Function, is_cold: bool) -> str:
    """How LLVM should treat a function, by its size and its use."""
    size = sum(len(b.instrs) for b in function.blocks)
    if size >= _HUGE or (size >= _LONG and is_cold and not loop_headers(function)):
        return "noinline optnone nounwind"
    return "noinline nounwind" if size >= _LARGE else "nounwind"


def cold_functions(module: Module, graph: dict[Node, list[Node]]) -> set[str]:
    """All cold functions, given who may call whom."""
    runs: dict[str, int] = dict.fromkeys(_starts(module), 1)
    cold: set[str] = set()
    for component in reversed(components(graph)):
        if is_cycle(component, graph):
            continue
        name = component[0]
        # What nobody calls by name, such as the code of a closure, is called by somebody else.
        if isinstance(name, str) and 0 < runs.get(name, 0) <= FEW and module.functions[name].captures is None:
            cold.add(name)
            _count_calls(module.functions[name], runs)
        else:
            _count_as_many(component, graph, runs)
    return cold


def _starts(module: Module) -> list[str]:
    entry = [] if module.entry is None else [module.entry]
    return entry + [const.init for const in module.consts]


def _count_calls(function: Function, runs: dict[str, int]) -> None:
    """Add the calls that one cold function makes."""
    looping = cyclic_blocks(function)
    for block in function.blocks:
        times = FEW + 1 if block in looping else runs[function.name]
        callees = [i.callee for i in block.instrs if isinstance(i, Call)]
        if isinstance(block.term, TailCall):
            callees.append(block.term.callee)
        for callee in callees:
            runs[callee] = runs.get(callee, 0) + times


def _count_as_many(component: list[Node], graph: dict[Node, list[Node]], runs: dict[str, int]) -> None:
    for node in component:
        for callee in graph[node]:
            if isinstance(callee, str):
                runs[callee] = FEW + 1
