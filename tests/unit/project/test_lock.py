"""The lock file, written and read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.project.lock import BadLock, LockedPackage, lock_text, parse_lock, write_lock

GEO = LockedPackage("geo", "https://example.org/geo.git", "abc123")
UNITS = LockedPackage("units", "../units", "local")
TEXT = """\
version = 1

[[packages]]
name = "geo"
source = "https://example.org/geo.git"
revision = "abc123"

[[packages]]
name = "units"
source = "../units"
revision = "local"
"""


def test_packages_are_sorted_by_name() -> None:
    assert lock_text([UNITS, GEO]) == TEXT
    assert lock_text([]) == "version = 1\n"


def test_a_lock_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "snow.lock"
    write_lock(str(path), [UNITS])
    write_lock(str(path), [UNITS, GEO])
    assert path.read_text() == TEXT
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OSError):
        write_lock(str(tmp_path / "none" / "snow.lock"), [])


@pytest.mark.parametrize(
    "text",
    ["", "version = 2", "version =", "version = 1\npackages = 1", "version = 1\npackages = [1]",
     'version = 1\n[[packages]]\nname = "a"\nsource = "b"\n',
     'version = 1\n[[packages]]\nname=1\nsource=""\nrevision=""',
     "\udcff"],
)  # fmt: skip
def test_what_is_no_lock(text: str) -> None:
    with pytest.raises(BadLock):
        parse_lock(text.encode("utf-8", "surrogateescape"))


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(derandomize=True, database=None, max_examples=50)
@given(st.lists(st.builds(LockedPackage, WORDS, WORDS, WORDS), max_size=4, unique_by=lambda p: p.name))
def test_reading_gives_back_what_was_written(packages: list[LockedPackage]) -> None:
    read = parse_lock(lock_text(packages).encode())
    assert read == {p.name: p for p in packages}
    assert list(read) == sorted(read)
