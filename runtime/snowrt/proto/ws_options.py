"""The options of a WebSocket server, and whether they make sense (network.md, "Configuration").

In: values by name. Out: a frozen `WsOptions`, whose `problem` is the text of the first value out of range,
if any. Times are milliseconds, sizes bytes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

MIB = 1 << 20
DEFAULT_PING_INTERVAL = 30_000
DEFAULT_PONG_TIMEOUT = 10_000
AUTO_ORIGINS = ("auto",)
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True, slots=True)
class WsOptions:
    """What a server allows its clients, and how long it waits for them."""

    ping_interval: int = DEFAULT_PING_INTERVAL
    """Between pings; 0 turns them off."""
    pong_timeout: int | None = None
    """From a ping to its pong; None: 10 s, or the interval where that is shorter."""
    max_message: int = 16 * MIB
    """Of one frame and of one message, inclusive."""
    max_fragments: int = 131_072
    max_connections: int = 10_000
    """0 for no limit, here and per address."""
    max_connections_per_ip: int = 0
    handshake_timeout: int = 5_000
    close_timeout: int = 5_000
    idle_timeout: int = 0
    """Without a data message either way; 0 for no limit."""
    send_buffer: int = MIB
    send_timeout: int = 10_000
    inbound_queue: int = 64
    subprotocols: tuple[str, ...] = ()
    compression: str = "off"
    origins: tuple[str, ...] = AUTO_ORIGINS
    bind: str = "0.0.0.0"
    tls_min: str = "1.2"

    @property
    def effective_pong_timeout(self) -> int:
        """The pong timeout that holds."""
        if self.pong_timeout is not None:
            return self.pong_timeout
        return min(DEFAULT_PONG_TIMEOUT, self.ping_interval or DEFAULT_PONG_TIMEOUT)

    @property
    def problem(self) -> str | None:
        """Why these options cannot be used, beginning with the option's name; None when they can."""
        return _range_problem(self) or _pong_problem(self) or _text_problem(self)


_RANGES: dict[str, tuple[int, int | None]] = {
    "max_message": (1, 1 << 30),
    "max_fragments": (1, 0xFFFFFFFF),
    "max_connections": (0, None),
    "max_connections_per_ip": (0, None),
    "handshake_timeout": (100, 60_000),
    "close_timeout": (0, 60_000),
    "idle_timeout": (0, None),
    "send_buffer": (1024, None),
    "send_timeout": (0, None),
    "inbound_queue": (1, None),
}


def _range_problem(options: WsOptions) -> str | None:
    if options.ping_interval != 0 and options.ping_interval < 100:
        return f"ping_interval: {options.ping_interval} is neither 0 nor at least 100"
    for name, (low, high) in _RANGES.items():
        value: int = getattr(options, name)
        if value < low:
            return f"{name}: {value} is less than {low}"
        if high is not None and value > high:
            return f"{name}: {value} is more than {high}"
    return None


def _pong_problem(options: WsOptions) -> str | None:
    timeout = options.pong_timeout
    if timeout is None:
        return None
    if timeout < 50:
        return f"pong_timeout: {timeout} is less than 50"
    if options.ping_interval and timeout > options.ping_interval:
        return f"pong_timeout: {timeout} is more than the ping interval of {options.ping_interval}"
    return None


def _text_problem(options: WsOptions) -> str | None:
    for name in options.subprotocols:
        if not name or not _TOKEN.issuperset(name):
            return f"subprotocols: {name!r} is not a token"
    if options.compression != "off":
        return f"compression: {options.compression!r} is not available; only 'off' is"
    if options.tls_min not in ("1.2", "1.3"):
        return f"tls_min: {options.tls_min!r} is neither '1.2' nor '1.3'"
    try:
        ipaddress.ip_address(options.bind)
    except ValueError:
        return f"bind: {options.bind!r} is not an IP address"
    return None


def default_options(environ: Mapping[str, str]) -> WsOptions:
    """The defaults, with those that the environment overrides (for tests); a malformed override is ignored."""
    interval = _milliseconds(environ.get("SNOW_WS_PING_MS", ""))
    timeout = _milliseconds(environ.get("SNOW_WS_PONG_MS", ""))
    options = WsOptions(
        ping_interval=DEFAULT_PING_INTERVAL if interval is None else interval,
        pong_timeout=timeout,
    )
    return WsOptions() if options.problem else options


def _milliseconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
