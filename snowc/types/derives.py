"""Which traits a type derives (language.md 4.5).

All types of a file are decided together: implicit derivations start from everything and lose what a
field does not allow until nothing changes; explicit ones are reported instead.
"""

from __future__ import annotations

from snowc.source.record import value
from snowc.source.span import NO_SPAN, Span
from snowc.syntax import ast
from snowc.types.builtins import DERIVABLE, SHOW
from snowc.types.context import Cx
from snowc.types.declare import Declared, TypeDef
from snowc.types.errors_decl import (
    CannotDerive,
    DuplicateImpl,
    NotARowField,
    NotSerializable,
    OrdWithoutEq,
    UnderivableField,
)
from snowc.types.printing import Namer
from snowc.types.traits import find_failure
from snowc.types.ty import Con, FieldInfo, Gen, Type, TypeInfo, VariantInfo, prune

IMPLICIT_STRUCT = frozenset({"Eq", "Ord", "Debug", "Hash"})
IMPLICIT_SUM = frozenset({"Eq", "Ord", "Debug"})
_SCALARS = frozenset({"Int", "Float", "Bool", "String"})


def declare_derives(cx: Cx, declared: Declared) -> None:
    """Set `derives` of every type of the file; explicit instances are registered already."""
    implicit: list[TypeInfo] = []
    for info, stmt, module in declared.types:
        cx.module = module
        if stmt.deriving is None:
            wanted = IMPLICIT_STRUCT if info.is_struct else IMPLICIT_SUM
            info.derives = frozenset(t for t in wanted if (t, info.name) not in cx.env.instances)
            implicit.append(info)
        else:
            info.derives = _listed(cx, info, stmt, stmt.deriving)
    _shrink(cx, implicit)
    for info, stmt, module in declared.types:
        cx.module = module
        if stmt.deriving is not None:
            _check_listed(cx, info, stmt)


def _shrink(cx: Cx, implicit: list[TypeInfo]) -> None:
    """Drop implicit derivations that a field's type does not allow, to a fixed point."""
    changed = True
    while changed:
        changed = False
        for info in implicit:
            for trait in sorted(info.derives):
                part = SHOW if trait == "Debug" else trait
                if any(find_failure(cx, part, f.type) is not None for v in info.variants for f in v.fields) or (
                    trait == "Ord" and "Eq" not in info.derives and ("Eq", info.name) not in cx.env.instances
                ):
                    info.derives -= {trait}
                    changed = True


# ---- explicit clauses --------------------------------------------------------------------------


def _listed(cx: Cx, info: TypeInfo, stmt: TypeDef, names: tuple[ast.Name, ...]) -> frozenset[str]:
    """The traits of a `deriving` clause, each name checked."""
    wanted: set[str] = set()
    unknown: set[str] = set()
    for name in names:
        trait = name.text
        if trait not in DERIVABLE:
            cx.report(CannotDerive(name.span, trait, info.short_name))
            unknown.add(trait)
        elif trait == "Row" and not info.is_struct:
            cx.report(CannotDerive(name.span, trait, info.short_name, "only structs map to rows"))
        elif (trait, info.name) in cx.env.instances:
            first = cx.env.instances[trait, info.name][0]
            cx.report(DuplicateImpl(first.span, trait, info.name, name.span, True))
        else:
            wanted.add(trait)
    all_span = names[0].span.to(names[-1].span) if names else stmt.name.span
    cx.env.listed_derives[info.name] = (frozenset(wanted | unknown), all_span)
    if "Ord" in wanted and "Eq" not in wanted and ("Eq", info.name) not in cx.env.instances:
        span = next(n.span for n in names if n.text == "Ord")
        cx.report(OrdWithoutEq(span, info.short_name))
    return frozenset(wanted)


@value
class _Place:
    """A field with what messages call it and where its type is written."""

    name: str
    field: FieldInfo
    span: Span


def _places(info: TypeInfo, stmt: TypeDef) -> list[_Place]:
    if isinstance(stmt, ast.StructDef):
        spans = {f.name.text: f.type.span for f in stmt.fields}
        return [_Place(f.name or "", f, spans[f.name or ""]) for f in info.variants[0].fields]
    found: list[_Place] = []
    written = {v.name.text: v for v in reversed(stmt.variants)}
    for variant in info.variants:
        found += _variant_places(variant, written[variant.name])
    return found


def _variant_places(variant: VariantInfo, written: ast.VariantDef) -> list[_Place]:
    return [
        _Place(f"{variant.name}::{f.name or i}", f, w.type.span)
        for i, (f, w) in enumerate(zip(variant.fields, written.fields, strict=True))
    ]


def _check_listed(cx: Cx, info: TypeInfo, stmt: TypeDef) -> None:
    """Every field must allow what is listed."""
    namer = Namer(info.params)
    for trait in sorted(info.derives):
        for place in _places(info, stmt):
            text = namer.show(place.field.type)
            if trait == "Json":
                if not _serializable(cx, place.field.type):
                    cx.report(NotSerializable(place.span, place.name, text))
            elif trait == "Row":
                if not _row_field(place.field.type):
                    cx.report(NotARowField(place.span, place.name, text))
            else:
                part = SHOW if trait in ("Display", "Debug") else trait
                failure = find_failure(cx, part, place.field.type)
                if failure is not None:
                    lacking, named = namer.show(failure), isinstance(failure, Con) and failure.name != "Tuple"
                    cx.report(UnderivableField(place.span, place.name, lacking, trait, info.short_name, named))


def _serializable(cx: Cx, ty: Type) -> bool:
    ty = prune(ty)
    if isinstance(ty, Gen):
        return True
    if not isinstance(ty, Con):
        return False
    if ty.name in _SCALARS or ty.name in ("Json", "Ordering", "<error>"):
        return True
    if ty.name in ("Option", "List", "Result"):
        return all(_serializable(cx, a) for a in ty.args)
    if ty.name == "Map":
        return prune(ty.args[0]) == Con("String") and _serializable(cx, ty.args[1])
    info = cx.env.types.get(ty.name)
    return info is not None and "Json" in info.derives and all(_serializable(cx, a) for a in ty.args)


def _row_field(ty: Type) -> bool:
    ty = prune(ty)
    if isinstance(ty, Con) and ty.name == "Option":
        ty = prune(ty.args[0])
    return isinstance(ty, Con) and (ty.name in _SCALARS or ty.name == "<error>")


def drop_implicit(cx: Cx, trait: str, type_name: str, span: Span) -> bool:
    """An explicit instance replaces an implicit derivation; false if the derivation is explicit."""
    info = cx.env.types.get(type_name)
    if info is None or trait not in info.derives:
        return True
    listed = cx.env.listed_derives.get(type_name)
    if listed is not None:
        cx.report(DuplicateImpl(span, trait, type_name, listed[1], True))
        return False
    if info.name in ("Option", "Result", "Ordering"):
        cx.report(DuplicateImpl(span, trait, type_name, NO_SPAN, False))
        return False
    info.derives -= {trait}
    cx.module.file_module.replaced.append((trait, type_name))
    return True
