"""Where a build puts its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from snowc.options import Options


def test_a_file_becomes_a_name_without_suffix(tmp_path: Path) -> None:
    assert Options().executable(Path("a/b.snow")) == Path("a/b")
    assert Options().artifact(Path("a/b.snow"), ".ll") == Path("a/b.ll")


def test_a_directory_holds_an_executable_of_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "weather"
    folder.mkdir()
    assert Options().executable(folder) == folder / "weather"
    monkeypatch.chdir(folder)
    assert Options().executable(Path(".")) == Path("weather")
    assert Options().artifact(Path("."), ".mir") == Path("weather.mir")


def test_a_directory_that_is_named_like_a_file_is_a_directory(tmp_path: Path) -> None:
    folder = tmp_path / "odd.snow"
    folder.mkdir()
    assert Options().executable(folder) == folder / "odd.snow"


def test_output_decides(tmp_path: Path) -> None:
    options = Options(output=Path("bin/app.exe"))
    assert options.executable(Path("x.snow")) == Path("bin/app.exe")
    assert options.artifact(Path("x.snow"), ".ll") == Path("bin/app.ll")


def test_the_code_key_names_what_shapes_code() -> None:
    assert Options(opt_level=0).code_key() != Options(opt_level=1).code_key()
    assert Options(target="aarch64-linux-gnu").code_key() != Options().code_key()
    assert Options(json=True, timings=True).code_key() == Options().code_key()
