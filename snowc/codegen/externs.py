"""Calls of table functions: from Snow values to C arguments and back.

The kinds of a row's parameters say how each Snow argument travels (see `snowrt.abi`); inline rows
become instructions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snowc.codegen.closures import c_adapter
from snowc.codegen.inline import INLINE
from snowc.codegen.layout import CLASS_CODE
from snowc.codegen.prims import emit_prim
from snowc.codegen.runtime_decls import LLVM_OF_C
from snowc.codegen.words import from_word, to_word
from snowc.mir.ir import CallExtern, Module, Value
from snowc.mir.types import Fn, layout_class
from snowrt.abi import BY_SYMBOL, Row

if TYPE_CHECKING:
    from snowc.codegen.function import FunctionWriter

_STRING_BYTES = 16
"""Offset of a String's first byte."""


def needs_services(module: Module) -> bool:
    """Whether the program calls functions that services outside the core carry out."""
    instrs = (i for function in module.functions.values() for block in function.blocks for i in block.instrs)
    return any(isinstance(i, CallExtern) and BY_SYMBOL[i.symbol].provider == "host" for i in instrs)


def emit_extern(writer: FunctionWriter, instr: CallExtern) -> None:
    """Append the call and bind its result."""
    row = BY_SYMBOL[instr.symbol]
    if row.symbol.startswith("prim."):
        args = [writer.operand(a) for a in instr.args]
        writer.bind(instr.dest, emit_prim(writer.context, writer.body, row.symbol.removeprefix("prim."), args))
    elif row.symbol in INLINE and instr.dest is not None:
        INLINE[row.symbol](writer, instr.dest, instr)
    else:
        _emit_call(writer, row, instr)


def _emit_call(writer: FunctionWriter, row: Row, instr: CallExtern) -> None:
    generics = dict(zip(row.generics, instr.type_args, strict=False))
    args = [f"i64 {CLASS_CODE[layout_class(generics[name])]}" for name in row.classes]
    for param, value in zip(row.params, instr.args, strict=False):
        args += _c_arguments(writer, param.kind, value)
    if row.loc:
        args.append(f"i64 {writer.operand(instr.args[len(row.params)])}")
    call = f"call {LLVM_OF_C[row.c_result]} {writer.context.externs.use(row.symbol)}({', '.join(args)})"
    if row.c_result == "void":
        writer.body.do(call)
    else:
        _bind_result(writer, row.result, writer.body.op(call), instr.dest)


def _c_arguments(writer: FunctionWriter, kind: str, value: Value) -> list[str]:
    """The C arguments, with their types, for one Snow argument."""
    body, operand = writer.body, writer.operand(value)
    match kind:
        case "ptr" | "i64" | "f64":
            return [f"{LLVM_OF_C[kind]} {operand}"]
        case "i8":
            return [f"i8 {body.op(f'zext i1 {operand} to i8')}"]
        case "word":
            return [f"i64 {to_word(body, layout_class(value.type), operand)}"]
        case "handle":
            return [f"ptr {body.op(f'inttoptr i64 {operand} to ptr')}"]
        case "bytes":
            return [f"ptr {body.op(f'getelementptr inbounds i8, ptr {operand}, i64 {_STRING_BYTES}')}"]
        case "fn" if isinstance(value.type, Fn):
            return [f"ptr {c_adapter(writer.context, value.type)}", f"ptr {operand}"]
    raise ValueError(f"an argument of type {value.type} cannot travel as {kind}")


def _bind_result(writer: FunctionWriter, kind: str, result: str, dest: Value | None) -> None:
    """Make the Snow value of a C result known."""
    if dest is None or layout_class(dest.type) == "unit":
        return
    match kind:
        case "i8":
            result = writer.body.op(f"icmp ne i8 {result}, 0")
        case "word":
            result = from_word(writer.body, layout_class(dest.type), result)
        case "handle":
            result = writer.body.op(f"ptrtoint ptr {result} to i64")
    writer.bind(dest, result)
