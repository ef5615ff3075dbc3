"""`while` and `for`, with breaks, and the lists they collect."""

from __future__ import annotations

import pytest

from snowc.mir import ir
from snowc.types.tast import (
    Break,
    Construct,
    Continue,
    FieldGet,
    FnDecl,
    For,
    Interp,
    Let,
    Local,
    MapLit,
    PWild,
    RangeLit,
    Return,
    TExpr,
    While,
)
from snowc.types.ty import (
    INT,
    NEVER,
    STRING,
    UNIT,
    Con,
    FieldInfo,
    Gen,
    Type,
    TypeInfo,
    VariantInfo,
    list_of,
    map_of,
    tuple_of,
)
from tests.unit.lower.factories import (
    block,
    builtin,
    call,
    function,
    if_,
    lit,
    local,
    prim,
    println,
    program,
    ref,
    rigid,
)
from tests.unit.lower.machine import Machine, Obj
from tests.unit.match.factories import S

BREAK, CONTINUE = Break(S, NEVER), Continue(S, NEVER)
RANGE_INFO = TypeInfo("Range", (), True, (VariantInfo("Range", 0, (FieldInfo("low", INT), FieldInfo("high", INT))),))


def loop(binders: list[Local], iterable: TExpr, body: TExpr, kind: str = "range", guard: TExpr | None = None) -> For:
    return For(S, list_of(body.type if body.type != NEVER else UNIT), kind, binders, iterable, guard, body)


def up_to(high: TExpr) -> RangeLit:
    return RangeLit(S, Con("Range"), lit(0), high)


def text_of(n: TExpr) -> TExpr:
    return call(builtin("__int_to_string", [INT], STRING), n)


def test_a_for_collects_the_values_of_its_body() -> None:
    i, n = local("i"), local("n")
    module = program(function("Main.f", [n], loop([i], up_to(ref(n)), prim("imul", ref(i), ref(i)))))
    machine = Machine(module)
    assert [machine.call("Main.f", k) for k in (0, -3, 4)] == [(), (), (0, 1, 4, 9)]


def test_a_literal_range_and_an_unused_loop_allocate_nothing() -> None:
    i, n = local("i"), local("n")
    body = block(loop([i], up_to(ref(n)), println(text_of(ref(i)))), lit(None))
    module = program(function("Main.f", [n], body))
    machine = Machine(module)
    machine.call("Main.f", 3)
    assert machine.log == ["0", "1", "2"]
    instrs = [i for b in module.functions["Main.f"].blocks for i in b.instrs]
    assert not any(isinstance(i, ir.Construct) or "list" in getattr(i, "symbol", "") for i in instrs)


def test_guards_skip_and_break_and_continue_keep_what_was_collected() -> None:
    i = local("i")
    stop = if_(prim("ieq", ref(i), lit(7)), block(BREAK))
    skip = if_(prim("ieq", ref(i), lit(3)), block(CONTINUE))
    odd = prim("ieq", prim("irem", ref(i), lit(2)), lit(1))
    body = block(stop, skip, prim("imul", ref(i), lit(10)))
    machine = Machine(program(function("Main.f", [], loop([i], up_to(lit(100)), body, guard=odd))))
    assert machine.call("Main.f") == (10, 50)


def test_nested_loops_break_the_inner_one() -> None:
    r, c = local("r"), local("c")
    inner = loop([c], up_to(lit(5)), block(if_(prim("ilt", ref(r), ref(c)), block(BREAK)), ref(c)))
    machine = Machine(program(function("Main.f", [], loop([r], up_to(lit(3)), inner))))
    assert machine.call("Main.f") == ((0,), (0, 1), (0, 1, 2))


def test_return_leaves_a_loop_and_its_function() -> None:
    i, n = local("i"), local("n")
    body = if_(prim("ieq", ref(i), ref(n)), block(Return(S, NEVER, ref(i))))
    decl = function("Main.f", [n], block(loop([i], up_to(lit(10)), body), lit(-1)))
    machine = Machine(program(decl))
    assert [machine.call("Main.f", k) for k in (4, 40)] == [4, -1]


def test_lists_and_lists_of_pairs_are_walked_in_order() -> None:
    x, a, b = local("x"), local("a"), local("b")
    xs, ps = local("xs", list_of(INT)), local("ps", list_of(tuple_of(INT, INT)))
    plain = function("Main.plain", [xs], loop([x], ref(xs), prim("iadd", ref(x), lit(1)), "list"))
    pairs = function("Main.pairs", [ps], loop([a, b], ref(ps), prim("isub", ref(a), ref(b)), "list"))
    machine = Machine(program(plain, pairs))
    assert machine.call("Main.plain", (4, 5)) == (5, 6)
    assert machine.call("Main.pairs", (Obj(0, (9, 4)), Obj(0, (1, 2)))) == (5, -1)


def test_a_range_value_is_read_by_its_bounds() -> None:
    i, r = local("i"), local("r", Con("Range"))
    walk = function("Main.walk", [r], loop([i], ref(r), ref(i)))
    make = function("Main.make", [], up_to(lit(4)))
    machine = Machine(program(walk, make, types=[RANGE_INFO]))
    assert machine.call("Main.walk", machine.call("Main.make")) == (0, 1, 2, 3)


def std_maps() -> tuple[list[FnDecl], list[TypeInfo]]:
    """A library `Map` of two parallel lists that never looks for equal keys."""
    k, v = rigid("K"), rigid("V")
    ty = map_of(k, v)
    keys, values = list_of(k), list_of(v)
    info = TypeInfo("Map", ("K", "V"), True, ())
    m, key, value = local("m", ty), local("key", k), local("value", v)

    def field(index: int, ty: Type) -> TExpr:
        return FieldGet(S, ty, ref(m), index)

    def made(left: TExpr, right: TExpr) -> TExpr:
        return Construct(S, ty, info, VariantInfo("Map", 0, ()), [left, right])

    def list_call(builtin_key: str, result: Type, *args: TExpr) -> TExpr:
        return call(builtin(builtin_key, [a.type for a in args], result), *args)

    info.variants = (VariantInfo("Map", 0, (FieldInfo("ks", list_of(Gen(0))), FieldInfo("vs", list_of(Gen(1))))),)
    both = ["K", "V"]
    new = function("Map.new", [], made(list_call("__list_new", keys), list_call("__list_new", values)), ty, both)
    put_body = made(
        list_call("__list_push", keys, field(0, keys), ref(key)),
        list_call("__list_push", values, field(1, values), ref(value)),
    )
    put = function("Map.put", [m, key, value], put_body, ty, both)
    get_keys = function("Map.keys", [m], field(0, keys), keys, both)
    get_values = function("Map.values", [m], field(1, values), values, both)
    return [new, put, get_keys, get_values], [info]


def test_map_literals_and_loops_go_through_the_library() -> None:
    std, types = std_maps()
    k, v = local("k", STRING), local("v")
    ty = map_of(STRING, INT)
    entries: list[tuple[TExpr, TExpr]] = [(lit("a"), lit(1)), (lit("b"), lit(2))]
    literal = MapLit(S, ty, entries)
    both = loop([k, v], literal, Interp(S, STRING, [ref(k), "=", text_of(ref(v))]), "map")
    only = loop([k], literal, ref(k), "map")
    machine = Machine(program(function("Main.both", [], both), function("Main.only", [], only), std=std, types=types))
    assert machine.call("Main.both") == ("a=1", "b=2")
    assert machine.call("Main.only") == ("a", "b")


def test_while_tests_before_each_turn_and_breaks() -> None:
    c = local("c", Con("Bool"))
    body = block(println(lit("turn")), BREAK)
    decl = function("Main.f", [c], block(While(S, UNIT, ref(c), body), lit(3)))
    machine = Machine(program(decl))
    assert [machine.call("Main.f", False), machine.call("Main.f", True)] == [3, 3]
    assert machine.log == ["turn"]


def test_an_endless_while_has_no_way_out() -> None:
    module = program(function("Main.f", [], While(S, UNIT, lit(True), println(lit("x")))))
    assert not any(isinstance(b.term, ir.Return) for b in module.functions["Main.f"].blocks)


def test_a_loop_whose_value_is_bound_to_nothing_still_has_one() -> None:
    i = local("i")
    value = loop([i], up_to(lit(2)), ref(i))
    decl = function("Main.f", [], Let(S, value.type, PWild(S, value.type), value))
    assert Machine(program(decl)).call("Main.f") == (0, 1)


@pytest.mark.parametrize("jump", [BREAK, CONTINUE])
def test_a_body_that_always_jumps_collects_nothing(jump: TExpr) -> None:
    i = local("i")
    decl = function("Main.f", [], loop([i], up_to(lit(3)), block(jump, ty=NEVER)))
    assert Machine(program(decl)).call("Main.f") == ()
