"""The warm start of `snowc run FILE [-- ARGS]`: code that is already in the cache runs at once.

Looks only at the plainest form of the command; options of any kind take the full path, and so does a
program with warnings, which have to be printed again. Imports stay within the smallest modules, because
they are most of what a warm start costs.
"""

from __future__ import annotations

import os

DEFAULT_CODE_KEY = ("O1",)
"""`Options.code_key()` of a `run` without options, spelled out because `options` is slow to import."""


class RunRequest:
    """A `run` with default options: what to run and the program's own arguments."""

    __slots__ = ("path", "args")

    def __init__(self, path: str, args: list[str]) -> None:
        self.path = path
        self.args = args

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunRequest) and (self.path, self.args) == (other.path, other.args)


def recognise(argv: list[str]) -> RunRequest | None:
    """The request in `run PATH` or `run PATH -- ARGS`, None for every other command line."""
    match argv:
        case ["run", path] if not path.startswith("-"):
            return RunRequest(path, [])
        case ["run", path, "--", *args] if not path.startswith("-"):
            return RunRequest(path, args)
    return None


def attempt(argv: list[str]) -> None:
    """Run the cached code of the request and end the process with its status; return if there is none."""
    request = recognise(argv)
    if request is None:
        return
    from snowc.backend import cache

    hit = cache.lookup(request.path, DEFAULT_CODE_KEY)
    if hit is None or hit.extra:
        return
    status = _start(hit.image, request)
    if status is not None:
        # The core has flushed its output, and its threads may still live: nothing is torn down.
        os._exit(status)


def _start(image: str, request: RunRequest) -> int | None:
    """Load and run the image; None if that cannot be done, so that the full path finds out why."""
    from snowc.backend.run import run_image
    from snowrt.load import CoreUnavailable, load

    try:
        return run_image(load(), image, [request.path, *request.args])
    except (OSError, CoreUnavailable):
        return None
