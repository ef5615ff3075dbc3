"""The textual form of MIR, written out. `parse.py` reads it back; docs/mir.md describes it.

In: any module, well-formed or not, as long as terminators are set. Out: text that depends on nothing
but the module (declaration order is kept), so that dumps and goldens are stable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from snowc.mir.ir import (
    Block,
    Branch,
    Call,
    CallClosure,
    CallExtern,
    CallTrait,
    Const,
    ConstDecl,
    ConstRef,
    Construct,
    Drop,
    Dup,
    Function,
    Impl,
    Instr,
    Jump,
    Literal,
    Loc,
    LocConst,
    MakeClosure,
    MakeTraitClosure,
    Module,
    Panic,
    Prim,
    Project,
    Return,
    Switch,
    Tag,
    TailCall,
    Target,
    Term,
    TypeDecl,
    TypeId,
    TypeName,
    Unreachable,
    Value,
    VariantDecl,
)
from snowc.mir.types import Con, Fn, MTy, TVar

_BARE = re.compile(r"[A-Za-z_][\w$]*(\.[\w$]+)*\Z", re.ASCII)
_RESERVED = frozenset({"else", "at", "Fun"})
"""Words that would be taken for part of what stands before or around them."""


def print_module(module: Module) -> str:
    """The whole module: files, types, instances, constants, entry, functions."""
    parts: list[str] = []
    if module.files:
        parts.append("files " + ", ".join(json.dumps(f, ensure_ascii=False) for f in module.files) + "\n")
    parts += [_type_decl(decl) for decl in module.types.values()]
    parts += [_impl(impl) for impl in module.impls]
    parts += [_const_decl(const) for const in module.consts]
    if module.entry is not None:
        parts.append(f"entry {name_text(module.entry)}\n")
    parts += [print_function(function) for function in module.functions.values()]
    return "\n".join(parts)


def print_function(function: Function) -> str:
    """One function, ending in a line feed."""
    head = ["fn ", name_text(function.name), _type_params(function.type_params)]
    head += ["(", ", ".join(_param(p, i in function.borrowed) for i, p in enumerate(function.params)), ")"]
    if function.captures is not None:
        head += [" captures(", ", ".join(map(_def, function.captures)), ")"]
    head += [" -> ", type_text(function.result)]
    head += [" std"] * function.is_std + [" takes_loc"] * function.takes_loc
    lines = ["".join(head) + loc_text(function.loc) + " {"]
    for block in function.blocks:
        lines += _block_lines(block)
    return "\n".join([*lines, "}"]) + "\n"


def name_text(name: str) -> str:
    """A name, between backquotes unless it is a plain dotted identifier."""
    if _BARE.match(name) and name not in _RESERVED:
        return name
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`").replace("\n", "\\n") + "`"


def type_text(ty: MTy) -> str:
    """A type as the textual form writes it."""
    match ty:
        case TVar(name):
            return "'" + name_text(name)
        case Fn(params, result):
            return "Fun(" + ", ".join(map(type_text, params)) + ") -> " + type_text(result)
        case Con("()"):
            return "()"
        case Con(name, args):
            return name_text(name) + _types(args)


def loc_text(loc: Loc) -> str:
    """` @file:line`, or nothing for made-up code."""
    return f" @{loc.file}:{loc.line}" if loc.file >= 0 else ""


def instr_text(instr: Instr) -> str:
    """One instruction on one line, location included."""
    head = "" if instr.dest is None else _def(instr.dest) + " = "
    return head + _operation(instr) + loc_text(instr.loc)


def term_text(term: Term | None) -> str:
    """One terminator on one line, location included."""
    return "<no terminator>" if term is None else _exit(term) + loc_text(term.loc)


def _types(args: Iterable[MTy]) -> str:
    inner = ", ".join(map(type_text, args))
    return f"<{inner}>" if inner else ""


def _type_params(names: list[str]) -> str:
    return "<" + ", ".join("'" + name_text(n) for n in names) + ">" if names else ""


def _use(value: Value) -> str:
    return "%" + name_text(value.name)


def _uses(values: list[Value]) -> str:
    return ", ".join(map(_use, values))


def _def(value: Value) -> str:
    return f"{_use(value)}: {type_text(value.type)}"


def _param(value: Value, borrowed: bool) -> str:
    return ("borrow " if borrowed else "") + _def(value)


def _type_decl(decl: TypeDecl) -> str:
    word = "struct" if decl.is_struct else "type"
    derives = " derives " + ", ".join(map(name_text, sorted(decl.derives))) if decl.derives else ""
    lines = [f"{word} {name_text(decl.name)}{_type_params(decl.params)}{derives}{loc_text(decl.loc)} {{"]
    return "\n".join([*lines, *map(_variant, decl.variants), "}"]) + "\n"


def _variant(variant: VariantDecl) -> str:
    fields = [
        type_text(ty) if name is None else f"{name_text(name)}: {type_text(ty)}"
        for name, ty in zip(variant.field_names, variant.field_types, strict=True)
    ]
    return "  " + name_text(variant.name) + (f"({', '.join(fields)})" if fields else "")


def _impl(impl: Impl) -> str:
    head = f"impl{_type_params(impl.params)} {name_text(impl.trait)}{_types(impl.trait_args)}"
    head += f" for {type_text(Con(impl.target, tuple(impl.target_args)))}"
    bounds = ", ".join(f"{type_text(ty)}: {name_text(trait)}" for trait, ty in impl.bounds)
    methods = [f"  {name_text(method)} = {name_text(function)}" for method, function in impl.methods.items()]
    return "\n".join([f"{head} where {bounds} {{" if bounds else f"{head} {{", *methods, "}"]) + "\n"


def _const_decl(const: ConstDecl) -> str:
    return f"const {name_text(const.name)}: {type_text(const.type)} = {name_text(const.init)}\n"


def _block_lines(block: Block) -> Iterable[str]:
    params = f"({', '.join(map(_def, block.params))})" if block.params else ""
    yield f"{name_text(block.label)}{params}:"
    for instr in block.instrs:
        yield "  " + instr_text(instr)
    yield "  " + term_text(block.term)


def _literal(value: Literal | tuple[Literal, ...]) -> str:
    match value:
        case tuple():
            return "[" + ", ".join(map(_literal, value)) + "]"
        case None:
            return "()"
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return repr(value)


def _method(trait: str, trait_args: list[MTy], method: str, type_args: list[MTy], self_type: MTy) -> str:
    path = f"{name_text(trait)}{_types(trait_args)}::{name_text(method)}{_types(type_args)}"
    return f"{path} for {type_text(self_type)}"


def _operation(instr: Instr) -> str:
    match instr:
        case Const():
            return "const " + _literal(instr.value)
        case ConstRef():
            return "constref " + name_text(instr.name)
        case LocConst():
            return "loc"
        case TypeId():
            return "typeid " + type_text(instr.type)
        case TypeName():
            return "typename " + type_text(instr.type)
        case Prim():
            return f"{instr.op} {_uses(instr.args)}"
        case Project():
            return f"project {_use(instr.base)}, {instr.variant}, {instr.index}"
        case Tag():
            return "tag " + _use(instr.base)
        case Dup():
            return "dup " + _use(instr.value)
        case Drop():
            return "drop " + _use(instr.value)
        case _:
            return _call(instr)


def _call(instr: Instr) -> str:
    match instr:
        case Call():
            return f"call {name_text(instr.callee)}{_types(instr.type_args)}({_uses(instr.args)})"
        case CallTrait(trait=trait, trait_args=trait_args, method=method, type_args=type_args):
            return f"call_trait {_method(trait, trait_args, method, type_args, instr.self_type)}({_uses(instr.args)})"
        case CallExtern():
            return f"extern {name_text(instr.symbol)}{_types(instr.type_args)}({_uses(instr.args)})"
        case CallClosure():
            return f"call_closure {_use(instr.fn)}({_uses(instr.args)})"
        case MakeClosure():
            return f"closure {name_text(instr.callee)}{_types(instr.type_args)}[{_uses(instr.captures)}]"
        case MakeTraitClosure(trait=trait, trait_args=trait_args, method=method, type_args=type_args):
            return "trait_closure " + _method(trait, trait_args, method, type_args, instr.self_type)
        case Construct():
            return f"construct {instr.variant}({_uses(instr.args)})"
        case _:
            raise ValueError(f"unknown instruction {type(instr).__name__}")


def _target(target: Target) -> str:
    return f"{name_text(target.block.label)}({_uses(target.args)})"


def _exit(term: Term) -> str:
    match term:
        case Jump():
            return "jump " + _target(term.target)
        case Branch():
            return f"br {_use(term.cond)}, {_target(term.then)}, {_target(term.otherwise)}"
        case Switch():
            cases = ", ".join(f"{number}: {_target(target)}" for number, target in term.cases)
            default = "" if term.default is None else " else " + _target(term.default)
            return f"switch {_use(term.value)} [{cases}]{default}"
        case Return():
            return "return " + _use(term.value)
        case TailCall():
            return f"tailcall {name_text(term.callee)}({_uses(term.args)})"
        case Panic():
            at = "" if term.at is None else " at " + _use(term.at)
            return f"panic {json.dumps(term.message, ensure_ascii=False)}{at}"
        case Unreachable():
            return "unreachable"
        case _:
            raise ValueError(f"unknown terminator {type(term).__name__}")
