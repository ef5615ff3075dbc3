"""Overlapping implementations (language.md 4.6): one per trait and type, else E0026.

Two implementations for the same type constructor overlap if their heads have a common instance. One for a
bare type parameter (`impl I for T where …`) covers every type that its `where` allows, which can be told
only when everything the file declares is known: implementations of a type are checked against it then, and
derivations too. An implicit derivation gives way (R20), an explicit one is E0026.
"""

from __future__ import annotations

from collections.abc import Iterator

from snowc.source.span import Span
from snowc.types.builtins import ALL_DERIVES
from snowc.types.context import Cx
from snowc.types.derives import drop_implicit
from snowc.types.env import Instance
from snowc.types.errors_decl import DuplicateImpl
from snowc.types.printing import Namer
from snowc.types.traits import find_failure
from snowc.types.ty import ERROR, Con, Type, TypeInfo
from snowc.types.unify import substitute

ANY = "*"
"""The head of an implementation for a bare type parameter."""

LIBRARY = Span(-1, 0, 0)
"""Stands for a place in the library, which messages do not show."""


def have_common_type(cx: Cx, left: Instance, right: Instance) -> tuple[Type, list[Type], list[Type]] | None:
    """A type that both heads fit, with what their parameters are there; None if there is none."""
    mine, theirs = _fresh(cx, left), _fresh(cx, right)
    target = substitute(left.target, mine)
    pairs = zip((left.target, *left.args), (right.target, *right.args), strict=True)
    if ERROR in left.args or ERROR in right.args:
        return None
    if not all(cx.u.unify(substitute(a, mine), substitute(b, theirs)) for a, b in pairs):
        return None
    return target, mine, theirs


def _fresh(cx: Cx, instance: Instance) -> list[Type]:
    return [cx.fresh() for _ in instance.params]


def check_overlaps(cx: Cx, instances: list[Instance]) -> None:
    """Check what a file has declared against implementations for bare type parameters."""
    for instance in instances:
        cx.module = instance.module
        for blanket, other in _pairs(cx, instance):
            shared = have_common_type(cx, blanket, other)
            if shared is not None and _holds(cx, blanket, shared[1]) and _holds(cx, other, shared[2]):
                cx.report(duplicate(instance, blanket if other is instance else other, shared[0]))
                break


def _pairs(cx: Cx, instance: Instance) -> Iterator[tuple[Instance, Instance]]:
    """`instance` with those it might overlap, each pair once: the one for any type first."""
    trait = instance.trait.name
    if instance.head != ANY:
        blankets = cx.env.instances.get((trait, ANY), ())
        yield from ((blanket, instance) for blanket in blankets if _before(blanket, instance))
        return
    for (name, head), known in cx.env.instances.items():
        if name == trait and head != ANY:
            yield from ((instance, other) for other in known if _before(other, instance))


def _before(first: Instance, second: Instance) -> bool:
    """Whether `first` is the one that messages point back to."""
    if first.span.file != second.span.file or first.module.is_std != second.module.is_std:
        return first.module.file_module is not second.module.file_module
    return first.span.start < second.span.start


def _holds(cx: Cx, instance: Instance, types: list[Type]) -> bool:
    """Whether the `where` of an implementation allows these types."""
    return all(find_failure(cx, p.trait, substitute(p.type, types)) is None for p in instance.preds)


def duplicate(instance: Instance, first: Instance, ty: Type) -> DuplicateImpl:
    """The report at `instance` that `first` implements the trait for `ty` already."""
    place = first.span if not first.module.is_std or instance.module.is_std else LIBRARY
    return DuplicateImpl(instance.span, instance.trait.name, Namer(instance.params).show(ty), place, False)


# ---- derivations -------------------------------------------------------------------------------


def check_derivations(cx: Cx, own: list[TypeInfo]) -> None:
    """Drop or report what types derive although an implementation for any type covers them.

    `own` are the types of the file at hand. Types and implementations of other files have been compared.
    """
    for trait in sorted(ALL_DERIVES):
        for blanket in cx.env.instances.get((trait, ANY), ()):
            mine = blanket.module.file_module is cx.module.file_module
            for info in list(cx.env.types.values()) if mine else own:
                if trait in info.derives and _covers(cx, blanket, info):
                    _give_way(cx, blanket, info, mine)


def _covers(cx: Cx, blanket: Instance, info: TypeInfo) -> bool:
    """Whether an implementation for any type allows the type `info`."""
    types: list[Type] = [Con(info.name, tuple([cx.fresh() for _ in info.params]))]
    return _holds(cx, blanket, types)


def _give_way(cx: Cx, blanket: Instance, info: TypeInfo, mine: bool) -> None:
    trait = blanket.trait.name
    if mine:
        drop_implicit(cx, trait, info.name, blanket.span)
    elif info.name in cx.env.listed_derives:
        cx.report(DuplicateImpl(cx.env.listed_derives[info.name][1], trait, info.name, blanket.span, False))
    else:
        info.derives -= {trait}
