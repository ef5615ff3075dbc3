"""What a compiled program depends on, in a form that can be checked again quickly.

Built on the cold path from what was read, checked on the warm path before anything else is imported:
hence only `os`, `sys`, `time` and a hash. An input is a flat tuple (kind, path, …), see `Inputs`.

A file's *stamp* (size, times, inode) vouches for its content only if the file was last changed well
before this process began to read: otherwise a change within the clock's grain could go unseen.
"""

from __future__ import annotations

import os
import sys
import time

try:
    from _blake2 import blake2b  # the bare module: `hashlib` costs ten times as much to import
except ImportError:
    from hashlib import blake2b

_GRAIN_NS = 1_000_000_000
_STARTED_NS = time.time_ns()
_NO_STAMP = (0, 0, 0, 0)
_HERE = os.path.dirname(os.path.abspath(__file__))

Stamp = tuple[int, int, int, int]
Entry = tuple[str, str, Stamp, str]
"""Kind, path, stamp, digest. What a kind leaves unused is `_NO_STAMP` or an empty string."""


def digest(data: bytes) -> str:
    """A content hash."""
    return str(blake2b(data, digest_size=20).hexdigest())


def _stamp(path: str) -> Stamp:
    st = os.stat(path)
    return (st.st_size, st.st_mtime_ns, st.st_ctime_ns, st.st_ino)


def _is_settled(stamp: Stamp) -> bool:
    """Whether the file was last changed long enough before this process started."""
    return max(stamp[1], stamp[2]) < _STARTED_NS - _GRAIN_NS


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _listing(folder: str, suffix: str) -> str:
    """A digest of the names in a folder that end in `suffix`; a missing folder is an empty one."""
    try:
        names = sorted(n for n in os.listdir(folder) if n.endswith(suffix))
    except FileNotFoundError:
        names = []
    return digest("\0".join(names).encode("utf-8", "surrogateescape"))


def _tree_stamps(root: str) -> list[tuple[str, Stamp]]:
    """Every file below a folder with its stamp; caches and hidden entries are left out."""
    found: list[tuple[str, Stamp]] = []
    folders = [root]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name == "__pycache__":
                    continue
                if entry.is_dir():
                    folders.append(entry.path)
                else:
                    st = entry.stat()
                    found.append((entry.path, (st.st_size, st.st_mtime_ns, st.st_ctime_ns, st.st_ino)))
    found.sort()
    return found


def _tree_digest(stamps: list[tuple[str, Stamp]]) -> str:
    return digest(repr(stamps).encode("utf-8", "surrogateescape"))


class Inputs:
    """Gathers the inputs of one compilation.

    Kinds: `file` content, by stamp or else by hash; `dir` the names in a folder with one suffix (kept
    in the stamp's place by its own path syntax, see `add_listing`); `absent` a path that must not
    exist; `tree` stamps of all files below a folder; `stat` one file by stamp alone.
    `reliable` turns false when something changed while it was being read: such a result is not kept.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.reliable = True

    def add_file(self, path: str, data: bytes) -> None:
        """A source file, with the content that was compiled."""
        path = os.path.abspath(path)
        content = digest(data)
        try:
            stamp = _stamp(path)
            unchanged = digest(_read(path)) == content
        except OSError:
            unchanged = False
        if unchanged:
            self.entries.append(("file", path, stamp if _is_settled(stamp) else _NO_STAMP, content))
        else:
            self.reliable = False

    def add_listing(self, folder: str, suffix: str = ".snow") -> None:
        """The names in a folder that end in `suffix`: one more or less of them is a change."""
        folder = os.path.abspath(folder)
        self.entries.append(("dir", suffix + ":" + folder, _NO_STAMP, _listing(folder, suffix)))

    def add_absent(self, path: str) -> None:
        """A path that was looked for and not found."""
        path = os.path.abspath(path)
        self.reliable &= not os.path.lexists(path)
        self.entries.append(("absent", path, _NO_STAMP, ""))

    def add_tree(self, root: str) -> None:
        """All files below a folder, such as the toolchain's own."""
        stamps = _tree_stamps(root)
        self.reliable &= all(_is_settled(stamp) for _, stamp in stamps)
        self.entries.append(("tree", root, _NO_STAMP, _tree_digest(stamps)))

    def add_stat(self, path: str) -> None:
        """One file that is too large to hash."""
        stamp = _stamp(path)
        self.reliable &= _is_settled(stamp)
        self.entries.append(("stat", path, stamp, ""))

    def key(self) -> str:
        """The hash of everything gathered."""
        return digest(repr([(kind, path, content or stamp) for kind, path, stamp, content in self.entries]).encode())


def _check(entry: Entry) -> Entry | None:
    kind, path, stamp, content = entry
    match kind:
        case "file":
            return _check_file(entry)
        case "dir":
            suffix, _, folder = path.partition(":")
            unchanged = _listing(folder, suffix) == content
        case "absent":
            unchanged = not os.path.lexists(path)
        case "tree":
            unchanged = _tree_digest(_tree_stamps(path)) == content
        case "stat":
            unchanged = _stamp(path) == stamp
        case _:
            unchanged = False
    return entry if unchanged else None


def _check_file(entry: Entry) -> Entry | None:
    """By stamp, or else by content; the second case gives an entry with the new stamp."""
    kind, path, stamp, content = entry
    now = _stamp(path)
    if stamp == now:
        return entry
    if digest(_read(path)) != content:
        return None
    return (kind, path, now if _is_settled(now) else _NO_STAMP, content)


def recheck(entries: list[Entry]) -> list[Entry] | None:
    """The entries, with stamps renewed where only the stamp changed; None if any input changed."""
    renewed: list[Entry] = []
    for entry in entries:
        try:
            now = _check(entry)
        except OSError:
            return None
        if now is None:
            return None
        renewed.append(now)
    return renewed


def cpu_identity() -> str:
    """A text that changes with the processor. Only the first page of /proc/cpuinfo is read: it describes
    the first processor, and asking for all of them is slow on large machines."""
    try:
        handle = os.open("/proc/cpuinfo", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return " ".join(os.uname())
    try:
        page = os.read(handle, 8192)
    finally:
        os.close(handle)
    names = (b"model name", b"flags", b"Features", b"CPU implementer", b"CPU part", b"vendor_id", b"model\t")
    lines = page.split(b"\n\n")[0].splitlines()
    return digest(b"\n".join(line for line in lines if line.startswith(names)))


def environment_identity() -> str:
    """The interpreter, the compiler by its place, and the processor that compile and run."""
    return "\0".join((sys.version, sys.prefix, _HERE, os.uname().machine, cpu_identity()))
