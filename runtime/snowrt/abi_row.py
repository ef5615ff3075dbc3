"""How a row of the ABI table is written and read.

In: the compact notation of `read_row`. Out: `Row`, from which everything else about a function is derived.

`signature` is written in *kinds*, one per Snow argument, and read as follows:

| kind | the Snow argument | C parameters |
|---|---|---|
| `ptr` | a boxed value | one pointer |
| `i64` | an Int, Pid or Word | one i64 |
| `f64` | a Float | one double |
| `i8` | a Bool | one i8, 0 or 1 |
| `i32` | (start-up functions only) | one i32 |
| `word` | a value of a type parameter | one i64: Int as it is, Float bits, Bool 0/1, unit 0, pointer |
| `handle` | an opaque Word such as WsConn | one pointer |
| `bytes` | a String | one pointer, to its first byte |
| `fn` | a closure | two pointers: function and environment |

`!` marks a parameter whose ownership passes to the function (all others are borrowed), `&` a result
that stays owned by the first argument (all others belong to the caller). In front of the written
parameters stands one i64 layout-class code for each name in `classes`; a row with `loc` takes one
more i64 at the end, the place to blame. Both stand in `Row.c_params`.

Providers: `core` is C in libsnowrt, `host` a Python service behind a stub of the core. An `inline`
row has no symbol at run time: `prim.NAME` is the MIR primitive NAME, `llvm.NAME` an LLVM intrinsic
called with the row's own C signature.
"""

from __future__ import annotations

from dataclasses import dataclass

_C_TYPES: dict[str, tuple[str, ...]] = {
    "ptr": ("ptr",),
    "i64": ("i64",),
    "i32": ("i32",),
    "i8": ("i8",),
    "f64": ("f64",),
    "word": ("i64",),
    "handle": ("ptr",),
    "bytes": ("ptr",),
    "fn": ("ptr", "ptr"),
    "void": (),
}


@dataclass(frozen=True, slots=True)
class Param:
    """One Snow argument: its kind, and whether the callee takes over its ownership."""

    kind: str
    owned: bool

    @property
    def c_types(self) -> tuple[str, ...]:
        """The C parameters that carry it, out of `ptr i64 i32 i8 f64`."""
        return _C_TYPES[self.kind]


@dataclass(frozen=True, slots=True)
class Row:
    """One function. `surface` pairs Snow names with their types as text; a name that stands twice is
    overloaded by argument count, and then the first entry is the one that `params` describe.

    `generics` are the type parameters of the surface types, `classes` those whose layout class is
    passed. `fails` is `never`, `panic`, `option`, `result` or `status`; `effect` is `pure`, `alloc`,
    `io`, `park` or `block`. `key` is the builtin key, "" for functions that only generated code calls.
    """

    symbol: str
    key: str
    surface: tuple[tuple[str, str], ...]
    generics: tuple[str, ...]
    classes: tuple[str, ...]
    params: tuple[Param, ...]
    result: str
    result_owned: bool
    loc: bool
    fails: str
    effect: str
    provider: str
    doc: str

    @property
    def c_params(self) -> tuple[str, ...]:
        """All C parameters in order, out of `ptr i64 i32 i8 f64`."""
        own = tuple(c for param in self.params for c in param.c_types)
        return ("i64",) * len(self.classes) + own + (("i64",) if self.loc else ())

    @property
    def c_result(self) -> str:
        """The C result: `ptr i64 i32 i8 f64` or `void`."""
        return (*_C_TYPES[self.result], "void")[0]

    @property
    def never_returns(self) -> bool:
        return any(text.endswith("-> Never") for _, text in self.surface) or self.symbol in _NO_RETURN

    @property
    def is_intrinsic(self) -> bool:
        """Whether only library sources may name it."""
        return self.key.startswith("__")


_NO_RETURN = frozenset({"snowi_panic"})


def builtin_key(name: str) -> str:
    """`Ws.serve_tls` -> `ws_serve_tls`, `println` -> `println`."""
    module, dot, member = name.rpartition(".")
    return module.lower() + "_" + member if dot else member


def read_row(
    symbol: str,
    signature: str,
    *surface: str | tuple[str, str],
    doc: str,
    key: str | None = None,
    generics: str = "",
    classes: str = "",
    loc: bool = False,
    fails: str = "never",
    effect: str = "pure",
    provider: str = "core",
) -> Row:
    """Read the compact notation. `surface` is NAME, TYPE, NAME, TYPE, …"""
    left, _, right = signature.partition("->")
    names = tuple(surface[0::2])
    pairs = tuple(zip(names, surface[1::2], strict=True))
    if key is None:
        key = builtin_key(str(names[0])) if names else ""
    return Row(
        symbol=symbol,
        key=key,
        surface=tuple((str(name), str(text)) for name, text in pairs),
        generics=tuple(generics.split()),
        classes=tuple(classes.split()),
        params=tuple(Param(p.rstrip("!"), p.endswith("!")) for p in left.split()),
        result=right.strip().rstrip("&"),
        result_owned=not right.strip().endswith("&"),
        loc=loc,
        fails="panic" if loc else fails,
        effect=effect,
        provider=provider,
        doc=doc,
    )
