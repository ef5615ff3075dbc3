"""Which functions run only a few times, and what that does to their code."""

from __future__ import annotations

from snowc.codegen.heat import Heat
from snowc.codegen.recursion import call_graph
from snowc.mir.parse import parse_module
from tests.unit.codegen.support import function_text, ir_of

SMALL = "fn small(%n: Int) -> Int {\ne:\n return %n\n}\n"


def _fn(name: str, *lines: str) -> str:
    body = "\n".join(f"%c{i}: Int = {line}" for i, line in enumerate(lines))
    return f"fn {name}(%n: Int) -> Int {{\ne:\n{body}\nreturn %n\n}}\n"


def _main(*lines: str) -> str:
    return "entry main\n" + _fn("main", *lines)


def _cold(mir: str) -> set[str]:
    module = parse_module(mir)
    return Heat(module, call_graph(module)).cold


def test_what_the_entry_calls_once_is_cold() -> None:
    assert _cold(_main("call a(%n)") + _fn("a", "call b(%n)") + _fn("b")) == {"main", "a", "b"}


def test_constants_are_computed_once() -> None:
    mir = "const k: Int = k.init\nfn k.init() -> Int {\ne:\n %z: Int = const 0\n %r: Int = call b(%z)\n return %r\n}\n"
    assert _cold(mir + _fn("b")) == {"k.init", "b"}


def test_many_calls_are_hot() -> None:
    assert _cold(_main(*["call a(%n)"] * 17) + _fn("a")) == {"main"}
    assert _cold(_main(*["call a(%n)"] * 5) + _fn("a", *["call b(%n)"] * 5) + _fn("b")) == {"main", "a"}


def test_recursion_and_what_it_calls_are_hot() -> None:
    assert _cold(_main("call a(%n)") + _fn("a", "call a(%n)", "call b(%n)") + _fn("b")) == {"main"}


def test_what_a_loop_calls_is_hot() -> None:
    loop = "%c: Bool = const true\n %r: Int = call b(%n)\n br %c, l(), out()"
    out = "out:\n %s: Int = call d(%n)\n return %n\n}\n"
    mir = f"entry main\nfn main(%n: Int) -> Int {{\ne:\n jump l()\nl:\n {loop}\n{out}"
    assert _cold(mir + _fn("b") + _fn("d")) == {"main", "d"}


def test_what_nobody_calls_by_name_is_hot() -> None:
    assert _cold(_fn("a")) == set()
    assert _cold(_main() + "fn body(%n: Int) captures() -> Int {\ne:\n return %n\n}") == {"main"}


def test_cold_code_calls_where_hot_code_writes_out() -> None:
    type_p = "struct P {\n P(s: String)\n}\n"
    make = "%p: P = construct 0(%s)\n dup %p\n drop %p\n drop %p\n %k: Int = call small(%n)"
    head = "(%n: Int, %s: String) -> Int {\ne:\n"
    cold = f"entry main\nfn main{head} {make}\n %j: Int = call hot(%n, %s)\n return %n\n}}\n"
    hot = f"fn hot{head} {make}\n %j: Int = call hot(%n, %s)\n return %n\n}}\n"
    ir = ir_of(type_p + SMALL + cold + hot)
    main, written_out = function_text(ir, "@main"), function_text(ir, "@hot")
    assert "call fastcc ptr @snow.new(ptr %.ctx, i64 0, i64 549755813889)" in main
    assert "call fastcc void @snow.dup_call(ptr %.1)" in main
    assert "call fastcc void @snow.drop_call(ptr %.ctx, ptr %.1)" in main
    assert "@small(ptr %.ctx, i64 %n) noinline" in main
    assert "call ptr @snow.alloc(ptr %.ctx, i64 0)" in written_out
    assert "call void @snow.dup(ptr %.1)" in written_out
    assert "call void @snow.drop(ptr %.ctx, ptr %.1)" in written_out
    assert "@small(ptr %.ctx, i64 %n)\n" in written_out


def test_the_loops_of_cold_code_are_hot() -> None:
    loop = "%s: String = extern snow_int_to_string(%n)\n drop %s\n %c: Bool = const true\n br %c, l(), out()"
    mir = f"entry main\nfn main(%n: Int) -> Int {{\ne:\n jump l()\nl:\n {loop}\nout:\n return %n\n}}\n"
    assert "call void @snow.drop(ptr %.ctx" in function_text(ir_of(mir), "@main")


def test_large_functions_are_not_copied_to_their_caller() -> None:
    ir = ir_of(
        _main("call big(%n)", "call little(%n)") + _fn("big", *["iadd %n, %n"] * 90) + _fn("little", "iadd %n, %n")
    )
    assert "noinline" in function_text(ir, "@big").split("\n")[0]
    assert "noinline" not in function_text(ir, "@little").split("\n")[0]
