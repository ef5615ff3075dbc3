"""Is a module well-formed?

In: any module. Out: a list of problems, empty for a good one. Checked: every block ends, the entry has
no parameters and no predecessor, jumps stay inside the function, every name and value is defined once
and its definition dominates each use; and by `typecheck.py`, what instructions read and make. Between
passes this runs under `--verify` and in the tests; a problem is a fault of the compiler.
"""

from __future__ import annotations

from dataclasses import dataclass

from snowc.mir.ir import Block, Function, Instr, Module, Value
from snowc.mir.print import instr_text, term_text
from snowc.mir.typecheck import TypeRules
from snowc.mir.walk import Dominators, definitions, dominators, operands, successors, term_operands


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong and where; `code` is the instruction or terminator, if one is to blame."""

    function: str
    block: str
    code: str
    text: str

    def __str__(self) -> str:
        where = " / ".join(part for part in (self.function, self.block, self.code) if part)
        return f"{where}: {self.text}"


def verify(module: Module, monomorphic: bool = False) -> list[Problem]:
    """All problems. Types are compared in full, or by layout class once `monomorphic`."""
    rules = TypeRules(module, monomorphic)
    problems = [Problem("", "", "", text) for text in _declaration_problems(module)]
    for name, function in module.functions.items():
        if name != function.name:
            problems.append(Problem(function.name, "", "", f"stands under the name {name}"))
        problems += _FunctionCheck(function, rules).run()
    return problems


def _declaration_problems(module: Module) -> list[str]:
    found: list[str] = []
    if module.entry is not None and module.entry not in module.functions:
        found.append(f"entry {module.entry} is not defined")
    lost = [c for c in module.consts if c.init not in module.functions]
    found += [f"initialiser {c.init} of {c.name} is not defined" for c in lost]
    for impl in module.impls:
        for method, function in impl.methods.items():
            if function not in module.functions:
                found.append(f"{impl.trait}::{method} for {impl.target}: {function} is not defined")
    return found


class _FunctionCheck:
    """The checks of one function, in the order in which each makes the next one safe."""

    def __init__(self, function: Function, rules: TypeRules) -> None:
        self._function = function
        self._rules = rules
        self._problems: list[Problem] = []
        self._place: dict[Value, tuple[Block | None, int]] = {}

    def run(self) -> list[Problem]:
        if self._shape_is_sound():
            self._single_definitions()
            self._uses_are_dominated()
            self._types()
        return self._problems

    def _report(self, text: str, block: Block | None = None, code: str = "") -> None:
        self._problems.append(Problem(self._function.name, block.label if block else "", code, text))

    def _shape_is_sound(self) -> bool:
        blocks = self._function.blocks
        if not blocks:
            self._report("has no blocks")
            return False
        if blocks[0].params:
            self._report("the entry block has parameters", blocks[0])
        labels: set[str] = set()
        members = set(blocks)
        for block in blocks:
            if block.label in labels:
                self._report("second block of this label", block)
            labels.add(block.label)
            self._block_is_closed(block, members)
        return not self._problems

    def _block_is_closed(self, block: Block, members: set[Block]) -> None:
        if block.term is None:
            self._report("has no terminator", block)
        for succ in successors(block):
            if succ not in members:
                self._report(f"jumps to block {succ.label} outside the function", block)
            if succ is self._function.blocks[0]:
                self._report("jumps to the entry block", block)

    def _single_definitions(self) -> None:
        names: set[str] = set()
        for value in definitions(self._function):
            if value.name in names:
                self._report(f"%{value.name} is defined twice")
            names.add(value.name)
        for value in (*self._function.params, *(self._function.captures or ())):
            self._place[value] = (None, 0)
        for block in self._function.blocks:
            for value in block.params:
                self._place[value] = (block, -1)
            for index, instr in enumerate(block.instrs):
                if instr.dest is not None:
                    self._place[instr.dest] = (block, index)

    def _uses_are_dominated(self) -> None:
        tree = dominators(self._function.blocks[0])
        for block in self._function.blocks:
            if block not in tree.position:
                continue
            for index, instr in enumerate(block.instrs):
                for value in operands(instr):
                    self._use(value, block, index, tree, instr)
            for value in term_operands(block.term):
                self._use(value, block, len(block.instrs), tree, None)

    def _use(self, value: Value, block: Block, index: int, tree: Dominators, instr: Instr | None) -> None:
        place = self._place.get(value)
        if place is None:
            self._report(f"%{value.name} is not defined in this function", block, _code(block, instr))
            return
        home, at = place
        if home is None or (home is block and at < index):
            return
        if home is block or home not in tree.position or not tree.dominates(home, block):
            self._report(f"%{value.name} is used where its definition has not run", block, _code(block, instr))

    def _types(self) -> None:
        for block in self._function.blocks:
            for instr in block.instrs:
                for text in self._rules.instr_problems(instr):
                    self._report(text, block, instr_text(instr))
            for text in self._rules.term_problems(block.term, self._function):
                self._report(text, block, term_text(block.term))


def _code(block: Block, instr: Instr | None) -> str:
    return term_text(block.term) if instr is None else instr_text(instr)
