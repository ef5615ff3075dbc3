"""Cycles: which functions must check the stack on entry, which recursion has no way out, which blocks loop.

In: a monomorphic module. Out: for each checked function the bytes of frame to allow for. A function is
checked if it can reach itself, directly, through a closure of a fitting shape, or if its own frame or
the unchecked frames below it may outgrow the room that is kept below the limit.

LLVM turns some recursion into loops (`1 + f(n)`). That is welcome, unless the recursion has no base
case at all: as a loop it would hang, where the programmer must be told of the overflow.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from snowc.mir.ir import Block, Call, CallClosure, Function, MakeClosure, Module, TailCall, Value
from snowc.mir.types import MTy, layout_class
from snowc.mir.walk import successors

_UNCHECKED_BYTES = 6 * 1024
"""Frames that may lie below a checked one: 16 KiB are kept, of which C may use 4."""
_SMALL_FRAME = 2 * 1024


@dataclass(frozen=True, slots=True)
class StackPlan:
    """`checked`: functions that check, with the frame bytes they ask for (0 for a small frame).
    `endless`: functions that recurse on every path; calls between them stay calls."""

    checked: dict[str, int] = field(default_factory=dict)
    endless: set[str] = field(default_factory=set)


N = TypeVar("N", bound=Hashable)

Shape = tuple[str, ...]
Node = str | Shape
"""A function, or all closures of one shape."""


def _shape(result: MTy, params: list[Value]) -> Shape:
    return (layout_class(result), *(layout_class(p.type) for p in params))


def frame_estimate(function: Function) -> int:
    """An upper guess of a frame's bytes: without optimisation every value may get a slot."""
    values = len(function.params) + sum(len(b.params) + len(b.instrs) for b in function.blocks)
    return 64 + 8 * values


def call_graph(module: Module) -> dict[Node, list[Node]]:
    """Who may call whom."""
    graph: dict[Node, list[Node]] = {}
    for function in module.functions.values():
        calls: list[Node] = []
        graph[function.name] = calls
        for block in function.blocks:
            for instr in block.instrs:
                if isinstance(instr, Call):
                    calls.append(instr.callee)
                elif isinstance(instr, CallClosure):
                    result = instr.dest.type if instr.dest else function.result
                    shape = _shape(result, instr.args)
                    graph.setdefault(shape, [])
                    calls.append(shape)
                elif isinstance(instr, MakeClosure):
                    callee = module.functions[instr.callee]
                    graph.setdefault(_shape(callee.result, callee.params), []).append(callee.name)
            if isinstance(block.term, TailCall):
                calls.append(block.term.callee)
    return graph


def components(graph: Mapping[N, Sequence[N]]) -> list[list[N]]:
    """Strongly connected components, successors first (Tarjan, without recursion)."""
    index: dict[N, int] = {}
    low: dict[N, int] = {}
    stack: list[N] = []
    on_stack: set[N] = set()
    done: list[list[N]] = []
    for root in graph:
        if root in index:
            continue
        work = [(root, iter(graph[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, successors = work[-1]
            for succ in successors:
                if succ not in index:
                    index[succ] = low[succ] = len(index)
                    stack.append(succ)
                    on_stack.add(succ)
                    work.append((succ, iter(graph[succ])))
                    break
                if succ in on_stack:
                    low[node] = min(low[node], index[succ])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    done.append(_pop_component(node, stack, on_stack))
    return done


def _pop_component(root: N, stack: list[N], on_stack: set[N]) -> list[N]:
    component: list[N] = []
    while not component or component[-1] != root:
        node = stack.pop()
        on_stack.discard(node)
        component.append(node)
    return component


def is_cycle(component: list[N], graph: Mapping[N, Sequence[N]]) -> bool:
    """Whether the members of a component can reach themselves."""
    return len(component) > 1 or component[0] in graph[component[0]]


def cyclic_blocks(function: Function) -> set[Block]:
    """The blocks of a function that lie in loops."""
    graph = {block: successors(block) for block in function.blocks}
    return {block for component in components(graph) if is_cycle(component, graph) for block in component}


def _recurses(block: Block, members: set[str]) -> bool:
    """Whether passing through a block calls one of `members`."""
    is_tail_call = isinstance(block.term, TailCall) and block.term.callee in members
    return is_tail_call or any(isinstance(i, Call) and i.callee in members for i in block.instrs)


def _has_way_out(function: Function, members: set[str]) -> bool:
    """Whether some path through a function calls none of `members`."""
    work, seen = [function.blocks[0]], {function.blocks[0]}
    while work:
        block = work.pop()
        if _recurses(block, members):
            continue
        following = successors(block)
        if not following:
            return True
        work += [b for b in following if b not in seen]
        seen.update(following)
    return False


def plan_stack(module: Module, graph: dict[Node, list[Node]]) -> StackPlan:
    """Decide for every function of a module, given who may call whom."""
    depth: dict[Node, int] = {}
    plan = StackPlan()
    for component in components(graph):
        recursive = is_cycle(component, graph)
        members = {node for node in component if isinstance(node, str)}
        if recursive and not any(_has_way_out(module.functions[name], members) for name in members):
            plan.endless.update(members)
        for node in component:
            below = max((depth.get(callee, 0) for callee in graph[node]), default=0)
            if not isinstance(node, str):
                depth[node] = below
                continue
            frame = frame_estimate(module.functions[node])
            if recursive or frame > _SMALL_FRAME or frame + below > _UNCHECKED_BYTES:
                plan.checked[node] = frame if frame > _SMALL_FRAME else 0
                depth[node] = 0
            else:
                depth[node] = frame + below
    return plan
