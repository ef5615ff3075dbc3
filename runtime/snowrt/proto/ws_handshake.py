"""The opening handshake of a WebSocket server (RFC 6455, 4.2; network.md 4).

In: bytes as they come, the options, and whether the server has a place free. Out: `None` while the head is
incomplete, then an `Accepted` with the response and the bytes that follow the head, or a `Refused` with the
response that ends the connection. Nothing here reads or writes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snowrt.proto import ws_deflate
from snowrt.proto.ws_extensions import Malformed, Offer, is_token, parse_offers

if TYPE_CHECKING:
    from snowrt.proto.ws_options import WsOptions

MAX_REQUEST_LINE = 4096
MAX_HEAD = 8192
MAX_HEADERS = 100
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""What a target must not contain: it is shown, and a terminal would obey it."""
_REASONS = {
    400: "Bad Request",
    403: "Forbidden",
    408: "Request Timeout",
    414: "URI Too Long",
    426: "Upgrade Required",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A parsed head: names in lower case, a header that stands several times with all its values."""

    method: str
    target: str
    version: str
    headers: dict[str, list[str]]

    def joined(self) -> dict[str, str]:
        """One value per name, as programs see them: joined with a comma, cookies with a semicolon."""
        return {name: ("; " if name == "cookie" else ", ").join(values) for name, values in self.headers.items()}

    def tokens(self, name: str) -> list[str]:
        """The members of a header that is a list, without empty ones."""
        members = (part.strip() for value in self.headers.get(name, ()) for part in value.split(","))
        return [part for part in members if part]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The connection is a WebSocket; `rest` are frame bytes that came with the head."""

    request: Request
    subprotocol: str | None
    deflate: ws_deflate.Agreement | None
    response: bytes
    rest: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """The connection ends after the response; `reason` is for the log."""

    status: int
    reason: str
    response: bytes


class _Bad(Exception):
    """Ends the handshake with a response."""

    def __init__(self, status: int, reason: str, *headers: str) -> None:
        super().__init__(reason)
        self.refused = refuse(status, reason, *headers)


def refuse(status: int, reason: str, *headers: str) -> Refused:
    """The refusal with this status; the body names the reason."""
    phrase = _REASONS[status]
    body = f"{phrase}: {reason}".encode()
    head = (
        f"HTTP/1.1 {status} {phrase}",
        "Content-Type: text/plain",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    )
    return Refused(status, reason, "\r\n".join((*head, "", "")).encode("latin-1") + body)


class Handshake:
    """Collects the head of one connection and judges it."""

    __slots__ = ("_data", "_options")

    def __init__(self, options: WsOptions) -> None:
        self._options = options
        self._data = bytearray()

    def feed(self, data: bytes, has_place: bool) -> Accepted | Refused | None:
        """Take what was read. `has_place`: the limits of the server allow another connection."""
        self._data += data
        try:
            end = self._head_end()
            if end is None:
                return None
            request = parse_head(bytes(self._data[:end]))
            return self._judge(request, has_place, bytes(self._data[end + 4 :]))
        except _Bad as bad:
            return bad.refused

    def _head_end(self) -> int | None:
        """Where the head ends, if it does; a head that is too long is refused as early as that shows."""
        data = self._data
        line_end = data.find(b"\n", 0, MAX_REQUEST_LINE + 2)
        if line_end < 0 and len(data) > MAX_REQUEST_LINE + 1:
            raise _Bad(414, "request line too long")
        end = data.find(b"\r\n\r\n", 0, MAX_HEAD)
        if end >= 0:
            return end
        if data.count(b"\n", 0, MAX_HEAD) != data.count(b"\r\n", 0, MAX_HEAD):
            raise _Bad(400, "malformed request head")
        if len(data) >= MAX_HEAD:
            raise _Bad(431, "request head too large")
        return None

    def _judge(self, request: Request, has_place: bool, rest: bytes) -> Accepted:
        offers = check_upgrade(request)
        check_origin(request, self._options.origins)
        if not has_place:
            raise _Bad(503, "too many connections", "Retry-After: 1")
        subprotocol = choose_subprotocol(request, self._options.subprotocols)
        deflate = ws_deflate.agree(offers, self._options.compression)
        return Accepted(request, subprotocol, deflate, accept_response(request, subprotocol, deflate), rest)


def parse_head(head: bytes) -> Request:
    """Parse a head without its final blank line. Raises an exception that `Handshake.feed` turns into 400."""
    text = head.decode("latin-1")
    if "\0" in text or "\n" in text.replace("\r\n", "") or "\r" in text.replace("\r\n", ""):
        raise _Bad(400, "malformed request head")
    first, *lines = text.split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not all(parts) or _CONTROL.search(target := _utf8(parts[1])):
        raise _Bad(400, "malformed request line")
    if len(lines) > MAX_HEADERS:
        raise _Bad(431, "too many headers")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not is_token(name):
            raise _Bad(400, "malformed header")
        headers.setdefault(name.lower(), []).append(_utf8(value.strip(" \t")))
    return Request(parts[0], target, parts[2], headers)


def _utf8(text: str) -> str:
    """Programs get UTF-8 as it was sent; anything else as Latin-1."""
    try:
        return text if text.isascii() else text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text


def check_upgrade(request: Request) -> list[Offer]:
    """The checks that make a request an opening handshake, in the order that decides (HS-2, 1 to 10).

    Gives the extensions that the client offers, of which those unknown are to be ignored (HS-7).
    """
    headers = request.headers
    if request.method != "GET":
        raise _Bad(400, "method must be GET")
    if request.version != "HTTP/1.1":
        raise _Bad(400, "HTTP version must be 1.1")
    if len(headers.get("host", ())) != 1 or not headers["host"][0]:
        raise _Bad(400, "missing or invalid Host header")
    if not _has_token(request, "upgrade", "websocket"):
        raise _Bad(400, "missing or invalid Upgrade header")
    if not _has_token(request, "connection", "upgrade"):
        raise _Bad(400, "missing or invalid Connection header")
    keys = headers.get("sec-websocket-key", ())
    if len(keys) != 1:
        raise _Bad(400, "missing Sec-WebSocket-Key header")
    if not is_key(keys[0]):
        raise _Bad(400, "invalid Sec-WebSocket-Key")
    _check_version(headers.get("sec-websocket-version", []))
    if headers.get("content-length", ["0"]) != ["0"] or "transfer-encoding" in headers:
        raise _Bad(400, "body not allowed")
    try:
        return parse_offers(headers.get("sec-websocket-extensions", []))
    except Malformed:
        raise _Bad(400, "malformed Sec-WebSocket-Extensions") from None


def _has_token(request: Request, name: str, token: str) -> bool:
    return any(member.lower() == token for member in request.tokens(name))


def is_key(text: str) -> bool:
    """Whether this is base64 of 16 bytes."""
    try:
        return text.isascii() and len(base64.b64decode(text, validate=True)) == 16
    except binascii.Error:
        return False


def _check_version(versions: list[str]) -> None:
    text = "missing or invalid Sec-WebSocket-Version (must be 13)"
    if not versions:
        raise _Bad(400, text)
    if versions != ["13"]:
        raise _Bad(426, text, "Sec-WebSocket-Version: 13")


def check_origin(request: Request, origins: tuple[str, ...]) -> None:
    """Keep foreign web pages from using a user's credentials (SEC-6)."""
    found = request.headers.get("origin", [])
    if "*" in origins or not found:
        return
    origin = found[0]
    if len(found) == 1 and origin in origins:
        return
    if "auto" in origins:
        has_credentials = "cookie" in request.headers or "authorization" in request.headers
        if not has_credentials or (len(found) == 1 and _is_same_host(origin, request.headers["host"][0])):
            return
    raise _Bad(403, "origin not allowed")


def _is_same_host(origin: str, host: str) -> bool:
    scheme, separator, authority = origin.partition("://")
    if not separator:
        return False
    default = {"http": ":80", "https": ":443"}.get(scheme.lower(), "")
    return _with_port(authority, default) == _with_port(host, default)


def _with_port(authority: str, default: str) -> str:
    authority = authority.lower()
    has_port = ":" in authority.rpartition("]")[2]
    return authority if has_port else authority + default


def choose_subprotocol(request: Request, supported: tuple[str, ...]) -> str | None:
    """The server's first choice among those that the client offers."""
    offered = request.tokens("sec-websocket-protocol")
    return next((name for name in supported if name in offered), None)


def accept_value(key: str) -> str:
    """The answer to a key."""
    return base64.b64encode(hashlib.sha1(key.encode("ascii") + _GUID).digest()).decode("ascii")


def accept_response(
    request: Request, subprotocol: str | None = None, deflate: ws_deflate.Agreement | None = None
) -> bytes:
    """The head that turns the connection into a WebSocket."""
    head = (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_value(request.headers['sec-websocket-key'][0])}\r\n"
    )
    if subprotocol is not None:
        head += f"Sec-WebSocket-Protocol: {subprotocol}\r\n"
    if deflate is not None:
        head += f"Sec-WebSocket-Extensions: {deflate.answer}\r\n"
    return (head + "\r\n").encode("ascii")
