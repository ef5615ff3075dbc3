"""Compiles the C core: libsnowrt.so for running in this process, libsnowrt.a for executables.

In: the C sources and a C compiler ($CC, else cc). Out: both libraries in a folder, each with the hash
of the sources in it. Nothing heavy is imported before something is really compiled, because the loader
uses `source_hash` at every start.
"""

from __future__ import annotations

import os

from snowrt import paths

TYPE_CHECKING = False  # as in `typing`, whose import is a third of a warm start
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SHARED = "libsnowrt.so"
STATIC = "libsnowrt.a"
HASH_MARKER = b"snow-source-hash:"
SYSTEM_LIBRARIES = ("-lm", "-lpthread")
"""What an executable that contains the core has to be linked with."""

_BASE_FLAGS = ("-std=c11", "-fPIC", "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections")
_FLAGS = (*_BASE_FLAGS, "-O2", "-g1", "-Wall", "-Wextra", "-Werror=attributes")
_LINK_FLAGS = ("-shared", f"-Wl,-soname,{SHARED}", "-Wl,-Bsymbolic", "-Wl,-z,now", "-Wl,-z,relro", "-Wl,--no-undefined")
_FOLDERS = (".", "ws")
"""The folders of the core whose sources are compiled."""

_ENTRY = ("start.c", "launch.c")
"""The start of executables, which must not be in the shared library."""


class BuildFailed(Exception):
    """The core could not be compiled; the text is one message for the user."""


def sources() -> list[str]:
    """The C and assembly files, relative to the core, in a fixed order."""
    return [name for name in _files(*_FOLDERS) if name.endswith((".c", ".S"))]


def _files(*folders: str) -> list[str]:
    core = paths.core_sources()
    found = (os.path.normpath(os.path.join(f, name)) for f in folders for name in os.listdir(os.path.join(core, f)))
    return sorted(name for name in found if name.endswith((".c", ".h", ".S")))


def source_hash() -> str:
    """Identifies everything that goes into the libraries."""
    from _blake2 import blake2b

    core = paths.core_sources()
    digest = blake2b(" ".join((*_FLAGS, *_LINK_FLAGS)).encode(), digest_size=16)
    for name in _files(*_FOLDERS, "include"):
        with open(os.path.join(core, name), "rb") as file:
            digest.update(f"\0{name}\0".encode() + file.read())
    return str(digest.hexdigest())


def compiler() -> list[str] | None:
    """The command of the C compiler, None if there is none."""
    import shlex
    import shutil

    command = shlex.split(os.environ.get("CC", "")) or ["cc"]
    return command if shutil.which(command[0]) else None


def build_core(target: Path | str, extra_flags: Sequence[str] = ()) -> list[Path]:
    """Compile the core into the folder `target`; the libraries made. Raises BuildFailed."""
    import tempfile
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    command = compiler()
    if command is None:
        raise BuildFailed("a C compiler is needed to build Snow's core: install gcc or clang, or set CC")
    core, folder = paths.core_sources(), Path(target)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".build-", dir=folder) as scratch:

        def compile_one(name: str) -> str:
            result = os.path.join(scratch, name.replace(os.sep, "_") + ".o")
            define = f'-DSNOW_SOURCE_HASH="{source_hash()}"' if name == "source_hash.c" else "-DSNOW_CORE"
            _run([*command, *_FLAGS, *extra_flags, define, "-c", os.path.join(core, name), "-o", result])
            return result

        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            objects = dict(zip(names := sources(), pool.map(compile_one, names), strict=True))
        shared, static = os.path.join(scratch, SHARED), os.path.join(scratch, STATIC)
        in_shared = [path for name, path in objects.items() if name not in _ENTRY]
        _run([*command, *extra_flags, *_LINK_FLAGS, "-o", shared, *in_shared, *SYSTEM_LIBRARIES])
        _run([os.environ.get("AR", "ar"), "rcs", static, *objects.values()])
        for path in (shared, static):
            os.replace(path, folder / os.path.basename(path))
    return [folder / SHARED, folder / STATIC]


def _run(command: list[str]) -> None:
    import subprocess

    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BuildFailed(f"cannot run {command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        raise BuildFailed(f"building Snow's core failed: {' '.join(command)}\n{done.stderr.strip()}")
