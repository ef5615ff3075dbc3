"""Which matches can be judged in a module with mistakes: those that no mistake touches.

A mistake touches a match if it lies inside it, or if it hides behind the type of what is matched or of a
pattern, as it does where a name could not be imported.
"""

from __future__ import annotations

from collections.abc import Sequence

from snowc.source.span import Span
from snowc.types.tast import Let, Match, PAs, PCons, PCtor, PList, POr, PTuple, TPat
from snowc.types.ty import ERROR, Con, Fn, Type, prune


def is_sound(expr: Match | Let, errors: Sequence[Span]) -> bool:
    """Whether no mistake touches `expr`; `errors` are the places that those in its module speak of."""
    if any(expr.span.file == e.file and expr.span.start <= e.start <= expr.span.end for e in errors):
        return False
    if isinstance(expr, Let):
        return _is_known(expr.value.type) and _is_read(expr.pattern)
    patterns = [pattern for arm in expr.arms for pattern in arm.patterns]
    return all(_is_known(s.type) for s in expr.scrutinees) and all(map(_is_read, patterns))


def _is_read(pattern: TPat) -> bool:
    """Whether no part of a pattern has the type of a mistake."""
    stack = [pattern]
    while stack:
        part = stack.pop()
        if not _is_known(part.type):
            return False
        match part:
            case PTuple(items=items) | PList(items=items) | PCtor(args=items) | POr(alternatives=items):
                stack += items
            case PCons(head=head, tail=tail):
                stack += (head, tail)
            case PAs(pattern=inner):
                stack.append(inner)
            case _:
                pass
    return True


def _is_known(ty: Type) -> bool:
    """Whether no part of a type stands for a mistake."""
    stack = [ty]
    while stack:
        part = prune(stack.pop())
        if isinstance(part, Con):
            if part == ERROR:
                return False
            stack += part.args
        elif isinstance(part, Fn):
            stack += (*part.params, part.result)
    return True
