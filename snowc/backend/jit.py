"""Running object code where no linker is found: MCJIT loads it into this process.

In: the bytes of an object file and the core's shared library. Out: the program's exit status.
"""

from __future__ import annotations

import ctypes

from snowc.backend.llvm import Cpu, Engine, Machine, host_triple, load_library
from snowrt.program import SYMBOL, run_program

_engines: list[Engine] = []
"""Engines are kept for the life of the process: their code may run on any thread."""


def load_object(code: bytes, core_path: str) -> int:
    """Load object code; gives the address of its program image."""
    load_library(core_path)
    engine = Engine(Machine(host_triple(), Cpu(), 0), code)
    _engines.append(engine)
    address = engine.address(SYMBOL)
    if not address:
        raise ValueError(f"the object code has no {SYMBOL}")
    return address


def run_object(code: bytes, core: ctypes.CDLL, core_path: str, arguments: list[str]) -> int:
    """Load object code and run its program, as `run.run_image` does with a shared image."""
    return run_program(core, load_object(code, core_path), arguments)
