"""Starting a program in this process.

In: the opened core and the address of a program's image (`struct snow_program`). Out: the exit status.
A program that was ended by a panic, an exit or a signal leaves a sleeping thread behind, so the caller
should end the process with the status it gets (`os._exit`) after flushing its own output. This is part of
every warm start of `snowc run`, hence nothing but `ctypes` and `os` is imported, unless the program needs
services.
"""

from __future__ import annotations

import ctypes
import os
import sys

TYPE_CHECKING = False  # as in `typing`, whose import is a third of a warm start
if TYPE_CHECKING:
    from collections.abc import Sequence

SYMBOL = "snow_program"
"""What an image exports."""

_NEEDS_OFFSET = 20
_NEEDS_SERVICES = 1
"""`needs` in `struct snow_program`, and `abi.NEEDS_SERVICES`, whose module is slow to import."""

_FAILED = 1


def run_library(core: ctypes.CDLL, path: str, argv: Sequence[str]) -> int:
    """Load a shared image and run its program. Raises OSError if it cannot be loaded."""
    library = ctypes.CDLL(path, mode=os.RTLD_NOW | os.RTLD_LOCAL)
    return run_program(core, ctypes.addressof(ctypes.c_char.in_dll(library, SYMBOL)), argv)


def run_program(core: ctypes.CDLL, image: int, argv: Sequence[str]) -> int:
    """Run the image with these arguments, the first of which is the program's name; its exit status."""
    arguments = (ctypes.c_char_p * (len(argv) + 1))(*map(os.fsencode, argv), None)
    sys.stdout.flush()
    sys.stderr.flush()
    if needs_services(image) and not _start_services(core):
        return _FAILED
    return int(core.snow_rt_start(image, len(argv), ctypes.cast(arguments, ctypes.c_void_p)))


def needs_services(image: int) -> bool:
    """Whether the program calls functions that Python provides."""
    return bool(ctypes.c_uint32.from_address(image + _NEEDS_OFFSET).value & _NEEDS_SERVICES)


def _start_services(core: ctypes.CDLL) -> bool:
    from snowrt import serving
    from snowrt.host import SignatureMismatch

    try:
        serving.start(core)
    except SignatureMismatch as problem:
        print(f"error: cannot start the services: {problem}", file=sys.stderr)
        return False
    return True
