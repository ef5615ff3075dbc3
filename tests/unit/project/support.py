"""What tests of projects share: manifests in memory, repositories on disk."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from snowc.diag.core import Diagnostic, Sink
from snowc.project.manifest import Manifest, ManifestFile, parse_manifest
from snowc.source.files import SourceMap

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

_IDENTITY = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull} | {
    f"GIT_{role}_{what}": text for role in ("AUTHOR", "COMMITTER") for what, text in (("NAME", "t"), ("EMAIL", "t@t"))
}


def package(name: str, **dependencies: str) -> str:
    """The text of a manifest; `_` in the names of dependencies stands for `-`."""
    lines = [f"{key.replace('_', '-')} = {source}" for key, source in dependencies.items()]
    return "\n".join(["[package]", f'name = "{name}"', 'version = "0.1.0"', "", "[dependencies]", *lines, ""])


def parsed(text: str) -> tuple[Manifest | None, Sink, SourceMap]:
    sources, sink = SourceMap(), Sink()
    return parse_manifest(ManifestFile("snow.toml", text, sources), sink), sink, sources


def told(diag: Diagnostic, sources: SourceMap) -> str:
    """Code, place, message and help in one line."""
    place = ""
    if diag.labels():
        line, column = sources.position(diag.span)
        place = f" {os.path.basename(sources.path(diag.span.file))}:{line}:{column} `{sources.snippet(diag.span)}`"
    advice = diag.help()
    return f"{diag.code}{place} {diag.message()}" + (f" ({advice})" if advice else "")


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **_IDENTITY}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder: Path, files: Mapping[str, str], tag: str = "") -> str:
    """Commit files to the repository in `folder`, made if need be; gives the commit's hash."""
    write(folder, files)
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=change")
    if tag:
        git(folder, "tag", "--force", tag)
    return git(folder, "rev-parse", "HEAD")


def url(folder: Path) -> str:
    return f"file://{folder}"


def set_age(path: Path, seconds: float) -> None:
    """Make a file as old as told, so that tests need not wait."""
    now = path.stat().st_mtime
    os.utime(path, (now - seconds, now - seconds))
