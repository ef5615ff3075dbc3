"""Which options of a WebSocket server make sense, and what the others are told."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snowrt.proto.ws_options import WsOptions, default_options, parse


def test_defaults_are_those_of_the_specification() -> None:
    options = WsOptions()
    assert options.problem is None
    assert (options.ping_interval, options.effective_pong_timeout) == (30_000, 10_000)
    assert options.max_message == 16_777_216
    assert options.max_fragments == 131_072


@pytest.mark.parametrize(
    ("interval", "timeout", "effective"),
    [(30_000, None, 10_000), (2_000, None, 2_000), (0, None, 10_000), (1_000, 400, 400)],
)
def test_a_pong_timeout_not_given_is_no_longer_than_the_interval(
    interval: int, timeout: int | None, effective: int
) -> None:
    assert WsOptions(ping_interval=interval, pong_timeout=timeout).effective_pong_timeout == effective


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ping_interval", 99), ("ping_interval", -1), ("pong_timeout", 49), ("pong_timeout", 30_001),
        ("max_message", 0), ("max_message", (1 << 30) + 1), ("max_fragments", 0), ("max_connections", -1),
        ("max_connections_per_ip", -1), ("handshake_timeout", 99), ("handshake_timeout", 60_001),
        ("close_timeout", -1), ("close_timeout", 60_001), ("idle_timeout", -1), ("send_buffer", 1023),
        ("send_timeout", -1), ("inbound_queue", 0), ("subprotocols", ("a b",)), ("subprotocols", ("",)),
        ("compression", "gzip"), ("bind", "example.org"), ("tls_min", "1.1"), ("origins", ("example.org",)),
        ("origins", ("https://a.example/path",)), ("rate", (0, 1000)), ("rate", (10, 0)),
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_named(name: str, value: Any) -> None:
    problem = replace(WsOptions(), **{name: value}).problem
    assert problem is not None and problem.startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ping_interval", 0), ("ping_interval", 100), ("pong_timeout", 50), ("pong_timeout", 30_000),
        ("max_message", 1),
        ("max_message", 1 << 30), ("max_connections", 0), ("close_timeout", 0), ("bind", "::1"), ("tls_min", "1.3"),
        ("subprotocols", ("chat.v2", "x")), ("compression", "on"), ("compression", "no_context"), ("rate", (1, 1)),
        ("origins", ("*",)), ("origins", ("https://a.example", "http://[::1]:8080", "null", "auto")),
        ("max_fragments", 1 << 62),
    ],
)  # fmt: skip
def test_the_limits_themselves_are_allowed(name: str, value: Any) -> None:
    assert replace(WsOptions(), **{name: value}).problem is None


def test_without_pings_any_pong_timeout_goes() -> None:
    assert WsOptions(ping_interval=0, pong_timeout=99_999).problem is None


def test_the_environment_overrides_defaults() -> None:
    options = default_options({"SNOW_WS_PING_MS": "300", "SNOW_WS_PONG_MS": "100"})
    assert (options.ping_interval, options.effective_pong_timeout) == (300, 100)


def test_an_option_of_the_program_wins_over_the_environment() -> None:
    defaults = default_options({"SNOW_WS_PING_MS": "300", "SNOW_WS_PONG_MS": "200"})
    options = replace(defaults, ping_interval=150)
    assert options.problem is None
    assert options.effective_pong_timeout == 150  # a timeout that is not given is no longer than the interval
    assert replace(defaults, pong_timeout=100).effective_pong_timeout == 100


@pytest.mark.parametrize("text", ["", "x", "-5", "7", "1.5"])
def test_a_bad_override_is_ignored(text: str) -> None:
    assert default_options({"SNOW_WS_PING_MS": text, "SNOW_WS_PONG_MS": text}) == WsOptions()


# ---- as programs hand them over ------------------------------------------------------------------------


def netstring(*texts: str) -> str:
    return "".join(f"{len(text.encode('utf-8', 'surrogateescape'))}:{text}," for text in texts)


def parsed(text: str) -> WsOptions:
    return parse(text.encode("utf-8", "surrogateescape"), WsOptions())


@given(
    ping=st.integers(-(1 << 63), (1 << 63) - 1),
    names=st.lists(st.text()),
    paths=st.tuples(st.text(), st.just("a\udcffb")),
    rate=st.tuples(st.integers(), st.integers()),
)
@settings(derandomize=True)
def test_every_value_arrives(ping: int, names: list[str], paths: tuple[str, str], rate: tuple[int, int]) -> None:
    text = netstring("ping_interval", "1", "origins", netstring(*names), "tls", netstring(*paths))
    text += netstring("rate", netstring(*map(str, rate)), "has_authorize", "1", "ping_interval", str(ping))
    assert parsed(text) == WsOptions(ping_interval=ping, origins=tuple(names), tls=paths, rate=rate, has_authorize=True)


def test_every_option_can_be_set() -> None:
    values: dict[str, str] = {
        "ping_interval": "100", "pong_timeout": "50", "max_message": "1", "max_fragments": "2",
        "max_connections": "3", "max_connections_per_ip": "4", "handshake_timeout": "100", "close_timeout": "0",
        "idle_timeout": "5", "send_buffer": "1024", "send_timeout": "0", "inbound_queue": "1",
        "subprotocols": netstring("a", "b"), "compression": "on", "origins": "", "has_authorize": "1",
        "has_on_info": "1", "bind": "::1", "tls": netstring("c", "k"), "tls_min": "1.3", "rate": netstring("7", "8"),
    }  # fmt: skip
    assert {field.name for field in fields(WsOptions)} == {*values, "default_pong_timeout"}
    options = parsed(netstring(*(text for pair in values.items() for text in pair)))
    assert options.problem is None
    assert all(getattr(options, name) != getattr(WsOptions(), name) for name in values)
    assert options.subprotocols == ("a", "b")


@pytest.mark.parametrize("text", ["3:abc,", "1:a,1:b", "x", "2:ab", "13:ping_interval,1:x,", "1:a,1:b,"])
def test_text_that_builders_never_make_is_an_error(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        parsed(text)
