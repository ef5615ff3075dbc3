"""Which block lacks its `end`? A guess from indentation, for the message about an unclosed block.

Snow ignores indentation, but authors rarely do: where an `end` stands further left than the line that
opened the block it closes, that block is the likely culprit; so is one inside which an item begins at
the margin.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from snowc.syntax.tokens import Token

_BODY = frozenset(["ARROW", "DO", "TRAILING_DO"])
_ITEMS = frozenset("FN_DEF STRUCT TYPE INTERFACE IMPL MODULE ACTOR SERVICE SUPERVISOR PUB IMPORT FROM".split())


def least_indented_block(text: str, tokens: Sequence[Token]) -> Token | None:
    """The opener of the first block whose closing or contents contradict its indentation, if any."""
    lines = _Lines(text)
    stack: list[Token] = []
    heads: set[int] = set()  # where the closures begin whose body is still to come
    for token in tokens:
        kind = token.kind
        if kind == "FN":
            stack.append(token)
            heads.add(token.start)
        elif kind in _BODY and stack and stack[-1].start in heads:
            heads.remove(stack[-1].start)
        elif kind in ("DO", "TRAILING_DO"):
            stack.append(token)
        elif kind in ("END", "ELSE_IF"):
            if not stack:
                return None
            opener = stack.pop()
            if lines.begins(token.start) and lines.indent(token.start) < lines.indent(opener.start):
                return opener
        elif kind in _ITEMS and stack and lines.begins(token.start):
            if lines.indent(token.start) <= lines.indent(stack[-1].start):
                return stack[-1]
    return None


class _Lines:
    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def _start(self, offset: int) -> int:
        return self.starts[bisect_right(self.starts, offset) - 1]

    def indent(self, offset: int) -> int:
        """Blanks in front of the line that `offset` lies in."""
        start = self._start(offset)
        line = self.text[start : offset + 1]
        return len(line) - len(line.lstrip())

    def begins(self, offset: int) -> bool:
        """Whether only blanks stand before `offset` in its line."""
        return not self.text[self._start(offset) : offset].strip()
