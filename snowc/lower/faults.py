"""The fault of lowering: a typed AST that breaks its contract."""

from __future__ import annotations

from snowc.source.span import Span


class LoweringFault(Exception):
    """An internal error, never a user's mistake; `span` is the construct being lowered."""

    def __init__(self, text: str, span: Span | None) -> None:
        super().__init__(text)
        self.text = text
        self.span = span

    def __str__(self) -> str:
        return f"{self.text} (at {self.span})"


class UncheckedNode(LoweringFault):
    """A node that stands for something refused, although nothing was reported: the program cannot be
    carried out, and the caller says so at its place."""
