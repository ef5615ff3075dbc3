"""Control flow, calls and the stack check."""

from __future__ import annotations

import pytest

from tests.unit.codegen.support import FIB, function_text, ir_of


def test_functions_are_internal_fastcc_with_the_hidden_context() -> None:
    assert "define internal fastcc i64 @Main.fib(ptr %.ctx, i64 %n)" in ir_of(FIB)


def test_unit_parameters_and_results_do_not_travel() -> None:
    ir = ir_of("fn Main.f(%u: (), %n: Int) -> () {\na:\n %r: () = call Main.f(%u, %n)\n return %r\n}")
    assert "define internal fastcc void @Main.f(ptr %.ctx, i64 %n)" in ir
    assert "call fastcc void @Main.f(ptr %.ctx, i64 %n)" in ir


def test_names_that_llvm_cannot_write_plainly_are_quoted() -> None:
    ir = ir_of('fn `List.map<i64, "é">`(%n: Int) -> Int {\na:\n return %n\n}')
    assert r'@"List.map<i64, \22\C3\A9\22>"' in ir


def test_block_parameters_become_phis() -> None:
    ir = ir_of(
        "fn Main.f(%n: Int) -> Int {\na:\n %z: Int = const 0\n jump head(%n, %z)\n"
        "head(%i: Int, %acc: Int):\n %z2: Int = const 0\n %stop: Bool = ieq %i, %z2\n br %stop, out(), go()\n"
        "out:\n return %acc\n"
        "go:\n %one: Int = const 1\n %j: Int = isub %i, %one\n %b: Int = iadd %acc, %i\n jump head(%j, %b)\n}"
    )
    assert "%i = phi i64 [ %n, %L.a ], [ %.2, %L.go ]" in ir
    assert "%acc = phi i64 [ 0, %L.a ], [ %.3, %L.go ]" in ir


def test_both_arms_may_go_to_one_block_with_different_arguments() -> None:
    ir = ir_of("fn Main.f(%c: Bool, %a: Int, %b: Int) -> Int {\ne:\n br %c, j(%a), j(%b)\nj(%r: Int):\n return %r\n}")
    assert "phi i64 [ %a, %L.e ], [ %b, %E." in ir


def test_switch_cases_may_share_a_block() -> None:
    ir_of(
        "fn Main.f(%n: Int) -> Int {\ne:\n %a: Int = const 1\n %b: Int = const 2\n"
        " switch %n [0: j(%a), 1: j(%b), 2: k()] else j(%n)\nj(%r: Int):\n return %r\nk:\n return %a\n}"
    )


def test_switch_without_default_is_exhaustive() -> None:
    ir = ir_of("fn Main.f(%n: Int) -> Int {\ne:\n switch %n [0: a(), 1: b()]\na:\n return %n\nb:\n return %n\n}")
    assert "unreachable" in function_text(ir, "@Main.f")


def test_blocks_out_of_order_and_unreachable_blocks() -> None:
    ir = ir_of(
        "fn Main.f() -> Int {\nentry:\n jump first()\nlast:\n return %k\nfirst:\n %k: Int = const 7\n jump last()\n"
        "dead(%x: Int):\n return %x\n}"
    )
    assert "ret i64 7" in ir
    assert "dead" not in ir


def test_jump_to_the_first_block_is_allowed() -> None:
    ir_of("fn Main.f() -> () {\nentry:\n jump entry()\n}")


@pytest.mark.parametrize(
    ("caller", "kind"), [("%a: Int, %b: Float", "musttail"), ("%b: Float, %a: Int", "tail"), ("%a: Int", "tail")]
)
def test_tail_calls_are_guaranteed_where_signatures_agree(caller: str, kind: str) -> None:
    ir = ir_of(
        "fn Main.g(%x: Int, %y: Float) -> Int {\ne:\n return %x\n}\n"
        f"fn Main.f({caller}) -> Int {{\ne:\n %k: Float = const 1.5\n %i: Int = const 1\n tailcall Main.g(%i, %k)\n}}"
    )
    assert f" = {kind} call fastcc i64 @Main.g(ptr %.ctx, i64 1, double 0x3FF8000000000000)" in ir


def test_recursive_functions_check_the_stack_and_others_do_not() -> None:
    ir = ir_of(FIB + "fn Main.once(%n: Int) -> Int {\ne:\n %r: Int = call Main.fib(%n)\n return %r\n}")
    assert "call void @snow.stack_check(ptr %.ctx, i64 0, i64 1)" in function_text(ir, "@Main.fib")
    assert "stack_check" not in function_text(ir, "@Main.once")
    assert "declare preserve_mostcc void @snowi_stack_slow(ptr, i64)" in ir


def test_panic_gives_message_and_place() -> None:
    ir = ir_of('files "a.snow", "b.snow"\nfn Main.f() -> Int {\ne:\n panic "no such luck" @1:9\n}')
    assert 'c"no such luck\\00"' in ir
    assert f"call void @snowi_panic(ptr @text.0, i64 {(1 << 32) + 9})" in ir


def test_panic_at_the_caller() -> None:
    ir = ir_of('fn Main.f(%at: Loc) -> Int {\ne:\n panic "bad" at %at\n}')
    assert "i64 %at)" in ir


def test_equal_input_gives_equal_text() -> None:
    assert ir_of(FIB, debug=True) == ir_of(FIB, debug=True)


def test_generic_instructions_are_refused() -> None:
    with pytest.raises(ValueError, match="CallTrait"):
        ir_of("fn Main.f(%a: Int) -> Int {\ne:\n %r: Int = call_trait Add::add for Int(%a, %a)\n return %r\n}")
