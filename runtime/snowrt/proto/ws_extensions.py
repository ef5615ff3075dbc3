"""The extensions that a client offers in its opening handshake (RFC 6455, 9.1; network.md HS-7).

In: the values of `Sec-WebSocket-Extensions` as they stand in the head. Out: the offers in their order, or
`Malformed`. What an offer means is the business of its extension.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Malformed(ValueError):
    """The header is not a list of extensions."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One extension with its parameters in their order; a parameter without a value has None."""

    name: str
    params: tuple[tuple[str, str | None], ...] = ()


def is_token(text: str) -> bool:
    """Whether this is a token of HTTP."""
    return bool(text) and _TOKEN.issuperset(text)


def parse_offers(values: Iterable[str]) -> list[Offer]:
    """The offers of all these header values. Raises Malformed."""
    return [_parse_offer(text) for value in values for text in _split_quoted(value, ",")]


def _parse_offer(text: str) -> Offer:
    name, *params = _split_quoted(text, ";")
    if not is_token(name):
        raise Malformed(text)
    return Offer(name, tuple(_parse_param(param) for param in params))


def _parse_param(text: str) -> tuple[str, str | None]:
    """A value may stand in quotes, but must be a token in them."""
    name, equals, value = (part.strip(" \t") for part in text.partition("="))
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]
    if not is_token(name) or (equals and not is_token(value)):
        raise Malformed(text)
    return name, value if equals else None


def _split_quoted(text: str, separator: str) -> list[str]:
    """Split at a separator outside double quotes."""
    parts, quoted = [""], False
    for char in text:
        quoted ^= char == '"'
        if char == separator and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip(" \t") for part in parts]
