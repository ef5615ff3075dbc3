"""Syntax messages: in human words, one per mistake, several per run, every sample with its own words."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from snowc.syntax.explain import samples
from tests.unit.syntax.outline import messages, only, parse, show

SAMPLES = tomllib.loads(resources.files("snowc.syntax").joinpath("samples.toml").read_text(encoding="utf-8"))["sample"]


@pytest.mark.parametrize("entry", SAMPLES, ids=[entry["source"].strip().replace("\n", " ")[:40] for entry in SAMPLES])
def test_a_sample_gets_its_own_words_and_nothing_else(entry: dict[str, str]) -> None:
    diag = only(entry["source"])
    beginning = entry["says"].split("{")[0]
    assert diag.message().startswith(beginning)
    assert (diag.help() is None) is ("help" not in entry)
    assert "{found}" not in diag.message()


def test_every_sample_is_recognised_by_something() -> None:
    assert all(sample.key for sample in samples())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("f(a b)", "1:5 expected `)` or `,`, found `b`"),
        ("[1 2]", "1:4 expected `,` or `]`, found the number `2`"),
        ("fn f(x) do\n  let y = 1 +\nend", "3:1 expected an expression, found `end`"),
        ("struct do end", "1:8 expected a name, found `do`"),
        ("fn f() -> = 1", "1:11 expected a type, found `=`"),
        ("case x do\n  -> 1\nend", "2:3 expected a pattern or `end`, found `->`"),
        ("case x do\n  1 2\nend", "2:5 expected `->`, `::`, `as`, `when` or `|`, found the number `2`"),
        ("impl A do end", "1:8 expected `for` after the interface, found `do`"),
        ('f("a" "b")', "1:7 expected `)` or `,`, found a string"),
        ("call X do end", "1:1 expected a statement, found `call`"),
        ("fn f(1 +) = 2", "1:8 expected `)`, `,`, `::`, `as` or `|`, found `+`"),
    ],
)
def test_found_and_expected(text: str, message: str) -> None:
    assert messages(text) == [message]


def test_several_mistakes_are_found_in_one_run() -> None:
    text = """\
fn one() do
  let = 1
  ok()
  x += 2
end
struct S do
  a: Int
  b :: Int
end
type T do
  A(
  B
end
fn two(x: Int) = x
fn three() do
  case x do
    1 => 2
    2 -> 3
    -> 4
  end
end
service V do
  call (x) do 1 end
  cast Fine do 2 end
end
interface I do
  fn (self)
  fn good(self)
end
fn four() = 4
"""
    assert [m.split()[0] for m in messages(text)] == [
        "2:7", "4:6", "7:4", "13:1", "14:9", "17:7", "19:5", "23:8", "27:6",
    ]  # fmt: skip
    tree, _, _ = parse(text)
    kept = show(tree.block)
    for name in ("one", "ok", "(FieldDef b Int)", "(Arm 2 3)", "Fine", "good", "four"):
        assert name in kept


def test_what_could_not_be_read_is_an_error_node() -> None:
    tree, _, _ = parse("a\nf(1,,2)\nb")
    assert show(tree.block) == "{a; (ErrorExpr); b}"
    assert (tree.block.stmts[1].span.start, tree.block.stmts[1].span.end) == (2, 9)


def test_a_line_gets_one_message() -> None:
    assert len(messages("let x = ) ] } +\nok\n")) == 1


def test_a_name_that_is_very_long_is_shortened() -> None:
    (message,) = messages("f(a " + "b" * 10_000 + ")")
    assert len(message) < 100
    assert "b…b" in message


def test_behind_an_unclosed_string_nothing_is_reported() -> None:
    assert len(messages('let a = "open\nlet b = "x ) end"\nlet c = "y"\n')) == 1


def test_numbers_out_of_range_are_told_where_only_a_minus_would_allow_them() -> None:
    for text in ("9223372036854775808", "1 - 9223372036854775808", "-9223372036854775808.abs()"):
        assert "out of range" in only(text).message()
    assert messages("-9223372036854775808") == []
    assert messages("case x do -9223372036854775808 -> 1 end") == []
    assert "out of range" in only("case x do 9223372036854775808 -> 1 end").message()


def test_a_struct_literal_needs_a_name() -> None:
    assert "expected the name of a struct" in only("f() { x: 1 }").message()


def test_two_terminate_blocks_are_one_too_many() -> None:
    assert "second `terminate`" in only("actor a do terminate do 1 end\nterminate do 2 end end").message()


def test_a_single_ampersand_is_taken_for_and() -> None:
    tree, diags, _ = parse("let y = a & b or c & d")
    assert [d.message() for d in diags] == ["unexpected character `&`"]
    assert show(tree.block) == "{(Let y (or (and a b) (and c d)))}"
