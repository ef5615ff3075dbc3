"""Random well-typed Snow programs that end.

`program(rnd)` gives the source of one program. Expressions are made for a wanted type from what is in
scope, so that every construct meets every other; types carry no annotation more often than they do, to
leave work to inference. Programs end because functions call only functions above them, apart from
recursion on a counter or on a list, and because literals bound the loops. A panic (division, an index, an
uncovered clause) is a legal end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

T = TypeVar("T")
MAX_DEPTH = 4


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
class Maker:
    """The program so far, and the variables in scope where the next expression goes."""

    rnd: Random
    structs: list[Struct] = field(default_factory=list)
    sums: list[Sum] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    methods: dict[str, list[Ty]] = field(default_factory=dict)
    scope: list[tuple[str, Ty]] = field(default_factory=list)
    count: int = 0
    loops: int = 0
    result: Ty | None = None

    # ---- choices -------------------------------------------------------------------------------

    def pick(self, items: Sequence[T]) -> T:
        return items[self.rnd.randrange(len(items))]

    def chance(self, percent: int) -> bool:
        return self.rnd.randrange(100) < percent

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    @contextmanager
    def inside(self, *names: tuple[str, Ty]):  # type: ignore[no-untyped-def]
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

    # ---- expressions ---------------------------------------------------------------------------

    def expr(self, ty: Ty, depth: int) -> str:
        """An expression of this type; brackets are the caller's business, so results are closed."""
        known = [name for name, t in self.scope if t == ty]
        if known and self.chance(35 if depth > 0 else 80):
            return self.pick(known)
        if depth <= 0:
            return self.literal(ty, 0)
        ways: list[Callable[[Ty, int], str | None]] = [
            self.literal, self.literal, self.operator, self.operator, self.if_, self.case, self.block,
            self.call, self.call, self.library, self.library, self.field, self.apply, self.try_, self.let_tuple,
        ]  # fmt: skip
        for _ in range(4):
            made = self.pick(ways)(ty, depth - 1)
            if made is not None:
                return made
        return self.literal(ty, depth - 1)

    def literal(self, ty: Ty, depth: int) -> str:
        if ty.name == "fn":
            return self.closure(ty, depth)
        if ty in SCALARS:
            return self.scalar(ty, depth)
        if ty.name in ("List", "Set"):
            items = [self.expr(ty.args[0], depth - 1) for _ in range(self.rnd.randrange(3))]
            text = f"[{', '.join(items)}]"
            if ty.name == "List":
                return text if items else f"List.take([{self.literal(ty.args[0], 0)}], 0)"
            return f"Set.from_list({text})" if items else f"Set.from_list([{self.literal(ty.args[0], 0)}])"
        if ty.name == "Map":
            keys = [self.expr(ty.args[0], depth - 1) for _ in range(1 + self.rnd.randrange(2))]
            return "%{" + ", ".join(f"{k} => {self.expr(ty.args[1], depth - 1)}" for k in keys) + "}"
        return self.constructed(ty, depth)

    def scalar(self, ty: Ty, depth: int) -> str:
        if ty == INT:
            return self.pick(("0", "1", "2", "7", "-3", "10", "255", "(0 - 9223372036854775807)", "0x1F", "1_000"))
        if ty == FLOAT:
            return self.pick(("0.0", "1.5", "-2.25", "100.0", "1e3", "0.1"))
        if ty == BOOL:
            return self.pick(("true", "false"))
        if ty == UNIT:
            return self.pick(("()", "nil"))
        texts = ('""', '"a"', '"bc"', '"x y"', '"é✓"', '"\\n\\t"', '"0"', '"12"')
        if depth > 0 and self.chance(60):
            inner = self.type(1)
            return f'"<${{{self.expr(inner, depth - 1)}}}>"'
        return self.pick(texts)

    def constructed(self, ty: Ty, depth: int) -> str:
        """A tuple, variant or struct."""
        match ty.name:
            case "tuple":
                return f"({', '.join(self.expr(a, depth - 1) for a in ty.args)})"
            case "Option":
                none = f"List.find(List.take([{self.literal(ty.args[0], 0)}], 0), fn _ -> true end)"
                return f"Some({self.expr(ty.args[0], depth - 1)})" if self.chance(70) else none
            case "Result":
                ok, err = self.expr(ty.args[0], depth - 1), self.expr(ty.args[1], 0)
                other = self.literal(ty.args[0], 0)
                return f"(if {self.expr(BOOL, 0)} do Ok({ok}) else Err({err}) end)" if other else "()"
        for struct in self.structs:
            if struct.name == ty.name:
                fields = list(struct.fields)
                self.rnd.shuffle(fields)
                inits = ", ".join(f"{name}: {self.expr(t, depth - 1)}" for name, t in fields)
                return f"{struct.name} {{ {inits} }}"
        sum_type = next(s for s in self.sums if s.name == ty.name)
        flat = [v for v in sum_type.variants if ty not in v[1]]
        name, types = self.pick(flat if depth <= 0 else sum_type.variants)
        return f"{name}({', '.join(self.expr(t, depth - 1) for t in types)})" if types else name

    def operator(self, ty: Ty, depth: int) -> str | None:
        if ty in (INT, FLOAT):
            op = self.pick(("+", "-", "*", "/", "%") if self.chance(30) else ("+", "-", "*"))
            return f"({self.expr(ty, depth)} {op} {self.expr(ty, depth)})"
        if ty == STRING or ty.name == "List":
            return f"({self.expr(ty, depth)} {self.pick(('<>', '++'))} {self.expr(ty, depth)})"
        if ty != BOOL:
            return None
        if self.chance(40):
            return f"({self.expr(BOOL, depth)} {self.pick(('and', 'or', '&&', '||'))} {self.expr(BOOL, depth)})"
        if self.chance(20):
            return f"(not {self.expr(BOOL, depth)})"
        other = self.type(1)
        ops = ("==", "!=", "<", ">", "<=", ">=") if self.ordered(other) else ("==", "!=")
        return f"({self.expr(other, depth)} {self.pick(ops)} {self.expr(other, depth)})"

    def if_(self, ty: Ty, depth: int) -> str:
        cond = self.expr(BOOL, depth)
        if self.chance(25):
            middle = f"else if {self.expr(BOOL, 0)} do {self.body(ty, depth)} "
        else:
            middle = ""
        return f"(if {cond} do {self.body(ty, depth)} {middle}else {self.body(ty, depth)} end)"

    def body(self, ty: Ty, depth: int) -> str:
        """A block in one line: some bindings, then the value."""
        if depth <= 0 or self.chance(60):
            return self.expr(ty, depth)
        name, bound = self.fresh("v"), self.type(1)
        value = self.expr(bound, depth - 1)
        note = f" :: {bound.text()}" if self.chance(30) else ""
        with self.inside((name, bound)):
            return f"let {name}{note} = {value}; {self.body(ty, depth - 1)}"

    def block(self, ty: Ty, depth: int) -> str:
        return f"(if true do {self.body(ty, depth)} else {self.literal(ty, 0)} end)"

    def let_tuple(self, ty: Ty, depth: int) -> str:
        a, b = (self.fresh("p"), self.type(1)), (self.fresh("q"), self.type(1))
        pair = self.expr(Ty("tuple", (a[1], b[1])), depth - 1)
        with self.inside(a, b):
            value = self.expr(ty, depth)
        return f"(if true do let ({a[0]}, {b[0]}) = {pair}; {value} else {self.literal(ty, 0)} end)"

    def closure(self, ty: Ty, depth: int) -> str:
        params = [(self.fresh("a"), t) for t in ty.args[:-1]]
        shown = ", ".join(f"{n} :: {t.text()}" if self.chance(25) else n for n, t in params)
        loops, self.loops = self.loops, 0
        outer, self.result = self.result, None
        with self.inside(*params):
            body = self.body(ty.args[-1], depth)
        self.loops, self.result = loops, outer
        return f"fn ({shown}) -> {body} end"

    def apply(self, ty: Ty, depth: int) -> str | None:
        """A call of a closure, bound to a name or on the spot."""
        known = [(n, t) for n, t in self.scope if t.name == "fn" and t.args[-1] == ty]
        if known:
            name, fn = self.pick(known)
            return f"{name}({', '.join(self.expr(a, depth - 1) for a in fn.args[:-1])})"
        param = self.type(1)
        return f"({self.closure(Ty('fn', (param, ty)), depth)})({self.expr(param, depth - 1)})"

    def call(self, ty: Ty, depth: int) -> str | None:
        fitting = [f for f in self.functions if f.result == ty]
        if not fitting or self.loops:
            return None
        fn = self.pick(fitting)
        args = [self.expr(p, depth - 1) for p in fn.params]
        if args and self.chance(25):
            return f"({args[0]} |> {fn.name}({', '.join(args[1:])}))"
        return f"{fn.name}({', '.join(args)})"

    def field(self, ty: Ty, depth: int) -> str | None:
        found = [(s, name) for s in self.structs for name, t in s.fields if t == ty]
        if not found:
            return None
        struct, name = self.pick(found)
        owner = self.expr(Ty(struct.name), depth - 1)
        return f"({owner}).{name}"

    def try_(self, ty: Ty, depth: int) -> str | None:
        """`?`, in a closure whose result is made for it."""
        param = self.fresh("o")
        with self.inside((param, Ty("Option", (ty,)))):
            inner = f"fn ({param} :: {Ty('Option', (ty,)).text()}) -> Some(({param}?, {self.expr(INT, 0)})) end"
        arg = self.expr(Ty("Option", (ty,)), depth - 1)
        found, other = self.fresh("r"), self.literal(ty, 0)
        return f"(case ({inner})({arg}) do Some(({found}, _)) -> {found}; None -> {other} end)"

    # ---- case ----------------------------------------------------------------------------------

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

    def pattern(self, ty: Ty, depth: int) -> tuple[str, list[tuple[str, Ty]]]:
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

    def shape(self, ty: Ty, depth: int) -> tuple[str, list[tuple[str, Ty]]]:
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

    def several(self, left: str, types: Sequence[Ty], right: str, depth: int) -> tuple[str, list[tuple[str, Ty]]]:
        made = [self.pattern(t, depth - 1) for t in types]
        return left + ", ".join(text for text, _ in made) + right, [n for _, names in made for n in names]

    # ---- library -------------------------------------------------------------------------------

    def library(self, ty: Ty, depth: int) -> str | None:
        other = self.type(1)
        many = Ty("List", (other,))
        match ty.name:
            case "Int":
                return self.pick((
                    lambda: f"List.length({self.expr(many, depth)})",
                    lambda: f"String.length({self.expr(STRING, depth)})",
                    lambda: f"{self.expr(Ty('Map', (STRING, other)), depth)}.size()",
                    lambda: f"List.reduce({self.expr(Ty('List', (INT,)), depth)}, {self.expr(INT, 0)}, "
                            f"{self.closure(Ty('fn', (INT, INT, INT)), 1)})",
                    lambda: f"Map.get({self.expr(Ty('Map', (INT, INT)), depth)}, {self.expr(INT, 0)})",
                    lambda: f"Math.max({self.expr(INT, depth)}, {self.expr(INT, depth)})",
                    lambda: f"{self.expr(Ty('List', (INT,)), depth)}[{self.pick(('0', '1'))}]",
                    lambda: f"Tuple.nth({self.expr(Ty('tuple', (other, INT)), depth)}, 1)",
                ))()  # fmt: skip
            case "String":
                return self.pick((
                    lambda: f"String.to_upper({self.expr(STRING, depth)})",
                    lambda: f"({self.expr(other, depth)}).to_string()",
                    lambda: f"inspect({self.expr(other, depth)})",
                    lambda: f"String.join({self.expr(Ty('List', (STRING,)), depth)}, \",\")",
                    lambda: f"String.slice({self.expr(STRING, depth)}, 0, 2)",
                    lambda: f"String.replace({self.expr(STRING, depth)}, \"a\", {self.expr(STRING, 0)})",
                ))()  # fmt: skip
            case "Bool":
                return self.pick((
                    lambda: f"List.contains({self.expr(many, depth)}, {self.expr(other, 0)})",
                    lambda: f"List.any({self.expr(many, depth)}, {self.closure(Ty('fn', (other, BOOL)), 1)})",
                    lambda: f"Set.contains({self.expr(Ty('Set', (INT,)), depth)}, {self.expr(INT, 0)})",
                    lambda: f"({self.expr(STRING, depth)}).starts_with({self.expr(STRING, 0)})",
                ))()  # fmt: skip
            case "List":
                return self.list_library(ty, other, depth)
            case "Option":
                return f"List.find({self.expr(Ty('List', ty.args), depth)}, {self.closure(Ty('fn', (ty.args[0], BOOL)), 1)})"
            case "Map":
                return f"Map.put({self.expr(ty, depth)}, {self.expr(ty.args[0], 0)}, {self.expr(ty.args[1], 0)})"
            case "Set":
                op = self.pick(("union", "intersection", "difference"))
                return f"Set.{op}({self.expr(ty, depth)}, {self.expr(ty, 0)})"
            case "tuple" if ty.args[0] == INT and len(ty.args) == 2:
                return f"List.head(List.enumerate([{self.expr(ty.args[1], depth)}]))"
        return None

    def list_library(self, ty: Ty, other: Ty, depth: int) -> str:
        item = ty.args[0]
        many = Ty("List", (other,))
        return self.pick((
            lambda: f"List.map({self.expr(many, depth)}, {self.closure(Ty('fn', (other, item)), 2)})",
            lambda: f"({self.expr(many, depth)} |> map({self.closure(Ty('fn', (other, item)), 2)}))",
            lambda: f"List.filter({self.expr(ty, depth)}, {self.closure(Ty('fn', (item, BOOL)), 2)})",
            lambda: f"List.reverse({self.expr(ty, depth)})",
            lambda: f"List.take({self.expr(ty, depth)}, {self.expr(INT, 0)})",
            lambda: f"Map.values({self.expr(Ty('Map', (STRING, item)), depth)})",
            lambda: f"List.append({self.expr(ty, depth)}, {self.expr(item, 0)})",
            lambda: self.loop(ty, depth),
            lambda: self.loop(ty, depth),
        ))()  # fmt: skip

    def loop(self, ty: Ty, depth: int) -> str:
        """A comprehension, with a guard, `continue` or `break` now and then."""
        item = ty.args[0]
        name = self.fresh("i")
        if self.chance(50):
            source, element = f"0..{self.rnd.randrange(4)}", INT
        else:
            element = self.type(1)
            source = self.expr(Ty("List", (element,)), depth - 1)
        self.loops += 1
        with self.inside((name, element)):
            guard = f" when {self.expr(BOOL, 0)}" if self.chance(25) else ""
            leave = f"if {self.expr(BOOL, 0)} do {self.pick(('continue', 'break'))} end; " if self.chance(25) else ""
            body = self.body(item, depth)
        self.loops -= 1
        return f"(for {name} in {source}{guard} do {leave}{body} end)"

    # ---- declarations --------------------------------------------------------------------------

    def declare_types(self) -> list[str]:
        lines = []
        for _ in range(self.rnd.randrange(3)):
            name = f"S{len(self.structs) + 1}"
            fields = tuple((f"f{i}", self.type(1)) for i in range(1 + self.rnd.randrange(3)))
            lines.append(f"struct {name} do {'; '.join(f'{n} :: {t.text()}' for n, t in fields)} end")
            self.structs.append(Struct(name, fields))
        for _ in range(self.rnd.randrange(3)):
            name = f"T{len(self.sums) + 1}"
            variants = [(f"{name}A", ())]
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
        shown = ", ".join(f"{n} :: {t.text()}" for n, t in names)
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
        return (
            f"fn {name}([]) = {empty}\n"
            f"fn {name}(({h} :: {t})) do\n  let {rest} = {name}({t})\n  {combined}\nend"
        )

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
            lines.append(f"fn {name}({', '.join(n for n, _ in names)}) = {self.expr(result, 2)}")
        self.functions.append(Function(name, types, result))
        return "\n".join(lines)


def program(rnd: Random) -> str:
    """The source of a program that prints the values of random expressions."""
    maker = Maker(rnd)
    parts = maker.declare_types()
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
