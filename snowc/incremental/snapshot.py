"""What one check leaves for the next: one file per program, and one for the library.

In: the cache folder of `snowc/cache/store.py`. A snapshot is of one moment: all its entries come from the same
run, so that what has changed since is told by comparing with them. It counts only for the very toolchain that
wrote it, and is not written while the toolchain is being edited. Unreadable data is no data.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from snowc.cache import store
from snowc.cache.inputs import Inputs, digest
from snowc.diag.stored import Stored
from snowc.modules.outline import Facts, Outline
from snowc.types.interface import Interface
from snowrt import paths

FORMAT = 1
_DIGEST = 40


class Entry(NamedTuple):
    """A module as it was checked.

    `source` is the digest of its text. `deps` are the modules that its imports can mean, `before` a digest of
    all that modules before it share unasked, `world` one of the names that suggestions are chosen from. `told`
    are the diagnostics of inference, `matches` those of exhaustiveness checking. `foreign` are the other modules
    that diagnostics point into, with the digests of their texts.
    """

    source: str
    facts: Facts
    deps: tuple[str, ...]
    before: str
    world: str
    told: tuple[Stored, ...]
    matches: tuple[Stored, ...]
    foreign: tuple[tuple[str, str], ...]
    has_errors: bool
    interface: Interface


class Snapshot(NamedTuple):
    """All modules of a program, and the names of the library modules it had loaded."""

    library: tuple[str, ...]
    entries: Mapping[str, Entry]


class LibraryModule(NamedTuple):
    """A library module; `names` are all that it declares, private ones included."""

    facts: Facts
    names: frozenset[str]
    interface: Interface


NOTHING = Snapshot((), {})


def toolchain() -> tuple[str, ...]:
    """The folders whose files decide what a check says."""
    return (_folder_of(__file__, 2), _folder_of(paths.__file__, 1), paths.std_sources())


class Store:
    """Where the snapshots of one program are kept, if they can be; `folders` are those of `toolchain`."""

    def __init__(self, program: str, folders: Sequence[str]) -> None:
        self._folder = store.private_folder(create=True)
        inputs = Inputs()
        for folder in folders:
            inputs.add_tree(folder)
        self._reliable = inputs.reliable
        self._toolchain = digest(f"{FORMAT}\0{sys.version}\0{inputs.key()}".encode())
        self._program = f"program\0{os.path.abspath(program)}"
        self._library = "\0".join(("library", *folders))

    def load(self) -> tuple[Snapshot, dict[str, LibraryModule]]:
        """The last snapshot of the program, and the library modules that any program has needed so far."""
        library = self._load_library()
        data = self._read(self._program)
        if data is None:
            return NOTHING, library
        snapshot = unpack(data)
        # Which names of the library came or went could not be told without the modules that had them.
        return (snapshot, library) if library.keys() >= set(snapshot.library) else (NOTHING, library)

    def _load_library(self) -> dict[str, LibraryModule]:
        data = self._read(self._library)
        return {} if data is None else unpack_library(data)

    def save(self, snapshot: Snapshot) -> None:
        self._write(self._program, pack(snapshot))

    def save_library(self, library: Mapping[str, LibraryModule]) -> None:
        self._write(self._library, pack_library(library))

    # ---- files -----------------------------------------------------------------------------------

    def _path(self, what: str) -> str | None:
        if self._folder is None or not self._reliable:
            return None
        return os.path.join(self._folder, digest(what.encode("utf-8", "surrogateescape")) + store.CHECKED)

    def _read(self, what: str) -> bytes | None:
        path = self._path(what)
        data = None if path is None else store.read(path)
        if path is None or data is None:
            return None
        toolchain, whole, body = data[:_DIGEST], data[_DIGEST : 2 * _DIGEST], data[2 * _DIGEST :]
        if toolchain != self._toolchain.encode() or whole != digest(body).encode():
            return None
        store.touch(path)
        return body

    def _write(self, what: str, body: bytes) -> None:
        path = self._path(what)
        if path is not None and self._folder is not None:
            store.write(path, self._toolchain.encode() + digest(body).encode() + body)
            store.evict(self._folder)


# ---- data --------------------------------------------------------------------------------------


def pack(snapshot: Snapshot) -> bytes:
    entries = {
        name: (entry.source, _flat(entry.facts), *entry[2:-1], tuple(entry.interface))
        for name, entry in snapshot.entries.items()
    }
    return marshal.dumps((snapshot.library, entries))


def unpack(data: bytes) -> Snapshot:
    library, entries = marshal.loads(data)
    return Snapshot(library, {name: _entry(fields) for name, fields in entries.items()})


def pack_library(library: Mapping[str, LibraryModule]) -> bytes:
    return marshal.dumps({name: (_flat(m.facts), m.names, tuple(m.interface)) for name, m in library.items()})


def unpack_library(data: bytes) -> dict[str, LibraryModule]:
    return {
        name: LibraryModule(_facts(*facts), names, Interface(*interface))
        for name, (facts, names, interface) in marshal.loads(data).items()
    }


def _folder_of(file: str, levels: int) -> str:
    for _ in range(levels):
        file = os.path.dirname(os.path.abspath(file))
    return file


def _flat(facts: Facts) -> tuple[object, ...]:
    return (tuple(facts.outline), facts.needs)


def _facts(outline: tuple[Any, ...], needs: tuple[str, ...]) -> Facts:
    return Facts(Outline(*outline), needs)


def _entry(fields: tuple[Any, ...]) -> Entry:
    source, facts, *others, interface = fields
    return Entry._make((source, _facts(*facts), *others, Interface(*interface)))
