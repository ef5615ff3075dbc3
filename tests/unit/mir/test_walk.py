"""Walking functions."""

from __future__ import annotations

from snowc.mir.ir import Function
from snowc.mir.parse import parse_module
from snowc.mir.walk import loop_headers


def _function(body: str) -> Function:
    return parse_module(f"fn f(%c: Bool) -> Bool {{\n{body}\n}}").functions["f"]


def test_every_loop_has_a_header() -> None:
    function = _function(
        "e:\n jump outer()\nouter:\n br %c, inner(), out()\ninner:\n br %c, inner(), again()\n"
        "again:\n jump outer()\nout:\n return %c"
    )
    assert {b.label for b in loop_headers(function)} == {"outer", "inner"}


def test_straight_code_and_joins_have_none() -> None:
    function = _function("e:\n br %c, a(), b()\na:\n jump j()\nb:\n jump j()\nj:\n return %c")
    assert loop_headers(function) == set()


def test_a_cycle_with_two_ways_in_is_cut_too() -> None:
    function = _function("e:\n br %c, a(), b()\na:\n br %c, b(), out()\nb:\n jump a()\nout:\n return %c")
    assert len(loop_headers(function)) == 1
