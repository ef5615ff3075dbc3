"""From pattern matrices to decision trees.

In: the patterns of all arms of a `Match` (typed AST), each arm with or without a guard. Out: their
decision tree.

The method is Luc Maranget's, "Compiling Pattern Matching to Good Decision Trees" (ML 2008): a matrix
with one row per arm and one column per place is split at the column that the first row needs most.
Equal sub-matrices share one node. A matrix that would still grow beyond `limit` nodes is finished row
by row, in linear size, which may test a place twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field

from snowc.match.tree import (
    CONS,
    NIL,
    Bindings,
    Ctor,
    Elem,
    Fail,
    Field,
    GuardLeaf,
    Leaf,
    Node,
    Occurrence,
    Rest,
    Step,
    Switch,
    Tree,
    list_start,
)
from snowc.source.record import mutable, value
from snowc.types.tast import Local, Match, PAs, PCons, PCtor, PList, PLit, POr, PTuple, PVar, PWild, TPat
from snowc.types.ty import Type, TypeInfo


@value
class ArmPatterns:
    """The patterns of one arm, one per scrutinee."""

    patterns: Sequence[TPat]
    guarded: bool


DEFAULT_LIMIT = 4_000


def tree_of_match(match: Match, limit: int = DEFAULT_LIMIT) -> Tree:
    """The decision tree of a `Match` over its scrutinees."""
    arms = [ArmPatterns(arm.patterns, arm.guard is not None) for arm in match.arms]
    return build_tree([s.type for s in match.scrutinees], arms, limit)


def build_tree(types: Sequence[Type], arms: Sequence[ArmPatterns], limit: int = DEFAULT_LIMIT) -> Tree:
    """The decision tree that tries `arms` in order on scrutinees of these types."""
    return _Builder(types, arms, limit).build()


@mutable
class _ListTail(TPat):
    """A `PList` without its first `start` items."""

    items: list[TPat]
    start: int


Cell = TPat | None
"""What a row still asks of a column; None is anything."""


@value
class _Row:
    arm: int
    cells: tuple[Cell, ...]
    bindings: Bindings

    def key(self) -> tuple[object, ...]:
        return (self.arm, tuple(map(id, self.cells)), tuple((id(v), id(o)) for v, o in self.bindings))

    @property
    def irrefutable(self) -> bool:
        return all(cell is None for cell in self.cells)

    def with_cells(self, cells: tuple[Cell, ...], bindings: Bindings) -> _Row:
        return _Row(self.arm, cells, bindings)


Columns = tuple[Occurrence, ...]


@mutable
class _Split:
    """The rows that remain for one constructor, and the columns it opens in place of its own."""

    columns: Columns
    rows: list[_Row]


@mutable
class _Builder:
    types: Sequence[Type]
    arms: Sequence[ArmPatterns]
    limit: int
    size: int = 0
    precise: bool = True
    fail: Fail = field(default_factory=Fail)
    memo: dict[object, Node] = field(default_factory=dict)
    places: dict[tuple[Occurrence, Step], Occurrence] = field(default_factory=dict)
    # Also keeps these patterns alive: the memo knows patterns by their identity.
    tails: dict[tuple[int, int], _ListTail] = field(default_factory=dict)

    def build(self) -> Tree:
        roots = tuple(Occurrence(ty, i) for i, ty in enumerate(self.types))
        rows = []
        for arm, entry in enumerate(self.arms):
            rows.append(self._settle(_Row(arm, tuple(entry.patterns), ()), roots))
        return Tree(list(roots), self._compile(rows, roots), self.precise)

    # -- the matrix ------------------------------------------------------------------------------

    def _compile(self, rows: list[_Row], columns: Columns) -> Node:
        """The node for a matrix; equal matrices share it."""
        rows = self._prune(rows)
        key = (tuple(row.key() for row in rows), tuple(map(id, columns)))
        node = self.memo.get(key)
        if node is None:
            node = self.memo[key] = self._node(rows, columns)
        return node

    def _node(self, rows: list[_Row], columns: Columns) -> Node:
        first, last = None, None
        start = 0
        while start < len(rows) and self._asks_only_its_guard(rows[start]):
            head = rows[start]
            guard = GuardLeaf(head.arm, head.bindings, self.fail)
            if last is not None:
                last.on_false = guard
            first, last = first or guard, guard
            self.size += 1
            # A false guard goes on with the next arm, not with another alternative of this one.
            while start < len(rows) and rows[start].arm == head.arm:
                start += 1
        if first is None or last is None:
            return self._test(rows, columns)
        last.on_false = self._compile(rows[start:], columns)
        return first

    def _asks_only_its_guard(self, row: _Row) -> bool:
        return row.irrefutable and self.arms[row.arm].guarded

    def _test(self, rows: list[_Row], columns: Columns) -> Node:
        self.size += 1
        if not rows:
            return self.fail
        if rows[0].irrefutable:
            return Leaf(rows[0].arm, rows[0].bindings)
        if self.size > self.limit:
            self.precise = False
            return self._row_by_row(rows, columns)
        return self._switch(rows, columns)

    def _prune(self, rows: list[_Row]) -> list[_Row]:
        """Without repeated rows and without those below a row that always matches."""
        seen: set[object] = set()
        kept = []
        for row in rows:
            key = row.key()
            if key in seen:
                continue
            seen.add(key)
            kept.append(row)
            if row.irrefutable and not self._asks_only_its_guard(row):
                break
        return kept

    def _switch(self, rows: list[_Row], columns: Columns) -> Node:
        column = _best_column(rows)
        rows = [alt for row in rows for alt in self._alternatives(row, column, columns)]
        head = rows[0].cells[column]
        if head is None:
            return self._compile(rows, columns)
        occurrence = columns[column]
        splits, others, info = self._split(rows, column, columns)
        rest = columns[:column] + columns[column + 1 :]
        cases = [(ctor, self._compile(s.rows, s.columns)) for ctor, s in splits.items()]
        node = Switch(occurrence, info, cases, None)
        if node.absent() != []:
            node.default = self._compile(others, rest)
        return node

    def _split(
        self, rows: list[_Row], column: int, columns: Columns
    ) -> tuple[dict[Ctor, _Split], list[_Row], TypeInfo | None]:
        """Distribute the rows over the constructors found in `column`; the rest is for the default."""
        splits: dict[Ctor, _Split] = {}
        others: list[_Row] = []
        info: TypeInfo | None = None
        for row in rows:
            cell = row.cells[column]
            if cell is None:
                others.append(row.with_cells(_without(row.cells, column), row.bindings))
                for split in splits.values():
                    split.rows.append(_widened(row, column, split, columns))
                continue
            ctor, subs, steps = self._decompose(cell, columns[column])
            if isinstance(cell, PCtor):
                info = cell.info
            split = splits.get(ctor) or self._open(column, columns, steps, others)
            splits[ctor] = split
            cells = row.cells[:column] + subs + row.cells[column + 1 :]
            split.rows.append(self._settle(row.with_cells(cells, row.bindings), split.columns))
        return splits, others, info

    def _open(self, column: int, columns: Columns, steps: list[tuple[Step, Type]], others: list[_Row]) -> _Split:
        """A new split, which the rows above that ask nothing of the column belong to as well."""
        opened = tuple(self._below(columns[column], step, ty) for step, ty in steps)
        pad = (None,) * len(opened)
        rows = [row.with_cells(row.cells[:column] + pad + row.cells[column:], row.bindings) for row in others]
        return _Split(columns[:column] + opened + columns[column + 1 :], rows)

    # -- one pattern -----------------------------------------------------------------------------

    def _settle(self, row: _Row, columns: Columns) -> _Row:
        """Turn variables of the cells into bindings, so that a cell only asks."""
        cells: list[Cell] = []
        bindings = list(row.bindings)
        for cell, occurrence in zip(row.cells, columns, strict=True):
            cells.append(_strip(cell, occurrence, bindings))
        return row.with_cells(tuple(cells), tuple(bindings))

    def _alternatives(self, row: _Row, column: int, columns: Columns) -> Iterator[_Row]:
        """The row once per alternative of its or-pattern in `column`."""
        cell = row.cells[column]
        if not isinstance(cell, POr):
            yield row
            return
        for alternative in cell.alternatives:
            bindings = list(row.bindings)
            inner = _strip(alternative, columns[column], bindings)
            cells = row.cells[:column] + (inner,) + row.cells[column + 1 :]
            yield from self._alternatives(row.with_cells(cells, tuple(bindings)), column, columns)

    def _decompose(self, cell: TPat, occurrence: Occurrence) -> tuple[Ctor, tuple[Cell, ...], list[tuple[Step, Type]]]:
        """The constructor a pattern asks for, its sub-patterns, and where those are found."""
        match cell:
            case PCtor(variant=variant, args=args):
                steps: list[tuple[Step, Type]] = [(Field(variant.index, i), p.type) for i, p in enumerate(args)]
                return Ctor("variant", variant.index), tuple(args), steps
            case PTuple(items=items):
                return Ctor("tuple", len(items)), tuple(items), [(Field(0, i), p.type) for i, p in enumerate(items)]
            case PLit(value=value):
                return _literal(value), (), []
            case PCons(head=head, tail=tail):
                return CONS, (head, tail), self._cons_steps(head, occurrence)
            case PList(items=items) | _ListTail(items=items):
                start = cell.start if isinstance(cell, _ListTail) else 0
                if start == len(items):
                    return NIL, (), []
                head = items[start]
                return CONS, (head, self._tail(cell, items, start + 1)), self._cons_steps(head, occurrence)
            case _:
                raise TypeError(f"not a constructor pattern: {type(cell).__name__}")

    def _cons_steps(self, head: TPat, occurrence: Occurrence) -> list[tuple[Step, Type]]:
        skipped = list_start(occurrence)[1]
        return [(Elem(skipped), head.type), (Rest(skipped + 1), occurrence.type)]

    def _tail(self, cell: TPat, items: list[TPat], start: int) -> TPat:
        key = (id(items), start)
        tail = self.tails.get(key)
        if tail is None:
            tail = self.tails[key] = _ListTail(cell.span, cell.type, items, start)
        return tail

    def _below(self, occurrence: Occurrence, step: Step, ty: Type) -> Occurrence:
        parent = occurrence if isinstance(step, Field) else list_start(occurrence)[0]
        place = self.places.get((parent, step))
        if place is None:
            place = self.places[parent, step] = Occurrence(ty, parent.root, parent, step)
        return place

    # -- beyond the limit ------------------------------------------------------------------------

    def _row_by_row(self, rows: list[_Row], columns: Columns) -> Node:
        """A node of linear size: each row is tested alone, and a failing test goes to the next row."""
        after: Node = self.fail
        below: Node = self.fail
        arm: int | None = None
        for row in reversed(rows):
            if row.arm != arm:
                arm, below = row.arm, after
            after = self._single(row, columns, after, below)
        return after

    def _single(self, row: _Row, columns: Columns, on_fail: Node, on_false: Node) -> Node:
        """Test one row; `on_false` is where a false guard leads."""
        key = ("row", row.key(), tuple(map(id, columns)), id(on_fail), id(on_false))
        node = self.memo.get(key)
        if node is None:
            node = self.memo[key] = self._single_node(row, columns, on_fail, on_false)
        return node

    def _single_node(self, row: _Row, columns: Columns, on_fail: Node, on_false: Node) -> Node:
        column = next((i for i, cell in enumerate(row.cells) if cell is not None), None)
        if column is None:
            if self._asks_only_its_guard(row):
                return GuardLeaf(row.arm, row.bindings, on_false)
            return Leaf(row.arm, row.bindings)
        if isinstance(row.cells[column], POr):
            for alternative in reversed(list(self._alternatives(row, column, columns))):
                on_fail = self._single(alternative, columns, on_fail, on_false)
            return on_fail
        splits, _, info = self._split([row], column, columns)
        [(ctor, split)] = splits.items()
        node = Switch(
            columns[column], info, [(ctor, self._single(split.rows[0], split.columns, on_fail, on_false))], None
        )
        if node.absent() != []:
            node.default = on_fail
        return node


def _strip(cell: Cell, occurrence: Occurrence, bindings: list[tuple[Local, Occurrence]]) -> Cell:
    """The pattern without its variables, which are recorded; None if nothing is left to ask."""
    while True:
        match cell:
            case PWild():
                return None
            case PVar(local=local):
                bindings.append((local, occurrence))
                return None
            case PAs(pattern=inner, local=local):
                bindings.append((local, occurrence))
                cell = inner
            case _:
                return cell


def _literal(value: int | float | str | bool) -> Ctor:
    if isinstance(value, bool):
        return Ctor("bool", value)
    if isinstance(value, int):
        return Ctor("int", value)
    if isinstance(value, float):
        return Ctor("float", value + 0.0)  # patterns compare with ==, for which -0.0 is 0.0
    return Ctor("string", value)


def _without(cells: tuple[Cell, ...], column: int) -> tuple[Cell, ...]:
    return cells[:column] + cells[column + 1 :]


def _widened(row: _Row, column: int, split: _Split, columns: Columns) -> _Row:
    """A row that asks nothing of `column`, fitted to the columns of one constructor."""
    pad = (None,) * (len(split.columns) - len(columns) + 1)
    return row.with_cells(row.cells[:column] + pad + row.cells[column + 1 :], row.bindings)


def _best_column(rows: list[_Row]) -> int:
    """The column most rows from the top need; among equals the one with the fewest constructors."""
    candidates = [i for i, cell in enumerate(rows[0].cells) if cell is not None]
    if len(candidates) == 1:
        return candidates[0]
    return max(candidates, key=lambda i: (_needed(rows, i), -_breadth(rows, i), -i))


def _needed(rows: list[_Row], column: int) -> int:
    count = 0
    for row in rows:
        if row.cells[column] is None:
            break
        count += 1
    return count


def _breadth(rows: list[_Row], column: int) -> int:
    """About how many branches a switch on this column has."""
    seen: set[object] = set()
    for row in rows:
        seen.update(_heads(row.cells[column]))
    return len(seen)


def _heads(cell: Cell) -> Iterable[object]:
    match cell:
        case PCtor(variant=variant):
            return (variant.index,)
        case PLit(value=value):
            return ((type(value), value),)
        case PCons():
            return (CONS,)
        case PList(items=items):
            return (CONS if items else NIL,)
        case POr(alternatives=alternatives):
            return tuple(head for alternative in alternatives for head in _heads(alternative))
        case _:
            return ()
