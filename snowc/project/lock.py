"""The lock: `snow.lock` as data, read and written (language.md 8.5)."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

FILE_NAME = "snow.lock"
VERSION = 1
LOCAL = "local"
"""The revision of a path dependency."""


class BadLock(Exception):
    """A text that is no lock; the words say why."""


@dataclass(frozen=True, order=True)
class LockedPackage:
    """One package: where it comes from, and the commit; `LOCAL` for a folder."""

    name: str
    source: str
    revision: str


def parse_lock(data: bytes) -> dict[str, LockedPackage]:
    """The packages of a lock by name; raises `BadLock`."""
    try:
        content = tomllib.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadLock(str(error)) from error
    if content.get("version") != VERSION:
        raise BadLock(f"its version is not {VERSION}")
    entries = content.get("packages", [])
    if not isinstance(entries, list):
        raise BadLock("`packages` is not an array of tables")
    return {package.name: package for package in map(_package, entries)}


def _package(entry: object) -> LockedPackage:
    fields = ("name", "source", "revision")
    if not isinstance(entry, dict) or not all(isinstance(entry.get(key), str) for key in fields):
        raise BadLock("a package does not have the strings `name`, `source` and `revision`")
    return LockedPackage(*(entry[key] for key in fields))


def lock_text(packages: Iterable[LockedPackage]) -> str:
    """A lock, its packages sorted by name."""
    blocks = [
        f"\n[[packages]]\nname = {_quoted(p.name)}\nsource = {_quoted(p.source)}\nrevision = {_quoted(p.revision)}\n"
        for p in sorted(packages)
    ]
    return "".join([f"version = {VERSION}\n", *blocks])


def _quoted(text: str) -> str:
    """A basic string of TOML, whose escapes are those of JSON but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def write_lock(path: str, packages: Iterable[LockedPackage]) -> None:
    """Write a lock so that others see the old one or the new one; raises OSError."""
    aside = f"{path}.{os.getpid()}.tmp"
    try:
        with open(aside, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(lock_text(packages))
        os.replace(aside, path)
    except OSError:
        if os.path.exists(aside):
            os.unlink(aside)
        raise
