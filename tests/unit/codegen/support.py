"""Small MIR programs as text, compiled to LLVM IR that LLVM itself has accepted."""

from __future__ import annotations

from functools import cache

from snowc.backend import native
from snowc.backend.llvm import IrModule
from snowc.codegen.context import TargetInfo
from snowc.codegen.module import generate
from snowc.mir.parse import parse_module


@cache
def host() -> TargetInfo:
    return native.target_info()


def ir_of(mir: str, debug: bool = False) -> str:
    """The IR of a program; fails if LLVM rejects it."""
    text = generate(parse_module(mir), host(), debug, "/src")
    IrModule(text)
    return text


def function_text(ir: str, name: str) -> str:
    """One function of a module's text."""
    start = ir.index(f"{name}(", ir.index("define"))
    while not ir[:start].rsplit("\n", 1)[-1].startswith("define"):
        start = ir.index(f"{name}(", start + 1)
    return ir[ir.rindex("define", 0, start) : ir.index("\n}", start) + 2]


FIB = """
files "main.snow"
fn Main.fib(%n: Int) -> Int @0:1 {
entry:
  %two: Int = const 2 @0:2
  %c: Bool = ilt %n, %two @0:2
  br %c, small(), large() @0:2
small:
  return %n @0:3
large:
  %one: Int = const 1 @0:5
  %a: Int = isub %n, %one @0:5
  %x: Int = call Main.fib(%a) @0:5
  %b: Int = isub %n, %two @0:6
  %y: Int = call Main.fib(%b) @0:6
  %r: Int = iadd %x, %y @0:7
  return %r @0:7
}
"""

SHAPE = """
files "main.snow"
type Shape {
  Circle(Float)
  Rect(Float, Bool, (), String)
  Nothing
}
"""
