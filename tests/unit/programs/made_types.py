"""Types of generated programs, what a program has declared so far, and random choices among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Ty:
    """A type; `name` is `fn` for functions (parameters, then the result) and `tuple` for tuples."""

    name: str
    args: tuple[Ty, ...] = ()

    def text(self) -> str:
        inner = ", ".join(a.text() for a in self.args)
        if self.name == "tuple":
            return f"({inner})"
        if self.name == "fn":
            params = ", ".join(a.text() for a in self.args[:-1])
            return f"Fun({params}) -> {self.args[-1].text()}"
        return f"{self.name}<{inner}>" if self.args else self.name


INT, FLOAT, BOOL, STRING, UNIT = Ty("Int"), Ty("Float"), Ty("Bool"), Ty("String"), Ty("()")
SCALARS = (INT, FLOAT, BOOL, STRING, UNIT)


@dataclass(frozen=True)
class Struct:
    name: str
    fields: tuple[tuple[str, Ty], ...]


@dataclass(frozen=True)
class Sum:
    """A sum type; a variant may hold the type itself."""

    name: str
    variants: tuple[tuple[str, tuple[Ty, ...]], ...]


@dataclass(frozen=True)
class Function:
    name: str
    params: tuple[Ty, ...]
    result: Ty


@dataclass
class Basics:
    """The program so far, and the variables in scope where the next expression goes."""

    rnd: Random
    structs: list[Struct] = field(default_factory=list)
    sums: list[Sum] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    scope: list[tuple[str, Ty]] = field(default_factory=list)
    count: int = 0
    loops: int = 0
    """How many loops are around: inside them nothing long is called."""

    # ---- choices -------------------------------------------------------------------------------

    def pick(self, items: Sequence[T]) -> T:
        return items[self.rnd.randrange(len(items))]

    def chance(self, percent: int) -> bool:
        return self.rnd.randrange(100) < percent

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    @contextmanager
    def inside(self, *names: tuple[str, Ty]) -> Iterator[None]:
        """A scope with further variables."""
        mark = len(self.scope)
        self.scope += names
        yield
        del self.scope[mark:]

    # ---- types ---------------------------------------------------------------------------------

    def type(self, depth: int = 2) -> Ty:
        """Any type that can be shown and compared."""
        if depth <= 0 or self.chance(45):
            return self.pick((INT, INT, STRING, BOOL, FLOAT, UNIT))
        inner = depth - 1
        match self.rnd.randrange(8):
            case 0 | 1:
                return Ty("List", (self.type(inner),))
            case 2:
                return Ty("Option", (self.type(inner),))
            case 3:
                return Ty("Result", (self.type(inner), self.type(0)))
            case 4:
                return Ty("tuple", tuple(self.type(inner) for _ in range(self.pick((2, 2, 3)))))
            case 5:
                return Ty("Map", (self.key(), self.type(inner)))
            case 6:
                return Ty("Set", (self.key(),))
            case _:
                own = [s.name for s in self.structs] + [s.name for s in self.sums]
                return Ty(self.pick(own)) if own else INT

    def key(self) -> Ty:
        return self.pick((INT, STRING, BOOL, Ty("tuple", (INT, STRING))))

    def ordered(self, ty: Ty) -> bool:
        """Whether `<` works."""
        if ty.name in ("Map", "Set", "fn"):
            return False
        parts = self.parts(ty)
        return all(part == ty or self.ordered(part) for part in parts)

    def parts(self, ty: Ty) -> list[Ty]:
        for struct in self.structs:
            if struct.name == ty.name:
                return [t for _, t in struct.fields]
        for sum_type in self.sums:
            if sum_type.name == ty.name:
                return [t for _, types in sum_type.variants for t in types]
        return list(ty.args)

    # ---- what the classes below make --------------------------------------------------------------

    def expr(self, ty: Ty, depth: int) -> str:
        """An expression of this type, closed by brackets where its parts could be taken apart."""
        raise NotImplementedError

    def literal(self, ty: Ty, depth: int) -> str:
        raise NotImplementedError

    def body(self, ty: Ty, depth: int) -> str:
        """A block in one line: some bindings, then the value."""
        raise NotImplementedError

    def closure(self, ty: Ty, depth: int) -> str:
        raise NotImplementedError
