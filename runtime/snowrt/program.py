"""Starting a program in this process.

In: the opened core and the address of a program's image (`struct snow_program`). Out: the exit status.
A program that was ended by a panic, an exit or a signal leaves a sleeping thread behind, so the caller
should end the process with the status it gets (`os._exit`) after flushing its own output. This is part of
every warm start of `snowc run`, hence nothing but `ctypes` and `os` is imported.
"""

from __future__ import annotations

import ctypes
import os
import sys

TYPE_CHECKING = False  # as in `typing`, whose import is a third of a warm start
if TYPE_CHECKING:
    from collections.abc import Sequence


def run_program(core: ctypes.CDLL, image: int, argv: Sequence[str]) -> int:
    """Run the image with these arguments, the first of which is the program's name; its exit status."""
    arguments = (ctypes.c_char_p * (len(argv) + 1))(*map(os.fsencode, argv), None)
    sys.stdout.flush()
    sys.stderr.flush()
    return int(core.snow_rt_start(image, len(argv), ctypes.cast(arguments, ctypes.c_void_p)))
