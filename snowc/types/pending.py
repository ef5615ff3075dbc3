"""Typed nodes that exist only while a dependency group is being inferred.

They stand where the final node depends on types not known yet. `finish.py` replaces every one of them
when its group is solved, so that nobody outside inference meets them.
"""

from __future__ import annotations

from collections.abc import Callable

from snowc.source.span import Span
from snowc.types.env import FnEntity
from snowc.types.tast import TExpr, node
from snowc.types.ty import Type


@node
class OpCall(TExpr):
    """`left op right` of an arithmetic or comparison operator; becomes a Prim or a method call."""

    op: str
    left: TExpr
    right: TExpr


@node
class UnaryCall(TExpr):
    """`-x` (`-`) or `not x` (`not`)."""

    op: str
    operand: TExpr


@node
class Concat(TExpr):
    """`left <> right` on strings or lists."""

    left: TExpr
    right: TExpr


@node
class ShowPart(TExpr):
    """An interpolated expression; a String stays itself."""

    operand: TExpr


@node
class MemberUse(TExpr):
    """`base.name` or `base.name(args)` on a value; `resolved` is set once the type of `base` is known.

    If it stays unknown, the enclosing function takes the member as an extra argument (`evidence`).
    `place` is set in such an argument: where the function uses the member, which is what a panic blames.
    """

    base: TExpr
    name: str
    name_span: Span
    args: list[TExpr] | None
    owner: FnEntity | None
    place: Span | None = None
    resolved: TExpr | None = None


@node
class Macro(TExpr):
    """A function with a typing rule of its own, as callee: `build` makes its call from typed arguments.

    It takes `arity` arguments, or with `more` any number from there on.
    """

    name: str
    arity: int
    build: Callable[[list[TExpr], Span], TExpr]
    more: bool = False


@node
class GroupRef(TExpr):
    """A function of the group being inferred, used by a member of the same group (`owner`).

    `args` are the types for its declared parameters when it is used polymorphically.
    """

    entity: FnEntity
    owner: FnEntity | None
    args: list[Type] | None


@node
class Evidenced(TExpr):
    """A function that needs member functions as further arguments."""

    fn: TExpr
    evidence: list[TExpr]


@node
class EvidenceRef(TExpr):
    """The `index`-th evidence parameter of `owner`."""

    owner: FnEntity
    index: int
