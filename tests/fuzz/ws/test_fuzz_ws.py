"""The fuzz target over its seeds and a fixed number of changed ones, under sanitizers."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest

from snowrt import build_core, paths
from tests.fuzz.ws import seeds

HERE = Path(__file__).parent
FLAGS = ["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror"]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
CHANGED = 3000


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> str:
    command, core = build_core.compiler(), Path(paths.core_sources())
    if command is None:
        pytest.skip("there is no C compiler")
    program = str(tmp_path_factory.mktemp("fuzz") / "fuzz_ws")
    sources = [*HERE.glob("*.c"), *(core / "ws").glob("*.c")]
    subprocess.run(
        [*command, *FLAGS, *SANITIZE, f"-I{core / 'include'}", "-o", program, *map(str, sources)], check=True
    )
    return program


@pytest.mark.parametrize("seed", range(2))
def test_no_input_breaks_the_protocol(target: str, seed: int) -> None:
    fed = b"".join(struct.pack("<I", len(data)) + data for data in seeds.inputs(CHANGED, seed))
    done = subprocess.run([target], input=fed, capture_output=True, timeout=120)
    assert (done.returncode, done.stderr.decode()) == (0, "")
