"""Syntax diagnostics. All have the code P0001; `message` says what was found and what was expected."""

from __future__ import annotations

from typing import ClassVar

from snowc.diag.core import Diagnostic, Label, diagnostic
from snowc.source.span import Span
from snowc.syntax.words import quoted

_ESCAPES = '\\n \\t \\r \\0 \\\\ \\" \\$ \\xHH \\u{H…}'

_CHARACTER_HELP = {
    "'": 'texts are written between double quotes: "…"',
    "`": 'texts are written between double quotes: "…"',
    "“": 'use the plain double quote: "',
    "”": 'use the plain double quote: "',
    "‘": 'texts are written between plain double quotes: "…"',
    "’": 'texts are written between plain double quotes: "…"',
    "&": "the logical operators are `and` (also `&&`) and `or` (also `||`)",
    "^": "there are no bit operators; powers are `Math.pow(a, b)`",
    "~": "there are no bit operators",
    "@": "there are no attributes or decorators",
    "$": 'interpolation is written inside a string: "${…}"',
    "\\": "a statement goes on in the next line after an operator; no mark is needed",
    "\u00a0": "use a plain blank",
    "\ufffd": "the file is not valid UTF-8 here; save it as UTF-8",
}


@diagnostic
class SyntaxProblem(Diagnostic):
    """Base of all syntax diagnostics; `message` is the detail, the heading is the renderer's."""

    code: ClassVar[str] = "P0001"


# ---- lexical -----------------------------------------------------------------------------------


@diagnostic
class NotUtf8(SyntaxProblem):
    detail: str

    def message(self) -> str:
        return f"the file is not valid UTF-8 ({self.detail})"

    def help(self) -> str:
        return "save the file in the encoding UTF-8"


@diagnostic
class UnexpectedCharacter(SyntaxProblem):
    text: str

    def message(self) -> str:
        first = self.text[0]
        if first.isprintable() and not first.isspace():
            return f"unexpected character {quoted(self.text)}"
        return f"unexpected character U+{ord(first):04X}"

    def help(self) -> str | None:
        return _CHARACTER_HELP.get(self.text[0])


@diagnostic
class UnknownEscape(SyntaxProblem):
    """`written` begins with the backslash; `nearest` is a valid way to say it, or None."""

    written: str
    nearest: str | None

    def message(self) -> str:
        return f"unknown escape {quoted(self.written)}"

    def help(self) -> str:
        wanted = f"did you mean `{self.nearest}`? " if self.nearest else ""
        return f"{wanted}Valid escapes are {_ESCAPES}"


@diagnostic
class BadNumber(SyntaxProblem):
    """A malformed number, or one that no value can hold."""

    detail: str
    fix: str | None = None

    def message(self) -> str:
        return self.detail

    def help(self) -> str | None:
        return self.fix


@diagnostic
class Unterminated(SyntaxProblem):
    """A string, interpolation or block comment that runs to the end of the file; `span` is its opening."""

    what: str
    closing: str
    suspect: Span | None = None

    def message(self) -> str:
        return f"unterminated {self.what}: expected `{self.closing}` before the end of the file"

    def label(self) -> str:
        return f"this {self.what} is never closed"

    def secondary(self) -> tuple[Label, ...]:
        if self.suspect is None or self.suspect == self.span:
            return ()
        return (Label(self.suspect, "this string goes on over the end of its line: is its closing quote missing?"),)


@diagnostic
class ReservedName(SyntaxProblem):
    """A keyword where something gets its name."""

    word: str

    def message(self) -> str:
        return f"expected a name, found the reserved word `{self.word}`"

    def help(self) -> str:
        return f"a reserved word cannot be a name; choose another one, such as `{self.word}_`"


# ---- layout ------------------------------------------------------------------------------------


@diagnostic
class UnclosedBlock(SyntaxProblem):
    """`opener` is the word of the header (`if`, `fn`, …) or `do`; `suspect` the block that seems to lack its `end`."""

    opener: str
    opener_span: Span
    found: str
    suspect: Span | None = None

    def message(self) -> str:
        return f"expected `end`, found {self.found}"

    def secondary(self) -> tuple[Label, ...]:
        word = "fn" if self.opener == "closure" else "do"
        labels = [Label(self.opener_span, f"`{word}` opened here")]
        if self.suspect is not None and self.suspect != self.opener_span:
            labels.append(Label(self.suspect, "by the indentation, this block lacks its `end`"))
        return tuple(labels)

    def help(self) -> str:
        return "add `end`"


@diagnostic
class UnmatchedEnd(SyntaxProblem):
    def message(self) -> str:
        return "found `end`, but no block is open here"

    def help(self) -> str:
        return "remove this `end`, or add the `do` that it closes"


@diagnostic
class UnclosedBracket(SyntaxProblem):
    """`closing` is the bracket that was expected where `found` stands."""

    opener: str
    opener_span: Span
    closing: str
    found: str

    def message(self) -> str:
        return f"expected `{self.closing}`, found {self.found}"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.opener_span, f"`{self.opener}` opened here"),)

    def holds(self, span: Span) -> bool:
        """Whether `span` begins between the opening bracket and the place that shows it to be unclosed."""
        return self.opener_span.start < span.start < self.span.start


@diagnostic
class UnmatchedBracket(SyntaxProblem):
    closing: str
    in_block: bool = False

    def message(self) -> str:
        return f"unexpected `{self.closing}`: nothing is open here that it closes"

    def help(self) -> str:
        if self.in_block and self.closing == "}":
            return "blocks are written `do … end`, not in braces"
        return f"remove this `{self.closing}`"


@diagnostic
class UnexpectedSemicolon(SyntaxProblem):
    def message(self) -> str:
        return "unexpected `;`: found between brackets, where elements are separated by `,`"


@diagnostic
class MissingDo(SyntaxProblem):
    """A header that ended without its body."""

    header: str
    header_span: Span
    found: str

    def message(self) -> str:
        wanted = "`do` or `=`" if self.header in ("fn", "def", "type") else "`do`"
        return f"expected {wanted}, found {self.found}"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.header_span, f"this `{self.header}` needs a body"),)

    def help(self) -> str:
        if self.found == "`then`":
            return "write `do` instead of `then`"
        if self.header == "fn" and self.found == "`end`":
            return "write `fn name(…) = …`; a closure that begins a statement is written `fn (x) -> … end`"
        return {
            "fn": "write `fn name(…) do … end` or `fn name(…) = …`",
            "def": "write `def name(…) do … end` or `def name(…) = …`",
            "type": "write `type Name do … end` or `type Name = …`",
            "for": "write `for name in … do … end`",
        }.get(self.header, f"write `{self.header} … do … end`")


@diagnostic
class BraceBlock(SyntaxProblem):
    def message(self) -> str:
        return "expected `do`, found `{`"

    def help(self) -> str:
        return "blocks are written `do … end`, not in braces"


@diagnostic
class ClosureWithEquals(SyntaxProblem):
    """`fn (x) = …`: a function without a name, or a closure with the wrong sign."""

    fn_span: Span

    def message(self) -> str:
        return "expected `->` or `do`, found `=`"

    def secondary(self) -> tuple[Label, ...]:
        return (Label(self.fn_span, "without a name, this `fn` is a closure"),)

    def help(self) -> str:
        return "a function is written `fn name(…) = …`, a closure `fn x -> … end`"


@diagnostic
class NestedTooDeeply(SyntaxProblem):
    limit: int
    what: str = "constructs"

    def message(self) -> str:
        return f"nested too deeply: found more than {self.limit} {self.what} inside each other"

    def label(self) -> str:
        return "nested too deeply"

    def help(self) -> str:
        return "name a part with `let` or move it into a function"


# ---- grammar -----------------------------------------------------------------------------------


@diagnostic
class UnexpectedToken(SyntaxProblem):
    """`found` and `expected` are in human words already."""

    found: str
    expected: tuple[str, ...]

    def message(self) -> str:
        if not self.expected:
            return f"unexpected {self.found}"
        return f"expected {listed(self.expected)}, found {self.found}"


@diagnostic
class KnownMistake(SyntaxProblem):
    """A mistake that `samples.toml` knows."""

    detail: str
    fix: str | None

    def message(self) -> str:
        return self.detail

    def help(self) -> str | None:
        return self.fix


def listed(words: tuple[str, ...]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
