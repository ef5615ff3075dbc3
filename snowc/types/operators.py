"""Operators: their traits, and the primitive operation of each at the built-in types (language.md 5.10)."""

from __future__ import annotations

OPERATOR_TRAITS = {"+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "%": "Mod"}
COMPARISONS = {"==": "Eq", "!=": "Eq", "<": "Ord", ">": "Ord", "<=": "Ord", ">=": "Ord"}

_ARITHMETIC_PRIMS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "%": "rem"}
_COMPARISON_PRIMS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_LETTERS = {"Int": "i", "Float": "f"}


def binary_prim(op: str, type_name: str) -> str | None:
    """The MIR primitive of `op` for operands of the type, if there is one."""
    suffix = _ARITHMETIC_PRIMS.get(op) or _COMPARISON_PRIMS[op]
    if type_name in _LETTERS:
        return _LETTERS[type_name] + suffix
    if type_name == "Bool" and op in ("==", "!=", "<"):
        return "b" + suffix
    return None


def unary_prim(op: str, type_name: str) -> str | None:
    """The MIR primitive of unary `-` or `not`."""
    if op == "-" and type_name in _LETTERS:
        return _LETTERS[type_name] + "neg"
    return "bnot" if op == "not" and type_name == "Bool" else None
