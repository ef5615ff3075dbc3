"""Lowering of whole programs: types, instances, constants, functions.

In: checked modules without errors, in dependency order, library modules included. Out: one MIR module
in which generic functions still have type parameters and methods of type parameters are still to be
chosen. The MIR verifies clean; nothing in it is counted yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from snowc.diag.core import NotSupportedYet, Sink
from snowc.lower.builder import make_function
from snowc.lower.context import RETURN, FnContext, Program
from snowc.lower.expr import HANDLERS
from snowc.lower.mirtypes import lower_type
from snowc.mir import ir
from snowc.mir.types import UNIT
from snowc.source.files import SourceMap
from snowc.types.tast import ConstDecl, FnDecl, ImplDecl, TModule
from snowc.types.ty import TypeInfo, VariantInfo

ENTRY = "Main.main"


def lower_program(
    modules: Sequence[TModule],
    sources: SourceMap,
    builtin_types: Iterable[TypeInfo],
    entry: str | None = ENTRY,
    sink: Sink | None = None,
) -> ir.Module:
    """Lower a program. `builtin_types` are the sum types no module declares (Option, Result, Ordering).

    `entry` is the full name of `main`; a module without it has no entry. `sink` gets what is not carried out
    yet; the module is of no use then.
    """
    module = ir.Module(files=[sources.file(i).below for i in range(len(sources))])
    functions = {decl.name: decl for m in modules for decl in m.functions}
    std = frozenset(decl.name for m in modules for decl in m.functions if m.is_std or decl.blames_caller)
    program = Program(module, sources, functions, HANDLERS, std)
    for info in builtin_types:
        _lower_type_info(program, info)
    for m in modules:
        for info in m.types:
            _lower_type_info(program, info)
    for m in modules:
        _lower_module(program, m)
    if entry in module.functions:
        module.entry = _entry(program, module.functions[entry])
    if sink is not None:
        sink.extend(NotSupportedYet(expr.span, expr.construct) for expr in program.later)
    return module


def _lower_module(program: Program, module: TModule) -> None:
    for impl in module.impls:
        program.module.impls.append(_lower_impl(impl))
    for const in module.consts:
        _lower_const(program, const, module.is_std)
    for decl in module.functions:
        _lower_function(program, decl, module.is_std or decl.blames_caller)
        _write_pending(program)


def _write_pending(program: Program) -> None:
    """Write the closures and local functions met so far, which may meet further ones."""
    while program.pending:
        program.pending.popleft()()


def _lower_type_info(program: Program, info: TypeInfo) -> None:
    variants = [_lower_variant(info, variant) for variant in info.variants]
    params = list(info.params)
    loc = program.loc(info.span)
    program.module.types[info.name] = ir.TypeDecl(info.name, params, info.is_struct, variants, info.derives, loc)


def _lower_variant(info: TypeInfo, variant: VariantInfo) -> ir.VariantDecl:
    names = [field.name for field in variant.fields]
    return ir.VariantDecl(variant.name, names, [lower_type(field.type, info.params) for field in variant.fields])


def _lower_impl(impl: ImplDecl) -> ir.Impl:
    return ir.Impl(
        impl.trait,
        [lower_type(t) for t in impl.trait_args],
        impl.target,
        [lower_type(t) for t in impl.target_args],
        list(impl.params),
        dict(impl.methods),
        [(p.trait, lower_type(p.type)) for p in impl.preds if p.trait != "Tuple"],
    )


def _lower_const(program: Program, const: ConstDecl, is_std: bool) -> None:
    init = f"{const.name}$init"
    ty = lower_type(const.type, span=const.span)
    function = make_function(init, [], [], ty, program.loc(const.span), is_std=is_std)
    program.module.consts.append(ir.ConstDecl(const.name, ty, init))
    program.declare(function)
    FnContext(program, function, {}).into(const.value, RETURN)
    _write_pending(program)


def _lower_function(program: Program, decl: FnDecl, is_std: bool) -> None:
    function = make_function(
        decl.name,
        decl.type_params,
        [(p.name, lower_type(p.type, span=p.span)) for p in decl.params],
        lower_type(decl.result, span=decl.span),
        program.loc(decl.span),
        is_std=is_std,
    )
    program.declare(function)
    env = dict(zip(decl.params, function.params, strict=True))
    FnContext(program, function, env).into(decl.body, RETURN)


def _entry(program: Program, main: ir.Function) -> str:
    """The function a program starts with: `main`, or one that discards its result."""
    if main.result == UNIT:
        return main.name
    start = make_function(f"{main.name}$start", [], [], UNIT, main.loc)
    program.declare(start)
    fx = FnContext(program, start, {})
    fx.b.call(main.name, [], [], main.result)
    fx.deliver(None, RETURN)
    return start.name
