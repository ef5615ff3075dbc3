"""The tables fit the grammar, the grammar the builder, and every terminal has words."""

from __future__ import annotations

import inspect

from snowc.syntax import generate, tables
from snowc.syntax.build import Builder
from snowc.syntax.tokens import CAN_END, HEADERS, KEYWORD_KINDS, ONLY_BEGINS, OPENING, OPERATORS
from snowc.syntax.words import kind_in_words

GRAMMAR = generate.GRAMMAR.read_text(encoding="utf-8")
# Reserved words without a use in the grammar; DEF becomes FN_DEF or FN before.
UNUSED = {"ALIAS", "COND", "MONITOR", "TRAIT", "TRAP", "WITH", "DEF"}


def terminals() -> set[str]:
    return {name for names in tables.SETS for name in names.split()}


def test_the_committed_tables_are_those_of_the_grammar() -> None:
    assert generate.TABLES.read_text(encoding="utf-8") == generate.render(generate.build(GRAMMAR)), (
        "run `python -m snowc.syntax.generate`"
    )


def test_every_action_is_a_function_of_the_builder_that_takes_its_children() -> None:
    builder = Builder(0, lambda diag: None, {})
    for left, action, size, children in tables.PRODUCTIONS:
        if action in (generate.PASS, generate.LIST):
            continue
        function = getattr(builder, action)
        wanted = range(size) if children is None else children
        repeated = any(child <= -2 for child in wanted)
        parameters = inspect.signature(function).parameters.values()
        if repeated:
            assert any(p.kind is p.VAR_POSITIONAL for p in parameters), (left, action)
        else:
            inspect.signature(function).bind(*wanted)


def test_actions_that_pass_a_child_on_come_last() -> None:
    actions = [production[1] for production in tables.PRODUCTIONS]
    assert generate.PASS not in actions[: tables.FIRST_PASS]
    assert set(actions[tables.FIRST_PASS :]) == {generate.PASS}


def test_every_terminal_has_words_that_are_not_its_name() -> None:
    for kind in terminals() - {"ERROR"}:
        words = kind_in_words(kind)
        assert words
        assert kind not in words


def test_the_lexer_and_the_layout_pass_speak_of_terminals() -> None:
    made = KEYWORD_KINDS - UNUSED | (set(OPERATORS.values()) - {"SEMI"}) | set(OPENING) | HEADERS
    assert made <= terminals()
    assert (CAN_END | ONLY_BEGINS) - {"DEF"} <= terminals()
