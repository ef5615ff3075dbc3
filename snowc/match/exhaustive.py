"""Exhaustiveness and redundancy of matches (language.md 6.3), read off the decision tree.

In: a typed module, and where mistakes have been found in it; matches that one touches are left out. Out:
E0012 for every match that some value falls through, with example patterns, and W0001 for every arm that no
value reaches. How grave a missing case is depends on the construct: an error in `case` and `let`, a warning in
functions and closures, and a warning in a `case` whose every missing value has an empty list where the
patterns want a longer one. In a `receive` it is W0010: what comes is up to others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from snowc.diag.core import Sink
from snowc.match.errors import NonExhaustive, NonExhaustiveWarning, UncoveredMessages, UnreachableArm
from snowc.match.matrix import ArmPatterns, build_tree, tree_of_match
from snowc.match.sound import is_sound
from snowc.match.tree import (
    NIL,
    Ctor,
    Elem,
    Fail,
    Field,
    Node,
    Occurrence,
    Step,
    Switch,
    Tree,
    list_start,
    siblings,
    successors,
)
from snowc.match.walk import walk_module
from snowc.source.record import value
from snowc.source.span import Span
from snowc.types.printing import show
from snowc.types.tast import Let, Match, TModule
from snowc.types.ty import Con, Type, TypeInfo, Var, prune

MAX_EXAMPLES = 8
CHECK_LIMIT = 20_000
"""Nodes a tree may have here: only a tree within its limit tells what is missing."""


def check_module(
    module: TModule, sink: Sink, infos: Mapping[str, TypeInfo] | None = None, errors: Sequence[Span] | None = None
) -> None:
    """Check every `case`, clause list and `let` of a module.

    `infos` are the nominal types by full name; they matter only for matches without arms. `errors` are the places
    of the mistakes in the module, None if there are none that it could see.
    """
    known = {info.name: info for info in module.types} | dict(infos or {})
    for expr in walk_module(module):
        if not isinstance(expr, Match | Let) or (errors is not None and not is_sound(expr, errors)):
            continue
        if isinstance(expr, Match):
            check_match(expr, sink, known)
        else:
            check_let(expr, sink)


def check_match(match: Match, sink: Sink, infos: Mapping[str, TypeInfo]) -> None:
    """Check one `Match`: missing cases first, then unreachable arms."""
    if any(_is_empty(s.type, infos) for s in match.scrutinees):
        return
    tree = tree_of_match(match, CHECK_LIMIT)
    if not tree.precise:
        return
    gaps = [] if _may_miss(match) else find_gaps(tree)
    if gaps and match.kind == "receive":
        sink.add(UncoveredMessages(match.span, show(match.scrutinees[0].type), _examples(gaps)))
    elif gaps:
        lenient = match.kind != "case" or all(gap.lacks_nil for gap in gaps)
        diag = NonExhaustiveWarning if lenient else NonExhaustive
        sink.add(diag(match.span, match.kind, _examples(gaps)))
    reached = tree.reached_arms()
    for index, arm in enumerate(match.arms):
        if index not in reached:
            sink.add(UnreachableArm(arm.span, match.kind))


def _may_miss(match: Match) -> bool:
    """Whether nothing is to be said of missing cases: of signals; of messages where only signals are looked at
    and nothing is known of what messages are like."""
    return match.kind == "signal" or (not match.arms and isinstance(prune(match.scrutinees[0].type), Var))


def check_let(let: Let, sink: Sink) -> None:
    """A `let` has no second chance: its pattern must fit every value."""
    gaps = find_gaps(build_tree([let.pattern.type], [ArmPatterns([let.pattern], guarded=False)]))
    if gaps:
        sink.add(NonExhaustive(let.pattern.span, "let", _examples(gaps)))


def _is_empty(ty: Type, infos: Mapping[str, TypeInfo]) -> bool:
    """Whether a type has no values: `Never`, or a sum type without variants."""
    ty = prune(ty)
    if not isinstance(ty, Con):
        return False
    info = infos.get(ty.name)
    return ty.name == "Never" or (info is not None and not info.variants)


# ---- what falls through ------------------------------------------------------------------------


@value
class Gap:
    """An example of a missing case, and whether it is one only for lack of an empty list."""

    example: str
    lacks_nil: bool


def _examples(gaps: Iterable[Gap]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(gap.example for gap in gaps))


@value
class _Known:
    """What a path has found at places, newest first (a shared list)."""

    place: tuple[Occurrence, int]
    ctor: Ctor
    info: TypeInfo | None
    absent: bool
    older: _Known | None


def find_gaps(tree: Tree) -> list[Gap]:
    """Up to `MAX_EXAMPLES` cases that end in `Fail`, in the order of the constructors' declaration."""
    failing = _failing(tree)
    gaps: list[Gap] = []
    stack: list[tuple[Node, _Known | None]] = [(tree.root, None)]
    while stack and len(gaps) < MAX_EXAMPLES:
        node, known = stack.pop()
        if id(node) not in failing:
            continue
        if isinstance(node, Fail):
            gaps.append(_gap(tree, known))
        elif isinstance(node, Switch):
            stack.extend(reversed(_branches(node, known)))
        else:
            stack.extend((nxt, known) for nxt in successors(node))
    return gaps


def _branches(node: Switch, known: _Known | None) -> list[tuple[Node, _Known | None]]:
    """The ways on, in declaration order; among infinitely many constructors "any other" comes first."""
    place = list_start(node.occurrence)
    ways = [(ctor, sub, False) for ctor, sub in node.cases]
    absent = node.absent()
    if node.default is not None:
        ways += [(ctor, node.default, True) for ctor in absent or ()]
    if absent is not None:
        order = {ctor: i for i, ctor in enumerate(siblings(node.cases[0][0], node.info) or ())}
        ways.sort(key=lambda way: order.get(way[0], 0))
    branches: list[tuple[Node, _Known | None]] = [
        (sub, _Known(place, ctor, node.info, is_absent, known)) for ctor, sub, is_absent in ways
    ]
    return branches if absent is not None or node.default is None else [(node.default, known), *branches]


def _failing(tree: Tree) -> set[int]:
    """The nodes from which `Fail` can be reached."""
    before: dict[int, list[Node]] = {}
    pending: list[Node] = []
    for node in tree.nodes():
        if isinstance(node, Fail):
            pending.append(node)
        for nxt in successors(node):
            before.setdefault(id(nxt), []).append(node)
    failing: set[int] = set()
    while pending:
        node = pending.pop()
        if id(node) not in failing:
            failing.add(id(node))
            pending.extend(before.get(id(node), ()))
    return failing


def _gap(tree: Tree, known: _Known | None) -> Gap:
    facts: dict[tuple[Occurrence, int], _Known] = {}
    lacks_nil = False
    while known is not None:
        facts.setdefault(known.place, known)
        lacks_nil = lacks_nil or (known.absent and known.ctor == NIL)
        known = known.older
    writer = _Writer(facts, {(place.parent, place.step): place for place, _ in facts})
    texts = [writer.pattern(root) for root in tree.roots]
    return Gap(texts[0] if len(texts) == 1 else f"({', '.join(texts)})", lacks_nil)


@value
class _Writer:
    """Writes the pattern that holds exactly the facts of one path.

    A fact about a list stands at the list and the number of elements before the place meant.
    """

    facts: dict[tuple[Occurrence, int], _Known]
    places: dict[tuple[Occurrence | None, Step | None], Occurrence]

    def pattern(self, occurrence: Occurrence | None) -> str:
        fact = None if occurrence is None else self.facts.get((occurrence, 0))
        if fact is None or occurrence is None:
            return "_"
        match fact.ctor.kind:
            case "variant":
                return self._variant(occurrence, fact)
            case "tuple":
                return f"({self._fields(occurrence, 0, int(fact.ctor.value))})"
            case "nil" | "cons":
                return self._list(occurrence)
            case "int" | "float":
                return str(fact.ctor.value)
            case _:  # String and Bool are written as in JSON
                return json.dumps(fact.ctor.value, ensure_ascii=False)

    def _variant(self, occurrence: Occurrence, fact: _Known) -> str:
        assert fact.info is not None
        variant = fact.info.variants[int(fact.ctor.value)]
        if not variant.fields:
            return variant.name
        return f"{variant.name}({self._fields(occurrence, variant.index, len(variant.fields))})"

    def _fields(self, occurrence: Occurrence, variant: int, count: int) -> str:
        places = [self.places.get((occurrence, Field(variant, i))) for i in range(count)]
        return ", ".join(map(self.pattern, places))

    def _list(self, occurrence: Occurrence) -> str:
        items: list[str] = []
        while (fact := self.facts.get((occurrence, len(items)))) is not None:
            if fact.ctor == NIL:
                return f"[{', '.join(items)}]"
            items.append(self.pattern(self.places.get((occurrence, Elem(len(items))))))
        return " :: ".join([*(f"({item})" if " :: " in item else item for item in items), "_"])
