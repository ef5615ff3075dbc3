"""Compiled programs by content: what `snowc run` starts without compiling.

A program (its path and the options that shape its code) has one *manifest*, which lists the inputs and
names the image. `lookup` is the warm path of `run` and imports nothing heavy. Data is `marshal` of flat
tuples, in the folder of `snowc/cache/store.py`. A result that is not certain to belong to its inputs is not
kept, an unreadable one is a miss.
"""

from __future__ import annotations

import marshal
import os

from snowc.cache import store as files
from snowc.cache.inputs import Entry, Inputs, digest, environment_identity, recheck

FORMAT = 1


class Hit:
    """A program found: the image to load, and what the compiler wants to say again (warnings)."""

    __slots__ = ("image", "extra")

    def __init__(self, image: str, extra: bytes) -> None:
        self.image = image
        self.extra = extra


def _manifest_path(folder: str, path: str, options: tuple[str, ...]) -> str:
    what = "\0".join((str(FORMAT), os.path.abspath(path), *options, environment_identity()))
    return os.path.join(folder, digest(what.encode("utf-8", "surrogateescape")) + files.MANIFEST)


def _load(manifest: str) -> tuple[str, int, bytes, list[Entry]] | None:
    """Image name and size, extra data, inputs."""
    try:
        with open(manifest, "rb") as file:
            version, image, size, extra, entries = marshal.loads(file.read())
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return (image, size, extra, entries) if version == FORMAT else None


def lookup(path: str, options: tuple[str, ...]) -> Hit | None:
    """The compiled form of a program if all its inputs are as they were."""
    folder = files.private_folder(create=False)
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
        files.write(manifest, marshal.dumps((FORMAT, image, size, extra, renewed)))
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


def store(path: str, options: tuple[str, ...], inputs: Inputs, image: bytes, extra: bytes = b"") -> str | None:
    """Keep a compiled program; gives the image's path, or None if it could not or must not be kept."""
    folder = files.private_folder(create=True) if inputs.reliable else None
    if folder is None:
        return None
    manifest = _manifest_path(folder, path, options)
    name = digest((manifest + inputs.key()).encode("utf-8", "surrogateescape")) + files.IMAGE
    image_path = os.path.join(folder, name)
    before = _load(manifest)
    if not files.write(image_path, image):
        return None
    if not files.write(manifest, marshal.dumps((FORMAT, name, len(image), extra, inputs.entries))):
        return None
    if before is not None and before[0] != name:
        files.remove(os.path.join(folder, before[0]))
    files.evict(folder)
    return image_path


def in_memory(image: bytes) -> str:
    """A path that names `image` as long as this process lives, for one that is not kept."""
    handle = os.memfd_create("snow-program", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(handle), "wb") as file:
        file.write(image)
    return f"/proc/self/fd/{handle}"
