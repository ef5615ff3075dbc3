"""Every program of the specification parses, and the fragments that it rejects for their syntax do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.syntax.outline import messages, parse

SPEC = Path(__file__).parents[2] / "data" / "spec"
PROGRAMS = sorted(SPEC.glob("*.snow"))


def test_the_programs_are_there() -> None:
    assert len(PROGRAMS) >= 90


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_it_parses(path: Path) -> None:
    tree, diags, _ = parse(path.read_text(encoding="utf-8"))
    assert not [d.message() for d in diags]
    assert tree.block.stmts


MAIN = "fn main() do\n  println(\"x\")\nend\n"


@pytest.mark.parametrize(
    ("fragment", "words"),
    [
        ("fn f() do\n  1", ["expected `end`", "found the end of the file"]),
        ("from List import *", ["glob imports are not allowed"]),
        ("let x = ", ["expected an expression", "found the end of the file"]),
        ('let s = "open', ["unterminated string", "expected `\"`"]),
        ("let n = 0x", ["expected hexadecimal digits"]),
        ("let n = 9223372036854775808", ["out of range"]),
        ("f(1; 2)", ["unexpected `;`"]),
        ("let a = b & c", ["unexpected character `&`"]),
        (r'let s = "\q"', ["unknown escape"]),
        ("#= open", ["unterminated block comment"]),
        ("let f = fn x do x | y -> y end", ["`|`"]),
        ("let monitor = 1", ["found the reserved word `monitor`"]),
        ("x = 5", ["there is no assignment"]),
    ],
)
def test_a_rejected_fragment_gets_one_clear_message(fragment: str, words: list[str]) -> None:
    (message,) = messages(MAIN + fragment)
    for word in words:
        assert word in message


@pytest.mark.parametrize("fragment", ["let a = 1 let b = 2", "fn f(x) = x\n| 5", "else 1", "5 end", "fn f(h :: t = 1"])
def test_what_the_grammar_does_not_say_is_an_error_or_not(fragment: str) -> None:
    assert bool(messages(MAIN + fragment)) is (fragment != "let a = 1 let b = 2")
