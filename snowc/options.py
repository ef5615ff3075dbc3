"""All switches of the toolchain, as one value.

The command line fills it, the session and the passes read it, tests build it directly. It also knows
where a build puts its files (language.md 10.1), because several commands must agree on that.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

BUILD_OPT_LEVEL = 2
RUN_OPT_LEVEL = 1


@dataclass(frozen=True)
class Options:
    """What the user asked for. Paths are kept as given."""

    opt_level: int = BUILD_OPT_LEVEL
    output: Path | None = None
    emit_llvm: bool = False
    emit_mir: bool = False
    dump_mir: tuple[str, ...] = ()
    """Passes after which the MIR is shown."""
    timings: bool = False
    verify: bool = False
    """Check the MIR before and after every pass."""
    target: str | None = None
    """Target triple; None is the machine the compiler runs on."""
    json: bool = False
    color: bool = False

    def code_key(self) -> tuple[str, ...]:
        """What decides the code of a program besides its sources: part of the key of cached code."""
        return (f"O{self.opt_level}", *([self.target] if self.target else []))

    def executable(self, source: Path) -> Path:
        """Where the executable of `source`, a file or a directory, is written."""
        if self.output is not None:
            return self.output
        if source.suffix == ".snow" and not source.is_dir():
            return source.with_suffix("")
        return source / (os.path.basename(os.path.abspath(source)) or "program")

    def artifact(self, source: Path, suffix: str) -> Path:
        """Where a by-product with `suffix` (`.ll`, `.mir`) of `source` is written."""
        return self.executable(source).with_suffix(suffix)
