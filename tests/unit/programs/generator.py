"""Random well-typed Snow programs that end.

`program(rnd)` gives the source of one program. Expressions are made for a wanted type from what is in
scope, so that every construct meets every other; types carry no annotation more often than they do, to
leave work to inference. Programs end because functions call only functions above them, apart from
recursion on a counter or on a list, and because literals bound the loops. A panic (division, an index, an
uncovered clause) is a legal end.
"""

from __future__ import annotations

from random import Random

from tests.unit.programs.made_calls import LIBRARY_OF_GENERICS
from tests.unit.programs.made_exprs import Expressions
from tests.unit.programs.made_types import BOOL, INT, Function, Struct, Sum, Ty

MAX_DEPTH = 4


class Maker(Expressions):
    """Declarations, above one another."""

    def declare_types(self) -> list[str]:
        lines = []
        for _ in range(self.rnd.randrange(3)):
            name = f"S{len(self.structs) + 1}"
            fields = tuple((f"f{i}", self.type(1)) for i in range(1 + self.rnd.randrange(3)))
            lines.append(f"struct {name} do {'; '.join(f'{n} :: {t.text()}' for n, t in fields)} end")
            self.structs.append(Struct(name, fields))
        for _ in range(self.rnd.randrange(3)):
            name = f"T{len(self.sums) + 1}"
            variants: list[tuple[str, tuple[Ty, ...]]] = [(f"{name}A", ())]
            for letter in "BC"[: 1 + self.rnd.randrange(2)]:
                types = tuple(Ty(name) if self.chance(20) else self.type(1) for _ in range(self.rnd.randrange(3)))
                variants.append((f"{name}{letter}", types))
            self.sums.append(Sum(name, tuple(variants)))
            shown = "; ".join(v + (f"({', '.join(t.text() for t in ts)})" if ts else "") for v, ts in variants)
            clause = self.derived(name)
            lines.append(f"type {name} do {shown} end{clause}")
        return lines

    def derived(self, name: str) -> str:
        parts = self.parts(Ty(name))
        if self.chance(50) or not all(p.name == name or self.ordered(p) for p in parts):
            return ""
        return " deriving(Eq, Ord, Display)"

    def declare_function(self) -> str:
        name = f"g{len(self.functions) + 1}"
        params = tuple(self.type(2) for _ in range(self.rnd.randrange(3)))
        result = self.type(2)
        made = self.pick((self.plain, self.plain, self.counting, self.over_list, self.clauses))(name, params, result)
        return made

    def plain(self, name: str, params: tuple[Ty, ...], result: Ty) -> str:
        names = [(self.fresh("x"), t) for t in params]
        typed = self.chance(40)
        shown = self.parameters(names, 60)
        with self.inside(*names):
            early = f"  if {self.expr(BOOL, 1)} do return {self.expr(result, 1)} end\n" if self.chance(30) else ""
            local = self.local_function() if self.chance(25) else ""
            body = self.body(result, MAX_DEPTH)
        self.functions.append(Function(name, params, result))
        note = f" -> {result.text()}" if typed else ""
        return f"fn {name}({shown}){note} do\n{early}{local}  {body}\nend"

    def local_function(self) -> str:
        """A function inside a function, that may capture; known as a closure in what follows."""
        name, param, result = self.fresh("h"), self.type(1), self.type(1)
        arg = self.fresh("y")
        with self.inside((arg, param)):
            body = self.expr(result, 2)
        self.scope.append((name, Ty("fn", (param, result))))
        return f"  fn {name}({arg} :: {param.text()}) = {body}\n"

    def counting(self, name: str, params: tuple[Ty, ...], result: Ty) -> str:
        """Recursion on a counter, in tail position or not."""
        n, acc = self.fresh("n"), self.fresh("x")
        with self.inside((n, INT), (acc, result)):
            step = self.expr(result, 2)
            base = self.expr(result, 1)
        self.functions.append(Function(f"{name}_from", (result,), result))
        self.functions.append(Function(name, (), result))
        start = self.literal(result, 1)
        return (
            f"fn {name}_loop({n} :: Int, {acc} :: {result.text()}) do\n"
            f"  if {n} <= 0 do {base} else {name}_loop({n} - 1, {step}) end\nend\n"
            f"fn {name}_from({acc} :: {result.text()}) = {name}_loop(3, {acc})\n"
            f"fn {name}() = {name}_loop({self.rnd.randrange(6)}, {start})"
        )

    def over_list(self, name: str, params: tuple[Ty, ...], result: Ty) -> str:
        """Recursion over `h :: t`."""
        item = self.type(1)
        h, t, rest = self.fresh("h"), self.fresh("t"), self.fresh("z")
        with self.inside((h, item), (rest, result)):
            combined = self.expr(result, 2)
        empty = self.expr(result, 1)
        self.functions.append(Function(name, (Ty("List", (item,)),), result))
        return f"fn {name}([]) = {empty}\nfn {name}(({h} :: {t})) do\n  let {rest} = {name}({t})\n  {combined}\nend"

    def clauses(self, name: str, params: tuple[Ty, ...], result: Ty) -> str:
        """Several clauses with patterns and guards; the last one takes everything."""
        types = params or (self.type(2),)
        lines = []
        for _ in range(1 + self.rnd.randrange(2)):
            made = [self.pattern(t, 2) for t in types]
            if all(text.isidentifier() and not text[0].isupper() for text, _ in made):
                continue
            with self.inside(*(n for _, names in made for n in names)):
                guard = f" when {self.guard()}" if self.chance(30) else ""
                shown = ", ".join(text if text.isidentifier() else f"({text})" for text, _ in made)
                lines.append(f"fn {name}({shown}){guard} = {self.expr(result, 2)}")
        names = [(self.fresh("x"), t) for t in types]
        with self.inside(*names):
            lines.append(f"fn {name}({self.parameters(names, 0)}) = {self.expr(result, 2)}")
        self.functions.append(Function(name, types, result))
        return "\n".join(lines)


def program(rnd: Random) -> str:
    """The source of a program that prints the values of random expressions."""
    maker = Maker(rnd)
    parts = [LIBRARY_OF_GENERICS, *maker.declare_types()]
    parts += [maker.declare_function() for _ in range(1 + rnd.randrange(4))]
    lines = []
    for _ in range(1 + rnd.randrange(3)):
        name, ty = maker.fresh("m"), maker.type(2)
        lines.append(f"  let {name} = {maker.expr(ty, 3)}")
        maker.scope.append((name, ty))
    for _ in range(2 + rnd.randrange(3)):
        lines.append(f'  println("${{{maker.expr(maker.type(2), 3)}}}")')
    for name, _ in maker.scope:
        lines.append(f'  println("{name} ${{{name}}}")')
    return "\n".join([*parts, "fn main() do", *lines, "end", ""])
