"""Makes tables.py from snow.lark: `python -m snowc.syntax.generate`.

In: the grammar. Out: Lark's strict LALR(1) tables as flat constants, so that parsing needs neither Lark
nor its analysis at run time. States are numbered breadth first over sorted symbols, so that the file
depends on the grammar alone; a test compares it with a fresh one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lark import Lark
from lark.grammar import Rule
from lark.lexer import Lexer, Token

GRAMMAR = Path(__file__).with_name("snow.lark")
TABLES = Path(__file__).with_name("tables.py")
STARTS = ("file", "type_text")

# What a production does with its children (see parser.py, which reads it back).
PASS, LIST = "", "*"
MISSING = -1

_HEADING = '''"""LALR(1) tables of snow.lark. Made by generate.py; do not edit.

PRODUCTIONS: (left side, action, number of symbols, children). The action is the name of the builder's
function, "*" for the helper rules of a repetition, or, from FIRST_PASS on, "" to pass the only child on.
The children are None for all symbols as they are, or indices of symbols, -1 for a missing optional one,
-2-i for the items of list i.
ROWS: by state, the actions as (set of terminals, action), the gotos as (nonterminal, state). An action
n >= 0 shifts to state n (accepts, for $END), a negative one reduces by production -1-n.
"""

# fmt: off
# ruff: noqa: E501
'''


class _NoLexer(Lexer):
    """The tables are wanted, not a parse."""

    def __init__(self, conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any = None) -> Iterator[Token]:
        return iter(())


@dataclass
class Tables:
    """Everything that goes into the file."""

    productions: list[tuple[str, str, int, tuple[int, ...] | None]]
    actions: list[dict[str, int]]
    gotos: list[dict[str, int]]
    starts: dict[str, int]


def build(grammar: str) -> Tables:
    """Run Lark's analysis; raises on any conflict."""
    lark = Lark(grammar, parser="lalr", strict=True, lexer=_NoLexer, maybe_placeholders=True, start=list(STARTS))
    table: Any = lark.parser.parser._parse_table
    rules = sorted(lark.rules, key=_rule_order)
    numbers = _number_states(table)
    index = {id(rule): i for i, rule in enumerate(rules)}
    terminals = {symbol.name for rule in rules for symbol in rule.expansion if symbol.is_term} | {"$END"}
    actions: list[dict[str, int]] = []
    gotos: list[dict[str, int]] = []
    for state in numbers:
        row = table.states[state]
        actions.append({})
        gotos.append({})
        for name in sorted(row):
            kind, argument = row[name]
            if isinstance(argument, Rule):
                actions[-1][name] = -1 - index[id(argument)]
            else:
                (actions if name in terminals else gotos)[-1][name] = numbers[argument]
    for name in STARTS:
        actions[numbers[table.end_states[name]]]["$END"] = 0
    starts = {name: numbers[table.start_states[name]] for name in STARTS}
    return Tables([_production(rule) for rule in rules], actions, gotos, starts)


def _rule_order(rule: Rule) -> tuple[bool, str, list[str], str]:
    """Rules that merely pass a child on come last, so that the parser knows them by their number."""
    return _passes(rule), rule.origin.name, [symbol.name for symbol in rule.expansion], rule.alias or ""


def _passes(rule: Rule) -> bool:
    return bool(rule.options.expand1) and not rule.alias and len(rule.expansion) == 1 and rule.origin.name[:2] != "__"


def _number_states(table: Any) -> dict[int, int]:
    """Old number to new one, in the order of discovery; end states have no row of interest."""
    numbers: dict[int, int] = {}
    queue = deque(table.start_states[name] for name in STARTS)
    while queue:
        state = queue.popleft()
        if state in numbers:
            continue
        numbers[state] = len(numbers)
        row = table.states[state]
        queue.extend(row[name][1] for name in sorted(row) if not isinstance(row[name][1], Rule))
    return numbers


def _production(rule: Rule) -> tuple[str, str, int, tuple[int, ...] | None]:
    symbols = rule.expansion
    left = str(rule.origin.name)
    name = str(rule.alias or left)
    if left.startswith("__"):
        action = LIST
    elif _passes(rule):
        action = PASS
    else:
        action = name
    children = tuple(_children(rule))
    whole = tuple(range(len(symbols)))
    return left, action, len(symbols), None if children == whole else children


def _children(rule: Rule) -> Iterator[int]:
    """Which symbols a rule's function gets, by Lark's conventions."""
    empty = rule.options.empty_indices or (False,) * len(rule.expansion)
    symbols = iter(enumerate(rule.expansion))
    for missing in empty:
        if missing:
            yield MISSING
            continue
        i, symbol = next(symbols)
        if symbol.name.startswith("__"):
            yield -2 - i
        elif not symbol.name.startswith("_"):
            yield i


def render(tables: Tables) -> str:
    """The text of tables.py."""
    sets: dict[tuple[str, ...], int] = {}
    rows: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    nonterminals = sorted({name for row in tables.gotos for name in row})
    for row, goto in zip(tables.actions, tables.gotos, strict=True):
        by_action: dict[int, list[str]] = {}
        for name, action in row.items():
            by_action.setdefault(action, []).append(name)
        pairs: list[int] = []
        for action, names in sorted(by_action.items()):
            pairs += (sets.setdefault(tuple(names), len(sets)), action)
        rows.append((tuple(pairs), tuple(n for name, to in goto.items() for n in (nonterminals.index(name), to))))
    parts = [
        _HEADING,
        f"STARTS = {tables.starts!r}\n",
        f"FIRST_PASS = {next(i for i, production in enumerate(tables.productions) if production[1] == PASS)}\n",
        _constant("PRODUCTIONS", map(repr, tables.productions)),
        _constant("NONTERMINALS", map(repr, nonterminals)),
        _constant("SETS", (repr(" ".join(names)) for names in sets)),
        _constant("ROWS", (repr(row).replace(" ", "") for row in rows)),
    ]
    return "\n".join(parts)


def _constant(name: str, items: Iterable[str]) -> str:
    """An assignment of a tuple, filled into lines."""
    lines, line = [f"{name} = ("], "   "
    for item in items:
        if len(line) + len(item) > 250 and line.strip():
            lines.append(line)
            line = "   "
        line += f" {item},"
    return "\n".join([*lines, line, ")"]) + "\n"


def main() -> None:
    """Write tables.py."""
    TABLES.write_text(render(build(GRAMMAR.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
