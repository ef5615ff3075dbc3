"""What the module graph needs of a file: its imports, its inline modules, the library modules it mentions.

Short enough to be kept from one run to the next, so that a file that has not changed need not be read anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from snowc.syntax import ast

Inner = tuple[tuple[str, tuple[object, ...]], ...]
"""Inline modules: the name of each and the modules inside it, in the same form."""


class Outline(NamedTuple):
    """The paths that a file imports, inline modules included, and the inline modules that it declares."""

    imports: tuple[tuple[str, ...], ...]
    inner: Inner

    def declares(self, path: tuple[str, ...]) -> bool:
        """Whether there are nested inline modules of these names."""
        return _declares(self.inner, path)


class Facts(NamedTuple):
    """The outline of a file, and the library modules that it may need."""

    outline: Outline
    needs: tuple[str, ...]


def outline_of(tree: ast.File) -> Outline:
    return Outline(tuple(_imports(tree.block)), _inner(tree.block))


def import_statements(block: ast.Block) -> Iterator[ast.Import | ast.FromImport]:
    """The import statements of a block and of the inline modules in it, in order."""
    for stmt in block.stmts:
        if isinstance(stmt, ast.Import | ast.FromImport):
            yield stmt
        elif isinstance(stmt, ast.ModuleDef):
            yield from import_statements(stmt.body)


def _imports(block: ast.Block) -> Iterator[tuple[str, ...]]:
    for stmt in import_statements(block):
        yield tuple([part.text for part in stmt.path.parts])


def _inner(block: ast.Block) -> Inner:
    return tuple([(s.name.text, _inner(s.body)) for s in block.stmts if isinstance(s, ast.ModuleDef)])


def _declares(inner: Inner, path: tuple[str, ...]) -> bool:
    if not path:
        return True
    return any(name == path[0] and _declares(below, path[1:]) for name, below in inner)  # type: ignore[arg-type]
