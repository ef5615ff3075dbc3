"""Words for what the parser could not read.

In: a `Failure` of the machine. Out: a diagnostic. A mistake that samples.toml knows gets the words and
the help written there; any other one says what was found and what was expected.

A sample is recognised by *features* of its failure rather than by the parser's state, so that one entry
covers the mistake wherever it is made: `found` (kind of the offending token), `before` (kind of the one
before), `inside` (the header or word the text stands in, or that word and BODY behind its `do`), `bracket`
(the innermost open bracket), `first` (the first word of the statement) and `third` (kind of its third token).
Each entry names those that matter; of the entries that fit, the one with most of them wins, or else the first.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from snowc.diag.core import Diagnostic
from snowc.source.span import Span
from snowc.syntax.build import Builder
from snowc.syntax.errors import KnownMistake, NestedTooDeeply, UnexpectedToken
from snowc.syntax.layout import MAX_NESTING, lay_out
from snowc.syntax.lexer import lex
from snowc.syntax.machine import Failure, Machine
from snowc.syntax.tokens import CLOSING, OPENING, SEP, Token, is_made_up
from snowc.syntax.words import expected_in_words, found_in_words

_STATEMENT_ENDS = frozenset([SEP, "DO", "TRAILING_DO", "ELSE", "END"])
# Symbols that say what the text stands in; nonterminals where the word has been read already.
_INSIDE = {
    **{kind: kind for kind in """IF ELSE_IF WHILE CASE MATCH FOR LET RETURN STRUCT TYPE INTERFACE IMPL MODULE
       ACTOR SERVICE SUPERVISOR CHILD CALL CAST RECEIVE AFTER IMPORT FROM DERIVING FN_DEF FN PUB TERMINATE""".split()},
    "fn_name": "FN_DEF", "fn_head": "FN_DEF", "method_head": "FN_DEF", "closure_head": "FN", "clause_head": "FN",
    "call_head": "CALL",
}  # fmt: skip

Features = dict[str, str]


@dataclass(frozen=True)
class Sample:
    """An entry of samples.toml: the features it is known by, and its words."""

    key: frozenset[tuple[str, str]]
    detail: str
    help: str | None


def explain(failure: Failure, file: int) -> Diagnostic:
    """The diagnostic for a failure."""
    token = _offending(failure)
    span = Span(file, token.start, token.end)
    if failure.too_deep:
        return NestedTooDeeply(span, MAX_NESTING)
    sample = _known(features(failure))
    if sample is not None:
        before = failure.tokens[failure.index - 1] if failure.index else token
        words = {"found": found_in_words(token), "before": found_in_words(before)}
        return KnownMistake(span, sample.detail.format(**words), sample.help.format(**words) if sample.help else None)
    return UnexpectedToken(span, found_in_words(token), expected_in_words(failure.expected))


def _offending(failure: Failure) -> Token:
    """The token to blame: behind a separator that only P13 put there, the next one."""
    return failure.tokens[failure.index + 1] if is_made_up(failure.token) else failure.token


def features(failure: Failure) -> Features:
    """What a failure is recognised by."""
    before = failure.tokens[failure.index - 1].kind if failure.index else ""
    inside, bracket = _surroundings(failure.symbols)
    start = _statement_start(failure)
    return {
        "found": _offending(failure).kind,
        "before": before,
        "inside": inside,
        "bracket": bracket,
        "first": _word(failure.tokens[start]),
        "third": failure.tokens[start + 2].kind if start + 2 < len(failure.tokens) else "",
    }


def _surroundings(symbols: Sequence[str]) -> tuple[str, str]:
    """The innermost header or word (`IF`, or `IF BODY` behind its `do`), and the innermost bracket inside it."""
    bracket = body = ""
    closed = 0
    for symbol in reversed(symbols):
        if symbol in CLOSING:
            closed += 1
        elif symbol in OPENING and closed:
            closed -= 1
        elif symbol in ("DO", "TRAILING_DO", "ELSE"):
            body = " BODY"
        elif symbol in OPENING and not bracket and not body:
            bracket = symbol
        elif symbol in _INSIDE:
            return _INSIDE[symbol] + body, bracket
    return "FILE", bracket


def _statement_start(failure: Failure) -> int:
    """Where the statement begins; separators that were only made up do not count."""
    tokens, i = failure.tokens, failure.index
    while i and (tokens[i - 1].kind not in _STATEMENT_ENDS or is_made_up(tokens[i - 1])):
        i -= 1
    return i


def _word(token: Token) -> str:
    word = str(token.value)
    return word if word.isidentifier() else ""


def _known(found: Features) -> Sample | None:
    fitting = [sample for sample in samples() if sample.key <= found.items()]
    return max(fitting, key=lambda sample: len(sample.key), default=None)


@cache
def samples() -> tuple[Sample, ...]:
    """All entries of samples.toml, each parsed once to learn its features."""
    text = resources.files("snowc.syntax").joinpath("samples.toml").read_text(encoding="utf-8")
    return tuple(_learn(entry) for entry in tomllib.loads(text)["sample"])


def _learn(entry: dict[str, str]) -> Sample:
    failures: list[Failure] = []

    def note(failure: Failure) -> bool:
        failures.append(failure)
        return False

    ignored: list[Diagnostic] = []
    source = entry["source"]
    tokens = lay_out(source, lex(source, -1, ignored.append).tokens, -1, ignored.append) or []
    Machine(Builder(-1, ignored.append, {}), note).run(tokens, "file")
    if not failures:
        raise AssertionError(f"the sample parses: {source!r}")
    found = features(failures[0])
    return Sample(frozenset((name, found[name]) for name in entry["by"]), entry["says"], entry.get("help"))
