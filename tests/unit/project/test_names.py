"""Which names packages may have, and the modules they give."""

from __future__ import annotations

import pytest

from snowc.project.names import LONGEST, module_prefix, problem


@pytest.mark.parametrize(
    ("name", "prefix"),
    [("geo", "Geo"), ("geo-tools", "GeoTools"), ("geo_tools", "GeoTools"), ("Geo", "Geo"), ("x2-y3_", "X2Y3"),
     ("a" * LONGEST, "A" + "a" * (LONGEST - 1))],
)  # fmt: skip
def test_possible_names_and_their_modules(name: str, prefix: str) -> None:
    assert problem(name) is None
    assert module_prefix(name) == prefix


@pytest.mark.parametrize(
    ("name", "reason"),
    [("", "empty"), ("2d", "letter"), ("-x", "letter"), ("_x", "letter"), (".", "letter"), ("a b", "' '"),
     ("a/b", "'/'"), ("a.b", "'.'"), ("schön", "'ö'"), ("a\n", r"'\n'"), ("a" * (LONGEST + 1), "longer than")],
)  # fmt: skip
def test_impossible_names_have_a_reason(name: str, reason: str) -> None:
    assert reason in (problem(name) or "")
