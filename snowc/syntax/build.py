"""Builds the AST: one function per rule or alias of snow.lark, called by the parser at each reduction.

In: the children of a production — tokens, nodes and lists of nodes. Out: nodes of ast.py, each with the
span of exactly its text. There is no other logic here; types, patterns and expressions are in
build_types.py and build_expr.py.
"""

from __future__ import annotations

from typing import Any

from snowc.source.span import Span
from snowc.syntax import ast
from snowc.syntax.build_expr import ExprBuilder, Statements
from snowc.syntax.errors import KnownMistake
from snowc.syntax.tokens import Token

Params = tuple[ast.Param, ...]
Applied = tuple[ast.Path, tuple[ast.TypeExpr, ...] | None]


class Builder(ExprBuilder):
    """Statements and items, on top of expressions."""

    def file_span(self, stmts: Statements) -> Span:
        return Span(self.file, stmts[0].span.start, stmts[-1].span.end) if stmts else Span(self.file, 0, 0)

    def source_file(self, stmts: Statements) -> ast.Block:
        return ast.Block(self.file_span(stmts), stmts)

    # ---- statements ----------------------------------------------------------------------------

    def error_stmt(self, token: Token) -> ast.ErrorExpr:
        return ast.ErrorExpr(self.at(token))

    def error_member(self, token: Token) -> None:
        """A member that could not be read is left out; its diagnostic has been given."""

    def let_stmt(
        self,
        let: Token,
        pattern: ast.Pattern,
        colons: Token | None,
        annotation: ast.TypeExpr | None,
        equals: Token,
        value: ast.Expr,
    ) -> ast.Let:
        return ast.Let(Span(self.file, let.start, value.span.end), pattern, annotation, value)

    def return_stmt(self, word: Token, value: ast.Expr | None) -> ast.Return:
        end = word.end if value is None else value.span.end
        return ast.Return(Span(self.file, word.start, end), value)

    # ---- functions -----------------------------------------------------------------------------

    def fn_name(
        self, pub: Token | None, fn: Token, name: ast.Name, generics: tuple[ast.Name, ...] | None
    ) -> tuple[int, bool, ast.Name, tuple[ast.Name, ...]]:
        return (pub or fn).start, pub is not None, name, generics or ()

    def fn_head(
        self,
        name: tuple[int, bool, ast.Name, tuple[ast.Name, ...]],
        params: Params | None,
        result: ast.TypeExpr | None,
        where: tuple[ast.Bound, ...] | None,
        guard: ast.Expr | None,
    ) -> tuple[Any, ...]:
        return (*name, params, result, where or (), guard)

    def fn_expr(self, head: tuple[Any, ...], equals: Token, body: ast.Expr) -> ast.FnDef:
        return self.fn_def(head, body, body.span.end, False)

    def fn_block(self, head: tuple[Any, ...], do: Token, body: Statements, end: Token) -> ast.FnDef:
        return self.fn_def(head, self.make_block(body, do), end.end, True)

    def fn_def(self, head: tuple[Any, ...], body: ast.Expr, end: int, is_block: bool) -> ast.FnDef:
        start, public, name, generics, params, result, where, guard = head
        span = Span(self.file, start, end)
        doc = self.docs.get(start)
        return ast.FnDef(span, doc, public, name, generics, params, result, where, guard, body, is_block)

    def result(self, arrow: Token, result: ast.TypeExpr) -> ast.TypeExpr:
        return result

    def where(self, word: Token, *bounds: ast.Bound) -> tuple[ast.Bound, ...]:
        return bounds

    def bound(self, param: ast.Name, colon: Token, trait: ast.Path) -> ast.Bound:
        return ast.Bound(param.span.to(trait.span), param, trait)

    # ---- modules -------------------------------------------------------------------------------

    def opening(self, pub: Token | None, word: Token, end: int) -> tuple[Span, str | None, bool]:
        """What every item begins with: span, doc comment, whether it is public."""
        start = (pub or word).start
        self.items += 1
        return Span(self.file, start, end), self.docs.get(start), pub is not None

    def module_def(
        self, pub: Token | None, word: Token, name: ast.Name, do: Token, body: Statements, end: Token
    ) -> ast.ModuleDef:
        return ast.ModuleDef(*self.opening(pub, word, end.end), name, self.make_block(body, do))

    def import_decl(self, word: Token, path: ast.Path) -> ast.Import:
        return ast.Import(*self.opening(None, word, path.span.end), path)

    def from_import(self, word: Token, path: ast.Path, import_: Token, *rest: Any) -> ast.FromImport:
        names: tuple[ast.Name, ...] = rest[len(rest) // 2]
        end = rest[-1].end if len(rest) > 1 else names[-1].span.end
        return ast.FromImport(*self.opening(None, word, end), path, names)

    # ---- types ---------------------------------------------------------------------------------

    def struct_def(
        self,
        pub: Token | None,
        word: Token,
        name: ast.Name,
        generics: tuple[ast.Name, ...] | None,
        do: Token,
        fields: tuple[ast.FieldDef, ...],
        end: Token,
        deriving: tuple[tuple[ast.Name, ...], int] | None,
    ) -> ast.StructDef:
        derived, last = deriving if deriving is not None else (None, end.end)
        return ast.StructDef(*self.opening(pub, word, last), name, generics or (), fields, derived)

    def members(self, *members: Any) -> tuple[Any, ...]:
        return tuple(member for member in members if member is not None)

    fields = members
    variants = members
    methods = members
    handlers = members
    sup_items = members
    child_items = members

    def field_def(self, name: ast.Name, colons: Token, type_: ast.TypeExpr) -> ast.FieldDef:
        return ast.FieldDef(name.span.to(type_.span), name, type_)

    def deriving(self, word: Token, *children: Token | ast.Name) -> tuple[tuple[ast.Name, ...], int]:
        last = children[-1]
        return self.name_list(*children), last.end if isinstance(last, Token) else last.span.end

    def sum_def(
        self,
        pub: Token | None,
        word: Token,
        name: ast.Name,
        generics: tuple[ast.Name, ...] | None,
        do: Token,
        variants: tuple[ast.VariantDef, ...],
        end: Token,
        deriving: tuple[tuple[ast.Name, ...], int] | None,
    ) -> ast.SumDef:
        derived, last = deriving if deriving is not None else (None, end.end)
        return ast.SumDef(*self.opening(pub, word, last), name, generics or (), variants, derived)

    def nullary_variant(self, name: ast.Name) -> ast.VariantDef:
        return ast.VariantDef(name.span, name, ())

    def variant_def(self, name: ast.Name, left: Token, *rest: Any) -> ast.VariantDef:
        return ast.VariantDef(Span(self.file, name.span.start, rest[-1].end), name, rest[:-1])

    def named_vfield(self, name: ast.Name, colons: Token, type_: ast.TypeExpr) -> ast.VariantField:
        return ast.VariantField(name.span.to(type_.span), name, type_)

    def plain_vfield(self, type_: ast.TypeExpr) -> ast.VariantField:
        return ast.VariantField(type_.span, None, type_)

    def alias_def(
        self,
        pub: Token | None,
        word: Token,
        name: ast.Name,
        generics: tuple[ast.Name, ...] | None,
        equals: Token,
        target: ast.TypeExpr,
    ) -> ast.AliasDef:
        return ast.AliasDef(*self.opening(pub, word, target.span.end), name, generics or (), target)

    # ---- interfaces ----------------------------------------------------------------------------

    def interface_def(
        self,
        pub: Token | None,
        word: Token,
        name: ast.Name,
        generics: tuple[ast.Name, ...] | None,
        do: Token,
        methods: tuple[ast.MethodDef, ...],
        end: Token,
    ) -> ast.InterfaceDef:
        return ast.InterfaceDef(*self.opening(pub, word, end.end), name, generics or (), methods)

    def method_head(
        self,
        fn: Token,
        name: ast.Name,
        generics: tuple[ast.Name, ...] | None,
        params: Params | None,
        result: ast.TypeExpr | None,
    ) -> ast.MethodDef:
        if result is not None:
            end = result.span.end
        else:
            end = self.params_end if params is not None else name.span.end
        span = Span(self.file, fn.start, end)
        return ast.MethodDef(span, self.docs.get(fn.start), name, generics or (), params, result, None)

    def method_default(self, head: ast.MethodDef, do: Token, body: Statements, end: Token) -> ast.MethodDef:
        span = Span(self.file, head.span.start, end.end)
        block = self.make_block(body, do)
        return ast.MethodDef(span, head.doc, head.name, head.generics, head.params, head.result, block)

    def applied(self, path: ast.Path, args: tuple[tuple[ast.TypeExpr, ...], int] | None) -> Applied:
        return path, args[0] if args is not None else None

    def impl_def(
        self,
        word: Token,
        trait: Applied,
        for_: Token,
        target: Applied,
        where: tuple[ast.Bound, ...] | None,
        do: Token,
        body: Statements,
        end: Token,
    ) -> ast.ImplDef:
        opening = self.opening(None, word, end.end)
        block = self.make_block(body, do)
        return ast.ImplDef(*opening, trait[0], trait[1] or (), target[0], target[1], where or (), block)

    # ---- actors, services, supervisors ---------------------------------------------------------

    def actor_def(
        self,
        pub: Token | None,
        word: Token,
        name: ast.Name,
        params: Params | None,
        do: Token,
        body: tuple[ast.Stmt | ast.Terminate, ...],
        end: Token,
    ) -> ast.ActorDef:
        stmts = tuple(stmt for stmt in body if not isinstance(stmt, ast.Terminate))
        blocks = [stmt for stmt in body if isinstance(stmt, ast.Terminate)]
        for second in blocks[1:]:
            self.report(KnownMistake(second.span, "found a second `terminate` block: expected at most one", None))
        block = self.make_block(stmts, do)
        return ast.ActorDef(*self.opening(pub, word, end.end), name, params, block, blocks[0] if blocks else None)

    def actor_body(self, *stmts: ast.Stmt | ast.Terminate) -> tuple[ast.Stmt | ast.Terminate, ...]:
        return stmts

    def terminate(
        self, word: Token, do: Token, binder: ast.Name | None, body: Statements, end: Token
    ) -> ast.Terminate:
        return ast.Terminate(self.span(word, end), binder, self.make_block(body, do))

    def state(self, left: Token, name: ast.Name, right: Token) -> ast.Name:
        return name

    def service_def(
        self,
        pub: Token | None,
        word: Token,
        name: ast.Name,
        do: Token,
        members: tuple[ast.FnDef | ast.Handler, ...],
        end: Token,
    ) -> ast.ServiceDef:
        functions = tuple(member for member in members if isinstance(member, ast.FnDef))
        handlers = tuple(member for member in members if isinstance(member, ast.Handler))
        return ast.ServiceDef(*self.opening(pub, word, end.end), name, functions, handlers)

    def call_head(
        self, word: Token, name: ast.Name, params: Params | None, colons: Token | None, result: ast.TypeExpr | None
    ) -> tuple[Token, ast.Name, Params | None, ast.TypeExpr | None]:
        return word, name, params, result

    def call_handler(
        self,
        head: tuple[Token, ast.Name, Params | None, ast.TypeExpr | None],
        do: Token,
        state: ast.Name | None,
        body: Statements,
        end: Token,
    ) -> ast.Handler:
        word, name, params, result = head
        return ast.Handler(self.span(word, end), "call", name, params, result, state, self.make_block(body, do))

    def cast_handler(
        self,
        word: Token,
        name: ast.Name,
        params: Params | None,
        do: Token,
        state: ast.Name | None,
        body: Statements,
        end: Token,
    ) -> ast.Handler:
        return ast.Handler(self.span(word, end), "cast", name, params, None, state, self.make_block(body, do))

    def supervisor_def(
        self,
        pub: Token | None,
        word: Token,
        name: ast.Name,
        do: Token,
        items: tuple[ast.SupervisorSetting | ast.Child, ...],
        end: Token,
    ) -> ast.SupervisorDef:
        settings = tuple(item for item in items if isinstance(item, ast.SupervisorSetting))
        children = tuple(item for item in items if isinstance(item, ast.Child))
        return ast.SupervisorDef(*self.opening(pub, word, end.end), name, settings, children)

    def setting(self, key: Token, colon: Token, value: Token | ast.Name | ast.Expr) -> ast.SupervisorSetting:
        if isinstance(value, Token):
            return ast.SupervisorSetting(self.span(key, value), key.value, value.value)
        return ast.SupervisorSetting(Span(self.file, key.start, value.span.end), key.value, value)

    def child(
        self, word: Token, name: ast.Name, do: Token, settings: tuple[ast.SupervisorSetting, ...], end: Token
    ) -> ast.Child:
        return ast.Child(self.span(word, end), name, settings)
