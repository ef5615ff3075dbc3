"""The abstract syntax tree of the whole language (language.md 2.1).

Made by the builder as the parser reduces; read by the module graph, inference and the formatter. Nodes
are immutable, compare by identity and carry the span of exactly the text they stand for. Sugar is kept.
Where text could not be read stands an `ErrorExpr`, `ErrorItem`, `ErrorType` or `ErrorPat`, which later
stages accept in silence, because its diagnostic has been given.
"""

from __future__ import annotations

from snowc.source.record import record as node
from snowc.source.span import Span


@node
class Node:
    span: Span


@node
class Name(Node):
    """An identifier at a place where its own span matters."""

    text: str


@node
class Path(Node):
    """`Math.Vector`: one or more names."""

    parts: tuple[Name, ...]

    @property
    def text(self) -> str:
        return ".".join(p.text for p in self.parts)


# ---- types -------------------------------------------------------------------------------------

@node
class TypeExpr(Node):
    pass


@node
class NamedType(TypeExpr):
    """`Int`, `Geo.Point`, `List<T>`; `args` is None when no `<…>` was written."""

    path: Path
    args: tuple[TypeExpr, ...] | None


@node
class TupleType(TypeExpr):
    """`()` has no items; `(T)` is represented by T itself."""

    items: tuple[TypeExpr, ...]


@node
class FunType(TypeExpr):
    params: tuple[TypeExpr, ...]
    result: TypeExpr


@node
class OptionType(TypeExpr):
    """`T?`"""

    inner: TypeExpr


@node
class ResultType(TypeExpr):
    """`T!E`"""

    ok: TypeExpr
    err: TypeExpr


@node
class ErrorType(TypeExpr):
    pass


# ---- patterns ----------------------------------------------------------------------------------

@node
class Pattern(Node):
    pass


@node
class WildPat(Pattern):
    """`_`"""


@node
class NamePat(Pattern):
    """A bare name: a variable if lower case, a nullary variant if upper case (decided by inference)."""

    name: str


@node
class LitPat(Pattern):
    """Int, Float, String, Bool or unit (`nil`, value None). Negative numbers are folded."""

    value: int | float | str | bool | None


@node
class TuplePat(Pattern):
    """`()` has no items; `(p)` is represented by p itself."""

    items: tuple[Pattern, ...]


@node
class ListPat(Pattern):
    items: tuple[Pattern, ...]


@node
class CtorPat(Pattern):
    """`Variant(p…)`, `Type.Variant(p…)`, `Type.Variant` (args None when no parentheses); a module may qualify too."""

    qualifier: Path | None
    name: Name
    args: tuple[Pattern, ...] | None


@node
class ConsPat(Pattern):
    head: Pattern
    tail: Pattern


@node
class OrPat(Pattern):
    alternatives: tuple[Pattern, ...]


@node
class AsPat(Pattern):
    pattern: Pattern
    name: Name


@node
class ErrorPat(Pattern):
    pass


# ---- parameters, clauses -----------------------------------------------------------------------

@node
class Param(Node):
    """A parameter: `self` (is_self), an optionally annotated name (a NamePat or WildPat), or a pattern."""

    pattern: Pattern
    annotation: TypeExpr | None
    is_self: bool = False


@node
class Bound(Node):
    """`T: Trait` in a where clause."""

    param: Name
    trait: Path


# ---- expressions -------------------------------------------------------------------------------

@node
class Expr(Node):
    pass


@node
class IntLit(Expr):
    """Value within -2^63 … 2^63-1, or exactly 2^63 as operand of unary minus (folded by the builder)."""

    value: int


@node
class FloatLit(Expr):
    value: float


@node
class BoolLit(Expr):
    value: bool


@node
class UnitLit(Expr):
    """`nil` or `()`"""


@node
class StringLit(Expr):
    """Parts alternate freely: decoded text or an interpolated expression; no parts is the empty string."""

    parts: tuple[str | Expr, ...]


@node
class Var(Expr):
    name: str


@node
class SelfVar(Expr):
    """`self`, the receiver value."""


@node
class SelfCall(Expr):
    """`self()`, the actor primitive."""


@node
class TupleExpr(Expr):
    """Two or more items; `(e)` is e itself."""

    items: tuple[Expr, ...]


@node
class ListExpr(Expr):
    items: tuple[Expr, ...]


@node
class MapExpr(Expr):
    entries: tuple[tuple[Expr, Expr], ...]


@node
class Block(Expr):
    """Statements of one scope; `Let`, `Return`, items and expressions in order."""

    stmts: tuple[Stmt, ...]


@node
class If(Expr):
    """`otherwise` is a Block, another If (`else if`), or None."""

    cond: Expr
    then: Block
    otherwise: Block | If | None


@node
class Arm(Node):
    """A case/receive arm. `body` is an expression, a `Return`, or a Block (`do … end`)."""

    pattern: Pattern
    guard: Expr | None
    body: Expr


@node
class Case(Expr):
    scrutinee: Expr
    arms: tuple[Arm, ...]


@node
class Receive(Expr):
    arms: tuple[Arm, ...]
    after: tuple[Expr, Expr] | None


@node
class Clause(Node):
    """One clause of a closure or function."""

    params: tuple[Param, ...]
    guard: Expr | None
    body: Expr


@node
class Closure(Expr):
    clauses: tuple[Clause, ...]


@node
class While(Expr):
    cond: Expr
    body: Block


@node
class For(Expr):
    """`for x in e` has one binder, `for {k, v} in e` two or more; `braced` tells `{x}` from `x`."""

    binders: tuple[Name, ...]
    braced: bool
    iterable: Expr
    guard: Expr | None
    body: Block


@node
class Break(Expr):
    pass


@node
class Continue(Expr):
    pass


@node
class Return(Expr):
    """A statement; as an expression it appears only as an arm body."""

    value: Expr | None


@node
class Call(Expr):
    """`callee(args)`; `trailing` is the closure of `f(a) do |x| … end`."""

    callee: Expr
    args: tuple[Expr, ...]
    trailing: Closure | None = None


@node
class Dot(Expr):
    """`base.name`, whatever it turns out to mean (language.md 5.8)."""

    base: Expr
    name: Name


@node
class Index(Expr):
    base: Expr
    index: Expr


@node
class Try(Expr):
    """`e?`"""

    operand: Expr


@node
class StructLit(Expr):
    """`Path { f: e, … }`; `head` is the expression written before the brace (a Var or Dot chain)."""

    head: Expr
    fields: tuple[tuple[Name, Expr], ...]


@node
class Unary(Expr):
    """op is `-` or `not` (`!` is normalised to `not`)."""

    op: str
    operand: Expr


@node
class Binary(Expr):
    """op is one of `+ - * / % == != < > <= >= <> ..`, `and`, `or` (`++` → `<>`, `&&` → `and`, `||` → `or`)."""

    op: str
    op_span: Span
    left: Expr
    right: Expr


@node
class Pipe(Expr):
    """`left |> right`"""

    left: Expr
    right: Expr


@node
class Spawn(Expr):
    """`spawn(…)`, `send(…)` or `link(…)`; op is the word."""

    op: str
    args: tuple[Expr, ...]


@node
class ErrorExpr(Expr):
    pass


# ---- statements and items ----------------------------------------------------------------------

@node
class Let(Node):
    """`pattern` is a NamePat, WildPat or TuplePat."""

    pattern: Pattern
    annotation: TypeExpr | None
    value: Expr


@node
class Item(Node):
    """A declaration. `doc` is the text of the `##` lines above it, without the marks, or None."""

    doc: str | None
    public: bool


@node
class FnDef(Item):
    """One clause of a named function, as written (inference groups them); `params` is None without a list."""

    name: Name
    generics: tuple[Name, ...]
    params: tuple[Param, ...] | None
    result: TypeExpr | None
    where: tuple[Bound, ...]
    guard: Expr | None
    body: Expr
    is_block: bool


@node
class ModuleDef(Item):
    name: Name
    body: Block


@node
class Import(Item):
    path: Path


@node
class FromImport(Item):
    path: Path
    names: tuple[Name, ...]


@node
class FieldDef(Node):
    name: Name
    type: TypeExpr


@node
class StructDef(Item):
    """`deriving` is None without a clause."""

    name: Name
    generics: tuple[Name, ...]
    fields: tuple[FieldDef, ...]
    deriving: tuple[Name, ...] | None


@node
class VariantField(Node):
    name: Name | None
    type: TypeExpr


@node
class VariantDef(Node):
    """`fields` is empty for a nullary variant."""

    name: Name
    fields: tuple[VariantField, ...]


@node
class SumDef(Item):
    name: Name
    generics: tuple[Name, ...]
    variants: tuple[VariantDef, ...]
    deriving: tuple[Name, ...] | None


@node
class AliasDef(Item):
    name: Name
    generics: tuple[Name, ...]
    target: TypeExpr


@node
class MethodDef(Node):
    """A method of an interface; `body` is the default, or None."""

    doc: str | None
    name: Name
    generics: tuple[Name, ...]
    params: tuple[Param, ...] | None
    result: TypeExpr | None
    body: Block | None


@node
class InterfaceDef(Item):
    name: Name
    generics: tuple[Name, ...]
    methods: tuple[MethodDef, ...]


@node
class ImplDef(Item):
    trait: Path
    trait_args: tuple[TypeExpr, ...]
    target: Path
    target_args: tuple[TypeExpr, ...] | None
    where: tuple[Bound, ...]
    body: Block


@node
class Terminate(Node):
    binder: Name | None
    body: Block


@node
class ActorDef(Item):
    """`body` holds the statements without the `terminate` block."""

    name: Name
    params: tuple[Param, ...] | None
    body: Block
    terminate: Terminate | None


@node
class Handler(Node):
    """`call`/`cast` of a service; `kind` is the word, `state` the `|name|` binder."""

    kind: str
    name: Name
    params: tuple[Param, ...] | None
    result: TypeExpr | None
    state: Name | None
    body: Block


@node
class ServiceDef(Item):
    name: Name
    functions: tuple[FnDef, ...]
    handlers: tuple[Handler, ...]


@node
class SupervisorSetting(Node):
    """`strategy`, `max_restarts`, `max_seconds`, `start`, `restart`, `shutdown`; value as written."""

    key: str
    value: Name | int | Expr


@node
class Child(Node):
    name: Name
    settings: tuple[SupervisorSetting, ...]


@node
class SupervisorDef(Item):
    name: Name
    settings: tuple[SupervisorSetting, ...]
    children: tuple[Child, ...]


@node
class ErrorItem(Item):
    pass


Stmt = Let | Return | Item | Expr


@node
class File(Node):
    """A whole source file: the text of its `##!` lines; how many items but functions are in functions (None: none)."""

    doc: str | None
    block: Block
    inner_items: int | None = None
