"""What the compiler knows of each C function: MIR types and ownership, derived from the ABI table.

In: the rows of `snowrt.abi` that have a surface type. Out: `known_functions`, a mapping from symbol to
`Signature` whose entries are made on first use, because a program mentions few of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from snowc.mir.parse import parse_type
from snowc.mir.types import Con, Fn, MTy, TVar
from snowrt.abi import BY_SYMBOL, Row


@dataclass(frozen=True, slots=True)
class Signature:
    """A function of the table as `CallExtern` sees it.

    `owned[i]`: operand i is consumed (else borrowed). A result that is not `result_owned` is borrowed
    from the first operand. `classes` are the type parameters whose layout class code generation
    passes. With `loc` the call has one more last operand, a `Loc`, from `thread_locations` on.
    """

    symbol: str
    type_params: tuple[str, ...]
    classes: tuple[str, ...]
    params: tuple[MTy, ...]
    result: MTy
    owned: tuple[bool, ...]
    result_owned: bool
    loc: bool
    never_returns: bool
    effect: str
    provider: str


class KnownFunctions(Mapping[str, Signature]):
    """The signatures by symbol."""

    def __init__(self, rows: Mapping[str, Row]) -> None:
        self._rows = {symbol: row for symbol, row in rows.items() if row.surface}
        self._made: dict[str, Signature] = {}

    def __getitem__(self, symbol: str) -> Signature:
        made = self._made.get(symbol)
        if made is None:
            made = self._made[symbol] = signature_of(self._rows[symbol])
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def signature_of(row: Row) -> Signature:
    """The signature of one row; of an overloaded name, the form that its C parameters describe."""
    ty = surface_type(row.surface[0][1], row.generics)
    return Signature(
        symbol=row.symbol,
        type_params=row.generics,
        classes=row.classes,
        params=ty.params,
        result=ty.result,
        owned=tuple(param.owned for param in row.params),
        result_owned=row.result_owned,
        loc=row.loc,
        never_returns=row.never_returns,
        effect=row.effect,
        provider=row.provider,
    )


def surface_type(text: str, generics: tuple[str, ...]) -> Fn:
    """`(List<T>, T) -> List<T>` as a MIR function type, with the names in `generics` as variables."""
    ty = _generalise(parse_type("Fun" + text), frozenset(generics))
    if not isinstance(ty, Fn):
        raise ValueError(f"{text} is no function type")
    return ty


def _generalise(ty: MTy, generics: frozenset[str]) -> MTy:
    match ty:
        case Con(name, ()):
            return TVar(name) if name in generics else ty
        case Con(name, args):
            return Con(name, tuple(_generalise(a, generics) for a in args))
        case Fn(params, result):
            return Fn(tuple(_generalise(p, generics) for p in params), _generalise(result, generics))
        case _:
            return ty


known_functions = KnownFunctions(BY_SYMBOL)
