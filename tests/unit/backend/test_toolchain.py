"""Finding compilers and linkers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from snowc.backend import toolchain


def _tool(folder: Path, name: str) -> str:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture(autouse=True)
def no_zig(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "find_spec", lambda name: None)


def test_cc_variable_comes_first_and_may_have_options(tmp_path: Path) -> None:
    _tool(tmp_path, "cc")
    mine = _tool(tmp_path, "mycc")
    found = toolchain.find_c_compiler({"PATH": str(tmp_path), "CC": "mycc -m64"})
    assert found == toolchain.CCompiler((mine, "-m64"))


def test_a_variable_that_names_nothing_is_passed_over(tmp_path: Path) -> None:
    gcc = _tool(tmp_path, "gcc")
    assert toolchain.find_c_compiler({"PATH": str(tmp_path), "CC": "absent"}) == toolchain.CCompiler((gcc,))


def test_zig_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "find_spec", lambda name: object())
    found = toolchain.find_c_compiler({"PATH": str(tmp_path)})
    assert found == toolchain.CCompiler((sys.executable, "-m", "ziglang", "cc"))
    assert toolchain.find_shared_linker({"PATH": str(tmp_path)}) is None


def test_nothing_found(tmp_path: Path) -> None:
    assert toolchain.find_c_compiler({"PATH": str(tmp_path)}) is None
    assert toolchain.find_shared_linker({"PATH": str(tmp_path)}) is None
    assert "install" in toolchain.missing_compiler_help()


def test_the_bare_linker_is_preferred_for_images(tmp_path: Path) -> None:
    cc = _tool(tmp_path, "cc")
    assert toolchain.find_shared_linker({"PATH": str(tmp_path)}) == toolchain.SharedLinker((cc,), is_driver=True)
    ld = _tool(tmp_path, "ld")
    assert toolchain.find_shared_linker({"PATH": str(tmp_path)}) == toolchain.SharedLinker((ld,), is_driver=False)
