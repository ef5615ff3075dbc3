"""Project-level diagnostics of the module graph: none is tied to a place in a file (code C0001)."""

from __future__ import annotations

from collections.abc import Sequence

from snowc.diag.core import ProjectError
from snowc.source.files import Problem, ReadFailure
from snowc.source.span import NO_SPAN


def not_found(path: str) -> ProjectError:
    return ProjectError(NO_SPAN, f"'{path}' does not exist")


def not_a_program(path: str) -> ProjectError:
    return ProjectError(NO_SPAN, f"'{path}' is not a directory or a .snow file")


def no_entry(directory: str) -> ProjectError:
    return ProjectError(NO_SPAN, f"No 'main.snow' found in {directory}", "create main.snow with `fn main() do … end`")


def unreadable(failure: ReadFailure) -> ProjectError:
    reason = f": {failure.detail}" if failure.detail and failure.problem is Problem.UNREADABLE else ""
    return ProjectError(NO_SPAN, f"'{failure.path}' {failure.problem.value}{reason}")


def unlistable(directory: str, reason: str) -> ProjectError:
    return ProjectError(NO_SPAN, f"'{directory}' cannot be read: {reason}")


def duplicate_module(name: str, paths: Sequence[str]) -> ProjectError:
    files = " and ".join(f"'{path}'" for path in paths)
    return ProjectError(NO_SPAN, f"Duplicate module '{name}': {files} give the same name", "rename one of the files")


def self_import(name: str) -> ProjectError:
    return ProjectError(NO_SPAN, f"Module '{name}' cannot import itself", "remove this import")


def cycle(names: Sequence[str]) -> ProjectError:
    """`names` lists the modules of the cycle once each."""
    text = " -> ".join([*names, names[0]])
    return ProjectError(
        NO_SPAN, f"Circular dependency: {text}", "move what these modules share into a module of its own"
    )
