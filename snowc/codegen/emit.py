"""The text emitter: everything that knows how LLVM IR is spelled.

In: names, operands and operations as strings. Out: the lines of one function, the metadata of one
module. Text is written instead of `llvmlite.ir` objects because that is 20 times faster and needs no
import; LLVM's own parser and verifier check the result in `backend`.
"""

from __future__ import annotations

import re
import struct
from functools import cache

_PLAIN = re.compile(r"[A-Za-z$._][-A-Za-z$._0-9]*\Z")

CTX = "%.ctx"
"""The hidden process parameter. A leading dot keeps the emitter's own names apart from the program's."""
ENV = "%.env"


def _quoted(name: str) -> str:
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{b:02X}" for b in name.encode()) + '"'


@cache
def symbol(name: str) -> str:
    """A global's name as LLVM writes it: `@Main.fib`, `@"List.map<i64>"`."""
    return "@" + (name if _PLAIN.match(name) else _quoted(name))


def local(name: str) -> str:
    """A value's name as LLVM writes it: `%x.3`."""
    return "%" + (name if _PLAIN.match(name) else _quoted(name))


def label(name: str) -> str:
    """The LLVM label of a MIR block. Labels and values share one name space, hence the capital prefix."""
    name = "L." + name
    return name if _PLAIN.match(name) else _quoted(name)


def c_string(data: bytes) -> str:
    """A byte array constant."""
    return 'c"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{b:02X}" for b in data) + '"'


def metadata_string(text: str) -> str:
    """A metadata string with quotes."""
    return _quoted(text)


def float_literal(value: float) -> str:
    """A double, bit for bit; NaN is the one quiet NaN so that output does not depend on its payload."""
    bits = 0x7FF8000000000000 if value != value else struct.unpack("<Q", struct.pack("<d", value))[0]
    return f"0x{bits:016X}"


def int_literal(value: int) -> str:
    """A 64-bit integer; out-of-range values wrap as arithmetic does."""
    value &= 0xFFFFFFFFFFFFFFFF
    return str(value - (1 << 64) if value >> 63 else value)


class Body:
    """The instructions of one LLVM function, in order. `current` is the label of the open block.

    `dbg` is appended to every instruction: empty, or the location of the MIR instruction at hand.
    """

    __slots__ = ("lines", "current", "dbg", "_next")

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.current = "entry"
        self.dbg = ""
        self._next = 0

    def op(self, text: str) -> str:
        """Append an instruction with a result; gives the result's name."""
        self._next += 1
        name = f"%.{self._next}"
        self.lines.append(f"  {name} = {text}{self.dbg}")
        return name

    def do(self, text: str) -> None:
        """Append an instruction without a result, or a terminator."""
        self.lines.append(f"  {text}{self.dbg}")

    def start(self, name: str) -> None:
        """Open the block labelled `name`."""
        self.current = name
        self.lines.append(f"{name}:")

    def reserve(self) -> int:
        """Keep a line's place, to be filled by `fill` (phis are known last)."""
        self.lines.append("")
        return len(self.lines) - 1

    def fill(self, place: int, lines: list[str]) -> None:
        """Put `lines` into a reserved place."""
        self.lines[place] = "\n".join(lines)


class Metadata:
    """Numbered metadata nodes of a module; equal nodes are shared unless distinct."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._known: dict[str, str] = {}

    def node(self, text: str) -> str:
        """The number of the node `text`, e.g. `!7`."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self.distinct(text)
        return known

    def distinct(self, text: str) -> str:
        """A node of its own, even if an equal one exists."""
        name = f"!{len(self.lines)}"
        self.lines.append(f"{name} = {text}")
        return name
