"""Finding, building and refusing the core."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from snowrt import build_core, load, paths
from snowrt.abi import ROWS


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No installed core, an empty cache, and a compiler that only makes what is asked for."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(paths, "installed_core", lambda: str(tmp_path / "installed"))
    return tmp_path


def _pretend_build(target: str, content: bytes) -> None:
    Path(target).mkdir(parents=True, exist_ok=True)
    (Path(target) / build_core.SHARED).write_bytes(content)
    (Path(target) / build_core.STATIC).write_bytes(b"")


def _current() -> bytes:
    return b"...snow-source-hash:" + build_core.source_hash().encode() + b"..."


def test_an_installed_core_is_used(fresh: Path) -> None:
    _pretend_build(str(fresh / "installed"), _current())
    assert load.core_folder() == str(fresh / "installed")
    assert not (fresh / "cache").exists()


def test_a_stale_core_is_built_anew_once(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builds: list[str] = []

    def build(target: str) -> None:
        builds.append(target)
        _pretend_build(target, _current())

    monkeypatch.setattr(build_core, "build_core", build)
    _pretend_build(str(fresh / "installed"), b"snow-source-hash:0000")
    folder = load.core_folder()
    assert folder == load.core_folder() and len(builds) == 1
    assert folder.startswith(str(fresh / "cache" / "snow" / "core-"))
    assert os.stat(fresh / "cache" / "snow").st_mode & 0o777 == 0o700
    assert os.listdir(fresh / "cache" / "snow") == [os.path.basename(folder)]


def test_without_a_compiler_the_message_says_what_to_install(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "/nowhere/cc")
    with pytest.raises(load.CoreUnavailable, match="install gcc or clang"):
        load.core_folder()


def test_a_cache_that_others_can_write_is_refused(fresh: Path) -> None:
    (fresh / "cache" / "snow").mkdir(parents=True)
    os.chmod(fresh / "cache" / "snow", 0o777)
    with pytest.raises(load.CoreUnavailable, match="0700"):
        load.core_folder()


def test_a_failing_build_is_reported_and_leaves_nothing(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "false")
    with pytest.raises(load.CoreUnavailable, match="building Snow's core failed"):
        load.core_folder()
    assert os.listdir(fresh / "cache" / "snow") == []


def test_other_platforms_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(load.CoreUnavailable, match="not on win32"):
        load.check_platform()


def test_the_library_carries_the_hash(open_core: Path) -> None:
    library = ctypes.CDLL(str(open_core / build_core.SHARED))
    library.snow_source_hash.restype = ctypes.c_char_p
    assert library.snow_source_hash().decode() == build_core.source_hash()


def test_only_the_interface_is_exported(tmp_path: Path) -> None:
    if build_core.compiler() is None:
        pytest.skip("there is no C compiler")
    build_core.build_core(tmp_path)
    shared = str(tmp_path / build_core.SHARED)
    listing = subprocess.run(["nm", "-D", "--defined-only", shared], capture_output=True, text=True, check=True)
    symbols = {line.split()[-1] for line in listing.stdout.splitlines()}
    # What the event loop of the services calls is declared in include/snow_ws.h and snow_wsconn.h.
    of_the_loop = {name for name in symbols if re.match("snow_ws(p|py|conn|proc)_", name)}
    of_tests = {"snow_stats_row"}
    assert symbols - of_the_loop - of_tests == {row.symbol for row in ROWS if row.provider != "inline"}


def test_importing_the_loader_is_cheap() -> None:
    code = "import sys, snowrt.load; print(sorted({'ctypes', 'subprocess', 'tempfile', 'pathlib'} & set(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout == "[]\n"
