"""Items inside functions: the blocks that declare types, interfaces, implementations or modules.

Such a block is a scope of declarations like an inline module, nested in the module around it; what it
declares is known in the whole block and cannot use its variables.
"""

from __future__ import annotations

from collections.abc import Iterator

from snowc.syntax import ast

INNER_ITEMS = (ast.StructDef, ast.SumDef, ast.AliasDef, ast.InterfaceDef, ast.ImplDef, ast.ModuleDef)
"""What may be declared inside a function, besides functions."""


def blocks_with_items(node: ast.Node) -> Iterator[ast.Block]:
    """The outermost blocks below `node` that declare such items. Inline modules are not looked into."""
    stack: list[object] = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack += reversed(part)
        elif isinstance(part, ast.ImplDef):
            stack += reversed(part.body.stmts)
        elif isinstance(part, ast.Block) and any(isinstance(s, INNER_ITEMS) for s in part.stmts):
            yield part
        elif isinstance(part, ast.Node) and not isinstance(part, ast.ModuleDef):
            stack += [getattr(part, name) for name in reversed(type(part).__match_args__)]
