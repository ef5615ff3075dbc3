"""What `setup.py` says of packages, data files and platforms, without building anything."""

from __future__ import annotations

import importlib.util
import platform
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
# What a working tree holds besides sources.
LEFTOVERS = {".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "__pycache__"}
BUILT = {".so", ".a", ".o"}


@pytest.fixture(scope="module")
def setup() -> ModuleType:
    spec = importlib.util.spec_from_file_location("snow_setup", ROOT / "setup.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shipped(packages: Sequence[str], dirs: Mapping[str, str], data: Mapping[str, Sequence[str]]) -> set[Path]:
    """The files of the checkout that land in a wheel."""
    files: set[Path] = set()
    for package in packages:
        top, *rest = package.split(".")
        folder = ROOT / dirs[package] if package in dirs else (ROOT / dirs[top]).joinpath(*rest)
        files.update(folder.glob("*.py"))
        for pattern in data.get(package, ()):
            files.update(p for p in folder.glob(pattern) if p.is_file())
    return files


def sources() -> set[Path]:
    """All files that belong to the two packages."""
    return {
        path
        for folder in ("snowc", "runtime")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not LEFTOVERS & set(path.parts) and path.suffix not in BUILT
    }


def test_every_file_of_the_packages_is_shipped(setup: ModuleType) -> None:
    files = shipped(setup.packages(), setup.PACKAGE_DIRS, setup.PACKAGE_DATA)
    assert not sorted(str(p.relative_to(ROOT)) for p in sources() - files)


def test_a_file_without_a_pattern_would_be_seen(setup: ModuleType) -> None:
    data = {**setup.PACKAGE_DATA, "snowrt.std": []}
    assert ROOT / "runtime/std/prelude.snow" not in shipped(setup.packages(), setup.PACKAGE_DIRS, data)


def test_this_platform_is_supported(setup: ModuleType) -> None:
    assert setup.unsupported() is None


@pytest.mark.parametrize(
    ("holder", "attribute", "value", "words"),
    [
        (sys, "platform", "darwin", "not on darwin"),
        (sys, "platform", "win32", "not on win32"),
        (platform, "machine", lambda: "riscv64", "riscv64"),
        (platform, "python_implementation", lambda: "PyPy", "CPython"),
        (sysconfig, "get_config_var", lambda name: 1, "interpreter lock"),
    ],
    ids=["macos", "windows", "riscv", "pypy", "free-threaded"],
)
def test_other_platforms_are_refused_in_one_line(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, holder: Any, attribute: str, value: Any, words: str
) -> None:
    monkeypatch.setattr(holder, attribute, value)
    reason = setup.unsupported()
    assert words in reason and "\n" not in reason


def test_the_wheel_fits_every_python_of_one_platform(setup: ModuleType) -> None:
    command = setup.PlatformWheel(setup.NativeDistribution({"name": "x"}))
    command.ensure_finalized()
    python, abi, system = command.get_tag()
    assert (python, abi) == ("py3", "none")
    assert system.startswith("linux_")
