"""MIR: the data, nothing else.

A module is type declarations, functions, constants and instances. A function is a control-flow graph
in SSA form with block parameters (no phi nodes): every `Value` is defined once, by a parameter of the
function or of a block, or by an instruction, and every use is dominated by its definition. Block 0 is
the entry and has no parameters.

Ownership (meaningful once `insert_rc` has run; see docs/mir.md):
* a counted value is *owned* (must be consumed exactly once on every path) or *borrowed*;
* function and block parameters are owned, except the environment parameter of a closure body and
  those marked in `Function.borrowed`;
* `Call`, `CallTrait`, `Construct`, `MakeClosure`, `Return`, block arguments consume their operands;
* `CallClosure` borrows the closure and consumes the arguments; the callee borrows its environment;
* `CallExtern` follows the ABI table, parameter by parameter;
* `Project` and `Tag` borrow; a projected value is borrowed until a `Dup` makes it owned;
* the result of a `CallExtern` whose row lends it is borrowed from the first operand, like a projection;
* `Prim` takes scalars only, `Dup` borrows and adds one owned unit of the same value, `Drop` consumes;
* String constants, module constants, objects without fields and closures without captures are
  immortal: they are never counted and may be consumed any number of times.
"""

from __future__ import annotations

from dataclasses import field

from snowc.mir.types import MTy
from snowc.source.record import mutable, value


@value
class Loc:
    """A source position: index into `Module.files`, 1-based line. `NO_LOC` for made-up code."""

    file: int
    line: int


NO_LOC = Loc(-1, 0)


@mutable
class Value:
    """An SSA value. `name` is unique in its function (`x.3`, `t.7`) and is how it prints: `%x.3`."""

    name: str
    type: MTy


PRIMS: dict[str, tuple[tuple[str, ...], str]] = {
    # wrapping integer arithmetic; idiv and irem panic on zero (lowering emits the test) and handle MIN / -1
    **{f"i{op}": (("Int", "Int"), "Int") for op in ("add", "sub", "mul", "div", "rem")},
    **{f"i{op}": (("Int", "Int"), "Int") for op in ("and", "or", "xor", "shl", "shr")},
    "ineg": (("Int",), "Int"),
    **{f"i{op}": (("Int", "Int"), "Bool") for op in ("eq", "ne", "lt", "le", "gt", "ge")},
    **{f"f{op}": (("Float", "Float"), "Float") for op in ("add", "sub", "mul", "div", "rem")},
    "fneg": (("Float",), "Float"),
    **{f"f{op}": (("Float", "Float"), "Bool") for op in ("eq", "ne", "lt", "le", "gt", "ge")},
    **{f"b{op}": (("Bool", "Bool"), "Bool") for op in ("and", "or", "eq", "ne", "lt")},
    "bnot": (("Bool",), "Bool"),
    "i_to_f": (("Int",), "Float"),
    "f_to_i": (("Float",), "Int"),  # saturating, NaN gives 0
    "f_bits": (("Float",), "Int"),
    "b_to_i": (("Bool",), "Int"),
    "pid_to_i": (("Pid",), "Int"),
    "i_to_pid": (("Int",), "Pid"),
}
"""Primitive scalar operations: operand and result type names. `fne` is `not feq` (NaN != NaN)."""


# ---- instructions ------------------------------------------------------------------------------


@mutable
class Instr:
    """Base. `dest` is None for instructions without a result; a unit result has a Value of type `()`."""

    dest: Value | None
    loc: Loc


Literal = int | float | str | bool | None
"""A literal of a scalar type or of String; None is unit."""


@mutable
class Const(Instr):
    """A literal of the type of `dest`; a tuple stands for a list of literals. Strings and lists are
    frozen objects: counted operations on them do nothing, so they may be treated as owned."""

    value: Literal | tuple[Literal, ...]


@mutable
class ConstRef(Instr):
    """The value of the module constant `name` (frozen, like a String constant)."""

    name: str


@mutable
class LocConst(Instr):
    """The caller location `loc` as a `Loc` value."""


@mutable
class TypeId(Instr):
    """The fingerprint of `type`, an Int (`fingerprint.py`); a `Const` after monomorphisation."""

    type: MTy


@mutable
class TypeName(Instr):
    """What users call `type`, a String; a `Const` after monomorphisation."""

    type: MTy


@mutable
class Prim(Instr):
    op: str
    args: list[Value]


@mutable
class Call(Instr):
    """A direct call of a function of the program."""

    callee: str
    type_args: list[MTy]
    args: list[Value]


@mutable
class CallTrait(Instr):
    """A method whose instance depends on `self_type`; gone after monomorphisation."""

    trait: str
    trait_args: list[MTy]
    method: str
    self_type: MTy
    type_args: list[MTy]
    args: list[Value]


@mutable
class CallExtern(Instr):
    """A function of the ABI table, by symbol; providers `core`, `host` and `inline` alike.

    A closure argument is one operand here; code generation splits it into function and environment.
    A row that may panic has one more operand, a `Loc` at the end, once `thread_locations` has run.
    """

    symbol: str
    type_args: list[MTy]
    args: list[Value]


@mutable
class CallClosure(Instr):
    fn: Value
    args: list[Value]


@mutable
class MakeClosure(Instr):
    """A closure over `captures`. `callee` is a function whose first parameter list is
    `(captures…)` via its environment: see `Function.captures`."""

    callee: str
    type_args: list[MTy]
    captures: list[Value]


@mutable
class MakeTraitClosure(Instr):
    """A trait method as a value; becomes MakeClosure of an adapter in monomorphisation."""

    trait: str
    trait_args: list[MTy]
    method: str
    self_type: MTy
    type_args: list[MTy]


@mutable
class Construct(Instr):
    """A heap object of `dest.type`: variant number `variant` (0 for structs and tuples) of it."""

    variant: int
    args: list[Value]


@mutable
class Project(Instr):
    """Field `index` of variant `variant` of `base`; borrows from `base`."""

    base: Value
    variant: int
    index: int


@mutable
class Tag(Instr):
    """The variant number of `base`, an Int."""

    base: Value


@mutable
class Dup(Instr):
    """One more owned unit of `value`; no dest."""

    value: Value


@mutable
class Drop(Instr):
    """Gives one owned unit of `value` back; no dest."""

    value: Value


# ---- terminators -------------------------------------------------------------------------------


@mutable
class Target:
    """A jump to `block` with arguments for its parameters."""

    block: Block
    args: list[Value] = field(default_factory=list)


@mutable
class Term:
    loc: Loc


@mutable
class Jump(Term):
    target: Target


@mutable
class Branch(Term):
    cond: Value
    then: Target
    otherwise: Target


@mutable
class Switch(Term):
    """On an Int; `default` None means the cases are exhaustive."""

    value: Value
    cases: list[tuple[int, Target]]
    default: Target | None


@mutable
class Return(Term):
    value: Value


@mutable
class TailCall(Term):
    """A call of the program whose result is returned; made by `tail_calls`, self calls become jumps."""

    callee: str
    args: list[Value]


@mutable
class Panic(Term):
    """Ends the process with `message` at `at` (a `Loc` value) or at this instruction's own place."""

    message: str
    at: Value | None = None


@mutable
class Unreachable(Term):
    """After a call that does not return."""


@mutable
class Block:
    """`label` is unique in its function. `term` is set before the function leaves its builder."""

    label: str
    params: list[Value] = field(default_factory=list)
    instrs: list[Instr] = field(default_factory=list)
    term: Term | None = None


# ---- declarations ------------------------------------------------------------------------------


@mutable
class Function:
    """`captures` is None for an ordinary function. For a closure body it lists the values that the
    environment holds; on entry they are available as *borrowed* values for the whole body.

    `is_std` functions that may panic get a `Loc` parameter in front from `thread_locations`, closure
    bodies among them a last capture; `takes_loc` tells of it.
    """

    name: str
    type_params: list[str]
    params: list[Value]
    result: MTy
    blocks: list[Block]
    loc: Loc = NO_LOC
    captures: list[Value] | None = None
    is_std: bool = False
    takes_loc: bool = False
    borrowed: frozenset[int] = frozenset()


@mutable
class VariantDecl:
    name: str
    field_names: list[str | None]
    field_types: list[MTy]


@mutable
class TypeDecl:
    """A struct (one variant of its own short name) or a sum type. `derives`: traits whose instance
    is generated on demand by `mir/derive.py`, with the place of the declaration."""

    name: str
    params: list[str]
    is_struct: bool
    variants: list[VariantDecl]
    derives: frozenset[str] = frozenset()
    loc: Loc = NO_LOC


@mutable
class Impl:
    """An instance: `trait<trait_args> for target<target_args>`; methods give function names, whose
    first type parameters are `params`. `bounds` are the traits that types must have for it to be there."""

    trait: str
    trait_args: list[MTy]
    target: str
    target_args: list[MTy]
    params: list[str]
    methods: dict[str, str]
    bounds: list[tuple[str, MTy]] = field(default_factory=list)


@mutable
class ConstDecl:
    """A module constant: `init` is the name of the parameterless function that computes it."""

    name: str
    type: MTy
    init: str


@mutable
class Module:
    """A whole program (or a part of one, in tests). `entry` is the full name of `main`."""

    files: list[str] = field(default_factory=list)
    types: dict[str, TypeDecl] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    consts: list[ConstDecl] = field(default_factory=list)
    impls: list[Impl] = field(default_factory=list)
    entry: str | None = None
