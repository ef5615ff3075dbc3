"""What the language supplies without a source: prelude sum types, opaque types, the ABI table's types.

The surface types of the table are texts such as `(List<T>, (T) -> U) -> List<U>`; they are read on
first use. Single letters are type parameters, numbered by first occurrence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from snowc.types.ty import (
    BOOL,
    FLOAT,
    INT,
    NEVER,
    STRING,
    UNIT,
    Con,
    FieldInfo,
    Fn,
    Gen,
    Pred,
    Scheme,
    Type,
    TypeInfo,
    VariantInfo,
    option_of,
    result_of,
    tuple_of,
)

if TYPE_CHECKING:
    from snowc.types.env import ProgramEnv

STRUCTURAL = frozenset({"Eq", "Ord", "Hash", "Display", "Debug"})
"""Traits that tuples of any arity have when their items do."""

ARITHMETIC = {"Add": "add", "Sub": "sub", "Mul": "mul", "Div": "div", "Mod": "mod", "Neg": "neg"}
"""Operator traits and their methods."""

SHOW = "Show"
"""The pseudo trait of conversion to text: Display if there is an instance, else Debug."""

DERIVABLE = ("Eq", "Ord", "Display", "Debug", "Hash", "Json", "Row")

PRIMITIVE_TYPES: dict[str, tuple[int, Type]] = {
    "Int": (0, INT),
    "Float": (0, FLOAT),
    "Bool": (0, BOOL),
    "String": (0, STRING),
    "Unit": (0, UNIT),
    "List": (1, Con("List", (Gen(0),))),
    "Map": (2, Con("Map", (Gen(0), Gen(1)))),
    "Set": (1, Con("Set", (Gen(0),))),
    "Queue": (1, Con("Queue", (Gen(0),))),
    "Range": (0, Con("Range")),
}
"""Name → number of arguments and the type over them. Library structs appear here too, so that their
names are known in programs that do not load them."""

OPAQUE_TYPES = frozenset(
    "Json Request Response Router SqliteConn PgConn PoolHandle TimerRef WsConn WsHandler WsOptions WsServer".split()
)

HANDLES = frozenset({"Pid", "SqliteConn", "PgConn", "PoolHandle", "WsConn"})
"""Types that compare by identity and have Eq, Hash, Display and Debug."""

CHOICES = {"WsAnswer": ("the result of on_connect", "Bool, Result<T, String> or ()")}
"""Library interfaces that only stand for a choice of types: what has to be of one of them, and the types."""

BUILTIN_MODULES = frozenset(
    "IO Int Float Math String List Map Set Tuple Range Queue Option Result Ordering JSON Json File Env HTTP "
    "Request Response Ws Timer Job Process Supervisor Node Global Sqlite Pg Pool Signal System".split()
)

LIBRARY_MODULES = BUILTIN_MODULES | {"Prelude"}
"""Names whose modules are the library's, even where a program has a module of that name."""

PRELUDE_LIST_FUNCTIONS = frozenset({"map", "filter", "reduce", "head", "tail"})

SPAWN_VARIANTS = frozenset({"spawn_link", "spawn_monitor"})
"""Prelude names with the typing rule of `spawn`."""

TUPLE_FUNCTIONS = {"first": 1, "second": 1, "third": 1, "nth": 2, "size": 1}
"""The functions of `Tuple` for every arity, with their numbers of parameters."""

METHOD_MODULES = frozenset("String List Map Set Range Queue Option Result Int Float Json".split())
"""Types whose module's functions can be called as methods (language.md 5.8, step 4)."""

ALL_DERIVES = frozenset({"Eq", "Ord", "Hash", "Display", "Debug"})


def _sum_type(name: str, params: tuple[str, ...], variants: dict[str, tuple[Type, ...]]) -> TypeInfo:
    made = tuple(
        VariantInfo(v, i, tuple(FieldInfo(None, t) for t in types)) for i, (v, types) in enumerate(variants.items())
    )
    return TypeInfo(name, params, False, made, ALL_DERIVES)


OPTION = _sum_type("Option", ("T",), {"Some": (Gen(0),), "None": ()})
RESULT = _sum_type("Result", ("T", "E"), {"Ok": (Gen(0),), "Err": (Gen(1),)})
ORDERING = _sum_type("Ordering", (), {"Less": (), "Equal": (), "Greater": ()})


# ---- the types of the table --------------------------------------------------------------------

_TOKEN = re.compile(r"\s*(->|\.\.\.|[A-Za-z_]\w*|[()<>,?!])")


class _TypeText:
    """A recursive-descent reader of one surface type."""

    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.findall(text)
        self.at = 0
        self.params: dict[str, int] = {}

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, token: str) -> bool:
        if self.peek() == token:
            self.at += 1
            return True
        return False

    def type(self) -> Type:
        left = self.postfix()
        return result_of(left, self.type()) if self.take("!") else left

    def postfix(self) -> Type:
        ty = self.primary()
        while self.take("?"):
            ty = option_of(ty)
        return ty

    def primary(self) -> Type:
        if self.take("("):
            items = self.list_until(")")
            if self.take("->"):
                return Fn(tuple(items), self.type())
            return UNIT if not items else items[0] if len(items) == 1 else tuple_of(*items)
        name = self.peek()
        self.at += 1
        if name == "Fun" and self.peek() == "(":
            return self.primary()
        if len(name) == 1:
            return Gen(self.params.setdefault(name, len(self.params)))
        args = tuple(self.list_until(">")) if self.take("<") else ()
        return UNIT if name == "Unit" else NEVER if name == "Never" else Con(name, args)

    def list_until(self, close: str) -> list[Type]:
        items: list[Type] = []
        while not self.take(close):
            items.append(self.type())
            self.take(",")
        return items


def parse_surface(text: str) -> Scheme:
    """The scheme that a surface type of the ABI table means: `TYPE` or `TYPE where T: Interface`."""
    text, _, bounds = text.partition(" where ")
    reader = _TypeText(text)
    ty = reader.type()
    pairs = (bound.split(": ") for bound in bounds.split(", ") if bound)
    preds = tuple(Pred(trait, Gen(reader.params[name])) for name, trait in pairs)
    return Scheme(tuple(reader.params), preds, ty)


_cache: dict[str, Scheme] = {}


def builtin_schemes(env: ProgramEnv, key: str) -> list[Scheme]:
    """The types under which `key` can be used; empty if the table has no such key."""
    out = []
    for text in env.builtins.get(key, ()):
        if text not in _cache:
            _cache[text] = parse_surface(text)
        out.append(_cache[text])
    return out


def module_key(module: str, name: str) -> str:
    """`String.to_int` → `string_to_int`."""
    return f"{module.lower()}_{name}"


def module_names(env: ProgramEnv, module: str) -> list[str]:
    """The functions that built-in module `module` has, from its source and from the table."""
    prefix = module.lower() + "_"
    names = {k.removeprefix(prefix) for k in env.builtins if k.startswith(prefix)}
    if module == "Tuple":
        names |= TUPLE_FUNCTIONS.keys()
    std = env.std(module)
    if std is not None:
        names |= set(std.public_names())
    return sorted(names)
