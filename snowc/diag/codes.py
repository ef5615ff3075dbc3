"""All diagnostic codes of Snow, their titles and severities: one table.

`CODES` is the single list; the classes that derive from `Diagnostic` and the pages below `pages/` are
checked against it by a test. A code is never reused for something else and never removed once released.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

from snowc.diag.core import Severity


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """One row: the code, the severities its diagnostics may have, and what it is about."""

    code: str
    title: str
    severities: frozenset[Severity]


_ERROR = frozenset({Severity.ERROR})
_WARNING = frozenset({Severity.WARNING})
_EITHER = _ERROR | _WARNING

_ROWS: tuple[tuple[str, frozenset[Severity], str], ...] = (
    ("P0001", _ERROR, "syntax error"),
    ("E0001", _ERROR, "types that must agree differ"),
    ("E0002", _ERROR, "infinite type"),
    ("E0003", _ERROR, "wrong number of arguments"),
    ("E0004", _ERROR, "undefined name"),
    ("E0005", _ERROR, "call of something that is not a function"),
    ("E0006", _ERROR, "missing implementation of an interface"),
    ("E0007", _ERROR, "missing method in an `impl`"),
    ("E0008", _ERROR, "method signature differs from the interface"),
    ("E0009", _ERROR, "missing, unknown or repeated field"),
    ("E0010", _ERROR, "unknown variant"),
    ("E0011", _ERROR, "sides of an or-pattern bind different names"),
    ("E0012", _EITHER, "non-exhaustive match"),
    ("E0013", _ERROR, "construct not allowed in a guard"),
    ("E0014", _ERROR, "message of the wrong type"),
    ("E0015", _ERROR, "`self()` outside an actor"),
    ("E0016", _ERROR, "`spawn` of something that is not an actor"),
    ("E0017", _ERROR, "`receive` outside an actor"),
    ("E0018", _ERROR, "supervisor child does not start a process"),
    ("E0019", _ERROR, "unknown strategy or repeated child"),
    ("E0020", _ERROR, "unknown restart type"),
    ("E0021", _ERROR, "bad shutdown value"),
    ("E0022", _ERROR, "catch-all clause is not the last"),
    ("E0023", _ERROR, "clauses of one function are apart"),
    ("E0024", _ERROR, "clauses with different numbers of parameters"),
    ("E0025", _ERROR, "guard is not a Bool"),
    ("E0026", _ERROR, "duplicate implementation"),
    ("E0027", _ERROR, "ambiguous method"),
    ("E0028", _ERROR, "name cannot be derived"),
    ("E0029", _ERROR, "`deriving(Ord)` without `Eq`"),
    ("E0030", _ERROR, "no such method"),
    ("E0031", _ERROR, "module not found"),
    ("E0032", _ERROR, "`break` outside a loop"),
    ("E0033", _ERROR, "`continue` outside a loop"),
    ("E0034", _ERROR, "name not in the module"),
    ("E0035", _ERROR, "name is private"),
    ("E0036", _ERROR, "`?` in a function that returns neither Result nor Option"),
    ("E0037", _ERROR, "`?` on a value that is neither Result nor Option"),
    ("E0038", _ERROR, "field cannot be turned into JSON"),
    ("E0039", _ERROR, "field cannot be read from a database row"),
    ("E0050", _ERROR, "repeated supervisor key"),
    ("E0051", _ERROR, "template supervisor without exactly one child"),
    ("E0052", _ERROR, "`receive` in a `terminate` block"),
    ("E0053", _ERROR, "service members with one name"),
    ("E0054", _ERROR, "instantiation too deep"),
    ("E0055", _ERROR, "declared twice"),
    ("W0001", _WARNING, "unreachable arm or clause"),
    ("W0002", _WARNING, "ignored part of a later clause"),
    ("W0003", _WARNING, "suspicious code"),
    ("W0010", _WARNING, "`receive` does not cover its message type"),
    ("C0001", _ERROR, "project, file or tool problem"),
    ("C0002", _ERROR, "not supported yet"),
)

CODES: dict[str, CodeInfo] = {code: CodeInfo(code, title, severities) for code, severities, title in _ROWS}
"""The table, in the order of the language reference."""


def page(code: str) -> str:
    """The explanatory text of `code`, in Markdown; `KeyError` for an unknown code."""
    info = CODES[code]
    return resources.files("snowc.diag").joinpath("pages", f"{info.code}.md").read_text(encoding="utf-8")
