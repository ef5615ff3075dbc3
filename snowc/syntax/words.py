"""Terminals in human words: what messages say instead of the names in `snow.lark`."""

from __future__ import annotations

from collections.abc import Collection

from snowc.syntax.tokens import KEYWORDS, OPERATORS, Token

_LONGEST = 40

_WORDS = {
    "IDENT": "a name",
    "INT": "a number",
    "FLOAT": "a number",
    "STRING": "a string",
    "STR_START": "a string",
    "STR_CONTENT": "text",
    "STR_END": "the end of the string",
    "INTERP_START": "`${`",
    "INTERP_END": "`}`",
    "MAPOPEN": "`%{`",
    "_SEP": "a new line",
    "_COMMA": "`,`",
    "TRAILING_DO": "`do`",
    "FN_DEF": "`fn`",
    "ELSE_IF": "`else if`",
    "IMPL_FOR": "`for`",
    "SELF_CALL": "`self`",
    "AS": "`as`",
    "FROM": "`from`",
    "DERIVING": "`deriving`",
    "FUN": "`Fun`",
    "CHILD": "`child`",
    "STRATEGY": "`strategy`",
    "MAX_RESTARTS": "`max_restarts`",
    "MAX_SECONDS": "`max_seconds`",
    "START": "`start`",
    "RESTART": "`restart`",
    "SHUTDOWN": "`shutdown`",
    "$END": "the end of the file",
    **{word.upper(): f"`{word}`" for word in KEYWORDS},
    **{kind: f"`{sign}`" for sign, kind in OPERATORS.items()},
}

# Groups of terminals that messages name as one thing, the first that fits entirely. The second part
# is what the name stands for, besides the terminals that must all be there.
_CONTEXTUAL = frozenset("AS FROM DERIVING FUN CHILD STRATEGY MAX_RESTARTS MAX_SECONDS START RESTART SHUTDOWN".split())
_OPERATORS = frozenset(
    """PIPE OR OROR AND ANDAND EQEQ NE LT GT LE GE DOTDOT DIAMOND PLUSPLUS PLUS MINUS STAR SLASH
    PERCENT""".split()
)
_CONTINUATION = _OPERATORS | frozenset("LPAR DOT LSQB QMARK LBRACE".split())
_EXPRESSION = frozenset(
    """IDENT INT FLOAT TRUE FALSE NIL STRING STR_START LPAR LSQB MAPOPEN MINUS BANG NOT SELF SELF_CALL IF CASE MATCH
    FN WHILE FOR RECEIVE BREAK CONTINUE SPAWN SEND LINK""".split()
) | _CONTEXTUAL
_PATTERN = frozenset("IDENT INT FLOAT TRUE FALSE NIL STRING LPAR LSQB MINUS".split()) | _CONTEXTUAL
_TYPE = frozenset("IDENT LPAR FUN".split()) | _CONTEXTUAL
_ITEM = frozenset(
    """FN_DEF PUB MODULE IMPORT FROM STRUCT TYPE INTERFACE IMPL ACTOR SERVICE SUPERVISOR LET RETURN""".split()
)

_GROUPS: tuple[tuple[frozenset[str], str], ...] = (
    (_EXPRESSION | _ITEM, "a statement"),
    (_EXPRESSION, "an expression"),
    (_PATTERN, "a pattern"),
    (_TYPE, "a type"),
    (frozenset(["IDENT"]) | _CONTEXTUAL, "a name"),
)
_MANY = 5


def quoted(text: str) -> str:
    """The first line of `text` in backquotes, shortened in the middle if it is long."""
    text = text.split("\n", 1)[0]
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 10]}…{text[-9:]}"
    return f"`{text}`"


def kind_in_words(kind: str) -> str:
    """What a terminal stands for."""
    return _WORDS[kind]


def found_in_words(token: Token) -> str:
    """What was found, with its text where that helps."""
    if token.kind == "_SEP":
        return "the end of the line" if token.value == "\n" else quoted(token.value)
    if token.kind == "STRING":
        return "a string"
    if token.kind in ("INT", "FLOAT"):
        return f"the number {quoted(str(token.value))}"
    if token.kind in ("STR_CONTENT", "STR_START", "STR_END", "$END"):
        return _WORDS[token.kind]
    if token.kind == "IDENT":
        return quoted(token.value)
    return _WORDS.get(token.kind, quoted(str(token.value)))


def expected_in_words(kinds: Collection[str]) -> tuple[str, ...]:
    """What a set of acceptable terminals stands for, most telling first; at most a handful of words.

    Everything that can merely lengthen the expression before it is left out if anything else fits.
    """
    rest = set(kinds)
    named: list[str] = []
    for group, name in _GROUPS:
        if group <= rest:
            named.append(name)
            rest -= group | _EXPRESSION if group >= _PATTERN else group
    if "a statement" in named:
        rest -= {"END", "$END"}
    if rest >= _OPERATORS:
        rest -= _CONTINUATION
        if not rest and not named:
            return ("an operator",)
    words = named + sorted({_WORDS[kind] for kind in rest}, key=lambda word: (word == "a new line", word))
    return tuple(words[:_MANY])
