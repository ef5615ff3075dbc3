"""Printing what a session has found: the only place where diagnostics meet a stream.

A session is driven through the small protocol below, so that commands stay apart from the pipeline.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import click

from snowc.diag.core import Diagnostic, Sink
from snowc.diag.render_json import render_failure, render_json
from snowc.diag.render_text import render_text
from snowc.options import Options
from snowc.source.files import SourceMap
from snowc.source.span import NO_SPAN

FAILED = "Compilation failed due to errors above."


class SessionLike(Protocol):
    """The part of `snowc.session.Session` that the command line uses."""

    @property
    def sink(self) -> Sink: ...
    @property
    def sources(self) -> SourceMap: ...
    @property
    def timings(self) -> Sequence[tuple[str, float]]:
        """Seconds per stage, in order."""
        ...

    @property
    def dumps(self) -> Sequence[tuple[str, str]]:
        """MIR asked for by `--dump-mir`: pass and text, in order."""
        ...

    def check(self, path: Path) -> bool: ...
    def build(self, path: Path) -> Path | None: ...
    def run(self, path: Path, args: Sequence[str], before_start: Callable[[], None]) -> int:
        """Compile and run; calls `before_start` once, after compiling and before the program starts."""
        ...


class Reporter:
    """Prints what a session has found so far, each thing once."""

    def __init__(self, session: SessionLike, options: Options) -> None:
        self.session = session
        self._options = options
        self._printed: set[int] = set()
        self._dumped = 0
        self._timed = 0

    def flush(self) -> None:
        """Print new MIR dumps on standard output, new diagnostics and timings on standard error."""
        for name, text in self.session.dumps[self._dumped :]:
            click.echo(f"; MIR after {name}\n{text.rstrip()}\n")
        self._dumped = len(self.session.dumps)
        for diag in self.session.sink.ordered():
            if id(diag) not in self._printed:
                self._printed.add(id(diag))
                self._print(diag)
        if self._options.timings:
            self._print_timings()

    def fail(self) -> int:
        """Print everything and the last line of a failed command; gives its status."""
        self.flush()
        items = self.session.sink.items
        if [d.span for d in items] == [NO_SPAN]:
            return 1  # the only message is itself the final one
        click.echo(render_failure(FAILED) if self._options.json else f"error: {FAILED}", err=True)
        return 1

    def finish(self, ok: bool) -> int:
        """Print everything; gives the status of a command that is over."""
        if not ok or self.session.sink.has_errors:
            return self.fail()
        self.flush()
        return 0

    def _print(self, diag: Diagnostic) -> None:
        sources = self.session.sources
        if self._options.json:
            click.echo(render_json(diag, sources), err=True)
            return
        unicode = (sys.stderr.encoding or "").lower().startswith("utf")
        text = render_text(diag, sources, color=self._options.color, unicode=unicode)
        click.echo(text, err=True, color=True, nl=bool(diag.labels()))

    def _print_timings(self) -> None:
        new = self.session.timings[self._timed :]
        self._timed = len(self.session.timings)
        if not new:
            return
        if self._options.json:
            click.echo(json.dumps({"timings": dict(new)}), err=True)
            return
        rows = [*new, ("total", sum(seconds for _, seconds in new))]
        size = max(len(name) for name, _ in rows)
        for name, seconds in rows:
            click.echo(f"{name:<{size}}  {seconds * 1000:9.1f} ms", err=True)
