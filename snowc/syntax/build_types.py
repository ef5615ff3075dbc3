"""Builds types, patterns and parameters; the functions are named after rules and aliases of snow.lark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from snowc.diag.core import Diagnostic
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.syntax.errors import BadNumber, NestedTooDeeply
from snowc.syntax.lexer import INT_LIMIT
from snowc.syntax.tokens import Token

MAX_CHAIN = 2000
"""How many operators, calls or `::` in a row may build one expression or pattern, which nests as deep."""

_N = TypeVar("_N", bound=ast.Node)


class TypeBuilder:
    """State of a build: the file number, where diagnostics go, and the doc comments by the offset they precede."""

    def __init__(self, file: int, report: Callable[[Diagnostic], None], docs: dict[int, str]) -> None:
        self.file = file
        self.report = report
        self.docs = docs
        # How many calls, fields or `?` hang on each node in a row, by identity.
        self.chains: dict[int, int] = {}
        # Where the last parameter list ended.
        self.params_end = 0
        # How many items other than functions there are.
        self.items = 0
        # Integers of 2^63 that no unary minus has claimed yet, by offset.
        self.too_large: dict[int, Span] = {}

    # ---- helpers -------------------------------------------------------------------------------

    def span(self, first: Token, last: Token) -> Span:
        return Span(self.file, first.start, last.end)

    def at(self, token: Token) -> Span:
        return Span(self.file, token.start, token.end)

    def widen(self, node: _N, first: Token, last: Token) -> _N:
        """`(x)` is x itself, but covers the brackets. The node was made just now, for this place only."""
        object.__setattr__(node, "span", Span(self.file, first.start, last.end))
        return node

    def check_numbers(self) -> None:
        """Report the integers that only a unary minus would have allowed."""
        for span in self.too_large.values():
            self.report(BadNumber(span, "this number is out of range: Int ends at 9223372036854775807"))

    # ---- names ---------------------------------------------------------------------------------

    def name(self, token: Token) -> ast.Name:
        return ast.Name(Span(self.file, token.start, token.end), token.value)

    def path(self, first: ast.Name, *rest: Token | ast.Name) -> ast.Path:
        if not rest:
            return ast.Path(first.span, (first,))
        names = (first, *(part for part in rest if isinstance(part, ast.Name)))
        return ast.Path(first.span.to(names[-1].span), names)

    def name_list(self, *children: Token | ast.Name) -> tuple[ast.Name, ...]:
        return tuple(child for child in children if isinstance(child, ast.Name))

    generics = name_list
    import_list = name_list

    # ---- types ---------------------------------------------------------------------------------

    def signature(
        self, left: Token, params: tuple[ast.TypeExpr, ...] | None, right: Token, arrow: Token, result: ast.TypeExpr
    ) -> ast.FunType:
        return ast.FunType(Span(self.file, left.start, result.span.end), params or (), result)

    def fun_type(
        self,
        fun: Token,
        left: Token,
        params: tuple[ast.TypeExpr, ...] | None,
        right: Token,
        arrow: Token,
        result: ast.TypeExpr,
    ) -> ast.FunType:
        return ast.FunType(Span(self.file, fun.start, result.span.end), params or (), result)

    def result_type(self, ok: ast.TypeExpr, bang: Token, err: ast.TypeExpr) -> ast.ResultType:
        return ast.ResultType(ok.span.to(err.span), ok, err)

    def option_type(self, inner: ast.TypeExpr, mark: Token) -> ast.TypeExpr:
        span = Span(self.file, inner.span.start, mark.end)
        length = self.chains.get(id(inner), 0) + 1
        if length > MAX_CHAIN:
            return ast.ErrorType(span)
        if length == MAX_CHAIN:
            self.report(NestedTooDeeply(self.at(mark), MAX_CHAIN, "`?`"))
        node = ast.OptionType(span, inner)
        self.chains[id(node)] = length
        return node

    def named_type(self, path: ast.Path, args: tuple[tuple[ast.TypeExpr, ...], int] | None) -> ast.NamedType:
        if args is None:
            return ast.NamedType(path.span, path, None)
        types, end = args
        return ast.NamedType(Span(self.file, path.span.start, end), path, types)

    def type_args(
        self, left: Token, types: tuple[ast.TypeExpr, ...] | None, right: Token
    ) -> tuple[tuple[ast.TypeExpr, ...], int]:
        """The arguments and where they end."""
        return types or (), right.end

    def tuple_type(self, left: Token, types: tuple[ast.TypeExpr, ...] | None, right: Token) -> ast.TypeExpr:
        if types is not None and len(types) == 1:
            return self.widen(types[0], left, right)
        return ast.TupleType(self.span(left, right), types or ())

    def types(self, *types: ast.TypeExpr) -> tuple[ast.TypeExpr, ...]:
        return types

    # ---- patterns ------------------------------------------------------------------------------

    def name_pat(self, token: Token) -> ast.Pattern:
        span = Span(self.file, token.start, token.end)
        return ast.WildPat(span) if token.value == "_" else ast.NamePat(span, token.value)

    def literal_pat(self, token: Token) -> ast.LitPat:
        if token.value == INT_LIMIT:
            self.too_large[token.start] = self.at(token)
        return ast.LitPat(self.at(token), token.value)

    int_pat = literal_pat
    float_pat = literal_pat
    string_pat = literal_pat

    def negative_pat(self, minus: Token, number: Token) -> ast.LitPat:
        return ast.LitPat(self.span(minus, number), -number.value)

    def true_pat(self, token: Token) -> ast.LitPat:
        return ast.LitPat(self.at(token), True)

    def false_pat(self, token: Token) -> ast.LitPat:
        return ast.LitPat(self.at(token), False)

    def nil_pat(self, token: Token) -> ast.LitPat:
        return ast.LitPat(self.at(token), None)

    def tuple_pat(self, left: Token, items: tuple[ast.Pattern, ...] | None, right: Token) -> ast.Pattern:
        if items is not None and len(items) == 1:
            return self.widen(items[0], left, right)
        return ast.TuplePat(self.span(left, right), items or ())

    def list_pat(self, left: Token, items: tuple[ast.Pattern, ...] | None, right: Token) -> ast.ListPat:
        return ast.ListPat(self.span(left, right), items or ())

    def patterns(self, *patterns: ast.Pattern) -> tuple[ast.Pattern, ...]:
        return patterns

    def ctor_pat(self, token: Token, left: Token, args: tuple[ast.Pattern, ...] | None, right: Token) -> ast.CtorPat:
        return ast.CtorPat(self.span(token, right), None, self.name(token), args or ())

    def qualified_pat(self, first: Token, *rest: Token | ast.Name) -> ast.CtorPat:
        qualifier, name = self._qualified(first, rest)
        return ast.CtorPat(qualifier.span.to(name.span), qualifier, name, None)

    def qualified_ctor_pat(self, first: Token, *rest: Token | ast.Name | tuple[ast.Pattern, ...] | None) -> ast.CtorPat:
        *names, _left, args, right = rest
        qualifier, name = self._qualified(first, names)
        assert isinstance(right, Token) and not isinstance(args, Token | ast.Name)
        return ast.CtorPat(self.span(first, right), qualifier, name, args or ())

    def _qualified(self, first: Token, rest: Sequence[object]) -> tuple[ast.Path, ast.Name]:
        *parts, name = [self.name(first), *(part for part in rest if isinstance(part, ast.Name))]
        return ast.Path(parts[0].span.to(parts[-1].span), tuple(parts)), name

    def cons(self, *children: Token | ast.Pattern) -> ast.Pattern:
        patterns = [child for child in children if isinstance(child, ast.Pattern)]
        if len(patterns) > MAX_CHAIN:
            span = patterns[0].span.to(patterns[-1].span)
            self.report(NestedTooDeeply(patterns[0].span, MAX_CHAIN, "`::` patterns"))
            return ast.ErrorPat(span)
        tail = patterns.pop()
        while patterns:
            head = patterns.pop()
            tail = ast.ConsPat(head.span.to(tail.span), head, tail)
        return tail

    def alternatives(self, *children: Token | ast.Pattern) -> ast.OrPat:
        patterns = tuple(child for child in children if isinstance(child, ast.Pattern))
        return ast.OrPat(patterns[0].span.to(patterns[-1].span), patterns)

    def name_alternatives(self, token: Token, *children: Token | ast.Pattern) -> ast.OrPat:
        return self.alternatives(self.name_pat(token), *children)

    def as_pat(self, pattern: ast.Pattern, word: Token, name: ast.Name) -> ast.AsPat:
        return ast.AsPat(pattern.span.to(name.span), pattern, name)

    # ---- parameters ----------------------------------------------------------------------------

    def self_param(self, token: Token) -> ast.Param:
        span = self.at(token)
        return ast.Param(span, ast.NamePat(span, "self"), None, True)

    def name_param(self, token: Token, colons: Token | None, annotation: ast.TypeExpr | None) -> ast.Param:
        pattern = self.name_pat(token)
        span = pattern.span.to(annotation.span) if annotation is not None else pattern.span
        return ast.Param(span, pattern, annotation)

    def pattern_param(self, pattern: ast.Pattern) -> ast.Param:
        return ast.Param(pattern.span, pattern, None)

    def param_list(self, left: Token, *rest: Any) -> tuple[ast.Param, ...]:
        self.params_end = rest[-1].end
        return rest[:-1]

    trailing_params = param_list

    def bare_params(self, *params: ast.Param) -> tuple[ast.Param, ...]:
        return params
