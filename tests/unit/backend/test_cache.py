"""The cache: no stale results, no trust in strange folders, bounded size."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from snowc.backend import cache
from snowc.cache import inputs as cache_inputs
from snowc.cache import store
from snowc.cache.inputs import Inputs

OPTIONS = ("run", "O1")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, and a process that started long after every file was written."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    _start_process(monkeypatch, time.time_ns() + 10**12)
    return tmp_path


def _start_process(monkeypatch: pytest.MonkeyPatch, started: int) -> None:
    monkeypatch.setattr(cache_inputs, "_STARTED_NS", started)


class Program:
    """A program with an input of every kind."""

    def __init__(self, home: Path) -> None:
        self.main = home / "app" / "main.snow"
        self.helper = home / "app" / "helper.snow"
        self.tool = home / "tool" / "deep" / "pass.py"
        self.library = home / "lib.so"
        self.manifest = home / "app" / "snow.toml"
        for path in (self.main, self.helper, self.tool, self.library):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("content of " + path.name)

    def inputs(self) -> Inputs:
        found = Inputs()
        for path in (self.main, self.helper):
            found.add_file(str(path), path.read_bytes())
        found.add_listing(str(self.main.parent))
        found.add_absent(str(self.manifest))
        found.add_tree(str(self.tool.parent.parent))
        found.add_stat(str(self.library))
        return found

    def store(self, image: bytes = b"image", extra: bytes = b"") -> str | None:
        return cache.store(str(self.main), OPTIONS, self.inputs(), image, extra)

    def lookup(self) -> cache.Hit | None:
        return cache.lookup(str(self.main), OPTIONS)


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home)


def test_what_was_stored_is_found(program: Program) -> None:
    assert program.lookup() is None
    program.store(b"code", b"warnings")
    hit = program.lookup()
    assert hit is not None
    assert Path(hit.image).read_bytes() == b"code"
    assert hit.extra == b"warnings"


def _edit(path: Path) -> None:
    path.write_text(path.read_text() + "!")


CHANGES: dict[str, Callable[[Program], object]] = {
    "the main file": lambda p: _edit(p.main),
    "an imported file": lambda p: _edit(p.helper),
    "an imported file is gone": lambda p: p.helper.unlink(),
    "a new module beside it": lambda p: (p.main.parent / "new.snow").write_text("x"),
    "a file that was missing": lambda p: p.manifest.write_text("x"),
    "a file of the toolchain": lambda p: _edit(p.tool),
    "a new file in the toolchain": lambda p: (p.tool.parent / "new.py").write_text("x"),
    "the compiled core": lambda p: p.library.write_text("other"),
    "the library is gone": lambda p: p.library.unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_input_is_a_miss(program: Program, change: str) -> None:
    program.store()
    CHANGES[change](program)
    assert program.lookup() is None


def test_a_change_that_keeps_size_and_modification_time_is_a_miss(program: Program) -> None:
    program.store()
    st = program.main.stat()
    program.main.write_text(program.main.read_text()[::-1])
    os.utime(program.main, ns=(st.st_atime_ns, st.st_mtime_ns))
    assert program.lookup() is None


def test_a_change_within_the_clocks_grain_is_a_miss(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the stamp stayed exactly the same, a file that was fresh when it was read is hashed."""
    _start_process(monkeypatch, time.time_ns())
    found = Inputs()
    found.add_file(str(program.main), program.main.read_bytes())
    cache.store(str(program.main), OPTIONS, found, b"image")
    assert program.lookup() is not None
    stamp = cache_inputs._stamp(str(program.main))
    monkeypatch.setattr(cache_inputs, "_stamp", lambda path: stamp)
    program.main.write_text(program.main.read_text()[::-1])
    assert program.lookup() is None


def test_a_touched_file_is_hashed_and_then_trusted_again(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program.store()
    os.utime(program.main, (1, 1))
    assert program.lookup() is not None
    monkeypatch.setattr(cache_inputs, "_read", lambda path: pytest.fail("hashed again"))
    assert program.lookup() is not None


def test_a_file_that_changed_while_it_was_compiled_is_not_kept(program: Program) -> None:
    found = program.inputs()
    found.add_file(str(program.helper), b"what the compiler read before somebody saved the file")
    assert cache.store(str(program.main), OPTIONS, found, b"image") is None
    assert program.lookup() is None


def test_a_toolchain_that_is_being_edited_is_not_trusted(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    _start_process(monkeypatch, time.time_ns())
    assert program.store() is None


def test_other_options_another_path_another_processor(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program.store()
    assert cache.lookup(str(program.main), ("run", "O2")) is None
    assert cache.lookup(str(program.helper), OPTIONS) is None
    assert program.lookup() is not None
    with monkeypatch.context() as other:
        other.setattr(cache_inputs, "cpu_identity", lambda: "another processor")
        assert program.lookup() is None
    assert program.lookup() is not None


def test_another_compiler_has_entries_of_its_own(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program.store(b"of this one")
    monkeypatch.setattr(cache_inputs, "_HERE", "/elsewhere/snowc/cache")
    assert program.lookup() is None


def test_folder_and_files_are_private(program: Program, home: Path) -> None:
    image = program.store()
    assert image is not None
    assert (home / "cache" / "snow").stat().st_mode & 0o777 == 0o700
    assert os.stat(image).st_mode & 0o077 == 0


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o755])
def test_a_folder_others_may_enter_is_not_used(program: Program, home: Path, mode: int) -> None:
    program.store()
    (home / "cache" / "snow").chmod(mode)
    assert program.lookup() is None
    assert program.store() is None


def test_a_link_in_the_folders_place_is_not_used(program: Program, home: Path) -> None:
    (home / "elsewhere").mkdir(mode=0o700)
    (home / "cache").mkdir()
    (home / "cache" / "snow").symlink_to(home / "elsewhere")
    assert program.store() is None


def test_a_folder_of_somebody_else_is_not_used(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program.store()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert program.lookup() is None


def test_damaged_files_are_misses(program: Program, home: Path) -> None:
    image = program.store(b"a whole image")
    assert image is not None
    Path(image).write_bytes(b"half")
    assert program.lookup() is None
    program.store(b"a whole image")
    (manifest,) = (home / "cache" / "snow").glob("*.manifest")
    manifest.write_bytes(manifest.read_bytes()[:40])
    assert program.lookup() is None
    manifest.write_bytes(b"")
    assert program.lookup() is None


def test_a_place_that_cannot_be_written_only_costs_time(program: Program, home: Path) -> None:
    (home / "cache").write_text("a file where the folder should be")
    assert program.store() is None
    assert program.lookup() is None


def test_the_least_recently_used_goes_first(home: Path) -> None:
    for name, age in (("old.so", 300), ("older.so", 400), ("new.so", 10), ("unrelated.txt", 900)):
        (home / name).write_bytes(bytes(100))
        os.utime(home / name, (time.time() - age,) * 2)
    store.evict(str(home), 200)
    assert {p.name for p in home.iterdir() if p.is_file()} == {"old.so", "new.so", "unrelated.txt"}


def test_a_new_version_replaces_the_old_image(program: Program, home: Path) -> None:
    old = program.store(b"old")
    _edit(program.main)
    new = program.store(b"new")
    assert old != new
    assert [str(p) for p in (home / "cache" / "snow").glob("*.so")] == [new]


def test_nothing_is_left_aside(program: Program, home: Path) -> None:
    program.store()
    program.store(b"again")
    assert not list((home / "cache" / "snow").glob("*.tmp"))


def test_an_image_that_is_not_kept_can_still_be_opened() -> None:
    path = cache.in_memory(b"image")
    assert Path(path).read_bytes() == b"image"
