"""Short ways to write typed expressions and declarations by hand."""

from __future__ import annotations

from snowc.lower.decl import lower_program
from snowc.mir import ir
from snowc.source.files import SourceMap
from snowc.source.span import Span
from snowc.types.tast import (
    Block,
    BuiltinFn,
    Call,
    CtorFn,
    FnDecl,
    GlobalFn,
    If,
    Lambda,
    Let,
    LetFn,
    Lit,
    Local,
    LocalFn,
    LocalRef,
    Match,
    MatchArm,
    Prim,
    PVar,
    TExpr,
    TModule,
    TPat,
)
from snowc.types.ty import BOOL, FLOAT, INT, STRING, UNIT, Con, Fn, Type, TypeInfo, Var, prune
from tests.unit.match.factories import OPTION, S

TEXT = "".join(f"line {i}\n" for i in range(1, 100))


def at(line: int) -> Span:
    """The span of a line of the test source."""
    start = sum(len(f"line {i}\n") for i in range(1, line))
    return Span(0, start, start + 4)


def rigid(name: str) -> Var:
    return Var(0, 0, rigid=name)


def local(name: str, ty: Type = INT) -> Local:
    return Local(name, ty, S)


def ref(variable: Local) -> LocalRef:
    return LocalRef(S, variable.type, variable)


def lit(value: int | float | str | bool | None, span: Span = S) -> Lit:
    types: dict[type, Type] = {bool: BOOL, int: INT, float: FLOAT, str: STRING, type(None): UNIT}
    return Lit(span, types[type(value)], value)


def prim(op: str, *args: TExpr, span: Span = S) -> Prim:
    result: dict[str, Type] = {"Int": INT, "Float": FLOAT, "Bool": BOOL}
    return Prim(span, result[ir.PRIMS[op][1]], op, list(args))


def block(*stmts: TExpr, ty: Type | None = None) -> Block:
    return Block(S, ty if ty is not None else (stmts[-1].type if stmts else UNIT), list(stmts))


def let(variable: Local, value: TExpr) -> Let:
    return Let(S, value.type, PVar(S, variable.type, variable), value)


def if_(cond: TExpr, then: TExpr, otherwise: TExpr | None = None) -> If:
    return If(S, then.type if otherwise is not None else UNIT, cond, then, otherwise)


def match(*scrutinees: TExpr, arms: list[tuple[list[TPat], TExpr | None, TExpr]], kind: str = "case") -> Match:
    built = [MatchArm(S, patterns, guard, body) for patterns, guard, body in arms]
    return Match(S, built[0].body.type, kind, list(scrutinees), built)


def function(
    name: str, params: list[Local], body: TExpr, result: Type | None = None, type_params: list[str] | None = None
) -> FnDecl:
    return FnDecl(name, S, type_params or [], [], params, result if result is not None else body.type, body)


def fn_type(decl: FnDecl) -> Fn:
    return Fn(tuple(p.type for p in decl.params), decl.result)


def global_fn(decl: FnDecl, *type_args: Type) -> GlobalFn:
    return GlobalFn(S, fn_type(decl), decl.name, list(type_args))


def local_fn(decl: FnDecl, *type_args: Type) -> LocalFn:
    return LocalFn(S, fn_type(decl), decl, list(type_args))


def builtin(key: str, params: list[Type], result: Type, *type_args: Type) -> BuiltinFn:
    return BuiltinFn(S, Fn(tuple(params), result), key, list(type_args))


def call(fn: TExpr, *args: TExpr, span: Span = S) -> Call:
    ty = prune(fn.type)
    assert isinstance(ty, Fn)
    return Call(span, ty.result, fn, list(args))


def println(text: TExpr) -> Call:
    return call(builtin("println", [STRING], UNIT), text)


def say(text: str, value: TExpr) -> Block:
    """Print and go on with a value: shows the order of evaluation."""
    return block(println(lit(text)), value)


def lam(params: list[Local], body: TExpr) -> Lambda:
    return Lambda(S, Fn(tuple(p.type for p in params), body.type), params, body)


def let_fns(*decls: FnDecl) -> LetFn:
    return LetFn(S, UNIT, list(decls))


def some_fn(ty: Type = INT) -> CtorFn:
    return CtorFn(S, Fn((ty,), Con("Option", (ty,))), OPTION, OPTION.variants[0])


def program(
    *decls: FnDecl, types: list[TypeInfo] | None = None, std: list[FnDecl] | None = None, **module: list[object]
) -> ir.Module:
    """Lower a program of one module `Main`, with a library module `Std` if `std` is given."""
    sources = SourceMap()
    sources.add_text("main.snow", TEXT)
    modules = [TModule("Std", True, functions=std)] if std else []
    main = TModule("Main", False, types=types or [], functions=list(decls), **module)  # type: ignore[arg-type]
    return lower_program([*modules, main], sources, [OPTION])
