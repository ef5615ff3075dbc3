"""The shape of the typed tree that lowering receives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from snowc.source.record import field_names
from snowc.types import pending, tast
from snowc.types.ty import BOOL, Con, Fn, Type, Var, prune
from tests.unit.types.support import body, check


def expr_of(text: str) -> tast.TExpr:
    """The typed form of the single expression that `f` returns."""
    checked = check(text)
    assert not checked.errors, checked.words()
    return checked.function("Main.f").body


@pytest.mark.parametrize(
    ("source", "op"),
    [
        ("1 + 2", "iadd"),
        ("1.0 / 2.0", "fdiv"),
        ("5 % 2", "irem"),
        ("1 <= 2", "ile"),
        ("1.5 >= 2.5", "fge"),
        ("true == false", "beq"),
        ("true < false", "blt"),
        ("not true", "bnot"),
        ("-x", "ineg"),
    ],
)
def test_operators_on_known_types_are_primitives(source: str, op: str) -> None:
    made = expr_of(f"fn f(x :: Int) = {source}")
    assert isinstance(made, tast.Prim)
    assert made.op == op


def test_an_operand_known_only_later_still_gives_a_primitive() -> None:
    made = expr_of("fn f() = (fn (a, b) -> a + b end)(1, 2)")
    assert isinstance(made, tast.Call)
    assert isinstance(made.fn, tast.Lambda)
    inner = made.fn.body
    assert isinstance(inner, tast.Block)
    assert isinstance(inner.stmts[0], tast.Prim)


def test_other_operands_call_the_method() -> None:
    made = expr_of('fn f() = "a" == "b"')
    assert isinstance(made, tast.Call)
    assert isinstance(made.fn, tast.TraitFn)
    assert (made.fn.trait, made.fn.method, made.fn.self_type) == ("Eq", "eq", Con("String"))


def test_comparisons_derive_from_lt_and_keep_the_order_of_evaluation() -> None:
    made = expr_of("fn f(g :: Fun() -> String) = g() > g()")
    assert isinstance(made, tast.Block)
    held, test = made.stmts
    assert isinstance(held, tast.Let)
    assert isinstance(test, tast.Call)
    assert isinstance(test.args[1], tast.LocalRef)
    negated = expr_of('fn f(a :: String) = a <= "b"')
    assert isinstance(negated, tast.Prim)
    assert negated.op == "bnot"
    assert negated.type == BOOL


def test_concatenation_of_strings_is_one_interpolation() -> None:
    made = expr_of('fn f(a :: String) = "x" <> a <> "y${1}"')
    assert isinstance(made, tast.Interp)
    assert [p if isinstance(p, str) else type(p).__name__ for p in made.parts] == ["x", "LocalRef", "y", "Call"]


def test_concatenation_of_lists_is_a_call_of_the_table() -> None:
    made = expr_of("fn f(a :: List<Int>) = a ++ [1]")
    assert isinstance(made, tast.Call)
    assert isinstance(made.fn, tast.BuiltinFn)
    assert (made.fn.key, made.fn.type_args) == ("__list_concat", [Con("Int")])


def test_interpolation_shows_all_but_strings() -> None:
    made = expr_of('fn f(a :: String, b :: Int) = "${a}${b}"')
    assert isinstance(made, tast.Interp)
    assert isinstance(made.parts[0], tast.LocalRef)
    shown = made.parts[1]
    assert isinstance(shown, tast.Call)
    assert isinstance(shown.fn, tast.TraitFn)
    assert (shown.fn.trait, shown.fn.method) == ("Show", "show")


def test_clauses_become_one_match() -> None:
    checked = check("fn f(0, _) = 1\nfn f(n, m) when n > m = 2\nfn f(_, _) = 3\n")
    decl = checked.function("Main.f")
    match = decl.body
    assert isinstance(match, tast.Match)
    assert (match.kind, len(match.arms), len(match.scrutinees)) == ("fn", 3, 2)
    assert [type(p).__name__ for p in match.arms[0].patterns] == ["PLit", "PWild"]
    assert match.arms[1].guard is not None


def test_plain_parameters_stay_parameters() -> None:
    decl = check("fn f(a, b) = a\n").function("Main.f")
    assert [p.name for p in decl.params] == ["a", "b"]
    assert isinstance(decl.body, tast.LocalRef)
    assert decl.body.local is decl.params[0]
    assert decl.type_params == ["a", "b"]


def test_alternatives_share_their_variables() -> None:
    made = expr_of("fn f(p) do\n  case p do\n    (a, 0) | (0, a) -> a\n    _ -> 1\n  end\nend")
    assert isinstance(made, tast.Block)
    match = made.stmts[0]
    assert isinstance(match, tast.Match)
    pattern = match.arms[0].patterns[0]
    assert isinstance(pattern, tast.POr)
    left, right = pattern.alternatives
    assert isinstance(left, tast.PTuple) and isinstance(right, tast.PTuple)
    assert isinstance(left.items[0], tast.PVar) and isinstance(right.items[1], tast.PVar)
    assert left.items[0].local is right.items[1].local


def test_struct_literals_keep_the_written_order_of_evaluation() -> None:
    made = expr_of("struct P do x :: Int; y :: Int end\nfn f() = P { y: 1, x: 2 }")
    assert isinstance(made, tast.Construct)
    assert made.eval_order == [1, 0]
    assert [f.value for f in made.fields if isinstance(f, tast.Lit)] == [2, 1]


def test_constructors_are_constructions() -> None:
    made = expr_of("fn f() = Some(1)")
    assert isinstance(made, tast.Construct)
    assert made.variant is not None and made.variant.name == "Some"


def test_calls_carry_their_type_arguments() -> None:
    made = expr_of("fn id(x) = x\nfn f() = id(1)")
    assert isinstance(made, tast.Call)
    assert isinstance(made.fn, tast.GlobalFn)
    assert (made.fn.name, made.fn.type_args) == ("Main.id", [Con("Int")])


def test_a_recursive_call_passes_its_own_parameters() -> None:
    checked = check("fn f(x, n) = if n == 0 do [x] else f(x, n - 1) end\n")
    decl = checked.function("Main.f")
    assert isinstance(decl.body, tast.If)
    call = decl.body.otherwise
    while isinstance(call, tast.Block):
        call = call.stmts[0]
    assert isinstance(call, tast.Call)
    assert isinstance(call.fn, tast.GlobalFn)
    assert [a.rigid for a in call.fn.type_args if isinstance(a, Var)] == decl.type_params == ["a"]


def test_overloads_of_the_table_are_chosen_by_argument_count() -> None:
    text = body(
        'Ws.serve_tls(fn (c, p, h) -> true end, fn (c, m) -> Ws.send(c, m) end, fn (c, n, r) -> () end, 1, "a", "b")'
    )
    call = check(text).function("Main.main").body
    assert isinstance(call, tast.Block)
    made = call.stmts[0]
    assert isinstance(made, tast.Call)
    assert isinstance(made.fn, tast.BuiltinFn)
    assert made.fn.key == "ws_serve_tls"
    assert isinstance(made.fn.type, Fn) and len(made.fn.type.params) == 6
    assert made.fn.type_args == [Con("Bool"), Con("Int"), Con("()")]


# ---- what must not be left ---------------------------------------------------------------------

PROGRAM = """
struct P do x :: Int; tag :: Option<String> end
type T<A> do Leaf; Node(T<A>, A, T<A>) end
interface Area do fn area(self) -> Float
  fn double(self) do self.area() * 2.0 end end
impl Area for P do fn area(self) = Int.to_float(self.x) end
let limit = 3
let nothing = []
fn insert(t, v) do
  case t do
    Leaf -> Node(Leaf, v, Leaf)
    Node(l, x, r) -> if v < x do Node(insert(l, v), x, r) else Node(l, x, insert(r, v)) end
  end
end
fn tag_of(p) = p.tag
fn main() do
  let id = fn x -> x end
  fn local(n) = if n > limit do n else local(n + 1) end
  let t = reduce([3, 1], Leaf, fn t, v -> insert(t, v) end)
  for {k, v} in %{"a" => 1} do println("${k}${v}") end
  let r = for i in 0..local(1) when i != 2 do i * i end
  while true do
    break
  end
  println("${t} ${id(1)} ${id("s")} ${r} ${tag_of(P { x: 1, tag: None })} ${P { x: 2, tag: Some("q") }.double()}")
  println("${nothing ++ [1]} ${None} ${[]}")
end
"""


def nodes(value: object) -> Iterator[object]:
    """All typed nodes and types below a value."""
    seen: set[int] = set()
    stack = [value]
    while stack:
        part = stack.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, list | tuple):
            stack += part
        elif isinstance(part, Type):
            yield part
            stack += part.args if isinstance(part, Con) else [*part.params, part.result] if isinstance(part, Fn) else []
        elif type(part).__module__ == tast.__name__ or isinstance(part, tast.TExpr):
            yield part
            stack += [getattr(part, name) for name in field_names(type(part))]


def test_no_unsolved_variable_and_no_pending_node_is_left() -> None:
    checked = check(PROGRAM)
    assert not checked.codes, checked.words()
    for module in checked.modules:
        for part in nodes([module.functions, module.consts, module.impls]):
            assert type(part).__module__ != pending.__name__, part
            if isinstance(part, Var):
                assert part.link is None and part.rigid is not None
                assert prune(part) is part


def test_function_names_are_unique() -> None:
    checked = check(PROGRAM)
    names = [d.name for m in checked.modules for d in m.functions]
    assert len(names) == len(set(names))
