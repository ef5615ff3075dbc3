"""The variants of a type instance: declared types, tuples, and the sum types every program has.

In: a module's type declarations. Out: for a concrete or generic type its variants with the fields'
types filled in. `Option`, `Result` and `Ordering` need no declaration in the module.
"""

from __future__ import annotations

from snowc.mir.ir import Module, TypeDecl, VariantDecl
from snowc.mir.types import HANDLES, Con, MTy, TVar, substitute

TUPLE = "Tuple"

_STRUCTURAL = frozenset({"Eq", "Ord", "Display", "Debug", "Hash"})
"""What tuples and the built-in sum types implement as soon as their arguments do."""


def _sum(name: str, params: list[str], **variants: list[MTy]) -> TypeDecl:
    decls = [VariantDecl(v, [None] * len(fields), fields) for v, fields in variants.items()]
    return TypeDecl(name, params, False, decls, _STRUCTURAL)


BUILT_IN: dict[str, TypeDecl] = {
    decl.name: decl
    for decl in (
        _sum("Option", ["T"], Some=[TVar("T")], **{"None": []}),
        _sum("Result", ["T", "E"], Ok=[TVar("T")], Err=[TVar("E")]),
        _sum("Ordering", [], Less=[], Equal=[], Greater=[]),
    )
}


OPAQUE: dict[str, TypeDecl] = {
    name: TypeDecl(name, [], False, [], frozenset({"Display", "Debug", *(("Eq", "Hash") if name in HANDLES else ())}))
    for name in (*sorted(HANDLES), "TimerRef")
}
"""Types of the library without variants to look at: their text is their name, handles compare as numbers."""


def decl_of(module: Module, ty: MTy) -> TypeDecl | None:
    """The declaration behind a type, made up for a tuple or opaque type; None for primitive types and functions."""
    if not isinstance(ty, Con):
        return None
    if ty.name == TUPLE:
        return tuple_decl(len(ty.args))
    return module.types.get(ty.name) or BUILT_IN.get(ty.name) or OPAQUE.get(ty.name)


def tuple_decl(arity: int) -> TypeDecl:
    """Tuples of this many elements, as if declared."""
    params = [f"T{i}" for i in range(arity)]
    variant = VariantDecl(TUPLE, [None] * arity, [TVar(p) for p in params])
    return TypeDecl(TUPLE, params, True, [variant], _STRUCTURAL)


def variant_fields(module: Module, ty: MTy, variant: int) -> list[MTy] | None:
    """The field types of one variant of `ty`; None if there is no such thing."""
    if isinstance(ty, Con) and ty.name == TUPLE:
        return list(ty.args) if variant == 0 else None
    decl = decl_of(module, ty)
    if decl is None or not isinstance(ty, Con) or len(decl.params) != len(ty.args):
        return None
    if not 0 <= variant < len(decl.variants):
        return None
    env = dict(zip(decl.params, ty.args, strict=True))
    return [substitute(field, env) for field in decl.variants[variant].field_types]
