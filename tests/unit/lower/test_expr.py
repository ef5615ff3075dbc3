"""Evaluation order, control, operators and tail position, by running the lowered code."""

from __future__ import annotations

import pytest

from snowc.mir import ir
from snowc.types.tast import (
    And,
    Construct,
    FieldGet,
    Interp,
    Let,
    ListLit,
    Or,
    PTuple,
    Return,
    Try,
)
from snowc.types.ty import BOOL, INT, NEVER, STRING, UNIT, Con, Fn, list_of, option_of, tuple_of
from tests.unit.lower.factories import (
    at,
    block,
    builtin,
    call,
    fn_type,
    function,
    global_fn,
    if_,
    let,
    lit,
    local,
    prim,
    program,
    ref,
    say,
)
from tests.unit.lower.machine import Machine, Obj, Panicked
from tests.unit.match.factories import OPTION, S, var, wild


def test_operands_arguments_and_elements_are_evaluated_from_left_to_right() -> None:
    a, b = local("a"), local("b")
    add = function("Main.add", [a, b], prim("iadd", ref(a), ref(b)))
    spoken = [say(str(i), lit(i)) for i in range(8)]
    body = block(
        call(global_fn(add), spoken[0], spoken[1]),
        prim("imul", spoken[2], spoken[3]),
        ListLit(S, list_of(INT), [spoken[4], spoken[5]]),
        Construct(S, tuple_of(INT, INT), None, None, [spoken[6], spoken[7]]),
    )
    machine = Machine(program(add, function("Main.main", [], body)))
    assert machine.call("Main.main") == Obj(0, (6, 7))
    assert machine.log == list("01234567")


def test_struct_literals_are_evaluated_as_written() -> None:
    fields = [say("a", lit(1)), say("b", lit(2))]
    made = Construct(S, tuple_of(INT, INT), None, None, list(fields), eval_order=[1, 0])
    machine = Machine(program(function("Main.f", [], made)))
    assert machine.call("Main.f") == Obj(0, (1, 2))
    assert machine.log == ["b", "a"]


@pytest.mark.parametrize(("left", "right"), [(a, b) for a in (False, True) for b in (False, True)])
def test_short_circuit_operators_skip_the_right_operand(left: bool, right: bool) -> None:
    def operands() -> list[object]:
        return [say("l", lit(left)), say("r", lit(right))]

    both = function("Main.both", [], And(S, BOOL, *operands()))  # type: ignore[arg-type]
    either = function("Main.either", [], Or(S, BOOL, *operands()))  # type: ignore[arg-type]
    machine = Machine(program(both, either))
    assert machine.call("Main.both") is (left and right)
    assert machine.log == (["l", "r"] if left else ["l"])
    machine.log.clear()
    assert machine.call("Main.either") is (left or right)
    assert machine.log == (["l"] if left else ["l", "r"])


def test_conditions_branch_without_making_a_bool() -> None:
    a, b = local("a", BOOL), local("b", BOOL)
    cond = And(S, BOOL, ref(a), prim("bnot", Or(S, BOOL, ref(b), lit(False))))
    decl = function("Main.f", [a, b], if_(cond, lit(1), lit(2)))
    module = program(decl)
    assert not any(isinstance(i, ir.Prim) for bl in module.functions["Main.f"].blocks for i in bl.instrs)
    machine = Machine(module)
    values = {(x, y): machine.call("Main.f", x, y) for x in (False, True) for y in (False, True)}
    assert values == {(False, False): 2, (False, True): 2, (True, False): 1, (True, True): 2}


def test_if_meets_in_a_join_and_without_else_it_is_unit() -> None:
    c = local("c", BOOL)
    meets = function("Main.meets", [c], prim("iadd", if_(ref(c), lit(1), lit(2)), lit(10)))
    drops = function("Main.drops", [c], block(if_(ref(c), say("yes", lit(1)))))
    machine = Machine(program(meets, drops))
    assert [machine.call("Main.meets", v) for v in (True, False)] == [11, 12]
    assert [machine.call("Main.drops", v) for v in (True, False)] == [None, None]
    assert machine.log == ["yes"]


def test_a_block_that_ends_in_let_has_its_value() -> None:
    x = local("x")
    machine = Machine(program(function("Main.f", [], block(let(x, lit(7))))))
    assert machine.call("Main.f") == 7


def test_let_takes_tuples_apart() -> None:
    a, b = var("a"), var("b")
    inner = PTuple(S, tuple_of(INT, INT), [b, wild()])
    pattern = PTuple(S, tuple_of(INT, tuple_of(INT, INT)), [a, inner])
    pair = Construct(S, inner.type, None, None, [lit(2), lit(3)])
    value = Construct(S, pattern.type, None, None, [lit(1), pair])
    body = block(Let(S, value.type, pattern, value), prim("isub", ref(a.local), ref(b.local)))
    assert Machine(program(function("Main.f", [], body))).call("Main.f") == -1


def test_division_by_zero_panics_at_its_line() -> None:
    a, b = local("a"), local("b")
    decl = function("Main.f", [a, b], prim("idiv", ref(a), ref(b), span=at(7)))
    machine = Machine(program(decl))
    assert machine.call("Main.f", 7, 2) == 3
    with pytest.raises(Panicked) as panic:
        machine.call("Main.f", 7, 0)
    assert panic.value.args == ("division by zero", 7)


def test_division_by_a_literal_needs_no_test() -> None:
    a = local("a")
    module = program(function("Main.f", [a], prim("irem", ref(a), lit(10))))
    assert len(module.functions["Main.f"].blocks) == 1


def test_return_leaves_from_the_middle_and_what_follows_is_not_lowered() -> None:
    c = local("c", BOOL)
    early = if_(ref(c), block(Return(S, NEVER, lit(1)), say("never", lit(0)), ty=NEVER))
    decl = function("Main.f", [c], block(early, lit(2)))
    machine = Machine(program(decl))
    assert [machine.call("Main.f", v) for v in (True, False)] == [1, 2]
    assert machine.log == []


def test_a_value_that_never_comes_ends_its_way() -> None:
    c = local("c", BOOL)
    value = prim("iadd", lit(1), if_(ref(c), lit(2), block(Return(S, NEVER, lit(9)), ty=INT)))
    machine = Machine(program(function("Main.f", [c], value)))
    assert [machine.call("Main.f", v) for v in (True, False)] == [3, 9]


def test_try_on_an_option_returns_none() -> None:
    o = local("o", option_of(INT))
    body = Construct(
        S,
        option_of(INT),
        OPTION,
        OPTION.variants[0],
        [prim("iadd", Try(S, INT, "option", ref(o), option_of(INT)), lit(1))],
    )
    machine = Machine(program(function("Main.f", [o], body)))
    assert machine.call("Main.f", Obj(0, (4,))) == Obj(0, (5,))
    assert machine.call("Main.f", Obj(1, ())) == Obj(1, ())


def test_try_with_another_result_type_builds_the_failure_anew() -> None:
    o = local("o", option_of(INT))
    text = block(Try(S, INT, "option", ref(o), option_of(STRING)), lit("x"))
    made = Construct(S, option_of(STRING), OPTION, OPTION.variants[0], [text])
    machine = Machine(program(function("Main.f", [o], made)))
    assert machine.call("Main.f", Obj(1, ())) == Obj(1, ())
    assert machine.call("Main.f", Obj(0, (1,))) == Obj(0, ("x",))


def test_interpolation_concatenates_from_the_first_part() -> None:
    n = local("n", STRING)
    empty = function("Main.empty", [], Interp(S, STRING, []))
    text = function("Main.text", [n], Interp(S, STRING, ["a", "", "b", ref(n), ref(n), "c"]))
    module = program(empty, text)
    machine = Machine(module)
    assert machine.call("Main.empty") == ""
    assert machine.call("Main.text", "-") == "ab--c"
    calls = [i for bl in module.functions["Main.text"].blocks for i in bl.instrs if isinstance(i, ir.CallExtern)]
    assert [c.symbol for c in calls] == ["snow_string_concat"] * 3


def test_fields_are_projected() -> None:
    p = local("p", tuple_of(INT, STRING))
    machine = Machine(program(function("Main.f", [p], FieldGet(S, STRING, ref(p), 1))))
    assert machine.call("Main.f", Obj(0, (1, "b"))) == "b"


def test_a_call_in_tail_position_is_followed_by_its_return() -> None:
    n = local("n")
    decl = function("Main.f", [n], lit(0))
    again = call(global_fn(decl), prim("isub", ref(n), lit(1)))
    decl.body = block(let(local("x"), lit(1)), if_(prim("ieq", ref(n), lit(0)), lit(0), block(again)))
    module = program(decl)
    assert _tail_calls(module, "Main.f") == ["Main.f"]


def test_a_unit_call_in_an_if_without_else_is_a_tail_call() -> None:
    n = local("n")
    decl = function("Main.f", [n], lit(None))
    decl.body = if_(prim("ilt", lit(0), ref(n)), call(global_fn(decl), prim("isub", ref(n), lit(1))))
    assert _tail_calls(program(decl), "Main.f") == ["Main.f"]


def _tail_calls(module: ir.Module, name: str) -> list[str]:
    """Callees of calls whose value the same block returns at once."""
    found = []
    for blk in module.functions[name].blocks:
        last = blk.instrs[-1] if blk.instrs else None
        if isinstance(last, ir.Call) and isinstance(blk.term, ir.Return) and blk.term.value is last.dest:
            found.append(last.callee)
    return found


def test_after_a_call_that_does_not_return_nothing_follows() -> None:
    panic = call(builtin("__panic", [STRING], NEVER), lit("no"))
    module = program(function("Main.f", [], prim("iadd", panic, say("never", lit(1)))))
    [entry] = module.functions["Main.f"].blocks
    assert isinstance(entry.term, ir.Unreachable)


def test_a_main_with_a_value_is_started_by_one_that_drops_it() -> None:
    module = program(function("Main.main", [], lit(3)))
    assert module.entry == "Main.main$start"
    assert Machine(module).call("Main.main$start") is None
    assert program(function("Main.main", [], lit(None))).entry == "Main.main"


def test_long_blocks_and_deep_else_if_chains_are_lowered_without_recursion() -> None:
    n = local("n")
    chain = block(lit(-1))
    decl_body = chain
    for i in reversed(range(3_000)):
        decl_body = if_(prim("ieq", ref(n), lit(i)), block(lit(i)), decl_body)  # type: ignore[assignment]
    body = block(*(prim("iadd", ref(n), lit(i)) for i in range(5_000)), decl_body)
    module = program(function("Main.f", [n], body))
    assert Machine(module).call("Main.f", 2_999) == 2_999


def test_every_instruction_carries_the_line_of_its_construct() -> None:
    a = local("a")
    helper = function("Main.g", [a], ref(a))
    fn = global_fn(helper)
    fn.span = at(4)
    body = prim("iadd", call(fn, lit(1, at(5)), span=at(3)), lit(2, at(6)), span=at(2))
    module = program(helper, function("Main.f", [], body))
    lines = {
        type(i).__name__ + str(getattr(i, "value", "")): i.loc.line for i in module.functions["Main.f"].blocks[0].instrs
    }
    assert lines == {"Const1": 5, "Call": 4, "Const2": 6, "Prim": 2}
    assert module.files == ["main.snow"]


def test_function_types_are_carried_over() -> None:
    f = local("f", Fn((INT,), Con("List", (UNIT,))))
    decl = function("Main.apply", [f], call(ref(f), lit(1)))
    module = program(decl)
    assert str(module.functions["Main.apply"].params[0].type) == "Fun(Int) -> List<()>"
    assert fn_type(decl).result == Con("List", (UNIT,))
