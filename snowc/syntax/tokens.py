"""Tokens: what the lexer gives, the layout pass rewrites and the parser reads.

A token's kind is the name of a terminal of `snow.lark`. The lexer alone makes NEWLINE and
SEMI; the layout pass alone makes _SEP and the kinds that depend on context (FN_DEF, TRAILING_DO, ELSE_IF,
IMPL_FOR, SELF_CALL, AS, FROM, DERIVING, FUN and the words of supervisors).
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Token(NamedTuple):
    """`value` is the text as written, but the number for INT and FLOAT and the decoded text of strings."""

    kind: str
    value: Any
    start: int
    end: int


SEP = "_SEP"
COMMA = "_COMMA"
"""Terminals that no production needs the text of, hence the underscore (see `snow.lark`)."""


def is_made_up(token: Token) -> bool:
    """Whether a separator stands for nothing in the text, but was put between two tokens of a line (P13)."""
    return token.kind == SEP and token.value not in ("\n", ";")


KEYWORDS = frozenset(
    """actor after alias and break call case cast cond continue def do else end false fn for if impl
    import in interface let link match module monitor nil not or pub receive return self send service
    spawn struct supervisor terminate trait trap true type when where while with""".split()
)

OPERATORS = {
    "==": "EQEQ", "!=": "NE", "<=": "LE", ">=": "GE", "&&": "ANDAND", "||": "OROR", "|>": "PIPE",
    "..": "DOTDOT", "<>": "DIAMOND", "++": "PLUSPLUS", "->": "ARROW", "=>": "FATARROW", "::": "CC",
    "+": "PLUS", "-": "MINUS", "*": "STAR", "/": "SLASH", "%": "PERCENT", "<": "LT", ">": "GT",
    "!": "BANG", "=": "EQ", "?": "QMARK", "|": "BAR", "(": "LPAR", ")": "RPAR", "[": "LSQB", "]": "RSQB",
    "{": "LBRACE", "}": "RBRACE", ",": "_COMMA", ".": "DOT", ":": "COLON", ";": "SEMI",
}  # fmt: skip

KEYWORD_KINDS = frozenset(word.upper() for word in KEYWORDS)
SUPERVISOR_WORDS = frozenset(["strategy", "max_restarts", "max_seconds", "start", "restart", "shutdown"])

# A newline after these is ignored (language.md 1.6, rule 3) …
CONTINUES_AFTER = frozenset(
    """PLUS MINUS STAR SLASH PERCENT EQEQ NE LT LE GE ANDAND OROR AND OR NOT BANG PIPE DOTDOT DIAMOND
    PLUSPLUS EQ FATARROW ARROW CC DOT BAR""".split()
)
# … and so is one before these (rule 4).
CONTINUES_BEFORE = frozenset(
    """PIPE BAR ANDAND OROR AND OR EQEQ NE LT GT LE GE DOTDOT DIAMOND PLUSPLUS PLUS STAR SLASH PERCENT
    DOT""".split()
)

# P13: a separator belongs between a token that can end a statement and one that can only begin one.
CAN_END = frozenset(
    """IDENT FUN INT FLOAT TRUE FALSE NIL STRING STR_END RPAR RSQB RBRACE END QMARK SELF BREAK
    CONTINUE""".split()
)
ONLY_BEGINS = frozenset(
    """IDENT FUN INT FLOAT TRUE FALSE NIL STRING STR_START MAPOPEN NOT LET RETURN IF CASE MATCH WHILE FOR
    RECEIVE SPAWN SEND LINK SELF FN DEF STRUCT TYPE INTERFACE IMPL MODULE ACTOR SERVICE SUPERVISOR
    TERMINATE PUB BREAK CONTINUE CALL CAST""".split()
)
# What the name in `p as name` may follow (P10).
CAN_END_PATTERN = frozenset("IDENT INT FLOAT TRUE FALSE NIL STRING STR_END RPAR RSQB".split())

# Headers that a `do` closes (P4); FN_DEF and CHILD raise the count where they are made.
HEADERS = frozenset(
    """IF WHILE CASE MATCH FOR RECEIVE STRUCT TYPE INTERFACE IMPL MODULE ACTOR SERVICE SUPERVISOR CALL
    CAST TERMINATE""".split()
)

OPENING = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE", "MAPOPEN": "RBRACE", "INTERP_START": "INTERP_END"}
CLOSING = frozenset(OPENING.values())
