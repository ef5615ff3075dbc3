"""String functions of the core against Python's own as the judge."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.snowrt.core_calls import Core

# Characters that every supported Python knows alike.
KNOWN = st.characters(codec="utf-8").filter(lambda c: unicodedata.ucd_3_2_0.category(c) != "Cn")
LETTERS = st.sampled_from("aZ \t\n09é.ßΣσςİıǅﬁŉ'’\u0345\u0307ÅΩ漢😀\u00a0\u200b\u3000\x85")
TEXT = st.text(st.one_of(LETTERS, KNOWN), max_size=40)
SHORT = st.text(st.sampled_from("abé😀"), max_size=3)
PATTERNED = st.text(st.sampled_from("abé😀"), max_size=30)
WHITE = "[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"


check = settings(max_examples=150, deadline=None)


@check
@given(TEXT)
def test_length_and_characters(core: Core, s: str) -> None:
    assert core.call("String.length", s) == len(s)
    assert core.call("String.chars", s) == list(s)
    assert core.call("__string_byte_length", s) == len(s.encode())


@check
@given(TEXT, st.integers(-3, 45), st.integers(-3, 45))
def test_slice(core: Core, s: str, start: int, end: int) -> None:
    assert core.call("String.slice", s, start, end) == s[max(start, 0) : max(end, 0)]


@check
@given(TEXT)
def test_case(core: Core, s: str) -> None:
    assert core.call("String.to_upper", s) == s.upper()
    assert core.call("String.to_lower", s) == s.lower()


@check
@given(st.text(LETTERS, max_size=12))
def test_trim_and_words(core: Core, s: str) -> None:
    assert core.call("String.trim_start", s) == re.sub(f"^{WHITE}+", "", s)
    assert core.call("String.trim_end", s) == re.sub(f"{WHITE}+\\Z", "", s)
    assert core.call("String.trim", s) == re.sub(f"^{WHITE}+|{WHITE}+\\Z", "", s)
    assert core.call("String.words", s) == [w for w in re.split(f"{WHITE}+", s) if w]


@check
@given(PATTERNED, SHORT)
def test_searching(core: Core, s: str, part: str) -> None:
    assert core.call("String.contains", s, part) == (part in s)
    assert core.call("String.starts_with", s, part) == s.startswith(part)
    assert core.call("String.ends_with", s, part) == s.endswith(part)
    assert core.call("__string_find", s, part, 0) == s.encode().find(part.encode())
    assert core.call("__string_find_last", s, part) == s.encode().rfind(part.encode())


@check
@given(PATTERNED, SHORT, SHORT)
def test_replace(core: Core, s: str, old: str, new: str) -> None:
    assert core.call("String.replace", s, old, new) == s.replace(old, new)


@check
@given(PATTERNED, SHORT)
def test_split_and_join(core: Core, s: str, separator: str) -> None:
    pieces = s.split(separator) if separator else ["", *s, ""]
    assert core.call("String.split", s, separator) == pieces
    assert core.call("String.join", pieces, separator) == separator.join(pieces)


@check
@given(st.text(st.sampled_from("ab\r\n"), max_size=12))
def test_lines(core: Core, s: str) -> None:
    lines = re.findall("[^\n]*\n|[^\n]+", s)
    expected = [x.removesuffix("\n").removesuffix("\r") if x.endswith("\n") else x for x in lines]
    assert core.call("String.lines", s) == expected


@check
@given(TEXT, TEXT)
def test_order_and_joining(core: Core, a: str, b: str) -> None:
    x, y = a.encode(), b.encode()
    assert core.call("__string_compare", a, b) == (x > y) - (x < y)
    assert core.call("__string_eq", a, b) == (a == b)
    assert core.call("__string_eq", a, a) == 1
    assert core.call("__string_concat", a, b) == a + b


@check
@given(TEXT, st.integers(-1, 70))
def test_repeat(core: Core, s: str, n: int) -> None:
    assert core.call("String.repeat", s, n) == s * n


def _is_valid(core: Core, data: bytes) -> bool:
    return bool(core.library.snowi_utf8_valid(data, len(data)) & 1)


def _decodes(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@check
@given(st.binary(max_size=12))
def test_utf8_is_checked_like_python_does(core: Core, data: bytes) -> None:
    assert _is_valid(core, data) == _decodes(data)


def test_utf8_after_every_pair_of_bytes(core: Core) -> None:
    for first in range(0x80, 0x100):
        for second in range(0x70, 0xD0):
            for rest in (b"", b"\x80", b"\x80\xbf", b"\x80\x80\x80", b"\xc0"):
                data = bytes((first, second)) + rest
                assert _is_valid(core, data) == _decodes(data), data


def test_case_of_every_character(core: Core) -> None:
    """Batches keep the characters apart, so that no sigma is final by its neighbours."""
    known = [chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF
             and unicodedata.ucd_3_2_0.category(chr(c)) != "Cn"]
    for at in range(0, len(known), 5000):
        batch = ".".join(known[at : at + 5000])
        assert core.call("String.to_upper", batch) == batch.upper()
        assert core.call("String.to_lower", batch) == batch.lower()


@pytest.mark.parametrize(
    ("text", "lower"), [("ΟΔΟΣ", "οδος"), ("ΣΑΣ ΣΑΣ.", "σας σας."), ("Σ", "σ"), ("AΣ'", "aς'"), ("AΣ'B", "aσ'b")]
)
def test_final_sigma(core: Core, text: str, lower: str) -> None:
    assert core.call("String.to_lower", text) == lower == text.lower()


@check
@given(TEXT)
def test_code_points(core: Core, s: str) -> None:
    codes, at = [], 0
    address = core.string(s)
    size = core.library.snow_string_byte_length(address)
    while at < size:
        codes.append(core.library.snow_string_code_at(address, at))
        at = core.library.snow_string_next(address, at)
    core.drop(address)
    assert codes == [ord(c) for c in s]
    assert "".join(core.call("__string_from_code", c) for c in codes) == s
    assert core.call("__string_from_code", 0xD800) == ""


def _fnv(data: bytes) -> int:
    h = 0xCBF29CE484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return h - 2**64 if h >= 2**63 else h


@check
@given(TEXT, st.integers(-(2**63), 2**63 - 1))
def test_visible_hashes(core: Core, s: str, n: int) -> None:
    assert core.call("__hash_string", s) == _fnv(s.encode())
    assert core.call("__hash_int", n) == _fnv(n.to_bytes(8, "little", signed=True))


def test_hashes_of_the_reference(core: Core) -> None:
    assert core.call("__hash_string", "snow") == 6373351143289313586
    assert core.call("__hash_int", 7) == 5465015992139406178
    assert core.call("__hash_float", 1.5) == -6154756914075763584
    assert core.call("__hash_bool", 1) == -5808592057526012372
    first, second = core.call("__hash_int", 1), core.call("__hash_int", 2)
    assert core.call("__hash_combine", first, second) == 2814214074664713915


def test_table_hash_is_stable_within_a_run_and_spreads(core: Core) -> None:
    hashes = {core.call("__string_hash", f"key{i}") for i in range(2000)}
    assert len(hashes) == 2000
    assert len({h & 1023 for h in hashes}) > 800
    assert core.call("__string_hash", "key1") in hashes
