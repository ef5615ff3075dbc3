"""How names and literals are spelled, judged by reading them back."""

from __future__ import annotations

import ctypes
import re
import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.backend.llvm import Cpu, Engine, IrModule, Machine, host_triple
from snowc.codegen.emit import Body, Metadata, c_string, float_literal, int_literal, symbol


def _unescape(text: str) -> bytes:
    raw = text.encode()
    return re.sub(rb"\\([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), raw)


@given(st.binary(max_size=40))
def test_byte_arrays_read_back(data: bytes) -> None:
    text = c_string(data)
    assert text.isascii() and text.startswith('c"') and text.endswith('"')
    assert _unescape(text[2:-1]) == data


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_any_name_is_a_symbol_llvm_accepts(name: str) -> None:
    IrModule(f"define void {symbol(name)}() {{\n  ret void\n}}")


@given(st.floats(), st.integers(-(2**70), 2**70))
@settings(max_examples=20, deadline=None)
def test_numbers_arrive_bit_for_bit(real: float, whole: int) -> None:
    machine = Machine(host_triple(), Cpu(), 0)
    module = IrModule(f"@real = constant double {float_literal(real)}\n@whole = constant i64 {int_literal(whole)}\n")
    engine = Engine(machine, machine.emit_object(module))
    seen = ctypes.string_at(engine.address("real"), 8)
    wanted = float("nan") if real != real else real
    assert seen == struct.pack("<d", wanted)
    assert ctypes.c_int64.from_address(engine.address("whole")).value == (whole + 2**63) % 2**64 - 2**63


def test_metadata_nodes_are_shared_unless_distinct() -> None:
    meta = Metadata()
    assert meta.node("!{}") == meta.node("!{}") == "!0"
    assert meta.distinct("!{}") == "!1"
    assert meta.lines == ["!0 = !{}", "!1 = !{}"]


def test_bodies_number_their_results_and_fill_reserved_places() -> None:
    body = Body()
    place = body.reserve()
    body.dbg = ", !dbg !3"
    assert body.op("add i64 1, 2") == "%.1"
    body.fill(place, ["  a", "  b"])
    assert body.lines == ["  a\n  b", "  %.1 = add i64 1, 2, !dbg !3"]
