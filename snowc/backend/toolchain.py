"""Finding the tools that turn object code into something to run.

In: the environment. Out: a linker to make shared images with, a C compiler to link executables with,
or None, in which case `missing_compiler_help` says what to install.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

CC_NAMES = ("cc", "gcc", "clang")


@dataclass(frozen=True, slots=True)
class CCompiler:
    """A C compiler driver: the words that start it."""

    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedLinker:
    """What makes a shared image; `is_driver` tells a compiler driver from the bare linker."""

    command: tuple[str, ...]
    is_driver: bool


def find_c_compiler(environ: Mapping[str, str] = os.environ) -> CCompiler | None:
    """`$CC`, else the usual names on PATH, else the compiler in the `ziglang` package."""
    path = environ.get("PATH", os.defpath)
    wished = shlex.split(environ.get("CC", ""))
    for words in ([wished] if wished else []) + [[name] for name in CC_NAMES]:
        program = shutil.which(words[0], path=path)
        if program is not None:
            return CCompiler((program, *words[1:]))
    if find_spec("ziglang") is not None:
        return CCompiler((sys.executable, "-m", "ziglang", "cc"))
    return None


def find_shared_linker(environ: Mapping[str, str] = os.environ) -> SharedLinker | None:
    """The bare linker where there is one (a shared image needs nothing else and it starts in a third of
    the time of a compiler driver), else a C compiler. `ziglang` is left out: it is slower than MCJIT."""
    linker = shutil.which("ld", path=environ.get("PATH", os.defpath))
    if linker is not None and sys.platform == "linux":
        return SharedLinker((linker,), is_driver=False)
    compiler = find_c_compiler(environ)
    if compiler is None or "ziglang" in compiler.command:
        return None
    return SharedLinker(compiler.command, is_driver=True)


def missing_compiler_help() -> str:
    """One line for those who have no C compiler."""
    return (
        "no C compiler found to link with (looked for $CC, cc, gcc, clang); install one, "
        "for example with `apt install gcc` or `pip install ziglang`"
    )
