"""From a path to a program: all its modules and the library modules it needs, parsed and in order.

In: a file or directory, the packages it depends on, and the library. Out: a `Program`, or None with the
reasons in the sink. Parse errors of all files are reported before anything else is looked at (language.md
9.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from types import ModuleType
from typing import Protocol

from snowc.diag.core import Sink
from snowc.modules import errors
from snowc.modules.graph import check, dependency_order, imports_of
from snowc.modules.library import StdSource
from snowc.modules.names import ENTRY_FILE, ENTRY_NAME, PRELUDE
from snowc.modules.outline import Facts, outline_of
from snowc.modules.packages import FoundFile, Package, files_of, joined, visible_modules
from snowc.source.files import SUFFIX, Problem, SourceFile, SourceMap
from snowc.source.record import record
from snowc.syntax import ast
from snowc.syntax.errors import NotUtf8

__all__ = ["Known", "ParsedModule", "Program", "StdSource", "load_program"]


class Known(Protocol):
    """What is known of files from an earlier run, as long as they are as they were then."""

    def own(self, module: str, source: SourceFile) -> Facts | None:
        """The facts of a file of the program, which had no mistakes."""
        ...

    def library(self, module: str) -> Facts | None:
        """The facts of a library module."""
        ...


class _NothingKnown:
    def own(self, module: str, source: SourceFile) -> Facts | None:
        return None

    def library(self, module: str) -> Facts | None:
        return None


class Source:
    """A file of the program. Where its facts are known, it is parsed when its tree is first asked for.

    `is_clean` tells that the parser had nothing to say.
    """

    __slots__ = ("_sources", "_tree", "facts", "file", "is_clean")

    def __init__(self, sources: SourceMap, file: int, facts: Facts, tree: ast.File | None, is_clean: bool) -> None:
        self._sources = sources
        self._tree = tree
        self.file = file
        self.facts = facts
        self.is_clean = is_clean

    @property
    def tree(self) -> ast.File:
        if self._tree is None:
            self._tree = _parser().parse_file(self._sources, self.file, Sink())
        return self._tree


@record
class ParsedModule:
    """A module by its full name.

    `imports` are the program's own modules that it imports; of a library module, those it mentions.
    `visible` are the program's modules that it may import: their full names by the paths it may write.
    """

    name: str
    source: Source
    is_std: bool
    imports: tuple[str, ...]
    visible: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def file(self) -> int:
        return self.source.file

    @property
    def ast(self) -> ast.File:
        return self.source.tree


@record
class Program:
    """Modules in dependency order, the library's first; `entry` is the name of the entry module."""

    modules: list[ParsedModule]
    entry: str


def load_program(
    path: str,
    sources: SourceMap,
    std: StdSource,
    sink: Sink,
    packages: Sequence[Package] = (),
    known: Known | None = None,
) -> Program | None:
    """Load the program at `path`, a `.snow` file or a directory with a main.snow, with its dependencies."""
    reader = _Reader(sources, std, sink, known or _NothingKnown())
    files = _program_files(path, sources, packages, sink)
    if files is None:
        return None
    own = {file.module: source for file in files if (source := reader.own(file)) is not None}
    library = _load_library(own.values(), reader)
    if sink.has_errors:
        return None
    views = _views(files, packages)
    outlines = {name: source.facts.outline for name, source in own.items()}
    graph = {name: imports_of(outline, views[name], outlines) for name, outline in outlines.items()}
    sink.extend(check(graph))
    if sink.has_errors:
        return None
    modules = [ParsedModule(name, own[name], False, graph[name], views[name]) for name in dependency_order(graph)]
    return Program(library + modules, ENTRY_NAME)


def _views(files: Iterable[FoundFile], packages: Sequence[Package]) -> dict[str, Mapping[str, str]]:
    """What each module may import, by its full name."""
    by_package: dict[str, list[str]] = {}
    for file in files:
        by_package.setdefault(file.package, []).append(file.module)
    views = visible_modules(by_package, packages)
    return {file.module: views[file.package] for file in files}


# ---- finding files -----------------------------------------------------------------------------


def _program_files(path: str, sources: SourceMap, packages: Sequence[Package], sink: Sink) -> list[FoundFile] | None:
    """Each file of the program and its dependencies; None with the reasons in the sink."""
    reader = sources.reader
    if not reader.exists(path):
        sink.add(errors.not_found(path))
        return None
    if not reader.is_dir(path):
        if path.endswith(SUFFIX):
            return [FoundFile(ENTRY_NAME, "", path, path.replace("\\", "/").rpartition("/")[2])]
        sink.add(errors.not_a_program(path))
        return None
    if not reader.exists(joined(path, ENTRY_FILE)):
        sink.add(errors.no_entry(path))
        return None
    root = path.rstrip("/") or "/"
    roots = [root, *(package.folder for package in packages)]
    try:
        found = list(files_of(root, sources, roots, None))
        for package in packages:
            found += files_of(package.folder, sources, roots, package)
    except OSError as error:
        sink.add(errors.unlistable(error.filename or path, error.strerror or str(error)))
        return None
    return _with_one_name_each(found, sink)


def _with_one_name_each(found: list[FoundFile], sink: Sink) -> list[FoundFile] | None:
    """The files, whose module names must differ."""
    by_name: dict[str, list[str]] = {}
    for file in found:
        by_name.setdefault(file.module, []).append(file.path)
    clashes = {name: paths for name, paths in by_name.items() if len(paths) > 1}
    for name, paths in clashes.items():
        sink.add(errors.duplicate_module(name, paths))
    return None if clashes else found


# ---- reading files -----------------------------------------------------------------------------


def _parser() -> ModuleType:
    """The parser, which a program that has not changed does not need."""
    from snowc.syntax import parser

    return parser


class _Reader:
    """Reads the files of one program, and parses those of which too little is known."""

    def __init__(self, sources: SourceMap, std: StdSource, sink: Sink, known: Known) -> None:
        self.sources = sources
        self.std = std
        self.sink = sink
        self.known = known

    def own(self, found: FoundFile) -> Source | None:
        """A file of the program; None with a diagnostic if it cannot be read."""
        file = self.sources.read(found.path, found.below)
        if isinstance(file, int):
            facts = self.known.own(found.module, self.sources.file(file))
            return self._source(file, facts, inside=False)
        if file.problem is Problem.NOT_UTF8 and file.span is not None:
            self.sink.add(NotUtf8(file.span, file.detail))
        else:
            self.sink.add(errors.unreadable(file))
        return None

    def library(self, module: str) -> Source:
        """A library module, through the library's own reader; that it is unreadable is no user's mistake."""
        std, path = self.std, self.std.path(module)
        text = std.reader.read(f"{std.directory}/{path}").decode("utf-8")
        file = self.sources.add_text(f"{std.directory}/{path}", text, f"std/{path}")
        return self._source(file, self.known.library(module), inside=True)

    def _source(self, file: int, facts: Facts | None, *, inside: bool) -> Source:
        if facts is not None:
            return Source(self.sources, file, facts, None, True)
        before = len(self.sink.items)
        tree, tokens = _parser().parse_with_tokens(self.sources, file, self.sink)
        needs = tuple(sorted(self.std.needed(tokens, inside=inside)))
        return Source(self.sources, file, Facts(outline_of(tree), needs), tree, len(self.sink.items) == before)


# ---- the library -------------------------------------------------------------------------------


def _load_library(own: Iterable[Source], reader: _Reader) -> list[ParsedModule]:
    """All library modules that the program needs, directly or through others, in dependency order."""
    loaded: dict[str, Source] = {}
    graph: dict[str, set[str]] = {}
    waiting = {PRELUDE}.intersection(reader.std.modules()).union(*(source.facts.needs for source in own))
    while waiting:
        name = min(waiting)
        waiting.remove(name)
        loaded[name] = reader.library(name)
        mentioned = set(loaded[name].facts.needs) - {name}
        # The prelude comes first, whatever it mentions.
        graph[name] = set() if name == PRELUDE else mentioned
        waiting |= mentioned - loaded.keys()
    return [ParsedModule(name, loaded[name], True, tuple(sorted(graph[name]))) for name in dependency_order(graph)]
