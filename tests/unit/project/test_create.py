"""New projects."""

from __future__ import annotations

from pathlib import Path

import pytest

from snowc.diag.core import Sink
from snowc.project.create import create
from snowc.project.manifest import read_manifest
from snowc.source.files import SourceMap


def test_a_new_project_is_a_manifest_and_a_program(tmp_path: Path) -> None:
    sink = Sink()
    assert create(str(tmp_path / "deep" / "hello-world"), sink)
    folder = tmp_path / "deep" / "hello-world"
    assert sorted(p.name for p in folder.iterdir()) == ["main.snow", "snow.toml"]
    manifest = read_manifest(str(folder / "snow.toml"), SourceMap(), sink)
    assert manifest is not None and not sink.items
    assert (manifest.name, manifest.version, manifest.dependencies) == ("hello-world", "0.1.0", ())


@pytest.mark.parametrize(
    ("name", "message"),
    [("", "'' cannot be the name of a package: it is empty"), (".", "it must begin with a letter"),
     ("x/..", "it must begin with a letter"), ("there", "already exists"), ("there/inside", "cannot be written")],
)  # fmt: skip
def test_what_cannot_be_created(tmp_path: Path, name: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there").write_text("")
    sink = Sink()
    assert not create(name, sink)
    assert message in sink.items[0].message()
    assert [p.name for p in tmp_path.iterdir()] == ["there"]
