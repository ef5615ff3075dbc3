"""Table functions of the core that are short, or have a short common case: written out instead of called.

The core still has each of them as a C function with the same meaning. Lists are
`{header; i64 len; ptr data; …}`, strings `{header; u64 byte_len; u8 bytes[]}`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from snowc.codegen.layout import CLASS_CODE
from snowc.codegen.words import load_slot, to_word
from snowc.mir.ir import CallExtern, Value
from snowc.mir.types import layout_class

if TYPE_CHECKING:
    from snowc.codegen.function import FunctionWriter

_LENGTH = 8
_DATA = 16


def _load_length(writer: FunctionWriter, dest: Value, instr: CallExtern) -> None:
    """`len` of a list or `byte_len` of a string: the first word behind the header."""
    body = writer.body
    address = body.op(f"getelementptr inbounds i8, ptr {writer.operand(instr.args[0])}, i64 {_LENGTH}")
    writer.bind(dest, body.op(f"load i64, ptr {address}, align 8"))


def _list_get(writer: FunctionWriter, dest: Value, instr: CallExtern) -> None:
    layout = layout_class(dest.type)
    if layout == "unit":
        return
    body, xs, index = writer.body, writer.operand(instr.args[0]), writer.operand(instr.args[1])
    holder = body.op(f"getelementptr inbounds i8, ptr {xs}, i64 {_DATA}")
    data = body.op(f"load ptr, ptr {holder}, align 8")
    writer.bind(dest, load_slot(body, layout, body.op(f"getelementptr inbounds i64, ptr {data}, i64 {index}")))


def _list_push(writer: FunctionWriter, dest: Value, instr: CallExtern) -> None:
    """Written out in loops only: elsewhere, as in list literals, the code would cost more than the call."""
    xs, value = instr.args
    layout = layout_class(value.type)
    word = to_word(writer.body, layout, writer.operand(value))
    context = writer.context
    push = context.prelude.use("list_push") if writer.in_loop() else context.externs.use("snow_list_push")
    call = f"call ptr {push}(i64 {CLASS_CODE[layout]}, ptr {writer.operand(xs)}, i64 {word})"
    writer.bind(dest, writer.body.op(call))


def _list_set(writer: FunctionWriter, dest: Value, instr: CallExtern) -> None:
    """In place when the list is unique; an old element that is counted is the core's business."""
    xs, index, value = instr.args
    layout = layout_class(value.type)
    word = to_word(writer.body, layout, writer.operand(value))
    context = writer.context
    setter = context.externs.use("snow_list_set") if layout == "ptr" else context.prelude.use("list_set")
    args = f"i64 {CLASS_CODE[layout]}, ptr {writer.operand(xs)}, i64 {writer.operand(index)}, i64 {word}"
    writer.bind(dest, writer.body.op(f"call ptr {setter}({args})"))


def _list_is_scalar(writer: FunctionWriter, dest: Value, instr: CallExtern) -> None:
    writer.bind(dest, "true" if layout_class(instr.type_args[0]) in ("i64", "f64", "i1") else "false")


def _string_byte_at(writer: FunctionWriter, dest: Value, instr: CallExtern) -> None:
    body, text, index = writer.body, writer.operand(instr.args[0]), writer.operand(instr.args[1])
    start = body.op(f"getelementptr inbounds i8, ptr {text}, i64 {_DATA}")
    byte = body.op(f"load i8, ptr {body.op(f'getelementptr inbounds i8, ptr {start}, i64 {index}')}, align 1")
    writer.bind(dest, body.op(f"zext i8 {byte} to i64"))


INLINE: dict[str, Callable[[FunctionWriter, Value, CallExtern], None]] = {
    "snow_list_length": _load_length,
    "snow_list_get": _list_get,
    "snow_list_push": _list_push,
    "snow_list_set": _list_set,
    "snow_list_is_scalar": _list_is_scalar,
    "snow_string_byte_length": _load_length,
    "snow_string_byte_at": _string_byte_at,
}
