"""Primitive scalar operations as LLVM instructions, one line each.

`{0}` and `{1}` stand for the operands. Shifts take their count modulo 64, division copes with MIN / -1 in
the prelude unless the divisor is a constant, comparisons of floats are ordered except `fne`, which is
`not feq`.
"""

from __future__ import annotations

from snowc.codegen.context import ModuleContext
from snowc.codegen.emit import Body

_INT_COMPARE = {"eq": "eq", "ne": "ne", "lt": "slt", "le": "sle", "gt": "sgt", "ge": "sge"}
_FLOAT_COMPARE = {"eq": "oeq", "ne": "une", "lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge"}
_FLOAT_ARITHMETIC = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv", "rem": "frem"}

_TEMPLATES: dict[str, str] = {
    **{f"i{op}": f"{op} i64 {{0}}, {{1}}" for op in ("add", "sub", "mul", "and", "or", "xor")},
    "ineg": "sub i64 0, {0}",
    **{f"i{op}": f"icmp {cc} i64 {{0}}, {{1}}" for op, cc in _INT_COMPARE.items()},
    **{f"f{op}": f"{text} double {{0}}, {{1}}" for op, text in _FLOAT_ARITHMETIC.items()},
    "fneg": "fneg double {0}",
    **{f"f{op}": f"fcmp {cc} double {{0}}, {{1}}" for op, cc in _FLOAT_COMPARE.items()},
    "band": "and i1 {0}, {1}",
    "bor": "or i1 {0}, {1}",
    "beq": "icmp eq i1 {0}, {1}",
    "bne": "icmp ne i1 {0}, {1}",
    "blt": "icmp ult i1 {0}, {1}",
    "bnot": "xor i1 {0}, true",
    "i_to_f": "sitofp i64 {0} to double",
    "f_bits": "bitcast double {0} to i64",
    "b_to_i": "zext i1 {0} to i64",
}

_SHIFTS = {"ishl": "shl", "ishr": "ashr"}
_DIVISIONS = {"idiv": "sdiv", "irem": "srem"}


def emit_prim(context: ModuleContext, body: Body, op: str, args: list[str]) -> str:
    """Append the operation; gives the result's operand."""
    template = _TEMPLATES.get(op)
    if template is not None:
        return body.op(template.format(*args))
    if op in ("pid_to_i", "i_to_pid"):
        return args[0]
    if op in _SHIFTS:
        count = body.op(f"and i64 {args[1]}, 63")
        return body.op(f"{_SHIFTS[op]} i64 {args[0]}, {count}")
    if op in _DIVISIONS and args[1] not in ("0", "-1") and args[1].removeprefix("-").isdigit():
        return body.op(f"{_DIVISIONS[op]} i64 {args[0]}, {args[1]}")
    if op in _DIVISIONS:
        return body.op(f"call i64 {context.prelude.use(op)}(i64 {args[0]}, i64 {args[1]})")
    if op == "f_to_i":
        return body.op(f"call i64 {context.externs.use('llvm.fptosi.sat.i64.f64')}(double {args[0]})")
    raise ValueError(f"unknown primitive {op}")
