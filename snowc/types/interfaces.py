"""Method types of interfaces (language.md 4.6).

A type that the declaration leaves open, and the result of an arithmetic operator, is a *slot*: every
instance decides it, like an additional type parameter of the interface that the instance determines.
"""

from __future__ import annotations

from dataclasses import field

from snowc.source.record import mutable
from snowc.syntax import ast
from snowc.types.builtins import ARITHMETIC
from snowc.types.context import Cx
from snowc.types.env import Interface, Method
from snowc.types.errors_decl import DeclaredTwice
from snowc.types.printing import Namer
from snowc.types.resolve_types import TypeResolver
from snowc.types.ty import Fn, Type, Var
from snowc.types.unify import abstract

RESULT = -1
"""The place of a slot that is a method's result; parameters count from 0."""


@mutable
class _Builder:
    """The variables that stand for Self, parameters and slots while method types are read."""

    cx: Cx
    interface: Interface
    self_var: Var
    params: list[Var]
    slots: list[Var] = field(default_factory=list)

    def slot(self, method: str, place: int) -> Var:
        var = self.cx.u.fresh(1)
        self.slots.append(var)
        self.interface.slot_places.append((method, place))
        return var


def declare_methods(cx: Cx, interface: Interface) -> None:
    """Give every method of `interface` its type, over Gen, and make the methods known."""
    definition = interface.definition
    assert definition is not None
    cx.module = interface.module
    interface.arithmetic = interface.builtin and interface.short in ARITHMETIC
    params = [cx.u.fresh(1, p) for p in interface.params]
    builder = _Builder(cx, interface, cx.u.fresh(1, "Self"), params)
    raw: dict[str, tuple[ast.MethodDef, Fn, list[Var]]] = {}
    for method in definition.methods:
        name = method.name.text
        if name in raw:
            cx.report(DeclaredTwice(method.name.span, "method", name, raw[name][0].name.span))
            continue
        raw[name] = (method, *_method_type(builder, method))
    interface.slots = len(builder.slots)
    outer = [builder.self_var, *params, *builder.slots]
    for name, (method, ty, generics) in raw.items():
        index = {v: i for i, v in enumerate([*outer, *generics])}
        made = abstract(ty, index)
        assert isinstance(made, Fn)
        has_self = bool(method.params) and (method.params or ())[0].is_self
        names = tuple(g.text for g in method.generics)
        default = method if method.body is not None else None
        header = _header(method, ty)
        interface.methods[name] = Method(name, method.name.span, has_self, names, made, default, header)
        cx.env.by_method.setdefault(name, []).append(interface)


def _method_type(builder: _Builder, method: ast.MethodDef) -> tuple[Fn, list[Var]]:
    cx, interface, name = builder.cx, builder.interface, method.name.text
    generics = [cx.u.fresh(2, g.text) for g in method.generics]
    tvars: dict[str, Type] = {"Self": builder.self_var}
    tvars.update(zip(interface.params, builder.params, strict=True))
    tvars.update(zip((g.text for g in method.generics), generics, strict=True))
    resolver = TypeResolver(cx, interface.module, tvars)
    params: list[Type] = []
    for place, param in enumerate(method.params or ()):
        if param.is_self:
            params.append(builder.self_var)
        elif param.annotation is not None:
            params.append(resolver.resolve(param.annotation))
        else:
            params.append(builder.slot(name, place))
    is_static = not any(p.is_self for p in method.params or ())
    if interface.arithmetic:
        result: Type = builder.slot(name, RESULT)
    elif method.result is not None:
        result = resolver.resolve(method.result)
    else:
        result = builder.self_var if is_static else builder.slot(name, RESULT)
    return Fn(tuple(params), result), generics


def _header(method: ast.MethodDef, ty: Fn) -> str:
    """The method's first line, as an implementation would write it."""
    namer = Namer()
    parts: list[str] = []
    for param, made in zip(method.params or (), ty.params, strict=True):
        name = param.pattern.name if isinstance(param.pattern, ast.NamePat) else "_"
        parts.append("self" if param.is_self else name if param.annotation is None else f"{name} :: {namer.show(made)}")
    result = f" -> {namer.show(ty.result)}" if method.result is not None else ""
    return f"fn {method.name.text}({', '.join(parts)}){result}"
