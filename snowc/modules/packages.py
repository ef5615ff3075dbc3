"""Packages of a program, and what the modules of each may import (language.md 8.1, 8.5).

The program itself is the package without a prefix: its modules are named by their paths. The modules of a
dependency have the package's prefix in front, and inside the package they may be imported without it, so
that a package compiles alone and as a dependency. A package sees its own modules and those of all packages
that its manifest leads to, never those of the packages that use it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from snowc.modules.names import ENTRY_FILE, module_name
from snowc.source.files import SourceMap
from snowc.source.record import value


@value
class Package:
    """A dependency that is at hand: its folder, and the prefixes of the packages it declares itself."""

    name: str
    prefix: str
    folder: str
    uses: tuple[str, ...] = ()


@value
class FoundFile:
    """A source file of the program: its module, its package's prefix, and its paths.

    `below` is the path that panics name: below the program's folder, or of a dependency the package's name
    and the path below the package.
    """

    module: str
    package: str
    path: str
    below: str


def joined(folder: str, below: str) -> str:
    """A path in a folder, with one slash between."""
    return folder + below if folder.endswith("/") else f"{folder}/{below}"


def files_of(folder: str, sources: SourceMap, others: Iterable[str], package: Package | None) -> Iterator[FoundFile]:
    """The source files below a package's folder, but for those in the folders of `others`. Raises OSError.

    `package` is None for the program itself. The main.snow of a dependency is not part of it.
    """
    skipped = _inner(folder, others)
    for below in sources.reader.walk(folder):
        if below.startswith(skipped):
            continue
        path = joined(folder, below)
        if package is None:
            yield FoundFile(module_name(below), "", path, below)
        elif below != ENTRY_FILE:
            yield FoundFile(f"{package.prefix}.{module_name(below)}", package.prefix, path, f"{package.name}/{below}")


def _inner(folder: str, others: Iterable[str]) -> tuple[str, ...]:
    """Which of the other folders lie inside `folder`, as prefixes of paths below it."""
    base = joined(os.path.realpath(folder), "")
    real = (joined(os.path.realpath(other), "") for other in others)
    return tuple(other.removeprefix(base) for other in real if other.startswith(base) and other != base)


def visible_modules(modules: Mapping[str, Sequence[str]], packages: Sequence[Package]) -> dict[str, dict[str, str]]:
    """For each package, by prefix: the module that every path stands for that its modules may import.

    `modules` are the full names of the modules of each package.
    """
    uses = {package.prefix: package.uses for package in packages}
    all_packages = [package.prefix for package in packages]
    views = {"": _full_names(modules, ["", *all_packages])}
    for prefix in all_packages:
        own = {full.removeprefix(prefix + "."): full for full in modules.get(prefix, ())}
        views[prefix] = own | {
            path: full for path, full in _full_names(modules, _reached(prefix, uses)).items() if path not in own
        }
    return views


def _full_names(modules: Mapping[str, Sequence[str]], prefixes: Iterable[str]) -> dict[str, str]:
    return {full: full for prefix in prefixes for full in modules.get(prefix, ())}


def _reached(start: str, uses: Mapping[str, Sequence[str]]) -> list[str]:
    """The packages that `start` leads to, itself first."""
    found = {start: None}
    waiting = [start]
    while waiting:
        for target in uses.get(waiting.pop(), ()):
            if target not in found:
                found[target] = None
                waiting.append(target)
    return list(found)
