"""One MIR function as one LLVM function.

In: a monomorphic function after `insert_rc`. Out: its lines. Block parameters become phis, which are
filled in last because a block's edges are known only then. Unreachable blocks are left out.
"""

from __future__ import annotations

from snowc.codegen.closures import emit_return
from snowc.codegen.context import ModuleContext
from snowc.codegen.emit import CTX, ENV, Body, label, local, symbol
from snowc.codegen.instrs import emit_instr, loc_word
from snowc.codegen.layout import LLVM_TYPE, signature
from snowc.codegen.recursion import cyclic_blocks
from snowc.codegen.unpack import Plan, Planner
from snowc.codegen.words import field_address, load_slot
from snowc.mir.ir import (
    Block,
    Branch,
    Function,
    Instr,
    Jump,
    Loc,
    Panic,
    Return,
    Switch,
    TailCall,
    Target,
    Term,
    Unreachable,
    Value,
)
from snowc.mir.types import layout_class
from snowc.mir.walk import loop_headers, reverse_postorder


class FunctionWriter:
    """Writes one function; `operand` and `bind` connect MIR values with LLVM operands."""

    def __init__(self, context: ModuleContext, function: Function) -> None:
        self.context = context
        self.function = function
        self.body = Body()
        self._operands: dict[Value, str] = {}
        self._edges: dict[Block, list[tuple[str, list[Value]]]] = {}
        self._phis: list[tuple[Block, int]] = []
        self._trampolines: list[tuple[str, Target, str]] = []
        self._cyclic: set[Block] | None = None
        self._cold = function.name in context.heat.cold
        self.plan = Plan()
        """What the block being written does with the objects that it takes apart."""
        self.spare: dict[Instr, str] = {}
        """Cells that are free behind a `Drop`, to be used by a construction."""
        self._headers = loop_headers(function)
        self._block_at_hand = function.blocks[0]
        self._debug = context.debug.function(function) if context.debug else None

    def operand(self, value: Value) -> str:
        """The LLVM operand of a value, without its type; unit has none that means anything."""
        known = self._operands.get(value)
        if known is not None:
            return known
        if layout_class(value.type) == "unit":
            return "poison"
        raise ValueError(f"%{value.name} is used before it is defined in {self.function.name}")

    def typed(self, values: list[Value]) -> list[str]:
        """The values that travel, each with its LLVM type."""
        classes = [layout_class(v.type) for v in values]
        return [f"{LLVM_TYPE[c]} {self.operand(v)}" for c, v in zip(classes, values, strict=True) if c != "unit"]

    def bind(self, value: Value | None, operand: str) -> None:
        """Make `operand` the meaning of `value`."""
        if value is not None:
            self._operands[value] = operand

    def in_loop(self) -> bool:
        """Whether the block being written lies on a cycle."""
        if self._cyclic is None:
            self._cyclic = cyclic_blocks(self.function)
        return self._block_at_hand in self._cyclic

    def is_hot(self) -> bool:
        """Whether the block being written may run often."""
        return not self._cold or self.in_loop()

    def write(self) -> list[str]:
        """The whole definition."""
        self._place(self.function.loc)
        head = self._head()
        self._prologue()
        for block in reverse_postorder(self.function.blocks[0]):
            self._block(block)
        for place_block, place in self._phis:
            self.body.fill(place, self._phi_lines(place_block))
        return [head, *self.body.lines, "}"]

    def _place(self, loc: Loc) -> None:
        if self._debug is not None:
            self.body.dbg = self._debug.at(loc)

    def _head(self) -> str:
        function = self.function
        result, _ = signature(function)
        hidden = [f"ptr {CTX}"] + ([] if function.captures is None else [f"ptr {ENV}"])
        for param in function.params:
            self.bind(param, local(param.name))
        params = ", ".join(hidden + self.typed(function.params))
        dbg = f" !dbg {self._debug.scope}" if self._debug else ""
        how = self.context.heat.attributes(function)
        return f"define internal fastcc {result} {symbol(function.name)}({params}) {how}{dbg} {{"

    def _prologue(self) -> None:
        """The block before MIR's entry: the stack check and the captured values."""
        self.body.start("entry")
        frame = self.context.stack.checked.get(self.function.name)
        if frame is not None:
            self._check_stack(frame)
        for index, capture in enumerate(self.function.captures or ()):
            layout = layout_class(capture.type)
            if layout != "unit":
                self.bind(capture, load_slot(self.body, layout, field_address(self.body, ENV, index + 1)))
        self.body.do(f"br label %{label(self.function.blocks[0].label)}")

    def _check_stack(self, frame: int) -> None:
        """The one comparison with which a process finds the end of its stack or of its turn."""
        check = self.context.prelude.use("stack_check")
        self.body.do(f"call void {check}(ptr {CTX}, i64 {frame}, i64 {loc_word(self.function.loc)})")

    def _block(self, block: Block) -> None:
        self._block_at_hand = block
        self.body.start(label(block.label))
        for param in block.params:
            self.bind(param, local(param.name))
        if block.params:
            self._phis.append((block, self.body.reserve()))
        if block in self._headers:
            self._check_stack(0)
        self.plan = Planner(self.context.layouts).plan(block) if self.is_hot() else Plan()
        for instr in block.instrs:
            self._place(instr.loc)
            emit_instr(self, instr)
        if block.term is None:
            raise ValueError(f"block {block.label} of {self.function.name} has no terminator")
        self._place(block.term.loc)
        self._terminator(block.term)
        self._flush_trampolines()

    def _phi_lines(self, block: Block) -> list[str]:
        lines = []
        for index, param in enumerate(block.params):
            layout = layout_class(param.type)
            if layout == "unit":
                continue
            pairs = [f"[ {self.operand(args[index])}, %{source} ]" for source, args in self._edges[block]]
            lines.append(f"  {local(param.name)} = phi {LLVM_TYPE[layout]} {', '.join(pairs)}")
        return lines

    def _edge(self, target: Target, taken: set[Block]) -> str:
        """The label to jump to. A second edge between the same blocks gets a block of its own."""
        block = target.block
        if block in taken and block.params:
            name = f"E.{len(self.body.lines)}.{len(self._trampolines)}"
            self._trampolines.append((name, target, self.body.dbg))
            return name
        taken.add(block)
        self._edges.setdefault(block, []).append((self.body.current, target.args))
        return label(block.label)

    def _flush_trampolines(self) -> None:
        for name, target, dbg in self._trampolines:
            self.body.start(name)
            self.body.dbg = dbg
            self.body.do(f"br label %{self._edge(target, set())}")
        self._trampolines = []

    def _terminator(self, term: Term) -> None:
        body = self.body
        match term:
            case Jump(target=target):
                body.do(f"br label %{self._edge(target, set())}")
            case Branch(cond=cond, then=then, otherwise=otherwise):
                taken: set[Block] = set()
                first, second = self._edge(then, taken), self._edge(otherwise, taken)
                body.do(f"br i1 {self.operand(cond)}, label %{first}, label %{second}")
            case Switch():
                self._switch(term)
            case Return(value=value):
                layout = layout_class(self.function.result)
                body.do("ret void" if layout == "unit" else f"ret {LLVM_TYPE[layout]} {self.operand(value)}")
            case TailCall(callee=callee, args=args):
                self._tail_call(self.context.module.functions[callee], args)
            case Panic():
                self._panic(term)
            case Unreachable():
                body.do("unreachable")

    def _switch(self, term: Switch) -> None:
        taken: set[Block] = set()
        cases = " ".join(f"i64 {number}, label %{self._edge(target, taken)}" for number, target in term.cases)
        default = self._edge(term.default, taken) if term.default is not None else f"U.{len(self.body.lines)}"
        self.body.do(f"switch i64 {self.operand(term.value)}, label %{default} [ {cases} ]")
        if term.default is None:
            self.body.start(default)
            self.body.do("unreachable")

    def _tail_call(self, callee: Function, args: list[Value]) -> None:
        """A guaranteed tail call needs equal signatures; other calls are left to the sibling-call optimisation."""
        result, _ = signature(callee)
        kind = "musttail" if signature(callee) == signature(self.function) else "tail"
        operands = ", ".join([f"ptr {CTX}", *self.typed(args)])
        emit_return(self.body, result, f"{kind} call fastcc {result} {symbol(callee.name)}({operands})")

    def _panic(self, term: Panic) -> None:
        at = self.operand(term.at) if term.at is not None else str(loc_word(term.loc))
        message = self.context.data.c_text(term.message)
        self.body.do(f"call void {self.context.externs.use('snowi_panic')}(ptr {message}, i64 {at})")
        self.body.do("unreachable")
