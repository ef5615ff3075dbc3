"""Patterns → typed patterns, binding their variables (language.md 6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace

from snowc.diag.core import Label
from snowc.diag.suggest import did_you_mean
from snowc.source.record import mutable
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.context import Cx
from snowc.types.env import CtorEntity, LocalVar, NominalEntry, Scope
from snowc.types.errors import Role, Undefined, UnknownVariant, WrongCount
from snowc.types.errors_control import BoundTwice, OrPatternNames, UppercaseParameter
from snowc.types.lookup import find_ctor
from snowc.types.printing import show
from snowc.types.resolve_types import check_public, find_namespace, module_ctor, named_type, type_names
from snowc.types.ty import BOOL, ERROR, FLOAT, INT, STRING, UNIT, Con, Type, list_of, prune
from snowc.types.use import ctor_type


@mutable
class Binder:
    """The variables of one pattern, or of one parameter list.

    `known` holds those of the first alternative while a further one is read; where `parameter` says
    what is bound, an unknown upper-case name is a variable (language.md R11). `role` says why a kind of pattern
    must fit, where that is not a plain match.
    """

    scope: Scope
    parameter: str | None = None
    bound: dict[str, tast.Local] = field(default_factory=dict)
    known: dict[str, tast.Local] | None = None
    role: Callable[[str], Role] | None = None
    misfits: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of types reported as disagreeing, shared by the arms of one `case`: the next arm is the same mistake."""

    def bind(self, cx: Cx, name: str, span: Span, ty: Type) -> tast.Local:
        """The variable `name`: the one of the first alternative, or a new one."""
        if self.known is not None and name in self.known and name not in self.bound:
            local = self.known[name]
            cx.expect(span, local.type, ty, lambda: _same_name(local))
            self.bound[name] = local
            return local
        if name in self.bound:
            cx.report(BoundTwice(span, name, self.bound[name].span))
        local = tast.Local(name, ty, span)
        self.bound[name] = local
        self.scope.names[name] = LocalVar(local)
        return local


def _same_name(local: tast.Local) -> Role:
    return Role(f"`{local.name}` in this side of the or-pattern", (Label(local.span, "the other side"),))


def infer_pattern(cx: Cx, pat: ast.Pattern, ty: Type, binder: Binder) -> tast.TPat:
    """The typed pattern for values of type `ty`."""
    match pat:
        case ast.WildPat(span=span):
            return tast.PWild(span, ty)
        case ast.NamePat():
            return _name(cx, pat, ty, binder)
        case ast.LitPat():
            return _literal(cx, pat, ty, binder)
        case ast.TuplePat():
            return _tuple(cx, pat, ty, binder)
        case ast.ListPat():
            return _list(cx, pat, ty, binder)
        case ast.ConsPat():
            return _cons(cx, pat, ty, binder)
        case ast.CtorPat():
            return _ctor(cx, pat, ty, binder)
        case ast.OrPat():
            return _or(cx, pat, ty, binder)
        case ast.AsPat(span=span, pattern=inner, name=name):
            typed = infer_pattern(cx, inner, ty, binder)
            return tast.PAs(span, ty, typed, binder.bind(cx, name.text, name.span, ty))
        case _:
            return tast.PWild(pat.span, ERROR)


def _fits(cx: Cx, pat: ast.Pattern, expected: Type, made: Type, what: str, binder: Binder) -> None:
    if cx.u.unify(expected, made):
        return
    pair = (show(expected), show(made))
    if pair not in binder.misfits:
        binder.misfits.add(pair)
        role = (binder.role or _matched)(f"{what} pattern")
        if binder.role is None and _unwrapped(expected, made):
            role = replace(role, advice="what is matched is the value itself: match it directly")
        cx.mismatch(pat.span, expected, made, role)


def _unwrapped(expected: Type, made: Type) -> bool:
    """Whether a pattern of Option or Result meets a value that is neither."""
    value = prune(expected)
    kinds = ("Option", "Result")
    return isinstance(made, Con) and made.name in kinds and isinstance(value, Con) and value.name not in kinds


def _matched(what: str) -> Role:
    return Role(f"{what} for the matched value")


def _name(cx: Cx, pat: ast.NamePat, ty: Type, binder: Binder) -> tast.TPat:
    if not pat.name[:1].isupper():
        return tast.PVar(pat.span, ty, binder.bind(cx, pat.name, pat.span, ty))
    ctor = find_ctor(cx, pat.name)
    if ctor is not None:
        return _apply_ctor(cx, pat, pat.name, ctor, (), ty, binder)
    if binder.parameter is not None:
        cx.report(UppercaseParameter(pat.span, pat.name, binder.parameter))
        return tast.PVar(pat.span, ty, binder.bind(cx, pat.name, pat.span, ty))
    return _unknown(cx, pat, pat.name, ty)


def _unknown(cx: Cx, pat: ast.Pattern, name: str, ty: Type) -> tast.TPat:
    """E0010, naming near variants of the matched type first."""
    head = prune(ty)
    info = cx.env.types.get(head.name) if isinstance(head, Con) else None
    if name in cx.module.file_module.broken:
        return tast.PWild(pat.span, ERROR)
    names = [] if info is None or info.is_struct else [v.name for v in info.variants]
    for module in cx.module.chain():
        names += module.ctors
    names += [*cx.module.file_module.imported_ctors, *cx.env.ctors]
    known = info.name if info is not None and not info.is_struct else None
    cx.report(UnknownVariant(pat.span, name, known, did_you_mean(name, names)))
    return tast.PWild(pat.span, ERROR)


_LITERAL_TYPES: dict[type, Type] = {bool: BOOL, int: INT, float: FLOAT, str: STRING}


def _literal(cx: Cx, pat: ast.LitPat, ty: Type, binder: Binder) -> tast.TPat:
    value = pat.value
    if value is None:
        _fits(cx, pat, ty, UNIT, "unit", binder)
        return tast.PTuple(pat.span, UNIT, [])
    made = _LITERAL_TYPES[type(value)]
    _fits(cx, pat, ty, made, "literal", binder)
    return tast.PLit(pat.span, made, value)


def _tuple(cx: Cx, pat: ast.TuplePat, ty: Type, binder: Binder) -> tast.TPat:
    if not pat.items:
        _fits(cx, pat, ty, UNIT, "unit", binder)
        return tast.PTuple(pat.span, UNIT, [])
    head = prune(ty)
    if isinstance(head, Con) and head.name == "Tuple" and len(head.args) == len(pat.items):
        parts: tuple[Type, ...] = head.args
    else:
        parts = tuple([cx.fresh() for _ in pat.items])
        _fits(cx, pat, ty, Con("Tuple", parts), "tuple", binder)
    items = [infer_pattern(cx, p, t, binder) for p, t in zip(pat.items, parts, strict=True)]
    return tast.PTuple(pat.span, Con("Tuple", parts), items)


def _element(cx: Cx, pat: ast.Pattern, ty: Type, binder: Binder) -> Type:
    """The element type when `ty` is matched by a list pattern."""
    head = prune(ty)
    if isinstance(head, Con) and head.name == "List":
        return head.args[0]
    item = cx.fresh()
    _fits(cx, pat, ty, list_of(item), "list", binder)
    return item


def _list(cx: Cx, pat: ast.ListPat, ty: Type, binder: Binder) -> tast.TPat:
    item = _element(cx, pat, ty, binder)
    return tast.PList(pat.span, list_of(item), [infer_pattern(cx, p, item, binder) for p in pat.items])


def _cons(cx: Cx, pat: ast.ConsPat, ty: Type, binder: Binder) -> tast.TPat:
    item = _element(cx, pat, ty, binder)
    whole = list_of(item)
    head = infer_pattern(cx, pat.head, item, binder)
    return tast.PCons(pat.span, whole, head, infer_pattern(cx, pat.tail, whole, binder))


def _ctor(cx: Cx, pat: ast.CtorPat, ty: Type, binder: Binder) -> tast.TPat:
    name = pat.name.text
    if pat.qualifier is None:
        ctor = find_ctor(cx, name)
    else:
        ctor = _qualified_ctor(cx, pat.qualifier, pat.name)
    if ctor is None:
        for sub in pat.args or ():
            infer_pattern(cx, sub, ERROR, binder)
        return _unknown(cx, pat, name, ty) if pat.qualifier is None else _unknown_in(cx, pat.qualifier, pat.name)
    return _apply_ctor(cx, pat, name, ctor, pat.args or (), ty, binder)


def _unknown_in(cx: Cx, qualifier: ast.Path, name: ast.Name) -> tast.TPat:
    """E0010 for `Type.Variant`, or E0004 where there is no such type."""
    parts = [part.text for part in qualifier.parts]
    entry = named_type(cx, parts)
    module = find_namespace(cx.module, parts) if entry is None else None
    if parts[0] in cx.module.file_module.broken:
        return tast.PWild(name.span, ERROR)
    if module is not None:
        cx.report(UnknownVariant(name.span, name.text, None, did_you_mean(name.text, module.public_names())))
    elif entry is None:
        advice = did_you_mean(parts[0], type_names(cx, cx.module, {})) if len(parts) == 1 else None
        cx.report(Undefined(qualifier.span, "type", qualifier.text, advice))
    else:
        info = entry.info if isinstance(entry, NominalEntry) else None
        names = [] if info is None or info.is_struct else [v.name for v in info.variants]
        owner = info.name if info is not None else qualifier.text
        cx.report(UnknownVariant(name.span, name.text, owner, did_you_mean(name.text, names)))
    return tast.PWild(name.span, ERROR)


def _qualified_ctor(cx: Cx, qualifier: ast.Path, name: ast.Name) -> CtorEntity | None:
    """The variant of the type, or else of the module, that `qualifier` names."""
    parts = [part.text for part in qualifier.parts]
    entry = named_type(cx, parts)
    if entry is None:
        module = find_namespace(cx.module, parts)
        return None if module is None else module_ctor(cx, module, name)
    if isinstance(entry, NominalEntry) and not entry.info.is_struct:
        check_public(cx, parts, entry, qualifier.span)
        for variant in entry.info.variants:
            if variant.name == name.text:
                return CtorEntity(entry.info, variant)
    return None


def _apply_ctor(
    cx: Cx, pat: ast.Pattern, name: str, ctor: CtorEntity, args: tuple[ast.Pattern, ...], ty: Type, binder: Binder
) -> tast.TPat:
    fields, result = ctor_type(cx, ctor)
    _fits(cx, pat, ty, result, f"`{name}`", binder)
    if len(fields) != len(args):
        wanted = len(fields)
        cx.report(WrongCount(pat.span, f"`{name}`", str(wanted), len(args), "argument", wanted))
        for sub in args:
            infer_pattern(cx, sub, ERROR, binder)
        return tast.PWild(pat.span, ERROR)
    typed = [infer_pattern(cx, p, t, binder) for p, t in zip(args, fields, strict=True)]
    return tast.PCtor(pat.span, result, ctor.info, ctor.variant, typed)


def _or(cx: Cx, pat: ast.OrPat, ty: Type, binder: Binder) -> tast.TPat:
    """All alternatives bind the names of the first one, to the same variables."""
    outer, outer_known = binder.bound, binder.known
    binder.bound = dict(outer)
    typed = [infer_pattern(cx, pat.alternatives[0], ty, binder)]
    first = binder.bound
    own = {n: v for n, v in first.items() if n not in outer}
    for alternative in pat.alternatives[1:]:
        binder.bound, binder.known = dict(outer), {**(outer_known or {}), **own}
        typed.append(infer_pattern(cx, alternative, ty, binder))
        names = {n for n in binder.bound if n not in outer}
        if names != set(own):
            cx.report(
                OrPatternNames(alternative.span, tuple(sorted(own)), tuple(sorted(names)), pat.alternatives[0].span)
            )
    binder.bound, binder.known = first, outer_known
    return tast.POr(pat.span, ty, typed)
