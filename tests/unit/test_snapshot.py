"""Where snapshots are kept: for whom they count, and that nothing else does."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from snowc.cache import inputs
from snowc.incremental.snapshot import NOTHING, Entry, LibraryModule, Snapshot, Store
from snowc.modules.outline import Facts, Outline
from snowc.options import Options
from snowc.session import Session
from snowc.types.interface import Interface

INTERFACE = Interface(b"v", b"s", b"h", b"", b"p", ("A.T",))
FACTS = Facts(Outline((("A", "B"),), (("In", (("Deep", ()),)),)), ("List",))
TOLD = ("W0001", False, "unreachable", (("A", 1, 2, "here"), ("std:List", 3, 4, "there")), None, ("note",))
ENTRY = Entry("text", FACTS, ("A",), "before", "", (TOLD,), None, (("A", "digest"),), False, INTERFACE)
SNAPSHOT = Snapshot(("List",), {"Main": ENTRY, "B": ENTRY._replace(matches=(TOLD,), has_errors=True)})
LIBRARY = {"List": LibraryModule(FACTS, frozenset({"map", "sort"}), INTERFACE)}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, and a process that started long after every file was written."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(inputs, "_STARTED_NS", time.time_ns() + 10**12)
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool" / "infer.py").write_text("1")
    return tmp_path


def open_store(home: Path, program: str = "app") -> Store:
    return Store(program, [str(home / "tool")])


def filled(home: Path) -> Store:
    store = open_store(home)
    store.save_library(LIBRARY)
    store.save(SNAPSHOT)
    return store


def test_what_was_saved_is_loaded(home: Path) -> None:
    assert open_store(home).load() == (NOTHING, {})
    filled(home)
    assert open_store(home).load() == (SNAPSHOT, LIBRARY)


def test_programs_are_kept_apart_and_share_the_library(home: Path) -> None:
    filled(home)
    assert open_store(home, "other").load() == (NOTHING, LIBRARY)


def test_a_changed_toolchain_has_nothing(home: Path) -> None:
    filled(home)
    (home / "tool" / "infer.py").write_text("22")
    assert open_store(home).load() == (NOTHING, {})


def test_a_toolchain_that_is_being_edited_neither_saves_nor_loads(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(home)
    monkeypatch.setattr(inputs, "_STARTED_NS", 0)
    assert filled(home).load() == (NOTHING, {})


def test_a_snapshot_without_its_library_is_nothing(home: Path) -> None:
    store = filled(home)
    store.save_library({})
    assert store.load() == (NOTHING, {})


def test_damaged_files_are_nothing(home: Path) -> None:
    filled(home)
    for path in (home / "cache" / "snow").iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    assert open_store(home).load() == (NOTHING, {})
    for path in (home / "cache" / "snow").iterdir():
        path.write_bytes(b"")
    assert open_store(home).load() == (NOTHING, {})


def test_the_files_are_private(home: Path) -> None:
    filled(home)
    assert [p.stat().st_mode & 0o777 for p in (home / "cache" / "snow").iterdir()] == [0o600, 0o600]


def test_a_place_that_others_may_enter_only_costs_time(home: Path) -> None:
    filled(home)
    (home / "cache" / "snow").chmod(0o755)
    assert filled(home).load() == (NOTHING, {})


# ---- the session ---------------------------------------------------------------------------------


def check(path: Path) -> list[str]:
    """What a session says about a program, one line for each diagnostic."""
    session = Session(Options())
    session.check(path)
    where = session.sources.position
    return [f"{'{}:{}'.format(*where(d.span))} {d.code} {d.message()}" for d in session.sink.ordered()]


def test_a_second_check_says_the_same_without_inference(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = home / "app"
    app.mkdir()
    (app / "main.snow").write_text("import Shape\nfn main() do\n  println(Shape.name(1))\nend\n")
    (app / "shape.snow").write_text(
        'pub fn name(n :: Int) -> String do\n  case n do\n    _ -> "a"\n    1 -> "b"\n  end\nend\n'
    )
    monkeypatch.setattr("snowc.incremental.snapshot.toolchain", lambda: (str(home / "tool"),))
    first = check(app)
    assert first == ["4:5 W0001 unreachable arm"]
    with monkeypatch.context() as patched:
        patched.setattr("snowc.types.infer_module.infer_module", lambda *_: pytest.fail("inferred again"))
        assert check(app) == first
    (app / "shape.snow").write_text("\n" + (app / "shape.snow").read_text())
    assert check(app) == [line.replace("4:5", "5:5") for line in first]
