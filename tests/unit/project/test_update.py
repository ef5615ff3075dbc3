"""`snowc deps`: fetching with the real git, from repositories in temporary folders."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from snowc.diag.core import Sink
from snowc.project.locate import find_packages
from snowc.project.update import Updated, update
from snowc.source.files import SourceMap
from tests.unit.project.support import commit, git, needs_git, package, set_age, told, url, write

pytestmark = needs_git


@dataclass
class Project:
    """A program and a repository it may use."""

    root: Path
    geo: Path
    said: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def write(self, *dependencies: str) -> None:
        """A new manifest, newer than any lock."""
        text = package("app") + "".join(f"{line}\n" for line in dependencies)
        write(self.root, {"snow.toml": text, "main.snow": "fn main() = ()\n"})
        lock = self.root / "snow.lock"
        if lock.exists():
            set_age(lock, 60)

    def use_geo(self, request: str = "") -> None:
        self.write(f'geo = {{ git = "{url(self.geo)}"{request} }}')

    def deps(self) -> Updated | None:
        sources, sink = SourceMap(), Sink()
        self.said.clear()
        done = update(str(self.root), sources, sink, self.said.append)
        self.errors = [told(diag, sources) for diag in sink.items]
        assert (done is None) == bool(self.errors)
        return done

    def resolved(self) -> int:
        """How many packages `deps` resolved."""
        done = self.deps()
        assert done is not None and not done.was_current, self.errors
        return done.count

    @property
    def checkout(self) -> Path:
        return self.root / ".snow" / "deps" / "geo"

    def head(self) -> str:
        return git(self.checkout, "rev-parse", "HEAD")

    def is_buildable(self) -> bool:
        sink = Sink()
        find_packages(str(self.root), SourceMap(), sink)
        return not sink.items


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name in ("app", "geo"):
        (tmp_path / name).mkdir()
    return Project(tmp_path / "app", tmp_path / "geo")


def test_a_clone_is_detached_locked_and_hidden(project: Project) -> None:
    first = commit(project.geo, {"plan.snow": "one"}, tag="v1")
    commit(project.geo, {"plan.snow": "two"})
    project.use_geo(', tag = "v1"')
    assert not project.is_buildable()
    assert project.resolved() == 1
    assert project.said == [f"  Fetching geo from {url(project.geo)}"]
    assert (project.checkout / "plan.snow").read_text() == "one"
    assert project.head() == first
    assert git(project.checkout, "rev-parse", "--abbrev-ref", "HEAD") == "HEAD"
    assert (project.root / "snow.lock").read_text() == (
        f'version = 1\n\n[[packages]]\nname = "geo"\nsource = "{url(project.geo)}"\nrevision = "{first}"\n'
    )
    assert (project.root / ".snow" / ".gitignore").read_text().endswith("\n*\n")
    assert sorted(p.name for p in project.checkout.parent.iterdir()) == ["geo", "geo.origin"]
    assert project.is_buildable()


def test_nothing_is_done_twice(project: Project) -> None:
    commit(project.geo, {"a.snow": ""})
    project.use_geo()
    project.deps()
    assert project.deps() == Updated(1, was_current=True)
    assert project.said == []


def test_no_dependencies(project: Project) -> None:
    project.write()
    assert project.deps() == Updated(0, was_current=False)
    assert (project.root / "snow.lock").read_text() == "version = 1\n"
    assert project.deps() == Updated(0, was_current=True)


@pytest.mark.parametrize("request_kind", ["default", "branch", "tag", "rev", "short rev"])
def test_a_changed_manifest_fetches_what_is_wanted(project: Project, request_kind: str) -> None:
    old = commit(project.geo, {"a.snow": "old"}, tag="t")
    git(project.geo, "branch", "side")
    project.use_geo()
    project.deps()
    new = commit(project.geo, {"a.snow": "new"}, tag="t")
    git(project.geo, "branch", "--force", "side")
    write(project.checkout, {"a.snow": "changed by hand", "stray.snow": ""})
    requests = {"default": "", "branch": ', branch = "side"', "tag": ', tag = "t"', "rev": f', rev = "{new}"',
                "short rev": f', rev = "{new[:8]}"'}  # fmt: skip
    project.use_geo(requests[request_kind])
    assert project.resolved() == 1
    assert project.head() == new != old
    assert sorted(p.name for p in project.checkout.iterdir()) == [".git", "a.snow"]
    assert (project.checkout / "a.snow").read_text() == "new"


def test_rev_goes_before_tag_and_tag_before_branch(project: Project) -> None:
    first = commit(project.geo, {"a.snow": "1"})
    second = commit(project.geo, {"a.snow": "2"}, tag="t")
    commit(project.geo, {"a.snow": "3"})
    project.use_geo(f', branch = "main", tag = "t", rev = "{first}"')
    project.resolved()
    assert project.head() == first
    project.use_geo(', branch = "main", tag = "t"')
    project.resolved()
    assert project.head() == second


def test_a_fresh_clone_of_the_program_gets_what_the_lock_names(project: Project) -> None:
    locked = commit(project.geo, {"a.snow": "1"})
    project.use_geo()
    project.deps()
    commit(project.geo, {"a.snow": "2"})
    for path in sorted((project.root / ".snow").rglob("*"), reverse=True):
        path.unlink() if path.is_file() or path.is_symlink() else path.rmdir()
    assert not project.is_buildable()
    assert project.resolved() == 1
    assert project.head() == locked
    assert project.deps() == Updated(1, was_current=True)


def test_a_known_commit_needs_no_network(project: Project) -> None:
    wanted = commit(project.geo, {"a.snow": "1"})
    project.use_geo()
    project.deps()
    project.geo.rename(project.geo.with_name("gone"))
    project.use_geo(f', rev = "{wanted}"')
    assert project.resolved() == 1


def test_another_repository_of_the_same_name_replaces_the_checkout(project: Project) -> None:
    commit(project.geo, {"a.snow": "1"})
    project.use_geo()
    project.deps()
    other = project.geo.with_name("other")
    other.mkdir()
    commit(other, {"b.snow": "2"})
    project.geo = other
    project.use_geo()
    project.resolved()
    assert (project.checkout / "b.snow").exists()
    assert not (project.checkout / "a.snow").exists()


def test_dependencies_of_dependencies(project: Project) -> None:
    units = project.geo.with_name("units")
    units.mkdir()
    commit(units, {"length.snow": ""})
    commit(project.geo, {"snow.toml": package("geo", units=f'{{ git = "{url(units)}" }}', own='{ path = "own" }'),
                         "own/a.snow": ""})  # fmt: skip
    write(project.root.with_name("local"), {"snow.toml": package("local", geo=f'{{ git = "{url(project.geo)}" }}')})
    project.write('local = { path = "../local" }')
    assert project.resolved() == 4
    lock = (project.root / "snow.lock").read_text()
    assert [line for line in lock.splitlines() if line.startswith(("name", "source"))] == [
        'name = "geo"', f'source = "{url(project.geo)}"', 'name = "local"', 'source = "../local"',
        'name = "own"', 'source = ".snow/deps/geo/own"', 'name = "units"', f'source = "{url(units)}"',
    ]  # fmt: skip
    assert project.is_buildable()


def test_a_relative_repository_is_meant_from_the_manifest(project: Project) -> None:
    commit(project.geo, {"a.snow": ""})
    project.write('geo = { git = "../geo" }')
    assert project.resolved() == 1
    assert 'source = "../geo"' in (project.root / "snow.lock").read_text()


@pytest.mark.parametrize(
    ("request_text", "wanted"),
    [(', tag = "v9"', "tag v9"), (', branch = "none"', "branch none"), (', rev = "abcdef0123"', "rev abcdef0123"),
     (', rev = "v9"', "rev v9"), (f', rev = "{"0" * 40}"', f"commit {'0' * 40}")],
)  # fmt: skip
def test_what_the_repository_does_not_have(project: Project, request_text: str, wanted: str) -> None:
    commit(project.geo, {"a.snow": ""})
    project.use_geo(request_text)
    assert project.deps() is None
    assert project.errors == [f"C0001 snow.toml:6:1 `geo` dependency 'geo': there is no {wanted} in {url(project.geo)}"]
    assert not (project.root / "snow.lock").exists()
    assert list((project.root / ".snow" / "deps").iterdir()) == []


def test_an_empty_repository_has_no_default_branch(project: Project) -> None:
    git(project.geo, "init", "--quiet")
    project.use_geo()
    assert project.deps() is None
    assert "there is no default branch" in project.errors[0]


def test_a_repository_that_is_not_there(project: Project) -> None:
    project.geo = project.geo.with_name("nowhere")
    project.use_geo()
    assert project.deps() is None
    assert f"dependency 'geo' cannot be fetched from {url(project.geo)}: " in project.errors[0]
    assert str(project.geo) in project.errors[0].split(": ", 1)[1]


def test_git_itself_may_be_missing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.use_geo()
    monkeypatch.setenv("PATH", str(project.root))
    assert project.deps() is None
    assert project.errors == ["C0001 dependency 'geo' needs the program git, which was not found (install git)"]


def test_variables_of_a_surrounding_git_do_not_mislead(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(project.geo, {"a.snow": ""})
    project.use_geo()
    monkeypatch.setenv("GIT_DIR", str(project.root / "elsewhere"))
    assert project.resolved() == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda root: None, "C0001 'DIR' does not exist"),
        (lambda root: root.write_text(""), "C0001 'DIR' is not a directory"),
        (lambda root: root.mkdir(), "C0001 No 'snow.toml' found in DIR (`snowc init NAME` makes a project with one)"),
    ],
)
def test_without_a_manifest(tmp_path: Path, make: object, message: str) -> None:
    root = tmp_path / "x"
    assert callable(make)
    make(root)
    sources, sink = SourceMap(), Sink()
    assert update(str(root), sources, sink, print) is None
    assert [told(diag, sources) for diag in sink.items] == [message.replace("DIR", str(root))]


def test_a_lock_that_cannot_be_written(project: Project) -> None:
    project.write()
    os.mkdir(project.root / "snow.lock")
    set_age(project.root / "snow.lock", 60)
    assert project.deps() is None
    assert "snow.lock' cannot be written" in project.errors[0]
    assert sorted(p.name for p in project.root.iterdir()) == ["main.snow", "snow.lock", "snow.toml"]


def test_a_broken_lock_is_written_anew(project: Project) -> None:
    commit(project.geo, {"a.snow": ""})
    project.use_geo()
    write(project.root, {"snow.lock": "nonsense"})
    assert project.resolved() == 1
    assert project.is_buildable()
