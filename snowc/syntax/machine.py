"""The LALR(1) machine: drives the tables of snow.lark over tokens.

In: balanced tokens, closed by `$END`. Out: the value that the builder's functions made of them, or None.
Lark's analysis made the tables (generate.py), but Lark itself is not needed, which saves most of the
start-up time of a small program, and two thirds of the parsing time of a large one.

After a mistake the machine drops its state back to the nearest list of statements, arms or members,
takes what it could not read for an ERROR in that list, skips to the next separator of the list or to the
end of its block, and goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from snowc.syntax import tables
from snowc.syntax.tokens import CLOSING, OPENING, SEP, Token, is_made_up

MAX_STACK = 12_000
"""Depth of the parser's stack. Brackets and blocks are limited before; `else if` chains get here."""

# How the children of a production become its value, if it does not just pass on its only child.
_PLAIN, _PICK, _MAKE = range(3)

_SYNCHRONISES = frozenset([SEP, "END", "ELSE", "ELSE_IF", "AFTER", "BAR", "$END"]) | CLOSING
_LEAVES = frozenset(["END", "ELSE_IF", "$END"]) | CLOSING


@dataclass(frozen=True)
class Failure:
    """A token that does not fit: where, what would have fitted, and the symbols read so far, outermost first."""

    tokens: Sequence[Token]
    index: int
    expected: frozenset[str]
    symbols: tuple[str, ...]
    too_deep: bool = False

    @property
    def token(self) -> Token:
        return self.tokens[self.index]


class Machine:
    """One parse. `on_failure` is told of every mistake and says whether to go on."""

    def __init__(self, builder: object, on_failure: Callable[[Failure], bool]) -> None:
        self.on_failure = on_failure
        # In reverse, so that the action -1-n is the index of production n.
        self.productions = _bind(builder)
        self.lefts = [production[0] for production in self.productions]
        self.rows, self.gotos, self.symbols = _unpacked()

    def run(self, tokens: Sequence[Token], start: str) -> Any:
        """The value of `start` over all tokens; None if it was given up."""
        rows, gotos, productions, lefts = self.rows, self.gotos, self.productions, self.lefts
        passes = -tables.FIRST_PASS
        state = tables.STARTS[start]
        states, values = [state], list[Any]()
        index = 0
        while True:
            token = tokens[index]
            kind = token[0]
            while (action := rows[state].get(kind)) is not None and action < 0:
                if action < passes:
                    states[-1] = state = gotos[states[-2]][lefts[action]]
                    continue
                left, size, how, make, pick = productions[action]
                if size:
                    children = values[-size:]
                    del values[-size:], states[-size:]
                else:
                    children = []
                if how == _PLAIN:
                    values.append(make(*children))
                elif how == _PICK:
                    children.append(None)
                    values.append(make(*pick(children)))
                else:
                    values.append(make(children))
                state = gotos[states[-1]][left]
                states.append(state)
            if action is not None:
                if kind == "$END":
                    return values[-1]
                states.append(action)
                values.append(token)
                state = action
                index += 1
                if len(states) < MAX_STACK:
                    continue
            resumed = self.recover(states, values, tokens, index)
            if resumed is None:
                return None
            index = resumed
            state = states[-1]

    # ---- recovery ------------------------------------------------------------------------------

    def recover(self, states: list[int], values: list[Any], tokens: Sequence[Token], index: int) -> int | None:
        """Report the mistake at `index`, repair the stacks and give the index to go on from, or None."""
        too_deep = len(states) >= MAX_STACK
        if not self.on_failure(self.failure(states, tokens, index, too_deep)) or too_deep:
            return None
        dropped: list[str] = []
        start = tokens[index].start
        while states:
            shift = self.rows[states[-1]].get("ERROR", -1)
            if shift >= 0:
                found = self.resume([*states, shift], dropped, tokens, index)
                if found is not None:
                    end = max(start, tokens[found - 1].end if found > index else start)
                    states.append(shift)
                    values.append(Token("ERROR", None, start, end))
                    return found
            dropped.insert(0, self.symbols[states.pop()])
            if values:
                start = _start(values.pop(), start)
        return None

    def resume(self, states: list[int], dropped: list[str], tokens: Sequence[Token], index: int) -> int | None:
        """The first token outside of all that was dropped that fits behind an ERROR, or None."""
        opened: list[str] = []
        for symbol in dropped:
            _nest(opened, symbol)
        while True:
            kind = tokens[index].kind
            if not opened:
                if kind in _SYNCHRONISES and not is_made_up(tokens[index]) and self.accepts(states, kind):
                    return index
                if kind in _LEAVES:
                    return None
            if kind == "$END":
                return None
            _nest(opened, kind)
            index += 1

    def failure(self, states: list[int], tokens: Sequence[Token], index: int, too_deep: bool) -> Failure:
        kinds = (kind for kind in self.rows[states[-1]] if kind != "ERROR")
        expected = frozenset() if too_deep else frozenset(kind for kind in kinds if self.accepts(states, kind))
        symbols = tuple(self.symbols[state] for state in states)
        return Failure(tokens, min(index, len(tokens) - 1), expected, symbols, too_deep)

    def accepts(self, states: Sequence[int], kind: str) -> bool:
        """Whether a token of this kind can be shifted, reductions before it included."""
        stack = list(states)
        while (action := self.rows[stack[-1]].get(kind)) is not None and action < 0:
            left, size, *_ = self.productions[action]
            if size:
                del stack[-size:]
            stack.append(self.gotos[stack[-1]][left])
        return action is not None


def _nest(opened: list[str], symbol: str) -> None:
    """Follow the nesting of blocks and brackets over one more symbol."""
    if symbol in OPENING or symbol == "FN" or symbol == "closure_head":
        opened.append("FN" if symbol == "closure_head" else symbol)
    elif symbol in ("DO", "TRAILING_DO", "ARROW"):
        if opened and opened[-1] == "FN":
            opened[-1] = symbol
        elif symbol != "ARROW":
            opened.append(symbol)
    elif symbol in ("END", "ELSE_IF") or symbol in CLOSING:
        if opened:
            opened.pop()


def _start(value: Any, otherwise: int) -> int:
    """Where a value on the stack begins, as far as it tells."""
    if isinstance(value, Token):
        return value.start
    span = getattr(value, "span", None)
    return span.start if span is not None else otherwise


# ---- unpacking the tables --------------------------------------------------------------------


@cache
def _unpacked() -> tuple[list[dict[str, int]], list[dict[str, int]], list[str]]:
    """Actions and gotos by state, and the symbol that leads into each state."""
    sets = [names.split() for names in tables.SETS]
    rows: list[dict[str, int]] = []
    gotos: list[dict[str, int]] = []
    symbols = [""] * len(tables.ROWS)
    for actions, goto in tables.ROWS:
        row = {}
        for kinds, action in _pairs(actions):
            row.update(dict.fromkeys(sets[kinds], action))
        rows.append(row)
        gotos.append({tables.NONTERMINALS[name]: to for name, to in _pairs(goto)})
    for row in (*rows, *gotos):
        for name, to in row.items():
            if to > 0:
                symbols[to] = name
    return rows, gotos, symbols


def _pairs(flat: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    return zip(flat[::2], flat[1::2], strict=True)


_Production = tuple[str, int, int, Any, Any]
"""A production as the loop needs it: left side, size, how to make its value, and two functions for that."""


def _bind(builder: object) -> list[_Production]:
    """All productions in reverse, with the builder's functions. Made for every file, hence in one go."""
    makers = {action: getattr(builder, action) for action in _actions()}
    bound: list[_Production] = []
    for left, size, how, action, wrap, pick in _shapes():
        make = makers.get(action)
        bound.append((left, size, how, wrap if make is None else wrap(make) if wrap else make, pick))
    return bound


@cache
def _actions() -> list[str]:
    return sorted({production[1] for production in tables.PRODUCTIONS} - {"", "*"})


@cache
def _shapes() -> list[tuple[str, int, int, str, Any, Any]]:
    """What of the productions is the same for every builder."""
    return [_shape(*production) for production in reversed(tables.PRODUCTIONS)]


def _shape(left: str, action: str, size: int, children: tuple[int, ...] | None) -> tuple[str, int, int, str, Any, Any]:
    """Left side, size, how to make the value, the builder's function, what to wrap around it, what picks children."""
    if action == "*":
        return left, size, _MAKE, action, _list_maker(size, children), None
    if action == "" or children is None:
        return left, size, _PLAIN, action, None, None
    if len(children) > 1 and min(children) >= -1:
        # -1, a missing child, picks the None that the loop puts behind the children.
        return left, size, _PICK, action, None, itemgetter(*children)
    return left, size, _MAKE, action, _spreading(children), None


def _spreading(children: tuple[int, ...]) -> Callable[[Callable[..., Any]], Callable[[list[Any]], Any]]:
    """Makes a function of the children out of one of the values that these stand for."""
    return lambda make: lambda values: make(*_spread(values, children))


def _list_maker(size: int, children: tuple[int, ...] | None) -> Callable[[list[Any]], list[Any]]:
    """For the helper rules of repetitions: start a list, or append to the one at the head."""
    wanted = tuple(range(size)) if children is None else children
    if not wanted or wanted[0] != -2:
        return lambda values: [values[i] for i in wanted]
    rest = wanted[1:]

    def extend(values: list[Any]) -> list[Any]:
        items: list[Any] = values[0]
        for i in rest:
            items.append(values[i])
        return items

    return extend


def _spread(values: list[Any], children: tuple[int, ...]) -> list[Any]:
    spread: list[Any] = []
    for i in children:
        if i <= -2:
            spread.extend(values[-2 - i])
        else:
            spread.append(values[i] if i >= 0 else None)
    return spread
