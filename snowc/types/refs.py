"""Which outer names a piece of syntax mentions: the edges of the dependency graph.

Names bound inside are left out, scope by scope. A selection `A.b.c` on names counts as the dotted text
too, so that members of inline modules are found. The walk is iterative over statements and recursive
over nesting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from snowc.syntax import ast


class _Walker:
    """Collects free names in order of first mention; `bound` counts the bindings in force by name."""

    def __init__(self) -> None:
        self.found: dict[str, None] = {}
        self.bound: dict[str, int] = {}

    def mention(self, name: str) -> None:
        if not self.bound.get(name):
            self.found.setdefault(name)

    def bind(self, names: Iterable[str]) -> None:
        for name in names:
            self.bound[name] = self.bound.get(name, 0) + 1

    def release(self, names: Iterable[str]) -> None:
        for name in names:
            self.bound[name] -= 1

    def all(self, exprs: Iterable[ast.Expr]) -> None:
        for expr in exprs:
            self.expr(expr)

    def expr(self, expr: ast.Expr) -> None:
        match expr:
            case ast.Var(name=name):
                self.mention(name)
            case ast.Call(callee=callee, args=args, trailing=trailing):
                self.expr(callee)
                self.all(args)
                if trailing is not None:
                    self.expr(trailing)
            case ast.Binary(left=left, right=right) | ast.Pipe(left=left, right=right):
                self.all((left, right))
            case ast.Dot():
                self._dot(expr)
            case ast.Block(stmts=stmts):
                self._block(stmts)
            case ast.StringLit(parts=parts):
                self.all([p for p in parts if not isinstance(p, str)])
            case ast.TupleExpr(items=items) | ast.ListExpr(items=items):
                self.all(items)
            case ast.Unary(operand=inner) | ast.Try(operand=inner):
                self.expr(inner)
            case ast.Return(value=value):
                if value is not None:
                    self.expr(value)
            case ast.Closure(clauses=clauses):
                for clause in clauses:
                    self.clause(clause.params, clause.guard, clause.body)
            case ast.If():
                self._if(expr)
            case _:
                self._rarer(expr)

    def _rarer(self, expr: ast.Expr) -> None:
        match expr:
            case ast.Case(scrutinee=scrutinee, arms=arms):
                self.expr(scrutinee)
                self._arms(arms)
            case ast.Receive(arms=arms, after=after):
                self._arms(arms)
                self.all(after or ())
            case ast.MapExpr(entries=entries):
                self.all([part for entry in entries for part in entry])
            case ast.StructLit(fields=fields):
                self.all([value for _, value in fields])
            case ast.While(cond=cond, body=body):
                self.all((cond, body))
            case ast.For(binders=binders, iterable=iterable, guard=guard, body=body):
                self.expr(iterable)
                self.inside([b.text for b in binders], guard, body)
            case ast.Index(base=base, index=index):
                self.all((base, index))
            case ast.Spawn(args=args):
                self.all(args)
            case _:
                pass

    def inside(self, names: Sequence[str], guard: ast.Expr | None, body: ast.Expr) -> None:
        """A guard and a body where `names` are bound."""
        self.bind(names)
        if guard is not None:
            self.expr(guard)
        self.expr(body)
        self.release(names)

    def _dot(self, expr: ast.Dot) -> None:
        base, name = _dotted(expr)
        if name is None:
            self.expr(base)
        elif isinstance(base, ast.Var) and not self.bound.get(base.name):
            self.mention(base.name)
            self.mention(name)

    def _if(self, expr: ast.If) -> None:
        node: ast.If | ast.Block | None = expr
        while isinstance(node, ast.If):
            self.all((node.cond, node.then))
            node = node.otherwise
        if node is not None:
            self.expr(node)

    def _arms(self, arms: Iterable[ast.Arm]) -> None:
        for arm in arms:
            self.inside(pattern_binds(arm.pattern), arm.guard, arm.body)

    def clause(self, params: Iterable[ast.Param], guard: ast.Expr | None, body: ast.Expr) -> None:
        self.inside([n for p in params for n in pattern_binds(p.pattern)], guard, body)

    def _block(self, stmts: Iterable[ast.Stmt]) -> None:
        names = [s.name.text for s in stmts if isinstance(s, ast.FnDef)]
        self.bind(names)
        for stmt in stmts:
            if isinstance(stmt, ast.Let):
                self.expr(stmt.value)
                made = pattern_binds(stmt.pattern)
                self.bind(made)
                names += made
            elif isinstance(stmt, ast.FnDef):
                self.clause(stmt.params or (), stmt.guard, stmt.body)
            elif isinstance(stmt, ast.Expr):
                self.expr(stmt)
        self.release(names)


def _dotted(expr: ast.Expr) -> tuple[ast.Expr, str | None]:
    """The base of a chain of selections, and its text if it consists of names alone."""
    parts: list[str] = []
    while isinstance(expr, ast.Dot):
        parts.append(expr.name.text)
        expr = expr.base
    return expr, ".".join([expr.name, *reversed(parts)]) if isinstance(expr, ast.Var) else None


class _EagerWalker(_Walker):
    """Leaves out the bodies of closures and local functions; `called` are the names in the place of a callee."""

    def __init__(self) -> None:
        super().__init__()
        self.called: dict[str, None] = {}

    def expr(self, expr: ast.Expr) -> None:
        match expr:
            case ast.Call(callee=callee) | ast.Pipe(right=callee):
                base, name = _dotted(callee)
                if name is not None and isinstance(base, ast.Var) and not self.bound.get(base.name):
                    self.called.setdefault(name)
        super().expr(expr)

    def clause(self, params: Iterable[ast.Param], guard: ast.Expr | None, body: ast.Expr) -> None:
        """What is only made here is not evaluated here."""


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
        walker.clause(clause.params or (), clause.guard, clause.body)
    return list(walker.found)


def names_in(expr: ast.Expr) -> list[str]:
    """The outer names that an expression mentions."""
    walker = _Walker()
    walker.expr(expr)
    return list(walker.found)


def evaluated_in(expr: ast.Expr) -> tuple[list[str], list[str]]:
    """The outer names that evaluating an expression may mention and call at once, closures not being run."""
    walker = _EagerWalker()
    walker.expr(expr)
    return list(walker.found), list(walker.called)


def evaluated_by_calling(clauses: Iterable[ast.FnDef]) -> tuple[list[str], list[str]]:
    """The same for a call of a function."""
    walker = _EagerWalker()
    for clause in clauses:
        binds = [n for p in clause.params or () for n in pattern_binds(p.pattern)]
        walker.inside(binds, clause.guard, clause.body)
    return list(walker.found), list(walker.called)
