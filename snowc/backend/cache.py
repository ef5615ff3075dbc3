"""Compiled programs by content: what `snowc run` starts without compiling.

A program (its path and the options that shape its code) has one *manifest*, which lists the inputs and
names the image. `lookup` is the warm path of `run` and imports nothing heavy. Data is `marshal` of flat
tuples, in a folder that only this user may enter; everything is written aside and renamed. A result that
is not certain to belong to its inputs is not kept, an unreadable one is a miss.
"""

from __future__ import annotations

import marshal
import os
import stat

from snowc.backend.cache_inputs import Entry, Inputs, digest, environment_identity, recheck
from snowrt.paths import user_cache

FORMAT = 1
MAX_BYTES = 256 * 1024 * 1024
_IMAGE = ".so"
_MANIFEST = ".manifest"


class Hit:
    """A program found: the image to load, and what the compiler wants to say again (warnings)."""

    __slots__ = ("image", "extra")

    def __init__(self, image: str, extra: bytes) -> None:
        self.image = image
        self.extra = extra


def _private_folder(create: bool) -> str | None:
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


def _manifest_path(folder: str, path: str, options: tuple[str, ...]) -> str:
    what = "\0".join((str(FORMAT), os.path.abspath(path), *options, environment_identity()))
    return os.path.join(folder, digest(what.encode("utf-8", "surrogateescape")) + _MANIFEST)


def _load(manifest: str) -> tuple[str, int, bytes, list[Entry]] | None:
    """Image name and size, extra data, inputs."""
    try:
        with open(manifest, "rb") as file:
            version, image, size, extra, entries = marshal.loads(file.read())
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return (image, size, extra, entries) if version == FORMAT else None


def _write(path: str, data: bytes) -> None:
    """Write a file so that others see all of it or nothing."""
    aside = f"{path}.{os.getpid()}.{os.urandom(4).hex()}.tmp"
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.rename(aside, path)
    except OSError:
        os.unlink(aside)
        raise


def lookup(path: str, options: tuple[str, ...]) -> Hit | None:
    """The compiled form of a program if all its inputs are as they were."""
    folder = _private_folder(create=False)
    if folder is None:
        return None
    manifest = _manifest_path(folder, path, options)
    known = _load(manifest)
    if known is None:
        return None
    image, size, extra, entries = known
    image_path = os.path.join(folder, image)
    renewed = recheck(entries)
    if renewed is None or not _is_whole(image_path, size):
        return None
    if renewed != entries:
        _try_write(manifest, marshal.dumps((FORMAT, image, size, extra, renewed)))
    return Hit(image_path, extra)


def _is_whole(image_path: str, size: int) -> bool:
    """Whether the image is there in full; marks it as used."""
    try:
        if os.stat(image_path).st_size != size:
            return False
        os.utime(image_path)
    except OSError:
        return False
    return True


def _try_write(path: str, data: bytes) -> bool:
    """A cache that cannot be written (full disk, read-only home) is only a slower compiler."""
    try:
        _write(path, data)
    except OSError:
        return False
    return True


def store(path: str, options: tuple[str, ...], inputs: Inputs, image: bytes, extra: bytes = b"") -> str | None:
    """Keep a compiled program; gives the image's path, or None if it could not or must not be kept."""
    folder = _private_folder(create=True) if inputs.reliable else None
    if folder is None:
        return None
    manifest = _manifest_path(folder, path, options)
    name = digest((manifest + inputs.key()).encode("utf-8", "surrogateescape")) + _IMAGE
    image_path = os.path.join(folder, name)
    before = _load(manifest)
    if not _try_write(image_path, image):
        return None
    if not _try_write(manifest, marshal.dumps((FORMAT, name, len(image), extra, inputs.entries))):
        return None
    if before is not None and before[0] != name:
        _remove(os.path.join(folder, before[0]))
    evict(folder, MAX_BYTES)
    return image_path


def _remove(path: str) -> None:
    """Remove a file that others may be removing too; whoever was about to load it compiles again."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def evict(folder: str, max_bytes: int) -> None:
    """Remove the least recently used files until the rest fits."""
    found: list[tuple[float, int, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((_IMAGE, _MANIFEST, ".tmp")):
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
        _remove(path)


def in_memory(image: bytes) -> str:
    """A path that names `image` as long as this process lives, for one that is not kept."""
    handle = os.memfd_create("snow-program", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(handle), "wb") as file:
        file.write(image)
    return f"/proc/self/fd/{handle}"
