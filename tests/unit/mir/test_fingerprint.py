"""The identity of types at run time."""

from __future__ import annotations

import pytest

from snowc.mir.fingerprint import ANY_MESSAGE, fingerprint, type_name
from snowc.mir.parse import parse_type

TYPES = {
    "Int": "Int",
    "()": "()",
    "Tuple<Int, String>": "(Int, String)",
    "List<Tuple<Int, Main.Shape>>": "List<(Int, Main.Shape)>",
    "Fun(Int) -> Bool": "(Int) -> Bool",
    "Fun(Tuple<Int, Int>) -> Bool": "((Int, Int)) -> Bool",
    "Fun(Int, Int) -> Bool": "(Int, Int) -> Bool",
    "Fun(Fun(Int) -> Int) -> Int": "((Int) -> Int) -> Int",
    "Fun() -> Fun() -> Int": "() -> () -> Int",
    "Map<String, Pid>": "Map<String, Pid>",
}


@pytest.mark.parametrize(("mir", "shown"), TYPES.items())
def test_names_are_those_of_the_language(mir: str, shown: str) -> None:
    assert type_name(parse_type(mir)) == shown


def test_fingerprints_differ_and_fit() -> None:
    numbers = {fingerprint(parse_type(text)) for text in TYPES}
    assert len(numbers) == len(TYPES)
    assert all(-(1 << 63) <= n < 1 << 63 and n != ANY_MESSAGE for n in numbers)


def test_fingerprints_never_change() -> None:
    assert fingerprint(parse_type("Int")) == -7205937904199773965


def test_a_type_parameter_has_none() -> None:
    with pytest.raises(ValueError, match="not concrete"):
        fingerprint(parse_type("List<'T>"))
