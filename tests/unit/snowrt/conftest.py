"""The core, built with all its symbols visible and opened with a process on the test's thread."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from snowrt import build_core
from tests.unit.snowrt.core_calls import Core


@pytest.fixture(scope="session")
def open_core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a core whose internal functions can be called too, warnings being errors."""
    if build_core.compiler() is None:
        pytest.skip("there is no C compiler")
    folder = tmp_path_factory.mktemp("core")
    build_core.build_core(folder, ["-Werror", "-fvisibility=default"])
    return folder


@pytest.fixture(scope="session")
def core(open_core: Path) -> Core:
    return Core(ctypes.CDLL(str(open_core / build_core.SHARED)))
