"""Which outer names a piece of syntax mentions: the edges of the dependency graph.

Names bound inside are left out, scope by scope. A selection `A.b.c` on names counts as the dotted text
too, so that members of inline modules are found. The walk is iterative over statements and recursive
over nesting.
"""

from __future__ import annotations

from collections.abc import Iterable

from snowc.syntax import ast

Bound = frozenset[str]


class _Walker:
    """Collects free names in order of first mention."""

    def __init__(self) -> None:
        self.found: dict[str, None] = {}

    def mention(self, name: str, bound: Bound) -> None:
        if name not in bound:
            self.found.setdefault(name)

    def all(self, exprs: Iterable[ast.Expr], bound: Bound) -> None:
        for expr in exprs:
            self.expr(expr, bound)

    def expr(self, expr: ast.Expr, bound: Bound) -> None:
        match expr:
            case ast.Var(name=name):
                self.mention(name, bound)
            case ast.Call(callee=callee, args=args, trailing=trailing):
                self.expr(callee, bound)
                self.all(args, bound)
                if trailing is not None:
                    self.expr(trailing, bound)
            case ast.Binary(left=left, right=right) | ast.Pipe(left=left, right=right):
                self.expr(left, bound)
                self.expr(right, bound)
            case ast.Dot():
                self._dot(expr, bound)
            case ast.Block(stmts=stmts):
                self._block(stmts, bound)
            case ast.StringLit(parts=parts):
                self.all([p for p in parts if not isinstance(p, str)], bound)
            case ast.TupleExpr(items=items) | ast.ListExpr(items=items):
                self.all(items, bound)
            case ast.Unary(operand=inner) | ast.Try(operand=inner):
                self.expr(inner, bound)
            case ast.Return(value=value):
                if value is not None:
                    self.expr(value, bound)
            case ast.Closure(clauses=clauses):
                for clause in clauses:
                    self.clause(clause.params, clause.guard, clause.body, bound)
            case ast.If():
                self._if(expr, bound)
            case _:
                self._rarer(expr, bound)

    def _rarer(self, expr: ast.Expr, bound: Bound) -> None:
        match expr:
            case ast.Case(scrutinee=scrutinee, arms=arms):
                self.expr(scrutinee, bound)
                self._arms(arms, bound)
            case ast.Receive(arms=arms, after=after):
                self._arms(arms, bound)
                self.all(after or (), bound)
            case ast.MapExpr(entries=entries):
                self.all([part for entry in entries for part in entry], bound)
            case ast.StructLit(fields=fields):
                self.all([value for _, value in fields], bound)
            case ast.While(cond=cond, body=body):
                self.all((cond, body), bound)
            case ast.For(binders=binders, iterable=iterable, guard=guard, body=body):
                self.expr(iterable, bound)
                inner = bound.union(b.text for b in binders)
                if guard is not None:
                    self.expr(guard, inner)
                self.expr(body, inner)
            case ast.Index(base=base, index=index):
                self.all((base, index), bound)
            case ast.Spawn(args=args):
                self.all(args, bound)
            case _:
                pass

    def _dot(self, expr: ast.Dot, bound: Bound) -> None:
        parts = [expr.name.text]
        base: ast.Expr = expr.base
        while isinstance(base, ast.Dot):
            parts.append(base.name.text)
            base = base.base
        if not isinstance(base, ast.Var):
            self.expr(base, bound)
        elif base.name not in bound:
            self.mention(base.name, bound)
            self.mention(".".join([base.name, *reversed(parts)]), bound)

    def _if(self, expr: ast.If, bound: Bound) -> None:
        node: ast.If | ast.Block | None = expr
        while isinstance(node, ast.If):
            self.expr(node.cond, bound)
            self.expr(node.then, bound)
            node = node.otherwise
        if node is not None:
            self.expr(node, bound)

    def _arms(self, arms: Iterable[ast.Arm], bound: Bound) -> None:
        for arm in arms:
            inner = bound.union(pattern_binds(arm.pattern))
            if arm.guard is not None:
                self.expr(arm.guard, inner)
            self.expr(arm.body, inner)

    def clause(self, params: Iterable[ast.Param], guard: ast.Expr | None, body: ast.Expr, bound: Bound) -> None:
        inner = bound.union(n for p in params for n in pattern_binds(p.pattern))
        if guard is not None:
            self.expr(guard, inner)
        self.expr(body, inner)

    def _block(self, stmts: Iterable[ast.Stmt], bound: Bound) -> None:
        local = [s for s in stmts if isinstance(s, ast.FnDef)]
        if local:
            bound = bound.union(f.name.text for f in local)
        for stmt in stmts:
            if isinstance(stmt, ast.Let):
                self.expr(stmt.value, bound)
                bound = bound.union(pattern_binds(stmt.pattern))
            elif isinstance(stmt, ast.FnDef):
                self.clause(stmt.params or (), stmt.guard, stmt.body, bound)
            elif isinstance(stmt, ast.Expr):
                self.expr(stmt, bound)


def pattern_binds(pattern: ast.Pattern) -> list[str]:
    """All variables of a pattern."""
    names: list[str] = []
    stack = [pattern]
    while stack:
        part = stack.pop()
        match part:
            case ast.NamePat(name=name):
                if not name[:1].isupper():
                    names.append(name)
            case ast.AsPat(pattern=inner, name=as_name):
                names.append(as_name.text)
                stack.append(inner)
            case ast.TuplePat(items=items) | ast.ListPat(items=items):
                stack += items
            case ast.CtorPat(args=args):
                stack += args or ()
            case ast.ConsPat(head=head, tail=tail):
                stack += [head, tail]
            case ast.OrPat(alternatives=alternatives):
                stack += alternatives
            case _:
                pass
    return names


def free_names(clauses: Iterable[ast.FnDef]) -> list[str]:
    """The outer names that the clauses of a function mention."""
    walker = _Walker()
    for clause in clauses:
        walker.clause(clause.params or (), clause.guard, clause.body, frozenset())
    return list(walker.found)


def names_in(expr: ast.Expr) -> list[str]:
    """The outer names that an expression mentions."""
    walker = _Walker()
    walker.expr(expr, frozenset())
    return list(walker.found)
