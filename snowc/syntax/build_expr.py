"""Builds expressions; the functions are named after rules and aliases of snow.lark."""

from __future__ import annotations

from typing import Any

from snowc.source.span import Span
from snowc.syntax import ast
from snowc.syntax.build_types import MAX_CHAIN, TypeBuilder
from snowc.syntax.errors import KnownMistake, NestedTooDeeply
from snowc.syntax.lexer import INT_LIMIT
from snowc.syntax.tokens import Token

# Language.md 2.2, loosest first; every binary operator is left-associative.
_LEVELS = (
    ("|>",), ("or",), ("and",), ("==", "!="), ("<", ">", "<=", ">="), ("..",), ("<>",), ("+", "-"), ("*", "/", "%"),
)  # fmt: skip
_LEVEL = {sign: level for level, signs in enumerate(_LEVELS) for sign in signs}
_SYNONYMS = {"||": "or", "&&": "and", "++": "<>"}

Statements = tuple[ast.Stmt, ...]


class ExprBuilder(TypeBuilder):
    """Expressions, on top of types and patterns."""

    # ---- blocks --------------------------------------------------------------------------------

    def block(self, *stmts: ast.Stmt) -> Statements:
        return stmts

    def make_block(self, stmts: Statements, before: Token) -> ast.Block:
        """The block behind the token `before`; it covers its statements."""
        if not stmts:
            return ast.Block(Span(self.file, before.end, before.end), ())
        return ast.Block(Span(self.file, stmts[0].span.start, stmts[-1].span.end), stmts)

    def guard(self, when: Token, condition: ast.Expr) -> ast.Expr:
        return condition

    # ---- operators -----------------------------------------------------------------------------

    def binary(self, *chain: Any) -> ast.Expr:
        """Group `operand (operator operand)+` by precedence."""
        if len(chain) == 3:
            return self.apply(*chain)
        if len(chain) > 2 * MAX_CHAIN:
            self.report(NestedTooDeeply(chain[0].span, MAX_CHAIN, "operators"))
            return ast.ErrorExpr(chain[0].span.to(chain[-1].span))
        operands: list[ast.Expr] = [chain[0]]
        waiting: list[tuple[int, Token]] = []
        for i in range(1, len(chain), 2):
            operator: Token = chain[i]
            level = _LEVEL[_SYNONYMS.get(operator.value, operator.value)]
            while waiting and waiting[-1][0] >= level:
                self.reduce(operands, waiting)
            waiting.append((level, operator))
            operands.append(chain[i + 1])
        while waiting:
            self.reduce(operands, waiting)
        return operands[0]

    def reduce(self, operands: list[ast.Expr], waiting: list[tuple[int, Token]]) -> None:
        right = operands.pop()
        operands[-1] = self.apply(operands[-1], waiting.pop()[1], right)

    def apply(self, left: ast.Expr, operator: Token, right: ast.Expr) -> ast.Expr:
        span = Span(self.file, left.span.start, right.span.end)
        if operator.kind == "PIPE":
            return ast.Pipe(span, left, right)
        sign = operator.value
        return ast.Binary(span, _SYNONYMS.get(sign, sign), self.at(operator), left, right)

    def unary(self, *children: Any) -> ast.Expr:
        operand: ast.Expr = children[-1]
        if len(children) > MAX_CHAIN:
            self.report(NestedTooDeeply(self.at(children[0]), MAX_CHAIN, "operators"))
            return ast.ErrorExpr(operand.span)
        for operator in reversed(children[:-1]):
            span = Span(self.file, operator.start, operand.span.end)
            if operator.kind == "MINUS" and isinstance(operand, ast.IntLit) and operand.value > 0:
                self.too_large.pop(operand.span.start, None)
                operand = ast.IntLit(span, -operand.value)
            else:
                operand = ast.Unary(span, "-" if operator.kind == "MINUS" else "not", operand)
        return operand

    # ---- postfix -------------------------------------------------------------------------------

    def chained(self, base: ast.Expr, node: ast.Expr) -> ast.Expr:
        """`node`, which is one more step of a chain that begins with `base`; chains have a limit."""
        length = self.chains.get(id(base), 0) + 1
        self.chains[id(node)] = length
        if length == MAX_CHAIN:
            self.report(NestedTooDeeply(node.span.after(), MAX_CHAIN, "calls and fields"))
        return ast.ErrorExpr(node.span) if length >= MAX_CHAIN else node

    def call(
        self,
        callee: ast.Expr,
        left: Token,
        args: tuple[ast.Expr, ...] | None,
        right: Token,
        trailing: ast.Closure | None,
    ) -> ast.Expr:
        end = right.end if trailing is None else trailing.span.end
        node = ast.Call(Span(self.file, callee.span.start, end), callee, args or (), trailing)
        return self.chained(callee, node)

    def dot(self, base: ast.Expr, dot: Token, name: ast.Name) -> ast.Expr:
        return self.chained(base, ast.Dot(Span(self.file, base.span.start, name.span.end), base, name))

    def index(self, base: ast.Expr, left: Token, index: ast.Expr, right: Token) -> ast.Expr:
        return self.chained(base, ast.Index(Span(self.file, base.span.start, right.end), base, index))

    def try_expr(self, operand: ast.Expr, mark: Token) -> ast.Expr:
        return self.chained(operand, ast.Try(Span(self.file, operand.span.start, mark.end), operand))

    def struct_lit(self, head: ast.Expr, left: Token, *rest: Any) -> ast.Expr:
        span = Span(self.file, head.span.start, rest[-1].end)
        if not _is_type_path(head):
            detail = "expected the name of a struct before `{`, found another expression"
            fix = "blocks are written `do … end`; braces make a struct: `P { x: 1 }`"
            self.report(KnownMistake(head.span, detail, fix))
            return ast.ErrorExpr(span)
        return ast.StructLit(span, head, rest[:-1])

    def struct_field(self, name: ast.Name, colon: Token, value: ast.Expr) -> tuple[ast.Name, ast.Expr]:
        return name, value

    def args(self, *args: ast.Expr) -> tuple[ast.Expr, ...]:
        return args

    def trailing(
        self, do: Token, params: tuple[ast.Param, ...] | None, body: Statements, end: Token
    ) -> ast.Closure:
        span = self.span(do, end)
        return ast.Closure(span, (ast.Clause(span, params or (), None, self.make_block(body, do)),))

    # ---- primary -------------------------------------------------------------------------------

    def var(self, token: Token) -> ast.Var:
        return ast.Var(Span(self.file, token.start, token.end), token.value)

    def int_lit(self, token: Token) -> ast.IntLit:
        span = Span(self.file, token.start, token.end)
        if token.value == INT_LIMIT:
            self.too_large[token.start] = span
        return ast.IntLit(span, token.value)

    def float_lit(self, token: Token) -> ast.FloatLit:
        return ast.FloatLit(self.at(token), token.value)

    def true_lit(self, token: Token) -> ast.BoolLit:
        return ast.BoolLit(self.at(token), True)

    def false_lit(self, token: Token) -> ast.BoolLit:
        return ast.BoolLit(self.at(token), False)

    def nil_lit(self, token: Token) -> ast.UnitLit:
        return ast.UnitLit(self.at(token))

    def self_var(self, token: Token) -> ast.SelfVar:
        return ast.SelfVar(self.at(token))

    def self_call(self, token: Token, left: Token, right: Token) -> ast.SelfCall:
        return ast.SelfCall(self.span(token, right))

    def break_expr(self, token: Token) -> ast.Break:
        return ast.Break(self.at(token))

    def continue_expr(self, token: Token) -> ast.Continue:
        return ast.Continue(self.at(token))

    def plain_string(self, token: Token) -> ast.StringLit:
        return ast.StringLit(Span(self.file, token.start, token.end), (token.value,) if token.value else ())

    def string(self, opening: Token, *rest: Any) -> ast.StringLit:
        parts = tuple(part.value if isinstance(part, Token) else part for part in rest[:-1])
        return ast.StringLit(self.span(opening, rest[-1]), parts)

    def interpolation(self, opening: Token, expr: ast.Expr, closing: Token) -> ast.Expr:
        return expr

    def paren(self, left: Token, items: tuple[ast.Expr, ...] | None, right: Token) -> ast.Expr:
        if items is None:
            return ast.UnitLit(self.span(left, right))
        if len(items) == 1:
            return self.widen(items[0], left, right)
        return ast.TupleExpr(self.span(left, right), items)

    def list_lit(self, left: Token, items: tuple[ast.Expr, ...] | None, right: Token) -> ast.ListExpr:
        return ast.ListExpr(self.span(left, right), items or ())

    def map_lit(self, opening: Token, *rest: Any) -> ast.MapExpr:
        return ast.MapExpr(self.span(opening, rest[-1]), rest[:-1])

    def entry(self, key: ast.Expr, arrow: Token, value: ast.Expr) -> tuple[ast.Expr, ast.Expr]:
        return key, value

    def spawn(self, word: Token, left: Token, args: tuple[ast.Expr, ...] | None, right: Token) -> ast.Spawn:
        return ast.Spawn(self.span(word, right), word.value, args or ())

    # ---- control -------------------------------------------------------------------------------

    def if_expr(
        self, word: Token, cond: ast.Expr, do: Token, then: Statements, tail: tuple[ast.Block | ast.If | None, int]
    ) -> ast.If:
        otherwise, end = tail
        return ast.If(Span(self.file, word.start, end), cond, self.make_block(then, do), otherwise)

    def no_else(self, end: Token) -> tuple[None, int]:
        return None, end.end

    def else_block(self, word: Token, body: Statements, end: Token) -> tuple[ast.Block, int]:
        return self.make_block(body, word), end.end

    def else_if(
        self, word: Token, cond: ast.Expr, do: Token, then: Statements, tail: tuple[ast.Block | ast.If | None, int]
    ) -> tuple[ast.If, int]:
        # The inner `if` begins at its own word, which ends the ELSE_IF token.
        otherwise, end = tail
        span = Span(self.file, word.end - len("if"), end)
        return ast.If(span, cond, self.make_block(then, do), otherwise), end

    def case_expr(self, word: Token, scrutinee: ast.Expr, do: Token, arms: tuple[ast.Arm, ...], end: Token) -> ast.Case:
        return ast.Case(self.span(word, end), scrutinee, arms)

    def receive_expr(
        self, word: Token, do: Token, arms: tuple[ast.Arm, ...], after: tuple[ast.Expr, ast.Expr] | None, end: Token
    ) -> ast.Receive:
        return ast.Receive(self.span(word, end), arms, after)

    def after(self, word: Token, time: ast.Expr, arrow: Token, body: ast.Expr) -> tuple[ast.Expr, ast.Expr]:
        return time, body

    def arms(self, *arms: ast.Arm) -> tuple[ast.Arm, ...]:
        return arms

    def case_arm(self, pattern: ast.Pattern, guard: ast.Expr | None, arrow: Token, body: ast.Expr) -> ast.Arm:
        return ast.Arm(pattern.span.to(body.span), pattern, guard, body)

    def error_arm(self, token: Token) -> ast.Arm:
        span = self.at(token)
        return ast.Arm(span, ast.ErrorPat(span), None, ast.ErrorExpr(span))

    def arm_block(self, do: Token, body: Statements, end: Token) -> ast.Block:
        return ast.Block(self.span(do, end), body)

    def while_expr(self, word: Token, cond: ast.Expr, do: Token, body: Statements, end: Token) -> ast.While:
        return ast.While(self.span(word, end), cond, self.make_block(body, do))

    def for_expr(
        self,
        word: Token,
        binders: tuple[tuple[ast.Name, ...], bool],
        in_: Token,
        iterable: ast.Expr,
        guard: ast.Expr | None,
        do: Token,
        body: Statements,
        end: Token,
    ) -> ast.For:
        names, braced = binders
        return ast.For(self.span(word, end), names, braced, iterable, guard, self.make_block(body, do))

    def one_binder(self, token: Token) -> tuple[tuple[ast.Name, ...], bool]:
        return (self.name(token),), False

    def braced_binders(self, *children: Token | ast.Name) -> tuple[tuple[ast.Name, ...], bool]:
        return self.name_list(*children), True

    # ---- closures ------------------------------------------------------------------------------

    def closure_head(
        self, fn: Token, params: tuple[ast.Param, ...] | None, guard: ast.Expr | None
    ) -> tuple[Token, tuple[ast.Param, ...], ast.Expr | None]:
        return fn, params or (), guard

    def clause_head(
        self, params: tuple[ast.Param, ...], guard: ast.Expr | None
    ) -> tuple[tuple[ast.Param, ...], ast.Expr | None]:
        return params, guard

    def do_closure(
        self, head: tuple[Token, tuple[ast.Param, ...], ast.Expr | None], do: Token, body: Statements, end: Token
    ) -> ast.Closure:
        fn, params, guard = head
        span = self.span(fn, end)
        return ast.Closure(span, (ast.Clause(span, params, guard, self.make_block(body, do)),))

    def arrow_closure(
        self, head: tuple[Token, tuple[ast.Param, ...], ast.Expr | None], arrow: Token, body: Statements, *rest: Any
    ) -> ast.Closure:
        fn, params, guard = head
        block = self.make_block(body, arrow)
        start = params[0].span.start if params else arrow.start
        first = ast.Clause(Span(self.file, start, block.span.end), params, guard, block)
        more = [part for part in rest if isinstance(part, ast.Clause)]
        return ast.Closure(self.span(fn, rest[-1]), (first, *more))

    def arrow_clause(
        self, head: tuple[tuple[ast.Param, ...], ast.Expr | None], arrow: Token, body: Statements
    ) -> ast.Clause:
        params, guard = head
        block = self.make_block(body, arrow)
        start = params[0].span.start if params else arrow.start
        return ast.Clause(Span(self.file, start, block.span.end), params, guard, block)

    def do_clause(
        self, head: tuple[tuple[ast.Param, ...], ast.Expr | None], do: Token, body: Statements, end: Token
    ) -> ast.Clause:
        params, guard = head
        start = params[0].span.start if params else do.start
        return ast.Clause(Span(self.file, start, end.end), params, guard, self.make_block(body, do))


def _is_type_path(expr: ast.Expr) -> bool:
    while isinstance(expr, ast.Dot):
        expr = expr.base
    return isinstance(expr, ast.Var)
