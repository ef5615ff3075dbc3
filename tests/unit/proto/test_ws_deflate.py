"""permessage-deflate: which offers are accepted and how, and what the codec makes of messages.

The peer is zlib itself, driven as RFC 7692 says.
"""

from __future__ import annotations

import os
import random
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snowrt.proto.ws_deflate import BAD_DATA, NAME, TOO_BIG, Agreement, Codec, Forgetful, agree
from snowrt.proto.ws_extensions import Offer, parse_offers

MIB = 1 << 20
MODES = ("on", "no_context")


def answer(header: str, mode: str = "on") -> str | None:
    agreed = agree(parse_offers([header]), mode)
    return None if agreed is None else agreed.answer


# ---- negotiation -----------------------------------------------------------------------------------

FORGETFUL = "; server_no_context_takeover; client_no_context_takeover"


@pytest.mark.parametrize(
    ("offered", "answered"),
    [
        ("", ""),
        ("; client_no_context_takeover", ""),
        ("; server_no_context_takeover", "; server_no_context_takeover"),
        ("; client_max_window_bits", ""),
        ("; client_max_window_bits=8", "; client_max_window_bits=8"),
        ("; client_max_window_bits=15", "; client_max_window_bits=15"),
        ("; server_max_window_bits=9", "; server_max_window_bits=9"),
        ('; server_max_window_bits="12"', "; server_max_window_bits=12"),
        (
            "; client_max_window_bits=10; server_max_window_bits=11; server_no_context_takeover",
            "; server_no_context_takeover; server_max_window_bits=11; client_max_window_bits=10",
        ),
    ],
)
def test_what_is_offered_is_kept_to(offered: str, answered: str) -> None:
    assert answer(NAME + offered) == NAME + answered
    bits = answered.replace("; server_no_context_takeover", "")
    assert answer(NAME + offered, "no_context") == NAME + FORGETFUL + bits
    assert answer(NAME + offered, "off") is None


@pytest.mark.parametrize(
    "offered",
    [
        "; server_max_window_bits", "; server_max_window_bits=8", "; server_max_window_bits=16",
        "; server_max_window_bits=7", "; server_max_window_bits=010", "; server_max_window_bits=09",
        "; server_max_window_bits=x", "; server_max_window_bits=1", "; client_max_window_bits=7",
        "; client_max_window_bits=16", "; client_max_window_bits=015", "; client_max_window_bits=+9",
        "; server_no_context_takeover=1", "; client_no_context_takeover=true",
        "; server_no_context_takeover; server_no_context_takeover",
        "; client_max_window_bits; client_max_window_bits=10",
        "; server_max_window_bits=10; server_max_window_bits=10", "; unknown", "; unknown=1",
        "; Server_No_Context_Takeover",
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", MODES)
def test_offers_that_are_declined(offered: str, mode: str) -> None:
    assert answer(NAME + offered, mode) is None
    assert answer(f"{NAME}{offered}, {NAME}; server_max_window_bits=10", "on") == f"{NAME}; server_max_window_bits=10"


def test_the_first_acceptable_offer_is_taken() -> None:
    offers = f"x-webkit-deflate-frame, {NAME}; server_max_window_bits=8, {NAME}; server_max_window_bits=9, {NAME}"
    assert answer(offers) == f"{NAME}; server_max_window_bits=9"
    assert answer("permessage-bzip2, deflate") is None
    assert agree([], "on") is None


PARAM_NAMES = (
    "server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits", "client_max_window_bits",
    "other",
)  # fmt: skip
VALUES = st.none() | st.integers(0, 20).map(str) | st.sampled_from(["", "x", "08", "9.0"])
PARAMS = st.lists(st.tuples(st.sampled_from(PARAM_NAMES), VALUES), max_size=4).map(tuple)
OFFERS = st.lists(st.builds(Offer, st.sampled_from([NAME, NAME, "other"]), PARAMS), max_size=4)


@settings(derandomize=True, max_examples=1000)
@given(offers=OFFERS, mode=st.sampled_from(MODES))
def test_an_answer_is_one_that_the_client_can_accept(offers: list[Offer], mode: str) -> None:
    agreed = agree(offers, mode)
    if agreed is None:
        assert Offer(NAME) not in offers
        return
    (answered,) = parse_offers([agreed.answer])
    params = dict(answered.params)
    assert answered.name == NAME and len(params) == len(answered.params)
    assert agreed.server_forgets == ("server_no_context_takeover" in params)
    assert agreed.client_forgets == ("client_no_context_takeover" in params)
    assert agreed.server_bits == int(params.get("server_max_window_bits") or 15)
    assert agreed.client_bits == int(params.get("client_max_window_bits") or 15)
    fits = [dict(offer.params) for offer in offers if offer.name == NAME and _allows(dict(offer.params), agreed)]
    assert fits


def _allows(offered: dict[str, str | None], agreed: Agreement) -> bool:
    """Whether a client that offered this accepts what was agreed (RFC 7692, 7.1)."""
    return (
        ("server_no_context_takeover" not in offered or agreed.server_forgets)
        and offered.get("server_max_window_bits", str(agreed.server_bits)) == str(agreed.server_bits)
        and (agreed.client_bits == 15 or "client_max_window_bits" in offered)
    )


# ---- the codec against zlib ------------------------------------------------------------------------


class Peer:
    """The client's half, on zlib: forgets and limits its window as agreed."""

    def __init__(self, agreed: Agreement) -> None:
        self._agreed = agreed
        self._compressor: Any = None
        self._decompressor: Any = None

    def deflate(self, data: bytes) -> bytes:
        if self._compressor is None or self._agreed.client_forgets:
            self._compressor = zlib.compressobj(wbits=-max(9, self._agreed.client_bits))
        stream: bytes = self._compressor.compress(data) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
        assert stream.endswith(b"\0\0\xff\xff")
        return stream[:-4]

    def inflate(self, data: bytes) -> bytes:
        if self._decompressor is None or self._agreed.server_forgets:
            self._decompressor = zlib.decompressobj(-self._agreed.server_bits)
        plain: bytes = self._decompressor.decompress(data + b"\0\0\xff\xff")
        assert not self._decompressor.unused_data and not self._decompressor.eof
        return plain


def codec(agreed: Agreement | None = None, limit: int = MIB) -> Codec:
    return Codec(agreed or Agreement(), limit, Forgetful())


def sent(found: Codec, data: bytes, cuts: list[int] | None = None) -> bytes | None:
    """What the codec makes of a message that it gets in parts."""
    ends = sorted(cut % (len(data) + 1) for cut in cuts or [])
    begins = [0, *ends]
    for begin, end in zip(begins, ends, strict=False):
        found.deflate_part(data[begin:end])
    return found.deflate(data[begins[-1] :])


def mixture(seed: int, size: int) -> bytes:
    """Words that come again, near and far, and some noise."""
    rng = random.Random(seed)
    words = [rng.randbytes(rng.randint(1, 300)) for _ in range(20)]
    data = bytearray()
    while len(data) < size:
        data += rng.choice(words) if rng.random() < 0.9 else rng.randbytes(40)
    return bytes(data[:size])


AGREEMENTS = st.builds(Agreement, st.booleans(), st.booleans(), st.integers(9, 15), st.integers(8, 15))
MESSAGES = st.lists(
    st.one_of(
        st.binary(max_size=300),
        st.builds(mixture, st.integers(0, 3), st.integers(1, 70_000)),
        st.builds(lambda byte, size: bytes((byte,)) * size, st.integers(0, 255), st.integers(1, 200_000)),
    ),
    max_size=5,
)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(agreed=AGREEMENTS, messages=MESSAGES, cuts=st.lists(st.integers(0, 10**6), max_size=3))
def test_round_trips(agreed: Agreement, messages: list[bytes], cuts: list[int]) -> None:
    ours, peer = codec(agreed), Peer(agreed)
    for message in messages:
        assert ours.inflate(peer.deflate(message)) == message
        compressed = sent(ours, message, cuts)
        if compressed is None:
            assert agreed.server_forgets
        else:
            assert compressed and peer.inflate(compressed) == message


@settings(derandomize=True, max_examples=100, deadline=None)
@given(message=st.builds(mixture, st.integers(0, 9), st.integers(0, 3000)), damage=st.data())
def test_a_stream_that_is_cut_or_changed_is_refused_or_bounded(message: bytes, damage: st.DataObject) -> None:
    """A cut may by chance leave a whole stream, of a part of the message."""
    stream = bytearray(Peer(Agreement()).deflate(message))
    beginning = codec().inflate(bytes(stream[: damage.draw(st.integers(0, len(stream)))]))
    assert beginning == BAD_DATA or (isinstance(beginning, bytes) and message.startswith(beginning))
    stream[damage.draw(st.integers(0, len(stream) - 1))] ^= damage.draw(st.integers(1, 255))
    found = codec(limit=5000).inflate(bytes(stream))
    assert found in (BAD_DATA, TOO_BIG) or (isinstance(found, bytes) and len(found) <= 5000)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(data=st.binary(max_size=400))
def test_any_bytes_are_inflated_without_an_exception(data: bytes) -> None:
    found = codec(limit=5000).inflate(data)
    assert found in (BAD_DATA, TOO_BIG) or (isinstance(found, bytes) and len(found) <= 5000)


# ---- context ---------------------------------------------------------------------------------------

TEXT = os.urandom(500)


def test_context_makes_a_message_that_comes_again_short() -> None:
    ours, peer = codec(), Peer(Agreement())
    first, second = sent(ours, TEXT), sent(ours, TEXT)
    assert first is not None and second is not None and len(second) < 20 < len(first)
    assert [peer.inflate(first), peer.inflate(second)] == [TEXT, TEXT]
    assert ours.inflate(peer.deflate(TEXT)) == TEXT
    again = peer.deflate(TEXT)
    assert len(again) < 20 and ours.inflate(again) == TEXT
    assert codec().inflate(again) == BAD_DATA, "the window was needed"


def test_a_client_that_forgets_needs_no_window() -> None:
    agreed = Agreement(client_forgets=True)
    ours = codec(agreed)
    assert ours.inflate(Peer(agreed).deflate(TEXT)) == TEXT
    keeping = Peer(Agreement())
    keeping.deflate(TEXT)
    assert ours.inflate(keeping.deflate(TEXT)) == BAD_DATA


@pytest.mark.parametrize("bits", range(9, 16))
def test_windows_are_no_larger_than_agreed(bits: int) -> None:
    """What lies a window back is not referred to, as a decompressor with that window shows."""
    agreed = Agreement(server_bits=bits)
    ours, peer = codec(agreed), Peer(agreed)
    for message in (TEXT, os.urandom(1 << bits), TEXT, bytes(70_000)):
        compressed = sent(ours, message)
        assert compressed is not None and peer.inflate(compressed) == message


def test_messages_that_do_not_shrink_are_left_alone_where_nothing_is_remembered() -> None:
    forgetting, remembering = codec(Agreement(server_forgets=True)), codec()
    assert sent(forgetting, TEXT) is None
    assert sent(forgetting, TEXT, [100]) is None
    assert sent(remembering, TEXT) is not None
    assert sent(forgetting, b"ab" * 100) is not None


def test_one_message_for_many_is_compressed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    forgetful = Forgetful()
    first, second, narrow = (Codec(Agreement(True, True, bits), MIB, forgetful) for bits in (15, 15, 9))
    compressed = first.deflate(b"news " * 100)
    assert compressed is not None
    monkeypatch.setattr(forgetful, "_compressors", {})
    assert second.deflate(b"news " * 100) is compressed
    assert narrow.deflate(b"news " * 100) is not compressed
    other = second.deflate(b"olds " * 100)
    assert other is not None and other != compressed
    assert first.deflate(b"news " * 100) == compressed


def test_a_message_in_parts_does_not_meet_others() -> None:
    """Connections that share a compressor, one of them in the middle of a message."""
    agreed = Agreement(True, True)
    forgetful = Forgetful()
    one, other = Codec(agreed, MIB, forgetful), Codec(agreed, MIB, forgetful)
    one.deflate_part(b"one " * 100)
    between = other.deflate(b"other " * 100)
    last = one.deflate(b"two " * 100)
    assert between is not None and Peer(agreed).inflate(between) == b"other " * 100
    assert last is not None and Peer(agreed).inflate(last) == b"one " * 100 + b"two " * 100


# ---- forms that RFC 7692 allows --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "plain"),
    [
        ("f248cdc9c90700", "Hello"),
        ("f200 1100 00", "Hello"),
        ("00 05 00 fa ff 48 65 6c 6c 6f 00", "Hello"),
        ("f3 48 cd c9 c9 07 00 00", "Hello"),
        ("f2 48 05 00 00 00 ff ff ca c9 c9 07 00", "Hello"),
        ("00", ""),
        ("02 00", ""),
        ("", ""),
    ],
)
def test_the_examples_of_the_standard(payload: str, plain: str) -> None:
    """RFC 7692, 7.2.3: one block, shared context, no compression, BFINAL, two blocks, an empty message."""
    found = codec()
    if payload == "f200 1100 00":
        found.inflate(bytes.fromhex("f248cdc9c90700"))
    assert found.inflate(bytes.fromhex(payload)) == plain.encode()
    assert found.inflate(bytes.fromhex("f248cdc9c90700")) == b"Hello"


def test_the_window_outlives_a_last_block() -> None:
    stream = zlib.compressobj(wbits=-15)
    first = stream.compress(TEXT) + stream.flush(zlib.Z_FINISH)
    peer = zlib.compressobj(wbits=-15, zdict=TEXT)
    second = (peer.compress(TEXT) + peer.flush(zlib.Z_SYNC_FLUSH))[:-4]
    ours = codec()
    assert ours.inflate(first + b"\0") == TEXT
    assert len(second) < 20 and ours.inflate(second) == TEXT
    assert codec().inflate(first + second) == TEXT + TEXT


def test_last_blocks_without_end_are_refused() -> None:
    empty = bytes.fromhex("0300")
    assert codec().inflate(empty * 8 + b"\0") == b""
    assert codec().inflate(empty * 9 + b"\0") == BAD_DATA
    assert codec().inflate(empty * (8 * MIB)) == BAD_DATA


@pytest.mark.parametrize("size", [1, 2, 5, 50, 499])
def test_a_stream_that_is_cut_is_noticed_at_once(size: int) -> None:
    stream = Peer(Agreement()).deflate(mixture(1, 2000))
    assert codec().inflate(stream[:size]) == BAD_DATA
    assert codec(Agreement(client_forgets=True)).inflate(stream[:size]) == BAD_DATA


# ---- limits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 131072, MIB])
def test_the_limit_is_inclusive(size: int) -> None:
    stream = Peer(Agreement()).deflate(b"x" * size)
    assert codec(limit=size).inflate(stream) == b"x" * size
    assert size == 0 or codec(limit=size - 1).inflate(stream) == TOO_BIG


@pytest.mark.parametrize("size", [65536 - 4, 65536, 70000, 3 * 65536 + 5])
def test_input_of_many_steps(size: int) -> None:
    noise = os.urandom(size)
    assert codec().inflate(Peer(Agreement()).deflate(noise)) == noise
