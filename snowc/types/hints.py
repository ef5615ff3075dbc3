"""Suggestions for disagreeing types (language.md 9.5) and the place where two large types differ."""

from __future__ import annotations

from snowc.types.printing import Namer
from snowc.types.ty import STRING, UNIT, Con, Fn, Type, Var, prune


def mismatch_help(expected: Type, found: Type) -> str | None:
    """A concrete fix for an E0001, if a common one fits."""
    expected, found = prune(expected), prune(found)
    if isinstance(found, Fn) and not isinstance(expected, Fn) and same(prune(found.result), expected):
        return "call it: write `(…)` behind the name"
    if isinstance(expected, Fn) and not expected.params and not isinstance(found, Fn):
        return "write a closure: `fn -> … end`"
    if not isinstance(expected, Con):
        return None
    want, have = expected.name, found.name if isinstance(found, Con) else ""
    if want == "Option" and found == UNIT and prune(expected.args[0]) != UNIT:
        return "the Option without a value is `None`"
    if want == "Option" and _payload(expected, found):
        return "wrap in Some(...)"
    if want == "Result" and _payload(expected, found):
        return "wrap in Ok(...)"
    if want == "Int" and have == "Float":
        return "use Int conversion: Float.to_int(...)"
    if want == "Float" and have == "Int":
        return "use Float conversion: Int.to_float(...)"
    if want == "String" and have and found != UNIT:
        return 'use to_string() or "${…}"'
    if want == "ExitReason" and have == "String":
        return "wrap in ExitReason.Error(...) or ExitReason.Custom(...)"
    if want == "Bool":
        return "expected a boolean expression"
    return unwrap_help(expected, found)


def operand_help(op: str, left: Type, right: Type) -> str | None:
    """What to do where the operands of an arithmetic operator or of `<>` differ."""
    if op != "<>" and STRING in (prune(left), prune(right)):
        join = 'join texts with `<>`, as in `text <> "${n}"`'
        return join if op == "+" else f"`{op}` is for numbers: see String.to_int"
    return unwrap_help(right, left)


def _payload(wrapped: Con, ty: Type) -> bool:
    """Whether `ty` may be what the Option or Result holds; one of the two in place of the other is a mix-up."""
    mixed_up = isinstance(prune(wrapped.args[0]), Var) and isinstance(ty, Con) and ty.name in ("Option", "Result")
    return not mixed_up and same(wrapped.args[0], ty)


def unwrap_help(expected: Type, found: Type) -> str | None:
    """What to do where an Option or Result stands in place of its value."""
    expected, found = prune(expected), prune(found)
    if not (isinstance(found, Con) and found.name in ("Option", "Result")):
        return None
    if not isinstance(prune(found.args[0]), Var) and same(found.args[0], expected):
        return f"take the value out of the {found.name} with `case` or `?`"
    return None


def same(a: Type, b: Type) -> bool:
    """Whether two types could be equal, without making them so."""
    a, b = prune(a), prune(b)
    if isinstance(a, Var) or isinstance(b, Var):
        return a is b or not (getattr(a, "rigid", None) or getattr(b, "rigid", None))
    if isinstance(a, Con) and isinstance(b, Con):
        return a.name == b.name and len(a.args) == len(b.args) and all(map(same, a.args, b.args))
    if isinstance(a, Fn) and isinstance(b, Fn):
        return len(a.params) == len(b.params) and all(map(same, a.params, b.params)) and same(a.result, b.result)
    return False


def mismatch_detail(expected: Type, found: Type, namer: Namer) -> str | None:
    """Names the differing part when the two types agree on the outside."""
    a, b = prune(expected), prune(found)
    deep = False
    while True:
        step = _differing(a, b)
        if step is None:
            break
        a, b = step
        deep = True
    return f"{namer.show(a)} and {namer.show(b)} differ" if deep else None


def _differing(a: Type, b: Type) -> tuple[Type, Type] | None:
    """The first pair of parts of two types of the same shape that do not agree."""
    if isinstance(a, Con) and isinstance(b, Con) and a.name == b.name and len(a.args) == len(b.args):
        pairs = zip(a.args, b.args, strict=True)
    elif isinstance(a, Fn) and isinstance(b, Fn) and len(a.params) == len(b.params):
        pairs = zip((*a.params, a.result), (*b.params, b.result), strict=True)
    else:
        return None
    for x, y in pairs:
        if not same(x, y):
            return prune(x), prune(y)
    return None
