"""The typed AST: what inference hands to exhaustiveness checking and lowering.

All sugar that needs types to be understood is gone: names are resolved, pipes and trailing closures
are calls, methods and operators on type variables are `TraitFn`, multi-clause functions and closures
are one parameter list with a `Match`. Every expression carries its type; after inference of a module
no unsolved `Var` remains except rigid ones and the quantified ones of the enclosing function,
which appear as `Var` with `rigid` set to the name listed in `FnDecl.type_params`.

Nodes are mutable dataclasses only so that inference can fill a slot late (deferred field access);
nobody changes them afterwards.
"""

from __future__ import annotations

from dataclasses import field
from typing import TypeVar, dataclass_transform

from snowc.source.record import mutable
from snowc.source.span import Span
from snowc.types.ty import Pred, Scheme, Type, TypeInfo, VariantInfo

_T = TypeVar("_T", bound=type)


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def node(cls: _T) -> _T:
    """The decorator of all node classes."""
    return mutable(cls)


@node
class Local:
    """A local variable, unique by identity; `name` is what the user wrote (or a made-up one)."""

    name: str
    type: Type
    span: Span


# ---- patterns ----------------------------------------------------------------------------------


@node
class TPat:
    span: Span
    type: Type


@node
class PWild(TPat):
    pass


@node
class PVar(TPat):
    local: Local


@node
class PLit(TPat):
    """Int, Float, String, Bool; unit is a PTuple without items."""

    value: int | float | str | bool


@node
class PTuple(TPat):
    items: list[TPat]


@node
class PCtor(TPat):
    """A variant (or struct) of a nominal type with all its sub-patterns."""

    info: TypeInfo
    variant: VariantInfo
    args: list[TPat]


@node
class PList(TPat):
    """A list of exactly these elements."""

    items: list[TPat]


@node
class PCons(TPat):
    head: TPat
    tail: TPat


@node
class POr(TPat):
    """Alternatives bind the same `Local` objects: the first alternative's, shared by the others."""

    alternatives: list[TPat]


@node
class PAs(TPat):
    pattern: TPat
    local: Local


# ---- expressions -------------------------------------------------------------------------------


@node
class TExpr:
    span: Span
    type: Type


@node
class Lit(TExpr):
    """Int (already wrapped to 64 bit), Float, String, Bool, or None for unit."""

    value: int | float | str | bool | None


@node
class LocalRef(TExpr):
    local: Local


@node
class GlobalFn(TExpr):
    """A top-level function as a value or callee, with its type arguments in `FnDecl.type_params` order."""

    name: str
    type_args: list[Type]


@node
class GlobalConst(TExpr):
    """A top-level `let`."""

    name: str


@node
class LocalFn(TExpr):
    """A function declared inside a block. It is a closure over its scope; `type_args` as GlobalFn."""

    decl: FnDecl
    type_args: list[Type]


@node
class TraitFn(TExpr):
    """Method `method` of `trait` for `self_type`, as a value or callee.

    `self_type` may be a type variable; the instance is chosen when the code is monomorphised.
    The pseudo trait `Show` (method `show`) means: Display if there is an instance, else Debug (5.9).
    """

    trait: str
    trait_args: list[Type]
    method: str
    self_type: Type
    type_args: list[Type]


@node
class BuiltinFn(TExpr):
    """A function of the ABI table under its builtin key (`println`, `ws_serve_tls`, `__list_push`)."""

    key: str
    type_args: list[Type]


@node
class CtorFn(TExpr):
    """A variant constructor as a value or callee; nullary variants are `Construct`."""

    info: TypeInfo
    variant: VariantInfo


@node
class Call(TExpr):
    fn: TExpr
    args: list[TExpr]


@node
class Construct(TExpr):
    """A struct, variant or tuple (`info` None) built from its fields in declaration order.

    Evaluation order is the order of `eval_order` (indices into `fields`) when given: struct literals
    evaluate as written.
    """

    info: TypeInfo | None
    variant: VariantInfo | None
    fields: list[TExpr]
    eval_order: list[int] | None = None


@node
class ListLit(TExpr):
    items: list[TExpr]


@node
class MapLit(TExpr):
    entries: list[tuple[TExpr, TExpr]]


@node
class Interp(TExpr):
    """String interpolation; a part is text or an expression already of type String
    (inference wraps a non-String part in a call of `TraitFn(Show)`)."""

    parts: list[str | TExpr]


@node
class FieldGet(TExpr):
    """Field `index` of a struct (or element of a tuple)."""

    base: TExpr
    index: int


@node
class Prim(TExpr):
    """A built-in operator at a known type: `op` is a MIR primitive name (see mir/ir.py PRIMS)."""

    op: str
    args: list[TExpr]


@node
class And(TExpr):
    left: TExpr
    right: TExpr


@node
class Or(TExpr):
    left: TExpr
    right: TExpr


@node
class Let(TExpr):
    """Statement: binds an irrefutable pattern. Its own type is that of the initialiser (R28)."""

    pattern: TPat
    value: TExpr


@node
class LetFn(TExpr):
    """Statement: declares local functions of one block, possibly mutually recursive. Type is unit."""

    decls: list[FnDecl]


@node
class Block(TExpr):
    """Statements in order; the value is that of the last one (unit if there is none or `type` is unit
    and the last one is a declaration)."""

    stmts: list[TExpr]


@node
class If(TExpr):
    """Without `otherwise` the type is unit and the branch value is discarded."""

    cond: TExpr
    then: TExpr
    otherwise: TExpr | None


@node
class MatchArm:
    span: Span
    patterns: list[TPat]
    guard: TExpr | None
    body: TExpr


@node
class Match(TExpr):
    """Tries arms in order on all scrutinees at once. `kind` is `case`, `fn`, `closure`, `receive` or, for the
    signals that a `receive` takes, `signal` (language.md 6.3)."""

    kind: str
    scrutinees: list[TExpr]
    arms: list[MatchArm]


@node
class Lambda(TExpr):
    """A closure. Several clauses or refutable patterns have become one `Match` over the parameters."""

    params: list[Local]
    body: TExpr


@node
class While(TExpr):
    cond: TExpr
    body: TExpr


@node
class For(TExpr):
    """A loop over a range, list, map or set; type `List<T>` of the body's values.

    `kind` is `range`, `list`, `map` or `set`. `binders` are one local, or two for map entries and
    lists of pairs. A literal `a..b` is `Call(BuiltinFn range…)`-free: `iterable` is then `RangeLit`.
    """

    kind: str
    binders: list[Local]
    iterable: TExpr
    guard: TExpr | None
    body: TExpr


@node
class RangeLit(TExpr):
    low: TExpr
    high: TExpr


@node
class Break(TExpr):
    pass


@node
class Continue(TExpr):
    pass


@node
class Return(TExpr):
    value: TExpr | None


@node
class Try(TExpr):
    """`e?`; `kind` is `result` or `option`. `fn_result` is the enclosing function's result type."""

    kind: str
    operand: TExpr
    fn_result: Type


@node
class Spawn(TExpr):
    """Starts a process, of type `Pid<M>` or `Pid`. `fn` is an actor by its name (a `GlobalFn` whose
    declaration has a `message`), or a function value that becomes the body."""

    fn: TExpr
    args: list[TExpr]


@node
class Send(TExpr):
    """`pid` is a Pid of any kind, or an Int that holds one."""

    pid: TExpr
    message: TExpr


@node
class SelfPid(TExpr):
    """`self()` of an actor."""


@node
class Receive(TExpr):
    """Takes the oldest message as `message` and matches it: `match` has the one scrutinee `message`
    and the kind `receive`. If none comes within `timeout` milliseconds, the value is that of `after`.
    `actor` is the full name of the actor around it."""

    actor: str
    message: Local
    match: Match
    timeout: TExpr | None
    after: TExpr | None


@node
class Later(TExpr):
    """A well-typed construct that is not carried out yet: `check` accepts it, lowering reports it."""

    construct: str
    parts: list[TExpr]


@node
class ErrorNode(TExpr):
    """What was reported already; never reaches lowering, which runs only without errors."""


# ---- declarations ------------------------------------------------------------------------------


@node
class FnDecl:
    """A function or method.

    `name` is the full name (`Main.area`; a method `Display__to_string__Main.Point`, see ImplDecl; a
    local function carries its enclosing function's name with a suffix). `type_params` are the names
    of its quantified variables, which occur in types as `Var(rigid=name)`; `preds` its constraints.
    """

    name: str
    span: Span
    type_params: list[str]
    preds: list[Pred]
    params: list[Local]
    result: Type
    body: TExpr
    message: Type | None = None
    """What it receives, if it is the body of an actor, which is then declared `(A, …) -> Pid<message>`."""
    blames_caller: bool = False
    """Whether a panic in it names the place of its call, as in the library."""


@node
class ConstDecl:
    name: str
    span: Span
    type: Type
    value: TExpr


@node
class ImplDecl:
    """An explicit instance. `target` is the head of the type, or `*` for an instance of every type that fits
    the one of `target_args`. `params` are the type parameters of the impl, in the order in which each method
    lists them first in its own `type_params`."""

    trait: str
    trait_args: list[Type]
    target: str
    target_args: list[Type]
    params: list[str]
    preds: list[Pred]
    methods: dict[str, str]
    """method name → full name of the FnDecl; a default body used by this impl is instantiated as
    a FnDecl of its own."""


@node
class TModule:
    """A checked module. `is_std` marks library sources (intrinsics allowed, caller locations)."""

    name: str
    is_std: bool
    types: list[TypeInfo] = field(default_factory=list)
    functions: list[FnDecl] = field(default_factory=list)
    consts: list[ConstDecl] = field(default_factory=list)
    impls: list[ImplDecl] = field(default_factory=list)
    schemes: dict[str, Scheme] = field(default_factory=dict)
    """Full name → inferred type of every module-level function and constant, in source order."""
