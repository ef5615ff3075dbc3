"""Programs from MIR text to their output, on the real core, with the leak check."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from snowc.backend import link, native, toolchain
from snowc.codegen.module import generate
from snowc.mir.parse import parse_module
from snowc.mir.rc_certify import certify
from snowc.mir.verify import verify
from snowrt import load
from tests.unit.backend import programs

_RUNNER = """
import os, sys
from snowc.backend import jit, run
from snowrt import load
path = sys.argv[1]
if path.endswith(".so"):
    os._exit(run.run_image(load.load(), path, sys.argv[1:]))
with open(path, "rb") as file:
    os._exit(jit.run_object(file.read(), load.load(), load.shared_library(), sys.argv[1:]))
"""


def _object(mir: str, opt: int, quick: bool = False) -> bytes:
    return native.compile_object(generate(parse_module(mir), native.target_info(), True, "/src"), opt, quick)


def _in_process(path: Path) -> list[str]:
    return [sys.executable, "-c", _RUNNER, str(path)]


def as_image(mir: str, folder: Path, opt: int = 1, quick: bool = True) -> list[str]:
    linker = toolchain.find_shared_linker()
    assert linker is not None
    path = folder / "program.so"
    path.write_bytes(link.shared_image(_object(mir, opt, quick), linker))
    return _in_process(path)


def in_engine(mir: str, folder: Path) -> list[str]:
    path = folder / "program.o"
    path.write_bytes(_object(mir, 1, True))
    return _in_process(path)


def as_executable(mir: str, folder: Path, opt: int = 2) -> list[str]:
    compiler = toolchain.find_c_compiler()
    assert compiler is not None
    path = folder / "program"
    link.executable(_object(mir, opt), load.static_library(), str(path), compiler)
    return [str(path)]


WAYS: dict[str, Callable[[str, Path], list[str]]] = {
    "quick image": as_image,
    "O2 executable": as_executable,
    "engine": in_engine,
    "O0 image": lambda mir, folder: as_image(mir, folder, 0, False),
}


def run(command: list[str]) -> tuple[int, str, str]:
    """Status, output and errors of a program with the leak check on."""
    root = Path(__file__).parents[3]
    paths = os.pathsep.join([str(root), str(root / "runtime")])
    environ = {**os.environ, "SNOW_LEAK_CHECK": "1", "PYTHONPATH": paths}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", programs.CASES)
def test_programs_print_what_they_should_and_leak_nothing(case: str, way: str, tmp_path: Path) -> None:
    mir, expected = programs.CASES[case]
    assert run(WAYS[way](mir, tmp_path)) == (0, expected, "")


@pytest.mark.parametrize("way", WAYS)
def test_endless_recursion_is_a_panic(way: str, tmp_path: Path) -> None:
    status, out, err = run(WAYS[way](programs.ENDLESS, tmp_path))
    assert (status, out) == (101, "before\n")
    assert err.startswith("Snow panic at main.snow:3: stack overflow")


@pytest.mark.parametrize("way", WAYS)
def test_a_panic_names_its_place(way: str, tmp_path: Path) -> None:
    assert run(WAYS[way](programs.PANIC, tmp_path)) == (101, "before", "Snow panic at main.snow:12: no such luck\n")


def test_a_leak_is_found(tmp_path: Path) -> None:
    status, _, err = run(as_image(programs.LEAK, tmp_path))
    assert status != 0
    assert "leak" in err


def test_an_executable_needs_only_the_c_library(tmp_path: Path) -> None:
    (program,) = as_executable(programs.FIB, tmp_path)
    done = subprocess.run([program], env={}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "6765\n")
    needed = subprocess.run(["readelf", "-dW", program], capture_output=True, text=True, check=True).stdout
    libraries = {line.split("[")[1].rstrip("]") for line in needed.splitlines() if "(NEEDED)" in line}
    assert libraries <= {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "libgcc_s.so.1"}
    assert "NOW" in needed


def test_a_failed_link_leaves_the_old_executable(tmp_path: Path) -> None:
    compiler = toolchain.find_c_compiler()
    assert compiler is not None
    out = tmp_path / "program"
    out.write_text("old")
    with pytest.raises(link.LinkError):
        link.executable(b"not an object", load.static_library(), str(out), compiler)
    assert out.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["program"]


def test_an_executable_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    compiler = toolchain.find_c_compiler()
    assert compiler is not None
    (tmp_path / "taken").mkdir()
    for out in (tmp_path / "missing" / "program", tmp_path / "taken"):
        with pytest.raises(link.LinkError, match=f"cannot write {out}"):
            link.executable(_object(programs.FIB, 0), load.static_library(), str(out), compiler)


def test_the_debugger_knows_lines_and_names(tmp_path: Path) -> None:
    (program,) = as_executable(programs.FIB, tmp_path, 0)
    commands = ["break main.snow:3", "run", "backtrace 2", "info line"]
    try:
        done = subprocess.run(
            ["gdb", "-q", "-nx", "-batch", *(w for c in commands for w in ("-ex", c)), program],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("gdb is not installed")
    if "ptrace" in done.stderr:
        pytest.skip("processes may not be traced here")
    assert "Main.fib () at main.snow:3" in done.stdout
    assert "Main.fib () at main.snow:5" in done.stdout


@pytest.mark.parametrize("case", programs.CASES)
def test_the_programs_themselves_are_well_formed_and_balanced(case: str) -> None:
    module = parse_module(programs.CASES[case][0])
    assert verify(module, monomorphic=True) == []
    assert certify(module) == []
