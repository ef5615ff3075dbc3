"""The manifest: `snow.toml` as data (language.md 8.5).

In: the path of a manifest. Out: a `Manifest`, or None with the reasons in the sink; every mistake is shown
at its place in the file. Keys that mean nothing are warnings, so that a newer manifest still builds.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from snowc.diag.core import Sink
from snowc.project import errors, names
from snowc.project.places import Path, Places, Range
from snowc.source.files import SourceMap
from snowc.source.span import Span

FILE_NAME = "snow.toml"
REQUESTS = ("rev", "tag", "branch")
"""How a git dependency may say which commit it wants, the strongest first."""

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_TABLE = "a table"
_STRING = "a string"
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"), (int, "an integer"), (float, "a float"), (str, _STRING), (list, "an array"), (dict, _TABLE),
)  # fmt: skip


@dataclass(frozen=True)
class GitSource:
    """A repository, and which commit of it: `kind` is one of `REQUESTS`, or empty for the default branch."""

    url: str
    kind: str = ""
    wanted: str = ""

    def __str__(self) -> str:
        return f"{self.url} ({self.request})"

    @property
    def request(self) -> str:
        """`tag v2`, `default branch`."""
        return f"{self.kind} {self.wanted}" if self.kind else "default branch"


@dataclass(frozen=True)
class PathSource:
    """A folder, as the manifest writes it."""

    path: str

    def __str__(self) -> str:
        return self.path


Source = GitSource | PathSource


@dataclass(frozen=True)
class Dependency:
    """One entry of `[dependencies]`; `place` is its name's range in the manifest."""

    name: str
    source: Source
    place: Range


@dataclass
class ManifestFile:
    """The text of a manifest. It becomes a source file when a diagnostic first points into it."""

    path: str
    text: str
    sources: SourceMap = field(repr=False)
    _number: int | None = None

    def span(self, place: Range) -> Span:
        if self._number is None:
            self._number = self.sources.add_text(self.path, self.text)
        return Span(self._number, *place)


@dataclass(frozen=True)
class Manifest:
    """A manifest without mistakes."""

    file: ManifestFile
    name: str
    version: str
    description: str = ""
    authors: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()

    def span(self, dependency: Dependency) -> Span:
        """Where the dependency is declared."""
        return self.file.span(dependency.place)


def read_manifest(path: str, sources: SourceMap, sink: Sink) -> Manifest | None:
    """Read the manifest at `path`; None with the reasons in the sink."""
    try:
        text = sources.reader.read(path).decode("utf-8-sig")
    except OSError as error:
        sink.add(errors.unreadable(path, error.strerror or str(error)))
        return None
    except UnicodeDecodeError:
        sink.add(errors.unreadable(path, "it is not valid UTF-8"))
        return None
    return parse_manifest(ManifestFile(path, text, sources), sink)


def parse_manifest(file: ManifestFile, sink: Sink) -> Manifest | None:
    """The manifest in a text; None with the reasons in the sink."""
    try:
        data = tomllib.loads(file.text)
        places = Places(file.text)
    except tomllib.TOMLDecodeError as error:
        sink.add(errors.not_toml(file.span(_place_of(error, file.text)), _AT.sub("", str(error))))
        return None
    except RecursionError:
        sink.add(errors.not_toml(file.span((0, 0)), "it is nested too deeply"))
        return None
    found = Sink()
    manifest = _Checker(file, places, found).manifest(data)
    sink.extend(found.items)
    return None if found.has_errors else manifest


def _place_of(error: tomllib.TOMLDecodeError, text: str) -> Range:
    """The character that an error message names."""
    named = _AT.search(str(error))
    if named is None or named[1] is None:
        return len(text), len(text)
    lines = text.splitlines(keepends=True)
    start = sum(map(len, lines[: int(named[1]) - 1])) + int(named[2]) - 1
    return min(start, len(text)), min(start + 1, len(text))


class _Checker:
    """Turns parsed TOML into a manifest, reporting what does not fit."""

    def __init__(self, file: ManifestFile, places: Places, sink: Sink) -> None:
        self.file = file
        self.places = places
        self.sink = sink

    def manifest(self, data: Mapping[str, Any]) -> Manifest:
        self._known_keys(data, (), ("package", "dependencies"))
        package = self._table(data, ("package",), "a table [package] with `name` and `version`")
        name = version = ""
        if package is not None:
            self._known_keys(package, ("package",), ("name", "version", "description", "authors"))
            name = self._name(package)
            version = self._text(package, ("package", "version"), 'version = "0.1.0"')
        package = package or {}
        return Manifest(
            self.file,
            name,
            version,
            self._text(package, ("package", "description")),
            self._strings(package, ("package", "authors")),
            tuple(self._dependencies(data)),
        )

    # ---- the package ---------------------------------------------------------------------------

    def _name(self, package: Mapping[str, Any]) -> str:
        path = ("package", "name")
        name = self._text(package, path, 'name = "…"')
        reason = names.problem(name) if isinstance(package.get("name"), str) else None
        if reason is not None:
            self.sink.add(errors.bad_name(self._value(path), name, reason))
        return name

    def _table(self, above: Mapping[str, Any], path: Path, example: str = "") -> dict[str, Any] | None:
        """A table; with an `example` it must be there."""
        value = above.get(path[-1])
        if isinstance(value, dict):
            return value
        if value is not None:
            self._wrong(path, value, _TABLE)
        elif example:
            self.sink.add(errors.missing_key(self._key(path[:-1]), ".".join(path), example))
        return None

    def _text(self, table: Mapping[str, Any], path: Path, example: str = "") -> str:
        """A string; with an `example` it must be there and not be empty."""
        value = table.get(path[-1])
        if isinstance(value, str):
            if example and not value:
                self.sink.add(errors.bad_value(self._value(path), path[-1], "is empty"))
            return value
        if value is not None:
            self._wrong(path, value, _STRING)
        elif example:
            self.sink.add(errors.missing_key(self._key(path[:-1]), ".".join(path), example))
        return ""

    def _strings(self, table: Mapping[str, Any], path: Path) -> tuple[str, ...]:
        value = table.get(path[-1], [])
        if not isinstance(value, list):
            self._wrong(path, value, "an array of strings")
            return ()
        for index, item in enumerate(value):
            if not isinstance(item, str):
                self._wrong((*path, str(index)), item, _STRING, shown=f"{path[-1]}[{index}]")
        return tuple(item for item in value if isinstance(item, str))

    # ---- dependencies --------------------------------------------------------------------------

    def _dependencies(self, data: Mapping[str, Any]) -> Iterable[Dependency]:
        for name, entry in (self._table(data, ("dependencies",)) or {}).items():
            path = ("dependencies", name)
            reason = names.problem(name)
            if reason is not None:
                self.sink.add(errors.bad_name(self._key(path), name, reason))
            elif not isinstance(entry, dict):
                self._wrong(path, entry, 'a table such as { path = "…" }')
            else:
                source = self._source(entry, path)
                if source is not None:
                    yield Dependency(name, source, self.places.key(path))

    def _source(self, entry: Mapping[str, Any], path: Path) -> Source | None:
        self._known_keys(entry, path, ("git", "path", *REQUESTS))
        texts = {key: self._argument(entry, (*path, key)) for key in ("git", "path", *REQUESTS) if key in entry}
        if ("git" in texts) == ("path" in texts):
            report = errors.two_sources if "git" in texts else errors.no_source
            self.sink.add(report(self._key(path), path[-1]))
            return None
        if "git" in texts:
            kind = next((key for key in REQUESTS if key in texts), "")
            return GitSource(texts["git"], kind, texts.get(kind, ""))
        for key in (key for key in REQUESTS if key in texts):
            self.sink.add(errors.IgnoredKey(self._key((*path, key)), key))
        return PathSource(texts["path"])

    def _argument(self, entry: Mapping[str, Any], path: Path) -> str:
        """A text that is handed to git or the file system."""
        text = self._text(entry, path, "it")
        if text.startswith("-") or "\0" in text:
            self.sink.add(errors.bad_value(self._value(path), path[-1], f"cannot be {text!r}"))
        return text

    # ---- words and places ----------------------------------------------------------------------

    def _known_keys(self, table: Mapping[str, Any], above: Path, known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                self.sink.add(errors.UnknownKey(self._key((*above, key)), ".".join((*above, key)), key, known))

    def _wrong(self, path: Path, value: object, wanted: str, shown: str = "") -> None:
        found = next((words for kind, words in _KINDS if isinstance(value, kind)), "a date or time")
        self.sink.add(errors.wrong_type(self._value(path), shown or path[-1], wanted, found))

    def _key(self, path: Path) -> Span:
        return self.file.span(self.places.key(path))

    def _value(self, path: Path) -> Span:
        return self.file.span(self.places.value(path))
