"""Objects that are taken apart: their last unit gives the parts away, and their cell is used again.

In: one block of counted MIR. Out: which `Drop`s are more than a decrement, and LLVM code for them. After
`insert_rc` an object that is taken apart reads

    %a = project %x; dup %a; %b = project %x; dup %b; drop %x

If nobody else holds the object, the parts need no counting at all: they inherit the units that the object
held, and its cell is free, to be used by a construction further down in the block that needs one as
large, without a look at the allocator. If somebody does, the parts get units of their own. This is what
makes structs, maps and trees update in place. After Reinking, Xie, de Moura and
Leijen, "Perceus: Garbage Free Reference Counting with Reuse", drop and reuse specialisation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from snowc.codegen.emit import CTX
from snowc.codegen.layout import Layouts, VariantLayout, size_class
from snowc.codegen.words import field_address
from snowc.mir.ir import Block, Const, ConstRef, Construct, Drop, Dup, Instr, LocConst, Prim, Project, Tag, Value

if TYPE_CHECKING:
    from snowc.codegen.function import FunctionWriter

_QUIET = (Const, ConstRef, LocConst, Prim, Project, Tag, Dup, Drop)
"""Instructions across which a unit may be made later, because none of them asks whether an object is shared."""

_FEW = 3
"""Parts up to which those that nobody takes are dropped one by one."""


@dataclass(slots=True)
class Unpacking:
    """One `Drop` of an object whose shape is known."""

    cell: int
    """The size class."""
    kept: list[Value]
    """Parts that inherit the object's units."""
    dropped: list[int]
    """Counted fields that nobody takes."""
    is_reused: bool = False


@dataclass(slots=True)
class Plan:
    """What a block does with the objects that it takes apart."""

    unpackings: dict[Instr, Unpacking] = field(default_factory=dict)
    fused: set[Instr] = field(default_factory=set)
    """The `Dup`s that an unpacking stands for."""
    sources: dict[Instr, Instr] = field(default_factory=dict)
    """Constructions and the `Drop` whose cell they use."""


class Planner:
    """Reads one block."""

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts
        self._plan = Plan()
        self._parts: dict[Value, dict[int, Value]] = {}
        """The parts taken of each object, by field."""
        self._variants: dict[Value, int] = {}
        self._pending: dict[Value, Dup] = {}
        """The last unit made of each value, if it may as well be made later."""
        self._spare: dict[int, list[Instr]] = {}
        """Drops whose cells nobody uses yet, by size class."""

    def plan(self, block: Block) -> Plan:
        """The plan of a block."""
        for instr in block.instrs:
            if not isinstance(instr, _QUIET):
                self._pending.clear()
            match instr:
                case Project(dest=Value() as dest):
                    self._parts.setdefault(instr.base, {})[instr.index] = dest
                    self._variants[instr.base] = instr.variant
                case Dup():
                    self._pending[instr.value] = instr
                case Drop():
                    self._drop(instr)
                case Construct(dest=Value() as dest) if instr.args:
                    self._construct(instr, dest)
        known = self._plan.unpackings
        self._plan.unpackings = {d: u for d, u in known.items() if u.kept or u.is_reused or not u.dropped}
        return self._plan

    def _drop(self, drop: Drop) -> None:
        shape = self._shape(drop.value)
        cell = None if shape is None else size_class(shape.size)
        if shape is None or cell is None:
            return
        parts = self._parts.get(drop.value, {})
        counted = [i for i, c in enumerate(shape.classes) if c == "ptr"]
        kept = [i for i in counted if i in parts and parts[i] in self._pending]
        dropped = [i for i in counted if i not in kept]
        if len(dropped) > _FEW:
            return
        for index in kept:
            self._plan.fused.add(self._pending.pop(parts[index]))
        self._plan.unpackings[drop] = Unpacking(cell, [parts[i] for i in kept], dropped)
        self._spare.setdefault(cell, []).append(drop)

    def _shape(self, value: Value) -> VariantLayout | None:
        """How an object lies in memory, if that is known here."""
        layout = self._layouts.find(value.type)
        if layout is None:
            return None
        if value in self._variants:
            return layout.variants[self._variants[value]]
        # A variant without fields is never freed, so it does not count here.
        solid = [v for v in layout.variants if v.classes]
        flat = len({size_class(v.size) for v in solid}) == 1 and not any("ptr" in v.classes for v in solid)
        return solid[0] if solid and (flat or len(solid) == 1) else None

    def _construct(self, instr: Construct, dest: Value) -> None:
        size = self._layouts.of(dest.type).variants[instr.variant].size
        cell = size_class(size)
        spare = self._spare.get(cell, []) if cell is not None else []
        if spare:
            drop = spare.pop()
            self._plan.sources[instr] = drop
            self._plan.unpackings[drop].is_reused = True


def emit_unpacking(w: FunctionWriter, value: Value, unpacking: Unpacking) -> str | None:
    """Append what a `Drop` does; gives the operand of the cell that is free behind it, or null, if it is used."""
    body, prelude, object_ = w.body, w.context.prelude, w.operand(value)
    number = len(body.lines)
    own, shared, less, done = (f"{name}.{number}" for name in ("O", "S", "D", "N"))
    count = body.op(f"load i32, ptr {object_}, align 8")
    body.do(f"br i1 {body.op(f'icmp eq i32 {count}, 1')}, label %{own}, label %{shared}")
    body.start(own)
    for index in unpacking.dropped:
        part = body.op(f"load ptr, ptr {field_address(body, object_, index)}, align 8")
        body.do(f"call fastcc void {prelude.use('drop_call')}(ptr {CTX}, ptr {part})")
    if unpacking.is_reused:
        body.do(f"store i64 0, ptr {object_}, align 8")
    else:
        body.do(f"call void {prelude.use('free_cell')}(ptr {CTX}, ptr {object_}, i64 {unpacking.cell})")
    body.do(f"br label %{done}")
    body.start(shared)
    for kept in unpacking.kept:
        body.do(f"call void {prelude.use('dup')}(ptr {w.operand(kept)})")
    body.do(f"br i1 {body.op(f'icmp sgt i32 {count}, 1')}, label %{less}, label %{done}")
    body.start(less)
    body.do(f"store i32 {body.op(f'add i32 {count}, -1')}, ptr {object_}, align 8")
    body.do(f"br label %{done}")
    body.start(done)
    if not unpacking.is_reused:
        return None
    return body.op(f"phi ptr [ {object_}, %{own} ], [ null, %{shared} ], [ null, %{less} ]")


def emit_cell(w: FunctionWriter, spare: str, cell: int) -> str:
    """A cell of a size class: the spare one, or a new one where that is null."""
    body = w.body
    number = len(body.lines)
    have, fresh, done = (f"{name}.{number}" for name in ("H", "F", "C"))
    body.do(f"br i1 {body.op(f'icmp ne ptr {spare}, null')}, label %{have}, label %{fresh}")
    body.start(have)
    body.do(f"br label %{done}")
    body.start(fresh)
    new = body.op(f"call ptr {w.context.prelude.use('alloc')}(ptr {CTX}, i64 {cell})")
    body.do(f"br label %{done}")
    body.start(done)
    return body.op(f"phi ptr [ {spare}, %{have} ], [ {new}, %{fresh} ]")
