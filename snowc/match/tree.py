"""Decision trees for pattern matching: the data.

A `Tree` inspects every place of the scrutinees at most once on any path and ends in the first arm, top
to bottom, whose patterns fit. `matrix.py` makes it; `exhaustive.py` reads it to find what no arm covers
and which arms are never reached; `lower/match.py` turns it into blocks.

Lists have the constructors nil and cons; the places inside a list are always counted from the list
itself (`Elem(k)`, `Rest(k)`), so that no tail has to be made only to be tested. Equal sub-trees are one
node, hence the tree is an acyclic graph. A tree that is not `precise` matches correctly but says
nothing reliable about coverage.
"""

from __future__ import annotations

from collections.abc import Iterator

from snowc.source.record import mutable, value
from snowc.types.tast import Local
from snowc.types.ty import Type, TypeInfo

# ---- places ------------------------------------------------------------------------------------


@value
class Field:
    """Field `index` of variant `variant`; tuples and structs have only variant 0."""

    variant: int
    index: int


@value
class Elem:
    """Element `index` of a list that is known to be longer than that."""

    index: int


@value
class Rest:
    """A list without its first `start` elements (`start` > 0), of which it is known to have so many."""

    start: int


Step = Field | Elem | Rest


@mutable
class Occurrence:
    """A place inside the scrutinees: scrutinee number `root`, or `step` below `parent`."""

    type: Type
    root: int
    parent: Occurrence | None = None
    step: Step | None = None

    def path(self) -> tuple[int | Step, ...]:
        steps: list[int | Step] = []
        here: Occurrence | None = self
        while here is not None and here.step is not None:
            steps.append(here.step)
            here = here.parent
        return (self.root, *reversed(steps))


# ---- constructors ------------------------------------------------------------------------------


@value
class Ctor:
    """What a value can be made by.

    `kind` is `variant` (value: its index), `bool`, `tuple` (value: arity, 0 for unit), `nil`, `cons`,
    or a literal: `int`, `float`, `string`.
    """

    kind: str
    value: int | float | str | bool


NIL = Ctor("nil", 0)
CONS = Ctor("cons", 0)
_LITERALS = frozenset({"int", "float", "string"})


def siblings(ctor: Ctor, info: TypeInfo | None) -> list[Ctor] | None:
    """All constructors of the type that `ctor` belongs to, or None when there are infinitely many."""
    if ctor.kind in _LITERALS:
        return None
    if ctor.kind == "variant":
        assert info is not None
        return [Ctor("variant", v.index) for v in info.variants]
    if ctor.kind == "bool":
        return [Ctor("bool", True), Ctor("bool", False)]
    if ctor.kind in ("nil", "cons"):
        return [NIL, CONS]
    return [ctor]


# ---- trees -------------------------------------------------------------------------------------

Bindings = tuple[tuple[Local, Occurrence], ...]


@mutable
class Fail:
    """No arm matches."""


@mutable
class Leaf:
    """Arm number `arm` is taken; its variables are found at these places."""

    arm: int
    bindings: Bindings


@mutable
class GuardLeaf:
    """The patterns of `arm` fit; its guard decides between its body and `on_false`."""

    arm: int
    bindings: Bindings
    on_false: Node


@mutable
class Switch:
    """Goes on by the constructor found at `occurrence`; `default` None means the cases are complete.

    All constructors of `cases` are of one kind; `info` is the type of variants.
    """

    occurrence: Occurrence
    info: TypeInfo | None
    cases: list[tuple[Ctor, Node]]
    default: Node | None

    def absent(self) -> list[Ctor] | None:
        """The constructors that only `default` handles; None when there are infinitely many."""
        every = siblings(self.cases[0][0], self.info)
        if every is None:
            return None
        present = {ctor for ctor, _ in self.cases}
        return [c for c in every if c not in present]


Node = Fail | Leaf | GuardLeaf | Switch


@mutable
class Tree:
    """`roots` are the occurrences of the scrutinees themselves."""

    roots: list[Occurrence]
    root: Node
    precise: bool

    def nodes(self) -> Iterator[Node]:
        """Every node once, from the root on."""
        seen: set[int] = set()
        stack: list[Node] = [self.root]
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            yield node
            stack.extend(reversed(successors(node)))

    def reached_arms(self) -> set[int]:
        return {n.arm for n in self.nodes() if isinstance(n, Leaf | GuardLeaf)}


def successors(node: Node) -> list[Node]:
    """The nodes that directly follow `node`."""
    match node:
        case GuardLeaf(on_false=on_false):
            return [on_false]
        case Switch(cases=cases, default=default):
            nexts = [sub for _, sub in cases]
            return nexts if default is None else [*nexts, default]
        case _:
            return []


def list_start(occurrence: Occurrence) -> tuple[Occurrence, int]:
    """The list that a list place is a tail of, and how many elements lie before it."""
    if isinstance(occurrence.step, Rest):
        assert occurrence.parent is not None
        return occurrence.parent, occurrence.step.start
    return occurrence, 0
