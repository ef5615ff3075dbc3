"""Declarations of what a module calls from outside, derived from the ABI table.

In: symbols of table rows (and the few functions below that are no rows). Out: `declare` lines for
those that are used, with the attributes the rows justify.
"""

from __future__ import annotations

from snowrt.abi import BY_SYMBOL, Row

LLVM_OF_C = {"ptr": "ptr", "i64": "i64", "i32": "i32", "i8": "i8", "f64": "double", "void": "void"}

_OUTSIDE_TABLE = {
    "llvm.read_register.i64": "declare i64 @llvm.read_register.i64(metadata)",
    "llvm.fptosi.sat.i64.f64": "declare i64 @llvm.fptosi.sat.i64.f64(double)",
    "snowi_stack_slow": "declare preserve_mostcc void @snowi_stack_slow(ptr, i64) cold nounwind",
    "snowi_current": "declare ptr @snowi_current() nounwind",
}
"""Intrinsics, and functions with a calling convention of their own."""

_ATTRIBUTES = {
    "snowi_alloc_slow": "cold nounwind",
    "snowi_free": "nounwind",
}


def _only_reads(row: Row) -> bool:
    """Whether LLVM may merge and move calls: no effect, no failure, nothing given or taken over."""
    quiet = row.effect == "pure" and row.fails == "never" and row.provider == "core" and bool(row.key)
    return quiet and row.c_result != "ptr" and not any(p.owned for p in row.params)


def _attributes(row: Row) -> str:
    if row.never_returns:
        return "cold noreturn nounwind"
    if _only_reads(row):
        return "nounwind willreturn memory(read)"
    return _ATTRIBUTES.get(row.symbol, "nounwind")


def declaration(row: Row) -> str:
    """The `declare` line of a table row; LLVM knows the attributes of its intrinsics itself."""
    params = ", ".join(LLVM_OF_C[c] for c in row.c_params)
    if row.symbol.startswith("llvm."):
        return f"declare {LLVM_OF_C[row.c_result]} @{row.symbol}({params})"
    fresh = "noalias nonnull " if row.symbol.startswith("snowi_alloc_") else ""
    return f"declare {fresh}{LLVM_OF_C[row.c_result]} @{row.symbol}({params}) {_attributes(row)}"


class Declarations:
    """The outside functions a module uses."""

    def __init__(self) -> None:
        self._lines: dict[str, str] = {}

    def use(self, symbol: str) -> str:
        """Declare a function of the table or of the list above; gives its LLVM name."""
        if symbol not in self._lines:
            known = _OUTSIDE_TABLE.get(symbol)
            self._lines[symbol] = known if known is not None else declaration(BY_SYMBOL[symbol])
        return "@" + symbol

    def lines(self) -> list[str]:
        """All declarations, by symbol."""
        return [self._lines[s] for s in sorted(self._lines)]
