"""Imports, cycles and order of the module graph."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from snowc.modules.graph import check, dependency_order, imports_of, shortest_cycle
from snowc.modules.outline import Outline, outline_of
from tests.unit.syntax.outline import tree


def outline(text: str) -> Outline:
    return outline_of(tree(text))


def outlines(**texts: str) -> dict[str, Outline]:
    return {name.replace("_", "."): outline(text) for name, text in texts.items()}


def imports(text: str, known: dict[str, Outline]) -> tuple[str, ...]:
    return imports_of(outline(text), {name: name for name in known}, known)


def test_both_forms_of_import_count_and_libraries_do_not() -> None:
    known = outlines(A="", B="", C_D="", E="")
    text = ("import B\nfrom C.D import x\nimport List\nfrom String import y\nimport Nowhere\nimport B\n")
    assert imports(text, known) == ("B", "C.D")


def test_an_inline_module_is_found_in_its_file() -> None:
    known = outlines(A="module In do module Deep do end end", B="")
    assert imports("import A.In.Deep", known) == ("A",)
    assert imports("import A.In.Other", known) == ()


def test_imports_in_inline_modules_count() -> None:
    assert imports("module M do import A end", outlines(A="")) == ("A",)


def test_imports_are_read_by_the_names_that_are_visible() -> None:
    known = outlines(Geo_A="module In do end", A="")
    assert imports_of(outline("import A"), {"A": "Geo.A"}, known) == ("Geo.A",)
    assert imports_of(outline("import A.In\nimport Geo.A"), {"A": "Geo.A", "Geo.A": "Geo.A"}, known) == ("Geo.A",)
    assert imports_of(outline("import A"), {}, known) == ()


def test_dependency_order_is_by_need_then_by_name() -> None:
    graph = {"Main": ["B", "A"], "A": ["C"], "B": [], "C": [], "D": ["Main"]}
    assert dependency_order(graph) == ["C", "A", "B", "Main", "D"]


def test_a_self_import_is_told_before_any_cycle() -> None:
    messages = [d.message() for d in check({"A": ["A", "B"], "B": ["A"]})]
    assert messages == ["Module 'A' cannot import itself"]


def test_the_shortest_cycle_is_shown_from_its_first_name() -> None:
    graph = {"A": ["B"], "B": ["C"], "C": ["A", "D"], "D": ["E"], "E": ["D"]}
    assert [d.message() for d in check(graph)] == ["Circular dependency: D -> E -> D"]
    assert [d.message() for d in check({"Main": ["B"], "B": ["Main"]})] == ["Circular dependency: B -> Main -> B"]


NAMES = st.sampled_from("ABCDEFG")


@settings(derandomize=True, database=None)
@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=3), max_size=7))
def test_without_a_cycle_everything_comes_after_its_imports(graph: dict[str, list[str]]) -> None:
    order = dependency_order(graph)
    assert sorted(order) == sorted(graph)
    backward = [
        (name, to) for name in graph for to in graph[name] if to in graph and order.index(to) >= order.index(name)
    ]
    assert bool(backward) == bool(shortest_cycle(graph))


def test_a_long_chain_needs_no_recursion() -> None:
    graph = {f"M{i:05}": [f"M{i + 1:05}"] for i in range(5000)} | {"M05000": []}
    assert dependency_order(graph)[0] == "M05000"
