"""Whatever the text, parsing ends in a tree, and a tree with an error node comes with a diagnostic."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.syntax import ast
from snowc.syntax.lexer import lex
from tests.unit.syntax.outline import parse
from tests.unit.syntax.test_parser import every_node

SPEC = Path(__file__).parents[2] / "data" / "spec"
PROGRAMS = [path.read_text(encoding="utf-8") for path in sorted(SPEC.glob("*.snow"))]
ERRORS = (ast.ErrorExpr, ast.ErrorItem, ast.ErrorType, ast.ErrorPat)
PIECES = """
    fn def do end if else case receive after -> = => ( ) [ ] { } %{ ${ " \"\"\" | || , ; : :: . .. ? !
    let return pub struct type interface impl for in actor service supervisor call cast terminate as
    from import where when not self x X 1 1.5 "s" # #= =# deriving(Eq) child start: strategy: elif \\ '
    & @
""".split() + ["\n", "\r", " "]


def check(text: str) -> None:
    tree, diags, sources = parse(text)
    assert isinstance(tree, ast.File)
    assert all(d.code == "P0001" and d.message() for d in diags)
    for diag in diags:
        assert 0 <= diag.span.start <= diag.span.end <= len(text)
        for label in diag.labels():
            sources.position(label.span)
    if any(isinstance(node, ERRORS) for node in every_node(tree)):
        assert diags


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A program of the specification with some tokens dropped, doubled, exchanged or replaced."""
    text = draw(st.sampled_from(PROGRAMS))
    tokens = [text[t.start : t.end] for t in lex(text, 0, lambda diag: None).tokens]
    for _ in range(draw(st.integers(1, 4))):
        i = draw(st.integers(0, len(tokens) - 1))
        match draw(st.integers(0, 3)):
            case 0:
                tokens[i] = ""
            case 1:
                tokens.insert(i, tokens[draw(st.integers(0, len(tokens) - 1))])
            case 2:
                tokens[i] = draw(st.sampled_from(PIECES))
            case _:
                j = draw(st.integers(0, len(tokens) - 1))
                tokens[i], tokens[j] = tokens[j], tokens[i]
    return " ".join(tokens)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(mutated())
def test_mutated_programs_end_in_a_tree(text: str) -> None:
    check(text)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join))
def test_word_salad_ends_in_a_tree(text: str) -> None:
    check(text)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=60))
def test_any_text_ends_in_a_tree(text: str) -> None:
    check(text)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(PROGRAMS), st.data())
def test_a_program_cut_off_anywhere_ends_in_a_tree(text: str, data: st.DataObject) -> None:
    check(text[: data.draw(st.integers(0, len(text)))])
