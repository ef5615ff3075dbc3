"""Closures, local functions, and named functions as values."""

from __future__ import annotations

from snowc.mir import ir
from snowc.mir.verify import verify
from snowc.types.tast import Call, FnDecl, TExpr, TraitFn
from snowc.types.ty import INT, STRING, Con, Fn, Type, option_of
from tests.unit.lower.factories import (
    at,
    block,
    builtin,
    call,
    fn_type,
    function,
    global_fn,
    if_,
    lam,
    let,
    let_fns,
    lit,
    local,
    local_fn,
    prim,
    program,
    ref,
    rigid,
    some_fn,
)
from tests.unit.lower.machine import Machine, Obj
from tests.unit.match.factories import S


def apply_fn() -> FnDecl:
    f, x = local("f", Fn((INT,), INT)), local("x")
    return function("Main.apply", [f, x], call(ref(f), ref(x)))


def test_closures_capture_values_at_creation() -> None:
    a, x, f = local("a"), local("x"), local("f", Fn((INT,), INT))
    again = local("a")
    body = block(
        let(f, lam([x], prim("iadd", ref(x), ref(a)))),
        let(again, lit(1000)),
        call(ref(f), ref(again)),
    )
    assert Machine(program(function("Main.f", [a], body))).call("Main.f", 7) == 1007


def test_closures_inside_closures_pass_captures_on() -> None:
    a, b, c = local("a"), local("b"), local("c")
    inner = lam([c], prim("iadd", prim("iadd", ref(a), ref(b)), ref(c)))
    outer = lam([b], call(inner, lit(100)))
    module = program(function("Main.f", [a], call(outer, lit(20))))
    assert Machine(module).call("Main.f", 3) == 123
    bodies = [f for f in module.functions.values() if f.captures is not None]
    assert [f.name for f in bodies] == ["Main.f$1", "Main.f$2"]
    assert [[v.name for v in f.captures or ()] for f in bodies] == [["a.2"], ["a.2", "b.3"]]


def test_a_local_function_calls_itself_without_a_closure() -> None:
    k, n = local("k"), local("n")
    decl = function("Main.f.count", [n], lit(0))
    again = call(local_fn(decl), prim("isub", ref(n), lit(1)))
    decl.body = if_(prim("ieq", ref(n), lit(0)), ref(k), prim("iadd", again, lit(1)))
    module = program(function("Main.f", [k], block(let_fns(decl), call(local_fn(decl), lit(4)))))
    assert Machine(module).call("Main.f", 10) == 14
    kinds = [type(i) for f in module.functions.values() for b in f.blocks for i in b.instrs]
    assert ir.MakeClosure not in kinds
    assert len(module.functions["Main.f.count"].params) == 2


def test_mutually_recursive_local_functions_share_what_either_needs() -> None:
    yes, no, n, m = local("yes"), local("no"), local("n"), local("m")
    even, odd = function("Main.f.even", [n], lit(0)), function("Main.f.odd", [m], lit(0))
    even.body = if_(prim("ieq", ref(n), lit(0)), ref(yes), call(local_fn(odd), prim("isub", ref(n), lit(1))))
    odd.body = if_(prim("ieq", ref(m), lit(0)), ref(no), call(local_fn(even), prim("isub", ref(m), lit(1))))
    use = call(local_fn(even), lit(7))
    module = program(function("Main.f", [yes, no], block(let_fns(even, odd), use)))
    assert Machine(module).call("Main.f", 1, 2) == 2


def test_a_local_function_may_be_used_before_its_declaration_and_as_a_value() -> None:
    k, x = local("k"), local("x")
    apply = apply_fn()
    add = function("Main.f.add", [x], prim("iadd", ref(x), ref(k)))
    body = block(
        let(local("early"), call(local_fn(add), lit(1))), let_fns(add), call(global_fn(apply), local_fn(add), lit(5))
    )
    assert Machine(program(apply, function("Main.f", [k], body))).call("Main.f", 30) == 35


def test_a_local_function_that_passes_itself_on_makes_no_cycle() -> None:
    n = local("n")
    apply = apply_fn()
    decl = function("Main.f.down", [n], lit(0))
    again = call(global_fn(apply), local_fn(decl), prim("isub", ref(n), lit(1)))
    decl.body = if_(prim("ieq", ref(n), lit(0)), lit(0), prim("iadd", again, lit(2)))
    module = program(apply, function("Main.f", [], block(let_fns(decl), call(local_fn(decl), lit(3)))))
    assert Machine(module).call("Main.f") == 6
    assert sum(f.captures is not None for f in module.functions.values()) == 1


def test_a_closure_that_calls_a_local_function_captures_what_it_needs() -> None:
    k, x, y = local("k"), local("x"), local("y")
    add = function("Main.f.add", [x], prim("iadd", ref(x), ref(k)))
    closure = lam([y], call(local_fn(add), ref(y)))
    module = program(function("Main.f", [k], block(let_fns(add), call(closure, lit(2)))))
    assert Machine(module).call("Main.f", 40) == 42


def test_closures_that_recurse_through_their_function_capture_only_outer_variables() -> None:
    # `down` binds `half` and its closure calls `down`: `half` is captured, but not by `down`.
    n, half, y = local("n"), local("half"), local("y")
    decl = function("Main.f.down", [n], lit(0))
    closure = lam([y], call(local_fn(decl), prim("iadd", ref(half), ref(y))))
    step = block(let(half, prim("idiv", ref(n), lit(2))), call(closure, lit(0)))
    decl.body = if_(prim("ieq", ref(n), lit(0)), lit(99), step)
    module = program(function("Main.f", [], block(let_fns(decl), call(local_fn(decl), lit(8)))))
    assert Machine(module).call("Main.f") == 99
    assert len(module.functions["Main.f.down"].params) == 1


def test_adapters_are_made_once_per_function() -> None:
    x = local("x")
    apply, double = apply_fn(), function("Main.double", [x], prim("iadd", ref(x), ref(x)))
    twice = block(call(global_fn(apply), global_fn(double), lit(1)), call(global_fn(apply), global_fn(double), lit(4)))
    module = program(apply, double, function("Main.f", [], twice))
    assert Machine(module).call("Main.f") == 8
    assert [n for n in module.functions if n.startswith("Main.double")] == ["Main.double", "Main.double$1"]


def test_adapters_of_library_functions_blame_the_line_that_mentions_them() -> None:
    x = local("x")
    checked = function("Std.checked", [x], ref(x))
    mentions: list[TExpr] = []
    for line in (3, 5):
        mention = global_fn(checked)
        mention.span = at(line)
        mentions.append(call(global_fn(apply_fn()), mention, lit(1)))
    module = program(apply_fn(), function("Main.f", [], block(*mentions)), std=[checked])
    adapters = [f for f in module.functions.values() if f.captures is not None]
    assert [f.blocks[0].instrs[0].loc.line for f in adapters] == [3, 5]


def test_constructors_and_table_functions_are_values() -> None:
    s = local("s", STRING)
    length = builtin("string_length", [STRING], INT)
    body = call(some_fn(INT), call(length, ref(s)))
    direct = function("Main.direct", [s], body)
    f, g = local("f", Fn((STRING,), INT)), local("g", Fn((INT,), option_of(INT)))
    through = function("Main.through", [f, g, s], call(ref(g), call(ref(f), ref(s))))
    use = call(global_fn(through), length, some_fn(INT), ref(s))
    machine = Machine(program(direct, through, function("Main.f", [s], use)))
    assert machine.call("Main.direct", "four") == machine.call("Main.f", "four") == Obj(0, (4,))


def test_generic_code_keeps_its_type_parameters_in_lifted_functions() -> None:
    t = rigid("T")
    x, y = local("x", t), local("y", t)
    pick = function("Main.f.pick", [y], ref(x))
    f = function("Main.f", [x], block(let_fns(pick), call(lam([], call(local_fn(pick), ref(x))))), type_params=["T"])
    identity = function("Main.id", [y], ref(y), type_params=["T"])
    use = call(global_fn_at(identity, INT), lit(1))
    module = program(f, identity, function("Main.g", [], block(use, global_fn_at(identity, STRING))))
    assert verify(module) == []
    assert all(fn.type_params == ["T"] for name, fn in module.functions.items() if name.startswith("Main.f"))
    [made] = [i for i in module.functions["Main.g"].blocks[0].instrs if isinstance(i, ir.MakeClosure)]
    assert [str(a) for a in made.type_args] == ["String"]


def global_fn_at(decl: FnDecl, ty: Type) -> TExpr:
    """A function of one type parameter, used at `ty`."""
    use = global_fn(decl, ty)
    use.type = Fn((ty,), ty)
    return use


def test_methods_of_type_parameters_are_left_to_monomorphisation() -> None:
    t = rigid("T")
    x = local("x", t)
    show = TraitFn(S, Fn((t,), STRING), "Show", [], "show", t, [])
    called = function("Main.called", [x], Call(S, STRING, show, [ref(x)]), type_params=["T"])
    value = function("Main.value", [], show, type_params=["T"])
    module = program(called, value)
    [call_trait] = module.functions["Main.called"].blocks[0].instrs
    [closure] = module.functions["Main.value"].blocks[0].instrs
    assert isinstance(call_trait, ir.CallTrait) and str(call_trait.self_type) == "'T"
    assert isinstance(closure, ir.MakeTraitClosure) and closure.method == "show"
    assert fn_type(value).result == show.type and isinstance(Con("Int"), Con)
