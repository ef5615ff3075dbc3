"""What each instruction and terminator may read and make, by type.

In: a module whose functions have the right shape (`verify.py` looks first). Out: for one instruction
or terminator the list of its type errors as text. Before monomorphisation types must be equal; after
it only layout classes must, because instances are shared per class (see docs/mir.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from snowc.mir.ir import (
    PRIMS,
    Branch,
    Call,
    CallClosure,
    CallExtern,
    CallTrait,
    Const,
    ConstRef,
    Construct,
    Drop,
    Dup,
    Function,
    Instr,
    Literal,
    LocConst,
    MakeClosure,
    MakeTraitClosure,
    Module,
    Panic,
    Prim,
    Project,
    Return,
    Switch,
    Tag,
    TailCall,
    Target,
    Term,
    TypeId,
    TypeName,
    Value,
)
from snowc.mir.known_functions import known_functions
from snowc.mir.print import type_text
from snowc.mir.shapes import decl_of, variant_fields
from snowc.mir.types import (
    BOOL,
    FLOAT,
    INT,
    LOC,
    STRING,
    UNIT,
    Con,
    Fn,
    MTy,
    TVar,
    is_counted,
    layout_class,
    substitute,
)
from snowc.mir.walk import targets

Problems = Iterator[str]


class TypeRules:
    """The rules for one module, in one of the two strengths."""

    def __init__(self, module: Module, monomorphic: bool) -> None:
        self._module = module
        self._monomorphic = monomorphic
        self._consts = {const.name: const.type for const in module.consts}

    def agree(self, left: MTy, right: MTy) -> bool:
        """Whether a value of one type may stand where the other is expected."""
        if not self._monomorphic:
            return left == right
        if isinstance(left, TVar) or isinstance(right, TVar):
            return False
        return layout_class(left) == layout_class(right)

    def instr_problems(self, instr: Instr) -> Problems:
        """The type errors of one instruction."""
        if isinstance(instr, (Dup, Drop)):
            yield from self._counting(instr)
        elif instr.dest is None:
            yield "has no result"
        else:
            if self._monomorphic and isinstance(instr.dest.type, TVar):
                yield f"type parameter {instr.dest.type} after monomorphisation"
            yield from self._operation(instr, instr.dest.type)

    def term_problems(self, term: Term | None, function: Function) -> Problems:
        """The type errors of one terminator."""
        for target in targets(term):
            yield from self._target(target)
        match term:
            case Branch():
                yield from self._is(term.cond, BOOL, "condition")
            case Switch():
                yield from self._is(term.value, INT, "scrutinee")
                numbers = [number for number, _ in term.cases]
                if len(set(numbers)) < len(numbers):
                    yield "the same case twice"
                if not numbers and term.default is None:
                    yield "a switch without targets"
            case Return():
                yield from self._is(term.value, function.result, "result")
            case TailCall():
                yield from self._tail_call(term, function)
            case Panic(at=Value() as at):
                yield from self._is(at, LOC, "place")

    def _counting(self, instr: Dup | Drop) -> Problems:
        if instr.dest is not None:
            yield "counting has no result"
        if isinstance(instr.value.type, TVar) or not is_counted(instr.value.type):
            yield f"%{instr.value.name} of type {type_text(instr.value.type)} is not counted"

    def _operation(self, instr: Instr, result: MTy) -> Problems:
        match instr:
            case Const():
                yield from self._const(instr, result)
            case ConstRef():
                yield from self._const_ref(instr, result)
            case LocConst():
                yield from self._makes(LOC, result)
            case TypeId() | TypeName():
                yield from self._makes(INT if isinstance(instr, TypeId) else STRING, result)
                if self._monomorphic:
                    yield "an unresolved type after monomorphisation"
            case Prim():
                yield from self._prim(instr, result)
            case Project():
                yield from self._project(instr, result)
            case Tag():
                yield from self._tag(instr, result)
            case Construct():
                yield from self._construct(instr, result)
            case CallClosure():
                yield from self._call_closure(instr, result)
            case MakeClosure():
                yield from self._make_closure(instr, result)
            case Call():
                yield from self._call(instr, result)
            case CallExtern():
                yield from self._call_extern(instr, result)
            case CallTrait() | MakeTraitClosure() if self._monomorphic:
                yield "an unresolved method after monomorphisation"

    def _makes(self, wanted: MTy, found: MTy) -> Problems:
        if not self.agree(wanted, found):
            yield f"makes {type_text(wanted)}, not {type_text(found)}"

    def _is(self, value: Value, wanted: MTy, what: str) -> Problems:
        if not self.agree(wanted, value.type):
            yield f"{what} %{value.name} is {type_text(value.type)}, wanted {type_text(wanted)}"

    def _are(self, values: Sequence[Value], wanted: Sequence[MTy], what: str) -> Problems:
        if len(values) != len(wanted):
            yield f"{len(values)} {what}s, wanted {len(wanted)}"
            return
        for value, ty in zip(values, wanted, strict=True):
            yield from self._is(value, ty, what)

    def _target(self, target: Target) -> Problems:
        for text in self._are(target.args, [p.type for p in target.block.params], "argument"):
            yield f"to {target.block.label}: {text}"

    def _const(self, instr: Const, result: MTy) -> Problems:
        if not isinstance(instr.value, tuple):
            yield from self._literal(instr.value, result)
        elif isinstance(result, Con) and result.name == "List":
            for value in instr.value:
                yield from self._literal(value, result.args[0])
        else:
            yield f"makes a list, not {type_text(result)}"

    def _literal(self, value: Literal, result: MTy) -> Problems:
        match value:
            case None:
                yield from self._makes(UNIT, result)
            case bool():
                yield from self._makes(BOOL, result)
            case int() as number:
                yield from self._makes(INT, result)
                if not -(1 << 63) <= number < 1 << 63:
                    yield f"{number} does not fit in 64 bits"
            case float():
                yield from self._makes(FLOAT, result)
            case str():
                yield from self._makes(STRING, result)

    def _const_ref(self, instr: ConstRef, result: MTy) -> Problems:
        if instr.name not in self._consts:
            yield f"constant {instr.name} is not declared"
        else:
            yield from self._makes(self._consts[instr.name], result)

    def _prim(self, instr: Prim, result: MTy) -> Problems:
        if instr.op not in PRIMS:
            yield f"no primitive {instr.op}"
            return
        wanted, made = PRIMS[instr.op]
        yield from self._are(instr.args, [Con(name) for name in wanted], "operand")
        yield from self._makes(Con(made), result)

    def _project(self, instr: Project, result: MTy) -> Problems:
        fields = variant_fields(self._module, instr.base.type, instr.variant)
        if fields is None or not 0 <= instr.index < len(fields):
            yield f"{type_text(instr.base.type)} has no field {instr.index} in variant {instr.variant}"
        else:
            yield from self._makes(fields[instr.index], result)

    def _tag(self, instr: Tag, result: MTy) -> Problems:
        if decl_of(self._module, instr.base.type) is None:
            yield f"{type_text(instr.base.type)} has no variants"
        yield from self._makes(INT, result)

    def _construct(self, instr: Construct, result: MTy) -> Problems:
        fields = variant_fields(self._module, result, instr.variant)
        if fields is None:
            yield f"{type_text(result)} has no variant {instr.variant}"
        else:
            yield from self._are(instr.args, fields, "field")

    def _call_closure(self, instr: CallClosure, result: MTy) -> Problems:
        if not isinstance(instr.fn.type, Fn):
            yield f"%{instr.fn.name} is {type_text(instr.fn.type)}, not a function"
            return
        yield from self._are(instr.args, instr.fn.type.params, "argument")
        yield from self._makes(instr.fn.type.result, result)

    def _callee(self, name: str, type_args: list[MTy]) -> tuple[Function, dict[str, MTy]] | str:
        """The function called and its type arguments by name, or what is wrong with them."""
        callee = self._module.functions.get(name)
        if callee is None:
            return f"function {name} is not defined"
        if len(callee.type_params) != len(type_args):
            return f"{len(type_args)} type arguments, wanted {len(callee.type_params)}"
        return callee, dict(zip(callee.type_params, type_args, strict=True))

    def _call(self, instr: Call, result: MTy) -> Problems:
        found = self._callee(instr.callee, instr.type_args)
        if isinstance(found, str):
            yield found
            return
        callee, env = found
        if callee.captures is not None:
            yield f"{instr.callee} is a closure's body"
        yield from self._are(instr.args, [substitute(p.type, env) for p in callee.params], "argument")
        yield from self._makes(substitute(callee.result, env), result)

    def _tail_call(self, term: TailCall, function: Function) -> Problems:
        found = self._callee(term.callee, [])
        if isinstance(found, str):
            yield found
            return
        yield from self._are(term.args, [p.type for p in found[0].params], "argument")
        yield from self._makes(found[0].result, function.result)

    def _make_closure(self, instr: MakeClosure, result: MTy) -> Problems:
        found = self._callee(instr.callee, instr.type_args)
        if isinstance(found, str):
            yield found
            return
        callee, env = found
        if callee.captures is None:
            yield f"{instr.callee} is not a closure's body"
            return
        yield from self._are(instr.captures, [substitute(c.type, env) for c in callee.captures], "capture")
        made = Fn(tuple(substitute(p.type, env) for p in callee.params), substitute(callee.result, env))
        yield from self._closure_type(made, result)

    def _closure_type(self, made: Fn, result: MTy) -> Problems:
        alike = isinstance(result, Fn) and len(result.params) == len(made.params)
        if isinstance(result, Fn) and alike:
            pairs = zip((*made.params, made.result), (*result.params, result.result), strict=True)
            alike = all(self.agree(left, right) for left, right in pairs)
        if not alike:
            yield f"makes {type_text(made)}, not {type_text(result)}"

    def _call_extern(self, instr: CallExtern, result: MTy) -> Problems:
        known = known_functions.get(instr.symbol)
        if known is None:
            yield f"the ABI table has no {instr.symbol}"
            return
        if len(instr.type_args) != len(known.type_params):
            yield f"{len(instr.type_args)} type arguments, wanted {len(known.type_params)}"
            return
        env = dict(zip(known.type_params, instr.type_args, strict=True))
        wanted = [substitute(p, env) for p in known.params]
        if known.loc and len(instr.args) == len(wanted) + 1:
            wanted.append(LOC)
        yield from self._are(instr.args, wanted, "argument")
        yield from self._makes(substitute(known.result, env), result)
