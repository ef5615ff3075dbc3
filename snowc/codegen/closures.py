"""Closures: calling them, and the adapters that C calls.

A closure object holds a code pointer and captures; code is `fastcc R code(ctx, env, params…)` where
`env` is the object itself. A closure that crosses into C becomes two pointers: an adapter of C
convention for its shape, which finds the process by `snowi_current`, and the object. All parameters and
results of such an adapter are words; units are not passed.
"""

from __future__ import annotations

from snowc.codegen.context import ModuleContext
from snowc.codegen.emit import CTX, ENV, Body, symbol
from snowc.codegen.layout import LLVM_TYPE, passed
from snowc.codegen.words import field_address, from_word, to_word
from snowc.mir.types import Fn, layout_class


def emit_return(body: Body, result: str, call: str) -> None:
    """Append a call and return what it gives."""
    if result == "void":
        body.do(call)
        body.do("ret void")
    else:
        body.do(f"ret {result} {body.op(call)}")


def call_closure(body: Body, closure: str, result: str, args: list[str], ctx: str = CTX) -> str:
    """The text of a call through a closure object; `args` are typed operands."""
    code = body.op(f"load ptr, ptr {field_address(body, closure, 0)}, align 8")
    return f"call fastcc {result} {code}({', '.join([f'ptr {ctx}', f'ptr {closure}', *args])})"


def c_adapter(context: ModuleContext, fn: Fn) -> str:
    """The symbol of the C-convention adapter for closures of a type's shape."""
    classes = [layout_class(p) for p in fn.params]
    result = layout_class(fn.result)
    name = "snow.adapter." + ".".join([*classes, "to", result])
    if name not in context.extra:
        context.extra[name] = _c_adapter(context, name, classes, result)
    return symbol(name)


def _c_adapter(context: ModuleContext, name: str, classes: list[str], result: str) -> list[str]:
    body = Body()
    ctx = body.op(f"call ptr {context.externs.use('snowi_current')}()")
    travelling = [c for c in classes if c != "unit"]
    values = [from_word(body, c, f"%{i}") for i, c in enumerate(travelling)]
    args = [f"{t} {v}" for t, v in zip(passed(classes), values, strict=True)]
    call = call_closure(body, ENV, LLVM_TYPE[result], args, ctx)
    if result == "unit":
        emit_return(body, "void", call)
    else:
        body.do(f"ret i64 {to_word(body, result, body.op(call))}")
    params = ", ".join([f"ptr {ENV}", *(f"i64 %{i}" for i in range(len(travelling)))])
    head = f"define internal {'void' if result == 'unit' else 'i64'} {symbol(name)}({params}) nounwind {{"
    return [head, *body.lines, "}"]
