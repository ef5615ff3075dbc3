"""Which reads of module constants are checked, and what a check looks like."""

from __future__ import annotations

import pytest

from snowc.codegen.const_checks import early_reads
from snowc.mir.parse import parse_module
from tests.unit.codegen.support import function_text, ir_of

CONSTS = "const M.a: Int = a.init\nconst M.f: Fun() -> Int = f.init\nconst M.b: Int = b.init\nentry main\n"
READ_B = "%r: Int = constref M.b\nreturn %r"
ZERO = "%r: Int = const 0\nreturn %r"


def program(**bodies: str) -> str:
    """A module with three constants; `bodies` replace those of its functions."""
    made = {"a": ZERO, "f": "%r: Fun() -> Int = closure lam[]\nreturn %r", "b": ZERO, "main": READ_B, "get": READ_B}
    made |= bodies
    lam = made.pop("lam", ZERO)
    text = CONSTS + f"fn lam() captures() -> Int {{\ne:\n{lam}\n}}\n"
    for name, body in made.items():
        init = name if name in ("main", "get") else f"{name}.init"
        result = "Fun() -> Int" if name == "f" else "Int"
        text += f"fn {init}() -> {result} {{\ne:\n{body}\n}}\n"
    return text


CALL_GET = "%r: Int = call get()\nreturn %r"
CALL_F = "%g: Fun() -> Int = constref M.f\n%r: Int = call_closure %g()\nreturn %r"


@pytest.mark.parametrize(
    "bodies, expected",
    [
        ({}, {}),
        ({"a": CALL_GET}, {"get": {"M.b"}}),
        ({"b": CALL_GET}, {"get": {"M.b"}}),
        ({"main": CALL_GET}, {}),
        ({"lam": READ_B}, {"lam": {"M.b"}}),
        ({"lam": "%r: Int = constref M.a\nreturn %r"}, {}),
        ({"lam": CALL_F}, {}),
        ({"a": "tailcall get()"}, {"get": {"M.b"}}),
    ],
)
def test_what_an_earlier_initialiser_can_reach_is_checked(
    bodies: dict[str, str], expected: dict[str, set[str]]
) -> None:
    assert early_reads(parse_module(program(**bodies))) == expected


def test_a_check_compares_with_the_constants_computed_so_far() -> None:
    text = ir_of(program(a=CALL_GET))
    checked = function_text(text, "get")
    assert "load atomic i64, ptr @snow.constants acquire" in checked
    assert "call void @snow.const_check(" in checked and "i64 2, ptr" in checked
    assert "const_check" not in function_text(text, "main")
    assert [line.split()[3] for line in text.splitlines() if "store atomic" in line] == ["1,", "2,", "3,"]


def test_without_such_reads_nothing_is_counted() -> None:
    assert "snow.constants" not in ir_of(program())
