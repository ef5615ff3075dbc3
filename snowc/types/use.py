"""Using a named value: instantiating its type and making the node that refers to it."""

from __future__ import annotations

from snowc.source.span import Span
from snowc.types import infer_member, infer_tuple, process_calls, tast
from snowc.types.builtins import SHOW, builtin_schemes
from snowc.types.context import Cx
from snowc.types.env import (
    BuiltinEntity,
    ConversionEntity,
    CtorEntity,
    FnEntity,
    Interface,
    LocalVar,
    Method,
    MethodEntity,
    TupleEntity,
    Unavailable,
    Value,
)
from snowc.types.generalise import instantiate
from snowc.types.later import LATER_KEYS
from snowc.types.pending import Evidenced, GroupRef
from snowc.types.traits import want_trait
from snowc.types.ty import ERROR, STRING, Con, Fn, Pred, Type
from snowc.types.unify import substitute
from snowc.types.wants import TupleWant


def use_value(cx: Cx, value: Value, name: str, span: Span, arity: int | None = None) -> tast.TExpr:
    """A reference to `value`. `arity` is the number of arguments when it is being called."""
    match value:
        case LocalVar(local=local):
            return tast.LocalRef(span, local.type, local)
        case FnEntity():
            return use_function(cx, value, span)
        case CtorEntity():
            return use_ctor(cx, value, span)
        case BuiltinEntity(key=key):
            return use_builtin(cx, key, span, arity)
        case MethodEntity(owners=(interface,)):
            return use_method(cx, interface, interface.methods[name], span)
        case MethodEntity(name=method, owners=owners):
            return infer_member.use_ambiguous_method(cx, owners, method, span)
        case TupleEntity(name=function):
            return infer_tuple.use_tuple_function(cx, function, span, arity)
        case ConversionEntity():
            return use_conversion(cx, span)
        case Unavailable():
            return tast.ErrorNode(span, ERROR)


def use_function(cx: Cx, fn: FnEntity, span: Span, why: str | None = None) -> tast.TExpr:
    """A module-level or local function, or a constant. `why` is what needs its constraints, if not the function."""
    if fn.scheme is None:
        return _use_in_group(cx, fn, span)
    ty, args = instantiate(cx, fn.scheme)
    for pred in fn.scheme.preds:
        want_pred(cx, span, instantiate_pred(pred, args), why or f"`{fn.short}`")
    if fn.const and not fn.thunk:
        return tast.GlobalConst(span, ty, fn.name)
    places = fn.evidence_places or (span,) * len(fn.evidence)
    preds = [instantiate_pred(p, args) for p in fn.evidence]
    evidence = [_evidence(cx, p, span, place) for p, place in zip(preds, places, strict=True)]
    if fn.thunk:
        return tast.Call(span, ty, _reference(fn, span, Fn(tuple([e.type for e in evidence]), ty), args), evidence)
    if fn.process == "supervisor":
        return tast.Later(span, ty, f"supervisor `{fn.short}`", [])
    node = _reference(fn, span, ty, args)
    return Evidenced(span, ty, node, evidence) if evidence else node


def _reference(fn: FnEntity, span: Span, ty: Type, args: list[Type]) -> tast.TExpr:
    if fn.is_local:
        assert fn.decl is not None
        return tast.LocalFn(span, ty, fn.decl, args)
    return tast.GlobalFn(span, ty, fn.name, args)


def _use_in_group(cx: Cx, fn: FnEntity, span: Span) -> tast.TExpr:
    """A member of the group that is being inferred: its type is still monomorphic, unless it is
    declared completely."""
    if fn.mono is None:
        # Its own declaration has been rejected before a type could be given.
        return tast.ErrorNode(span, ERROR)
    if fn.process == "supervisor":
        return tast.Later(span, fn.mono, f"supervisor `{fn.short}`", [])
    if fn.declared is None:
        return GroupRef(span, fn.mono, fn, cx.owner, None)
    ty, args = instantiate(cx, fn.declared)
    for pred in fn.declared.preds:
        want_pred(cx, span, instantiate_pred(pred, args), f"`{fn.short}`")
    node = GroupRef(span, ty, fn, cx.owner, args)
    cx.poly_uses.append(node)
    return node


def _evidence(cx: Cx, pred: Pred, span: Span, place: Span) -> tast.TExpr:
    """A closure that takes the member `pred` of its first argument; the program uses the member at `place`."""
    fn_type = pred.args[0]
    assert isinstance(fn_type, Fn)
    params = [tast.Local("self" if i == 0 else f"arg{i}", t, span) for i, t in enumerate(fn_type.params)]
    refs: list[tast.TExpr] = [tast.LocalRef(span, p.type, p) for p in params]
    is_call = pred.trait.endswith("()")
    name = pred.trait[1:].removesuffix("()")
    rest = refs[1:] if is_call else None
    body = infer_member.wait_for_member(cx, refs[0], name, span, rest, fn_type.result, place)
    return tast.Lambda(place, fn_type, params, body)


def instantiate_pred(pred: Pred, args: list[Type]) -> Pred:
    return Pred(pred.trait, substitute(pred.type, args), tuple([substitute(a, args) for a in pred.args]))


def want_pred(cx: Cx, span: Span, pred: Pred, why: str) -> None:
    """Require a scheme's predicate at this use."""
    if pred.trait == "Tuple":
        cx.want(TupleWant(span, pred.type, why))
    else:
        want_trait(cx, span, pred.trait, pred.type, why, pred.args)


# ---- constructors ------------------------------------------------------------------------------


def ctor_type(cx: Cx, ctor: CtorEntity) -> tuple[list[Type], Con]:
    """Field types and result type of a fresh instance of a constructor."""
    args: tuple[Type, ...] = tuple([cx.fresh() for _ in ctor.info.params])
    return [substitute(f.type, args) for f in ctor.variant.fields], Con(ctor.info.name, args)


def use_ctor(cx: Cx, ctor: CtorEntity, span: Span) -> tast.TExpr:
    """A constructor as a value."""
    fields, result = ctor_type(cx, ctor)
    if not fields:
        return tast.Construct(span, result, ctor.info, ctor.variant, [])
    return tast.CtorFn(span, Fn(tuple(fields), result), ctor.info, ctor.variant)


# ---- the table ---------------------------------------------------------------------------------


def use_builtin(cx: Cx, key: str, span: Span, arity: int | None) -> tast.TExpr:
    """A function of the table; among several types the one with `arity` parameters."""
    if key in process_calls.PROCESS_FUNCTIONS:
        return process_calls.use_process_function(cx, key, span, arity)
    schemes = builtin_schemes(cx.env, key)
    chosen = schemes[0]
    for scheme in schemes:
        if isinstance(scheme.type, Fn) and len(scheme.type.params) == arity:
            chosen = scheme
            break
    ty, args = instantiate(cx, chosen)
    for pred in chosen.preds:
        want_pred(cx, span, instantiate_pred(pred, args), f"`{key}`")
    if key in LATER_KEYS:
        return tast.Later(span, ty, f"`{LATER_KEYS[key]}`", [])
    if isinstance(ty, Fn):
        return tast.BuiltinFn(span, ty, key, args)
    return tast.Call(span, ty, tast.BuiltinFn(span, Fn((), ty), key, args), [])


# ---- interface methods -------------------------------------------------------------------------


def method_type(
    cx: Cx, interface: Interface, method: Method, self_type: Type
) -> tuple[Fn, tuple[Type, ...], list[Type]]:
    """The method's type for `self_type`, the interface's arguments and slots, the method's own type arguments."""
    outer: list[Type] = [cx.fresh() for _ in range(interface.base - 1)]
    own: list[Type] = [cx.fresh() for _ in method.generics]
    ty = substitute(method.type, [self_type, *outer, *own])
    assert isinstance(ty, Fn)
    return ty, tuple(outer), own


def use_method(cx: Cx, interface: Interface, method: Method, span: Span, self_type: Type | None = None) -> tast.TraitFn:
    """An interface method as a function, requiring the instance."""
    own = self_type if self_type is not None else cx.fresh()
    ty, args, generics = method_type(cx, interface, method, own)
    want_trait(cx, span, interface.name, own, f"`{method.name}`", args)
    return tast.TraitFn(span, ty, interface.name, list(args[: len(interface.params)]), method.name, own, generics)


def use_conversion(cx: Cx, span: Span, self_type: Type | None = None) -> tast.TraitFn:
    """`to_string` as a function."""
    own: Type = self_type if self_type is not None else cx.fresh()
    want_trait(cx, span, SHOW, own, "`to_string`")
    return tast.TraitFn(span, Fn((own,), STRING), SHOW, [], "show", own, [])
