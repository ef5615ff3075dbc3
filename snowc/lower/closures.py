"""Closures, local functions, and named functions used as values.

A closure body becomes a function with `captures`. A local function is lambda-lifted: the outer
variables it uses are its first parameters, so that it calls itself and its siblings directly and no
cycle of objects can arise. Whatever is named and used as a value gets an adapter, a closure body that
calls it, made once per function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from snowc.lower.builder import make_function
from snowc.lower.calls import call_builtin, local_type_args
from snowc.lower.context import RETURN, FnContext, Lifted
from snowc.lower.faults import LoweringFault
from snowc.lower.guest import require_own_process
from snowc.lower.mirtypes import lower_type
from snowc.mir import ir
from snowc.mir.types import PID, UNIT, Con, Fn, MTy, TVar
from snowc.types.tast import (
    BuiltinFn,
    CtorFn,
    FnDecl,
    GlobalFn,
    Lambda,
    LetFn,
    Local,
    LocalFn,
    TExpr,
    TraitFn,
)


def lower_lambda(fx: FnContext, expr: Lambda) -> ir.Value:
    ty = fx.ty(expr.type, expr.span)
    lifted = fx.program.lifted.get(expr)
    if lifted is None:
        lifted = _lift_lambda(fx, expr, ty)
    captures = [fx.lookup(local, expr.span) for local in lifted.captures]
    type_args: list[MTy] = [TVar(name) for name in lifted.type_params]
    return fx.b.make_closure(lifted.name, type_args, captures, ty)


def _lift_lambda(fx: FnContext, expr: Lambda, ty: MTy) -> Lifted:
    if not isinstance(ty, Fn):
        raise LoweringFault("a closure without a function type", expr.span)
    program = fx.program
    lifted = Lifted(program.unique(_root(fx.name)), program.captures.free(expr), tuple(fx.type_params))
    program.lifted[expr] = lifted
    function = make_function(
        lifted.name,
        lifted.type_params,
        typed(expr.params),
        ty.result,
        program.loc(expr.span),
        captures=typed(lifted.captures),
        is_std=fx.is_std,
    )
    program.declare(function)
    program.pending.append(lambda: _write_lambda(fx, function, expr, lifted))
    return lifted


def _write_lambda(fx: FnContext, function: ir.Function, expr: Lambda, lifted: Lifted) -> None:
    env = dict(zip(expr.params, function.params, strict=True))
    env.update(zip(lifted.captures, function.captures or (), strict=True))
    FnContext(fx.program, function, env).into(expr.body, RETURN)


def _root(name: str) -> str:
    """Closures inside closures are numbered with their outermost function."""
    return name.split("$", 1)[0]


def typed(params: Sequence[Local]) -> list[tuple[str, MTy]]:
    """Names and MIR types of variables."""
    return [(local.name, lower_type(local.type, span=local.span)) for local in params]


# ---- local functions ---------------------------------------------------------------------------


def declare_local_functions(fx: FnContext, decls: Sequence[FnDecl]) -> None:
    """Make the functions of one block known, before any statement of that block is lowered."""
    for decl in decls:
        if decl not in fx.program.lifted:
            _lift_function(fx, decl)


def _lift_function(fx: FnContext, decl: FnDecl) -> None:
    program = fx.program
    clash = set(fx.type_params) & set(decl.type_params)
    if clash:
        raise LoweringFault(f"type parameter {min(clash)} of {decl.name} hides an outer one", decl.span)
    lifted = Lifted(decl.name, program.captures.free(decl), tuple(fx.type_params))
    program.lifted[decl] = lifted
    params = [*lifted.captures, *decl.params]
    function = make_function(
        decl.name,
        [*lifted.type_params, *decl.type_params],
        typed(params),
        lower_type(decl.result, span=decl.span),
        program.loc(decl.span),
        is_std=fx.is_std,
    )
    program.declare(function)
    env = dict(zip(params, function.params, strict=True))
    program.pending.append(lambda: FnContext(program, function, env).into(decl.body, RETURN))


def lower_let_fn(fx: FnContext, expr: LetFn) -> ir.Value:
    """Nothing happens where a local function is declared: its block has made it known."""
    return fx.b.unit()


# ---- named functions as values -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Adapter:
    """A closure body that passes its parameters on to something named."""

    key: object
    name: str
    type_params: Sequence[str]
    params: Sequence[MTy]
    result: MTy
    captures: Sequence[tuple[str, MTy]] = ()


def adapt(fx: FnContext, adapter: Adapter, body: Callable[[FnContext, list[ir.Value]], ir.Value]) -> str:
    """The name of the adapter's function, which is written on first use."""
    known = fx.program.adapters.get(adapter.key)
    if known is not None:
        return known
    name = fx.program.unique(adapter.name)
    fx.program.adapters[adapter.key] = name
    function = make_function(
        name,
        adapter.type_params,
        [(f"a{i}", ty) for i, ty in enumerate(adapter.params)],
        adapter.result,
        fx.b.loc,
        captures=adapter.captures,
        is_std=fx.is_std,
    )
    fx.program.declare(function)
    inner = FnContext(fx.program, function, {})
    inner.deliver(body(inner, [*(function.captures or ()), *function.params]), RETURN)
    return name


def lower_global_fn(fx: FnContext, expr: GlobalFn) -> ir.Value:
    decl = fx.program.functions.get(expr.name)
    if decl is None:
        raise LoweringFault(f"unknown function {expr.name}", expr.span)
    if decl.message is not None:
        return _actor_value(fx, expr, decl)
    result = lower_type(decl.result)
    adapter = Adapter(
        (expr.name, _blamed(fx, decl.name in fx.program.std_functions)),
        expr.name,
        decl.type_params,
        [lower_type(p.type) for p in decl.params],
        result,
    )
    own: list[MTy] = [TVar(p) for p in decl.type_params]
    name = adapt(fx, adapter, lambda inner, args: inner.b.call(expr.name, own, args, result))
    return fx.b.make_closure(name, [fx.ty(t, expr.span) for t in expr.type_args], [], fx.ty(expr.type, expr.span))


def _actor_value(fx: FnContext, expr: GlobalFn, decl: FnDecl) -> ir.Value:
    """An actor as a function: it runs the body and gives the process's pid."""

    def run(inner: FnContext, args: list[ir.Value]) -> ir.Value:
        require_own_process(inner, decl)
        call_builtin(inner, "__actor_nest", [], UNIT)
        inner.b.call(decl.name, own, args, UNIT)
        return call_builtin(inner, "__actor_self", [], PID)

    own: list[MTy] = [TVar(p) for p in decl.type_params]
    params = [lower_type(p.type) for p in decl.params]
    adapter = Adapter(("actor", decl.name), decl.name, decl.type_params, params, PID)
    type_args = [fx.ty(t, expr.span) for t in expr.type_args]
    return fx.b.make_closure(adapt(fx, adapter, run), type_args, [], fx.ty(expr.type, expr.span))


def _blamed(fx: FnContext, can_blame: bool) -> ir.Loc | None:
    """What keeps adapters apart whose target may panic in the name of the line that mentions it."""
    return fx.b.loc if can_blame and not fx.is_std else None


def lower_local_fn(fx: FnContext, expr: LocalFn) -> ir.Value:
    decl = expr.decl
    lifted = fx.program.lifted.get(decl)
    if lifted is None:
        raise LoweringFault(f"local function {decl.name} is used outside its block", expr.span)
    type_params = [*lifted.type_params, *decl.type_params]
    result = lower_type(decl.result)
    adapter = Adapter(
        decl, decl.name, type_params, [lower_type(p.type) for p in decl.params], result, typed(lifted.captures)
    )
    own: list[MTy] = [TVar(p) for p in type_params]
    name = adapt(fx, adapter, lambda inner, args: inner.b.call(lifted.name, own, args, result))
    captures = [fx.lookup(local, expr.span) for local in lifted.captures]
    return fx.b.make_closure(name, local_type_args(fx, expr), captures, fx.ty(expr.type, expr.span))


def lower_builtin_fn(fx: FnContext, expr: BuiltinFn) -> ir.Value:
    ty = _function_type(fx, expr)
    type_params = fx.type_params if _mentions_parameters(ty) else []
    key = (expr.key, ty, tuple(type_params), _blamed(fx, True))
    known = [fx.ty(t, expr.span) for t in expr.type_args]
    adapter = Adapter(key, expr.key, type_params, ty.params, ty.result)
    name = adapt(fx, adapter, lambda inner, args: call_builtin(inner, expr.key, args, ty.result, known))
    return fx.b.make_closure(name, [TVar(p) for p in type_params], [], ty)


def lower_ctor_fn(fx: FnContext, expr: CtorFn) -> ir.Value:
    info, variant = expr.info, expr.variant
    ty = _function_type(fx, expr)
    made = Con(info.name, tuple(TVar(p) for p in info.params))
    fields = [lower_type(field.type, info.params) for field in variant.fields]
    adapter = Adapter((info.name, variant.index), f"{info.name}.{variant.name}", info.params, fields, made)
    name = adapt(fx, adapter, lambda inner, args: inner.b.construct(made, variant.index, args))
    return fx.b.make_closure(name, list(ty.result.args) if isinstance(ty.result, Con) else [], [], ty)


def lower_trait_fn(fx: FnContext, expr: TraitFn) -> ir.Value:
    """Becomes a closure of the chosen instance's method in monomorphisation."""
    made = ir.MakeTraitClosure(
        fx.b.new_value(fx.ty(expr.type, expr.span)),
        fx.b.loc,
        expr.trait,
        [fx.ty(t, expr.span) for t in expr.trait_args],
        expr.method,
        fx.ty(expr.self_type, expr.span),
        [fx.ty(t, expr.span) for t in expr.type_args],
    )
    return fx.b.emit(made)


def _function_type(fx: FnContext, expr: TExpr) -> Fn:
    ty = fx.ty(expr.type, expr.span)
    if not isinstance(ty, Fn):
        raise LoweringFault("a function value without a function type", expr.span)
    return ty


def _mentions_parameters(ty: MTy) -> bool:
    match ty:
        case TVar():
            return True
        case Con(_, args):
            return any(map(_mentions_parameters, args))
        case Fn(params, result):
            return any(map(_mentions_parameters, (*params, result)))
