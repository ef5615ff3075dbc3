"""Dependencies of dependencies: the walk over manifests, depth first (language.md 8.5).

In: the manifest of a program, and a way to come by the folder of a git dependency, which building and
fetching do differently (`locate`, `update`). Out: a `Resolution`: the packages of the program; what is wrong
with them (conflicts, cycles, bad manifests, missing folders) is in the sink.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Protocol

from snowc.diag.core import Severity, Sink
from snowc.modules.packages import Package, joined
from snowc.project import errors, manifest
from snowc.project.lock import LOCAL, LockedPackage
from snowc.project.manifest import Dependency, GitSource, Manifest, PathSource, Source, read_manifest
from snowc.project.names import module_prefix
from snowc.source.files import SourceMap
from snowc.source.span import NO_SPAN, Span

DEPENDENCIES = ".snow/deps"
"""Below the program's folder: a folder for each git dependency, of its name."""

_WITH_SCHEME = re.compile(r"[^/]*:")


@dataclass(frozen=True)
class Checkout:
    """A git dependency that is at hand."""

    folder: str
    revision: str


@dataclass(frozen=True)
class Declared:
    """A dependency and the manifest that declares it."""

    manifest: Manifest
    dependency: Dependency

    @property
    def name(self) -> str:
        return self.dependency.name

    def span(self) -> Span:
        return self.manifest.span(self.dependency)


class Provider(Protocol):
    """Comes by git dependencies."""

    def obtain(self, declared: Declared, source: GitSource, location: str) -> Checkout | None:
        """The checkout of a dependency; None if there is none, which the provider has made known.

        `location` is the source's URL, made absolute if it is a path.
        """
        ...


@dataclass
class Resolution:
    """The packages found, in the order they were reached, and the manifests read, by path."""

    packages: list[Package] = field(default_factory=list)
    locked: list[LockedPackage] = field(default_factory=list)
    manifests: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Known:
    """A package that the walk has met. `origin` tells whether another of its name is the same."""

    name: str
    origin: tuple[str, str]
    source: str
    declared: Declared | None


def resolve(root: str, top: Manifest, provider: Provider, sources: SourceMap, sink: Sink) -> Resolution:
    """Walk from the program in folder `root`, whose manifest is `top`."""
    walk = _Walk(root, provider, sources, sink)
    walk.resolution.manifests[top.file.path] = top.file.text
    program = _Known(top.name, _path_origin(root), "the program itself", None)
    walk.known[module_prefix(top.name)] = program
    walk.visit(top, root, [program])
    return walk.resolution


class _Walk:
    def __init__(self, root: str, provider: Provider, sources: SourceMap, sink: Sink) -> None:
        self.root = root
        self.provider = provider
        self.sources = sources
        self.sink = sink
        self.known: dict[str, _Known] = {}
        self.resolution = Resolution()

    def visit(self, declaring: Manifest, folder: str, chain: list[_Known]) -> tuple[str, ...]:
        """Follow all dependencies of one manifest; gives their prefixes. `chain` leads here from the program."""
        reached = []
        for dependency in declaring.dependencies:
            origin = _origin(dependency.source, folder)
            here = _Known(dependency.name, origin, str(dependency.source), Declared(declaring, dependency))
            if self._closes_cycle(origin, chain):
                continue
            prefix = module_prefix(dependency.name)
            reached.append(prefix)
            known = self.known.setdefault(prefix, here)
            if known is here:
                self._enter(Declared(declaring, dependency), folder, [*chain, here])
            elif known.origin != origin:
                self._conflict(known, here)
        return tuple(reached)

    def _closes_cycle(self, origin: tuple[str, str], chain: list[_Known]) -> bool:
        origins = [known.origin for known in chain]
        if origin not in origins:
            return False
        self.sink.add(errors.cycle([known.name for known in chain[origins.index(origin) :]]))
        return True

    def _conflict(self, known: _Known, here: _Known) -> None:
        assert here.declared is not None
        other = known.declared.span() if known.declared is not None else NO_SPAN
        self.sink.add(errors.Conflict(here.declared.span(), here.name, known.source, here.source, other))

    def _enter(self, declared: Declared, folder: str, chain: list[_Known]) -> None:
        """A package that is met for the first time: come by it, then follow its own dependencies."""
        found = self._obtain(declared, folder)
        if found is None:
            return
        place = len(self.resolution.packages)
        self.resolution.locked.append(self._locked(declared.dependency, found))
        own = self._manifest(found.folder)
        uses = self.visit(own, found.folder, chain) if own is not None else ()
        package = Package(declared.name, module_prefix(declared.name), found.folder, uses)
        self.resolution.packages.insert(place, package)

    def _obtain(self, declared: Declared, folder: str) -> Checkout | None:
        source = declared.dependency.source
        if isinstance(source, GitSource):
            return self.provider.obtain(declared, source, _location(source, folder))
        target = _tidy(folder, source.path)
        if self.sources.reader.is_dir(target):
            return Checkout(target, LOCAL)
        self.sink.add(errors.missing_folder(declared.span(), declared.name, target))
        return None

    def _locked(self, dependency: Dependency, found: Checkout) -> LockedPackage:
        source = dependency.source
        if isinstance(source, GitSource):
            return LockedPackage(dependency.name, source.url, found.revision)
        path = source.path if os.path.isabs(source.path) else os.path.relpath(found.folder, self.root)
        return LockedPackage(dependency.name, path, LOCAL)

    def _manifest(self, folder: str) -> Manifest | None:
        """The manifest of a dependency, if it has one. Its warnings are for those who work on it."""
        path = joined(folder, manifest.FILE_NAME)
        if not self.sources.reader.exists(path):
            return None
        found = Sink()
        own = read_manifest(path, self.sources, found)
        self.sink.extend(diag for diag in found.items if diag.severity is Severity.ERROR)
        if own is not None:
            self.resolution.manifests[path] = own.file.text
        return own


# ---- where a source leads -----------------------------------------------------------------------


def _tidy(folder: str, path: str) -> str:
    """`path` as seen from `folder`, without needless `..` where the file system agrees."""
    full = os.path.join(folder, path)
    tidy = os.path.normpath(full)
    return tidy if os.path.realpath(tidy) == os.path.realpath(full) else full


def _location(source: GitSource, folder: str) -> str:
    """Where git finds the repository; a relative path is meant from the manifest's folder."""
    return source.url if _WITH_SCHEME.match(source.url) else os.path.abspath(os.path.join(folder, source.url))


def _origin(source: Source, folder: str) -> tuple[str, str]:
    """What two mentions of one package share."""
    if isinstance(source, PathSource):
        return _path_origin(os.path.join(folder, source.path))
    return _location(source, folder).rstrip("/").removesuffix(".git"), source.request


def _path_origin(folder: str) -> tuple[str, str]:
    return os.path.realpath(folder), LOCAL
