"""Syntax trees as flat data, and back."""

from __future__ import annotations

import marshal
from pathlib import Path

import pytest

from snowc.syntax.flat import flatten, rebuild
from tests import golden
from tests.unit.syntax.outline import tree

CASES = sorted((Path(__file__).parents[2] / "golden" / "run").rglob("*.case"))


@pytest.mark.parametrize("path", CASES[::8], ids=lambda path: path.stem)
def test_trees_come_back_with_their_places(path: Path) -> None:
    for name, text in golden.parse_case(path.read_text(encoding="utf-8"), "run").files().items():
        if name.endswith(".snow"):
            made = tree(text)
            places: list[int] = []
            data = marshal.loads(marshal.dumps(flatten(made, places)))
            assert repr(rebuild(data, made.span.file, iter(places))) == repr(made)


def test_trees_that_differ_in_places_only_have_the_same_data() -> None:
    one, two = flatten(tree("fn f(x) = x + 1"), []), flatten(tree("fn f( x )  =\n  x+1"), [])
    assert one == two
    assert flatten(tree("fn f(x) = x + 2"), []) != one
