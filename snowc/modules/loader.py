"""From a path to a program: all its modules and the library modules it needs, parsed and in order.

In: a file or directory, the packages it depends on, and the library. Out: a `Program`, or None with the
reasons in the sink. Parse errors of all files are reported before anything else is looked at (language.md
9.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from snowc.diag.core import Sink
from snowc.modules import errors
from snowc.modules.graph import check, dependency_order, imports_of
from snowc.modules.library import StdSource
from snowc.modules.names import ENTRY_FILE, ENTRY_NAME, PRELUDE
from snowc.modules.packages import FoundFile, Package, files_of, joined, visible_modules
from snowc.source.files import SUFFIX, Problem, SourceMap
from snowc.syntax import ast
from snowc.syntax.errors import NotUtf8
from snowc.syntax.parser import parse_with_tokens
from snowc.syntax.tokens import Token

__all__ = ["ParsedModule", "Program", "StdSource", "load_program"]


@dataclass(frozen=True)
class ParsedModule:
    """A module by its full name.

    `imports` are the program's own modules that it imports; of a library module, those it mentions.
    `visible` are the program's modules that it may import: their full names by the paths it may write.
    """

    name: str
    file: int
    ast: ast.File
    is_std: bool
    imports: tuple[str, ...]
    visible: Mapping[str, str] = field(default_factory=dict, repr=False)


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


def load_program(
    path: str, sources: SourceMap, std: StdSource, sink: Sink, packages: Sequence[Package] = ()
) -> Program | None:
    """Load the program at `path`, a `.snow` file or a directory with a main.snow, with its dependencies."""
    files = _program_files(path, sources, packages, sink)
    if files is None:
        return None
    own = {f.module: source for f in files if (source := _parse(f.path, f.below, sources, sink)) is not None}
    library = _load_library(own.values(), sources, std, sink)
    if sink.has_errors:
        return None
    views = _views(files, packages)
    trees = {name: source.tree for name, source in own.items()}
    graph = {name: imports_of(tree, views[name], trees) for name, tree in trees.items()}
    sink.extend(check(graph))
    if sink.has_errors:
        return None
    modules = [
        ParsedModule(name, own[name].file, own[name].tree, False, graph[name], views[name])
        for name in dependency_order(graph)
    ]
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
    return [
        ParsedModule(name, loaded[name].file, loaded[name].tree, True, tuple(sorted(graph[name])))
        for name in dependency_order(graph)
    ]


def _parse_library(std: StdSource, path: str, sources: SourceMap, sink: Sink) -> _Source:
    """As `_parse`, through the library's own reader; that a library file is unreadable is no user's mistake."""
    text = std.reader.read(f"{std.directory}/{path}").decode("utf-8")
    file = sources.add_text(f"{std.directory}/{path}", text, f"std/{path}")
    return _Source(file, *parse_with_tokens(sources, file, sink))
