"""A machine that runs MIR: the judge of passes.

It knows the externs that `programs.py` uses. With `counting` it keeps counts as the core does, fails
on any access to a freed object and on a count below zero, and tells how many objects are left.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from snowc.mir.ir import (
    Block,
    Branch,
    Call,
    CallClosure,
    CallExtern,
    Const,
    ConstRef,
    Construct,
    Drop,
    Dup,
    Function,
    Instr,
    Jump,
    LocConst,
    MakeClosure,
    Module,
    Panic,
    Prim,
    Project,
    Return,
    Switch,
    Tag,
    TailCall,
    Target,
    Value,
)
from snowc.mir.types import is_counted

Word = object


class Broken(AssertionError):
    """The code does what code must not do."""


class Panicked(Exception):
    """The program panicked."""


@dataclass(eq=False)
class Obj:
    """A heap object; `count` None is immortal, 0 freed."""

    kind: str
    variant: int
    fields: list[Word]
    count: int | None = 1


@dataclass
class Machine:
    """Runs one module."""

    module: Module
    counting: bool
    steps: int = 200_000
    live: int = 0
    copies: int = 0
    calls: list[str] = field(default_factory=list)

    def run(self) -> object:
        """The result of the entry as plain data, or "panic"; checks the balance when counting."""
        assert self.module.entry is not None
        try:
            result = self.call(self.module.functions[self.module.entry], [], [])
        except Panicked:
            return "panic"
        data = plain(result)
        if self.counting:
            if isinstance(result, Obj):
                self.drop(result)
            if self.live:
                raise Broken(f"{self.live} objects are left")
        return data

    # ---- heap ----------------------------------------------------------------------------------

    def new(self, kind: str, variant: int, fields: list[Word]) -> Obj:
        self.live += 1
        return Obj(kind, variant, fields)

    def see(self, word: Word) -> Obj:
        assert isinstance(word, Obj)
        if self.counting and word.count == 0:
            raise Broken("a freed object is used")
        return word

    def dup(self, word: Word) -> None:
        obj = self.see(word)
        if obj.count is not None:
            obj.count += 1

    def drop(self, word: Word) -> None:
        work = [word]
        while work:
            obj = self.see(work.pop())
            if obj.count is None:
                continue
            obj.count -= 1
            if obj.count == 0:
                self.live -= 1
                work += [f for f in obj.fields if isinstance(f, Obj)]

    # ---- functions -----------------------------------------------------------------------------

    def call(self, function: Function, args: list[Word], captures: list[Word]) -> Word:
        while True:
            env: dict[Value, Word] = dict(zip(function.params, args, strict=True))
            env |= dict(zip(function.captures or [], captures, strict=True))
            result = self.body(function.blocks[0], env)
            if not isinstance(result, _Tail):
                return result
            function, args, captures = self.module.functions[result.callee], result.args, []

    def body(self, block: Block, env: dict[Value, Word]) -> Word:
        while True:
            for instr in block.instrs:
                self.steps -= 1
                assert self.steps > 0, "the program does not end"
                result = self.instr(instr, env)
                if instr.dest is not None:
                    env[instr.dest] = result
            match block.term:
                case Return(value=value):
                    return env[value]
                case TailCall(callee=callee, args=args):
                    return _Tail(callee, [env[a] for a in args])
                case Panic():
                    raise Panicked
                case Jump(target=target):
                    pass
                case Branch(cond=cond, then=then, otherwise=otherwise):
                    target = then if env[cond] else otherwise
                case Switch(value=value, cases=cases, default=default):
                    found = [t for number, t in cases if number == env[value]]
                    target = found[0] if found else _given(default)
                case _:
                    raise Broken("fell off a block")
            arriving = [env[a] for a in target.args]
            block = target.block
            env |= dict(zip(block.params, arriving, strict=True))

    def instr(self, instr: Instr, env: dict[Value, Word]) -> Word:
        match instr:
            case Const(value=str() as text):
                return Obj("string", 0, [text], None)
            case Const(value=tuple() as items):
                return Obj("list", 0, [Obj("string", 0, [i], None) if isinstance(i, str) else i for i in items], None)
            case Const(value=value):
                return value
            case LocConst() | ConstRef():
                return 0
            case Prim(op=op, args=args):
                left, *rest = [env[a] for a in args]
                return _PRIMS[op](left, *rest)
            case Call(callee=callee, args=args):
                self.calls.append(callee)
                return self.call(self.module.functions[callee], [env[a] for a in args], [])
            case CallClosure(fn=fn, args=args):
                closure = self.see(env[fn])
                body = self.module.functions[str(closure.fields[0])]
                return self.call(body, [env[a] for a in args], closure.fields[1:])
            case MakeClosure(callee=callee, captures=captures):
                return self.new("closure", 0, [callee, *(env[c] for c in captures)])
            case Construct(variant=variant, args=[]):
                return Obj("data", variant, [], None)
            case Construct(variant=variant, args=args):
                return self.new("data", variant, [env[a] for a in args])
            case Project(base=base, variant=variant, index=index):
                obj = self.see(env[base])
                assert obj.variant == variant
                return obj.fields[index]
            case Tag(base=base):
                return self.see(env[base]).variant
            case Dup(value=value):
                return self.dup(env[value])
            case Drop(value=value):
                return self.drop(env[value])
            case CallExtern(symbol=symbol, args=args):
                for arg in args:
                    if is_counted(arg.type):
                        self.see(env[arg])
                return self.extern(symbol, [env[a] for a in args])
        raise Broken(f"unknown instruction {type(instr).__name__}")

    def extern(self, symbol: str, args: list[Word]) -> Word:
        match symbol, args:
            case "snow_list_new", []:
                return self.new("list", 0, [])
            case "snow_list_push", [xs, x]:
                return self.push(self.see(xs), x)
            case "snow_list_get", [xs, int() as index]:
                return self.see(xs).fields[index]
            case "snow_list_length", [xs]:
                return len(self.see(xs).fields)
            case "snow_int_to_string", [number]:
                return self.new("string", 0, [str(number)])
            case "snow_string_length", [text]:
                return len(str(self.see(text).fields[0]))
            case "snow_string_concat", [left, right]:
                joined = str(self.see(left).fields[0]) + str(self.see(right).fields[0])
                if self.counting:
                    self.drop(left)
                return self.new("string", 0, [joined[:40]])
        raise Broken(f"unknown extern {symbol}")

    def push(self, xs: Obj, x: Word) -> Obj:
        """In place if nobody else holds the list."""
        if self.counting and xs.count == 1:
            xs.fields.append(x)
            return xs
        self.copies += 1
        copy = self.new("list", 0, [*xs.fields, x])
        if self.counting:
            for item in xs.fields:
                if isinstance(item, Obj):
                    self.dup(item)
            self.drop(xs)
        return copy


@dataclass
class _Tail:
    callee: str
    args: list[Word]


def _given(target: Target | None) -> Target:
    assert target is not None
    return target


_PRIMS = {
    "iadd": lambda a, b: a + b,
    "isub": lambda a, b: a - b,
    "ilt": lambda a, b: a < b,
    "igt": lambda a, b: a > b,
    "ieq": lambda a, b: a == b,
}


def plain(word: Word) -> object:
    """A value as nested tuples, for comparison; cut off where it gets large."""
    budget = [500]

    def walk(part: Word) -> object:
        budget[0] -= 1
        if budget[0] < 0:
            return "…"
        if not isinstance(part, Obj):
            return part
        return (part.kind, part.variant, *(walk(f) for f in part.fields))

    return walk(word)
