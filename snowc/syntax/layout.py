"""The layout pass: rules P1 to P13 of language.md 1.7.

In: the lexer's tokens. Out: tokens of the grammar — separators instead of line ends, context decided
(FN_DEF, TRAILING_DO, ELSE_IF, …) — with every block and bracket balanced: a missing `end`, `do` or
bracket is reported here, where the construct stack knows its opener, and made up, and a surplus one is
reported and dropped. So the parser never meets an unbalanced text, and nothing is reported twice.

Separators directly after `do`, `else`, `->` and before `end`, `else`, `after` and closure clauses are
harmless; they are dropped here, so that the grammar need not speak of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from snowc.diag.core import Diagnostic
from snowc.source.span import Span
from snowc.syntax.errors import (
    BraceBlock,
    ClosureWithEquals,
    KnownMistake,
    MissingDo,
    NestedTooDeeply,
    UnclosedBlock,
    UnclosedBracket,
    UnexpectedSemicolon,
    UnmatchedBracket,
    UnmatchedEnd,
)
from snowc.syntax.indentation import least_indented_block
from snowc.syntax.tokens import (
    CAN_END,
    CAN_END_PATTERN,
    CLOSING,
    COMMA,
    CONTINUES_AFTER,
    CONTINUES_BEFORE,
    HEADERS,
    KEYWORD_KINDS,
    ONLY_BEGINS,
    OPENING,
    SEP,
    SUPERVISOR_WORDS,
    Token,
)
from snowc.syntax.words import found_in_words

MAX_NESTING = 1000

Report = Callable[[Diagnostic], None]

# What a level of the construct stack is. The file is a block that nothing closes.
_FILE, _BLOCK, _ARROW, _HEAD, _CLAUSE, _BRACKET = "file", "block", "arrow", "head", "clause", "bracket"
_LINEWISE = (_FILE, _BLOCK, _ARROW)
_ENDED_BY_END = (_BLOCK, _ARROW, _HEAD, _CLAUSE)

_WITHOUT_EXPRESSIONS = ("STRUCT", "TYPE", "INTERFACE", "IMPL", "MODULE", "ACTOR", "SERVICE", "SUPERVISOR", "FN_DEF")
_STARTS_STATEMENT = frozenset([SEP, "DO", "TRAILING_DO", "ELSE", "PUB"])
_NO_SEP_AFTER = frozenset([SEP, "DO", "TRAILING_DO", "ELSE", "ARROW"])
_NO_SEP_BEFORE = frozenset(["END", "ELSE", "AFTER", "BAR", "$END"])
_NO_COMMA_AFTER = frozenset(["MAPOPEN", COMMA, "FATARROW"])
_NO_COMMA_BEFORE = frozenset(["RBRACE", COMMA, "MINUS", "LPAR", "LSQB"])
# At the start of a line inside a bracket these show that the bracket was never closed.
_NEVER_IN_BRACKETS = frozenset(
    "LET RETURN PUB STRUCT TYPE INTERFACE IMPL MODULE ACTOR SERVICE SUPERVISOR IMPORT TERMINATE".split()
)
_ELSE_IF = ("elif", "elsif", "elseif")
# In the bodies of these a `fn` without a name is no closure, but lacks its name.
_NO_CLOSURES = ("interface", "service")
_CONTEXTUAL = SUPERVISOR_WORDS | {"child", "from", *_ELSE_IF}


@dataclass(slots=True)
class _Level:
    """One open construct: its opening token, the word it goes by, and the headers that wait for their `do`."""

    kind: str
    opener: Token
    word: str
    headers: list[Token] = field(default_factory=list)
    made_up: bool = False


class _TooDeep(Exception):
    """Unwinds the pass once the nesting limit has been reported."""


def lay_out(
    text: str, tokens: list[Token], file: int, report: Report, *, trust_end: bool = True
) -> list[Token] | None:
    """The tokens of the grammar, closed by `$END`; None where nesting is too deep to go on.

    `trust_end` is False when the end of the text is no good witness, because an unterminated string
    ran over it: then what is open there is closed in silence.
    """
    try:
        return _Layout(text, tokens, file, report, trust_end).run()
    except _TooDeep:
        return None


class _Layout:
    def __init__(self, text: str, tokens: list[Token], file: int, report: Report, trust_end: bool) -> None:
        self.text = text
        self.file = file
        self.report = report
        self.trust_end = trust_end
        end = Token("$END", "", len(text), len(text))
        self.tokens = [*tokens, end]
        self.out: list[Token] = []
        self.top = _Level(_FILE, end, "file")
        self.stack = [self.top]
        self.bars = 0  # `|` still to come in a `do |x|` header …
        self.braces = False  # whether a block in braces has been reported
        self.header_end: Token | None = None  # … and the last one that closed such a header
        self.rare: dict[str, Callable[[int, Token], Token | None]] = {
            "FN": self.fn, "DEF": self.fn, "ELSE": self.otherwise, "SELF": self.self_word, "ARROW": self.arrow,
            "BAR": self.bar, "OROR": self.two_bars, "DO": self.do, "EQ": self.equals, "END": self.end,
            "AFTER": self.after, "SKIP": self.skip, "SEMI": self.skip,
            **dict.fromkeys(HEADERS, self.header),
            **dict.fromkeys(OPENING, self.open_bracket),
            **dict.fromkeys(CLOSING, self.close_bracket),
        }  # fmt: skip

    def run(self) -> list[Token]:
        tokens, out, rare = self.tokens, self.out, self.rare
        last = SEP
        newline: Token | None = None
        for index, token in enumerate(tokens):
            kind = token[0]
            if kind == "NEWLINE":
                newline = newline or token
                continue
            if last == "DOT" and kind in KEYWORD_KINDS:  # P11
                token = Token("IDENT", *token[1:])
                kind = "IDENT"
            elif kind == "IDENT":
                if token[1] in ("as", "deriving", "Fun"):
                    token = self.contextual(index, token, last, newline)
                    kind = token[0]
            elif kind == "SEMI":
                newline = self.semicolon(token, newline)
                continue
            elif kind == "FOR" and any(header[0] == "IMPL" for header in self.top.headers):  # P8
                token = Token("IMPL_FOR", *token[1:])
                kind = "IMPL_FOR"
            if newline is not None:
                self.line_end(index, newline, token, last)
                newline = None
            elif last in CAN_END and kind in ONLY_BEGINS and self.top.kind in _LINEWISE:  # P13
                self.separate(Token(SEP, self.text[token.start : token.end], token.start, token.end), token)
            if kind in rare:
                made = rare[kind](index, token)
                if made is None:
                    if out and out[-1][0] == SEP:
                        out.pop()  # It separated nothing but the token that was dropped.
                    last = out[-1][0] if out else SEP
                    continue
                token = made
            elif kind == "IDENT" and token[1] in _CONTEXTUAL:
                token = self.at_start_only(index, token)
            out.append(token)
            last = token[0]
        self.close_all(out.pop())
        return out

    # ---- helpers -------------------------------------------------------------------------------

    def span(self, token: Token) -> Span:
        return Span(self.file, token.start, token.end)

    def next_kind(self, index: int) -> str:
        """The kind of the very next token; a line end counts."""
        return self.tokens[index + 1].kind if index + 1 < len(self.tokens) else "$END"

    def at_start(self) -> bool:
        """Whether a statement may begin behind the last token put out (P2)."""
        return not self.out or self.out[-1].kind in _STARTS_STATEMENT or self.out[-1] is self.header_end

    def push(self, kind: str, opener: Token, word: str, *, made_up: bool = False) -> None:
        if len(self.stack) > MAX_NESTING:
            self.report(NestedTooDeeply(self.span(opener), MAX_NESTING))
            raise _TooDeep
        self.top = _Level(kind, opener, word, made_up=made_up)
        self.stack.append(self.top)

    def pop(self) -> _Level:
        level = self.stack.pop()
        self.top = self.stack[-1]
        return level

    def skip(self, index: int, token: Token) -> None:
        """A token that an earlier one has dealt with."""

    # ---- separators (P1, P12, P13) -------------------------------------------------------------

    def semicolon(self, token: Token, newline: Token | None) -> Token | None:
        if self.top.kind != _BRACKET:
            return token
        self.report(UnexpectedSemicolon(self.span(token)))
        return newline

    def line_end(self, index: int, newline: Token, token: Token, last: str) -> None:
        """Decide what the line end or `;` before `token` means."""
        if self.top.kind == _BRACKET and self.never_closed(index, token):
            self.close_brackets(token)
        if newline.kind == "NEWLINE":
            if last in CONTINUES_AFTER and self.out[-1] is not self.header_end or token.kind in CONTINUES_BEFORE:
                return
            around = next(level for level in reversed(self.stack) if level.kind not in (_HEAD, _CLAUSE))
            if around.kind == _BRACKET:
                in_map = self.top.opener.kind == "MAPOPEN"
                if in_map and last not in _NO_COMMA_AFTER and token.kind not in _NO_COMMA_BEFORE:  # P12
                    self.out.append(Token(COMMA, ",", newline.start, newline.end))
                return
        self.separate(Token(SEP, newline.value, newline.start, newline.end), token)

    def separate(self, sep: Token, token: Token) -> None:
        """Put out a separator before `token`, unless it would be idle; no header outlives it (P4)."""
        if self.top.headers and not self.settle_headers(sep, token):
            return
        if self.top.kind == _ARROW and self.top.made_up and "\n" not in self.text[self.top.opener.start : sep.start]:
            self.make_up_closing(sep.start)  # A closure that begins with `=` was meant to end with its line.
        last = self.out[-1] if self.out else None
        if last is None or last.kind in _NO_SEP_AFTER or last is self.header_end or token.kind in _NO_SEP_BEFORE:
            return
        self.out.append(sep)

    def settle_headers(self, found: Token, token: Token) -> bool:
        """Make up the missing `do` of the pending headers; False if their body begins after all."""
        level = self.top
        if level.word == "interface" or level.headers[-1].kind == "AFTER":
            level.headers.clear()
            return True
        header = level.headers[-1]
        self.report(MissingDo(self.span(found), header.value, self.span(header), found_in_words(found)))
        if token.kind in ("DO", "EQ"):
            return False
        level.headers.clear()
        self.out.append(Token("DO", "", found.start, found.start))
        self.push(_BLOCK, header, header.value, made_up=True)
        return True

    def never_closed(self, index: int, token: Token) -> bool:
        if token.kind in _NEVER_IN_BRACKETS:
            return True
        if token.kind not in ("FN", "DEF") or self.next_kind(index) != "IDENT" or self.next_kind(index + 1) != "LPAR":
            return False
        return not str(self.tokens[index + 1].value)[:1].isupper()

    # ---- words that depend on context (P2, P9, P10) --------------------------------------------

    def contextual(self, index: int, token: Token, last: str, newline: Token | None) -> Token:
        word, follows = token.value, self.next_kind(index)
        if word == "as":
            same_line = newline is None or self.top.kind == _BRACKET
            made = "AS" if same_line and last in CAN_END_PATTERN and follows == "IDENT" else ""
        elif word == "deriving":
            made = "DERIVING" if newline is None and last == "END" and follows == "LPAR" else ""
        else:
            made = "FUN" if follows == "LPAR" else ""
        return Token(made, *token[1:]) if made else token

    def at_start_only(self, index: int, token: Token) -> Token:
        if not self.at_start():
            return token
        word, follows = token.value, self.next_kind(index)
        if word == "child" and follows == "IDENT":
            made = Token("CHILD", *token[1:])
            self.top.headers.append(made)
            return made
        if word == "from" and follows == "IDENT" or word in SUPERVISOR_WORDS and follows == "COLON":
            return Token(str(word).upper(), *token[1:])
        if word in _ELSE_IF and self.top.kind == _BLOCK and follows in ONLY_BEGINS:
            return self.other_else_if(token)
        return token

    def other_else_if(self, token: Token) -> Token:
        """Other languages' word for `else if`: report it and take it for that."""
        found = f"expected `else if`, found `{token.value}`"
        self.report(KnownMistake(self.span(token), found, "write `else if … do`"))
        if self.out[-1].kind == SEP:
            self.out.pop()
        self.pop()
        self.top.headers.append(Token("IF", "if", token.start, token.end))
        return Token("ELSE_IF", token.value, token.start, token.end)

    def self_word(self, index: int, token: Token) -> Token:
        return Token("SELF_CALL", *token[1:]) if self.next_kind(index) == "LPAR" else token

    def fn(self, index: int, token: Token) -> Token:
        starts = self.at_start()
        if starts:
            name = self.tokens[index + 1]
            if name.kind in KEYWORD_KINDS and name.kind != "DO" and self.next_kind(index + 1) == "LPAR":  # P11
                name = self.tokens[index + 1] = Token("IDENT", *name[1:])
            if name.kind == "IDENT" or self.top.word in _NO_CLOSURES or self.out and self.out[-1].kind == "PUB":
                made = Token("FN_DEF", *token[1:])
                self.top.headers.append(made)
                return made
        made = Token("FN", *token[1:])
        self.push(_HEAD, made, "closure")
        return made

    # ---- blocks (P3 to P7) ---------------------------------------------------------------------

    def header(self, index: int, token: Token) -> Token:
        self.top.headers.append(token)
        return token

    def do(self, index: int, token: Token) -> Token | None:
        last = self.out[-1].kind if self.out else SEP
        if self.top.kind == _BRACKET and not self.top.headers and last != "RPAR" and self.header_below():
            self.close_brackets(token)
        if last == "ELSE":
            self.report(KnownMistake(self.span(token), "unexpected `do` after `else`", "`else` needs no `do`"))
            return None
        if self.top.headers and self.top.headers[-1].kind == "AFTER":
            return self.arrow_for_do(token)
        self.bars = 2 if self.next_significant(index) == "BAR" else 0
        if self.top.kind == _HEAD:
            self.top.kind = _BLOCK
            return token
        word = "do"
        if self.top.kind == _CLAUSE:
            self.top.kind = _ARROW
            word = "closure"
        elif self.top.headers:
            word = self.top.headers.pop().value
        elif last == "RPAR":
            token = Token("TRAILING_DO", *token[1:])
        self.push(_BLOCK, token, word)
        return token

    def arrow_for_do(self, token: Token) -> Token:
        """`after MS do …`: report it and take the `do` for the `->` it should be."""
        detail = "expected `->` after the time, found `do`"
        self.report(KnownMistake(self.span(token), detail, "write `after MS -> value`"))
        self.top.headers.pop()
        return Token("ARROW", token.value, token.start, token.end)

    def next_significant(self, index: int) -> str:
        kind = self.next_kind(index)
        return self.next_kind(index + 1) if kind == "NEWLINE" else kind

    def header_below(self) -> bool:
        """Whether a header waits for its `do` outside of the brackets on top."""
        for level in reversed(self.stack):
            if level.kind != _BRACKET:
                return bool(level.headers)
        return False

    def equals(self, index: int, token: Token) -> Token:
        headers = self.top.headers
        if headers and headers[-1].kind in ("FN_DEF", "TYPE"):
            headers.pop()
        elif self.top.kind == _HEAD and not self.top.made_up:
            self.report(ClosureWithEquals(self.span(token), self.span(self.top.opener)))
            self.top.made_up = True
            return self.arrow(index, Token("ARROW", token.value, token.start, token.end))
        return token

    def arrow(self, index: int, token: Token) -> Token:
        if self.top.kind in (_HEAD, _CLAUSE):
            self.top.kind = _ARROW
        elif self.top.headers and self.top.headers[-1].kind in ("IF", "AFTER"):
            # Behind a pattern an `if` can only be meant as a guard, which the parser reports.
            self.top.headers.pop()
        return token

    def bar(self, index: int, token: Token) -> Token:
        if self.bars:
            self.bars -= 1
            if not self.bars:
                self.header_end = token
        elif self.top.kind == _ARROW:
            self.top.kind = _CLAUSE
        return token

    def two_bars(self, index: int, token: Token) -> Token:
        """`||` directly after `do` is an empty parameter list."""
        if not self.out or self.out[-1].kind not in ("DO", "TRAILING_DO"):
            return token
        middle = token.start + 1
        self.out.append(Token("BAR", "|", token.start, middle))
        self.header_end = Token("BAR", "|", middle, token.end)
        return self.header_end

    def otherwise(self, index: int, token: Token) -> Token:
        self.reach_block(token)
        if self.next_kind(index) != "IF":
            return token
        condition = self.tokens[index + 1]
        self.tokens[index + 1] = Token("SKIP", "", condition.end, condition.end)
        if self.top.kind == _BLOCK:
            self.pop()
        self.top.headers.append(condition)
        return Token("ELSE_IF", "else if", token.start, condition.end)

    def after(self, index: int, token: Token) -> Token:
        self.reach_block(token)
        self.top.headers.append(token)
        return token

    def end(self, index: int, token: Token) -> Token | None:
        if self.top.headers:
            self.separate(token, token)
        if self.top.kind == _BRACKET and any(level.kind in _ENDED_BY_END for level in self.stack):
            self.close_brackets(token)
        if self.top.kind in (_FILE, _BRACKET):
            self.report(UnmatchedEnd(self.span(token)))
            return None
        self.pop()
        return token

    # ---- brackets and repairs ------------------------------------------------------------------

    def open_bracket(self, index: int, token: Token) -> Token | None:
        if token.kind == "LBRACE" and self.opens_brace_block(index):
            return self.open_brace_block(token)
        self.push(_BRACKET, token, token.value)
        return token

    def opens_brace_block(self, index: int) -> bool:
        """Whether this `{` is where a header's `do` (or nothing, behind `else`) should stand."""
        last = self.out[-1].kind if self.out else SEP
        if last == "ELSE":
            return True
        if not self.top.headers or last == "FOR":
            return False
        if self.top.headers[-1].kind in _WITHOUT_EXPRESSIONS:
            return True
        ahead = [token.kind for token in self.tokens[index + 1 : index + 4] if token.kind != "NEWLINE"]
        return ahead[:2] != ["IDENT", "COLON"] and ahead[:1] != ["RBRACE"]

    def open_brace_block(self, token: Token) -> Token | None:
        if not self.braces:
            self.report(BraceBlock(self.span(token)))
        self.braces = True
        if self.out[-1].kind == "ELSE":
            return None
        self.push(_BLOCK, token, self.top.headers.pop().value)
        return Token("DO", "{", token.start, token.end)

    def close_brace_block(self, index: int, token: Token) -> Token | None:
        if self.next_significant(index) == "ELSE":
            return None  # The block goes on with its `else` part.
        if self.out[-1].kind == SEP:
            self.out.pop()
        self.pop()
        return Token("END", "}", token.start, token.end)

    def close_bracket(self, index: int, token: Token) -> Token | None:
        wanted = token.kind
        if self.top.kind == _BRACKET and OPENING[self.top.opener.kind] == wanted:
            self.pop()
            return token
        if self.top.opener.kind == "LBRACE" and self.top.kind == _BLOCK and wanted == "RBRACE":
            return self.close_brace_block(index, token)
        if not self.opened(wanted):
            return self.wrong_bracket(token)
        self.report_open(self.top, token)
        while not (self.top.kind == _BRACKET and OPENING[self.top.opener.kind] == wanted):
            self.make_up_closing(token.start)
        self.pop()
        return token

    def wrong_bracket(self, token: Token) -> Token | None:
        """A closing bracket whose opening one does not exist: meant for the one on top, if that is a bracket."""
        if self.top.kind == _BRACKET:
            self.report_open(self.top, token)
            return Token(OPENING[self.pop().opener.kind], token.value, token.start, token.end)
        self.report(UnmatchedBracket(self.span(token), token.value, self.top.kind == _BLOCK))
        if token.kind != "RBRACE" or self.top.kind != _BLOCK:
            return None
        self.pop()
        return Token("END", token.value, token.start, token.end)

    def opened(self, closing: str) -> bool:
        return any(level.kind == _BRACKET and OPENING[level.opener.kind] == closing for level in self.stack)

    def reach_block(self, token: Token) -> None:
        """Before `else` and `after`: close what was left open inside the block that they continue."""
        if self.top.kind == _BLOCK or not any(level.kind == _BLOCK for level in self.stack):
            return
        self.report_open(self.top, token)
        while self.top.kind != _BLOCK:
            self.make_up_closing(token.start)

    def close_brackets(self, token: Token) -> None:
        """Report the bracket on top as unclosed and make up the closing ones, down to a block."""
        self.report_open(self.top, token)
        while self.top.kind == _BRACKET:
            self.make_up_closing(token.start)

    def make_up_closing(self, at: int) -> None:
        level = self.pop()
        kind = OPENING[level.opener.kind] if level.kind == _BRACKET else "END"
        self.out.append(Token(kind, "", at, at))

    def report_open(self, level: _Level, found: Token, suspect: Span | None = None) -> None:
        """Say that `level` is still open where `found` stands."""
        opener, words = self.span(level.opener), found_in_words(found)
        span = self.span(found)
        if found.kind == "$END" and self.out:
            span = Span(self.file, self.out[-1].end, self.out[-1].end)
        if level.kind == _BRACKET:
            closing = {"LPAR": ")", "LSQB": "]"}.get(level.opener.kind, "}")
            self.report(UnclosedBracket(span, level.word, opener, closing, words))
        else:
            self.report(UnclosedBlock(span, level.word, opener, words, suspect))

    def close_all(self, end: Token) -> None:
        """At the end of the file: report the innermost construct that is open, and close all."""
        if self.top.headers:
            self.separate(end, end)
        open_levels = [level for level in self.stack[1:] if not level.made_up]
        if open_levels and self.trust_end:
            suspect = least_indented_block(self.text, self.out)
            self.report_open(open_levels[-1], end, self.span(suspect) if suspect else None)
        while len(self.stack) > 1:
            self.make_up_closing(end.start)
        self.out.append(end)
