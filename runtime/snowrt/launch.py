"""The second half of the start of a built executable whose program needs services.

In: the number of a descriptor that holds the program's shared image, then the program's name and arguments.
The executable (core/launch.c) has become this interpreter and calls `main`, which does not come back.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from snowrt.load import CoreUnavailable, load
from snowrt.program import run_library

_FAILED = 1


def main(arguments: Sequence[str]) -> NoReturn:
    """Run the program and end the process with its status."""
    descriptor, *argv = arguments
    os.set_inheritable(int(descriptor), False)
    try:
        status = run_library(load(), f"/proc/self/fd/{descriptor}", argv)
    except (CoreUnavailable, OSError) as error:
        print(f"error: cannot start the program: {error}", file=sys.stderr)
        status = _FAILED
    sys.stderr.flush()
    os._exit(status)
