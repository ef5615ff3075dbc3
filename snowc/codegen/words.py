"""Words: values of any layout class in one 64-bit slot.

Two codings, which agree bit for bit: in an object's field (float and pointer keep their LLVM type,
Bool is widened) and as an i64 argument of a generic extern or C callback.
"""

from __future__ import annotations

from snowc.codegen.emit import Body
from snowc.codegen.layout import field_offset

_TO_WORD = {
    "f64": "bitcast double {} to i64",
    "i1": "zext i1 {} to i64",
    "ptr": "ptrtoint ptr {} to i64",
}
_FROM_WORD = {
    "f64": "bitcast i64 {} to double",
    "i1": "icmp ne i64 {}, 0",
    "ptr": "inttoptr i64 {} to ptr",
}
_IN_FIELD = {"i64": "i64", "f64": "double", "i1": "i64", "ptr": "ptr"}


def to_word(body: Body, layout: str, operand: str) -> str:
    """The i64 that carries `operand`; unit is 0."""
    if layout == "unit":
        return "0"
    return operand if layout == "i64" else body.op(_TO_WORD[layout].format(operand))


def from_word(body: Body, layout: str, operand: str) -> str:
    """The value that an i64 carries; not for unit."""
    return operand if layout == "i64" else body.op(_FROM_WORD[layout].format(operand))


def field_address(body: Body, base: str, index: int) -> str:
    """The address of a field of an object."""
    return body.op(f"getelementptr inbounds i8, ptr {base}, i64 {field_offset(index)}")


def store_slot(body: Body, layout: str, operand: str, address: str) -> None:
    """Store a value into a field; nothing for unit."""
    if layout == "unit":
        return
    if layout == "i1":
        operand = to_word(body, layout, operand)
    body.do(f"store {_IN_FIELD[layout]} {operand}, ptr {address}, align 8")


def load_slot(body: Body, layout: str, address: str) -> str:
    """Load a value from a field; not for unit."""
    loaded = body.op(f"load {_IN_FIELD[layout]}, ptr {address}, align 8")
    return from_word(body, layout, loaded) if layout == "i1" else loaded
