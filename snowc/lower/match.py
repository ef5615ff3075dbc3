"""Pattern matching: the decision tree of a `Match` as blocks, and `let` patterns as projections.

Each node of the tree is written once. A node that several paths lead to starts from the scrutinees
again, because what one path has read of them does not dominate it. The body of an arm is written
once: in its leaf if there is only one, else in a block that takes the arm's variables as parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from snowc.lower.calls import call_builtin
from snowc.lower.captures import pattern_locals
from snowc.lower.context import Dest, FnContext
from snowc.lower.faults import LoweringFault
from snowc.lower.literals import list_get, list_length
from snowc.lower.operators import condition
from snowc.match import tree
from snowc.match.matrix import ArmPatterns, build_tree
from snowc.mir import ir
from snowc.mir.types import BOOL, FLOAT, STRING
from snowc.types.tast import Construct, Local, Match, MatchArm, PAs, PCtor, PTuple, PVar, PWild, TExpr, TPat

NO_MATCH = "non-exhaustive match"
NO_ARM = "no receive arm matches"


def lower_match(fx: FnContext, expr: Match, dest: Dest) -> None:
    scrutinees, rows = _exploded(expr)
    values = [fx.value(s) for s in scrutinees]
    if fx.b.dead:
        return
    arms = [ArmPatterns(row, arm.guard is not None) for row, arm in zip(rows, expr.arms, strict=True)]
    made = build_tree([s.type for s in scrutinees], arms)
    _MatchWriter(fx, expr, dest, made).write(values)


def _exploded(expr: Match) -> tuple[list[TExpr], list[Sequence[TPat]]]:
    """Scrutinees and patterns; a tuple that is only built to be matched is matched by its parts."""
    rows: list[Sequence[TPat]] = [arm.patterns for arm in expr.arms]
    if len(expr.scrutinees) != 1:
        return expr.scrutinees, rows
    whole = expr.scrutinees[0]
    if not isinstance(whole, Construct) or whole.info is not None or not whole.fields or whole.eval_order is not None:
        return expr.scrutinees, rows
    if not all(isinstance(row[0], PTuple | PWild) for row in rows):
        return expr.scrutinees, rows
    parts: list[Sequence[TPat]] = []
    for [pattern] in rows:
        wild: list[TPat] = [PWild(pattern.span, f.type) for f in whole.fields]
        parts.append(pattern.items if isinstance(pattern, PTuple) else wild)
    return whole.fields, parts


@dataclass(slots=True)
class _Scope:
    """What has been read of the scrutinees on the way to a node."""

    values: dict[tree.Occurrence, ir.Value]
    lengths: dict[tree.Occurrence, ir.Value] = field(default_factory=dict)

    def copy(self) -> _Scope:
        return _Scope(dict(self.values), dict(self.lengths))


@dataclass(slots=True)
class _Arm:
    """An arm with several leaves has a block of its own, whose parameters are `locals`."""

    arm: MatchArm
    locals: list[Local]
    block: ir.Block | None


class _MatchWriter:
    def __init__(self, fx: FnContext, expr: Match, dest: Dest, made: tree.Tree) -> None:
        self.fx = fx
        self.expr = expr
        self.dest = dest
        self.tree = made
        self.loc = fx.b.loc
        self.edges: dict[int, int] = {}
        self.shared: dict[int, ir.Block] = {}
        self.pending: list[tuple[ir.Block, tree.Node, _Scope]] = []
        self.roots = _Scope({})
        self.arms = self._plan()

    def _plan(self) -> list[_Arm]:
        """Count the ways into each node and the leaves of each arm."""
        leaves = [0] * len(self.expr.arms)
        for node in self.tree.nodes():
            if isinstance(node, tree.Leaf | tree.GuardLeaf):
                leaves[node.arm] += 1
            for nxt in tree.successors(node):
                self.edges[id(nxt)] = self.edges.get(id(nxt), 0) + 1
        return [self._plan_arm(arm, count) for arm, count in zip(self.expr.arms, leaves, strict=True)]

    def _plan_arm(self, arm: MatchArm, leaves: int) -> _Arm:
        variables = list(dict.fromkeys(v for p in arm.patterns for v in pattern_locals(p)))
        if leaves < 2:
            return _Arm(arm, variables, None)
        params = [self.fx.b.new_value(self.fx.ty(v.type, v.span), v.name) for v in variables]
        return _Arm(arm, variables, self.fx.b.new_block("arm", params))

    def write(self, scrutinees: Sequence[ir.Value]) -> None:
        self.roots.values.update(zip(self.tree.roots, scrutinees, strict=True))
        self._node(self.tree.root, self.roots.copy())
        while self.pending:
            block, node, scope = self.pending.pop()
            if self.fx.b.enter(block):
                self.fx.b.loc = self.loc
                self._node(node, scope)
        for arm in self.arms:
            if arm.block is not None and self.fx.b.enter(arm.block):
                self.fx.env.update(zip(arm.locals, arm.block.params, strict=True))
                self.fx.into(arm.arm.body, self.dest)
        self.fx.b.loc = self.loc

    def _target(self, node: tree.Node, scope: _Scope) -> ir.Block:
        """The block in which `node` will be written."""
        if self.edges.get(id(node), 0) < 2:
            block = self.fx.b.new_block("case")
            self.pending.append((block, node, scope.copy()))
            return block
        shared = self.shared.get(id(node))
        if shared is None:
            shared = self.shared[id(node)] = self.fx.b.new_block("case")
            self.pending.append((shared, node, self.roots.copy()))
        return shared

    def _node(self, node: tree.Node, scope: _Scope) -> None:
        """Write `node` into the open block, and what follows it without a test."""
        while isinstance(node, tree.Switch) and len(node.cases) == 1 and node.default is None:
            only = node.cases[0][1]
            if self.edges[id(only)] > 1:
                self.fx.b.jump(self._target(only, scope))
                return
            node = only
        match node:
            case tree.Fail():
                self.fx.b.panic(NO_ARM if self.expr.kind == "receive" else NO_MATCH)
            case tree.Leaf():
                self._leaf(node, scope)
            case tree.GuardLeaf():
                self._guard_leaf(node, scope)
            case tree.Switch():
                self._switch(node, scope)

    # -- arms ------------------------------------------------------------------------------------

    def _leaf(self, leaf: tree.Leaf, scope: _Scope) -> None:
        arm = self.arms[leaf.arm]
        values = self._bound(leaf.bindings, arm, scope)
        if arm.block is not None:
            self.fx.b.jump(arm.block, values)
            return
        for local, value in zip(arm.locals, values, strict=True):
            self.fx.bind(local, value)
        self.fx.into(arm.arm.body, self.dest)

    def _guard_leaf(self, leaf: tree.GuardLeaf, scope: _Scope) -> None:
        arm = self.arms[leaf.arm]
        values = self._bound(leaf.bindings, arm, scope)
        self.fx.env.update(zip(arm.locals, values, strict=True))
        taken = self.fx.b.new_block("guarded")
        guard = arm.arm.guard
        assert guard is not None
        condition(self.fx, guard, taken, self._target(leaf.on_false, scope))
        if not self.fx.b.enter(taken):
            return
        if arm.block is not None:
            self.fx.b.jump(arm.block, values)
        else:
            self.fx.into(arm.arm.body, self.dest)

    def _bound(self, bindings: tree.Bindings, arm: _Arm, scope: _Scope) -> list[ir.Value]:
        """The arm's variables; tails of lists come last, as making one may use up the list."""
        places = dict(bindings)
        for local in sorted(arm.locals, key=lambda v: isinstance(places[v].step, tree.Rest)):
            self._read(places[local], scope)
        return [scope.values[places[local]] for local in arm.locals]

    # -- tests -----------------------------------------------------------------------------------

    def _switch(self, node: tree.Switch, scope: _Scope) -> None:
        match node.cases[0][0].kind:
            case "variant":
                tag = self.fx.b.tag(self._read(node.occurrence, scope))
                self._int_switch(tag, node, scope)
            case "int":
                self._int_switch(self._read(node.occurrence, scope), node, scope)
            case "bool":
                value = self._read(node.occurrence, scope)
                self.fx.b.branch(value, *self._both(node, tree.Ctor("bool", True), tree.Ctor("bool", False), scope))
            case "nil" | "cons":
                empty = self._is_empty(node.occurrence, scope)
                self.fx.b.branch(empty, *self._both(node, tree.NIL, tree.CONS, scope))
            case "float" | "string":
                self._equality_tests(node, scope)
            case kind:
                raise LoweringFault(f"a switch on {kind}", self.expr.span)

    def _int_switch(self, value: ir.Value, node: tree.Switch, scope: _Scope) -> None:
        default = None if node.default is None else self._target(node.default, scope)
        cases = [(int(ctor.value), self._target(sub, scope)) for ctor, sub in reversed(node.cases)]
        self.fx.b.switch(value, cases[::-1], default)

    def _both(self, node: tree.Switch, first: tree.Ctor, second: tree.Ctor, scope: _Scope) -> tuple[ir.Block, ir.Block]:
        cases = dict(node.cases)
        nodes = [cases.get(ctor, node.default) for ctor in (second, first)]
        otherwise, then = (self._target(sub, scope) for sub in nodes if sub is not None)
        return then, otherwise

    def _is_empty(self, occurrence: tree.Occurrence, scope: _Scope) -> ir.Value:
        items, start = tree.list_start(occurrence)
        length = scope.lengths.get(items)
        if length is None:
            length = scope.lengths[items] = list_length(self.fx, self._read(items, scope))
        return self.fx.b.prim("ieq", length, self.fx.b.integer(start))

    def _equality_tests(self, node: tree.Switch, scope: _Scope) -> None:
        """One comparison after the other: these literals have no order that tests could use."""
        value = self._read(node.occurrence, scope)
        for ctor, sub in node.cases:
            other = self.fx.b.new_block("other")
            self.fx.b.branch(self._equals(value, ctor), self._target(sub, scope), other)
            self.fx.b.enter(other)
        assert node.default is not None
        self.fx.b.jump(self._target(node.default, scope))

    def _equals(self, value: ir.Value, ctor: tree.Ctor) -> ir.Value:
        if ctor.kind == "float":
            return self.fx.b.prim("feq", value, self.fx.b.const(ctor.value, FLOAT))
        return call_builtin(self.fx, "__string_eq", [value, self.fx.b.const(ctor.value, STRING)], BOOL)

    # -- places ----------------------------------------------------------------------------------

    def _read(self, occurrence: tree.Occurrence, scope: _Scope) -> ir.Value:
        value = scope.values.get(occurrence)
        if value is None:
            assert occurrence.parent is not None
            value = self._read_step(occurrence, self._read(occurrence.parent, scope))
            scope.values[occurrence] = value
        return value

    def _read_step(self, occurrence: tree.Occurrence, base: ir.Value) -> ir.Value:
        ty = self.fx.ty(occurrence.type, self.expr.span)
        match occurrence.step:
            case tree.Field(variant, index):
                return self.fx.b.project(base, variant, index, ty)
            case tree.Elem(index):
                return list_get(self.fx, base, self.fx.b.integer(index), ty)
            case tree.Rest(start):
                return call_builtin(self.fx, "__list_tail", [base, self.fx.b.integer(start)], ty)
            case None:
                raise LoweringFault("a scrutinee without a value", self.expr.span)


def bind_irrefutable(fx: FnContext, pattern: TPat, value: ir.Value) -> None:
    """Bind the variables of a pattern that fits every value: tuples and single-variant types."""
    match pattern:
        case PWild():
            return
        case PVar(local=local):
            fx.bind(local, value)
        case PAs(pattern=inner, local=local):
            fx.bind(local, value)
            bind_irrefutable(fx, inner, value)
        case PTuple(items=items) | PCtor(args=items):
            for index, item in enumerate(items):
                if not isinstance(item, PWild):
                    bind_irrefutable(fx, item, fx.b.project(value, 0, index, fx.ty(item.type, item.span)))
        case _:
            raise LoweringFault("a `let` pattern that can fail", pattern.span)
