"""Random programs do the same as native code as in the machine that judges passes, and leave nothing behind.

Each is compiled without optimisation, by the quick pipeline, and at O2 both as it is and with all of its
code taken as hot, so that everything that code generation writes out for speed is met.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from random import Random

import pytest

from snowc.backend import link, native, toolchain
from snowc.codegen import heat
from snowc.codegen.module import generate
from snowc.mir.ir import NO_LOC, Block, Call, CallExtern, Function, Module, Return, Value
from snowc.mir.types import STRING, UNIT
from snowc.passes.base import PassCtx
from snowc.passes.pipeline import optimise
from snowrt import load
from tests.unit.mir.machine import Machine
from tests.unit.mir.programs import program

WAYS = {"O0": (0, False, False), "quick": (1, True, False), "O2": (2, False, False), "O2, all hot": (2, False, True)}


def _printing(module: Module) -> Module:
    """The module with an entry that prints what `main` gives."""
    text, done = Value("s", STRING), Value("u", UNIT)
    instrs = [Call(text, NO_LOC, "main", [], []), CallExtern(done, NO_LOC, "snow_println", [], [text])]
    module.functions["start"] = Function("start", [], [], UNIT, [Block("e", [], [*instrs], Return(NO_LOC, done))])
    module.files, module.entry = ["random.snow"], "start"
    return module


def _native(module: Module, opt: int, quick: bool, folder: Path) -> subprocess.CompletedProcess[str]:
    compiler = toolchain.find_c_compiler()
    assert compiler is not None
    code = native.compile_object(generate(module, native.target_info(), True), opt, quick)
    out = folder / "program"
    link.executable(code, load.static_library(), str(out), compiler)
    environ = {**os.environ, "SNOW_LEAK_CHECK": "1"}
    return subprocess.run([out], capture_output=True, text=True, check=False, env=environ)


def _check(seed: int, way: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opt, quick, hot = WAYS[way]
    if hot:
        monkeypatch.setattr(heat, "FEW", -1)
    expected = Machine(program(Random(seed)), counting=False).run()
    module = _printing(program(Random(seed)))
    assert optimise(module, PassCtx(verify=True))
    done = _native(module, opt, quick, folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert ("string", 0, done.stdout[:-1]) == expected


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", range(3))
def test_random_programs(seed: int, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _check(seed, way, tmp_path, monkeypatch)


@pytest.mark.full
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", range(3, 60))
def test_many_random_programs(seed: int, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _check(seed, way, tmp_path, monkeypatch)
