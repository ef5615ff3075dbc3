"""Object code to a shared image (`run`) or to an executable (`build`).

In: the bytes of an object file. Out: a file. Images and executables bind all symbols at start
(`-z now`: lazy binding would need stack that Snow processes do not have) and are not stripped.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from snowc.backend.toolchain import CCompiler, SharedLinker

_SYSTEM_LIBRARIES = ("-lm", "-lpthread", "-ldl")
_SECURE = ("-z", "now", "-z", "relro", "-z", "noexecstack")


class LinkError(Exception):
    """Linking failed; the text is what the linker or the operating system said."""


def _run(command: Sequence[str], folder: str | None = None) -> None:
    try:
        done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL, cwd=folder)
    except OSError as error:
        raise LinkError(f"cannot start {command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip() or "it gave no reason"
        raise LinkError(f"{os.path.basename(command[0])} failed with status {done.returncode}: {said}")


@contextmanager
def _folder(parent: str | None, purpose: str) -> Iterator[str]:
    """A folder for the time of one link; what goes wrong with files in it becomes a LinkError."""
    try:
        with tempfile.TemporaryDirectory(prefix=".snowc-", dir=parent) as folder:
            yield folder
    except OSError as error:
        raise LinkError(f"cannot write {purpose}: {error.strerror}") from error


def shared_image(code: bytes, linker: SharedLinker) -> bytes:
    """The bytes of a shared library made of one object file; symbols of the core stay open."""
    with _folder(None, "a temporary file") as folder:
        source, out = os.path.join(folder, "program.o"), os.path.join(folder, "program.so")
        _write(source, code)
        options = [f"-Wl,{a},{b}" for a, b in zip(_SECURE[::2], _SECURE[1::2], strict=True)]
        flags = options if linker.is_driver else list(_SECURE)
        _run([*linker.command, "-shared", *flags, "-o", out, source])
        with open(out, "rb") as file:
            return file.read()


def executable(code: bytes, core_archive: str, out: str, compiler: CCompiler) -> None:
    """Link an executable at `out`: the object, the static core, and system libraries.

    `main` comes from the archive. The result replaces `out` only when it is complete.
    """
    options = [f"-Wl,{a},{b}" for a, b in zip(_SECURE[::2], _SECURE[1::2], strict=True)]
    with _folder(os.path.dirname(os.path.abspath(out)), out) as work:
        source, made = os.path.join(work, "program.o"), os.path.join(work, "program")
        _write(source, code)
        libraries = ["-Wl,--as-needed", *_SYSTEM_LIBRARIES]
        _run([*compiler.command, *options, "-o", made, source, core_archive, *libraries])
        os.replace(made, out)


_IMAGE = "program.so"
_EMBEDDED = f"""\
    .section .rodata
    .balign 16
    .globl snow_launch_image, snow_launch_image_end, snow_launch_python, snow_launch_library
snow_launch_image:
    .incbin "{_IMAGE}"
snow_launch_image_end:
snow_launch_python:
    .byte %s
snow_launch_library:
    .byte %s
    .section .note.GNU-stack,"",%%progbits
"""
"""What `core/launch.h` declares."""


def launcher(image: bytes, core_archive: str, out: str, compiler: CCompiler, python: str, library: str) -> None:
    """Link an executable at `out` that hands the shared image in it to an interpreter with services.

    `python` is that interpreter's path, `library` the folder where it finds `snowrt` if need be.
    """
    options = [f"-Wl,{a},{b}" for a, b in zip(_SECURE[::2], _SECURE[1::2], strict=True)]
    with _folder(os.path.dirname(os.path.abspath(out)), out) as work:
        source, made = os.path.join(work, "program.s"), os.path.join(work, "program")
        _write(os.path.join(work, _IMAGE), image)
        _write(source, (_EMBEDDED % (_text_bytes(python), _text_bytes(library))).encode())
        libraries = ["-Wl,--as-needed", *_SYSTEM_LIBRARIES]
        _run([*compiler.command, *options, "-o", made, source, core_archive, *libraries], work)
        os.replace(made, out)


def _text_bytes(text: str) -> str:
    """A C string as numbers."""
    return ", ".join(map(str, (*os.fsencode(text), 0)))


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
