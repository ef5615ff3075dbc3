"""Lines on standard error that say what a service does, not too many of them.

A line is one write, so that lines of several threads do not mix. A `RateLimit` lets so many lines per second
through and says afterwards how many it held back.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time


def say(text: str) -> None:
    """Write one line; a standard error that cannot be written to is nobody's concern."""
    line = "[snow-rt] " + text.replace("\n", " ").replace("\r", " ") + "\n"
    with contextlib.suppress(OSError):
        os.write(2, line.encode("utf-8", "replace"))


class RateLimit:
    """At most `per_second` lines in any second that begins with a line."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._lock = threading.Lock()
        self._since = float("-inf")
        self._count = 0

    def say(self, text: str, now: float | None = None) -> None:
        """Write the line if it is within the rate."""
        now = time.monotonic() if now is None else now
        with self._lock:
            suppressed = 0
            if now - self._since >= 1:
                suppressed = max(0, self._count - self._per_second)
                self._since, self._count = now, 0
            self._count += 1
            allowed = self._count <= self._per_second
        if suppressed:
            say(f"{suppressed} more lines like the last were suppressed")
        if allowed:
            say(text)
