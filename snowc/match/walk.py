"""Reading the typed AST as a tree: the direct sub-expressions of an expression, in source order.

Shared by everything that visits whole functions without caring for most constructs.
"""

from __future__ import annotations

from collections.abc import Iterator

from snowc.types.tast import (
    And,
    Block,
    Call,
    Construct,
    FieldGet,
    FnDecl,
    For,
    If,
    Interp,
    Lambda,
    Later,
    Let,
    LetFn,
    ListLit,
    MapLit,
    Match,
    Or,
    Prim,
    RangeLit,
    Receive,
    Return,
    Send,
    Spawn,
    TExpr,
    TModule,
    Try,
    While,
)


def children(expr: TExpr) -> list[TExpr]:
    """The direct sub-expressions; the bodies of closures and local functions count among them."""
    match expr:
        case Call(fn=fn, args=args) | Spawn(fn=fn, args=args):
            return [fn, *args]
        case Block(stmts=items) | ListLit(items=items) | Construct(fields=items) | Prim(args=items):
            return items
        case Later(parts=items):
            return items
        case MapLit(entries=entries):
            return [part for entry in entries for part in entry]
        case Interp(parts=parts):
            return [part for part in parts if not isinstance(part, str)]
        case FieldGet(base=inner) | Let(value=inner) | Lambda(body=inner) | Try(operand=inner):
            return [inner]
        case And(left=left, right=right) | Or(left=left, right=right) | RangeLit(low=left, high=right):
            return [left, right]
        case While(cond=left, body=right) | Send(pid=left, message=right):
            return [left, right]
        case Receive(match=match, timeout=timeout, after=after):
            return [match] if timeout is None or after is None else [timeout, match, after]
        case LetFn(decls=decls):
            return [decl.body for decl in decls]
        case If(cond=cond, then=then, otherwise=otherwise):
            return [cond, then] if otherwise is None else [cond, then, otherwise]
        case Match():
            return _match_children(expr)
        case For(iterable=iterable, guard=guard, body=body):
            return [iterable, body] if guard is None else [iterable, guard, body]
        case Return(value=value):
            return [] if value is None else [value]
        case _:
            return []


def _match_children(match: Match) -> list[TExpr]:
    found = list(match.scrutinees)
    for arm in match.arms:
        if arm.guard is not None:
            found.append(arm.guard)
        found.append(arm.body)
    return found


def walk(root: TExpr) -> Iterator[TExpr]:
    """Every expression below `root`, itself first, in source order."""
    stack = [root]
    while stack:
        expr = stack.pop()
        yield expr
        stack.extend(reversed(children(expr)))


def walk_module(module: TModule) -> Iterator[TExpr]:
    """Every expression of a module: functions and methods first, then constants."""
    bodies: list[FnDecl] = module.functions
    for decl in bodies:
        yield from walk(decl.body)
    for const in module.consts:
        yield from walk(const.value)
