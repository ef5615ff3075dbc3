"""What lowering knows while it works: the program as a whole, and the function being written.

The constructs are lowered by functions in the neighbouring files, one table per way of asking
(`Handlers`): for a value, for the effect alone, or *into* a destination, where control ends with a
jump or a return. Code in tail position is lowered into `RETURN`, so that a call there is directly
followed by the return of its value.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from snowc.lower.builder import FunctionBuilder, is_unit
from snowc.lower.captures import Captures
from snowc.lower.faults import LoweringFault, UncheckedNode
from snowc.lower.mirtypes import lower_type
from snowc.mir import ir
from snowc.mir.types import MTy
from snowc.source.files import SourceMap
from snowc.source.span import Span
from snowc.types.tast import ErrorNode, FnDecl, Lambda, Later, Local, TExpr
from snowc.types.ty import Type


@dataclass(frozen=True, slots=True)
class Dest:
    """Where control goes with a value: to `join` (with the value if `used`), or out of the function."""

    join: ir.Block | None
    used: bool = True


RETURN = Dest(None)


@dataclass(frozen=True, slots=True)
class Loop:
    """The innermost loop: where `continue` and `break` go, and the list so far if one is collected."""

    again: ir.Block
    leave: ir.Block
    collected: list[ir.Value]


ValueHandler = Callable[["FnContext", TExpr], ir.Value]
EffectHandler = Callable[["FnContext", TExpr], None]
IntoHandler = Callable[["FnContext", TExpr, Dest], None]


@dataclass(frozen=True, slots=True)
class Handlers:
    """How each construct is lowered. What has an `into` handler is control; its value meets in a join."""

    value: dict[type[TExpr], ValueHandler]
    effect: dict[type[TExpr], EffectHandler]
    into: dict[type[TExpr], IntoHandler]


@dataclass(frozen=True, slots=True)
class Lifted:
    """A closure body or local function as a function of the program.

    `captures` are the outer variables it needs; `type_params` those of the functions around it.
    """

    name: str
    captures: tuple[Local, ...]
    type_params: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Program:
    """The state shared by all functions. `pending` holds bodies that are still to be written."""

    module: ir.Module
    sources: SourceMap
    functions: dict[str, FnDecl]
    handlers: Handlers
    std_functions: frozenset[str]
    captures: Captures = field(default_factory=Captures)
    lifted: dict[FnDecl | Lambda, Lifted] = field(default_factory=dict)
    adapters: dict[object, str] = field(default_factory=dict)
    blind_actors: dict[FnDecl, bool] = field(default_factory=dict)
    """Whether an actor takes messages of every type, see `guest`."""
    pending: deque[Callable[[], None]] = field(default_factory=deque)
    later: list[Later] = field(default_factory=list)
    """What has been met and is not carried out yet; the program must not run."""
    _numbers: dict[str, int] = field(default_factory=dict)

    def unique(self, base: str) -> str:
        """`base$1`, `base$2`, …: a name that no declaration can have."""
        self._numbers[base] = self._numbers.get(base, 0) + 1
        return f"{base}${self._numbers[base]}"

    def loc(self, span: Span) -> ir.Loc:
        """The line on which a span begins."""
        if span.file < 0:
            return ir.NO_LOC
        return ir.Loc(span.file, self.sources.position(span)[0])

    def declare(self, function: ir.Function) -> None:
        if function.name in self.module.functions:
            raise LoweringFault(f"a second function {function.name}", None)
        self.module.functions[function.name] = function


class FnContext:
    """The function being written: its builder, the values of its variables, its loops."""

    def __init__(self, program: Program, function: ir.Function, env: dict[Local, ir.Value]) -> None:
        self.program = program
        self.b = FunctionBuilder(function)
        self.env = env
        self.loops: list[Loop] = []

    @property
    def name(self) -> str:
        return self.b.function.name

    @property
    def type_params(self) -> list[str]:
        return self.b.function.type_params

    @property
    def is_std(self) -> bool:
        return self.b.function.is_std

    def ty(self, ty: Type, span: Span | None = None) -> MTy:
        return lower_type(ty, span=span)

    def lookup(self, local: Local, span: Span) -> ir.Value:
        """The value of a variable."""
        value = self.env.get(local)
        if value is None:
            raise LoweringFault(f"variable {local.name} has no value here", span)
        return value

    def bind(self, local: Local, value: ir.Value) -> None:
        self.b.name(value, local.name)
        self.env[local] = value

    # -- the three ways of asking ----------------------------------------------------------------

    def value(self, expr: TExpr) -> ir.Value:
        """Evaluate `expr`. Where control does not get here the value is a dummy that nobody uses."""
        if self.b.dead:
            return self.b.new_value(self.ty(expr.type, expr.span))
        handler = self.program.handlers.value.get(type(expr))
        if handler is None:
            return self._joined(expr)
        outer, self.b.loc = self.b.loc, self.program.loc(expr.span)
        value = handler(self, expr)
        self.b.loc = outer
        return value

    def effect(self, expr: TExpr) -> None:
        """Evaluate `expr` and forget the value."""
        handler = self.program.handlers.effect.get(type(expr))
        if self.b.dead:
            return
        if handler is not None:
            outer, self.b.loc = self.b.loc, self.program.loc(expr.span)
            handler(self, expr)
            self.b.loc = outer
        elif type(expr) in self.program.handlers.into:
            after = self.b.new_block("after")
            self.into(expr, Dest(after, used=False))
            self.b.enter(after)
        else:
            self.value(expr)

    def into(self, expr: TExpr, dest: Dest) -> None:
        """Evaluate `expr` and go to `dest` with its value; the open block is ended."""
        handler = self.program.handlers.into.get(type(expr))
        if self.b.dead:
            return
        if handler is not None:
            outer, self.b.loc = self.b.loc, self.program.loc(expr.span)
            handler(self, expr, dest)
            self.b.loc = outer
        elif dest.used:
            self.deliver(self.value(expr), dest)
        else:
            self.effect(expr)
            self.deliver(None, dest)

    def deliver(self, value: ir.Value | None, dest: Dest) -> None:
        """Go to `dest` with `value`; None is unit or a value that is not asked for."""
        if self.b.dead:
            return
        if dest.join is None:
            self.b.ret(self.b.unit() if value is None else value)
        elif dest.used and dest.join.params:
            self.b.jump(dest.join, [self.b.unit() if value is None else value])
        else:
            self.b.jump(dest.join)

    def _joined(self, expr: TExpr) -> ir.Value:
        """The value of a control construct, as the parameter of the block where its ways meet."""
        ty = self.ty(expr.type, expr.span)
        if type(expr) not in self.program.handlers.into:
            fault = UncheckedNode if isinstance(expr, ErrorNode) else LoweringFault
            raise fault(f"unexpected {type(expr).__name__}", expr.span)
        result = self.b.new_value(ty)
        join = self.b.new_block("join", [] if is_unit(ty) else [result])
        self.into(expr, Dest(join))
        if self.b.enter(join) and is_unit(ty):
            return self.b.unit()
        return result
