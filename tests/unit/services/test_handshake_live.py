"""The opening handshake on the wire, over both kinds of stream: HS-1 to HS-7 of network.md, section 4."""

from __future__ import annotations

import pytest

from tests.fuzz.ws.seeds import frame
from tests.unit.services.conftest import Start
from tests.unit.services.raw_client import LINES, RawClient, head

UPGRADE, VERSION = "missing or invalid Upgrade header", "missing or invalid Sec-WebSocket-Version (must be 13)"
CONNECTION, HOST = "missing or invalid Connection header", "missing or invalid Host header"
MISSING_KEY, BAD_KEY = "missing Sec-WebSocket-Key header", "invalid Sec-WebSocket-Key"
HEAD, HEADER = "malformed request head", "malformed header"


def changed(**lines: str | None) -> bytes:
    """The request with other lines for some names, or without them; `first` is the request line."""
    found = {line.partition(":")[0].lower().replace("-", "_"): line for line in LINES[1:]}
    first = lines.pop("first", LINES[0])
    assert first is not None
    found.update({name: "" if line is None else line for name, line in lines.items()})
    return head(first, *(line for line in found.values() if line))


def answer(port: int, tls: bool, request: bytes) -> bytes:
    with RawClient(port, tls) as client:
        client.send(request)
        return client.rest()


def test_HS_1_the_response_is_these_lines(start: Start, tls: bool) -> None:
    with RawClient(start(tls).port, tls) as client:
        client.send(head(*LINES))
        assert client.read_until(b"\r\n\r\n") == (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        )


CHECKS = (
    (changed(first="POST / HTTP/1.1"), 400, "method must be GET"),
    (changed(first="GET / HTTP/1.0"), 400, "HTTP version must be 1.1"),
    (changed(host=None), 400, HOST),
    (changed(host="Host:"), 400, HOST),
    (changed(host="Host: a\r\nHost: b"), 400, HOST),
    (changed(upgrade=None), 400, UPGRADE),
    (changed(upgrade="Upgrade: notwebsocket"), 400, UPGRADE),
    (changed(connection="Connection: keep-alive"), 400, CONNECTION),
    (changed(sec_websocket_key=None), 400, MISSING_KEY),
    (changed(sec_websocket_key="Sec-WebSocket-Key: a\r\nSec-WebSocket-Key: b"), 400, MISSING_KEY),
    (changed(sec_websocket_key="Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ"), 400, BAD_KEY),
    (changed(sec_websocket_version=None), 400, VERSION),
    (changed(sec_websocket_version="Sec-WebSocket-Version: 8"), 426, VERSION),
    (changed(content_length="Content-Length: 1"), 400, "body not allowed"),
    (changed(transfer_encoding="Transfer-Encoding: chunked"), 400, "body not allowed"),
    (changed(origin="Origin: http://elsewhere", cookie="Cookie: a=b"), 403, "origin not allowed"),
)
PHRASES = {400: "Bad Request", 403: "Forbidden", 426: "Upgrade Required"}


def _refusal(status: int, reason: str) -> bytes:
    body = f"{PHRASES[status]}: {reason}"
    more = "Sec-WebSocket-Version: 13\r\n" if status == 426 else ""
    return (
        f"HTTP/1.1 {status} {PHRASES[status]}\r\nContent-Type: text/plain\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n{more}\r\n{body}"
    ).encode()


@pytest.mark.parametrize(("request_", "status", "reason"), CHECKS)
def test_HS_2_every_check_has_its_answer(start: Start, tls: bool, request_: bytes, status: int, reason: str) -> None:
    assert answer(start(tls).port, tls, request_) == _refusal(status, reason)


def test_HS_2_the_first_check_that_fails_decides(start: Start) -> None:
    server = start(max_connections=1)
    with RawClient(server.port) as client:
        client.upgrade()
        broken: dict[str, str | None] = {
            "first": "PUT / HTTP/1.0", "host": None, "upgrade": None, "connection": None, "sec_websocket_key": None,
            "sec_websocket_version": None, "content_length": "Content-Length: 1",
            "origin": "Origin: http://elsewhere", "cookie": "Cookie: a=b",
        }  # fmt: skip
        repairs = (
            ("first", "method must be GET"), ("first", "HTTP version must be 1.1"), ("host", HOST),
            ("upgrade", UPGRADE), ("connection", CONNECTION), ("sec_websocket_key", MISSING_KEY),
            ("sec_websocket_version", VERSION), ("content_length", "body not allowed"),
            ("cookie", "origin not allowed"),
        )  # fmt: skip
        for name, reason in repairs:
            assert answer(server.port, False, changed(**broken)).endswith(f": {reason}".encode())
            broken[name] = "GET / HTTP/1.0"
            if name != "first" or reason != "method must be GET":
                del broken[name]
        assert b"HTTP/1.1 503 " in answer(server.port, False, changed(**broken))


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (changed(x="X: folded\r\n line"), HEADER),
        (changed(x="X : space"), HEADER),
        (changed(x="X: NUL \0"), HEAD),
        (changed(x="X: a\nY: bare line feed"), HEAD),
        (b"GET / HTTP/1.1\nHost: x\n\n", HEAD),
        (changed(x="no colon"), HEADER),
    ],
)
def test_HS_3_malformed_heads(start: Start, request_: bytes, reason: str) -> None:
    assert answer(start().port, False, request_) == _refusal(400, reason)


@pytest.mark.parametrize(
    "request_",
    [
        changed(upgrade="UPGRADE: \t WebSocket \t"),
        changed(upgrade="Upgrade: h2c, websocket"),
        changed(connection="connection: keep-alive, Upgrade"),
        changed(connection="Connection: keep-alive\r\nConnection: upgrade"),
        changed(content_length="Content-Length: 0"),
    ],
)
def test_HS_3_forms_that_are_fine(start: Start, request_: bytes) -> None:
    with RawClient(start().port) as client:
        client.send(request_)
        assert client.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize(
    ("offered", "chosen"), [("chat.v1, chat.v2", "chat.v2"), ("chat.v1", "chat.v1"), ("other", None), (None, None)]
)
def test_HS_6_subprotocols(start: Start, tls: bool, offered: str | None, chosen: str | None) -> None:
    with RawClient(start(tls, subprotocols=("chat.v2", "chat.v1")).port, tls) as client:
        response = client.upgrade(*([] if offered is None else [f"Sec-WebSocket-Protocol: {offered}"]))
        found = [line for line in response.split("\r\n") if line.startswith("Sec-WebSocket-Protocol")]
        assert found == ([] if chosen is None else [f"Sec-WebSocket-Protocol: {chosen}"])


@pytest.mark.parametrize("offer", ["x-unknown", "x-unknown; a=1; b", 'x-unknown; a="1"', "permessage-deflate"])
def test_HS_7_unknown_extensions_are_ignored(start: Start, offer: str) -> None:
    with RawClient(start().port) as client:
        response = client.upgrade(f"Sec-WebSocket-Extensions: {offer}")
        assert response.startswith("HTTP/1.1 101 ") and "Extensions" not in response
        client.send(frame(0x81, b"x"))
        assert client.frame() == (0x81, b"x")


@pytest.mark.parametrize("offer", [",", ";", "a;", "a b", "a;=1", 'a;b="'])
def test_HS_7_malformed_offers(start: Start, offer: str) -> None:
    request = changed(extensions=f"Sec-WebSocket-Extensions: {offer}")
    assert answer(start().port, False, request) == _refusal(400, "malformed Sec-WebSocket-Extensions")
