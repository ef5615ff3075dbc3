"""Calls of table functions and closures."""

from __future__ import annotations

import pytest

from tests.unit.codegen.support import function_text, ir_of


def _body(text: str, params: str = "", result: str = "()") -> str:
    return ir_of(f"fn Main.f({params}) -> {result} {{\ne:\n{text}\n}}")


def test_only_used_functions_are_declared() -> None:
    ir = _body("extern snow_println(%s)\n%u: () = const ()\nreturn %u", "%s: String")
    assert "declare void @snow_println(ptr)" in ir
    assert [line for line in ir.splitlines() if line.startswith("declare")] == [
        "declare void @snow_println(ptr) nounwind"
    ]


def test_bool_travels_as_a_byte() -> None:
    ir = _body(
        "%b: Bool = extern snow_string_eq(%s, %s)\n%t: String = extern snow_bool_to_string(%b)\nreturn %t",
        "%s: String",
        "String",
    )
    assert "call i8 @snow_string_eq(ptr %s, ptr %s)" in ir
    assert "icmp ne i8 %.1, 0" in ir
    assert "zext i1 %.2 to i8" in ir


@pytest.mark.parametrize(
    ("element", "code", "word"),
    [
        ("Int", 0, "i64 %x"),
        ("Float", 1, "bitcast double %x to i64"),
        ("Bool", 2, "zext i1 %x to i64"),
        ("()", 3, "i64 0"),
        ("String", 4, "ptrtoint ptr %x to i64"),
    ],
)
def test_generic_rows_get_layout_class_and_word(element: str, code: int, word: str) -> None:
    ir = _body(
        f"%r: List<{element}> = extern snow_list_fill<{element}>(%x, %n)\nreturn %r",
        f"%n: Int, %x: {element}",
        f"List<{element}>",
    )
    assert f"call ptr @snow_list_fill(i64 {code}, i64 " in ir
    assert word in ir


def test_list_access_is_inlined() -> None:
    ir = _body(
        "%n: Int = extern snow_list_length<Float>(%xs)\n%x: Float = extern snow_list_get<Float>(%xs, %n)\nreturn %x",
        "%xs: List<Float>",
        "Float",
    )
    assert "@snow_list" not in ir
    assert "load double" in ir


def test_rows_with_a_place_pass_it_last() -> None:
    ir = _body(
        "%at: Loc = loc @0:7\n%r: String = extern snow_string_repeat(%s, %n, %at)\nreturn %r",
        "%s: String, %n: Int",
        "String",
    )
    assert "call ptr @snow_string_repeat(ptr %s, i64 %n, i64 7)" in ir


def test_inline_rows_are_primitives_or_intrinsics() -> None:
    ir = _body(
        "%f: Float = extern `prim.i_to_f`(%n)\n%g: Float = extern `llvm.sqrt.f64`(%f)\n"
        "%r: Int = extern `prim.f_to_i`(%g)\nreturn %r",
        "%n: Int",
        "Int",
    )
    assert "sitofp i64 %n to double" in ir
    assert "call double @llvm.sqrt.f64(double %.1)" in ir
    assert "call i64 @llvm.fptosi.sat.i64.f64(double %.2)" in ir


def test_ws_serve_tls_has_nine_parameters() -> None:
    ir = _body(
        "extern snow_ws_serve_tls(%a, %b, %c, %port, %s, %s)\n%u: () = const ()\nreturn %u",
        "%a: Fun(Word, String, Map<String, String>) -> (), %b: Fun(Word, String) -> (), "
        "%c: Fun(Word, Int, String) -> Int, %port: Int, %s: String",
    )
    assert "declare void @snow_ws_serve_tls(ptr, ptr, ptr, ptr, ptr, ptr, i64, ptr, ptr)" in ir
    assert (
        "call void @snow_ws_serve_tls(ptr @snow.adapter.i64.ptr.ptr.to.unit, ptr %a, "
        "ptr @snow.adapter.i64.ptr.to.unit, ptr %b" in ir
    )
    adapter = function_text(ir, "@snow.adapter.i64.i64.ptr.to.i64")
    assert "define internal i64 @snow.adapter.i64.i64.ptr.to.i64(ptr %.env, i64 %0, i64 %1, i64 %2)" in adapter
    assert "call ptr @snowi_current()" in adapter


CLOSURES = """
fn Main.add(%x: Int) captures(%k: Int, %name: String) -> Int {
e:
  %r: Int = iadd %x, %k
  return %r
}
fn Main.plain(%x: Int) captures() -> Int {
e:
  return %x
}
fn Main.make(%k: Int, %s: String) -> Fun(Int) -> Int {
e:
  %f: Fun(Int) -> Int = closure Main.add [%k, %s]
  return %f
}
fn Main.static() -> Fun(Int) -> Int {
e:
  %f: Fun(Int) -> Int = closure Main.plain []
  return %f
}
fn Main.use(%f: Fun(Int) -> Int, %n: Int) -> Int {
e:
  %r: Int = call_closure %f(%n)
  return %r
}
"""


def test_closures_hold_code_and_captures() -> None:
    ir = ir_of(CLOSURES)
    assert "define internal fastcc i64 @Main.add(ptr %.ctx, ptr %.env, i64 %x)" in ir
    make = function_text(ir, "@Main.make")
    assert "call ptr @snow.alloc(ptr %.ctx, i64 1)" in make
    assert "store ptr @Main.add" in make
    assert "call fastcc i64 %.2(ptr %.ctx, ptr %f, i64 %n)" in function_text(ir, "@Main.use")


def test_a_closure_without_captures_is_static() -> None:
    ir = ir_of(CLOSURES)
    assert "ret ptr @Main.plain.closure" in ir
    assert "@Main.plain.closure = internal constant { i32, i32, ptr }" in ir
