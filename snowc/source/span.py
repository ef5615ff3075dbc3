"""Positions in source text.

A span names a file by its index in the `SourceMap` of the session and a half-open range of
*code points* in that file's decoded text. Columns and byte offsets are derived on demand, because
only diagnostics need them (language.md 9.2: columns in code points; 9.3: byte offsets).
"""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """Half-open range `[start, end)` of code points in file number `file`."""

    file: int
    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The smallest span that covers both; `other` must lie in the same file."""
        return Span(self.file, min(self.start, other.start), max(self.end, other.end))

    def before(self) -> Span:
        """The empty span at the start of this one."""
        return Span(self.file, self.start, self.start)

    def after(self) -> Span:
        """The empty span just behind this one."""
        return Span(self.file, self.end, self.end)


NO_SPAN = Span(-1, 0, 0)
"""The span of things that have no place in any file (project-level diagnostics, builtins)."""
