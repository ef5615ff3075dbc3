"""Generated calls: of the library, and of generic code that every program has."""

from __future__ import annotations

from tests.unit.programs.made_types import BOOL, INT, STRING, Basics, Ty

LIBRARY_OF_GENERICS = """\
fn id<A>(x :: A) -> A = x
fn pair(a, b) = (a, b)
fn swap((a, b)) = (b, a)
fn compose(f, g) = fn x -> g(f(x)) end
fn twice(f, x) = f(f(x))
fn fold(xs, acc, f) do
  case xs do
    [] -> acc
    x :: rest -> fold(rest, f(acc, x), f)
  end
end
fn pick<A>(c :: Bool, a :: A, b :: A) -> A do
  if c do return a end
  b
end
struct Box<A> do item :: A; note :: String end
struct Lazy<A> do get :: Fun() -> A end
type Tree<A> do Leaf; Node(Tree<A>, A, Tree<A>) end deriving(Eq, Display)
fn grow(t, x) do
  case t do
    Leaf -> Node(Leaf, x, Leaf)
    Node(l, y, r) -> if x == y do t else Node(grow(l, x), y, r) end
  end
end
fn spread(Leaf) = []
fn spread(Node(l, x, r)) = spread(l) ++ [x] ++ spread(r)
interface Size do
  fn size_of(self) -> Int
  fn doubled(self) -> Int do
    self.size_of() * 2
  end
end
impl Size for Int do fn size_of(self) = self end
impl Size for String do
  fn size_of(self) = String.length(self)
  fn doubled(self) = -1
end
impl Size for Bool do fn size_of(self) = if self do 1 else 0 end end
impl Size for Float do fn size_of(self) = 8 end
impl Size for List<T> where T: Size do fn size_of(self) = fold(self, 0, fn n, x -> n + x.size_of() end) end
impl Size for Option<T> where T: Size do
  fn size_of(self) = case self do
    Some(x) -> 1 + x.size_of()
    None -> 0
  end
end
impl Size for Box<T> where T: Size do fn size_of(self) = self.item.doubled() end
fn total(xs) = fold(xs, 0, fn n, x -> n + doubled(x) end)
"""
"""Generic code that every program has; what of it is used differs."""


class Calls(Basics):
    """Calls whose result has a wanted type; None where nothing gives such a value."""

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
                test = self.closure(Ty("fn", (ty.args[0], BOOL)), 1)
                return f"List.find({self.expr(Ty('List', ty.args), depth)}, {test})"
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
        names, source = self.iterable(depth)
        name = names[0][0] if len(names) == 1 else "{" + ", ".join(n for n, _ in names) + "}"
        self.loops += 1
        with self.inside(*names):
            guard = f" when {self.expr(BOOL, 0)}" if self.chance(25) else ""
            leave = f"if {self.expr(BOOL, 0)} do {self.pick(('continue', 'break'))} end; " if self.chance(25) else ""
            body = self.body(item, depth)
        self.loops -= 1
        return f"(for {name} in {source}{guard} do {leave}{body} end)"

    def iterable(self, depth: int) -> tuple[list[tuple[str, Ty]], str]:
        """What a loop walks over, and the variables it binds."""
        name, element = self.fresh("i"), self.type(1)
        match self.rnd.randrange(5):
            case 0 | 1:
                return [(name, INT)], f"{self.pick(('0', '-1', '2'))}..{self.rnd.randrange(4)}"
            case 2:
                key = self.key()
                entry = [(name, key), (self.fresh("e"), element)]
                return entry, self.expr(Ty("Map", (key, element)), depth - 1)
            case 3:
                key = self.key()
                return [(name, key)], self.expr(Ty("Set", (key,)), depth - 1)
        return [(name, element)], self.expr(Ty("List", (element,)), depth - 1)

    def generic(self, ty: Ty, depth: int) -> str | None:
        """Something of `LIBRARY_OF_GENERICS`."""
        other = self.type(1)
        ways = [
            lambda: f"id({self.expr(ty, depth)})",
            lambda: f"pick({self.expr(BOOL, depth)}, {self.expr(ty, depth)}, {self.expr(ty, 0)})",
            lambda: f"({self.expr(ty, depth)} |> id |> id())",
            lambda: f"Tuple.first(pair({self.expr(ty, depth)}, {self.expr(other, 0)}))",
            lambda: f"Tuple.second(swap({self.expr(Ty('tuple', (ty, other)), depth)}))",
            lambda: f"compose({self.closure(Ty('fn', (other, INT)), 1)}, {self.closure(Ty('fn', (INT, ty)), 1)})"
                    f"({self.expr(other, depth)})",
            lambda: f"twice({self.closure(Ty('fn', (ty, ty)), 2)}, {self.expr(ty, depth)})",
            lambda: f"fold({self.expr(Ty('List', (other,)), depth)}, {self.expr(ty, 0)}, "
                    f"{self.closure(Ty('fn', (ty, other, ty)), 2)})",
            lambda: f"Box {{ note: {self.expr(STRING, 0)}, item: {self.expr(ty, depth)} }}.item",
            lambda: f"Lazy {{ get: fn -> {self.expr(ty, depth)} end }}.get()",
            lambda: f"(if true do let poly = fn x -> (x, {self.literal(INT, 0)}) end; "
                    f"Tuple.first(poly(Tuple.first(poly({self.expr(ty, depth)})))) else {self.literal(ty, 0)} end)",
        ]  # fmt: skip
        if ty == INT:
            sized = self.pick((INT, STRING, BOOL, Ty("List", (STRING,)), Ty("Option", (Ty("List", (INT,)),))))
            ways += [
                lambda: f"({self.expr(sized, depth)}).doubled()",
                lambda: f"size_of({self.expr(sized, depth)})",
                lambda: f"total([{self.expr(sized, depth)}, {self.expr(sized, 0)}])",
                lambda: f'Box {{ item: {self.expr(sized, depth)}, note: "" }}.size_of()',
            ]
        if ty.name == "List":
            tree = f"grow(grow(Leaf, {self.expr(ty.args[0], depth)}), {self.expr(ty.args[0], 0)})"
            ways += [lambda: f"spread({tree})"] * 3
        return self.pick(ways)()
