"""The C tests of the WebSocket protocol and of the connection table, under sanitizers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from snowrt import build_core, paths

FLAGS = ["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror"]
MEMORY = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
THREAD = ["-fsanitize=thread"]
TABLE = ("wsconn.c", "wsconn_out.c", "wsconn_deflate.c", "wsconn_time.c", "wsconn_pool.c", "wsconn_lock.c",
         "wsconn_echo.c", "wsroom.c", "hash.c")  # fmt: skip
SUITES = (
    "frame", "fragment", "utf8", "close", "heartbeat", "protocol", "timer", "deflate", "table", "codec", "threads",
    "room", "room_threads",
)  # fmt: skip


def _build(program: Path, sanitizer: list[str]) -> str:
    command, core = build_core.compiler(), Path(paths.core_sources())
    if command is None:
        pytest.skip("there is no C compiler")
    sources = [*(core / "test" / "ws").glob("*.c"), *(core / "ws").glob("*.c"), *(core / name for name in TABLE)]
    subprocess.run([*command, *FLAGS, *sanitizer, "-o", str(program), *map(str, sources), "-lpthread"], check=True)
    return str(program)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _build(tmp_path_factory.mktemp("ws") / "ws_tests", MEMORY)


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> str:
    return _build(tmp_path_factory.mktemp("ws") / "ws_races", THREAD)


def _run(program: str, suite: str) -> None:
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=1"}
    done = subprocess.run([program, suite], capture_output=True, text=True, env=environment, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("suite", SUITES)
def test_suite(checked: str, suite: str) -> None:
    _run(checked, suite)


@pytest.mark.parametrize("suite", ["threads", "room_threads"])
def test_threads_do_not_race(raced: str, suite: str) -> None:
    _run(raced, suite)
