"""Registering host functions: signatures are compared with the table, exceptions reach the caller."""

from __future__ import annotations

import ctypes

import pytest

from snowrt import host
from snowrt.services import ws


def test_the_serve_functions_have_the_signatures_of_the_table() -> None:
    ws.register()
    pointer = ctypes.c_void_p
    assert ws.SIGNATURES["snow_ws_serve"] == (None, [*[pointer] * 6, ctypes.c_int64])
    assert ws.SIGNATURES["snow_ws_serve_tls"] == (None, [*[pointer] * 6, ctypes.c_int64, pointer, pointer])
    assert host.registered("snow_ws_serve_tls") is not None


def test_a_wrong_signature_is_refused_by_name() -> None:
    with pytest.raises(host.SignatureMismatch, match="snow_ws_serve_tls is registered as"):
        host.register("snow_ws_serve_tls", None, [ctypes.c_void_p], lambda: None)
    with pytest.raises(host.SignatureMismatch, match="snow_nonsense is not a host function"):
        host.register("snow_nonsense", None, [], lambda: None)
    with pytest.raises(host.SignatureMismatch, match="snow_println is not a host function"):
        host.register("snow_println", None, [ctypes.c_void_p], lambda _: None)


def test_what_a_function_raises_is_raised_at_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "_functions", {})
    seen: list[tuple[int | None, ...]] = []

    def serve(*args: int | None) -> None:
        seen.append(args)
        if args[6] == 13:
            raise ValueError("unlucky")

    function = host.register("snow_ws_serve", *ws.SIGNATURES["snow_ws_serve"], serve)
    function.call((1, 0, 3, 4, 5, 6, -7))
    assert seen == [(1, None, 3, 4, 5, 6, -7)]
    with pytest.raises(ValueError, match="unlucky"):
        function.call((0, 0, 0, 0, 0, 0, 13))
    function.call((0, 0, 0, 0, 0, 0, 1))


def test_the_text_of_a_snow_string() -> None:
    data = "größe".encode() + b"\xff"
    raw = ctypes.create_string_buffer(bytes(8) + len(data).to_bytes(8, "little") + data + b"\0")
    assert host.text_of(ctypes.addressof(raw)) == "größe\udcff"
