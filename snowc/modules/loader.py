"""From a path to a program: all its modules and the library modules it needs, parsed and in order.

In: a file or directory, and the library. Out: a `Program`, or None with the reasons in the sink. Parse
errors of all files are reported before anything else is looked at (language.md 9.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from snowc.diag.core import Sink
from snowc.modules import errors
from snowc.modules.graph import check, dependency_order, imports_of
from snowc.modules.library import StdSource
from snowc.modules.names import ENTRY_FILE, ENTRY_NAME, PRELUDE, module_name
from snowc.source.files import SUFFIX, Problem, SourceMap
from snowc.syntax import ast
from snowc.syntax.errors import NotUtf8
from snowc.syntax.parser import parse_with_tokens
from snowc.syntax.tokens import Token

__all__ = ["ParsedModule", "Program", "StdSource", "load_program"]


@dataclass(frozen=True)
class ParsedModule:
    """`imports` are the program's own modules that it imports; of a library module, those it mentions."""

    name: str
    file: int
    ast: ast.File
    is_std: bool
    imports: tuple[str, ...]


@dataclass(frozen=True)
class Program:
    """Modules in dependency order, the library's first; `entry` is the name of the entry module."""

    modules: list[ParsedModule]
    entry: str


@dataclass(frozen=True)
class _Source:
    """A file that has been parsed."""

    file: int
    tree: ast.File
    tokens: list[Token]


def load_program(path: str, sources: SourceMap, std: StdSource, sink: Sink) -> Program | None:
    """Load the program at `path`, a `.snow` file or a directory with a main.snow."""
    files = _program_files(path, sources, sink)
    if files is None:
        return None
    own = {name: source for name, at, below in files if (source := _parse(at, below, sources, sink)) is not None}
    library = _load_library(own.values(), sources, std, sink)
    if sink.has_errors:
        return None
    trees = {name: source.tree for name, source in own.items()}
    graph = {name: imports_of(tree, trees) for name, tree in trees.items()}
    sink.extend(check(graph))
    if sink.has_errors:
        return None
    modules = [_module(name, own[name], False, graph[name]) for name in dependency_order(graph)]
    return Program(library + modules, ENTRY_NAME)


def _module(name: str, source: _Source, is_std: bool, imports: Iterable[str]) -> ParsedModule:
    return ParsedModule(name, source.file, source.tree, is_std, tuple(imports))


# ---- finding files -----------------------------------------------------------------------------


def _program_files(path: str, sources: SourceMap, sink: Sink) -> list[tuple[str, str, str]] | None:
    """Module name, path, and path below the program, of each file of the program."""
    reader = sources.reader
    if not reader.exists(path):
        sink.add(errors.not_found(path))
        return None
    if not reader.is_dir(path):
        if path.endswith(SUFFIX):
            return [(ENTRY_NAME, path, path.replace("\\", "/").rpartition("/")[2])]
        sink.add(errors.not_a_program(path))
        return None
    try:
        found = reader.walk(path)
    except OSError as error:
        sink.add(errors.unlistable(error.filename or path, error.strerror or str(error)))
        return None
    if ENTRY_FILE not in found:
        sink.add(errors.no_entry(path))
        return None
    return _named(path.rstrip("/") or "/", found, sink)


def _named(directory: str, found: list[str], sink: Sink) -> list[tuple[str, str, str]] | None:
    """The files with their module names, which must differ."""
    by_name: dict[str, list[str]] = {}
    for below in found:
        by_name.setdefault(module_name(below), []).append(below)
    base = directory if directory.endswith("/") else directory + "/"
    clashes = {name: paths for name, paths in by_name.items() if len(paths) > 1}
    for name, paths in clashes.items():
        sink.add(errors.duplicate_module(name, [base + below for below in paths]))
    return None if clashes else [(name, base + paths[0], paths[0]) for name, paths in by_name.items()]


def _parse(path: str, below: str, sources: SourceMap, sink: Sink) -> _Source | None:
    """Read and parse one file; None with a diagnostic if it cannot be read."""
    file = sources.read(path, below)
    if isinstance(file, int):
        return _Source(file, *parse_with_tokens(sources, file, sink))
    if file.problem is Problem.NOT_UTF8 and file.span is not None:
        sink.add(NotUtf8(file.span, file.detail))
    else:
        sink.add(errors.unreadable(file))
    return None


# ---- the library -------------------------------------------------------------------------------


def _load_library(own: Iterable[_Source], sources: SourceMap, std: StdSource, sink: Sink) -> list[ParsedModule]:
    """All library modules that the program needs, directly or through others, in dependency order."""
    loaded: dict[str, _Source] = {}
    graph: dict[str, set[str]] = {}
    waiting = {PRELUDE}.intersection(std.modules()).union(*(std.needed(source.tokens) for source in own))
    while waiting:
        name = min(waiting)
        waiting.remove(name)
        loaded[name] = _parse_library(std, std.path(name), sources, sink)
        mentioned = std.needed(loaded[name].tokens, inside=True) - {name}
        # The prelude comes first, whatever it mentions.
        graph[name] = set() if name == PRELUDE else mentioned
        waiting |= mentioned - loaded.keys()
    return [_module(name, loaded[name], True, sorted(graph[name])) for name in dependency_order(graph)]


def _parse_library(std: StdSource, path: str, sources: SourceMap, sink: Sink) -> _Source:
    """As `_parse`, through the library's own reader; that a library file is unreadable is no user's mistake."""
    text = std.reader.read(f"{std.directory}/{path}").decode("utf-8")
    file = sources.add_text(f"{std.directory}/{path}", text, f"std/{path}")
    return _Source(file, *parse_with_tokens(sources, file, sink))
