"""A wheel works in an empty environment far from the checkout; so does an editable install.

Slow: each builds in a copy of the tree and installs into an environment of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.full

ROOT = Path(__file__).resolve().parents[3]
IGNORED = shutil.ignore_patterns(
    ".git", ".venv", "build", "dist", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis", "*.so", "*.a", "*.o"
)
HELLO = 'fn main() do\n  println("hello from ${1 + 1} worlds")\nend\n'
GREETING = "hello from 2 worlds\n"


def call(*command: str | Path, cwd: Path, home: Path) -> str:
    """Run a command as a user would whose environment knows nothing of a checkout."""
    env = {name: os.environ[name] for name in os.environ if not name.startswith(("PYTHON", "SNOW", "PYTEST"))}
    env |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    env.pop("VIRTUAL_ENV", None)
    result = subprocess.run([str(c) for c in command], capture_output=True, text=True, cwd=cwd, env=env, timeout=900)
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def environment(folder: Path) -> Path:
    """An empty virtual environment; gives its folder of commands."""
    venv.create(folder, with_pip=True, symlinks=True)
    return folder / "bin"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, without anything built."""
    copy = tmp_path_factory.mktemp("copy") / "snow"
    shutil.copytree(ROOT, copy, ignore=IGNORED)
    return copy


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", work, tree, cwd=work, home=work)
    (path,) = work.glob("*.whl")
    return path


def test_the_wheel_holds_two_packages_and_the_compiled_core(wheel: Path) -> None:
    assert wheel.name.startswith("snowc-0.1.0-py3-none-linux_")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"snowc", "snowrt"}
    assert {
        "snowc/syntax/snow.lark",
        "snowrt/core/include/snow.h",
        "snowrt/std/prelude.snow",
        "snowrt/lib/libsnowrt.so",
        "snowrt/lib/libsnowrt.a",
    } <= names


def test_an_installed_wheel_runs_and_builds(wheel: Path, tmp_path: Path) -> None:
    commands = environment(tmp_path / "env")
    call(commands / "pip", "install", "--quiet", wheel, cwd=tmp_path, home=tmp_path)
    (tmp_path / "hello.snow").write_text(HELLO, encoding="utf-8")
    assert call(commands / "snowc", "run", "hello.snow", cwd=tmp_path, home=tmp_path) == GREETING
    call(commands / "snowc", "build", "hello.snow", cwd=tmp_path, home=tmp_path)
    assert call("/usr/bin/env", "-i", tmp_path / "hello", cwd=Path("/"), home=tmp_path) == GREETING


def test_an_editable_install_runs_from_elsewhere(tree: Path, tmp_path: Path) -> None:
    commands = environment(tmp_path / "env")
    call(commands / "pip", "install", "--quiet", "-e", tree, cwd=tmp_path, home=tmp_path)
    (tmp_path / "hello.snow").write_text(HELLO, encoding="utf-8")
    assert call(commands / "snowc", "run", "hello.snow", cwd=tmp_path, home=tmp_path) == GREETING
    # The core was compiled into the checkout, where the next run finds it.
    assert list((tree / "runtime" / "snowrt" / "lib").glob("libsnowrt.so"))
