"""Which options of a WebSocket server make sense, and what the others are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from snowrt.proto.ws_options import WsOptions, default_options


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
        ("compression", "on"), ("bind", "example.org"), ("tls_min", "1.1"),
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
        ("subprotocols", ("chat.v2", "x")),
    ],
)  # fmt: skip
def test_the_limits_themselves_are_allowed(name: str, value: Any) -> None:
    assert replace(WsOptions(), **{name: value}).problem is None


def test_without_pings_any_pong_timeout_goes() -> None:
    assert WsOptions(ping_interval=0, pong_timeout=99_999).problem is None


def test_the_environment_overrides_defaults() -> None:
    options = default_options({"SNOW_WS_PING_MS": "300", "SNOW_WS_PONG_MS": "100"})
    assert (options.ping_interval, options.pong_timeout) == (300, 100)


@pytest.mark.parametrize("text", ["", "x", "-5", "7", "1.5"])
def test_a_bad_override_is_ignored(text: str) -> None:
    assert default_options({"SNOW_WS_PING_MS": text}) == WsOptions()
