"""One MIR instruction at a time: what each means in LLVM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snowc.codegen.closures import call_closure
from snowc.codegen.emit import CTX, float_literal, int_literal, symbol
from snowc.codegen.externs import emit_extern
from snowc.codegen.layout import LLVM_TYPE, field_offset, header_word, size_class
from snowc.codegen.prims import emit_prim
from snowc.codegen.unpack import emit_cell, emit_unpacking
from snowc.codegen.words import field_address, load_slot, store_slot
from snowc.mir.ir import (
    Call,
    CallClosure,
    CallExtern,
    Const,
    ConstRef,
    Construct,
    Drop,
    Dup,
    Instr,
    Loc,
    LocConst,
    MakeClosure,
    Prim,
    Project,
    Tag,
    Value,
)
from snowc.mir.types import UNIT, Con, layout_class

if TYPE_CHECKING:
    from snowc.codegen.function import FunctionWriter


def _const(w: FunctionWriter, i: Const) -> None:
    match i.value:
        case bool(value):
            w.bind(i.dest, "true" if value else "false")
        case str(value):
            w.bind(i.dest, w.context.data.string(value))
        case float(value):
            w.bind(i.dest, float_literal(value))
        case int(value):
            is_float = i.dest is not None and layout_class(i.dest.type) == "f64"
            w.bind(i.dest, float_literal(float(value)) if is_float else int_literal(value))
        case tuple(values):
            element = i.dest.type.args[0] if i.dest is not None and isinstance(i.dest.type, Con) else UNIT
            w.bind(i.dest, w.context.data.list_object(values, layout_class(element)))
        case None:
            pass


def _const_ref(w: FunctionWriter, i: ConstRef) -> None:
    if i.dest is None or layout_class(i.dest.type) == "unit":
        return
    if i.name in w.context.early_reads.get(w.function.name, ()):
        _check_constant(w, i)
    llvm_type = LLVM_TYPE[layout_class(i.dest.type)]
    cell = w.context.data.cell(i.name, llvm_type, "zeroinitializer")
    w.bind(i.dest, w.body.op(f"load {llvm_type}, ptr {cell}, align 8"))


def _check_constant(w: FunctionWriter, i: ConstRef) -> None:
    """Panic if the constant is not computed yet."""
    number = next(n for n, const in enumerate(w.context.module.consts) if const.name == i.name)
    short = i.name.rsplit(".", 1)[-1]
    message = w.context.data.c_text(f"constant {short} is read before it is computed")
    done = w.body.op(f"load atomic i64, ptr {w.context.data.constants_done()} acquire, align 8")
    check = w.context.prelude.use("const_check")
    w.body.do(f"call void {check}(i64 {done}, i64 {number}, ptr {message}, i64 {loc_word(i.loc)})")


def loc_word(loc: Loc) -> int:
    """A source position as the run-time `Loc`; made-up code has line 0 of file 0."""
    return max(loc.file, 0) << 32 | loc.line


def _loc_const(w: FunctionWriter, i: LocConst) -> None:
    w.bind(i.dest, str(loc_word(i.loc)))


def _prim(w: FunctionWriter, i: Prim) -> None:
    w.bind(i.dest, emit_prim(w.context, w.body, i.op, [w.operand(a) for a in i.args]))


def _finish_call(w: FunctionWriter, result: str, call: str, dest: Value | None) -> None:
    if result == "void":
        w.body.do(call)
    else:
        w.bind(dest, w.body.op(call))


def _call(w: FunctionWriter, i: Call) -> None:
    callee = w.context.module.functions[i.callee]
    result = LLVM_TYPE[layout_class(callee.result)]
    args = ", ".join([f"ptr {CTX}", *w.typed(i.args)])
    endless = w.context.stack.endless
    kind = "notail call" if i.callee in endless and w.function.name in endless else "call"
    once = "" if w.is_hot() else " noinline"
    _finish_call(w, result, f"{kind} fastcc {result} {symbol(i.callee)}({args}){once}", i.dest)


def _call_closure(w: FunctionWriter, i: CallClosure) -> None:
    result = LLVM_TYPE[layout_class(i.dest.type)] if i.dest is not None else "void"
    _finish_call(w, result, call_closure(w.body, w.operand(i.fn), result, w.typed(i.args)), i.dest)


def _new_object(w: FunctionWriter, desc: int, size: int, source: Instr | None = None) -> str:
    """An object with its header set, in the cell that was free behind the `Drop` `source` or in a new one."""
    body, cell, header, prelude = w.body, size_class(size), header_word(1, desc), w.context.prelude
    if cell is not None and not w.is_hot():
        return body.op(f"call fastcc ptr {prelude.use('new')}(ptr {CTX}, i64 {cell}, i64 {header})")
    if cell is not None and source is not None:
        new = emit_cell(w, w.spare.pop(source), cell)
    elif cell is not None:
        new = body.op(f"call ptr {prelude.use('alloc')}(ptr {CTX}, i64 {cell})")
    else:
        new = body.op(f"call ptr {w.context.externs.use('snowi_alloc_large')}(ptr {CTX}, i64 {size})")
    body.do(f"store i64 {header}, ptr {new}, align 8")
    return new


def _store_fields(w: FunctionWriter, new: str, first: int, values: list[Value]) -> None:
    for index, value in enumerate(values, first):
        layout = layout_class(value.type)
        if layout != "unit":
            store_slot(w.body, layout, w.operand(value), field_address(w.body, new, index))


def _make_closure(w: FunctionWriter, i: MakeClosure) -> None:
    code = symbol(i.callee)
    desc = w.context.layouts.closure(i.callee, tuple(layout_class(c.type) for c in i.captures))
    if not i.captures:
        w.bind(i.dest, w.context.data.closure(i.callee, code, desc))
        return
    new = _new_object(w, desc, field_offset(1 + len(i.captures)))
    w.body.do(f"store ptr {code}, ptr {field_address(w.body, new, 0)}, align 8")
    _store_fields(w, new, 1, i.captures)
    w.bind(i.dest, new)


def _construct(w: FunctionWriter, i: Construct) -> None:
    if i.dest is None:
        raise ValueError("construct without a destination")
    variant = w.context.layouts.of(i.dest.type).variants[i.variant]
    if not i.args:
        type_name = str(i.dest.type)
        w.bind(i.dest, w.context.data.nullary(type_name, variant.name, variant.desc))
        return
    new = _new_object(w, variant.desc, variant.size, w.plan.sources.get(i))
    _store_fields(w, new, 0, i.args)
    w.bind(i.dest, new)


def _project(w: FunctionWriter, i: Project) -> None:
    layout = "unit" if i.dest is None else layout_class(i.dest.type)
    if layout != "unit":
        address = field_address(w.body, w.operand(i.base), i.index)
        w.bind(i.dest, load_slot(w.body, layout, address))


def _tag(w: FunctionWriter, i: Tag) -> None:
    layout = w.context.layouts.of(i.base.type)
    if len(layout.variants) == 1:
        w.bind(i.dest, "0")
        return
    address = w.body.op(f"getelementptr inbounds i8, ptr {w.operand(i.base)}, i64 4")
    desc = w.body.op(f"load i32, ptr {address}, align 4")
    number = w.body.op(f"sub i32 {desc}, {layout.base}")
    w.bind(i.dest, w.body.op(f"zext i32 {number} to i64"))


def _count(w: FunctionWriter, piece: str, args: str) -> None:
    """Counting, written out where it may run often."""
    if w.is_hot():
        w.body.do(f"call void {w.context.prelude.use(piece)}({args})")
    else:
        w.body.do(f"call fastcc void {w.context.prelude.use(piece + '_call')}({args})")


def _dup(w: FunctionWriter, i: Dup) -> None:
    if layout_class(i.value.type) == "ptr" and i not in w.plan.fused:
        _count(w, "dup", f"ptr {w.operand(i.value)}")


def _drop(w: FunctionWriter, i: Drop) -> None:
    unpacking = w.plan.unpackings.get(i)
    if unpacking is not None:
        spare = emit_unpacking(w, i.value, unpacking)
        if spare is not None:
            w.spare[i] = spare
    elif layout_class(i.value.type) == "ptr":
        _count(w, "drop", f"ptr {CTX}, ptr {w.operand(i.value)}")


def emit_instr(w: FunctionWriter, instr: Instr) -> None:
    """Append the instruction; generic instructions must be gone."""
    match instr:
        case Prim():
            _prim(w, instr)
        case Const():
            _const(w, instr)
        case Call():
            _call(w, instr)
        case Dup():
            _dup(w, instr)
        case Drop():
            _drop(w, instr)
        case Project():
            _project(w, instr)
        case CallExtern():
            emit_extern(w, instr)
        case Construct():
            _construct(w, instr)
        case Tag():
            _tag(w, instr)
        case CallClosure():
            _call_closure(w, instr)
        case MakeClosure():
            _make_closure(w, instr)
        case ConstRef():
            _const_ref(w, instr)
        case LocConst():
            _loc_const(w, instr)
        case _:
            raise ValueError(f"{type(instr).__name__} must not reach code generation")
