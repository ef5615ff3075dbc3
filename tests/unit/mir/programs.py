"""Random MIR programs: small, well-typed, terminating, without counting.

`program(rng)` gives a module with a few functions that build, take apart, share and pass on strings,
lists, pairs and trees along branches, switches, bounded loops, closures and self calls. `main` takes
no arguments and returns a string, so that `machine.py` can run it before and after a pass.
"""

from __future__ import annotations

from random import Random

from snowc.mir.ir import (
    NO_LOC,
    Block,
    Branch,
    Call,
    CallClosure,
    CallExtern,
    Const,
    Construct,
    Function,
    Instr,
    Jump,
    MakeClosure,
    Module,
    Panic,
    Prim,
    Project,
    Return,
    Switch,
    Tag,
    Target,
    TypeDecl,
    Value,
    VariantDecl,
)
from snowc.mir.types import BOOL, INT, STRING, Con, Fn, MTy

LIST = Con("List", (STRING,))
PAIR = Con("Pair")
TREE = Con("Tree")
CLOSURE = Fn((STRING,), STRING)
BOXED: tuple[MTy, ...] = (STRING, LIST, PAIR, TREE)


def program(rng: Random, panics: bool = False) -> Module:
    """A whole program; with `panics`, some paths end in one."""
    module = Module(entry="main")
    module.types["Pair"] = TypeDecl("Pair", [], True, [VariantDecl("Pair", [None, None], [LIST, STRING])])
    node = VariantDecl("Node", [None] * 3, [TREE, STRING, TREE])
    module.types["Tree"] = TypeDecl("Tree", [], False, [VariantDecl("Leaf", [], []), node])
    _closure_body(rng, module)
    for index in range(rng.randint(1, 3)):
        types = [INT, *(rng.choice(BOXED) for _ in range(rng.randint(1, 3)))]
        _Writer(rng, module, f"f{index}", types, rng.choice(BOXED), panics).write()
    _Writer(rng, module, "main", [], STRING, panics).write()
    return module


def _closure_body(rng: Random, module: Module) -> None:
    writer = _Writer(rng, module, "body", [STRING], STRING, False)
    writer.function.captures = [writer.fresh(STRING, "c"), writer.fresh(TREE, "c")]
    writer.env += writer.function.captures
    writer.write()


class _Writer:
    """Writes one function; `env` is what is in scope, so that every use is dominated."""

    def __init__(
        self, rng: Random, module: Module, name: str, params: list[MTy], result: MTy, panics: bool
    ) -> None:
        self.rng = rng
        self.module = module
        self.panics = panics
        self.count = 0
        self.block = Block("entry")
        self.function = Function(name, [], [], result, [self.block])
        self.function.params = [self.fresh(ty, "p") for ty in params]
        self.env = list(self.function.params)

    def write(self) -> None:
        self.statements(self.rng.randint(2, 6), 2)
        self.finish()
        self.module.functions[self.function.name] = self.function

    # ---- pieces --------------------------------------------------------------------------------

    def fresh(self, ty: MTy, stem: str = "v") -> Value:
        self.count += 1
        return Value(f"{stem}.{self.count}", ty)

    def new_block(self, *params: Value) -> Block:
        block = Block(f"b{len(self.function.blocks)}", list(params))
        self.function.blocks.append(block)
        return block

    def add(self, instr: Instr) -> Value:
        self.block.instrs.append(instr)
        assert instr.dest is not None
        self.env.append(instr.dest)
        return instr.dest

    def const(self, value: int | str | bool) -> Value:
        ty = {bool: BOOL, int: INT, str: STRING}[type(value)]
        return self.add(Const(self.fresh(ty), NO_LOC, value))

    def extern(self, symbol: str, result: MTy, *args: Value) -> Value:
        types: list[MTy] = [STRING] if "list" in symbol else []
        return self.add(CallExtern(self.fresh(result), NO_LOC, symbol, types, list(args)))

    def pick(self, ty: MTy) -> Value:
        """A value in scope, or a new one."""
        known = [v for v in self.env if v.type == ty]
        if known and self.rng.random() < 0.85:
            return self.rng.choice(known)
        match ty:
            case Con("Int"):
                return self.const(self.rng.randint(0, 3))
            case Con("Bool"):
                return self.add(Prim(self.fresh(BOOL), NO_LOC, "ilt", [self.pick(INT), self.pick(INT)]))
            case Con("String"):
                return self.text()
            case Con("List"):
                return self.extern("snow_list_new", LIST)
            case Con("Pair"):
                return self.add(Construct(self.fresh(PAIR), NO_LOC, 0, [self.pick(LIST), self.pick(STRING)]))
            case Con("Tree"):
                return self.add(Construct(self.fresh(TREE), NO_LOC, 0, []))
        return self.closure()

    def text(self) -> Value:
        if self.rng.random() < 0.5:
            return self.const(self.rng.choice("abc"))
        return self.extern("snow_int_to_string", STRING, self.pick(INT))

    def closure(self) -> Value:
        captures = [self.pick(STRING), self.pick(TREE)]
        if "body" not in self.module.functions:
            return self.const("x")
        return self.add(MakeClosure(self.fresh(CLOSURE), NO_LOC, "body", [], captures))

    # ---- statements ----------------------------------------------------------------------------

    def statements(self, number: int, depth: int) -> None:
        simple = [self.node, self.project, self.concat, self.show, self.push, self.get, self.call, self.call_closure]
        nested = [self.branch, self.switch, self.loop]
        for _ in range(number):
            if depth and self.rng.random() < 0.4:
                self.rng.choice(nested)(depth - 1)
            else:
                self.rng.choice(simple)()

    def node(self) -> None:
        args = [self.pick(TREE), self.pick(STRING), self.pick(TREE)]
        self.add(Construct(self.fresh(TREE), NO_LOC, 1, args))

    def project(self) -> None:
        base, index = self.pick(PAIR), self.rng.randint(0, 1)
        self.add(Project(self.fresh((LIST, STRING)[index]), NO_LOC, base, 0, index))

    def concat(self) -> None:
        self.extern("snow_string_concat", STRING, self.pick(STRING), self.pick(STRING))

    def show(self) -> None:
        self.extern("snow_string_length", INT, self.pick(STRING))

    def push(self) -> None:
        self.extern("snow_list_push", LIST, self.pick(LIST), self.pick(STRING))

    def get(self) -> None:
        filled = self.extern("snow_list_push", LIST, self.pick(LIST), self.pick(STRING))
        self.extern("snow_list_get", STRING, filled, self.const(0))

    def call(self) -> None:
        callees = [f for f in self.module.functions.values() if f.captures is None]
        if not callees:
            return
        callee = self.rng.choice(callees)
        args = [self.const(1) if p.type == INT else self.pick(p.type) for p in callee.params]
        self.add(Call(self.fresh(callee.result), NO_LOC, callee.name, [], args))

    def call_closure(self) -> None:
        fn = self.pick(CLOSURE)
        if fn.type == CLOSURE:
            self.add(CallClosure(self.fresh(STRING), NO_LOC, fn, [self.pick(STRING)]))

    # ---- control -------------------------------------------------------------------------------

    def arm(self, block: Block, join: Block, extra: list[Value], depth: int) -> None:
        """Fill one way of a fork; it ends in the join with an argument, or in a panic."""
        outer, self.env = self.env, [*self.env, *extra]
        self.block = block
        self.statements(self.rng.randint(0, 3), depth)
        if self.panics and self.rng.random() < 0.2:
            self.block.term = Panic(NO_LOC, "stop")
        else:
            args = [self.pick(p.type) for p in join.params]
            self.block.term = Jump(NO_LOC, Target(join, args))
        self.env = outer

    def fork(self) -> Block:
        params = [self.fresh(self.rng.choice(BOXED), "j") for _ in range(self.rng.randint(0, 2))]
        return self.new_block(*params)

    def rejoin(self, join: Block) -> None:
        self.block = join
        self.env += join.params

    def branch(self, depth: int) -> None:
        join, then, source = self.fork(), self.new_block(), self.block
        cond = self.pick(BOOL)
        direct = Target(join, [self.pick(p.type) for p in join.params])
        if self.rng.random() < 0.3:
            source.term = Branch(NO_LOC, cond, Target(then), direct)
        else:
            other = self.new_block()
            source.term = Branch(NO_LOC, cond, Target(then), Target(other))
            self.arm(other, join, [], depth)
        self.arm(then, join, [], depth)
        self.rejoin(join)

    def switch(self, depth: int) -> None:
        join, leaf, node = self.fork(), self.new_block(), self.new_block()
        tree = self.pick(TREE)
        tag = self.add(Tag(self.fresh(INT), NO_LOC, tree))
        self.block.term = Switch(NO_LOC, tag, [(0, Target(leaf)), (1, Target(node))], None)
        self.arm(leaf, join, [], depth)
        types = (TREE, STRING, TREE)
        wanted = [i for i in range(3) if self.rng.random() < 0.7]
        parts = [Project(self.fresh(types[i]), NO_LOC, tree, 1, i) for i in wanted]
        node.instrs += parts
        self.arm(node, join, [p.dest for p in parts if p.dest is not None], depth)
        self.rejoin(join)

    def loop(self, depth: int) -> None:
        ty = self.rng.choice(BOXED)
        counter, carried = self.fresh(INT, "n"), self.fresh(ty, "l")
        start = [self.const(self.rng.randint(0, 2)), self.pick(ty)]
        zero, one = self.const(0), self.const(1)
        header, body, after = self.new_block(counter, carried), self.new_block(), self.new_block()
        self.block.term = Jump(NO_LOC, Target(header, start))
        cond = Prim(self.fresh(BOOL), NO_LOC, "igt", [counter, zero])
        header.instrs.append(cond)
        assert cond.dest is not None
        header.term = Branch(NO_LOC, cond.dest, Target(body), Target(after))
        outer, self.env = self.env, [*self.env, carried]
        self.block = body
        self.statements(self.rng.randint(0, 2), depth)
        less = self.add(Prim(self.fresh(INT), NO_LOC, "isub", [counter, one]))
        self.block.term = Jump(NO_LOC, Target(header, [less, self.pick(ty)]))
        self.env = [*outer, carried]
        self.block = after

    def finish(self) -> None:
        """Return a value, after at most one self call per unit of fuel."""
        function = self.function
        if function.params and function.params[0].type == INT and self.rng.random() < 0.6:
            fuel = function.params[0]
            zero, one = self.const(0), self.const(1)
            more = self.add(Prim(self.fresh(BOOL), NO_LOC, "igt", [fuel, zero]))
            again, stop = self.new_block(), self.new_block()
            self.block.term = Branch(NO_LOC, more, Target(again), Target(stop))
            outer, self.env = self.env, list(self.env)
            self.block = again
            less = self.add(Prim(self.fresh(INT), NO_LOC, "isub", [fuel, one]))
            args = [less, *(self.pick(p.type) for p in function.params[1:])]
            called = self.add(Call(self.fresh(function.result), NO_LOC, function.name, [], args))
            self.block.term = Return(NO_LOC, called)
            self.env = outer
            self.block = stop
        self.block.term = Return(NO_LOC, self.pick(function.result))
