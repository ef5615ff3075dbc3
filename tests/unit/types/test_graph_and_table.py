"""The dependency graph, free names, and the surface types of the ABI table."""

from __future__ import annotations

from random import Random

import pytest

from snowc.diag.core import Sink
from snowc.source.files import SourceMap
from snowc.syntax import ast
from snowc.syntax.parser import parse_file
from snowc.types.builtins import module_key, parse_surface
from snowc.types.groups import components
from snowc.types.printing import show_scheme
from snowc.types.refs import free_names
from tests.unit.types.support import table


def test_components_come_after_what_they_need() -> None:
    edges = {"a": ["b"], "b": ["c", "d"], "c": ["b"], "d": [], "e": ["e"]}
    assert components(list("abcde"), edges) == [["d"], ["b", "c"], ["a"], ["e"]]


def test_components_of_random_graphs() -> None:
    """Every node once, every edge backwards or inside, and members reach one another."""
    for seed in range(30):
        random = Random(seed)
        nodes = list(range(12))
        edges = {n: random.sample(nodes, random.randrange(4)) for n in nodes}
        found = components(nodes, edges)
        assert sorted(n for c in found for n in c) == nodes
        place = {n: i for i, c in enumerate(found) for n in c}
        assert all(place[m] <= place[n] for n in nodes for m in edges[n])
        for component in found:
            for n in component:
                assert _reachable(n, edges) | {n} >= set(component)


def _reachable(start: int, edges: dict[int, list[int]]) -> set[int]:
    found: set[int] = set()
    stack = [start]
    while stack:
        for target in edges[stack.pop()]:
            if target not in found:
                found.add(target)
                stack.append(target)
    return found


def test_long_chains_do_not_recurse() -> None:
    nodes = list(range(20_000))
    edges = {n: [n + 1] for n in nodes[:-1]}
    assert len(components(nodes, edges)) == len(nodes)


def names(text: str) -> list[str]:
    sources = SourceMap()
    tree = parse_file(sources, sources.add_text("m.snow", text), Sink())
    return free_names(s for s in tree.block.stmts if isinstance(s, ast.FnDef))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fn f(x) = g(x, y)", ["g", "y"]),
        ("fn f(x) do\n  let y = y\n  y\nend", ["y"]),
        ("fn f(x) do\n  let g = fn h -> h(x) end\n  g(k)\nend", ["k"]),
        ("fn f() do\n  fn local(n) = local(outer)\n  local(1)\nend", ["outer"]),
        ("fn f(x) = case x do\n(a, b) when p(a) -> q(b)\nc :: d -> c\n_ -> z\nend", ["p", "q", "z"]),
        ("fn f() = Geo.Deep.area(1)", ["Geo", "Geo.Deep.area"]),
        ("fn f(g) = g.area(h)", ["h"]),
        ("fn f() = for {k, v} in m when k > n do w(v) end", ["m", "n", "w"]),
        ('fn f() = "${a} ${b |> c()}"', ["a", "b", "c"]),
        ("fn f() = P { x: v, y: [1, %{w => u}] }", ["v", "w", "u"]),
        ("fn f(0) = a\nfn f(n) when n > b = -c?", ["a", "b", "c"]),
    ],
)
def test_free_names(text: str, expected: list[str]) -> None:
    assert sorted(names(text)) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(String) -> ()", "(String) -> ()"),
        ("(List<T>, (T) -> U) -> List<U>", "(List<'a>, ('a) -> 'b) -> List<'b>"),
        ("(List<T>, Fun(T) -> Bool) -> T?", "(List<'a>, ('a) -> Bool) -> Option<'a>"),
        ("() -> String!String", "() -> Result<String, String>"),
        ("(List<(K, V)>) -> Map<K, V>", "(List<('a, 'b)>) -> Map<'a, 'b>"),
        ("Float", "Float"),
        ("((WsConn, Int) -> A) -> Unit", "((WsConn, Int) -> 'a) -> ()"),
    ],
)
def test_surface_types(text: str, expected: str) -> None:
    assert show_scheme(parse_surface(text)) == expected


def test_all_types_of_the_table_can_be_read() -> None:
    for key, texts in table().items():
        for text in texts:
            assert show_scheme(parse_surface(text)), key


def test_keys_of_module_functions() -> None:
    assert module_key("Ws", "serve_tls") == "ws_serve_tls"
