"""Objects that are taken apart give their parts and their cell away when nobody else holds them."""

from __future__ import annotations

from snowc.codegen.layout import Layouts
from snowc.codegen.unpack import Plan, Planner
from snowc.mir.ir import Construct, Drop, Dup
from snowc.mir.parse import parse_module
from tests.unit.codegen.support import function_text, ir_of

TYPES = """
struct P { P(x: Int, y: Int) }
struct Q { Q(p: P, n: Int) }
struct Wide { Wide(a: P, b: P, c: P, d: P, e: P) }
type Tree { Leaf Node(Tree, Int, Tree) }
type Flat { None One(Int) Other(Float) }
type Uneven { Short(Int) Long(Int, Int, Int) }
fn look(borrow %p: P) -> Int { e: %n: Int = project %p, 0, 0 return %n }
"""
TAKE = "%l: Tree = project %t, 1, 0 dup %l %n: Int = project %t, 1, 1 %r: Tree = project %t, 1, 2 dup %r drop %t "


def _plan(params: str, body: str, result: str = "Int") -> Plan:
    module = parse_module(f"{TYPES} fn f({params}) -> {result} {{ e: {body} }}")
    return Planner(Layouts(module)).plan(module.functions["f"].blocks[0])


def _drops(plan: Plan) -> list[tuple[str, list[str], list[int], bool]]:
    return [
        (drop.value.name, [part.name for part in unpacking.kept], unpacking.dropped, unpacking.is_reused)
        for drop, unpacking in plan.unpackings.items()
        if isinstance(drop, Drop)
    ]


def test_parts_inherit_the_units_of_the_object() -> None:
    plan = _plan("%t: Tree", TAKE + "drop %l drop %r return %n")
    assert _drops(plan) == [("t", ["l", "r"], [], False)]
    assert sorted(dup.value.name for dup in plan.fused if isinstance(dup, Dup)) == ["l", "r"]


def test_the_cell_serves_the_next_construction_of_its_size() -> None:
    plan = _plan("%t: Tree", TAKE + "%s: Tree = construct 1(%r, %n, %l) return %s", "Tree")
    assert _drops(plan) == [("t", ["l", "r"], [], True)]
    ((made, drop),) = plan.sources.items()
    assert isinstance(made, Construct) and drop in plan.unpackings


def test_a_cell_serves_once_and_only_for_its_size() -> None:
    body = (
        "drop %p %a: P = construct 0(%n, %n) %b: P = construct 0(%n, %n) %t: Tree = construct 1(%l, %n, %l) return %n"
    )
    plan = _plan("%p: P, %n: Int, %l: Tree", body)
    assert [made.dest.name for made in plan.sources if made.dest is not None] == ["a"]


def test_parts_that_nobody_takes_are_dropped() -> None:
    body = "%l: Tree = project %t, 1, 0 dup %l drop %t drop %l %n: Int = const 0 return %n"
    assert _drops(_plan("%t: Tree", body)) == [("t", ["l"], [2], False)]


def test_objects_without_counted_parts_only_free_their_cell() -> None:
    assert _drops(_plan("%p: P, %n: Int", "drop %p return %n")) == [("p", [], [], False)]
    assert _drops(_plan("%f: Flat, %n: Int", "drop %f return %n")) == [("f", [], [], False)]


def test_what_is_not_known_or_brings_nothing_is_left_to_the_core() -> None:
    for params in ("%t: Tree", "%s: String", "%u: Uneven", "%q: Q", "%w: Wide", "%b: Box", "%l: List<Int>"):
        value = params.split(":")[0]
        plan = _plan(f"{params}, %n: Int", f"drop {value} return %n")
        assert not plan.unpackings and not plan.fused, params


def test_units_made_before_something_that_may_look_stay_where_they_are() -> None:
    body = "%p: P = project %q, 0, 0 dup %p %n: Int = call look(%p) drop %q drop %p return %n"
    plan = _plan("%q: Q", body)
    assert not plan.fused and [name for name, *_ in _drops(plan)] == ["p"]


def test_a_part_taken_twice_keeps_one_unit_of_its_own() -> None:
    body = "%p: P = project %q, 0, 0 dup %p dup %p drop %q drop %p drop %p %n: Int = const 0 return %n"
    plan = _plan("%q: Q", body)
    assert len(plan.fused) == 1


def test_code_of_an_unpacking() -> None:
    body = TAKE + "%s: Tree = construct 1(%r, %n, %l) return %s"
    text = function_text(ir_of(f"{TYPES} fn f(%t: Tree) -> Tree {{ e: {body} }}"), "@f")
    own, shared = text.index("\nO."), text.index("\nS.")
    assert "dup" not in text[:shared] and text[shared:].count("call void @snow.dup(") == 2
    assert "store i64 0, ptr %t" in text[own:shared]
    assert "phi ptr [ %t, %O." in text
    assert text.count("call ptr @snow.alloc(") == 1


def test_cold_code_is_left_as_it_is() -> None:
    ir = ir_of(f"{TYPES} entry main fn main(%p: P) -> Int {{ e: drop %p %n: Int = const 0 return %n }}")
    assert "@snow.drop_call(" in function_text(ir, "@main")
