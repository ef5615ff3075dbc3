"""Short ways to write typed patterns and matches by hand."""

from __future__ import annotations

from snowc.source.span import Span
from snowc.types.tast import (
    Lit,
    Local,
    LocalRef,
    Match,
    MatchArm,
    PAs,
    PCons,
    PCtor,
    PList,
    PLit,
    POr,
    PTuple,
    PVar,
    PWild,
    TExpr,
    TPat,
)
from snowc.types.ty import (
    BOOL,
    FLOAT,
    INT,
    STRING,
    UNIT,
    Con,
    FieldInfo,
    Gen,
    Type,
    TypeInfo,
    VariantInfo,
    list_of,
    tuple_of,
)

S = Span(0, 0, 1)


def sum_type(name: str, **variants: list[Type]) -> TypeInfo:
    infos = tuple(
        VariantInfo(v, i, tuple(FieldInfo(None, t) for t in fields)) for i, (v, fields) in enumerate(variants.items())
    )
    return TypeInfo(name, (), False, infos)


OPTION = TypeInfo(
    "Option",
    ("T",),
    False,
    (VariantInfo("Some", 0, (FieldInfo(None, Gen(0)),)), VariantInfo("None", 1, ())),
)
SHAPE = sum_type("Main.Shape", Circle=[FLOAT], Box=[FLOAT, FLOAT], Dot=[])


def wild(ty: Type = INT) -> TPat:
    return PWild(S, ty)


def var(name: str, ty: Type = INT) -> PVar:
    return PVar(S, ty, Local(name, ty, S))


def lit(value: int | float | str | bool) -> TPat:
    ty = {bool: BOOL, int: INT, float: FLOAT, str: STRING}[type(value)]
    return PLit(S, ty, value)


def tup(*items: TPat) -> TPat:
    return PTuple(S, tuple_of(*(p.type for p in items)) if items else UNIT, list(items))


def ctor(info: TypeInfo, name: str, *args: TPat) -> TPat:
    variant = next(v for v in info.variants if v.name == name)
    type_args = (args[0].type,) if info is OPTION and args else tuple(INT for _ in info.params)
    return PCtor(S, Con(info.name, type_args), info, variant, list(args))


def some(inner: TPat) -> TPat:
    return ctor(OPTION, "Some", inner)


NONE = ctor(OPTION, "None")


def plist(*items: TPat, item: Type = INT) -> TPat:
    return PList(S, list_of(item), list(items))


def cons(head: TPat, tail: TPat) -> TPat:
    return PCons(S, list_of(head.type), head, tail)


def either(*alternatives: TPat) -> TPat:
    return POr(S, alternatives[0].type, list(alternatives))


def named(pattern: TPat, name: str) -> TPat:
    return PAs(S, pattern.type, pattern, Local(name, pattern.type, S))


TRUE = Lit(S, BOOL, True)


def match_on(types: list[Type], *arms: tuple[list[TPat], bool], kind: str = "case") -> Match:
    """A match over variables of these types; an arm is its patterns and whether it has a guard."""
    scrutinees: list[TExpr] = [LocalRef(S, ty, Local(f"s{i}", ty, S)) for i, ty in enumerate(types)]
    built = [
        MatchArm(Span(0, 10 * i, 10 * i + 1), patterns, TRUE if guarded else None, Lit(S, INT, i))
        for i, (patterns, guarded) in enumerate(arms)
    ]
    return Match(S, INT, kind, scrutinees, built)


def case(ty: Type, *patterns: TPat, kind: str = "case") -> Match:
    return match_on([ty], *(([p], False) for p in patterns), kind=kind)
