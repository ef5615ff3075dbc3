"""The table is consistent in itself and complete for what the language promises."""

from __future__ import annotations

import pytest

from snowrt import abi
from snowrt.abi import BY_KEY, BY_NAME, BY_SYMBOL, ROWS, Row

SERVE = ("ptr",) * 6 + ("i64",)


def _split(text: str) -> list[str]:
    """The parts between commas that are outside of brackets."""
    parts, depth, start = [], 0, 0
    for i, char in enumerate(text.replace("->", "  ")):
        depth += (char in "(<") - (char in ")>")
        if char == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [p.strip() for p in [*parts, text[start:]] if p.strip()]


def _close(text: str) -> int:
    """Index of the bracket that closes the one at 0."""
    depth = 0
    for i, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return i
    raise AssertionError(text)


def _parameters(text: str) -> list[str]:
    return _split(text[1 : _close(text)])


def _result(text: str) -> str:
    return text[_close(text) + 1 :].removeprefix(" -> ")


def _kinds(row: Row, snow: str) -> set[str]:
    """The kinds that may stand for a Snow type."""
    if snow in row.generics:
        return {"word"}
    if snow.startswith("Fun("):
        return {"fn", "ptr"}
    if snow == "String":
        return {"ptr", "bytes"}
    scalars = {
        "Int": "i64",
        "Pid": "i64",
        "Pid<String>": "i64",
        "Float": "f64",
        "Bool": "i8",
        "()": "void",
        "Never": "void",
    }
    return {{**scalars, "WsConn": "handle"}.get(snow, "ptr")}


def test_symbols_and_keys_are_unique() -> None:
    assert len(BY_SYMBOL) == len(ROWS)
    keys = [row.key for row in ROWS if row.key]
    assert len(keys) == len(set(keys))
    names = [(name, len(_parameters(text))) for row in ROWS for name, text in row.surface]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("row", [r for r in ROWS if r.surface], ids=lambda r: r.symbol)
def test_signature_agrees_with_the_first_surface_type(row: Row) -> None:
    text = row.surface[0][1]
    parameters = _parameters(text)
    assert len(parameters) == len(row.params)
    for snow, param in zip(parameters, row.params, strict=True):
        assert param.kind in _kinds(row, snow)
    assert row.result in _kinds(row, _result(text))


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.symbol)
def test_fields_hold_known_words(row: Row) -> None:
    assert row.provider in ("core", "host", "inline")
    assert row.effect in ("pure", "alloc", "io", "park", "block")
    assert row.fails in ("never", "panic", "option", "result", "status")
    assert set(row.classes) <= set(row.generics)
    assert row.doc.endswith(".") and "\n" not in row.doc
    assert (row.provider == "inline") == row.symbol.startswith(("prim.", "llvm."))
    assert row.symbol.startswith(("snow_", "snowi_", "prim.", "llvm."))
    assert all(p.kind in ("ptr", "word") for p in row.params if p.owned)


def test_intrinsics_are_named_apart() -> None:
    for row in ROWS:
        if row.is_intrinsic:
            assert all(name.startswith("__") for name, _ in row.surface)


def test_keys_follow_from_names() -> None:
    assert BY_KEY["ws_serve_tls"].symbol == "snow_ws_serve_tls"
    assert BY_KEY["io_println"] is BY_KEY["println"]
    assert BY_KEY["string_to_int"] is BY_NAME["String.to_int"]
    assert abi.symbol_of("file_read") == "snow_file_read"


def test_websocket_servers_take_seven_and_nine_arguments() -> None:
    assert BY_SYMBOL["snow_ws_serve"].c_params == SERVE
    assert BY_SYMBOL["snow_ws_serve_tls"].c_params == (*SERVE, "ptr", "ptr")
    assert BY_SYMBOL["snow_ws_serve_tls"].c_result == "void"
    assert [len(_parameters(t)) for t in abi.surface_types("Ws.serve_tls")] == [6, 4]


def test_what_programs_call_websocket_functions_leads_to_their_symbols() -> None:
    names = (
        "serve serve_tls serve_with start_with stop send send_binary reply close ping is_open buffered path header "
        "query peer subprotocol is_binary pid id join leave broadcast broadcast_except members rooms"
    ).split()
    for name in names:
        assert abi.symbol_of(f"ws_{name}") == f"snow_ws_{name}"


def test_hidden_parameters_stand_at_both_ends() -> None:
    assert BY_NAME["__list_push"].c_params == ("i64", "ptr", "i64")
    assert BY_NAME["panic"].c_params == ("ptr", "i64")
    assert BY_NAME["panic"].never_returns and BY_NAME["panic"].fails == "panic"


def test_ownership_marks() -> None:
    concat = BY_NAME["__string_concat"]
    assert [p.owned for p in concat.params] == [True, False] and concat.result_owned
    assert not BY_NAME["__list_get"].result_owned


def test_descriptor_numbers() -> None:
    assert abi.option_desc("ptr") == 24
    assert abi.result_desc("unit", "ptr") == 70
    assert abi.result_desc("ptr", "ptr") + 1 < abi.DESC_ORDERING
