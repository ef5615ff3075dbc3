"""Source text: the only place that reads `.snow` files, and the map from spans to places in them.

In: paths on disk (or, through `MemoryReader`, texts in memory), or texts added directly. Out: numbered
files with their decoded text. Reading never raises for a user's mistake: what cannot be read comes
back as a `ReadFailure`, and the caller words the diagnostic. A byte-order mark is skipped.

Lines end at `\\n`, `\\r\\n` or a lone `\\r`, as the lexer sees them.
"""

from __future__ import annotations

import codecs
import errno
import os
import posixpath
import re
import stat
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from snowc.source.span import Span

_LINE_END = re.compile(r"\r\n|\n|\r")
SUFFIX = ".snow"


class Problem(Enum):
    """Why a file could not be read."""

    MISSING = "does not exist"
    IS_DIRECTORY = "is a directory"
    NOT_UTF8 = "is not valid UTF-8"
    UNREADABLE = "cannot be read"


@dataclass(frozen=True, slots=True)
class ReadFailure:
    """A file that gave no text. For NOT_UTF8, `span` is the first bad place in the file as registered."""

    path: str
    problem: Problem
    detail: str = ""
    span: Span | None = None


class Reader(Protocol):
    """What is needed of a file system; paths are joined with `/`."""

    def read(self, path: str) -> bytes:
        """The contents of a file; raises OSError."""
        ...

    def exists(self, path: str) -> bool: ...

    def is_dir(self, path: str) -> bool: ...

    def walk(self, directory: str) -> list[str]:
        """The `.snow` files below a directory, as sorted paths relative to it.

        Names that start with a dot are skipped at every level. Raises OSError.
        """
        ...


class DiskReader:
    """The real file system."""

    def read(self, path: str) -> bytes:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise OSError(errno.EINVAL, "not a regular file")  # a pipe would keep us waiting
        with open(path, "rb") as file:
            return file.read()

    def exists(self, path: str) -> bool:
        return os.path.exists(path)

    def is_dir(self, path: str) -> bool:
        return os.path.isdir(path)

    def walk(self, directory: str) -> list[str]:
        found: list[str] = []
        for folder, folders, names in os.walk(directory, onerror=_raise):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                path = os.path.join(folder, name)
                if name.endswith(SUFFIX) and not name.startswith(".") and not os.path.isdir(path):
                    found.append(os.path.relpath(path, directory).replace(os.sep, "/"))
        return sorted(found)


def _raise(error: OSError) -> None:
    raise error


class MemoryReader:
    """The same over a dictionary of contents, for tests and editors."""

    def __init__(self, contents: Mapping[str, str | bytes]) -> None:
        self._contents = {_normal(path): _as_bytes(content) for path, content in contents.items()}

    def read(self, path: str) -> bytes:
        if self.is_dir(path):
            raise IsADirectoryError(path)
        try:
            return self._contents[_normal(path)]
        except KeyError:
            raise FileNotFoundError(path) from None

    def exists(self, path: str) -> bool:
        return _normal(path) in self._contents or self.is_dir(path)

    def is_dir(self, path: str) -> bool:
        prefix = _prefix(path)
        return any(known.startswith(prefix) for known in self._contents)

    def walk(self, directory: str) -> list[str]:
        prefix = _prefix(directory)
        below = [path.removeprefix(prefix) for path in self._contents if path.startswith(prefix)]
        hidden = [path for path in below if any(part.startswith(".") for part in path.split("/"))]
        return sorted(path for path in below if path.endswith(SUFFIX) and path not in hidden)


def printable(path: str) -> str:
    """A path with its undecodable bytes replaced, so that it can stand in text and in object code."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _normal(path: str) -> str:
    return posixpath.normpath(path)


def _prefix(directory: str) -> str:
    normal = _normal(directory)
    return "" if normal == "." else normal + "/"


def _as_bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode("utf-8")


@dataclass(frozen=True)
class SourceFile:
    """One file: `path` as the user is shown it, `below` as panics name it (the path below the program)."""

    path: str
    below: str
    text: str
    bom: bool = False
    line_starts: list[int] = field(default_factory=list, repr=False)

    def starts(self) -> list[int]:
        """Offsets at which lines begin; made on first use, because only diagnostics and locations need it."""
        if not self.line_starts:
            self.line_starts.append(0)
            self.line_starts.extend(end.end() for end in _LINE_END.finditer(self.text))
        return self.line_starts


class SourceMap:
    """All files of one compilation, by the number that spans carry."""

    def __init__(self, reader: Reader | None = None) -> None:
        self.reader: Reader = reader if reader is not None else DiskReader()
        self._files: list[SourceFile] = []

    def __len__(self) -> int:
        return len(self._files)

    def add_text(self, path: str, text: str, below: str | None = None) -> int:
        """Register a text under `path`; gives its number."""
        self._files.append(SourceFile(path, below if below is not None else path, text))
        return len(self._files) - 1

    def read(self, path: str, below: str | None = None) -> int | ReadFailure:
        """Read and register a file; gives its number, or why there is none."""
        try:
            data = self.reader.read(path)
        except FileNotFoundError:
            return ReadFailure(path, Problem.MISSING)
        except IsADirectoryError:
            return ReadFailure(path, Problem.IS_DIRECTORY)
        except (OSError, ValueError) as error:
            return ReadFailure(path, Problem.UNREADABLE, getattr(error, "strerror", None) or str(error))
        return self._decode(path, printable(below if below is not None else path), data)

    def _decode(self, path: str, below: str, data: bytes) -> int | ReadFailure:
        bom = data.startswith(codecs.BOM_UTF8)
        body = data[len(codecs.BOM_UTF8) :] if bom else data
        number = len(self._files)
        try:
            self._files.append(SourceFile(path, below, body.decode("utf-8"), bom))
            return number
        except UnicodeDecodeError as error:
            # Registered all the same, so that the diagnostic can show the line.
            self._files.append(SourceFile(path, below, body.decode("utf-8", "replace"), bom))
            start = len(body[: error.start].decode("utf-8"))
            byte = error.start + (len(codecs.BOM_UTF8) if bom else 0)
            return ReadFailure(path, Problem.NOT_UTF8, f"byte {byte}", Span(number, start, start + 1))

    def file(self, file: int) -> SourceFile:
        return self._files[file]

    def path(self, file: int) -> str:
        """The path as it is shown to the user."""
        return self._files[file].path

    def text(self, file: int) -> str:
        return self._files[file].text

    def snippet(self, span: Span) -> str:
        """The text that a span covers."""
        return self._files[span.file].text[span.start : span.end]

    def line_col(self, file: int, offset: int) -> tuple[int, int]:
        """1-based line and column of an offset, in code points."""
        starts = self._files[file].starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def position(self, span: Span) -> tuple[int, int]:
        """Line and column of the start of a span."""
        return self.line_col(span.file, span.start)

    def line_text(self, file: int, line: int) -> str:
        """The text of a 1-based line, without its line end."""
        source = self._files[file]
        starts = source.starts()
        end = starts[line] if line < len(starts) else len(source.text)
        return source.text[starts[line - 1] : end].rstrip("\r\n")

    def line_count(self, file: int) -> int:
        return len(self._files[file].starts())

    def byte_offset(self, file: int, offset: int) -> int:
        """The offset in bytes of the file as it lies on disk, its byte-order mark included."""
        source = self._files[file]
        before = source.text[:offset]
        size = offset if before.isascii() else len(before.encode("utf-8", "surrogatepass"))
        return size + (len(codecs.BOM_UTF8) if source.bom else 0)

    def byte_range(self, span: Span) -> tuple[int, int]:
        """Half-open range of bytes of a span."""
        return self.byte_offset(span.file, span.start), self.byte_offset(span.file, span.end)
