"""The opening handshake: what is accepted, what is refused, in which order and with which words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snowrt.proto.ws_handshake import Accepted, Handshake, Refused, accept_value, is_key
from snowrt.proto.ws_options import WsOptions

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
GOOD = {
    "Host": "server.example",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}


def request(first: str = "GET /chat HTTP/1.1", *extra: str, **changed: str | None) -> bytes:
    """A good head with headers changed (underscores for hyphens) or, with None, left out, and lines added."""
    headers: dict[str, str | None] = {**GOOD, **{name.replace("_", "-"): value for name, value in changed.items()}}
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join((first, *lines, *extra, "", "")).encode("latin-1")


def judge(
    data: bytes, options: WsOptions | None = None, has_place: bool = True
) -> Accepted | Refused | None:  # fmt: skip
    return Handshake(options or WsOptions()).feed(data, has_place)


def refused(data: bytes, options: WsOptions | None = None, has_place: bool = True) -> tuple[int, str]:
    outcome = judge(data, options, has_place)
    assert isinstance(outcome, Refused)
    return outcome.status, outcome.reason


def accepted(data: bytes, options: WsOptions | None = None) -> Accepted:
    outcome = judge(data, options)
    assert isinstance(outcome, Accepted), outcome
    return outcome


def test_the_response_is_exactly_this() -> None:
    assert accepted(request()).response == (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    )


def test_the_refusal_is_exactly_this() -> None:
    outcome = judge(request(Host=None))
    assert isinstance(outcome, Refused)
    assert outcome.response == (
        b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 43\r\nConnection: close\r\n\r\n"
        b"Bad Request: missing or invalid Host header"
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (request("POST /chat HTTP/1.1"), "method must be GET"),
        (request("get /chat HTTP/1.1"), "method must be GET"),
        (request("GET /chat HTTP/1.0"), "HTTP version must be 1.1"),
        (request("GET /chat HTTP/2"), "HTTP version must be 1.1"),
        (request(Host=None), "missing or invalid Host header"),
        (request(Host=""), "missing or invalid Host header"),
        (request("GET / HTTP/1.1", "Host: other"), "missing or invalid Host header"),
        (request(Upgrade=None), "missing or invalid Upgrade header"),
        (request(Upgrade="notwebsocket"), "missing or invalid Upgrade header"),
        (request(Connection=None), "missing or invalid Connection header"),
        (request(Connection="keep-alive"), "missing or invalid Connection header"),
        (request(Connection="upgraded"), "missing or invalid Connection header"),
        (request(Sec_WebSocket_Key=None), "missing Sec-WebSocket-Key header"),
        (request("GET / HTTP/1.1", f"Sec-WebSocket-Key: {KEY}"), "missing Sec-WebSocket-Key header"),
        (request(Sec_WebSocket_Key="short"), "invalid Sec-WebSocket-Key"),
        (request(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ"), "invalid Sec-WebSocket-Key"),
        (request(Sec_WebSocket_Key=""), "invalid Sec-WebSocket-Key"),
        (request(Sec_WebSocket_Version=None), "missing or invalid Sec-WebSocket-Version (must be 13)"),
        (request("GET / HTTP/1.1", "Content-Length: 5"), "body not allowed"),
        (request("GET / HTTP/1.1", "Content-Length: 0", "Content-Length: 0"), "body not allowed"),
        (request("GET / HTTP/1.1", "Transfer-Encoding: chunked"), "body not allowed"),
        (request("GET / HTTP/1.1", "Sec-WebSocket-Extensions: a b"), "malformed Sec-WebSocket-Extensions"),
        (request("GET / HTTP/1.1", "Sec-WebSocket-Extensions: a; =1"), "malformed Sec-WebSocket-Extensions"),
        (request("GET / HTTP/1.1", "Sec-WebSocket-Extensions: a,,b"), "malformed Sec-WebSocket-Extensions"),
    ],
)
def test_bad_requests(data: bytes, reason: str) -> None:
    assert refused(data) == (400, reason)


def test_the_first_check_that_fails_decides() -> None:
    everything_wrong = b"POST / HTTP/1.0\r\nX: y\r\n\r\n"
    assert refused(everything_wrong) == (400, "method must be GET")
    assert refused(request(Upgrade="x", Sec_WebSocket_Key="y"))[1] == "missing or invalid Upgrade header"
    assert refused(request(Sec_WebSocket_Version="8"), has_place=False)[0] == 426


def test_another_version_is_told_which_one_is_spoken() -> None:
    outcome = judge(request(Sec_WebSocket_Version="8"))
    assert isinstance(outcome, Refused)
    assert outcome.status == 426
    assert b"\r\nSec-WebSocket-Version: 13\r\n" in outcome.response


def test_a_full_server_says_when_to_come_back() -> None:
    outcome = judge(request(), has_place=False)
    assert isinstance(outcome, Refused)
    assert outcome.status == 503
    assert b"\r\nRetry-After: 1\r\n" in outcome.response


@pytest.mark.parametrize(
    "data",
    [
        request(Upgrade="WebSocket"),
        request(Upgrade="h2c, websocket"),
        request(Connection="keep-alive, Upgrade"),
        request(Connection="keep-alive,UPGRADE"),
        request("GET / HTTP/1.1", "SEC-websocket-EXTENSIONS: permessage-deflate; client_max_window_bits, x; a=\"b\""),
        request("GET / HTTP/1.1", "Content-Length: 0"),
        request("GET / HTTP/1.1", "X-Space:  \t padded \t "),
    ],
)  # fmt: skip
def test_forms_that_are_fine(data: bytes) -> None:
    accepted(data)


@pytest.mark.parametrize(
    "line",
    ["X : y", " folded: y", "X: a\r\n folded", "no colon", ": empty", "X: nul\0", "X: bare\nY: lf", "X: bare\rcr"],
)
def test_malformed_heads(line: str) -> None:
    assert refused(request("GET / HTTP/1.1", line))[0] == 400


@pytest.mark.parametrize(
    "first",
    [
        "GET  / HTTP/1.1", "GET /", "GET / HTTP/1.1 x", "", "GET /a b HTTP/1.1",
        "GET /\x1b[31m HTTP/1.1", "GET /\x7f HTTP/1.1", "GET /\x9b31m HTTP/1.1", "GET /\xc2\x9b31m HTTP/1.1",
    ],
)  # fmt: skip
def test_malformed_request_lines(first: str) -> None:
    assert refused(request(first))[0] == 400


def test_a_head_of_bare_line_feeds_is_refused_before_it_ends() -> None:
    assert refused(b"GET / HTTP/1.1\nHost: x\n")[0] == 400


def test_the_limits_are_inclusive() -> None:
    accepted(request("GET /" + "a" * (4096 - 14) + " HTTP/1.1"))
    assert refused(request("GET /" + "a" * (4096 - 13) + " HTTP/1.1")) == (414, "request line too long")
    padding = 8192 - len(request("GET / HTTP/1.1", "X: "))
    accepted(request("GET / HTTP/1.1", "X: " + "a" * padding))
    assert refused(request("GET / HTTP/1.1", "X: " + "a" * (padding + 1))) == (431, "request head too large")
    accepted(request("GET / HTTP/1.1", *["A: b"] * 95))
    assert refused(request("GET / HTTP/1.1", *["A: b"] * 96)) == (431, "too many headers")


def test_an_endless_request_line_is_refused_early() -> None:
    assert judge(b"GET /" + b"a" * 4091) is None
    assert refused(b"GET /" + b"a" * 5000)[0] == 414


@given(places=st.lists(st.integers(0, 400), max_size=5))
def test_any_cut_gives_the_same(places: list[int]) -> None:
    data = request("GET /p HTTP/1.1", "Cookie: a=1", "Cookie: b=2", "X-Y: 1", "x-y: 2") + b"\x81\x80frames"
    head = data.index(b"\r\n\r\n") + 4
    handshake, outcomes = Handshake(WsOptions()), []
    ends = sorted(place % head for place in places)
    for a, b in zip([0, *ends], [*ends, len(data)], strict=True):
        outcomes.append(handshake.feed(data[a:b], True))
    assert outcomes[:-1] == [None] * len(ends)
    outcome = outcomes[-1]
    assert isinstance(outcome, Accepted)
    assert outcome.rest == b"\x81\x80frames"
    assert outcome.request.target == "/p"
    joined = outcome.request.joined()
    assert (joined["cookie"], joined["x-y"], joined["host"]) == ("a=1; b=2", "1, 2", "server.example")


def test_header_values_are_utf8_where_they_can_be() -> None:
    data = request("GET /\xc3\xa9 HTTP/1.1", "X: \xc3\xa9", "Y: \xe9")
    found = accepted(data).request
    assert (found.target, found.headers["x"], found.headers["y"]) == ("/é", ["é"], ["é"])


@pytest.mark.parametrize(
    ("offered", "supported", "chosen"),
    [
        (["a, b"], ("b", "a"), "b"),
        (["a", "b"], ("b",), "b"),
        (["a"], ("b",), None),
        (["A"], ("a",), None),
        ([], ("a",), None),
        (["a"], (), None),
    ],
)
def test_subprotocols(offered: list[str], supported: tuple[str, ...], chosen: str | None) -> None:
    lines = [f"Sec-WebSocket-Protocol: {value}" for value in offered]
    outcome = accepted(request("GET / HTTP/1.1", *lines), WsOptions(subprotocols=supported))
    assert outcome.subprotocol == chosen
    wanted = b"" if chosen is None else f"Sec-WebSocket-Protocol: {chosen}\r\n".encode()
    assert outcome.response.endswith(b"=\r\n" + wanted + b"\r\n")


@pytest.mark.parametrize(
    ("lines", "mode", "answer"),
    [
        (["permessage-deflate; client_max_window_bits"], "on", "permessage-deflate"),
        (["permessage-deflate"], "off", None),
        (["permessage-deflate; mem=9"], "on", None),
        (["foo; bar, permessage-deflate; a", "permessage-deflate; server_max_window_bits=10"], "on",
         "permessage-deflate; server_max_window_bits=10"),
        (["permessage-deflate"], "no_context",
         "permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
        ([], "on", None),
    ],
)  # fmt: skip
def test_compression(lines: list[str], mode: str, answer: str | None) -> None:
    offers = [f"Sec-WebSocket-Extensions: {line}" for line in lines]
    outcome = accepted(request("GET / HTTP/1.1", *offers), WsOptions(compression=mode))
    assert (outcome.deflate is None) == (answer is None)
    wanted = b"" if answer is None else f"Sec-WebSocket-Extensions: {answer}\r\n".encode()
    assert outcome.response.endswith(b"=\r\n" + wanted + b"\r\n")


@pytest.mark.parametrize("mode", ["off", "on"])
def test_a_malformed_offer_is_refused_whatever_the_mode(mode: str) -> None:
    line = "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits="
    reason = "malformed Sec-WebSocket-Extensions"
    assert refused(request("GET / HTTP/1.1", line), WsOptions(compression=mode)) == (400, reason)


@pytest.mark.parametrize(
    ("origins", "lines", "allowed"),
    [
        (("auto",), [], True),
        (("auto",), ["Origin: https://evil.example"], True),
        (("auto",), ["Cookie: a=1"], True),
        (("auto",), ["Origin: https://evil.example", "Cookie: a=1"], False),
        (("auto",), ["Origin: https://evil.example", "Authorization: x"], False),
        (("auto",), ["Origin: https://server.example", "Cookie: a=1"], False),
        (("auto",), ["Origin: http://server.example", "Cookie: a=1"], True),
        (("auto",), ["Origin: http://SERVER.example:80", "Cookie: a=1"], True),
        (("auto",), ["Origin: http://server.example:81", "Cookie: a=1"], False),
        (("auto",), ["Origin: null", "Cookie: a=1"], False),
        (("https://app.example",), ["Origin: https://app.example", "Cookie: a=1"], True),
        (("https://app.example",), ["Origin: https://other.example"], False),
        (("https://app.example",), [], True),
        (("*",), ["Origin: https://evil.example", "Cookie: a=1"], True),
    ],
)
def test_origins(origins: tuple[str, ...], lines: list[str], allowed: bool) -> None:
    data = request("GET / HTTP/1.1", *lines, Host="server.example:80")
    outcome = judge(data, WsOptions(origins=origins))
    assert isinstance(outcome, Accepted) == allowed
    assert allowed or (isinstance(outcome, Refused) and outcome.status == 403)


def test_the_accept_value() -> None:
    assert accept_value(KEY) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert is_key(KEY) and not is_key("é" * 24) and not is_key(KEY + " ")


@given(data=st.binary(max_size=300))
def test_any_bytes_are_judged_without_an_exception(data: bytes) -> None:
    assert isinstance(judge(data + b"\r\n\r\n"), Refused)
