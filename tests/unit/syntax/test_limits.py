"""Hostile input: deep, long or endless texts end quickly in one clear message, or are simply read."""

from __future__ import annotations

import pytest

from tests.unit.syntax.outline import messages, tree

LONG = 20_000


@pytest.mark.parametrize(
    "text",
    [
        "(" * 200_000, "[" * LONG, "%{" * LONG, "x " + "{" * LONG, "do " * LONG, "fn " * LONG, "if a do " * LONG,
        "f(fn x -> " * LONG, "let x = " + "not " * LONG + "a", "let x = " + "- " * LONG + "a",
        "let x = " + "1 + " * LONG + "1", "let x = a" + ".b" * LONG, "let x = a" + "()" * LONG,
        "case x do " + "a :: " * LONG + "b -> 1 end", "fn f() -> " + "A!" * LONG + "B = 1",
        "fn f() -> A" + "?" * LONG + " = 1", "fn f() -> " + "Fun() -> " * LONG + "B = 1",
        "if a do 1\n" + "else if b do 2\n" * LONG + "end",
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_what_nests_too_deeply_is_told_once(text: str) -> None:
    (message,) = messages(text)
    assert "nested too deeply" in message


@pytest.mark.parametrize("text", ["end " * LONG, ")" * LONG, "\x01" * LONG, '"${' * LONG, "if " * LONG])
def test_repeated_rubbish_is_told_once(text: str) -> None:
    assert len(messages(text)) == 1


def test_the_number_of_messages_is_limited() -> None:
    assert 10 < len(messages("let = 1\n" * 1000)) <= 30
    assert 10 < len(messages("'\n" * 1000)) <= 30


def test_long_is_not_deep() -> None:
    assert len(tree("x\n" * LONG).block.stmts) == LONG
    tree("let x = [" + "f(1), " * LONG + "]")
    tree("let " + "a" * 10_000 + " = 1")
    tree("fn f() = " + "(" * 500 + "1" + ")" * 500)
    tree("let s = " + " <> ".join(["a"] * 1000))
    tree("if a do 1\n" + "else if b do 2\n" * 1000 + "end")
