"""Static data of a module: string literals, nullary variants, closures without captures, tables.

Objects here are immortal: their count has the top bit set, so counting leaves them alone and they may
lie in read-only memory. Every method gives the operand text that names the object and writes it once.
"""

from __future__ import annotations

from snowc.codegen.emit import c_string, float_literal, int_literal, symbol
from snowc.codegen.layout import CLASS_CODE, DESC_ASCII, DESC_STRING, IMMORTAL, Descriptor
from snowc.mir.ir import Literal
from snowrt.abi import DESC_LIST

DESC_TYPE = "%snow.desc"
DESC_TYPE_DECL = f"{DESC_TYPE} = type {{ i32, i32, i32, i32, ptr, ptr }}"
_LIST_WORDS = 32
"""Offset of the words of a List object that owns them."""
_HEADER = f"i32 {IMMORTAL - (1 << 32)}, i32"


class StaticData:
    """Collects the module's constants; `lines` is their LLVM text."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._known: dict[tuple[str, str | bytes], str] = {}

    def _once(self, kind: str, key: str | bytes, name: str, text: str) -> str:
        known = self._known.get((kind, key))
        if known is None:
            known = self._known[kind, key] = symbol(name)
            self.lines.append(f"{known} = {text}")
        return known

    def string(self, value: str) -> str:
        """A String object."""
        data = value.encode()
        desc = DESC_ASCII if data.isascii() else DESC_STRING
        body = f"{{ {_HEADER} {desc}, i64 {len(data)}, [{len(data) + 1} x i8] {c_string(data + bytes(1))} }}"
        kind = f"{{ i32, i32, i64, [{len(data) + 1} x i8] }}"
        text = f"private unnamed_addr constant {kind} {body}, align 8"
        return self._once("string", value, f"str.{len(self.lines)}", text)

    def list_object(self, values: tuple[Literal, ...], layout: str) -> str:
        """A List object that owns its words; `layout` is the class of the elements."""
        key = f"{layout} {values!r}"
        known = self._known.get(("list", key))
        if known is not None:
            return known
        element = {"f64": "double", "ptr": "ptr"}.get(layout, "i64")
        words = ", ".join([f"{element} {self._word(v, layout)}" for v in values])
        name, array = f"list.{len(self.lines)}", f"[{len(values)} x {element}]"
        data = f"getelementptr (i8, ptr @{name}, i64 {_LIST_WORDS})"
        head = f"{_HEADER} {DESC_LIST + CLASS_CODE[layout]}, i64 {len(values)}, ptr {data}, i64 {len(values)}"
        text = f"{{ i32, i32, i64, ptr, i64, {array} }} {{ {head}, {array} [ {words} ] }}"
        return self._once("list", key, name, f"internal unnamed_addr constant {text}, align 8")

    def _word(self, value: Literal, layout: str) -> str:
        """One element of a list, without its type."""
        if isinstance(value, str):
            return self.string(value)
        number = 0 if value is None else value
        return float_literal(float(number)) if layout == "f64" else int_literal(int(number))

    def c_text(self, value: str) -> str:
        """A zero-terminated text for the core."""
        data = value.encode() + bytes(1)
        text = f"private unnamed_addr constant [{len(data)} x i8] {c_string(data)}"
        return self._once("text", value, f"text.{len(self.lines)}", text)

    def nullary(self, type_name: str, variant_name: str, desc: int) -> str:
        """The one object of a variant without fields."""
        text = f"internal constant {{ i32, i32 }} {{ {_HEADER} {desc} }}, align 8"
        return self._once("nullary", str(desc), f"{type_name}.{variant_name}", text)

    def closure(self, name: str, code: str, desc: int) -> str:
        """The one closure object over a function that captures nothing."""
        text = f"internal constant {{ i32, i32, ptr }} {{ {_HEADER} {desc}, ptr {code} }}, align 8"
        return self._once("closure", name, f"{name}.closure", text)

    def cell(self, name: str, llvm_type: str, zero: str) -> str:
        """The variable that holds a module constant once it is computed."""
        return self._once("cell", name, f"{name}.value", f"internal global {llvm_type} {zero}, align 8")

    def constants_done(self) -> str:
        """The variable that counts the constants computed so far."""
        return self._once("count", "constants", "snow.constants", "internal global i64 0, align 8")

    def _class_bytes(self, classes: tuple[str, ...]) -> str:
        data = bytes(CLASS_CODE[c] for c in classes)
        if not data:
            return "null"
        text = f"private unnamed_addr constant [{len(data)} x i8] {c_string(data)}"
        return self._once("classes", data, f"classes.{len(self.lines)}", text)

    def descriptors(self, rows: list[Descriptor]) -> str:
        """The table of the program's descriptors."""
        entries = [
            f"{DESC_TYPE} {{ i32 {d.kind}, i32 {d.tag}, i32 {len(d.classes)}, i32 0, "
            f"ptr {self._class_bytes(d.classes)}, ptr {self.c_text(d.name)} }}"
            for d in rows
        ]
        return self._array("snow.descs", DESC_TYPE, entries)

    def files(self, names: list[str]) -> str:
        """The table of source file names that locations index."""
        return self._array("snow.files", "ptr", [f"ptr {self.c_text(n)}" for n in names])

    def _array(self, name: str, element: str, entries: list[str]) -> str:
        if not entries:
            return "null"
        body = ",\n  ".join(entries)
        text = f"internal constant [{len(entries)} x {element}] [\n  {body}\n], align 8"
        return self._once("table", name, name, text)
