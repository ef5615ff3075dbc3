"""Module names from paths (language.md 8.1)."""

from __future__ import annotations

import pytest

from snowc.modules.names import library_names, module_name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("utils.snow", "Utils"), ("math/linear_algebra.snow", "Math.LinearAlgebra"), ("main.snow", "Main"),
        ("sub/main.snow", "Sub.Main"), ("a__b_.snow", "AB"), ("_x.snow", "X"), ("camelCase.snow", "CamelCase"),
        ("x2_y3.snow", "X2Y3"),
    ],
)  # fmt: skip
def test_names_come_from_paths(path: str, name: str) -> None:
    assert module_name(path) == name


@pytest.mark.parametrize(
    ("path", "names"), [("list.snow", ("List",)), ("io.snow", ("IO",)), ("json.snow", ("Json", "JSON")),
    ("http.snow", ("HTTP",))]
)
def test_library_modules_have_their_own_spelling(path: str, names: tuple[str, ...]) -> None:
    assert library_names(path) == names
