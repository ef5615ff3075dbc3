"""Calls: of functions of the program, of interface methods, of the ABI table, of closures.

The callee is evaluated before the arguments, those from left to right. A call's place is the line
on which its callee ends, which in a chain over several lines is the line of the function's name.
"""

from __future__ import annotations

from collections.abc import Sequence

from snowc.lower.context import FnContext
from snowc.lower.faults import LoweringFault
from snowc.lower.guest import require_own_process
from snowc.lower.mirtypes import infer_type_args, lower_type
from snowc.mir import ir
from snowc.mir.builtin_names import map_builtin_name
from snowc.mir.known_functions import Signature, known_functions
from snowc.mir.shapes import variant_fields
from snowc.mir.types import INT, STRING, UNIT, Con, Fn, MTy, TVar, substitute
from snowc.source.span import Span
from snowc.types.tast import BuiltinFn, Call, CtorFn, GlobalFn, LocalFn, TraitFn

STD_FUNCTIONS = ("Map.new", "Map.put", "Map.keys", "Map.values", "Set.to_list", "Ws.handler")
"""The functions of the standard library that lowering itself calls (map literals, `for`, servers)."""

_SERVERS = ("ws_serve", "ws_serve_tls")
_CALLBACKS = 3

_NAMED = (GlobalFn, LocalFn, TraitFn, BuiltinFn, CtorFn)
"""What names a function; as a value it becomes a closure (`closures.py`)."""


def lower_call(fx: FnContext, expr: Call) -> ir.Value:
    fn = expr.fn
    named = isinstance(fn, _NAMED)
    closure = None if named else fx.value(fn)
    args = [fx.value(arg) for arg in expr.args]
    fx.b.loc = fx.program.loc(last_character(fn.span) if named else expr.span)
    ty = fx.ty(expr.type, expr.span)
    match fn:
        case GlobalFn(name=name, type_args=type_args):
            decl = fx.program.functions.get(name)
            if decl is not None and decl.message is not None and name != fx.name:
                require_own_process(fx, decl)
                call_builtin(fx, "__actor_nest", [], UNIT)
            return fx.b.call(name, [fx.ty(t, fn.span) for t in type_args], args, ty)
        case LocalFn():
            return _call_local(fx, fn, args, ty)
        case TraitFn():
            return _call_method(fx, fn, args, ty)
        case BuiltinFn(key=key, type_args=type_args):
            return call_builtin(fx, key, args, ty, [fx.ty(t, fn.span) for t in type_args])
        case CtorFn(variant=variant):
            return fx.b.construct(ty, variant.index, args)
        case _:
            assert closure is not None
            return fx.b.call_closure(closure, args, ty)


def last_character(span: Span) -> Span:
    """The last character of a span, as a place."""
    return Span(span.file, max(span.start, span.end - 1), span.end)


def _call_local(fx: FnContext, fn: LocalFn, args: list[ir.Value], ty: MTy) -> ir.Value:
    """A local function takes the outer variables that it uses as its first arguments."""
    lifted = fx.program.lifted.get(fn.decl)
    if lifted is None:
        raise LoweringFault(f"local function {fn.decl.name} is used outside its block", fn.span)
    captures = [fx.lookup(local, fn.span) for local in lifted.captures]
    return fx.b.call(lifted.name, local_type_args(fx, fn), captures + args, ty)


def local_type_args(fx: FnContext, fn: LocalFn) -> list[MTy]:
    """Type arguments of a local function: those of the functions around it, then its own."""
    outer: list[MTy] = [TVar(name) for name in fx.program.lifted[fn.decl].type_params]
    return outer + [fx.ty(t, fn.span) for t in fn.type_args]


def _call_method(fx: FnContext, fn: TraitFn, args: list[ir.Value], ty: MTy) -> ir.Value:
    made = ir.CallTrait(
        fx.b.new_value(ty),
        fx.b.loc,
        fn.trait,
        [fx.ty(t, fn.span) for t in fn.trait_args],
        fn.method,
        fx.ty(fn.self_type, fn.span),
        [fx.ty(t, fn.span) for t in fn.type_args],
        args,
    )
    return fx.b.emit_call(made)


def call_std(fx: FnContext, name: str, args: list[ir.Value], ty: MTy) -> ir.Value:
    """Call one of `STD_FUNCTIONS`, choosing its type arguments by the operands."""
    assert name in STD_FUNCTIONS, name
    decl = fx.program.functions.get(name)
    if decl is None:
        raise LoweringFault(f"the library module of {name} is not part of the program", None)
    pairs = [(lower_type(p.type), arg.type) for p, arg in zip(decl.params, args, strict=True)]
    type_args = infer_type_args(decl.type_params, [*pairs, (lower_type(decl.result), ty)])
    return fx.b.call(name, type_args, args, ty)


# ---- the ABI table -----------------------------------------------------------------------------


def call_builtin(fx: FnContext, key: str, args: Sequence[ir.Value], ty: MTy, type_args: Sequence[MTy] = ()) -> ir.Value:
    """Call a function of the table; `type_args` serve only for parameters that no operand decides."""
    symbol = map_builtin_name(key)
    signature = known_functions[symbol]
    if key in _SERVERS and isinstance(args[0].type, Fn):
        args = [_handler(fx, args[:_CALLBACKS]), *args[_CALLBACKS:]]
    operands = _fitted(fx, signature, args)
    if len(operands) != len(signature.params):
        raise LoweringFault(f"{symbol} takes {len(signature.params)} operands, not {len(operands)}", None)
    pairs = [*zip(signature.params, (v.type for v in operands), strict=True), (signature.result, ty)]
    chosen = infer_type_args(signature.type_params, pairs, type_args)
    result = substitute(signature.result, dict(zip(signature.type_params, chosen, strict=True)))
    return fx.b.call_extern(symbol, chosen, operands, result)


def _handler(fx: FnContext, callbacks: Sequence[ir.Value]) -> ir.Value:
    """Callbacks of any result types as those that a server can call."""
    return call_std(fx, "Ws.handler", list(callbacks), Con("WsHandler"))


def _fitted(fx: FnContext, signature: Signature, args: Sequence[ir.Value]) -> list[ir.Value]:
    """The operands of the row for the arguments of any of its overloads.

    A struct where the row has a closure stands for its fields, and a byte count that is left out
    behind a String is that string's.
    """
    operands: list[ir.Value] = []
    for arg in args:
        wanted = signature.params[len(operands)] if len(operands) < len(signature.params) else None
        fields = None
        if isinstance(wanted, Fn) and isinstance(arg.type, Con):
            fields = variant_fields(fx.program.module, arg.type, 0)
        if fields is None:
            operands.append(arg)
        else:
            operands += [fx.b.project(arg, 0, i, field) for i, field in enumerate(fields)]
    missing = signature.params[len(operands) :]
    if missing == (INT,) and operands and operands[-1].type == STRING:
        operands.append(call_builtin(fx, "__string_byte_length", [operands[-1]], INT))
    return operands
