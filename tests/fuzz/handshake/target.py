"""Fuzz target for the opening handshake: what a client sends first, cut in any way.

An input is a byte of options, two bytes that say how the rest is cut into reads, and the bytes of the client.
Whatever they are: nothing is raised, every way to cut them gives the same outcome, what is kept is bounded,
answers are well formed, and what is accepted fulfils the rules by an independent reading of them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator

from snowrt.proto import ws_handshake
from snowrt.proto.ws_handshake import MAX_HEAD, MAX_HEADERS, MAX_REQUEST_LINE, Accepted, Handshake, Refused
from snowrt.proto.ws_options import WsOptions

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_PROTOCOLS = ("chat", "v2")
_OPTIONS = tuple(
    WsOptions(
        origins=("*",) if choice & 1 else ("auto", "https://good.example"),
        subprotocols=_PROTOCOLS if choice & 2 else (),
        compression=("on" if choice & 8 else "no_context") if choice & 4 else "off",
    )
    for choice in range(16)
)
_FIELD = re.compile(rb"[!-9;-~]+: [\x20-\x7e]*")
_STATUS = re.compile(rb"HTTP/1\.1 (400|403|414|426|431|503) [A-Za-z ]+")


def check(data: bytes) -> None:
    """Raise AssertionError if the handshake does anything that it must not."""
    if len(data) < 3:
        return
    options, has_place, stream = _OPTIONS[data[0] & 15], not data[0] & 16, data[3:]
    whole = _run(options, has_place, [stream])
    _check_outcome(options, has_place, whole)
    for reads in (_cut(stream, 1 + data[1], data[2]), _cut(stream, 1 + data[2] % 7, 0)):
        assert _run(options, has_place, reads) == whole, (whole, _run(options, has_place, reads))


def _cut(stream: bytes, size: int, more: int) -> Iterator[bytes]:
    """Reads of `size` bytes, each a little longer than the one before."""
    at = 0
    while at < len(stream):
        yield stream[at : at + size]
        at, size = at + size, size + more


def _run(options: WsOptions, has_place: bool, reads: Iterator[bytes] | list[bytes]) -> Accepted | Refused | None:
    """The outcome; what comes after the head of an accepted one counts as its rest, however it was read."""
    handshake, outcome, rest = Handshake(options), None, b""
    for read in reads:
        if outcome is None:
            outcome = handshake.feed(read, has_place)
            assert outcome is not None or len(handshake._data) < MAX_HEAD
        elif isinstance(outcome, Accepted):
            rest += read
    if isinstance(outcome, Accepted):
        return Accepted(
            outcome.request, outcome.subprotocol, outcome.deflate, outcome.response, outcome.rest + rest
        )  # fmt: skip
    return outcome


def _check_outcome(options: WsOptions, has_place: bool, outcome: Accepted | Refused | None) -> None:
    if isinstance(outcome, Accepted):
        assert has_place
        _check_accepted(options, outcome)
    elif outcome is not None:
        _check_refused(outcome)


def _split(response: bytes) -> tuple[bytes, dict[bytes, bytes], bytes]:
    head, blank, body = response.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    assert blank and all(_FIELD.fullmatch(line) for line in lines), response
    fields = {line.partition(b": ")[0]: line.partition(b": ")[2] for line in lines}
    assert len(fields) == len(lines)
    return status, fields, body


def _check_refused(refused: Refused) -> None:
    status, fields, body = _split(refused.response)
    assert _STATUS.fullmatch(status) and int(status.split()[1]) == refused.status
    assert int(fields[b"Content-Length"]) == len(body) and fields[b"Connection"] == b"close"
    assert body.endswith(refused.reason.encode())
    assert (fields.get(b"Sec-WebSocket-Version") == b"13") == (refused.status == 426)
    assert (b"Retry-After" in fields) == (refused.status == 503)


def _check_accepted(options: WsOptions, accepted: Accepted) -> None:
    request = accepted.request
    headers = request.headers
    assert (request.method, request.version) == ("GET", "HTTP/1.1") and " " not in request.target
    assert len(request.target) <= MAX_REQUEST_LINE and sum(map(len, headers.values())) <= MAX_HEADERS
    assert "\0" not in request.target and all(name == name.lower() for name in headers)
    for name, value in request.joined().items():
        assert not set("\0\r\n") & set(name + value)
        (request.target + name + value).encode()  # a program gets it as UTF-8
    (key,) = headers["sec-websocket-key"]
    assert len(base64.b64decode(key)) == 16 and headers["sec-websocket-version"] == ["13"] and headers["host"][0]
    assert "websocket" in _words(headers["upgrade"]) and "upgrade" in _words(headers["connection"])
    _check_answer(options, accepted, key)


def _check_answer(options: WsOptions, accepted: Accepted, key: str) -> None:
    status, fields, body = _split(accepted.response)
    assert status == b"HTTP/1.1 101 Switching Protocols" and not body
    digest = hashlib.sha1(key.encode() + _GUID).digest()
    assert fields[b"Sec-WebSocket-Accept"] == base64.b64encode(digest)
    chosen = fields.get(b"Sec-WebSocket-Protocol", b"").decode() or None
    assert chosen == accepted.subprotocol
    if chosen is not None:
        assert chosen in options.subprotocols
        assert chosen in _words(accepted.request.headers["sec-websocket-protocol"], fold=False)
    extensions = fields.get(b"Sec-WebSocket-Extensions")
    assert (extensions is not None) == (accepted.deflate is not None)
    if extensions is not None:
        assert options.compression != "off" and extensions.startswith(b"permessage-deflate")
        assert "permessage-deflate" in ",".join(accepted.request.headers["sec-websocket-extensions"]).lower()


def _words(values: list[str], fold: bool = True) -> list[str]:
    text = ",".join(values)
    return [word.strip() for word in (text.lower() if fold else text).split(",")]


# ---- what to begin with ------------------------------------------------------------------------------------

_KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
_GOOD = ("Host: a.example", "Upgrade: websocket", "Connection: Upgrade", _KEY, "Sec-WebSocket-Version: 13")


def _head(*lines: str, first: str = "GET /chat?room=1 HTTP/1.1") -> bytes:
    return "\r\n".join((first, *lines, "", "")).encode("latin-1")


_STREAMS = (
    _head(*_GOOD) + b"\x81\x80\0\0\0\0",
    _head(*_GOOD, "Origin: https://good.example", "Cookie: a=b", "Cookie: c=d"),
    _head(*_GOOD, "Origin: http://a.example:80", "Authorization: x"),
    _head(*_GOOD, "Sec-WebSocket-Protocol: v2, chat", "Sec-WebSocket-Protocol: x"),
    _head(*_GOOD, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-y; a=\"b\"; c=1"),
    _head(*_GOOD, "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9; client_no_context_takeover"),
    _head(*_GOOD, "Content-Length: 0", "X-Umlaut: \u00c3\u00a4\u00ff", "keep-alive: \t x \t"),
    _head(*_GOOD[:4], "Sec-WebSocket-Version: 8"),
    _head(*_GOOD[:2], "connection: keep-alive, UPGRADE", *_GOOD[3:]),
    _head(*_GOOD, "Transfer-Encoding: chunked"),
    _head(*_GOOD, " folded: line"),
    _head(*_GOOD, "Bad : colon"),
    _head(first="POST / HTTP/1.0"),
    _head(first="GET /\0 HTTP/1.1"),
    _head(*_GOOD).replace(b"\r\n", b"\n"),
    _head(*_GOOD).replace(b"Upgrade\r\n", b"Upgrade\n"),
    _head(first="GET /" + "a" * 4100 + " HTTP/1.1"),
    _head(*(f"X-{i}: y" for i in range(101))),
    _head(*_GOOD, "X: " + "z" * 8100),
    # Too long, and with a line feed that alone would be refused: the same answer however it comes.
    _head(*_GOOD, "X: " + "z" * 8300).replace(b"Upgrade\r\n", b"Upgrade\n"),
    b"\x16\x03\x01\x02\x00\x01\x00",
)  # fmt: skip

SEEDS = tuple(bytes((i % 32, 0, 60)) + stream for i, stream in enumerate(_STREAMS * 2))

__all__ = ["SEEDS", "check", "ws_handshake"]
