"""permessage-deflate (RFC 7692; network.md OPT-3, SEC-7): what is agreed on, and the codec of a connection.

`agree` takes a client's offers and the server's mode, and gives an `Agreement` with the answer for the head, or
None. A `Codec` turns payloads of one connection, without headers, into what they stand for and back; it is called
for one message after the other, in both directions, and is as bounded in memory as the mode says. The core
decides which messages are compressed and checks the text (`core/wsconn_deflate.c`, `core/ws/protocol.c`).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from snowrt.proto.ws_extensions import Offer

NAME = "permessage-deflate"
TOO_BIG, BAD_DATA = 1009, 1007
"""Close codes that `Codec.inflate` may give."""

_LARGEST_WINDOW, _SMALLEST_WINDOW = 15, 9
"""Bits. zlib's raw streams have no window of 8 bits, which RFC 7692 allows."""
_BITS = re.compile(r"[89]|1[0-5]")
_LEVEL = 4
"""Within a twentieth of the default level's sizes, at twice its speed or more."""
_MEMORY = 7
"""With a window of 15 bits: 200 KiB for a compressor, where the default is 264 KiB."""
_SHARED_MEMORY = 8
_STEP: Final = 64 << 10
"""Bytes that are inflated at once, and bytes of input that are looked at for it."""
_MOST_RESTARTS = 8
"""Blocks that call themselves the last, in one message: each costs a new stream."""
_CUT = b"\x00\x00\xff\xff"
"""The end of an empty block, which is left out after every message."""
_END = _CUT + b"\x01\x00\x00\xff\xff"
"""The same and an empty last block: only a stream that is whole comes to its end there."""
_REMEMBERED = 64 << 10
"""A message up to this size is not compressed twice in a row where that gives the same bytes."""


# ---- negotiation -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Agreement:
    """What both sides keep to. The windows are in bits."""

    server_forgets: bool = False
    """The server begins every message with an empty window."""
    client_forgets: bool = False
    server_bits: int = _LARGEST_WINDOW
    client_bits: int = _LARGEST_WINDOW
    answer: str = NAME
    """What the response says about it."""


def agree(offers: Iterable[Offer], mode: str) -> Agreement | None:
    """Accept the first acceptable offer. `mode` is "off", "on" or "no_context"."""
    if mode == "off":
        return None
    params = (_read_params(offer) for offer in offers if offer.name == NAME)
    return next((_accept(found, mode == "no_context") for found in params if found is not None), None)


def _read_params(offer: Offer) -> dict[str, str | None] | None:
    """The parameters by name; None for an offer to be declined (RFC 7692, 7)."""
    found = dict(offer.params)
    is_good = len(found) == len(offer.params) and all(_is_param(*param) for param in offer.params)
    return found if is_good else None


def _is_param(name: str, value: str | None) -> bool:
    match name:
        case "server_no_context_takeover" | "client_no_context_takeover":
            return value is None
        case "server_max_window_bits":
            return value is not None and bool(_BITS.fullmatch(value)) and int(value) >= _SMALLEST_WINDOW
        case "client_max_window_bits":
            return value is None or bool(_BITS.fullmatch(value))
    return False


def _accept(params: dict[str, str | None], forget: bool) -> Agreement:
    """A client that offers to forget only permits it; it is asked to where the mode asks both sides."""
    server_forgets = forget or "server_no_context_takeover" in params
    server_bits, client_bits = params.get("server_max_window_bits"), params.get("client_max_window_bits")
    answer = (
        NAME,
        *["server_no_context_takeover"] * server_forgets,
        *["client_no_context_takeover"] * forget,
        *[f"server_max_window_bits={server_bits}"] * (server_bits is not None),
        *[f"client_max_window_bits={client_bits}"] * (client_bits is not None),
    )
    return Agreement(
        server_forgets, forget, int(server_bits or _LARGEST_WINDOW), int(client_bits or _LARGEST_WINDOW),
        "; ".join(answer),
    )  # fmt: skip


# ---- messages that come in -------------------------------------------------------------------------


class _TooBig(Exception):
    """The message stands for more than is allowed."""


def _inflate(data: bytes, bits: int, window: bytes, limit: int) -> bytes:
    """What a whole stream stands for, whose matches may reach back into `window`. Raises zlib.error and _TooBig.

    Never more than a step beyond the limit is inflated. The input goes in by steps as well, because zlib hands
    back a copy of what it could not use yet.
    """
    parts: list[bytes] = []
    size = restarts = 0
    stream = zlib.decompressobj(-bits, window)
    for at in range(0, len(data), _STEP):
        rest, part = data[at : at + _STEP], b""
        while rest or (len(part) == _STEP and not stream.eof):
            if stream.eof:  # a block in the middle called itself the last (RFC 7692, 7.2.3.4)
                restarts += 1
                if restarts > _MOST_RESTARTS:
                    raise zlib.error("too many last blocks")
                stream = zlib.decompressobj(-bits, _last(bits, window, *parts))
            part = stream.decompress(rest, _STEP)
            size += len(part)
            if size > limit:
                raise _TooBig
            parts.append(part)
            rest = stream.unused_data if stream.eof else stream.unconsumed_tail
    if not stream.eof:
        raise zlib.error("the stream is cut")
    return b"".join(parts)


def _last(bits: int, *parts: bytes) -> bytes:
    """The end of these bytes, as long as the window."""
    size = 1 << bits
    if len(parts[-1]) >= size:
        return parts[-1][-size:]
    return b"".join(parts)[-size:]


# ---- messages that go out --------------------------------------------------------------------------


def _compressor(bits: int, memory: int = _MEMORY) -> Any:
    return zlib.compressobj(_LEVEL, wbits=-bits, memLevel=memory)


class Forgetful:
    """The compressors of all connections whose messages stand for themselves: one for each size of window.

    A full flush makes a compressor forget. The same message for many connections, one after the other, is
    compressed once.
    """

    def __init__(self) -> None:
        self._compressors: dict[int, Any] = {}
        self._before: dict[int, tuple[bytes, bytes | None]] = {}

    def deflate(self, bits: int, data: bytes) -> bytes | None:
        """The compressed message; None if it is no shorter."""
        message, result = self._before.get(bits, (b"", None))
        if message == data:
            return result
        if bits not in self._compressors:
            self._compressors[bits] = _compressor(bits, _SHARED_MEMORY)
        stream = self._compressors[bits]
        result = _shorter(stream.compress(data) + stream.flush(zlib.Z_FULL_FLUSH), len(data))
        if len(data) <= _REMEMBERED:
            self._before[bits] = data, result
        return result


def _shorter(stream: bytes, size: int) -> bytes | None:
    cut = stream[: -len(_CUT)]
    return cut if len(cut) < size else None


class Codec:
    """Both directions of one connection. What is not used takes no memory."""

    __slots__ = ("_agreed", "_compressor", "_forgetful", "_limit", "_parts", "_size", "_window")

    def __init__(self, agreed: Agreement, limit: int, forgetful: Forgetful) -> None:
        """`limit`: of the bytes that a message may stand for, inclusive."""
        self._agreed = agreed
        self._limit = limit
        self._forgetful = forgetful
        self._window = b""
        self._compressor: Any = None
        self._size = 0
        """Of the parts of a message that `deflate_part` has taken."""
        self._parts: list[bytes] = []

    def inflate(self, data: bytes) -> bytes | int:
        """What a message stands for, or the close code for it."""
        bits = max(self._agreed.client_bits, _SMALLEST_WINDOW)
        try:
            plain = _inflate(data + _END, bits, self._window, self._limit) if data else b""
        except _TooBig:
            return TOO_BIG
        except zlib.error:
            return BAD_DATA
        if not self._agreed.client_forgets:
            self._window = _last(bits, self._window, plain)
        return plain

    def deflate_part(self, data: bytes) -> None:
        """Take a part of a message that is not its last."""
        if self._compressor is None:
            self._compressor = _compressor(self._agreed.server_bits)
        self._parts.append(self._compressor.compress(data))
        self._size += len(data)

    def deflate(self, data: bytes) -> bytes | None:
        """Take the last part of a message: all of it compressed, or None if it is to go as it is."""
        forgets = self._agreed.server_forgets
        if forgets and not self._size:
            return self._forgetful.deflate(self._agreed.server_bits, data)
        self.deflate_part(data)
        stream = b"".join((*self._parts, self._compressor.flush(zlib.Z_SYNC_FLUSH)))
        size, self._size = self._size, 0
        self._parts.clear()
        if not forgets:
            return stream[: -len(_CUT)]
        self._compressor = None
        return _shorter(stream, size)
