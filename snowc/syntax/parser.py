"""The parser: tokens of the layout pass to an AST, with the tables of snow.lark.

In: a file of the source map, or the text of a type. Out: always a whole `File`; what could not be read
is an error node, and every mistake has been reported to the sink. The machine in machine.py goes on after a
mistake, so that several are found in one run.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from snowc.diag.core import Diagnostic, Sink
from snowc.source.files import SourceMap
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.syntax.build import Builder
from snowc.syntax.errors import UnclosedBracket, Unterminated
from snowc.syntax.layout import lay_out
from snowc.syntax.lexer import Lexed, lex
from snowc.syntax.machine import Failure, Machine
from snowc.syntax.tokens import Token

MAX_ERRORS = 25
"""Mistakes reported per file; what follows them is mostly noise."""


def parse_file(sources: SourceMap, file: int, sink: Sink) -> ast.File:
    """Parse a registered file; mistakes go to `sink`."""
    return parse_with_tokens(sources, file, sink)[0]


def parse_with_tokens(sources: SourceMap, file: int, sink: Sink) -> tuple[ast.File, list[Token]]:
    """The same, with the tokens that were parsed."""
    text = sources.text(file)
    whole = Span(file, 0, len(text))
    reporter = _Reporter(sources, file)
    lexed = lex(text, file, reporter.report)
    lexical = len(reporter.found)
    tokens, block, inner_items = _parse(text, lexed, file, reporter)
    if len(reporter.found) > lexical:
        # Imported here, because programs without mistakes need none of it.
        from snowc.syntax.reserved import names_for_words

        lexed.tokens, words = names_for_words(lexed.tokens, file)
        if words:
            reporter.begin_again([*reporter.found[:lexical], *words])
            tokens, block, inner_items = _parse(text, lexed, file, reporter)
    sink.extend(reporter.worth_telling(lexed.flipped))
    tree = ast.File(whole, lexed.module_doc, block or ast.Block(whole, (ast.ErrorExpr(whole),)), inner_items)
    return tree, tokens if tokens is not None else lexed.tokens


def _parse(
    text: str, lexed: Lexed, file: int, reporter: _Reporter
) -> tuple[list[Token] | None, ast.Block | None, int | None]:
    """The laid out tokens, what the machine makes of them, and the number of items inside functions.

    The first is None for what is nested too deep, the second where parsing was given up.
    """
    tokens = lay_out(text, lexed.tokens, file, reporter.report, trust_end=lexed.flipped is None)
    if tokens is None:
        return None, None, None
    builder = Builder(file, reporter.report, lexed.docs)
    block: ast.Block | None = Machine(builder, reporter.failure).run(tokens, "file")
    builder.check_numbers()
    return tokens, block, None if block is None else builder.items - _count_items(block) or None


def _count_items(block: ast.Block) -> int:
    """The items other than functions of a file and its inline modules."""
    items = [stmt for stmt in block.stmts if isinstance(stmt, ast.Item) and not isinstance(stmt, ast.FnDef)]
    return len(items) + sum(_count_items(item.body) for item in items if isinstance(item, ast.ModuleDef))


def parse_type(text: str) -> ast.TypeExpr:
    """Parse the text of a trusted type, or of a signature `(A, B) -> C`; ValueError if it is malformed."""
    found: list[Diagnostic] = []
    tokens = lay_out(text, lex(text, -1, found.append).tokens, -1, found.append)
    if tokens is None or found:
        raise ValueError(f"malformed type text {text!r}: {found[0].message()}")
    builder, machine = _for_types()
    type_ = machine.run(tokens, "type_text")
    builder.chains.clear()
    if not isinstance(type_, ast.TypeExpr):
        raise ValueError(f"malformed type text {text!r}")
    return type_


@cache
def _for_types() -> tuple[Builder, Machine]:
    """One machine for all type texts, because there are many and they are short."""
    builder = Builder(-1, lambda diag: None, {})
    return builder, Machine(builder, lambda failure: False)


class _Reporter:
    """Collects the mistakes of one file."""

    def __init__(self, sources: SourceMap, file: int) -> None:
        self.sources = sources
        self.file = file
        self.found: list[Diagnostic] = []
        self.failures = 0

    def report(self, diag: Diagnostic) -> None:
        # Rubbish may hold a mistake in every character; a page of them is enough to choose from.
        if len(self.found) < 40 * MAX_ERRORS:
            self.found.append(diag)

    def begin_again(self, found: list[Diagnostic]) -> None:
        """Forget the first parse, but for what was `found` apart from it."""
        self.found = found
        self.failures = 0

    def failure(self, failure: Failure) -> bool:
        """Report what the parser cannot read; False when it is time to give up."""
        # Imported here, because programs without mistakes need none of it.
        from snowc.syntax.explain import explain

        self.report(explain(failure, self.file))
        self.failures += 1
        return self.failures < MAX_ERRORS

    def worth_telling(self, flipped: int | None) -> Iterator[Diagnostic]:
        """The first mistake of each line, in order; what follows on a line is mostly its consequence.

        Behind `flipped`, texts may have been taken for code, because a string was never closed.
        """
        told: set[int] = set()
        trusted = [d for d in self.found if flipped is None or d.span.start < flipped or isinstance(d, Unterminated)]
        unclosed = [diag for diag in trusted if isinstance(diag, UnclosedBracket)]
        for diag in sorted(trusted, key=lambda diag: diag.span.start):
            if not isinstance(diag, UnclosedBracket) and any(bracket.holds(diag.span) for bracket in unclosed):
                continue  # The parser has met what does not belong between the brackets.
            line = self.sources.line_col(self.file, diag.span.start)[0]
            if line not in told and len(told) < MAX_ERRORS:
                told.add(line)
                yield diag
