"""Generated `case` expressions and patterns."""

from __future__ import annotations

from collections.abc import Sequence

from tests.unit.programs.made_types import INT, Basics, Ty

Bound = list[tuple[str, Ty]]
"""The variables of a pattern."""


class Patterns(Basics):
    """Patterns for every type, and `case` over them."""

    def case(self, ty: Ty, depth: int) -> str:
        subject = self.type(2)
        arms = []
        for _ in range(1 + self.rnd.randrange(2)):
            pattern, names = self.pattern(subject, 2)
            with self.inside(*names):
                guard = f" when {self.guard()}" if self.chance(25) else ""
                arms.append(f"{pattern}{guard} -> {self.arm(ty, depth)}")
        if self.chance(50):
            last, names = self.fresh("w"), []
            names = [(last, subject)]
        else:
            last, names = "_", []
        with self.inside(*names):
            arms.append(f"{last} -> {self.arm(ty, depth)}")
        return f"(case {self.expr(subject, depth)} do {'; '.join(arms)} end)"

    def arm(self, ty: Ty, depth: int) -> str:
        if self.chance(20) and depth > 0:
            return f"do {self.body(ty, depth)} end"
        return self.expr(ty, depth)

    def guard(self) -> str:
        numbers = [n for n, t in self.scope if t == INT]
        return f"{self.pick(numbers)} % 2 == 0" if numbers else self.pick(("true", "1 < 2"))

    def pattern(self, ty: Ty, depth: int) -> tuple[str, Bound]:
        """A pattern and the variables it binds."""
        if depth <= 0 or self.chance(25):
            if self.chance(30):
                return "_", []
            name = self.fresh("b")
            return name, [(name, ty)]
        if depth > 1 and self.chance(15):
            inner, names = self.pattern(ty, depth - 1)
            name = self.fresh("s")
            if inner[0].islower() or inner.startswith("_"):
                return inner, names
            return f"({inner} as {name})", [*names, (name, ty)]
        return self.shape(ty, depth)

    def shape(self, ty: Ty, depth: int) -> tuple[str, Bound]:
        match ty.name:
            case "Int":
                return self.pick(("0", "1", "7", "-3", "(1 | 2)")), []
            case "Float":
                return self.pick(("1.5", "0.0", "-2.25")), []
            case "Bool":
                return self.pick(("true", "false")), []
            case "String":
                return self.pick(('"a"', '""', '("a" | "bc")')), []
            case "()":
                return "()", []
            case "tuple":
                return self.several("(", ty.args, ")", depth)
            case "List":
                if self.chance(30):
                    return self.several("[", (ty.args[0],) * self.rnd.randrange(3), "]", depth)
                head, names = self.pattern(ty.args[0], depth - 1)
                tail, more = self.pattern(ty, 0)
                return f"({head} :: {tail})", [*names, *more]
            case "Option":
                return self.several("Some(", ty.args, ")", depth) if self.chance(60) else ("None", [])
            case "Result":
                which = self.rnd.randrange(2)
                return self.several(("Ok(", "Err(")[which], (ty.args[which],), ")", depth)
        for sum_type in self.sums:
            if sum_type.name == ty.name:
                name, types = self.pick(sum_type.variants)
                shown = f"{sum_type.name}.{name}" if self.chance(20) else name
                return self.several(f"{shown}(", types, ")", depth) if types else (shown, [])
        name = self.fresh("b")
        return name, [(name, ty)]

    def several(self, left: str, types: Sequence[Ty], right: str, depth: int) -> tuple[str, Bound]:
        made = [self.pattern(t, depth - 1) for t in types]
        return left + ", ".join(text for text, _ in made) + right, [n for _, names in made for n in names]
