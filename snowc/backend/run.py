"""Running a compiled program in this process.

In: the core (opened by `snowrt.load`) and a shared image. Out: the exit status of the program. The
caller ends the process by `os._exit(status)`: by then the core has flushed its output, and neither the
interpreter nor a code engine may be torn down while native threads live. Nothing heavy is imported
here, because a cached program comes this way.
"""

from __future__ import annotations

import ctypes

from snowrt.program import run_library


def run_image(core: ctypes.CDLL, image: str, arguments: list[str]) -> int:
    """Load a shared image and run its program. `arguments` begins with the program's name.

    Raises OSError if the image cannot be loaded, for example because it has just been evicted.
    """
    return run_library(core, image, arguments)
