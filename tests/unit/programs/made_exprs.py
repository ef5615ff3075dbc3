"""Generated expressions of a wanted type, from what is in scope."""

from __future__ import annotations

from collections.abc import Callable

from tests.unit.programs.made_calls import Calls
from tests.unit.programs.made_patterns import Patterns
from tests.unit.programs.made_types import BOOL, FLOAT, INT, SCALARS, STRING, UNIT, Ty


class Expressions(Calls, Patterns):
    """Every construct that has a value."""

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
            self.generic, self.generic, self.shadow, self.counted,
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

    def parameters(self, params: list[tuple[str, Ty]], annotated: int) -> str:
        """Parameters, so many in a hundred annotated.

        One that holds a list always is: where nothing but `<>` is known of it, it would be a String.
        """
        return ", ".join(
            f"{name} :: {ty.text()}" if "List" in ty.text() or self.chance(annotated) else name for name, ty in params
        )

    def closure(self, ty: Ty, depth: int) -> str:
        params = [(self.fresh("a"), t) for t in ty.args[:-1]]
        shown = self.parameters(params, 25)
        with self.inside(*params):
            body = self.body(ty.args[-1], depth)
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

    def shadow(self, ty: Ty, depth: int) -> str | None:
        """A binding that hides a variable, possibly at another type."""
        if not self.scope:
            return None
        name, old = self.pick(self.scope)
        new = self.pick((old, self.type(1)))
        value = self.expr(new, depth)
        hidden = [(n, t) for n, t in self.scope if n == name]
        kept, self.scope = self.scope, [v for v in self.scope if v not in hidden]
        with self.inside((name, new)):
            body = self.expr(ty, depth)
        self.scope = kept
        return f"(if true do let {name} = {value}; {body} else {self.literal(ty, 0)} end)"

    def counted(self, ty: Ty, depth: int) -> str:
        """A `while` that ends at once, or a loop whose value is not used, before the value."""
        loop = self.pick((
            f"while {self.expr(BOOL, 0)} do break end",
            f"while true do if {self.expr(BOOL, 0)} do break end; break end",
            f"for w in 0..2 do {self.expr(self.type(1), 0)} end",
        ))  # fmt: skip
        return f"(if true do {loop}; {self.expr(ty, depth)} else {self.literal(ty, 0)} end)"
