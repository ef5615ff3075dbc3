"""The type language: variables, constructors, functions, schemes and predicates.

Variables are mutable cells solved by unification (`unify.py`) and generalised by level; everything
else is immutable. A nominal type is named by its full name: built-in types and the prelude's sum
types bare (`Int`, `List`, `Option`), user types with their module (`Main.Shape`). Tuples are
`Con("Tuple", items)`, unit is `Con("()")`, the type of `return` and `break` is `Con("Never")`.
"""

from __future__ import annotations

from dataclasses import field

from snowc.source.record import mutable, value
from snowc.source.span import NO_SPAN, Span


class Type:
    """Base of all types."""

    __slots__ = ()


@value
class Con(Type):
    """A type constructor applied to all its arguments."""

    name: str
    args: tuple[Type, ...] = ()


@value
class Fn(Type):
    params: tuple[Type, ...]
    result: Type


@mutable
class Var(Type):
    """A unification variable, or a rigid type parameter when `rigid` is its declared name.

    `link` is its solution. `level` is the depth of the `let` at which it may be generalised.
    """

    id: int
    level: int
    link: Type | None = None
    rigid: str | None = None


@value
class Gen(Type):
    """The index-th quantified variable of the scheme it occurs in."""

    index: int


@value
class Pred:
    """`type` must implement `trait`; `args` instantiate a generic interface."""

    trait: str
    type: Type
    args: tuple[Type, ...] = ()


@value
class Scheme:
    """`forall names. preds => type`, with `Gen(i)` standing for `names[i]`."""

    names: tuple[str, ...]
    preds: tuple[Pred, ...]
    type: Type


INT = Con("Int")
FLOAT = Con("Float")
BOOL = Con("Bool")
STRING = Con("String")
UNIT = Con("()")
NEVER = Con("Never")
RANGE = Con("Range")
ERROR = Con("<error>")
"""The type of what has been reported already: unifies with everything in silence."""
ANY_TUPLE = Con("<tuple>")
"""In the target of an alias only: each use of the alias has some tuple type here."""


def list_of(item: Type) -> Con:
    return Con("List", (item,))


def map_of(key: Type, value: Type) -> Con:
    return Con("Map", (key, value))


def option_of(item: Type) -> Con:
    return Con("Option", (item,))


def result_of(ok: Type, err: Type) -> Con:
    return Con("Result", (ok, err))


def tuple_of(*items: Type) -> Con:
    return Con("Tuple", items)


def prune(ty: Type) -> Type:
    """Follow solved variables at the head of a type, shortening the chain."""
    while isinstance(ty, Var) and ty.link is not None:
        nxt = ty.link
        if isinstance(nxt, Var) and nxt.link is not None:
            ty.link = nxt.link
        ty = nxt
    return ty


@value
class FieldInfo:
    """A field of a struct or variant; types use Gen for the parameters. Positional ones have no name."""

    name: str | None
    type: Type


@value
class VariantInfo:
    """`index` counts variants from 0; a struct has exactly one variant, named like the type."""

    name: str
    index: int
    fields: tuple[FieldInfo, ...]


@mutable
class TypeInfo:
    """A declared nominal type. `derives` is final once the declaration group has been checked.

    `span` is its name where it is declared, known to the module's own compilation.
    """

    name: str
    params: tuple[str, ...]
    is_struct: bool
    variants: tuple[VariantInfo, ...] = ()
    derives: frozenset[str] = field(default_factory=frozenset)
    span: Span = NO_SPAN

    @property
    def short_name(self) -> str:
        return self.name.rsplit(".", 1)[-1]
