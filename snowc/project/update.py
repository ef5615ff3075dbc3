"""`snowc deps`: resolve all dependencies of a program, fetch what comes from git, write the lock.

What the lock names is used as it is while the lock is not older than the manifest, so that two machines with
the same lock get the same commits; a changed manifest resolves everything anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from snowc.diag.core import Sink
from snowc.modules.packages import joined
from snowc.project import errors, git, lock, manifest
from snowc.project.locate import Origin, checkout_folder, locate_from, origin_path, read_origin
from snowc.project.lock import BadLock, LockedPackage, parse_lock, write_lock
from snowc.project.manifest import GitSource, Manifest, read_manifest
from snowc.project.resolve import Checkout, Declared, resolve
from snowc.source.files import SourceMap

_HIDDEN = ".snow"
_IGNORE_ALL = "# Made by snowc; nothing here belongs into version control.\n*\n"


@dataclass(frozen=True)
class Updated:
    """What was done: `count` packages were resolved, or everything `was_current`."""

    count: int
    was_current: bool


def update(root: str, sources: SourceMap, sink: Sink, say: Callable[[str], None]) -> Updated | None:
    """Resolve the dependencies of the program in folder `root`; None with the reasons in the sink.

    `say` is told what is being fetched.
    """
    path = joined(root, manifest.FILE_NAME)
    if not os.path.isdir(root):
        sink.add(errors.no_folder(root, "is not a directory" if os.path.exists(root) else "does not exist"))
        return None
    if not os.path.isfile(path):
        sink.add(errors.no_manifest(root))
        return None
    top = read_manifest(path, sources, sink)
    if top is None:
        return None
    is_fresh = _is_fresh(root)
    if is_fresh and (count := _count_present(root, top, sources)) is not None:
        return Updated(count, was_current=True)
    return _resolve_anew(root, top, sources, sink, _Fetching(root, sources, sink, say, is_fresh))


def _is_fresh(root: str) -> bool:
    """Whether the lock is not older than the manifest."""
    try:
        written = os.stat(joined(root, lock.FILE_NAME)).st_mtime_ns
    except OSError:
        return False
    return written >= os.stat(joined(root, manifest.FILE_NAME)).st_mtime_ns


def _count_present(root: str, top: Manifest, sources: SourceMap) -> int | None:
    """How many packages there are, if a build would find them all; None if something is to be done."""
    trial = Sink()
    located = locate_from(root, top, sources, trial)
    return None if trial.has_errors or located.missing else len(located.packages)


def _resolve_anew(root: str, top: Manifest, sources: SourceMap, sink: Sink, fetching: _Fetching) -> Updated | None:
    found = resolve(root, top, fetching, sources, sink)
    if sink.has_errors:
        return None
    path = joined(root, lock.FILE_NAME)
    try:
        write_lock(path, found.locked)
    except OSError as error:
        sink.add(errors.unwritable(path, error.strerror or str(error)))
        return None
    return Updated(len(found.packages), was_current=False)


class _Fetching:
    """Clones and fetches git dependencies."""

    def __init__(self, root: str, sources: SourceMap, sink: Sink, say: Callable[[str], None], obey_lock: bool) -> None:
        self.root = root
        self.sources = sources
        self.sink = sink
        self.say = say
        self._lock = self._read_lock() if obey_lock else {}

    def obtain(self, declared: Declared, source: GitSource, location: str) -> Checkout | None:
        """Bring the checkout to the wanted commit."""
        name = declared.name
        self.say(f"  Fetching {name} from {source.url}")
        folder = checkout_folder(self.root, name)
        try:
            self._make_room()
            revision = git.checkout(source, location, folder, self._pinned(name, source, location))
            origin = Origin(location, source.request, revision)
            with open(origin_path(self.root, name), "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(origin.text())
        except git.GitMissing:
            self.sink.add(errors.no_git(name))
        except git.GitFailed as failure:
            self.sink.add(errors.git_failed(declared.span(), name, source.url, str(failure)))
        except git.NoSuchCommit as missing:
            self.sink.add(errors.no_revision(declared.span(), name, str(missing), source.url))
        except OSError as error:
            self.sink.add(errors.unwritable(folder, error.strerror or str(error)))
        else:
            return Checkout(folder, revision)
        return None

    def _pinned(self, name: str, source: GitSource, location: str) -> str | None:
        """The commit that the lock names, unless it was written for another wish."""
        entry = self._lock.get(name)
        if entry is None or entry.source != source.url:
            return None
        origin = read_origin(origin_path(self.root, name), self.sources)
        if origin is not None and (origin.location, origin.request) != (location, source.request):
            return None
        return entry.revision

    def _read_lock(self) -> dict[str, LockedPackage]:
        """The lock; a broken one is written anew."""
        try:
            return parse_lock(self.sources.reader.read(joined(self.root, lock.FILE_NAME)))
        except (OSError, BadLock):
            return {}

    def _make_room(self) -> None:
        """The folder for checkouts, hidden from version control."""
        os.makedirs(os.path.dirname(checkout_folder(self.root, "_")), exist_ok=True)
        ignore = joined(self.root, f"{_HIDDEN}/.gitignore")
        if not os.path.exists(ignore):
            with open(ignore, "w", encoding="utf-8") as file:
                file.write(_IGNORE_ALL)
