"""The compiler's view of the ABI table agrees with the table."""

from __future__ import annotations

import pytest

from snowc.mir.builtin_names import UnknownBuiltin, map_builtin_name
from snowc.mir.known_functions import known_functions, surface_type
from snowc.mir.types import HANDLES, INT, STRING, UNIT, Con, Fn, TVar, layout_class
from snowrt.abi import BY_SYMBOL, ROWS

KIND_CLASS = {"ptr": "ptr", "i64": "i64", "f64": "f64", "i8": "i1", "handle": "i64", "bytes": "ptr", "fn": "ptr"}


@pytest.mark.parametrize("symbol", sorted(known_functions))
def test_signatures_fit_the_rows(symbol: str) -> None:
    row, known = BY_SYMBOL[symbol], known_functions[symbol]
    assert len(known.params) == len(row.params) == len(known.owned)
    for ty, param in zip(known.params, row.params, strict=True):
        if param.kind == "word":
            assert isinstance(ty, TVar)
        else:
            assert layout_class(ty) == KIND_CLASS[param.kind], ty
        if param.kind == "fn":
            assert isinstance(ty, Fn)
        if param.kind == "handle":
            assert isinstance(ty, Con) and ty.name in HANDLES
    if row.result == "word":
        assert isinstance(known.result, TVar)
    elif row.result == "void":
        assert layout_class(known.result) == "unit"
    else:
        assert layout_class(known.result) == KIND_CLASS[row.result]


def test_every_row_with_a_surface_has_a_signature() -> None:
    assert set(known_functions) == {row.symbol for row in ROWS if row.surface}
    assert len(known_functions) == len(list(known_functions))


def test_lent_results_come_from_a_counted_first_operand() -> None:
    for symbol, known in known_functions.items():
        if not known.result_owned:
            assert known.params and layout_class(known.params[0]) == "ptr", symbol
            assert not known.owned[0], symbol


def test_a_generic_row_has_type_variables() -> None:
    push = known_functions["snow_list_push"]
    assert push.params == (Con("List", (TVar("T"),)), TVar("T"))
    assert push.owned == (True, True)
    assert push.type_params == push.classes == ("T",)


def test_an_overloaded_name_is_known_by_its_full_form() -> None:
    serve = known_functions["snow_ws_serve_tls"]
    assert len(serve.params) == 6
    assert serve.params[3:] == (INT, STRING, STRING)
    assert serve.result == UNIT


def test_surface_types_are_read_as_functions() -> None:
    assert surface_type("(Fun(T) -> Bool) -> T", ("T",)) == Fn((Fn((TVar("T"),), Con("Bool")),), TVar("T"))


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("Ws.serve_tls", "snow_ws_serve_tls"),
        ("ws_serve_tls", "snow_ws_serve_tls"),
        ("println", "snow_println"),
        ("IO.println", "snow_println"),
        ("io_eprintln", "snow_io_eprintln"),
        ("__list_push", "snow_list_push"),
        ("Int.band", "prim.iand"),
    ],
)
def test_names_and_keys_lead_to_symbols(name: str, symbol: str) -> None:
    assert map_builtin_name(name) == symbol


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownBuiltin):
        map_builtin_name("Ws.frobnicate")
