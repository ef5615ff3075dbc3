"""Reserved words used as names (language.md 1.3), in files that do not parse.

In: the lexer's tokens. Out: the same tokens with such words as IDENT, so that a second parse is not led
astray by them, and one report for each word. A word counts as a name where no program could have it and a name
would be right, such as between `let` and `=`; a word that some place uses as a name is also one where it is
an operand. Files without mistakes never get here.
"""

from __future__ import annotations

from collections.abc import Sequence

from snowc.source.span import Span
from snowc.syntax.errors import ReservedName
from snowc.syntax.tokens import CLOSING, COMMA, KEYWORD_KINDS, OPENING, Token

_LITERALS = frozenset(["TRUE", "FALSE", "NIL", "SELF"])
_ALONE = frozenset(["BREAK", "CONTINUE", "RETURN"])
"""Words that are whole statements."""
_CLOSES = frozenset(["END", "ELSE", "DO", "AFTER"])
_FOLLOWS = frozenset(["IN", "WHEN", "WHERE", "AND", "OR"])
"""Words between expressions."""
_BEGINS_EXPRESSION = frozenset("IF CASE MATCH FN WHILE FOR RECEIVE NOT SPAWN SEND LINK BREAK CONTINUE RETURN".split())
_INFIX = frozenset(
    "PLUS MINUS STAR SLASH PERCENT EQEQ NE LT GT LE GE ANDAND OROR AND OR PIPE DOTDOT DIAMOND PLUSPLUS".split()
)
_LINE = frozenset(["NEWLINE", "SEMI", "$"])
_INSIDE_FROM = frozenset(OPENING) | {COMMA}
_INSIDE_TO = CLOSING | {COMMA}
_OPERAND_AFTER = _INFIX | frozenset(OPENING) | {COMMA, "EQ", "ARROW", "FATARROW", "RETURN", "COLON"}
_OPERAND_BEFORE = _INFIX | CLOSING | {COMMA, "DOT", "QMARK", "LSQB", "FATARROW", "NEWLINE", "SEMI", "$"}

# The kind before, and the kinds behind, between which only a name can stand.
_NAMED = {
    "LET": frozenset(["EQ", "CC"]),
    "FOR": frozenset(["IN"]),
    "FN": frozenset(["ARROW", COMMA, "EQ", "DO", "LT"]),
    "DEF": frozenset(["EQ", "DO", "LT"]),
    "BAR": frozenset(["BAR", COMMA]),
    COMMA: frozenset(["ARROW", "BAR", "EQ"]),
    "IMPORT": frozenset([COMMA, "NEWLINE", "SEMI", "$"]),
    **dict.fromkeys(
        ["STRUCT", "TYPE", "MODULE", "ACTOR", "INTERFACE", "SERVICE"], frozenset(["DO", "EQ", "LPAR", "LT"])
    ),
    **dict.fromkeys(["CALL", "CAST"], frozenset(["LPAR"])),
}


def names_for_words(tokens: Sequence[Token], file: int) -> tuple[list[Token], list[ReservedName]]:
    """The tokens with reserved words as names where they are used as such, and the reports."""
    kinds = ["$", *[token.kind for token in tokens], "$"]
    found: dict[str, Token] = {}
    for index, token in enumerate(tokens):
        if token.kind in KEYWORD_KINDS and _is_name(kinds[index], token.kind, kinds[index + 2]):
            found.setdefault(token.kind, token)
    if not found:
        return list(tokens), []
    made = list(tokens)
    for index, token in enumerate(tokens):
        around = kinds[index], token.kind, kinds[index + 2]
        if token.kind in found and (_is_name(*around) or _is_operand(*around)):
            made[index] = Token("IDENT", *token[1:])
    return made, [ReservedName(Span(file, token.start, token.end), token.value) for token in found.values()]


def _is_name(before: str, kind: str, behind: str) -> bool:
    """Whether the word stands where something gets a name, or where a name is listed."""
    if kind in _LITERALS or before == "DOT" or (kind == "FN" and behind == "ARROW"):
        return False
    if behind in ("CC", "COLON") or behind in _NAMED.get(before, ()):
        return kind != "DO" or before == "LET"
    if before in _INSIDE_FROM and behind in _INSIDE_TO:
        return kind not in _ALONE
    return (before in _LINE or before == "DO") and behind == "ARROW" and kind not in _CLOSES | {"FN"}


def _is_operand(before: str, kind: str, behind: str) -> bool:
    """Whether a word that is a name elsewhere is one here."""
    if before == "DOT":
        return False
    if kind in _CLOSES or kind in _FOLLOWS:
        return before in _OPERAND_AFTER and behind in _OPERAND_BEFORE
    if kind in _BEGINS_EXPRESSION:
        return behind in _OPERAND_BEFORE and kind not in _ALONE
    return behind in _OPERAND_BEFORE or before in _OPERAND_AFTER
