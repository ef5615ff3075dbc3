"""Corpora of fuzz targets: many small inputs in one file, each preceded by its length (4 bytes, little-endian)."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path


def pack(inputs: Iterable[bytes]) -> bytes:
    """The inputs as the content of one file, and as the replaying programs read them."""
    return b"".join(struct.pack("<I", len(data)) + data for data in inputs)


def unpack(packed: bytes) -> Iterator[bytes]:
    """The inputs in such a content."""
    at = 0
    while at < len(packed):
        (size,) = struct.unpack_from("<I", packed, at)
        yield packed[at + 4 : at + 4 + size]
        at += 4 + size


def read(file: Path) -> list[bytes]:
    """The inputs in a file; none if there is no such file."""
    return list(unpack(file.read_bytes())) if file.exists() else []


def spread(inputs: Iterable[bytes], folder: Path) -> None:
    """Write each input to a file of its own, as fuzzers want them."""
    folder.mkdir(parents=True, exist_ok=True)
    for data in inputs:
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def gather(folder: Path) -> list[bytes]:
    """The inputs in the files of a folder, the shortest first."""
    return sorted((file.read_bytes() for file in folder.iterdir()), key=lambda data: (len(data), data))


def shortest(inputs: Iterable[bytes], room: int) -> list[bytes]:
    """As many of the inputs, the shortest first, as fit into a file of so many bytes."""
    kept, size = [], 0
    for data in sorted(inputs, key=lambda data: (len(data), data)):
        size += 4 + len(data)
        if size > room:
            break
        kept.append(data)
    return kept
