"""Values, objects, counting, primitives."""

from __future__ import annotations

import pytest

from snowc.mir.ir import PRIMS
from tests.unit.codegen.support import SHAPE, function_text, ir_of


def _shape(body: str, params: str = "", result: str = "Shape") -> str:
    return function_text(ir_of(SHAPE + f"fn Main.f({params}) -> {result} {{\ne:\n{body}\n}}"), "@Main.f")


def test_construct_sets_the_header_and_every_travelling_field() -> None:
    text = _shape("%s: Shape = construct 1(%x, %b, %u, %t)\nreturn %s", "%x: Float, %b: Bool, %u: (), %t: String")
    assert "call ptr @snow.alloc(ptr %.ctx, i64 2)" in text
    assert f"store i64 {129 << 32 | 1}, ptr %.1, align 8" in text
    assert "store double %x" in text
    assert "zext i1 %b to i64" in text
    assert "getelementptr inbounds i8, ptr %.1, i64 32" in text
    assert text.count("store") == 4


def test_variants_without_fields_are_static_and_immortal() -> None:
    ir = ir_of(SHAPE + "fn Main.f() -> Shape {\ne:\n%s: Shape = construct 2()\nreturn %s\n}")
    assert "@Shape.Nothing = internal constant { i32, i32 } { i32 -2147483648, i32 130 }" in ir
    assert "ret ptr @Shape.Nothing" in ir


def test_lists_of_literals_are_static_and_equal_ones_are_shared() -> None:
    body = "%a: List<Int> = const [1, -2]\n%b: List<Int> = const [1, -2]\n%c: List<Bool> = const [true]\nreturn %b"
    ir = ir_of(f"fn Main.f() -> List<Int> {{\ne:\n{body}\n}}")
    ints, bools = [line for line in ir.splitlines() if line.startswith("@list.")]
    name = ints.split(" ")[0]
    assert f"i32 2, i64 2, ptr getelementptr (i8, ptr {name}, i64 32), i64 2, [2 x i64] [ i64 1, i64 -2 ]" in ints
    assert "i32 4, i64 1," in bools and "[1 x i64] [ i64 1 ]" in bools
    assert f"ret ptr {name}" in ir


def test_objects_above_512_bytes_are_large() -> None:
    fields = ", ".join(["Int"] * 64)
    args = ", ".join(["%n"] * 64)
    ir = ir_of(
        f"struct Big {{ Big({fields}) }}\n"
        f"fn Main.f(%n: Int) -> Big {{\ne:\n%b: Big = construct 0({args})\nreturn %b\n}}"
    )
    assert "call ptr @snowi_alloc_large(ptr %.ctx, i64 520)" in ir


def test_project_and_tag() -> None:
    text = _shape(
        "%t: Int = tag %s\n%b: Bool = project %s, 1, 1\n%n: Int = b_to_i %b\n%r: Int = iadd %t, %n\nreturn %r",
        "%s: Shape",
        "Int",
    )
    assert "sub i32 %.2, 128" in text
    assert "load i64, ptr %.5, align 8" in text
    assert "icmp ne i64 %.6, 0" in text


def test_tag_of_a_single_variant_is_known() -> None:
    ir = ir_of("struct P { P(Int) }\nfn Main.f(%p: P) -> Int {\ne:\n%t: Int = tag %p\nreturn %t\n}")
    assert "ret i64 0" in ir


def test_descriptors_of_core_types_are_the_cores() -> None:
    ir = ir_of(
        "fn Main.f(%x: Float) -> Option<Float> {\ne:\n%s: Option<Float> = construct 0(%x)\nreturn %s\n}\n"
        "fn Main.g(%e: String) -> Result<Int, String> {\ne:\n%s: Result<Int, String> = construct 1(%e)\nreturn %s\n}\n"
        "fn Main.h() -> Ordering {\ne:\n%s: Ordering = construct 2()\nreturn %s\n}"
    )
    assert f"store i64 {18 << 32 | 1}," in ir
    assert f"store i64 {(32 + 4 * 2 + 1) << 32 | 1}," in ir
    assert "{ i32 -2147483648, i32 98 }" in ir


def test_instances_share_descriptors_by_layout_class() -> None:
    ir = ir_of(
        "type Box1<'T> { Box1('T) }\n"
        "fn Main.f(%x: String) -> Box1<String> {\ne:\n%s: Box1<String> = construct 0(%x)\nreturn %s\n}\n"
        "fn Main.g(%x: List<Int>) -> Box1<List<Int>> {\ne:\n%s: Box1<List<Int>> = construct 0(%x)\nreturn %s\n}\n"
        "fn Main.h(%x: Int) -> Box1<Int> {\ne:\n%s: Box1<Int> = construct 0(%x)\nreturn %s\n}"
    )
    assert "@snow.descs = internal constant [2 x %snow.desc]" in ir


def test_counting_is_inlined_and_skips_unboxed_values() -> None:
    text = _shape("dup %s\ndrop %s\ndrop %n\nreturn %s", "%s: Shape, %n: Int")
    assert text.count("call void @snow.dup(ptr %s)") == 1
    assert text.count("call void @snow.drop(ptr %.ctx, ptr %s)") == 1


def test_string_constants_are_static_shared_and_may_hold_anything() -> None:
    ir = ir_of(
        'fn Main.f() -> String {\ne:\n%a: String = const "a\\u0000\\"\\\\é"\n'
        '%b: String = const "a\\u0000\\"\\\\é"\nreturn %a\n}'
    )
    assert ir.count(r'c"a\00\22\5C\C3\A9\00"') == 1
    assert "i64 6, [7 x i8]" in ir


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ("1.5", "0x3FF8000000000000"),
        ("-0.0", "0x8000000000000000"),
        ("nan", "0x7FF8000000000000"),
        ("inf", "0x7FF0000000000000"),
        ("3", "0x4008000000000000"),
    ],
)
def test_float_constants_are_exact(literal: str, text: str) -> None:
    assert f"ret double {text}" in ir_of(f"fn Main.f() -> Float {{\ne:\n%a: Float = const {literal}\nreturn %a\n}}")


def test_int_constants_wrap() -> None:
    assert "ret i64 -9223372036854775808" in ir_of(
        "fn Main.f() -> Int {\ne:\n%a: Int = const 9223372036854775808\nreturn %a\n}"
    )


@pytest.mark.parametrize("op", sorted(PRIMS))
def test_every_primitive_is_accepted_by_llvm(op: str) -> None:
    operands, result = PRIMS[op]
    params = ", ".join(f"%p{i}: {t}" for i, t in enumerate(operands))
    args = ", ".join(f"%p{i}" for i in range(len(operands)))
    ir_of(f"fn Main.f({params}) -> {result} {{\ne:\n%r: {result} = {op} {args}\nreturn %r\n}}")


def test_module_constants_are_computed_once_and_frozen() -> None:
    ir = ir_of(
        "const Main.k: Int = Main.k_init\nconst Main.s: String = Main.s_init\n"
        "fn Main.k_init() -> Int {\ne:\n%a: Int = const 4\nreturn %a\n}\n"
        'fn Main.s_init() -> String {\ne:\n%a: String = const "x"\nreturn %a\n}\n'
        "fn Main.get() -> Int {\ne:\n%a: Int = constref Main.k\n%s: String = constref Main.s\nreturn %a\n}"
    )
    init = function_text(ir, "@snow.init")
    assert "store i64 %.1, ptr @Main.k.value" in init
    assert "call ptr @snowi_freeze(ptr %.ctx, ptr %.2)" in init
    assert "load i64, ptr @Main.k.value" in function_text(ir, "@Main.get")


def test_the_image_runs_the_entry_and_drops_its_result() -> None:
    ir = ir_of(
        'files "main.snow"\nentry Main.main\nfn Main.main() -> String {\ne:\n%a: String = const "x"\nreturn %a\n}'
    )
    main = function_text(ir, "@snow.main")
    assert "call fastcc ptr @Main.main(ptr %.ctx)" in main
    assert "call void @snow.drop" in main
    assert "@snow_program = constant" in ir


@pytest.mark.parametrize(
    ("divisor", "expected"),
    [("7", "sdiv i64 %n, 7"), ("-7", "sdiv i64 %n, -7"), ("-1", "call i64 @snow.idiv(i64 %n, i64 -1)")],
)
def test_division_by_a_constant_needs_no_care(divisor: str, expected: str) -> None:
    assert expected in _shape(f"%d: Int = const {divisor}\n%q: Int = idiv %n, %d\nreturn %q", "%n: Int", "Int")
