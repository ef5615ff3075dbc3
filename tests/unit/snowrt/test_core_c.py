"""The core's own C tests: single-threaded suites, and suites of processes on 1, 2 and 4 workers.

All run under the address and undefined-behaviour sanitizers; those of processes under the thread
sanitizer too, with every stack switch made known to it.
"""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from snowrt import build_core, paths

FLAGS = ["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror"]
SANITIZERS = {
    "address": ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
    "thread": ["-fsanitize=thread"],
}
ENVIRONMENT = {
    # Instrumented code needs several times the stack.
    "SNOW_ACTOR_STACK": str(8 << 20),
    "ASAN_OPTIONS": "detect_leaks=1",
    "TSAN_OPTIONS": f"report_thread_leaks=0:suppressions={Path(__file__).parent}/tsan.supp",
}

CRASHES = """\
[snow-rt] actor <0.2> (test) crashed: Snow panic at main.snow:12: division by zero
[snow-rt] actor <0.3> (test) crashed: Snow panic at main.snow:7: stack overflow
Snow panic at <unknown>:0: deadlock: main waits for what cannot come
"""
DROPPED = "[snow-rt] dropped message of type String sent to <0.2> (tally), which accepts Int\n"
HOST_FAILURE = "[snow-rt] actor <0.2> (test) crashed: Snow panic at <unknown>:0: it did not work\n"

SUITES = ("heap", "rc", "list", "string", "frozen", "program")
PROCESS_SUITES = {
    "scheduler": "",
    "timeouts": "",
    "message": "",
    "host": "",
    "crash": CRASHES,
    "dropped": DROPPED,
    "host_failure": HOST_FAILURE,
}
"""With what they write to standard error."""


@pytest.fixture(scope="session")
def executables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The executable with all suites, per sanitizer."""
    command, core = build_core.compiler(), Path(paths.core_sources())
    if command is None:
        pytest.skip("there is no C compiler")
    folder = tmp_path_factory.mktemp("core_tests")
    inputs = [core / name for name in build_core.sources() if name != "start.c"]
    inputs += sorted((core / "test").glob("*.c"))

    def compile_one(job: tuple[str, Path]) -> str:
        sanitizer, source = job
        result = str(folder / f"{sanitizer}-{source.parent.name}-{source.name}.o")
        subprocess.run([*command, *FLAGS, *SANITIZERS[sanitizer], "-c", str(source), "-o", result], check=True)
        return result

    def link(sanitizer: str) -> str:
        objects = pool.map(compile_one, [(sanitizer, source) for source in inputs])
        program = str(folder / sanitizer)
        libraries = build_core.SYSTEM_LIBRARIES
        subprocess.run([*command, *SANITIZERS[sanitizer], "-o", program, *objects, *libraries], check=True)
        return program

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return {sanitizer: link(sanitizer) for sanitizer in SANITIZERS}


def run(executable: str, suite: str) -> tuple[int, str]:
    environment = {**os.environ, **ENVIRONMENT}
    done = subprocess.run([executable, suite], capture_output=True, text=True, env=environment, timeout=60)
    return done.returncode, done.stderr


@pytest.mark.parametrize("suite", SUITES)
def test_suite(executables: dict[str, str], suite: str) -> None:
    assert run(executables["address"], suite) == (0, "")


@pytest.mark.parametrize("sanitizer", SANITIZERS)
@pytest.mark.parametrize("suite", PROCESS_SUITES)
def test_processes(executables: dict[str, str], suite: str, sanitizer: str) -> None:
    assert run(executables[sanitizer], suite) == (0, PROCESS_SUITES[suite])
