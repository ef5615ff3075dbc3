"""A process that runs a Python function as the `main` of a program on the core.

`program_child.py LIBRARY BODY [ARG…]`; the tests start it with their own standard streams.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable

from snowrt import abi, program
from tests.unit.snowrt.core_calls import Core

MAIN = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Image(ctypes.Structure):
    """`struct snow_program`."""

    _fields_ = [
        ("abi_version", ctypes.c_uint32),
        ("n_descs", ctypes.c_uint32),
        ("descs", ctypes.c_void_p),
        ("n_files", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
        ("files", ctypes.c_void_p),
        ("init", ctypes.c_void_p),
        ("main", ctypes.c_void_p),
    ]


def echo_lines(core: Core) -> None:
    """Each line of standard input in brackets, until the end."""
    while (line := core.call("IO.read_line_opt")) != ("None",):
        core.call("println", f"[{line[1]}]")


def read_line_results(core: Core) -> None:
    for _ in range(3):
        core.call("println", repr(core.call("IO.read_line")))


def read_all(core: Core) -> None:
    core.call("println", repr(core.call("IO.read_all")))


def arguments(core: Core) -> None:
    core.call("println", repr(core.call("Env.args")))


def many_lines(core: Core) -> None:
    for i in range(200_000):
        core.call("println", f"line {i}")


def one_big_text(core: Core) -> None:
    core.call("print", "x" * 200_000)
    core.call("print", "y")


def mixed(core: Core) -> None:
    core.call("print", "out")
    core.call("IO.eprintln", "err")
    core.call("IO.eprint", "é")


def exits(core: Core) -> None:
    core.call("print", "before")
    core.library.snow_system_exit(258)


def panics(core: Core) -> None:
    core.call("println", "before")
    core.library.snowi_panic_string(core.string("it broke"), -1)


BODIES: dict[str, Callable[[Core], None]] = {
    f.__name__: f
    for f in (echo_lines, read_line_results, read_all, arguments, many_lines, one_big_text, mixed, exits, panics)
}


def main(library_path: str, body: str, *args: str) -> int:
    """The program's exit status."""
    library = ctypes.CDLL(library_path)
    core = Core(library)

    def run(ctx: int) -> None:
        core.enter(ctx)
        BODIES[body](core)

    entry = MAIN(run)
    image = Image(abi.ABI_VERSION, 0, None, 0, 0, None, None, ctypes.cast(entry, ctypes.c_void_p))
    return program.run_program(library, ctypes.addressof(image), ["program", *args])


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))
