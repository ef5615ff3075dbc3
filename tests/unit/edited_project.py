"""Random Snow projects and random edits of them, to compare ways of checking them.

A project is a handful of modules that use one another in every way: functions, constants, types, constructors,
interfaces with default methods, implementations for their own types, for imported types and for built-in types,
inline modules, both forms of import. About half of the edits leave a project that is correct.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

PATHS = ["alpha", "beta", "geo/shape", "geo/deep/core", "delta", "omega"]


_LOOKING_ELSEWHERE = ("f", "uses", "foreign", "display")


def module_name(path: str) -> str:
    return ".".join("".join(word.capitalize() for word in part.split("_")) for part in path.split("/"))


@dataclass
class Module:
    """One module; the texts of its declarations by a key that tells them apart."""

    path: str
    rank: int
    imports: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    blank_lines: int = 0

    @property
    def name(self) -> str:
        return module_name(self.path)

    @property
    def short(self) -> str:
        return self.name.rpartition(".")[2]

    def text(self) -> str:
        imports = "\n".join(self.imports.values())
        return "\n" * self.blank_lines + imports + "\n\n" + "\n".join(self.parts.values())


class Project:
    """A project in memory that can be edited at random."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.modules: dict[str, Module] = {}
        self.next_rank = 0
        self.careless = 0.1
        self.wrong: set[tuple[str, str]] = set()
        """Parts that were written wrongly, as module and key."""
        self.chose_wrong = False
        for path in PATHS[: random.randint(3, 5)]:
            self.add_module(path)
        self.add_main()

    def files(self) -> dict[str, str]:
        return {f"{module.path}.snow": module.text() for module in self.modules.values()}

    # ---- making ----------------------------------------------------------------------------------

    def add_module(self, path: str) -> None:
        module = Module(path, self.next_rank)
        self.next_rank += 1
        self.modules[path] = module
        for other in self.below(module):
            if self.random.random() < 0.5:
                self.import_(module, other)
        for key in ("struct", "sum", "f", "g", "const"):
            self.write(module, key)
        for key in ("interface", "display", "foreign", "inner", "generic", "hidden", "desk", "team", "uses"):
            if self.random.random() < 0.5:
                self.write(module, key)

    def add_main(self) -> None:
        main = Module("main", 1000)
        self.modules["main"] = main
        for other in self.below(main):
            self.import_(main, other)
        self.write(main, "main")

    def below(self, module: Module) -> list[Module]:
        """The modules that one may import without a cycle."""
        return [other for other in self.modules.values() if other.rank < module.rank]

    def import_(self, module: Module, other: Module) -> None:
        names = [f"f_{other.short.lower()}", f"{other.short}Box"]
        if "interface" in other.parts:
            names.append(f"{other.short}Like")
        forms = [f"import {other.name}", f"from {other.name} import {', '.join(names)}"]
        module.imports[other.path] = self.random.choice(forms)

    def imported(self, module: Module) -> Module | None:
        known = [self.modules[path] for path in module.imports if path in self.modules]
        return self.random.choice(known) if known else None

    def number(self) -> int:
        return self.random.randint(1, 3)

    def pick(self, right: list[str], wrong: list[str]) -> str:
        """One of the first, which are right as a rule, now and then one of the second."""
        if wrong and self.random.random() < self.careless:
            self.chose_wrong = True
            return self.random.choice(wrong)
        return self.random.choice(right)

    # ---- parts -----------------------------------------------------------------------------------

    def write(self, module: Module, key: str) -> None:
        """Write a part anew, with other choices than before if it was there."""
        made: Callable[[Module], str] = getattr(self, f"_{key}")
        self.chose_wrong = False
        module.parts[key] = made(module)
        self.wrong.discard((module.path, key))
        if self.chose_wrong:
            self.wrong.add((module.path, key))

    def _struct(self, module: Module) -> str:
        types = ["Int", "String", "Float"]
        fields = "".join(f"  part{i} :: {self.random.choice(types)}\n" for i in range(self.number()))
        deriving = self.pick(["", "", " deriving(Eq, Debug)"], [" deriving(Ord, Display, Hash)"])
        public = self.pick(["pub "], [""])
        return f"{public}struct {module.short}Box do\n  size :: Int\n{fields}end{deriving}\n"

    def _sum(self, module: Module) -> str:
        variants = "".join(f"  {module.short}{'ABC'[i]}(Int)\n" for i in range(self.number()))
        return f"pub type {module.short}Kind do\n{variants}  {module.short}Last\nend\n"

    def _f(self, module: Module) -> str:
        other = self.imported(module)
        call = ""
        if other is not None:
            qualified = module.imports[other.path].startswith("import ")
            f = f"{other.short}.f_{other.short.lower()}" if qualified else f"f_{other.short.lower()}"
            call = self.random.choice([f" + {f}(n)", f" + ({f}(n))", ""])
        result = self.random.choice([" -> Int", " -> Int", ""])
        name = f"f_{module.short.lower()}"
        second = self.pick([""], [", m :: Int"])
        return f"pub fn {name}(n :: Int{second}){result} do\n  n * {self.number()}{call}\nend\n"

    def _g(self, module: Module) -> str:
        s = module.short
        body = self.pick(
            [
                f"  case kind do\n    {s}A(n) when n > 1 -> n\n    {s}Last -> 0\n    _ -> 2\n    {s}A(_) -> 3\n  end",
                f"  case kind do\n    {s}A(n) -> n\n    _ -> {self.number()}\n  end",
                f"  let ks = [kind, {s}Last]\n  List.length(ks)",
                '  let m = %{"a" => kind}\n  Map.size(m)',
                '  println("${kind}")\n  1',
            ],
            [f"  case kind do\n    {s}A(n) -> n\n    {s}Last -> 0\n  end", "  println(kind)\n  1"],
        )
        public = self.pick(["pub "], [""])
        return f"{public}fn g_{s.lower()}(kind :: {s}Kind) do\n{body}\nend\n"

    def _const(self, module: Module) -> str:
        value = self.random.choice(["1", "2.5", '"text"', "[1, 2]", "None"])
        return f"let c_{module.short.lower()} = {value}\n"

    def _interface(self, module: Module) -> str:
        s, low = module.short, module.short.lower()
        default = self.pick(
            [
                "",
                f"  fn twice_{low}(self) -> Int do\n    measure_{low}(self) * {self.number()}\n  end\n",
                f"  fn twice_{low}(self) -> Int do\n    f_{low}(measure_{low}(self))\n  end\n",
                f'  fn twice_{low}(self) -> String do\n    "${{self}}"\n  end\n',
            ],
            [f"  fn twice_{low}(self) -> Int do\n    case measure_{low}(self) do\n      1 -> 2\n    end\n  end\n"],
        )
        extra = self.pick([""], [f"  fn more_{low}(self, n :: Int) -> String\n"])
        kind = f"  fn kind_{low}(self) -> {s}Kind do\n    {s}Last\n  end\n"
        kind = self.pick(["", kind], ["  fn kind(self) -> Int\n"])
        return f"pub interface {s}Like do\n  fn measure_{low}(self) -> Int\n{extra}{kind}{default}end\n"

    def _foreign(self, module: Module) -> str:
        """An implementation of some interface in sight for some type in sight."""
        other = self.imported(module)
        owner = other if other is not None and "interface" in other.parts and self.random.random() < 0.5 else module
        if "interface" not in owner.parts and self.random.random() < 0.95:
            self.write(owner, "interface")
        low = owner.short.lower()
        own = f"{module.short}Box"
        everywhere = ["Int", "String", own, *([f"{other.short}Box"] if other else [])]
        target = self.pick(everywhere if owner is module else [own], everywhere)
        trait = f"{owner.short}Like"
        if owner is not module:
            trait = f"{owner.short}.{trait}"
            module.imports[owner.path] = f"import {owner.name}"
        return f"impl {trait} for {target} do\n  fn measure_{low}(self) -> Int do\n    {self.number()}\n  end\nend\n"

    def _display(self, module: Module) -> str:
        other = self.imported(module)
        target = self.pick([f"{module.short}Kind"], [f"{module.short}Box", f"{other.short}Box"] if other else [])
        trait = self.random.choice(["Display", "Eq"])
        method = "to_string(self) -> String" if trait == "Display" else "eq(self, other :: Self) -> Bool"
        body = '"box"' if trait == "Display" else "true"
        return f"impl {trait} for {target} do\n  fn {method} do\n    {body}\n  end\nend\n"

    def _inner(self, module: Module) -> str:
        return (
            f"pub module In{module.short} do\n"
            f"  pub struct Deep do\n    n :: {self.random.choice(['Int', 'String'])}\n  end\n"
            f"  pub fn deep(d :: Deep) = d.n\nend\n"
        )

    def _generic(self, module: Module) -> str:
        """Functions whose types are found out: operators, members, conversions."""
        low = module.short.lower()
        body = self.pick(["a + b", "a == b", "a.size", '"${a} ${b}"', "(b, a)"], [f"a.measure_{low}()"])
        return f"pub fn any_{low}(a, b) = {body}\n"

    def _hidden(self, module: Module) -> str:
        return f"fn hidden_{module.short.lower()}(n) = n + {self.number()}\n"

    def _desk(self, module: Module) -> str:
        """A service; what is left open, uses in other modules see as it was decided here."""
        s = module.short
        reply = self.pick(["(n, n)", '(n, "${n}")', "(n, m)", "(n + 1, [m])"], ["n", '("", n)'])
        cast = self.pick(["", f"  cast Forget{s} do\n    0\n  end\n"], ["  cast Ask do\n    0\n  end\n"])
        public = self.pick(["pub "], [""])
        return (
            f"{public}service {s}Desk do\n  fn init(n :: Int) = n\n"
            f"  call Ask(m) do |n|\n    {reply}\n  end\n{cast}end\n"
        )

    def _team(self, module: Module) -> str:
        s, low = module.short, module.short.lower()
        start = self.pick([f"fn -> spawn(member_{low}) end"], [f"fn -> f_{low}(1) end", f"member_{low}"])
        body = self.pick(["n + 1", "n <> 1.to_string()"], [])
        return (
            f"pub actor member_{low}() do\n  receive do n -> {body} end\nend\n"
            f"pub supervisor {s}Team do\n  child a do\n    start: {start}\n  end\nend\n"
        )

    def _uses(self, module: Module) -> str:
        """Uses of what lies in sight, some of them wrong."""
        other = self.imported(module) or module
        s, low = other.short, other.short.lower()
        at = ""
        if other is not module:
            module.imports[other.path] = f"import {other.name}"
            at = f"{s}."
        right = [
            "Set.size(Set.from_list([1]))",
            f"{at}c_{low}",
            f"{s}A(1) == {s}Last",
            f'"${{{s}Last}}"',
            f"fn b :: {s}Box -> b.size end",
            f"fn b :: {s}Box -> b == b end",
            f"fn k :: {s}Kind -> {at}g_{low}(k) end",
        ]
        wrong = [
            f"{at}hidden_{low}(2)",
            f"measure_{low}(3)",
            f"3.measure_{low}()",
            f'"x".twice_{low}()',
            f"{at}In{s}.deep(1)",
            f"fn b :: {s}Box -> b.part1 end",
            f"fn b :: {s}Box -> b.twice_{low}() end",
            f"fn b :: {s}Box -> b.kind_{low}() == {s}Last end",
            "nowhere(1)",
            "1 + true",
        ]
        given = {
            "inner": f"fn d -> {at}In{s}.deep(d) end",
            "generic": f"{at}any_{low}(1, 2)",
            "desk": f"{at}{s}Desk.ask({at}{s}Desk.start(1), ())",
            "team": f"(spawn({at}{s}Team), spawn({at}member_{low}))",
        }
        right += [use for key, use in given.items() if key in other.parts]
        if f"{s}Like for Int" in other.parts.get("foreign", ""):
            right += [f"measure_{low}(1)", f"2.measure_{low}()"]
        lines = "".join(f"  let v{i} = {self.pick(right, wrong)}\n" for i in range(3))
        return f"fn uses_{module.short.lower()}() do\n{lines}end\n"

    def _main(self, module: Module) -> str:
        calls = "".join(
            f'  println("${{{other.short}.f_{other.short.lower()}(1)}}")\n'
            if module.imports.get(other.path, "").startswith("import ")
            else f'  println("${{f_{other.short.lower()}(1)}}")\n'
            for other in self.below(module)
            if other.path in module.imports
        )
        return f"fn main() do\n{calls}end\n"

    # ---- editing ---------------------------------------------------------------------------------

    def edit(self) -> str:
        """Change something; gives words for it."""
        if self.random.random() < 0.3:
            return self.heal()
        module = self.random.choice(list(self.modules.values()))
        kinds = [self.rewrite] * 6 + [self.drop, self.shift, self.shift, self.toggle_import, self.toggle_import]
        kinds += [self.add, self.remove, self.rename, self.break_syntax]
        return self.random.choice(kinds)(module)

    def heal(self) -> str:
        """Set right what went wrong, as far as that is known."""
        careless, self.careless = self.careless, 0.0
        for module in sorted(self.modules.values(), key=lambda m: m.rank):
            module.parts.pop("broken", None)
            for path in [path for path in module.imports if path not in self.modules]:
                del module.imports[path]
            for key in ("struct", "sum", "g", "const", *module.parts) if module.path != "main" else list(module.parts):
                if key not in module.parts or (module.path, key) in self.wrong or key in _LOOKING_ELSEWHERE:
                    self.write(module, key)
        for module in sorted(self.modules.values(), key=lambda m: m.rank):
            for other in self.below(module):
                if other.path in module.imports and module.imports[other.path].startswith("from"):
                    self.import_(module, other)
        main = self.modules["main"]
        self.write(main, "main")
        self.careless = careless
        return "heal"

    def rewrite(self, module: Module) -> str:
        keys = ["main", "uses"] if module.path == "main" else ["struct", "sum", "f", "g", "const", "interface"]
        if module.path != "main":
            keys += ["foreign", "display", "inner", "generic", "hidden", "desk", "team", "uses"]
        key = self.random.choice(keys)
        self.write(module, key)
        return f"rewrite {key} of {module.path}"

    def drop(self, module: Module) -> str:
        key = self.random.choice(list(module.parts))
        if module.path == "main" and self.random.random() < 0.8:
            return self.rewrite(module)
        del module.parts[key]
        if not module.parts:
            self.write(module, "hidden" if module.path != "main" else "main")
        return f"drop {key} of {module.path}"

    def shift(self, module: Module) -> str:
        module.blank_lines = self.random.randint(0, 3)
        return f"shift {module.path}"

    def toggle_import(self, module: Module) -> str:
        below = self.below(module)
        if not below:
            return self.shift(module)
        other = self.random.choice(below)
        if other.path in module.imports and self.random.random() < 0.5:
            del module.imports[other.path]
            return f"{module.path} no longer imports {other.path}"
        self.import_(module, other)
        return f"{module.path} imports {other.path}"

    def add(self, module: Module) -> str:
        free = [path for path in PATHS if path not in self.modules]
        if not free:
            return self.rewrite(module)
        self.add_module(free[0])
        return f"add {free[0]}"

    def remove(self, module: Module) -> str:
        if module.path == "main" or len(self.modules) < 3:
            return self.rewrite(module)
        del self.modules[module.path]
        for other in self.modules.values():
            if self.random.random() < 0.8:
                other.imports.pop(module.path, None)
        return f"remove {module.path}"

    def rename(self, module: Module) -> str:
        free = [path for path in PATHS if path not in self.modules]
        if not free or module.path == "main":
            return self.rewrite(module)
        old = module.path
        self.modules[free[0]] = self.modules.pop(old)
        module.path = free[0]
        for other in self.modules.values():
            if other.imports.pop(old, None) is not None and self.random.random() < 0.8:
                self.import_(other, module)
        return f"rename {old} to {free[0]}"

    def break_syntax(self, module: Module) -> str:
        if module.parts.pop("broken", None) is None and self.random.random() < 0.3:
            module.parts["broken"] = "fn broken( do\n"
            return f"break {module.path}"
        return self.shift(module)
