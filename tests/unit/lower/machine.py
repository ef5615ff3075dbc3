"""Runs MIR before reference counting, so that tests can look at what lowered code does.

Values: Int, Float, Bool, String as in Python, unit None, lists as tuples, objects as `Obj`, closures
as `Closure`. Only what the tests need of the ABI table is here; `log` records calls of `println`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from snowc.mir import ir
from snowc.mir.verify import verify


@dataclass(frozen=True)
class Obj:
    variant: int
    fields: tuple[Any, ...]


@dataclass(frozen=True)
class Closure:
    function: str
    captures: tuple[Any, ...]


class Panicked(Exception):
    """The message and the line."""


def _wrap(value: int) -> int:
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


PRIMS: dict[str, Any] = {
    "iadd": lambda a, b: _wrap(a + b),
    "isub": lambda a, b: _wrap(a - b),
    "imul": lambda a, b: _wrap(a * b),
    "idiv": lambda a, b: int(a / b),
    "irem": lambda a, b: a - b * int(a / b),
    "ieq": lambda a, b: a == b,
    "ilt": lambda a, b: a < b,
    "igt": lambda a, b: a > b,
    "feq": lambda a, b: a == b,
    "ige": lambda a, b: a >= b,
    "ile": lambda a, b: a <= b,
    "ine": lambda a, b: a != b,
    "ineg": lambda a: _wrap(-a),
    "iand": lambda a, b: a & b,
    "ior": lambda a, b: a | b,
    "ixor": lambda a, b: a ^ b,
    "ishl": lambda a, b: _wrap(a << b),
    "ishr": lambda a, b: a >> b,
    "flt": lambda a, b: a < b,
    "beq": lambda a, b: a == b,
    "bnot": lambda a: not a,
}

EXTERNS: dict[str, Any] = {
    "snow_list_new": lambda: (),
    "snow_list_reserve": lambda xs, n: xs,
    "snow_list_push": lambda xs, x: (*xs, x),
    "snow_list_length": len,
    "snow_list_get": lambda xs, i: xs[i],
    "snow_list_tail": lambda xs, n: xs[n:],
    "snow_string_concat": lambda a, b: a + b,
    "snow_string_eq": lambda a, b: a == b,
    "snow_string_length": len,
    "snow_string_trim": str.strip,
    "snow_int_to_string": str,
    "snow_list_concat": lambda a, b: a + b,
    "snow_list_take": lambda xs, n: xs[:n],
    "snow_list_set": lambda xs, i, x: (*xs[:i], x, *xs[i + 1 :]),
    "snow_list_fill": lambda x, n: (x,) * n,
    "snow_list_is_unique": lambda xs: False,
    "snow_hash_seed": lambda: 1,
    "snow_hash_int": lambda n: n,
    "snow_hash_string": lambda s: sum(map(ord, s)),
}


@dataclass
class Machine:
    module: ir.Module
    log: list[str] = field(default_factory=list)
    steps: int = 0
    monomorphic: bool = False

    def __post_init__(self) -> None:
        problems = verify(self.module, self.monomorphic)
        assert not problems, "\n".join(map(str, problems))

    def call(self, name: str, *args: Any, captures: tuple[Any, ...] = ()) -> Any:
        function = self.module.functions[name]
        env: dict[ir.Value, Any] = dict(zip(function.params, args, strict=True))
        env.update(zip(function.captures or (), captures, strict=True))
        block, given = function.blocks[0], []
        while True:
            env.update(zip(block.params, given, strict=True))
            for instr in block.instrs:
                assert instr.dest is not None
                env[instr.dest] = self.instr(instr, env)
            term = block.term
            self.steps += 1
            assert self.steps < 100_000, "runs away"
            match term:
                case ir.Return(value=value):
                    return env[value]
                case ir.Jump(target=target):
                    pass
                case ir.Branch(cond=cond, then=then, otherwise=otherwise):
                    target = then if env[cond] else otherwise
                case ir.Switch(value=value, cases=cases, default=default):
                    found = dict(cases).get(env[value], default)
                    assert found is not None
                    target = found
                case ir.Panic(message=message, loc=loc):
                    raise Panicked(message, loc.line)
                case _:
                    raise AssertionError(f"cannot run {term}")
            block, given = target.block, [env[a] for a in target.args]

    def instr(self, instr: ir.Instr, env: dict[ir.Value, Any]) -> Any:
        match instr:
            case ir.Const(value=value):
                return value
            case ir.ConstRef(name=name):
                return self.call(next(c.init for c in self.module.consts if c.name == name))
            case ir.Prim(op=op, args=args):
                return PRIMS[op](*(env[a] for a in args))
            case ir.Call(callee=callee, args=args):
                return self.call(callee, *(env[a] for a in args))
            case ir.CallExtern(symbol="snow_println", args=[text]):
                return self.log.append(env[text])
            case ir.CallExtern(symbol=symbol, args=args):
                known = PRIMS[symbol[5:]] if symbol.startswith("prim.") else EXTERNS[symbol]
                return known(*(env[a] for a in args))
            case ir.MakeClosure(callee=callee, captures=captures):
                return Closure(callee, tuple(env[c] for c in captures))
            case ir.CallClosure(fn=fn, args=args):
                closure = env[fn]
                return self.call(closure.function, *(env[a] for a in args), captures=closure.captures)
            case ir.Construct(variant=variant, args=args):
                return Obj(variant, tuple(env[a] for a in args))
            case ir.Project(base=base, variant=variant, index=index):
                assert env[base].variant == variant, "projects from the wrong variant"
                return env[base].fields[index]
            case ir.Tag(base=base):
                return env[base].variant
            case _:
                raise AssertionError(f"cannot run {instr}")
