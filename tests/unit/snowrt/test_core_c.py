"""The core's own C tests, under the address and undefined-behaviour sanitizers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from snowrt import build_core, paths

FLAGS = ["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror"]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]


@pytest.fixture(scope="session")
def core_tests(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The executable with all suites."""
    command, core = build_core.compiler(), Path(paths.core_sources())
    if command is None:
        pytest.skip("there is no C compiler")
    program = str(tmp_path_factory.mktemp("core_tests") / "core_tests")
    inputs = [str(core / name) for name in build_core.sources() if name != "start.c"]
    inputs += map(str, sorted((core / "test").glob("*.c")))
    subprocess.run([*command, *FLAGS, *SANITIZE, "-o", program, *inputs, *build_core.SYSTEM_LIBRARIES], check=True)
    return program


@pytest.mark.parametrize("suite", ["heap", "rc", "list", "string", "frozen", "program"])
def test_suite(core_tests: str, suite: str) -> None:
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=1"}
    done = subprocess.run([core_tests, suite], capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
