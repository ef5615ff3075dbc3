"""The state of inferring one module, and the small operations that every part of inference needs.

`Cx` knows the program's tables, the sink, the unifier, the current level and function, and the list of
unsolved wants. Expressions are dispatched by class: each `infer_*` file registers its handlers with
`handles`, so that the files do not import one another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any, TypeVar

from snowc.diag.core import Diagnostic, NotSupportedYet, Sink
from snowc.source.record import mutable
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types import tast
from snowc.types.env import FnEntity, Instance, ModuleEnv, ProgramEnv, Scope
from snowc.types.errors import InfiniteType, Role, TypeMismatch
from snowc.types.hints import mismatch_detail, mismatch_help
from snowc.types.pending import GroupRef
from snowc.types.printing import Namer
from snowc.types.ty import ERROR, Type, Var, prune
from snowc.types.unify import Unifier


@mutable
class ActorCtx:
    """The actor around the code at hand: what it receives, and where a call of itself is its last deed."""

    entity: FnEntity
    message: Type
    tails: frozenset[Span]
    terminating: bool = False
    decided: Span | None = None
    """The pattern of the first `receive` arm that has told something of the messages."""


@mutable
class FnCtx:
    """The function, method or closure whose body is being inferred; messages call it `short`."""

    name: str
    short: str
    result: Type
    result_span: Span | None
    tvars: dict[str, Type]
    is_closure: bool = False
    in_loop: bool = False
    loop_outside: bool = False
    actor: ActorCtx | None = None
    result_help: str | None = None
    """What to say of a result of the wrong type, where its type is that of no declaration."""
    unnamed_state: str | None = None
    """The head of a service's handler that gives the state no name."""

    @property
    def is_actor_body(self) -> bool:
        """Whether this is the body of an actor itself, not of a function inside it."""
        return self.actor is not None and not self.is_closure and self.name == self.actor.entity.name


@mutable
class Want:
    """Something that must hold of `type`; looked at again whenever that becomes better known.

    `attempt` gives true when it is settled, by success or by a report; otherwise it has registered
    itself with the variable that it waits for.
    """

    span: Span
    type: Type
    why: str
    done: bool = field(default=False, init=False)

    def attempt(self, cx: Cx) -> bool:
        raise NotImplementedError


Handler = Callable[["Cx", Any, Scope, "Type | None"], tast.TExpr]
F = TypeVar("F", bound=Handler)
HANDLERS: dict[type[ast.Node], Handler] = {}


def handles(*classes: type[ast.Node]) -> Callable[[F], F]:
    """Register the function that infers expressions of these classes."""

    def register(fn: F) -> F:
        for cls in classes:
            HANDLERS[cls] = fn
        return fn

    return register


class Cx:
    """Everything mutable during the inference of one module."""

    def __init__(self, env: ProgramEnv, sink: Sink, module: ModuleEnv) -> None:
        self.env = env
        self.sink = sink
        self.module = module
        self.u = Unifier()
        self.level = 0
        self.wants: list[Want] = []
        self.fn: FnCtx | None = None
        self.owner: FnEntity | None = None
        """The function or constant being inferred, which would receive evidence."""
        self.self_type: Type | None = None
        """What `Self` means, inside an interface or implementation."""
        self.instance: Instance | None = None
        self.helpers: dict[str, FnEntity] = {}
        """Private functions of the implementation at hand; those that take `self` are methods in it."""
        self.granted: set[tuple[str, Var]] = set()
        """Predicates on type parameters that some function or implementation asks of its users."""
        self.poly_uses: list[GroupRef] = []
        """Uses of completely declared functions inside their own group."""
        self.early_uses: list[tuple[Instance, list[Type], Want]] = []
        """Uses of instances whose context was not final yet."""
        self.deciding: set[Type] = set()
        """Types for which the choice between Display and Debug is being made."""
        self.inner_items = False
        """Whether the file declares more than functions inside functions."""
        self.block_modules: dict[ast.Block, ModuleEnv] = {}
        """The blocks that do, with what they declare."""
        self.evidence_locals: dict[FnEntity, list[tast.Local]] = {}
        """The extra parameters of functions with member constraints."""
        self.later_fns: dict[str, Span] = {}
        """Local functions of enclosing blocks that are declared further down and not usable yet."""
        self.casts: dict[tuple[int, int], str] = {}
        """Calls of casts, which give no reply: by file and beginning what is called."""
        self.letter = 0
        self.taken: set[str] = set()
        """Names of declared type parameters in the current group, which inferred ones must avoid."""
        self._names: dict[str, int] = {}

    # ---- types ---------------------------------------------------------------------------------

    def fresh(self) -> Var:
        """A new type variable of the current level."""
        return self.u.fresh(self.level)

    def head(self, ty: Type) -> Type:
        """`ty` with its outermost constructor as well known as it can be now."""
        ty = prune(ty)
        if isinstance(ty, Var) and self.u.ready:
            self.settle()
            ty = prune(ty)
        return ty

    def expect(self, span: Span, expected: Type, found: Type, role: Callable[[], Role]) -> bool:
        """Unify, reporting a failure at `span` with the words of `role`."""
        if self.u.unify(expected, found):
            return True
        self.mismatch(span, expected, found, role())
        return False

    def mismatch(self, span: Span, expected: Type, found: Type, role: Role) -> None:
        """Report that unifying the two has failed."""
        namer = Namer()
        want, have = namer.show(expected), namer.show(found)
        if ERROR.name in want or ERROR.name in have:
            # Part of it has been reported already.
            return
        if self.u.infinite:
            self.report(InfiniteType(span, want, have))
            return
        advice = self._about_cast(span, role) or mismatch_help(expected, found)
        self.report(TypeMismatch(span, want, have, role, advice, mismatch_detail(expected, found, namer)))

    def _about_cast(self, span: Span, role: Role) -> str | None:
        """What to say where the result of a cast is used."""
        for place in (span, *[label.span for label in role.places]):
            name = self.casts.get((place.file, place.start))
            if name is not None:
                return f"`{name}` is a cast: it gives no reply, a `call` does"
        return None

    # ---- wants ---------------------------------------------------------------------------------

    def want(self, want: Want) -> None:
        """Settle `want` now or remember it."""
        if not want.attempt(self):
            self.wants.append(want)
        else:
            want.done = True

    def settle(self) -> None:
        """Look again at every want whose variable has been bound meanwhile."""
        ready = self.u.ready
        while ready:
            batch = ready[:]
            ready.clear()
            for want in batch:
                assert isinstance(want, Want)
                if not want.done and want.attempt(self):
                    want.done = True

    # ---- reports -------------------------------------------------------------------------------

    def report(self, diag: Diagnostic) -> None:
        self.sink.add(diag)

    def error(self, diag: Diagnostic) -> tast.ErrorNode:
        """Report and stand in for the failed expression."""
        self.sink.add(diag)
        return tast.ErrorNode(diag.span, ERROR)

    def unsupported(self, span: Span, construct: str) -> tast.ErrorNode:
        return self.error(NotSupportedYet(span, construct))

    # ---- dispatch ------------------------------------------------------------------------------

    def infer(self, expr: ast.Expr, scope: Scope, hint: Type | None = None) -> tast.TExpr:
        """The typed form of `expr`. `hint` is the type expected here, for closures to learn from; the
        caller unifies."""
        return HANDLERS[expr.__class__](self, expr, scope, hint)

    def unique(self, name: str) -> str:
        """`name`, with a number if it has been given before in this module."""
        count = self._names.get(name, 0)
        self._names[name] = count + 1
        return name if count == 0 else f"{name}.{count + 1}"
