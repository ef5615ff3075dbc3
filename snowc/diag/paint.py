"""The ink of the terminal form: tones, their ANSI colours, and the characters that lines are drawn with."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from snowc.source.record import value


class Tone(Enum):
    """What a piece of output is; the value is its ANSI SGR code."""

    PLAIN = ""
    ERROR = "31"
    WARNING = "33"
    SECONDARY = "36"
    FRAME = "2"
    STRONG = "1"
    HELP = "32"


class Fragment(NamedTuple):
    text: str
    tone: Tone


@value
class Glyphs:
    """Characters of frames, rails and underlines."""

    line: str
    bar: str
    gap: str
    gap_bar: str
    tee: str
    branch: str
    corner: str
    rail_top: str
    frame_top: str
    frame_next: str
    frame_end: str
    cut: str


UNICODE = Glyphs("─", "│", "⋮", "┆", "┬", "├", "╰", "╭", "╭", "├", "╯", "…")
ASCII = Glyphs("-", "|", ":", ":", "^", "|", "`", ",", ",", "|", "'", "~")


def paint(fragments: Iterable[Fragment], color: bool) -> str:
    """One line of output without trailing blanks."""
    if not color:
        return "".join(f.text for f in fragments).rstrip()
    return "".join(_inked(f) for f in fragments)


def _inked(fragment: Fragment) -> str:
    ink = fragment.tone.value
    return f"\x1b[{ink}m{fragment.text}\x1b[0m" if ink and fragment.text.strip() else fragment.text
