"""What a guard of `case` may contain (language.md 5.3): E0013 for anything else."""

from __future__ import annotations

from snowc.syntax import ast
from snowc.types.context import Cx
from snowc.types.errors_control import GuardConstruct

_FORBIDDEN: dict[type[ast.Expr], str] = {
    ast.Closure: "a closure",
    ast.Case: "`case`",
    ast.If: "`if`",
    ast.While: "a loop",
    ast.For: "a loop",
    ast.Receive: "`receive`",
    ast.StructLit: "a struct literal",
    ast.ListExpr: "a list literal",
    ast.MapExpr: "a map literal",
    ast.TupleExpr: "a tuple literal",
    ast.Try: "`?`",
    ast.Spawn: "an actor primitive",
    ast.SelfCall: "an actor primitive",
    ast.Index: "an index",
    ast.Block: "a block",
    ast.Return: "`return`",
    ast.Break: "`break`",
    ast.Continue: "`continue`",
}

_OPERATORS = frozenset({"+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "and", "or", "<>"})


def check_guard(cx: Cx, guard: ast.Expr) -> bool:
    """Whether a guard holds only what it may; the first forbidden construct is reported."""
    stack = [guard]
    while stack:
        expr = stack.pop()
        what = _FORBIDDEN.get(type(expr))
        if what is not None:
            cx.report(GuardConstruct(expr.span, what))
            return False
        match expr:
            case ast.Binary(op=op, left=left, right=right):
                if op not in _OPERATORS:
                    cx.report(GuardConstruct(expr.span, f"`{op}`"))
                    return False
                stack += [right, left]
            case ast.Unary(operand=inner) | ast.Dot(base=inner):
                stack.append(inner)
            case ast.Pipe(left=left, right=right):
                stack += [right, left]
            case ast.Call(callee=callee, args=args, trailing=trailing):
                stack += [*([trailing] if trailing is not None else []), *args, callee]
            case ast.StringLit(parts=parts):
                stack += [p for p in parts if not isinstance(p, str)]
            case _:
                pass
    return True
