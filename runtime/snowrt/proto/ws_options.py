"""The options of a WebSocket server, and whether they make sense (network.md, "Configuration").

In: values by name, or the text in which a program hands them over (`parse`). Out: a frozen `WsOptions`, whose
`problem` is the text of the first value out of range, if any. Times are milliseconds, sizes bytes.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

MIB = 1 << 20
DEFAULT_PING_INTERVAL = 30_000
DEFAULT_PONG_TIMEOUT = 10_000
AUTO_ORIGINS = ("auto",)
COMPRESSIONS = ("off", "on", "no_context")
TLS_VERSIONS = ("1.2", "1.3")
_ORIGIN = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/?#@\x00-\x1f\x7f]+")
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True, slots=True)
class WsOptions:
    """What a server allows its clients, and how long it waits for them."""

    ping_interval: int = DEFAULT_PING_INTERVAL
    """Between pings; 0 turns them off."""
    pong_timeout: int | None = None
    """From a ping to its pong; None: the default, or the interval where that is shorter."""
    default_pong_timeout: int = DEFAULT_PONG_TIMEOUT
    """Not an option of programs: the environment can set it."""
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
    """That may wait to be written, for each connection; one message of any size may always."""
    send_timeout: int = 10_000
    """How long a sender waits for half of the buffer to be free; 0 for not at all."""
    inbound_queue: int = 64
    """Messages that may wait for on_message before reading pauses."""
    subprotocols: tuple[str, ...] = ()
    """In the order of preference."""
    compression: str = "off"
    """One of `COMPRESSIONS`."""
    origins: tuple[str, ...] = AUTO_ORIGINS
    """Origins as browsers send them, `*` for all, `auto` for the host's own where credentials are sent."""
    has_authorize: bool = False
    """Whether the server has a callback that answers requests before they become connections."""
    has_on_info: bool = False
    """Whether it has one for Strings sent to the processes of connections."""
    bind: str = "0.0.0.0"
    tls: tuple[str, str] | None = None
    """The paths of the certificate chain and the key."""
    tls_min: str = "1.2"
    rate: tuple[int, int] | None = None
    """At most so many messages in so many milliseconds, from each connection."""

    @property
    def effective_pong_timeout(self) -> int:
        """The pong timeout that holds."""
        if self.pong_timeout is not None:
            return self.pong_timeout
        return min(self.default_pong_timeout, self.ping_interval or self.default_pong_timeout)

    @property
    def problem(self) -> str | None:
        """Why these options cannot be used, beginning with the option's name; None when they can."""
        return _range_problem(self) or _pong_problem(self) or _text_problem(self)


_RANGES: dict[str, tuple[int, int | None]] = {
    "max_message": (1, 1 << 30),
    "max_fragments": (1, None),
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
            return f"subprotocols: {_quoted(name)} is not a token"
    if options.compression not in COMPRESSIONS:
        return f"compression: {_quoted(options.compression)} is none of {_choice(COMPRESSIONS)}"
    for origin in options.origins:
        if origin not in ("*", "auto", "null") and not _ORIGIN.fullmatch(origin):
            return f"origins: {_quoted(origin)} is not an origin such as https://example.org"
    try:
        ipaddress.ip_address(options.bind)
    except ValueError:
        return f"bind: {_quoted(options.bind)} is not an IP address"
    if options.tls_min not in TLS_VERSIONS:
        return f"tls_min: {_quoted(options.tls_min)} is none of {_choice(TLS_VERSIONS)}"
    return _rate_problem(options)


def _rate_problem(options: WsOptions) -> str | None:
    if options.rate is None:
        return None
    messages, per_ms = options.rate
    if messages < 1:
        return f"rate: {messages} messages are less than 1"
    if per_ms < 1:
        return f"rate: {per_ms} ms are less than 1"
    return None


def _quoted(text: str) -> str:
    """The text in double quotes, as a program writes it; what cannot be shown is escaped."""
    return '"' + repr(text)[1:-1].replace('"', '\\"') + '"'


def _choice(texts: tuple[str, ...]) -> str:
    return ", ".join(_quoted(text) for text in texts)


# ---- defaults and the environment ----------------------------------------------------------------------


def default_options(environ: Mapping[str, str]) -> WsOptions:
    """The defaults, with those that the environment overrides (for tests); a malformed override is ignored."""
    options = WsOptions()
    for name, variable in (("ping_interval", "SNOW_WS_PING_MS"), ("default_pong_timeout", "SNOW_WS_PONG_MS")):
        text = environ.get(variable, "")
        if text.isascii() and text.isdigit():
            values: dict[str, Any] = {name: int(text)}
            overridden = replace(options, **values)
            is_sound = overridden.problem is None and overridden.default_pong_timeout >= 50
            options = overridden if is_sound else options
    return options


# ---- as programs hand them over ------------------------------------------------------------------------


def parse(text: bytes, defaults: WsOptions) -> WsOptions:
    """The options that a program set: names and values as netstrings by turns, over the defaults.

    A netstring is the length in bytes, a colon, the bytes, a comma. An Int is written in decimal, a list as the
    netstrings of its elements. A name that stands several times counts with its last value. Raises ValueError
    for text of any other form, which `Ws.options` and its builders never make.
    """
    parts = list(_netstrings(text))
    if len(parts) % 2:
        raise ValueError("an option has no value")
    values = {name: _READERS[name](value) for name, value in zip(parts[::2], parts[1::2], strict=True)}
    return replace(defaults, **values)


def _netstrings(data: bytes) -> Iterator[str]:
    at = 0
    while at < len(data):
        colon = data.index(b":", at)
        end = colon + 1 + int(data[at:colon])
        if data[end : end + 1] != b",":
            raise ValueError(f"no comma at byte {end}")
        yield data[colon + 1 : end].decode("utf-8", "surrogateescape")
        at = end + 1


def _list(text: str) -> tuple[str, ...]:
    return tuple(_netstrings(text.encode("utf-8", "surrogateescape")))


def _two_numbers(text: str) -> tuple[int, int]:
    first, second = _list(text)
    return int(first), int(second)


def _two_texts(text: str) -> tuple[str, str]:
    first, second = _list(text)
    return first, second


_READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("ping_interval", "pong_timeout", *_RANGES), int),
    "subprotocols": _list,
    "compression": str,
    "origins": _list,
    "has_authorize": "1".__eq__,
    "has_on_info": "1".__eq__,
    "bind": str,
    "tls": _two_texts,
    "tls_min": str,
    "rate": _two_numbers,
}
