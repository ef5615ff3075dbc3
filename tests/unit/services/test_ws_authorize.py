"""The answers for requests that a program refuses."""

from __future__ import annotations

import pytest

from snowrt.proto.ws_handshake import Accepted, Request
from snowrt.services.ws_authorize import refusal
from snowrt.services.ws_connection import flat_request


@pytest.mark.parametrize(
    ("text", "status_line", "body", "reason"),
    [
        ("401 who are you?", "401 Unauthorized", "who are you?", "401 who are you?"),
        ("403 ", "403 Forbidden", "Forbidden", "403"),
        ("451 no", "451 Unavailable For Legal Reasons", "no", "451 no"),
        ("499 no", "499 Refused", "no", "499 no"),
        ("599 é\r\nX: y", "599 Refused", "é\r\nX: y", "599 é\r\nX: y"),
        ("302 elsewhere", "500 Internal Server Error", "Internal Server Error", "500 authorize gave the status 302"),
        ("-1 no", "500 Internal Server Error", "Internal Server Error", "500 authorize gave the status -1"),
        ("99999999999999999999 x", "500 Internal Server Error", "Internal Server Error",
         "500 authorize gave the status 99999999999999999999"),
        ("internal error", "500 Internal Server Error", "Internal Server Error", "500 internal error"),
    ],
)  # fmt: skip
def test_an_answer_has_the_status_and_the_text(text: str, status_line: str, body: str, reason: str) -> None:
    refused = refusal(text)
    data = body.encode()
    assert (
        refused.response
        == (
            f"HTTP/1.1 {status_line}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(data)}\r\n"
            "Connection: close\r\n\r\n"
        ).encode()
        + data
    )
    assert refused.reason == reason


def test_a_long_text_is_sent_whole_and_logged_in_part() -> None:
    refused = refusal("403 " + "x" * 5000)
    assert refused.response.endswith(b"\r\n\r\n" + b"x" * 5000)
    assert refused.reason == "403 " + "x" * 200


@pytest.mark.parametrize(("subprotocol", "extra"), [(None, b""), ("v1", b":subprotocol\0v1\0")])
def test_what_is_no_header_comes_before_the_headers(subprotocol: str | None, extra: bytes) -> None:
    request = Request("GET", "/a?b", "HTTP/1.1", {"host": ["x"], "cookie": ["a=1", "b=2"], "x": ["1", "2"]})
    accepted = Accepted(request, subprotocol=subprotocol, deflate=None, response=b"", rest=b"")
    flat = b"/a?b\0:peer\0::1\0" + extra + b"host\0x\0cookie\0a=1; b=2\0x\x001, 2\0"
    assert flat_request(accepted, "::1") == flat
