"""How source text looks on a terminal: columns of characters, tabs, what must not be sent raw.

In: one source line or one piece of words. Out: cells, each a printable string of known width, so that
underlines can be placed beneath them. Nothing that reaches the terminal from here can move the cursor,
change colours or reorder text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

TAB_STOP = 4
_WORD_LIMIT = 100
_KEEP_HEAD, _KEEP_TAIL = 60, 20
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LONG_WORD = re.compile(rf"[^\s`]{{{_WORD_LIMIT + 1},}}")


@lru_cache(maxsize=1024)
def shown(char: str) -> str:
    """`char` as it may be printed: control and direction characters become visible stand-ins."""
    if char.isascii():
        code = ord(char)
        if code < 0x20:
            return chr(0x2400 + code)
        return "\u2421" if code == 0x7F else char
    if char in _BIDI or unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp"):
        return "\ufffd"
    return char


@lru_cache(maxsize=1024)
def width(char: str) -> int:
    """Terminal columns taken by one printable character."""
    if char.isascii():
        return 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


class Cells:
    """One source line laid out in terminal columns.

    `starts[i]` is the column where code point `i` begins; one more entry gives the width of the line.
    """

    def __init__(self, line: str) -> None:
        self.texts: Sequence[str] = line
        self.starts: Sequence[int] = range(len(line) + 1)
        if not (line.isascii() and line.isprintable()):
            self._measure(line)

    def _measure(self, line: str) -> None:
        texts, starts, column = [], [0], 0
        for char in line:
            text = " " * (TAB_STOP - column % TAB_STOP) if char == "\t" else shown(char)
            column += len(text) if char == "\t" else width(text)
            texts.append(text)
            starts.append(column)
        self.texts, self.starts = texts, starts

    @property
    def width(self) -> int:
        return self.starts[-1]

    def columns(self, start: int, end: int) -> tuple[int, int]:
        """Columns covered by code points `start` to `end`; at least one column wide."""
        last = len(self.texts)
        first = self.starts[min(start, last)]
        return first, max(self.starts[min(end, last)], first + 1)

    def window(self, left: int, right: int) -> str:
        """The text between two columns; a wide character cut by a border is left blank."""
        out: list[str] = []
        filled = left
        first = bisect_left(self.starts, left)
        last = bisect_left(self.starts, right, first)
        for index in range(first, min(last, len(self.texts))):
            start, end = self.starts[index], self.starts[index + 1]
            if end <= right:
                out.append(" " * (start - filled) + self.texts[index])
                filled = end
        return "".join(out)


def words(text: str) -> str:
    """A message or label as it may be printed: one line, very long words shortened in the middle."""
    flat = "".join(" " if char in "\n\t" else shown(char) for char in text)
    return _LONG_WORD.sub(lambda m: f"{m[0][:_KEEP_HEAD]}…{m[0][-_KEEP_TAIL:]}", flat)
