"""Names from other languages, and what they are called here.

Spelling alone would suggest `eq` for `len`. What these tables know goes before the nearest name.
"""

from __future__ import annotations

from collections.abc import Collection

from snowc.diag.suggest import did_you_mean

_SAME = {
    "length": "len size count",
    "size": "len length count",
    "append": "push add push_back insert",
    "push": "add append enqueue",
    "pop": "dequeue shift",
    "put": "set insert add update",
    "add": "insert put push",
    "delete": "remove erase",
    "remove": "delete erase",
    "has_key": "contains has contains_key includes",
    "contains": "includes has member has_key",
    "reduce": "fold foldl fold_left inject",
    "filter": "select where keep",
    "find": "detect first_where",
    "any": "exists some",
    "all": "every forall",
    "flat_map": "flatMap bind concat_map",
    "to_upper": "upper upcase uppercase toUpperCase",
    "to_lower": "lower downcase lowercase toLowerCase",
    "trim": "strip",
    "slice": "substring substr sub",
    "starts_with": "startswith startsWith has_prefix",
    "ends_with": "endswith endsWith has_suffix",
    "replace": "replaceAll gsub",
    "to_int": "parse_int parseInt int toInt",
    "to_float": "parse_float parseFloat float toFloat",
    "to_string": "str toString show",
    "head": "first car",
    "tail": "rest cdr",
}
_SYNONYMS: dict[str, list[str]] = {}
for _here, _elsewhere in _SAME.items():
    for _name in _elsewhere.split():
        _SYNONYMS.setdefault(_name, []).append(_here)

_RAISE = "failure is a value: return `Err(…)`"
_FUNCTION = "a function is declared with `fn name(…) do … end`"
_PRINT = "text is printed with `println` or `print`"
_NOTHING = "absence is the Option value `None`; `nil` is the value of type ()"
_UNKNOWN_NAMES = {
    **dict.fromkeys(("throw", "raise"), _RAISE),
    **dict.fromkeys(("function", "func", "fun", "proc", "lambda"), _FUNCTION),
    **dict.fromkeys(("puts", "printf", "echo", "console", "print_line", "printLine"), _PRINT),
    **dict.fromkeys(("null", "undefined", "nothing", "Null", "Nil", "Nothing"), _NOTHING),
    "new": "a struct is built with `Name { field: value }`",
    "this": "inside a method, the receiver is `self`",
    "True": "did you mean `true`?",
    "False": "did you mean `false`?",
}


def suggest(name: str, names: Collection[str]) -> str | None:
    """The help for an unknown member `name`: what it is called here, or the nearest of `names`."""
    known = next((here for here in _SYNONYMS.get(name, ()) if here in names), None)
    return f"did you mean `{known}`?" if known is not None else did_you_mean(name, names)


def unknown_name(name: str) -> str | None:
    """The help for a name that other languages have and this one has not."""
    return _UNKNOWN_NAMES.get(name)
