"""The cache folder: one that only this user may enter, with files that are there in full or not at all.

Data is `marshal` of flat tuples, never pickle. Everything is written aside and renamed. A cache that cannot
be trusted, read or written is only a slower compiler: nothing here raises for it. Imported on the warm path of
`run`, hence only `os`, `stat` and the like.
"""

from __future__ import annotations

import os
import stat

from snowrt.paths import user_cache

MAX_BYTES = 256 * 1024 * 1024
IMAGE = ".so"
MANIFEST = ".manifest"
CHECKED = ".checked"
_KINDS = (IMAGE, MANIFEST, CHECKED, ".tmp")


def private_folder(create: bool) -> str | None:
    """The cache folder, or None if it cannot be trusted or made."""
    folder = user_cache()
    try:
        if create:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        st = os.lstat(folder)
    except OSError:
        return None
    private = stat.S_ISDIR(st.st_mode) and st.st_uid == os.geteuid() and not st.st_mode & 0o077
    return folder if private else None


def read(path: str) -> bytes | None:
    """The contents of a file of the cache, None if there are none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def write(path: str, data: bytes) -> bool:
    """Write a file so that others see all of it or nothing; whether that was possible."""
    aside = f"{path}.{os.getpid()}.{os.urandom(4).hex()}.tmp"
    try:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError:
        return False
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.rename(aside, path)
    except OSError:
        remove(aside)
        return False
    return True


def remove(path: str) -> None:
    """Remove a file that others may be removing too; whoever was about to load it does without."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def touch(path: str) -> None:
    """Mark a file as used."""
    try:
        os.utime(path)
    except OSError:
        return


def evict(folder: str, max_bytes: int = MAX_BYTES) -> None:
    """Remove the least recently used files until the rest fits."""
    found: list[tuple[float, int, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(_KINDS):
                try:
                    st = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                found.append((st.st_mtime, st.st_size, entry.path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= max_bytes:
            return
        total -= size
        remove(path)
