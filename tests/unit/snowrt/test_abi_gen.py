"""What is generated from the table is current, and says what the table says."""

from __future__ import annotations

import ctypes

from snowrt import abi_gen
from snowrt.abi import BY_SYMBOL, ROWS


def test_generated_files_are_current() -> None:
    assert abi_gen.stale_files() == [], "run `python -m snowrt.abi_gen --write`"


def test_every_function_with_a_symbol_is_declared() -> None:
    header = abi_gen.header()
    for row in ROWS:
        assert (f"{row.symbol}(" in header) == (row.provider != "inline")


def test_functions_that_end_the_process_are_marked() -> None:
    assert "SNOW_API _Noreturn void snowi_panic(void *, int64_t);" in abi_gen.header()


def test_host_functions_get_a_stub() -> None:
    stubs = abi_gen.host_stubs()
    assert 'snowi_host_call("snow_ws_serve_tls", "Ws.serve_tls", args, 9);' in stubs
    assert 'return (void *)snowi_host_call("snow_ws_start_with", "Ws.start_with", args, 12);' in stubs
    assert "const int64_t args[] = {a0, a1};" in stubs
    assert "snow_println" not in abi_gen.host_stubs()


def test_ctypes_signature_of_nine_arguments() -> None:
    result, params = abi_gen.ctypes_signature(BY_SYMBOL["snow_ws_serve_tls"])
    assert result is None
    assert params == [ctypes.c_void_p] * 6 + [ctypes.c_int64] + [ctypes.c_void_p] * 2


def test_llvm_declarations_are_plain_data() -> None:
    declared = {symbol: (result, params, never) for symbol, result, params, never in abi_gen.llvm_declarations()}
    assert declared["snow_string_trim"] == ("ptr", ("ptr",), False)
    assert declared["snowi_panic"] == ("void", ("ptr", "i64"), True)


def test_the_page_lists_every_row() -> None:
    page = abi_gen.page()
    for row in ROWS:
        assert f"| `{row.symbol}` |" in page


def test_command_line() -> None:
    assert abi_gen.main(["--check"]) == 0
    assert abi_gen.main([]) == 2
