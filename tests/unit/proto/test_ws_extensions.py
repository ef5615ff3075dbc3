"""The header in which clients offer extensions: what it says, and what is malformed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snowrt.proto.ws_extensions import Malformed, Offer, is_token, parse_offers


@pytest.mark.parametrize(
    ("values", "offers"),
    [
        ([], []),
        (["x"], [Offer("x")]),
        ([" x ;a "], [Offer("x", (("a", None),))]),
        (["x; a=1; b", "y"], [Offer("x", (("a", "1"), ("b", None))), Offer("y")]),
        (["x, y;a=b,\tz"], [Offer("x"), Offer("y", (("a", "b"),)), Offer("z")]),
        (['x; a="10"'], [Offer("x", (("a", "10"),))]),
        (["x; a = 10"], [Offer("x", (("a", "10"),))]),
        (["x; a; a"], [Offer("x", (("a", None), ("a", None)))]),
    ],
)
def test_offers(values: list[str], offers: list[Offer]) -> None:
    assert parse_offers(values) == offers


@pytest.mark.parametrize(
    "value",
    ["", ",", "a,", "a b", "a;", "a; =1", "a; b=", 'a; b="', 'a; b=""', 'a; b="c d"', 'a; b="c,d"', "a; b=c=d", "ä"],
)
def test_malformed_headers(value: str) -> None:
    with pytest.raises(Malformed):
        parse_offers([value])


TOKENS = st.text("abc-_.1", min_size=1, max_size=5)
OFFERS = st.builds(
    Offer, TOKENS, st.lists(st.tuples(TOKENS, st.none() | TOKENS), max_size=3).map(tuple)
)  # fmt: skip


@settings(derandomize=True)
@given(offers=st.lists(OFFERS, min_size=1, max_size=4), lines=st.integers(1, 3))
def test_what_was_written_is_read(offers: list[Offer], lines: int) -> None:
    texts = [
        "; ".join((offer.name, *(name if value is None else f'{name}="{value}"' for name, value in offer.params)))
        for offer in offers
    ]
    headers = [", ".join(texts[i : i + lines]) for i in range(0, len(texts), lines)]
    assert parse_offers(headers) == offers


@settings(derandomize=True)
@given(value=st.text('ab;=," \t\\ä', max_size=20))
def test_any_header_is_offers_or_malformed(value: str) -> None:
    try:
        offers = parse_offers([value])
    except Malformed:
        return
    names = [offer.name for offer in offers] + [name for offer in offers for name, _ in offer.params]
    assert offers and all(is_token(name) for name in names)
