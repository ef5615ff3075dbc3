"""Inferred types of functions: generalisation, dependency groups, clauses, closures."""

from __future__ import annotations

import pytest

from tests.unit.types.support import body, check, type_of, types

SCHEMES = [
    ("fn f(a, b) do a + b end", "('a, 'a) -> 'a where 'a: Add"),
    ("fn f(x) = x", "('a) -> 'a"),
    ("fn f(x, y) = (y, x)", "('a, 'b) -> ('b, 'a)"),
    ("fn f(a, 0) = a\nfn f(a, b) = f(b, a % b)", "(Int, Int) -> Int"),
    ("fn f((a, b)) = (b, a)", "(('a, 'b)) -> ('b, 'a)"),
    ('fn f(x) = "${x}"', "('a) -> String where 'a: Show"),
    ("fn f(a, b) = a == b and a < b", "('a, 'a) -> Bool where 'a: Eq, 'a: Ord"),
    ("fn f(a, b) = a <> b", "(String, String) -> String"),
    ("fn f(xs) = xs ++ [1]", "(List<Int>) -> List<Int>"),
    ("fn f(g, x) = g(g(x))", "(('a) -> 'a, 'a) -> 'a"),
    ("fn f(g, h) do\n  fn (x) -> h(g(x)) end\nend", "(('a) -> 'b, ('b) -> 'c) -> ('a) -> 'c"),
    ("fn f(a) = fn b -> a + b end", "('a) -> ('a) -> 'a where 'a: Add"),
    ('fn f(n) when n > 0 = "p"\nfn f(_) = "n"', "(Int) -> String"),
    ("fn f(c, x) do\n  if c do return x end\n  x\nend", "(Bool, 'a) -> 'a"),
    ("fn f(o, d) = case o do Some(x) -> x\nNone -> d end", "(Option<'a>, 'a) -> 'a"),
    ("fn f(xs) = for x in xs do (x, 1) end", "(List<'a>) -> List<('a, Int)>"),
    ('fn f(n) = for i in 0..n when i > 1 do "${i}" end', "(Int) -> List<String>"),
    ('fn f(m) = for {k, v} in Map.put(m, 1, "x") do v end', "(Map<Int, String>) -> List<String>"),
    ("fn f(r) do\n  let x = r?\n  Ok(x + 1)\nend", "(Result<Int, 'a>) -> Result<Int, 'a>"),
    ("fn f(xs, i) = xs[i]", "('a, 'b) -> 'c where 'a.[](): ('a, 'b) -> 'c"),
    ("fn f(xs, i) = xs[i + 1]", "(List<'a>, Int) -> 'a"),
    ("fn f<T>(a :: T, b :: T) -> T where T: Ord = if a < b do b else a end", "('a, 'a) -> 'a where 'a: Ord"),
    ("fn f<T>(xs :: List<T>) -> Int = List.length(xs)", "(List<'a>) -> Int"),
    ("fn f(xs :: List) = xs", "(List<'a>) -> List<'a>"),
    ("fn f(x :: Int?, y :: Int!String) -> (Int, ())! Bool = Err(true)", None),
    ("type P<T> = (T, T)\nfn f(p :: P<Int>) -> P<Int> = p", "((Int, Int)) -> (Int, Int)"),
    ("fn f() do end", "() -> ()"),
    ("fn f(x) do\n  let y = x\nend", "('a) -> 'a"),
    ("fn f(x) do\n  if x do 1 end\nend", "(Bool) -> ()"),
    ("fn f(t :: Tuple) = t", "('a) -> 'a where 'a: Tuple"),
]


@pytest.mark.parametrize(("text", "expected"), SCHEMES, ids=[text for text, _ in SCHEMES])
def test_inferred_type(text: str, expected: str | None) -> None:
    if expected is None:
        expected = "(Option<Int>, Result<Int, String>) -> Result<(Int, ()), Bool>"
    assert type_of(text) == expected


def test_functions_are_seen_before_their_declaration() -> None:
    found = types("fn f(x) = g(x, 1)\nfn g(a, b) = (a, b)\n")
    assert found == {"f": "('a) -> ('a, Int)", "g": "('a, 'b) -> ('a, 'b)"}


def test_mutual_recursion_is_one_group() -> None:
    found = types("fn even(0) = true\nfn even(n) = odd(n - 1)\nfn odd(0) = false\nfn odd(n) = even(n - 1)\n")
    assert found == {"even": "(Int) -> Bool", "odd": "(Int) -> Bool"}


def test_a_complete_declaration_is_polymorphic_in_its_own_group() -> None:
    text = 'fn f<T>(n :: Int, x :: T) -> String = if n == 0 do "${x}" else f(n - 1, (x, x)) end\n'
    assert type_of(text) == "(Int, 'a) -> String where 'a: Show"


def test_needs_beyond_where_reach_every_use_in_the_group() -> None:
    found = types(
        'fn f<T>(n :: Int, x :: T) -> String = if n == 0 do "${x}" else g(n - 1, x) end\n'
        "fn g<U>(n :: Int, y :: U) -> String = f(n, y)\n"
    )
    assert found["g"] == "(Int, 'a) -> String where 'a: Show"


def test_let_generalises_closures_names_and_empty_collections() -> None:
    checked = check(
        "fn add(a, b) = a + b\n"
        + body(
            "let id = fn x -> x end",
            "let plus = add",
            "let none = None",
            "let e = List.new()",
            'println("${id(1)} ${id("a")} ${plus(1, 2)} ${plus(1.5, 2.0)}")',
            'println("${[1] ++ e} ${["x"] ++ e} ${none == Some(1)} ${none == Some("s")}")',
        )
    )
    assert not checked.codes, checked.words()


def test_let_of_a_call_stays_monomorphic() -> None:
    checked = check("fn pick(x) = fn y -> y end\n" + body("let f = pick(1)", "f(1)", 'f("a")'))
    assert checked.codes == ["E0001"]


def test_a_constrained_variable_of_a_closure_is_generalised() -> None:
    checked = check(body("let twice = fn x -> x + x end", 'println("${twice(1)} ${twice(1.5)}")'))
    assert not checked.codes, checked.words()


def test_what_an_outer_want_determines_is_not_generalised() -> None:
    assert type_of("fn f(n) do\n  let g = fn a -> fn b -> a + b + n end end\n  g(1)(2)\nend") == "(Int) -> Int"


def test_top_level_constants_are_generalised_too() -> None:
    found = types('let empty = []\nlet (a, b) = (1, "x")\nfn f() = ([1] ++ empty, ["s"] ++ empty, a, b)\n')
    assert found["empty"] == "List<'a>"
    assert found["f"] == "() -> (List<Int>, List<String>, Int, String)"


def test_local_functions_recurse_capture_and_are_polymorphic() -> None:
    checked = check(
        body(
            "let base = 10",
            'println("${pair(later(1))} ${pair("a")}")',
            "fn pair(x) = (x, base)",
            "fn later(n) = if n == 0 do 0 else later(n - 1) end",
        )
    )
    assert not checked.codes, checked.words()


def test_a_local_function_cannot_be_used_before_what_it_captures() -> None:
    checked = check(body('println("${f(1)}")', "let y = 2", "fn f(n) = n + y"))
    assert checked.codes == ["E0004"]
    assert "captures" in checked.words()


def test_parameter_types_reach_closures_from_left_to_right() -> None:
    checked = check(
        "struct R do name :: String end\n"
        + body(
            'let rows = [R { name: "a" }]',
            'println("${List.map(rows, fn r -> r.name.length() end)}")',
            'println("${rows |> filter(fn r -> r.name == "a" end) |> map(fn r -> r.name end)}")',
        )
    )
    assert not checked.codes, checked.words()


def test_a_pipe_into_a_try_calls_first() -> None:
    text = (
        'fn half(n, k) = if n > k do Ok(n) else Err("small") end\nfn f(n) do\n  let x = n |> half(2)?\n  Ok(x)\nend\n'
    )
    assert type_of(text) == "(Int) -> Result<Int, String>"


def test_unused_type_variables_default() -> None:
    checked = check(body("let xs = []", 'println("${List.length(xs)} ${None} ${[]}")'))
    assert not checked.codes, checked.words()


def test_nothing_is_left_open_in_the_result_of_main() -> None:
    assert type_of("fn main() = None", "main") == "() -> Option<()>"
    assert type_of("fn f() = None") == "() -> Option<'a>"


def test_never_joins_with_anything() -> None:
    assert type_of("fn f(x) do\n  let y = if x > 0 do x else return -1 end\n  y\nend") == "(Int) -> Int"
    assert type_of("fn f(x) do\n  while true do\n    break\n  end\n  return x\nend") == "('a) -> 'a"
