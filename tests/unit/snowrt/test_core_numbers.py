"""Numbers to text and back, against Python's own."""

from __future__ import annotations

import math
import struct
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.snowrt.core_calls import Core

INT64 = st.integers(-(2**63), 2**63 - 1)
ANY_BITS = st.binary(min_size=8, max_size=8).map(lambda b: struct.unpack("d", b)[0])


def expected_text(x: float) -> str:
    """repr without exponent and without `.0`."""
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "inf" if x > 0 else "-inf"
    text = format(Decimal(repr(x)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.floats(), ANY_BITS))
def test_float_text_is_shortest(core: Core, x: float) -> None:
    assert core.call("__float_to_string", x) == expected_text(x)


@settings(max_examples=100, deadline=None)
@given(st.integers(-(10**9), 10**9), st.integers(0, 6))
def test_float_text_of_short_decimals(core: Core, n: int, decimals: int) -> None:
    x = n / 10**decimals
    assert core.call("__float_to_string", x) == expected_text(x)


def test_float_text_at_every_power_of_two_and_ten(core: Core) -> None:
    exact = [math.ldexp(1.0, e) for e in range(-1074, 1024)] + [float(f"1e{e}") for e in range(-323, 309)]
    for x in exact:
        for y in (x, math.nextafter(x, 0), math.nextafter(x, math.inf)):
            assert core.call("__float_to_string", y) == expected_text(y)


@settings(max_examples=100, deadline=None)
@given(INT64)
def test_int_text_and_back(core: Core, n: int) -> None:
    assert core.call("__int_to_string", n) == str(n)
    assert core.call("String.to_int", f" {n}\n") == ("Some", n)


@pytest.mark.parametrize("text", ["", "+", "-", "1_0", "0x1", "1.0", "1 2", "٣", "9223372036854775808",
                                  "-9223372036854775809", "99999999999999999999", "--1"])
def test_not_an_int(core: Core, text: str) -> None:
    assert core.call("String.to_int", text) == ("None",)


@pytest.mark.parametrize(
    ("text", "n"), [("+7", 7), ("007", 7), ("-9223372036854775808", -(2**63)), ("\u00a05\u2003", 5)]
)
def test_an_int(core: Core, text: str, n: int) -> None:
    assert core.call("String.to_int", text) == ("Some", n)


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"\A[+-]?(\d{1,25}(\.\d{0,25})?|\.\d{1,25})(e[+-]?\d{1,3})?\Z"))
def test_float_parsing_agrees(core: Core, text: str) -> None:
    if text.isascii():
        assert core.call("String.to_float", text) == ("Some", float(text))


@pytest.mark.parametrize(
    "text", ["", ".", "e5", "1e", "1e+", "1_0.0", "0x1p3", "in", "nana", "1.2.3", "1 e5", "--1", "1.5f"]
)
def test_not_a_float(core: Core, text: str) -> None:
    assert core.call("String.to_float", text) == ("None",)


@pytest.mark.parametrize(("text", "x"), [("5.", 5.0), (".5", 0.5), ("1.e5", 1e5), (" -INFINITY ", -math.inf),
                                         ("+inf", math.inf), ("1e400", math.inf), ("1e-400", 0.0),
                                         ("1e99999999999999999999", math.inf)])
def test_a_float(core: Core, text: str, x: float) -> None:
    assert core.call("String.to_float", text) == ("Some", x)


def test_not_a_number(core: Core) -> None:
    assert math.isnan(core.call("String.to_float", "NaN")[1])


@settings(max_examples=60, deadline=None)
@given(st.floats(-1e9, 1e9), st.integers(0, 12))
def test_fixed_decimals(core: Core, x: float, n: int) -> None:
    assert core.call("Float.to_fixed", x, n) == f"{x:.{n}f}"


@pytest.mark.parametrize(("name", "x", "n"), [
    ("floor", -1.5, -2), ("ceil", -1.5, -1), ("round", 2.5, 3), ("round", -2.5, -3), ("floor", 1e300, 2**63 - 1),
    ("ceil", -math.inf, -(2**63)), ("round", math.nan, 0), ("floor", 9223372036854775807.0, 2**63 - 1),
])
def test_rounding_to_int(core: Core, name: str, x: float, n: int) -> None:
    assert core.call(f"Math.{name}", x) == n
