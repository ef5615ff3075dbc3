"""Instances: shared by layout class where nobody looks, one per type where somebody does."""

from __future__ import annotations

import pytest

from snowc.diag.core import Sink
from snowc.mir.ir import Call, Loc, MakeClosure, Module
from snowc.mir.parse import parse_module
from snowc.mir.print import print_module
from snowc.mir.verify import verify
from snowc.passes.base import InternalFault, PassCtx
from snowc.passes.errors import InstantiationTooDeep
from snowc.passes.monomorphise import Monomorphise
from snowc.source.span import Span

PRELUDE = """
impl Display for Int { to_string = Int.show }
impl Debug for Int { inspect = Int.show }
impl<'T> Display for List<'T> { to_string = List.show }
impl<'T> Size for List<'T> { size = List.size }
impl Size for Main.Only { size = Only.size }
fn Int.show(%a: Int) -> String std { e: %r: String = extern snow_int_to_string(%a) return %r }
fn List.show<'T>(%xs: List<'T>) -> String std {
e: %i: Int = const 0
   %x: 'T = extern snow_list_get<'T>(%xs, %i)
   %r: String = call_trait Show::show for 'T(%x)
   return %r
}
fn List.size<'T>(%xs: List<'T>) -> Int std { e: %n: Int = extern snow_list_length<'T>(%xs) return %n }
fn Only.size(%x: Main.Only) -> Int { e: %n: Int = const 1 return %n }
struct Main.Only derives Debug { Only }
struct Main.Point derives Display, Debug { Point(x: Int, y: Int) }
fn id<'T>(%x: 'T) -> 'T { e: return %x }
fn twice<'T>(%x: 'T) -> 'T { e: %y: 'T = call id<'T>(%x) %z: 'T = call id<'T>(%y) return %z }
fn show<'T>(%x: 'T) -> String { e: %r: String = call_trait Show::show for 'T(%x) return %r }
fn show_both<'A, 'B>(%a: 'A, %b: 'B) -> String { e: %r: String = call show<'A>(%a) return %r }
"""


def mono(body: str, entry: str = "main") -> Module:
    module = parse_module(PRELUDE + f"entry {entry}\n" + body)
    assert verify(module) == []
    ctx = PassCtx()
    Monomorphise().run(module, ctx)
    assert not ctx.sink.has_errors
    assert verify(module, monomorphic=True) == []
    return module


def names(body: str) -> list[str]:
    return [name for name in mono(body).functions if name != "main"]


def test_only_what_is_reached_survives() -> None:
    assert names("fn main() -> Int { e: %n: Int = const 1 return %n }") == []


def test_parameters_nobody_looks_at_are_shared_by_class() -> None:
    main = """fn main(%p: Main.Point, %o: Main.Only, %n: Int, %b: Bool) -> Int {
    e: %q: Main.Point = call twice<Main.Point>(%p)
       %r: Main.Only = call twice<Main.Only>(%o)
       %m: Int = call twice<Int>(%n)
       %c: Bool = call id<Bool>(%b)
       return %m
    }"""
    assert sorted(names(main)) == ["id<Bool>", "id<Box>", "id<Int>", "twice<Box>", "twice<Int>"]


def test_a_parameter_passed_to_a_function_that_looks_is_looked_at() -> None:
    main = """fn main(%p: Main.Point, %o: Main.Only) -> String {
    e: %r: String = call show_both<Main.Point, Main.Only>(%p, %o)
       return %r
    }"""
    assert "show_both<Main.Point, Box>" in names(main)
    assert "show<Main.Point>" in names(main)


def test_instances_unify_their_head_with_the_type() -> None:
    main = """fn main(%xs: List<List<Int>>) -> String {
    e: %n: Int = call_trait Size::size for List<List<Int>>(%xs)
       %r: String = call_trait Show::show for List<List<Int>>(%xs)
       return %r
    }"""
    assert sorted(names(main)) == ["Int.show", "List.show<Int>", "List.show<List<Int>>", "List.size<Box>"]


@pytest.mark.parametrize(
    ("ty", "function"),
    [
        ("Main.Point", "Display__to_string__Main.Point"),
        ("Main.Only", "Debug__inspect__Main.Only"),
        ("Int", "Int.show"),
        ("Option<Int>", "Display__to_string__Option<Int>"),
        ("Tuple<Int, Int>", "Display__to_string__Tuple2<Int, Int>"),
    ],
)
def test_show_is_display_or_else_debug(ty: str, function: str) -> None:
    assert function in names(
        f"fn main(%x: {ty}) -> String {{ e: %r: String = call_trait Show::show for {ty}(%x) return %r }}"
    )


def test_a_generic_interface_is_chosen_by_its_arguments() -> None:
    module = mono(
        """
        impl Into<Int> for Main.Only { into = to_int }
        impl Into<String> for Main.Only { into = to_string }
        fn to_int(%o: Main.Only) -> Int { e: %n: Int = const 1 return %n }
        fn to_string(%o: Main.Only) -> String { e: %n: String = const "1" return %n }
        fn main(%o: Main.Only) -> String { e: %r: String = call_trait Into<String>::into for Main.Only(%o) return %r }
        """
    )
    assert sorted(module.functions) == ["main", "to_string"]


def test_method_values_become_closures_over_adapters() -> None:
    module = mono(
        """fn main() -> Fun(Int) -> String {
        e: %f: Fun(Int) -> String = trait_closure Show::show for Int
           return %f
        }"""
    )
    (made,) = module.functions["main"].blocks[0].instrs
    assert isinstance(made, MakeClosure) and made.callee == "Int.show$fn"
    assert module.functions["Int.show$fn"].captures == []


def test_closures_are_instantiated_with_their_captures() -> None:
    module = mono(
        """
        fn body<'T>(%n: Int) captures(%x: 'T) -> 'T { e: return %x }
        fn make<'T>(%x: 'T) -> Fun(Int) -> 'T { e: %f: Fun(Int) -> 'T = closure body<'T>[%x] return %f }
        fn main(%n: Int) -> Fun(Int) -> Int { e: %f: Fun(Int) -> Int = call make<Int>(%n) return %f }
        """
    )
    assert sorted(module.functions) == ["body<Int>", "main", "make<Int>"]


def test_constants_are_roots() -> None:
    init = "const c: Int = k fn k() -> Int { e: %n: Int = const 1 return %n }"
    assert names(init + "fn main() -> Int { e: %c: Int = constref c return %c }") == ["k"]


def test_without_an_entry_everything_not_generic_is_kept() -> None:
    module = parse_module(PRELUDE)
    Monomorphise().run(module, PassCtx())
    assert sorted(module.functions) == ["Int.show", "Only.size"]


def test_type_arguments_of_externs_become_concrete() -> None:
    module = mono("fn main(%xs: List<Main.Point>) -> Int { e: %n: Int = call List.size<Main.Point>(%xs) return %n }")
    assert "extern snow_list_length<Box>(%xs)" in print_module(module)


GROWING = """
fn grow<'T>(%x: 'T, %n: Int) -> String @0:7 {
e: %r: String = call_trait Show::show for 'T(%x)
   %y: {type} = construct 0({args})
   %s: String = call grow<{type}>(%y, %n) @0:9
   return %s
}
fn main(%n: Int) -> String { e: %r: String = call grow<Int>(%n, %n) return %r }
"""


@pytest.mark.parametrize(("ty", "args"), [("Option<'T>", "%x"), ("Tuple<'T, 'T>", "%x, %x")])
def test_ever_larger_types_end_in_a_diagnostic(ty: str, args: str) -> None:
    module = parse_module(PRELUDE + "entry main\n" + GROWING.replace("{type}", ty).replace("{args}", args))
    ctx = PassCtx(Sink(), span_of=lambda loc: Span(loc.file, loc.line, loc.line + 1))
    Monomorphise().run(module, ctx)
    (found,) = ctx.sink.items
    assert isinstance(found, InstantiationTooDeep)
    assert (found.code, found.span, found.function) == ("E0054", Span(0, 9, 10), "grow")
    assert found.chain[0] == "grow<Int>"
    assert found.message() and found.label() and found.help() and found.notes()


def test_ever_larger_types_that_nobody_looks_at_share_one_instance() -> None:
    module = mono(
        """
        fn nest<'T>(%x: 'T, %n: Int) -> Int {
        e: %y: Option<'T> = construct 0(%x)
           %r: Int = call nest<Option<'T>>(%y, %n)
           return %r
        }
        fn main(%n: Int) -> Int { e: %r: Int = call nest<Int>(%n, %n) return %r }
        """
    )
    assert sorted(module.functions) == ["main", "nest<Box>", "nest<Int>"]


def test_branching_growth_is_cut_off_at_once() -> None:
    calls = "\n".join(f"%s{i}: Int = call grow<W{i}<'T>>(%n) @0:{i}" for i in range(8))
    types = "\n".join(f"struct W{i}<'T> derives Debug {{ W(x: 'T) }}" for i in range(8))
    text = f"""{types} entry main
    fn grow<'T>(%n: Int) -> Int {{
    e: %f: Fun('T) -> String = trait_closure Debug::inspect for 'T
       {calls}
       return %n
    }}
    fn main(%n: Int) -> Int {{ e: %r: Int = call grow<Int>(%n) return %r }}"""
    module = parse_module(PRELUDE + text)
    ctx = PassCtx()
    Monomorphise().run(module, ctx)
    assert [d.code for d in ctx.sink.items] == ["E0054"]


def test_a_missing_instance_is_a_fault_of_the_compiler() -> None:
    with pytest.raises(InternalFault, match="main needs Ord::lt for Main.Only: no instance"):
        mono("fn main(%o: Main.Only) -> Bool { e: %r: Bool = call_trait Ord::lt for Main.Only(%o, %o) return %r }")


def test_calls_keep_their_places() -> None:
    module = mono(
        "fn main(%n: Int) -> String { e: %r: String = call_trait Show::show for Int(%n) @0:4 return %r }"
    )
    (call,) = module.functions["main"].blocks[0].instrs
    assert isinstance(call, Call) and call.loc == Loc(0, 4)
