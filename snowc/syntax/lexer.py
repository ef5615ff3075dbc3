"""The lexer: source text to tokens, comments kept aside.

In: the text of one file. Out: a `Lexed` with all tokens in source order (NEWLINE once per run of line
ends, nothing else for blanks), every comment, and the doc comments by the offset of the token they
precede. It works in modes, because `${…}` inside a string holds arbitrary tokens, strings included
(language.md 1.7). Mistakes are reported and lexing goes on: the result always covers the whole text.

A string without interpolation is one STRING token, with its escapes decoded; another one is STR_START,
then STR_CONTENT and INTERP_START … INTERP_END by turns, then STR_END.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from snowc.diag.core import Diagnostic
from snowc.source.span import Span
from snowc.syntax.errors import BadNumber, UnexpectedCharacter, UnknownEscape, Unterminated
from snowc.syntax.tokens import KEYWORDS, OPERATORS, Token

INT_LIMIT = 2**63
"""One more than the greatest Int; allowed only behind a unary minus, which the parser checks."""

_MASTER = re.compile(
    r"""[ \t]*+(?:
        ( [A-Za-z_]\w* )                                                        # 1 word
      | ( == | != | <= | >= | && | \|\| | \|> | \.\. | <> | \+\+ | -> | => | ::
          | [-+*/<>!=?|(),.:;\[\]] | %(?![ \t]*\{) )                            # 2 operator
      | ( (?: \r\n? | \n ) (?: [ \t]* (?: \r\n? | \n ) )* )                     # 3 line ends
      | "(?!"") ( [^"\\$]* ) "                                                  # 4 plain string
      | ( 0[xXbBoO]\w* )                                                        # 5 number with a base
      | ( [0-9][0-9_]* (?: \.[0-9][0-9_]* (?:[eE][+-]?[0-9][0-9_]*)? | [eE][+-]?[0-9][0-9_]* ) )   # 6 float
      | ( [0-9][0-9_]* )                                                        # 7 decimal
      | ( \#(?!=)[^\r\n]* )                                                     # 8 line comment
      | ( \{ | \} | %[ \t]*\{ )                                                 # 9 brace
      | ( \""" | " )                                                            # 10 other string
      | ( \#= )                                                                 # 11 block comment
      | ( [^\W\d]\w* )                                                          # 12 word in other scripts
      | ( . )                                                                   # 13 anything else
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORD, _OPERATOR, _NEWLINE, _STRING, _BASED, _FLOAT, _INT, _COMMENT, _BRACE, _QUOTE, _BLOCK, _FOREIGN = range(1, 13)

_WORD_KINDS = {word: word.upper() for word in KEYWORDS}
_CHUNK = re.compile(r'[^"\\$]+')
_ESCAPE = re.compile(r"""\\(?:([ntr0\\"$])|x([0-7][0-9a-fA-F])|u\{([0-9a-fA-F]{1,6})\})""")
_ESCAPE_ATTEMPT = re.compile(r"\\(?:x[0-9a-zA-Z]{0,2}|u\{[0-9a-zA-Z]*\}?|u[0-9a-zA-Z]*|.|$)", re.DOTALL)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\\": "\\", '"': '"', "$": "$"}
# What other languages write, and how it is said here.
_ELSEWHERE = {"'": "'", "e": "\\u{1b}", "a": "\\u{7}", "b": "\\u{8}", "v": "\\u{b}", "f": "\\u{c}"}
_COMMENT_MARK = re.compile(r"#=|=#")
_BASES = {"x": (16, "hexadecimal"), "b": (2, "binary"), "o": (8, "octal")}
_SINGLE_QUOTED = re.compile(r"'[^'\r\n]*'")
_STRAY = re.compile(r"[^\w\s!\"#%&()*+,\-./:;<=>?\[\]{|}]+")


@dataclass
class Lexed:
    """All tokens of a file. `flipped` is where strings may have got out of step, from an unclosed one."""

    tokens: list[Token] = field(default_factory=list)
    comments: list[Token] = field(default_factory=list)
    docs: dict[int, str] = field(default_factory=dict)
    module_doc: str | None = None
    flipped: int | None = None


@dataclass
class _OpenString:
    """A string whose interpolation is being lexed; `braces` counts the `{` open inside it."""

    quote: str
    start: int
    interpolation: int
    braces: int = 0


def lex(text: str, file: int, report: Callable[[Diagnostic], None]) -> Lexed:
    """All tokens of `text`; lexical mistakes go to `report`."""
    return _Lexer(text, file, report).run()


class _Lexer:
    def __init__(self, text: str, file: int, report: Callable[[Diagnostic], None]) -> None:
        self.text = text
        self.file = file
        self.report = report
        self.out = Lexed()
        self.strings: list[_OpenString] = []
        self.pending_docs: list[str] = []
        self.module_docs: list[str] = []
        # The first `"…"` string over several lines: the suspect when quotes do not pair up.
        self.first_long_string: Span | None = None

    def run(self) -> Lexed:
        text, pos = self.text, 0
        # Local names, because this loop and the driver's are where parsing spends its time.
        match, add, new, token = _MASTER.match, self.out.tokens.append, tuple.__new__, Token
        word_kind, operators = _WORD_KINDS.get, OPERATORS
        while m := match(text, pos):
            group = m.lastindex
            pos = m.end()
            if group == _WORD:
                word = m[1]
                add(new(token, (word_kind(word, "IDENT"), word, pos - len(word), pos)))
            elif group == _OPERATOR:
                sign = m[2]
                add(new(token, (operators[sign], sign, pos - len(sign), pos)))
            elif group == _NEWLINE:
                add(new(token, ("NEWLINE", "\n", m.start(3), pos)))
                continue
            elif group == _STRING:
                content = m[4]
                add(new(token, ("STRING", content, pos - len(content) - 2, pos)))
                if self.first_long_string is None and "\n" in content:
                    self.first_long_string = self.span(pos - len(content) - 2, pos - len(content) - 1)
            elif group == _INT:
                pos = self.decimal(m[7], pos)
            elif group == _COMMENT:
                self.line_comment(m[8], pos)
                continue
            else:
                pos = self.rarer(m, group or 0, pos)
                if group == _BLOCK:
                    continue
            if self.pending_docs:
                self.attach_docs()
        self.finish()
        return self.out

    def span(self, start: int, end: int) -> Span:
        return Span(self.file, start, end)

    def add(self, kind: str, value: object, start: int, end: int) -> None:
        self.out.tokens.append(Token(kind, value, start, end))

    def rarer(self, m: re.Match[str], group: int, pos: int) -> int:
        """Handle any other group of the master pattern; gives the position to go on from."""
        word = m[group]
        start = pos - len(word)
        if group == _BRACE:
            return self.brace(word, start, pos)
        if group == _QUOTE:
            self.add("STR_START", word, start, pos)
            return self.string(word, start, pos)
        if group == _BLOCK:
            return self.block_comment(start)
        if group == _FLOAT:
            return self.float(word, pos)
        if group == _BASED:
            return self.based(word, pos)
        if group == _FOREIGN and word[0].isalpha():
            self.add("IDENT", word, start, pos)
            return pos
        return self.stray(start)

    # ---- numbers -------------------------------------------------------------------------------

    def decimal(self, digits: str, end: int) -> int:
        self.integer(digits, digits, 10, end)
        return self.after_number(digits, end)

    def float(self, digits: str, end: int) -> int:
        value = float(digits.replace("_", ""))
        if value == float("inf"):
            self.report(BadNumber(self.span(end - len(digits), end), "this number is too large for a Float"))
        self.add("FLOAT", value, end - len(digits), end)
        return self.after_number(digits, end)

    def based(self, word: str, end: int) -> int:
        base, name = _BASES[word[1].lower()]
        digits = word[2:].replace("_", "")
        try:
            valid = bool(digits) and int(digits, base) >= 0
        except ValueError:
            valid = False
        if valid:
            self.integer(word, digits, base, end)
            return end
        span = self.span(end - len(word), end)
        found = f"found `{word[:40]}`" if digits else "found none"
        self.report(BadNumber(span, f"expected {name} digits after `{word[:2]}`, {found}"))
        self.add("INT", 0, end - len(word), end)
        return end

    def integer(self, word: str, digits: str, base: int, end: int) -> None:
        plain = digits.replace("_", "").lstrip("0") or "0"
        # Python refuses to convert very long decimals; 64 digits are out of range in every base.
        value = int(plain, base) if len(plain) <= 64 else INT_LIMIT + 1
        if value > INT_LIMIT:
            span = self.span(end - len(word), end)
            self.report(BadNumber(span, "this number is out of range: Int ends at 9223372036854775807"))
            value = 0
        self.add("INT", value, end - len(word), end)

    def after_number(self, digits: str, end: int) -> int:
        """A letter straight behind a number is a slip such as `12px`; keywords (`1do`) are let through."""
        m = _MASTER.match(self.text, end)
        if m is None or m.lastindex not in (_WORD, _FOREIGN) or self.text[end] in " \t":
            return end
        word = m[m.lastindex]
        if word in KEYWORDS:
            return end
        span = self.span(end - len(digits), m.end())
        self.report(BadNumber(span, f"unexpected `{word[:40]}` behind the number `{digits[:40]}`"))
        return m.end()

    # ---- strings -------------------------------------------------------------------------------

    def brace(self, word: str, start: int, end: int) -> int:
        if word == "}" and self.strings and self.strings[-1].braces == 0:
            self.add("INTERP_END", "}", start, end)
            opened = self.strings.pop()
            return self.string(opened.quote, opened.start, end)
        if self.strings:
            self.strings[-1].braces += -1 if word == "}" else 1
        kind = {"{": "LBRACE", "}": "RBRACE"}.get(word, "MAPOPEN")
        self.add(kind, word, start, end)
        return end

    def string(self, quote: str, opened: int, pos: int) -> int:
        """Lex string content from `pos`, up to the closing quote or an interpolation."""
        text, start, parts = self.text, pos, list[str]()
        while True:
            if m := _CHUNK.match(text, pos):
                parts.append(m[0])
                pos = m.end()
            if text.startswith(quote, pos):
                return self.close_string(quote, opened, "".join(parts), start, pos)
            if text.startswith("${", pos):
                self.content("".join(parts), start, pos)
                self.add("INTERP_START", "${", pos, pos + 2)
                self.strings.append(_OpenString(quote, opened, pos))
                return pos + 2
            if pos >= len(text):
                self.unterminated_string(quote, opened)
                return self.close_string(quote, opened, "".join(parts), start, pos)
            char, pos = self.escape(pos) if text[pos] == "\\" else (text[pos], pos + 1)
            parts.append(char)

    def content(self, content: str, start: int, end: int) -> None:
        if content:
            self.add("STR_CONTENT", content, start, end)

    def close_string(self, quote: str, opened: int, content: str, start: int, pos: int) -> int:
        tokens = self.out.tokens
        end = min(pos + len(quote), len(self.text))
        if quote == '"' and self.first_long_string is None and "\n" in self.text[opened:pos]:
            self.first_long_string = self.span(opened, opened + 1)
        if tokens[-1].kind == "STR_START":
            tokens[-1] = Token("STRING", content, opened, end)
        else:
            self.content(content, start, pos)
            self.add("STR_END", quote, pos, end)
        return end

    def escape(self, pos: int) -> tuple[str, int]:
        """Decode the escape at `pos`; a wrong one is reported and stands for itself."""
        if m := _ESCAPE.match(self.text, pos):
            if m[1]:
                return _SIMPLE[m[1]], m.end()
            code = int(m[2] or m[3], 16)
            if code <= 0x10FFFF and not 0xD800 <= code < 0xE000:
                return chr(code), m.end()
        attempt = _ESCAPE_ATTEMPT.match(self.text, pos)
        written = attempt[0] if attempt else "\\"
        end = pos + len(written)
        self.report(UnknownEscape(self.span(pos, end), written, _nearest_escape(written)))
        return written, end

    def unterminated_string(self, quote: str, opened: int) -> None:
        if self.strings:
            return  # The interpolation around it is the likelier culprit; `finish` reports it.
        what = "string" if quote == '"' else '`"""` string'
        suspect = self.first_long_string
        self.out.flipped = min(opened, suspect.start) if suspect else opened
        self.report(Unterminated(self.span(opened, opened + len(quote)), what, quote, suspect))

    # ---- comments ------------------------------------------------------------------------------

    def line_comment(self, comment: str, end: int) -> None:
        kind = "COMMENT"
        if comment.startswith("##!"):
            kind = "MODULE_DOC"
            self.module_docs.append(comment[3:].removeprefix(" ").rstrip())
        elif comment.startswith("##") and not comment.startswith("###"):
            kind = "DOC"
            self.pending_docs.append(comment[2:].removeprefix(" ").rstrip())
        self.out.comments.append(Token(kind, comment, end - len(comment), end))

    def block_comment(self, start: int) -> int:
        depth, pos = 1, start + 2
        while depth:
            m = _COMMENT_MARK.search(self.text, pos)
            if m is None:
                self.report(Unterminated(self.span(start, start + 2), "block comment", "=#"))
                self.out.flipped = start
                pos = len(self.text)
                break
            depth += 1 if m[0] == "#=" else -1
            pos = m.end()
        self.out.comments.append(Token("BLOCK_COMMENT", self.text[start:pos], start, pos))
        return pos

    def attach_docs(self) -> None:
        """Note the doc comments read so far for the token that was just added."""
        self.out.docs[self.out.tokens[-1].start] = "\n".join(self.pending_docs)
        self.pending_docs.clear()

    # ---- mistakes ------------------------------------------------------------------------------

    def stray(self, start: int) -> int:
        """Report characters that begin no token, once per run of them."""
        if m := _SINGLE_QUOTED.match(self.text, start):
            self.report(UnexpectedCharacter(self.span(start, m.end()), "'"))
            self.add("STRING", m[0][1:-1], start, m.end())
            return m.end()
        if self.text[start] == "&":
            self.report(UnexpectedCharacter(self.span(start, start + 1), "&"))
            self.add("ANDAND", "&&", start, start + 1)
            return start + 1
        run = _STRAY.match(self.text, start)
        end = run.end() if run else start + 1
        self.report(UnexpectedCharacter(self.span(start, end), self.text[start:end][:40]))
        return end

    def finish(self) -> None:
        if self.module_docs:
            self.out.module_doc = "\n".join(self.module_docs)
        end = len(self.text)
        if self.strings:
            opened = self.strings[0]
            span = self.span(opened.interpolation, opened.interpolation + 2)
            self.out.flipped = opened.start
            self.report(Unterminated(span, "interpolation", "}"))
        for _ in self.strings:
            self.add("INTERP_END", "}", end, end)
            self.add("STR_END", '"', end, end)


def _nearest_escape(written: str) -> str | None:
    letter = written[1:2]
    if letter in ("x", "u"):
        digits = "".join(char for char in written[2:] if char in "0123456789abcdefABCDEF")
        return f"\\u{{{digits}}}" if digits and len(digits) <= 6 and int(digits, 16) <= 0x10FFFF else None
    if letter.lower() in _SIMPLE and letter:
        return "\\" + letter.lower()
    return _ELSEWHERE.get(letter, "\\\\" + letter)
