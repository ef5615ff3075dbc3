"""Lines on standard error that say what a service does, not too many of them.

A line is one write, so that lines of several threads do not mix, and nobody waits for a reader that does not
read. A `RateLimit` lets so many lines per second through; how many it held back is a line of its own in the next
second, which comes by itself where somebody calls `flush` from time to time.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time

_STDERR = 2


def say(text: str) -> None:
    """Write one line; a standard error that takes nothing is nobody's concern."""
    line = "[snow-rt] " + _printable(text) + "\n"
    with contextlib.suppress(OSError):
        if select.select((), (_STDERR,), (), 0)[1]:
            os.write(_STDERR, line.encode("utf-8", "replace"))


def _printable(text: str) -> str:
    """What a terminal would take as a command is shown as an escape."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


class RateLimit:
    """At most `per_second` lines in any second that begins with a line, of whatever kind."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._lock = threading.Lock()
        self._since = float("-inf")
        self._count = 0
        self._suppressed = 0

    def say(self, text: str, now: float | None = None) -> None:
        """Write the line if it is within the rate."""
        with self._lock:
            self._begin_second(time.monotonic() if now is None else now)
            if self._count < self._per_second:
                self._count += 1
                say(text)
            else:
                self._suppressed += 1
                _holding_back.add(self)

    def flush(self, now: float | None = None) -> None:
        """Say how many lines were held back, if their second is over."""
        with self._lock:
            self._begin_second(time.monotonic() if now is None else now)

    def _begin_second(self, now: float) -> None:
        if now - self._since < 1:
            return
        self._since, self._count = now, 0
        if self._suppressed:
            say(f"{self._suppressed} more lines like the last were suppressed")
            self._count, self._suppressed = 1, 0
            _holding_back.discard(self)


_holding_back: set[RateLimit] = set()
"""The limits that owe a line."""


def flush() -> None:
    """Say what all limits held back in seconds that are over. To be called now and then."""
    for limit in list(_holding_back):
        limit.flush()
