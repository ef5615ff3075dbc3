"""Dependencies as a build finds them: nothing is fetched, nothing is written.

A path dependency is where its manifest entry says. A git dependency must have been resolved before: it is in
`snow.lock`, and its checkout lies below `.snow/deps`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from snowc.diag.core import Sink
from snowc.modules.packages import Package, joined
from snowc.project import errors, lock, manifest
from snowc.project.lock import BadLock, LockedPackage, parse_lock
from snowc.project.manifest import GitSource, Manifest, read_manifest
from snowc.project.resolve import DEPENDENCIES, Checkout, Declared, resolve
from snowc.source.files import SourceMap

_ORIGIN = ".origin"


@dataclass(frozen=True)
class Origin:
    """What a checkout was made from: kept beside it, because the lock does not tell what was asked for."""

    location: str
    request: str
    revision: str

    def text(self) -> str:
        return f"{self.location}\n{self.request}\n{self.revision}\n"


def checkout_folder(root: str, name: str) -> str:
    return joined(root, f"{DEPENDENCIES}/{name}")


def origin_path(root: str, name: str) -> str:
    return checkout_folder(root, name) + _ORIGIN


def read_origin(path: str, sources: SourceMap) -> Origin | None:
    """The origin of a checkout, None if it is not known."""
    try:
        fields = sources.reader.read(path).decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    return Origin(*fields) if len(fields) == 3 else None


@dataclass
class Located:
    """The packages of a program, and the texts that led to them by path."""

    packages: tuple[Package, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    missing: list[tuple[str, str]] = field(default_factory=list)
    """Git dependencies that are not resolved, each with what it lacks."""


def locate(root: str, sources: SourceMap, sink: Sink) -> Located:
    """The dependencies of the program in folder `root`, as far as its manifest can be followed."""
    path = joined(root, manifest.FILE_NAME)
    if not sources.reader.exists(path):
        return Located()
    top = read_manifest(path, sources, sink)
    return Located() if top is None else locate_from(root, top, sources, sink)


def find_packages(root: str, sources: SourceMap, sink: Sink) -> Located:
    """As `locate`; unresolved dependencies are an error."""
    located = locate(root, sources, sink)
    if located.missing:
        sink.add(errors.unresolved(located.missing, deps_command(root)))
    return located


def deps_command(root: str) -> str:
    """The command that resolves the dependencies of a program."""
    return "snowc deps" if root in (".", "./") else f"snowc deps {root}"


def locate_from(root: str, top: Manifest, sources: SourceMap, sink: Sink) -> Located:
    """The same, with the manifest read already."""
    present = _Present(root, sources, sink)
    found = resolve(root, top, present, sources, sink)
    return Located(tuple(found.packages), found.manifests | present.texts, present.missing)


class _Present:
    """Gives the checkouts that are there."""

    def __init__(self, root: str, sources: SourceMap, sink: Sink) -> None:
        self.root = root
        self.sources = sources
        self.sink = sink
        self.texts: dict[str, str] = {}
        self.missing: list[tuple[str, str]] = []
        self._lock: dict[str, LockedPackage] | None = None

    def obtain(self, declared: Declared, source: GitSource, location: str) -> Checkout | None:
        """The checkout, if it is there and what the manifest and the lock want."""
        name = declared.name
        entry = self._locked().get(name)
        lack = self._lack(name, source, location, entry)
        if entry is not None and lack is None:
            return Checkout(checkout_folder(self.root, name), entry.revision)
        self.missing.append((name, lack or ""))
        return None

    def _lack(self, name: str, source: GitSource, location: str, entry: LockedPackage | None) -> str | None:
        if entry is None:
            where = joined(self.root, lock.FILE_NAME)
            return f"'{where}' does not have it" if self.sources.reader.exists(where) else f"there is no '{where}'"
        if entry.source != source.url:
            return f"{lock.FILE_NAME} has it from {entry.source}"
        folder = checkout_folder(self.root, name)
        if not self.sources.reader.is_dir(folder):
            return f"'{folder}' is missing"
        origin = read_origin(origin_path(self.root, name), self.sources)
        if origin is None:
            return None
        self.texts[origin_path(self.root, name)] = origin.text()
        if (origin.location, origin.request) != (location, source.request):
            return f"it was fetched as {origin.request}, but {source.request} is wanted"
        return None if origin.revision == entry.revision else f"{lock.FILE_NAME} names another commit"

    def _locked(self) -> dict[str, LockedPackage]:
        if self._lock is None:
            self._lock = self._read_lock()
        return self._lock

    def _read_lock(self) -> dict[str, LockedPackage]:
        path = joined(self.root, lock.FILE_NAME)
        try:
            data = self.sources.reader.read(path)
        except FileNotFoundError:
            return {}
        except OSError as error:
            self.sink.add(errors.unreadable(path, error.strerror or str(error)))
            return {}
        try:
            packages = parse_lock(data)
        except BadLock as problem:
            self.sink.add(errors.bad_lock(path, str(problem), deps_command(self.root)))
            return {}
        self.texts[path] = data.decode("utf-8")
        return packages
