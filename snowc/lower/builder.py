"""Writes the control-flow graph of one MIR function, instruction by instruction.

There is always at most one open block. After a terminator there is none: the code that follows cannot
run, and everything emitted until a reached block is entered is dropped, so that no unreachable block
ever arises. Blocks appear in the function in the order in which they are entered.
"""

from __future__ import annotations

from collections.abc import Sequence

from snowc.mir import ir
from snowc.mir.types import BOOL, FLOAT, INT, NEVER, PID, UNIT, Con, MTy

_PRIM_RESULTS = {"Int": INT, "Float": FLOAT, "Bool": BOOL, "Pid": PID}


class FunctionBuilder:
    """The function under construction; `loc` is given to whatever is emitted next."""

    def __init__(self, function: ir.Function) -> None:
        self.function = function
        self.loc = function.loc
        # Parameters and captures are numbered first, by `make_function`.
        self._values = len(function.params) + len(function.captures or ())
        self._labels = 0
        self._reached: set[ir.Block] = set()
        self._block: ir.Block | None = None
        entry = ir.Block("entry")
        self._reached.add(entry)
        self.enter(entry)

    # -- values and blocks -----------------------------------------------------------------------

    @property
    def dead(self) -> bool:
        """Whether control cannot get here."""
        return self._block is None

    def new_value(self, ty: MTy, hint: str = "t") -> ir.Value:
        """A value with a name of its own; whoever asks must define it."""
        self._values += 1
        return ir.Value(f"{hint}.{self._values}", ty)

    def name(self, value: ir.Value, hint: str) -> None:
        """Call a temporary after the variable bound to it."""
        if value.name.startswith("t."):
            value.name = hint + value.name[1:]

    def new_block(self, hint: str, params: Sequence[ir.Value] = ()) -> ir.Block:
        """A block that becomes part of the function when it is entered."""
        self._labels += 1
        return ir.Block(f"{hint}.{self._labels}", list(params))

    def enter(self, block: ir.Block) -> bool:
        """Go on in `block` if some jump leads there; the open block must have been ended."""
        assert self._block is None, "the open block has no terminator"
        if block not in self._reached:
            return False
        self.function.blocks.append(block)
        self._block = block
        return True

    # -- instructions ----------------------------------------------------------------------------

    def emit(self, instr: ir.Instr) -> ir.Value:
        """Append any instruction that has a result; dropped where control does not get."""
        if self._block is not None:
            self._block.instrs.append(instr)
        assert instr.dest is not None
        return instr.dest

    def emit_call(self, instr: ir.Instr) -> ir.Value:
        """Append a call; after one that does not return nothing follows."""
        dest = self.emit(instr)
        if dest.type == NEVER:
            self._end(ir.Unreachable(self.loc))
        return dest

    def const(self, value: int | float | str | bool | None, ty: MTy) -> ir.Value:
        return self.emit(ir.Const(self.new_value(ty), self.loc, value))

    def unit(self) -> ir.Value:
        return self.const(None, UNIT)

    def integer(self, value: int) -> ir.Value:
        return self.const(value, INT)

    def const_ref(self, name: str, ty: MTy) -> ir.Value:
        return self.emit(ir.ConstRef(self.new_value(ty), self.loc, name))

    def prim(self, op: str, *args: ir.Value) -> ir.Value:
        result = _PRIM_RESULTS[ir.PRIMS[op][1]]
        return self.emit(ir.Prim(self.new_value(result), self.loc, op, list(args)))

    def call(self, callee: str, type_args: list[MTy], args: list[ir.Value], ty: MTy) -> ir.Value:
        return self.emit_call(ir.Call(self.new_value(ty), self.loc, callee, type_args, args))

    def call_extern(self, symbol: str, type_args: list[MTy], args: list[ir.Value], ty: MTy) -> ir.Value:
        return self.emit_call(ir.CallExtern(self.new_value(ty), self.loc, symbol, type_args, args))

    def call_closure(self, fn: ir.Value, args: list[ir.Value], ty: MTy) -> ir.Value:
        return self.emit_call(ir.CallClosure(self.new_value(ty), self.loc, fn, args))

    def make_closure(self, callee: str, type_args: list[MTy], captures: list[ir.Value], ty: MTy) -> ir.Value:
        return self.emit(ir.MakeClosure(self.new_value(ty), self.loc, callee, type_args, captures))

    def construct(self, ty: MTy, variant: int, args: list[ir.Value]) -> ir.Value:
        return self.emit(ir.Construct(self.new_value(ty), self.loc, variant, args))

    def project(self, base: ir.Value, variant: int, index: int, ty: MTy) -> ir.Value:
        return self.emit(ir.Project(self.new_value(ty), self.loc, base, variant, index))

    def tag(self, base: ir.Value) -> ir.Value:
        return self.emit(ir.Tag(self.new_value(INT, "tag"), self.loc, base))

    # -- terminators -----------------------------------------------------------------------------

    def jump(self, block: ir.Block, args: Sequence[ir.Value] = ()) -> None:
        self._end(ir.Jump(self.loc, ir.Target(block, list(args))))

    def branch(self, cond: ir.Value, then: ir.Block, otherwise: ir.Block, args: Sequence[ir.Value] = ()) -> None:
        """`args` are those of `otherwise`."""
        self._end(ir.Branch(self.loc, cond, ir.Target(then), ir.Target(otherwise, list(args))))

    def switch(self, value: ir.Value, cases: list[tuple[int, ir.Block]], default: ir.Block | None) -> None:
        targets = [(number, ir.Target(block)) for number, block in cases]
        self._end(ir.Switch(self.loc, value, targets, None if default is None else ir.Target(default)))

    def ret(self, value: ir.Value) -> None:
        self._end(ir.Return(self.loc, value))

    def panic(self, message: str) -> None:
        self._end(ir.Panic(self.loc, message))

    def _end(self, term: ir.Term) -> None:
        if self._block is None:
            return
        self._block.term = term
        self._block = None
        match term:
            case ir.Jump(target=target):
                self._reached.add(target.block)
            case ir.Branch(then=then, otherwise=otherwise):
                self._reached.update((then.block, otherwise.block))
            case ir.Switch(cases=cases, default=default):
                self._reached.update(target.block for _, target in cases)
                if default is not None:
                    self._reached.add(default.block)


def is_unit(ty: MTy) -> bool:
    """Whether a value of this type carries nothing, so that it need not travel."""
    return isinstance(ty, Con) and ty.name in ("()", "Never")


def make_function(
    name: str,
    type_params: Sequence[str],
    params: Sequence[tuple[str, MTy]],
    result: MTy,
    loc: ir.Loc,
    *,
    captures: Sequence[tuple[str, MTy]] | None = None,
    is_std: bool = False,
) -> ir.Function:
    """A function without blocks; parameters and captures are named after variables."""
    values = [ir.Value(f"{hint}.{i + 1}", ty) for i, (hint, ty) in enumerate((*params, *(captures or ())))]
    return ir.Function(
        name,
        list(type_params),
        values[: len(params)],
        result,
        [],
        loc,
        None if captures is None else values[len(params) :],
        is_std,
    )
