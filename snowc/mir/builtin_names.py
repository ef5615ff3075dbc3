"""From what a source writes to the C symbol, by way of the ABI table.

`Ws.serve_tls` has the builtin key `ws_serve_tls` and the symbol `snow_ws_serve_tls`; the exceptions of
the naming rule (`http_response` -> `snow_http_response_new`, `map` -> `snow_list_map`) are rows of the
table like any other, so that this module knows no name.
"""

from __future__ import annotations

from snowrt.abi import BY_KEY, builtin_key


class UnknownBuiltin(KeyError):
    """The table has no such function."""


def map_builtin_name(name: str) -> str:
    """The C symbol for a surface name (`Ws.serve_tls`) or a builtin key (`ws_serve_tls`)."""
    row = BY_KEY.get(builtin_key(name))
    if row is None:
        raise UnknownBuiltin(name)
    return row.symbol
