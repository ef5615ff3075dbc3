"""The textual form of MIR, read. The counterpart of `print.py`; docs/mir.md describes the form.

In: text as `print_module` writes it, white space and `#` comments free, locations optional.
Out: a module for which `print_module` gives the same text again. Well-formedness is `verify.py`'s
business: this only insists that names of blocks and values are defined. Raises `MirSyntaxError`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NamedTuple, NoReturn, TypeVar

from snowc.mir.ir import (
    NO_LOC,
    PRIMS,
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
from snowc.mir.types import NEVER, Con, Fn, MTy, TVar

T = TypeVar("T")

_TOKEN = re.compile(
    r"""(?P<skip>\s+|\#[^\n]*)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<quoted>`(?:[^`\\]|\\.)*`)
      | (?P<number>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|-inf)
      | (?P<name>[A-Za-z_][\w$]*(?:\.[\w$]+)*)
      | (?P<punct>->|::|[(){}\[\]<>,:=@%'])""",
    re.VERBOSE | re.ASCII,
)
_UNQUOTE = {"\\\\": "\\", "\\`": "`", "\\n": "\n"}
_EXITS = frozenset({"jump", "br", "switch", "return", "tailcall", "panic", "unreachable"})


class MirSyntaxError(ValueError):
    """The text is not MIR; says where and what was expected."""


class Token(NamedTuple):
    kind: str
    text: str
    offset: int


def parse_module(text: str) -> Module:
    """Read a whole module."""
    return _Parser(text).module()


def parse_function(text: str) -> Function:
    """Read a single function."""
    parser = _Parser(text)
    function = parser.function()
    parser.end()
    return function


def parse_type(text: str) -> MTy:
    """Read a single type."""
    parser = _Parser(text)
    ty = parser.type()
    parser.end()
    return ty


def _tokens(text: str) -> list[Token]:
    tokens, offset = [], 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            raise MirSyntaxError(f"line {text.count(chr(10), 0, offset) + 1}: stray {text[offset]!r}")
        if match.lastgroup != "skip":
            tokens.append(Token(str(match.lastgroup), match.group(), offset))
        offset = match.end()
    tokens.append(Token("end", "end of text", offset))
    return tokens


class _Cursor:
    """Tokens and the steps that every construct is read with."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._next = 0

    def peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self._next + ahead, len(self._tokens) - 1)]

    def fail(self, wanted: str) -> NoReturn:
        token = self.peek()
        line = self._text.count("\n", 0, token.offset) + 1
        raise MirSyntaxError(f"line {line}: expected {wanted}, found {token.text!r}")

    def take(self) -> Token:
        token = self.peek()
        self._next += 1
        return token

    def at(self, text: str) -> bool:
        token = self.peek()
        return token.text == text and token.kind in ("punct", "name")

    def accept(self, text: str) -> bool:
        found = self.at(text)
        self._next += found
        return found

    def expect(self, text: str) -> None:
        if not self.accept(text):
            self.fail(f"`{text}`")

    def end(self) -> None:
        if self.peek().kind != "end":
            self.fail("end of text")

    def name(self) -> str:
        token = self.peek()
        if token.kind == "name":
            return self.take().text
        if token.kind == "quoted":
            return re.sub(r"\\.", lambda m: _UNQUOTE.get(m.group(), m.group()), self.take().text[1:-1])
        self.fail("a name")

    def string(self) -> str:
        if self.peek().kind != "string":
            self.fail("a string")
        return str(json.loads(self.take().text, strict=False))

    def integer(self) -> int:
        if self.peek().kind != "number":
            self.fail("a number")
        return int(self.take().text)

    def items(self, opening: str, item: Callable[[], T], closing: str) -> list[T]:
        """A comma-separated list between brackets."""
        self.expect(opening)
        found: list[T] = []
        while not self.accept(closing):
            found.append(item())
            if not self.at(closing):
                self.expect(",")
        return found

    def maybe_items(self, opening: str, item: Callable[[], T], closing: str) -> list[T]:
        return self.items(opening, item, closing) if self.at(opening) else []

    def type(self) -> MTy:
        if self.accept("'"):
            return TVar(self.name())
        if self.accept("("):
            self.expect(")")
            return Con("()")
        if self.at("Fun") and self.peek(1).text == "(":
            self.take()
            params = self.items("(", self.type, ")")
            self.expect("->")
            return Fn(tuple(params), self.type())
        return Con(self.name(), tuple(self.maybe_items("<", self.type, ">")))

    def type_param(self) -> str:
        self.expect("'")
        return self.name()

    def type_params(self) -> list[str]:
        return self.maybe_items("<", self.type_param, ">")

    def type_args(self) -> list[MTy]:
        return self.maybe_items("<", self.type, ">")

    def loc(self) -> Loc:
        if not self.accept("@"):
            return NO_LOC
        file = self.integer()
        self.expect(":")
        return Loc(file, self.integer())


class _Body(_Cursor):
    """Function bodies. Values and blocks may be used before they are defined, so that the first
    mention makes them and the definition completes them."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._values: dict[str, Value] = {}
        self._blocks: dict[str, Block] = {}
        self._undefined: set[str] = set()
        self._open_blocks: set[str] = set()

    def function(self) -> Function:
        """`fn NAME<'T>(params) captures(…) -> TYPE std takes_loc @f:l { blocks }`."""
        self._values, self._blocks, self._undefined, self._open_blocks = {}, {}, set(), set()
        self.expect("fn")
        name, type_params = self.name(), self.type_params()
        flagged = self.items("(", self._param, ")")
        captures = self.items("(", self.definition, ")") if self.accept("captures") else None
        self.expect("->")
        result = self.type()
        is_std, takes_loc = self.accept("std"), self.accept("takes_loc")
        function = Function(name, type_params, [v for v, _ in flagged], result, [], self.loc(), captures, is_std)
        function.takes_loc = takes_loc
        function.borrowed = frozenset(i for i, (_, borrowed) in enumerate(flagged) if borrowed)
        self.expect("{")
        while not self.accept("}"):
            function.blocks.append(self._block())
        self._check_defined(name)
        return function

    def _check_defined(self, function: str) -> None:
        missing = [f"%{v}" for v in sorted(self._undefined)] + [f"block {b}" for b in sorted(self._open_blocks)]
        if missing:
            raise MirSyntaxError(f"in {function}: not defined: {', '.join(missing)}")

    def _param(self) -> tuple[Value, bool]:
        borrowed = self.accept("borrow")
        return self.definition(), borrowed

    def definition(self) -> Value:
        """`%NAME: TYPE`; a second definition of a name makes a second value, for `verify` to find."""
        self.expect("%")
        name = self.name()
        self.expect(":")
        ty = self.type()
        if name in self._undefined:
            self._undefined.discard(name)
            value = self._values[name]
            value.type = ty
        else:
            value = self._values[name] = Value(name, ty)
        return value

    def use(self) -> Value:
        self.expect("%")
        name = self.name()
        if name not in self._values:
            self._values[name] = Value(name, NEVER)
            self._undefined.add(name)
        return self._values[name]

    def uses(self) -> list[Value]:
        return self.items("(", self.use, ")")

    def _block(self) -> Block:
        label = self.name()
        block = self._blocks.setdefault(label, Block(label))
        if block.term is not None:
            block = Block(label)
        self._open_blocks.discard(label)
        block.params = self.maybe_items("(", self.definition, ")")
        self.expect(":")
        while not (self.peek().kind == "name" and self.peek().text in _EXITS):
            block.instrs.append(self._instr())
        block.term = self._exit()
        return block

    def target(self) -> Target:
        label = self.name()
        if label not in self._blocks:
            self._blocks[label] = Block(label)
            self._open_blocks.add(label)
        return Target(self._blocks[label], self.uses())

    def _instr(self) -> Instr:
        dest = None
        if self.at("%"):
            dest = self.definition()
            self.expect("=")
        instr = self._operation(dest)
        instr.loc = self.loc()
        return instr

    def _operation(self, dest: Value | None) -> Instr:
        if self.peek().text in PRIMS:
            op = self.take().text
            args = [self.use()]
            while self.accept(","):
                args.append(self.use())
            return Prim(dest, NO_LOC, op, args)
        reader = _OPERATIONS.get(self.peek().text)
        if reader is None:
            self.fail("an instruction")
        self.take()
        return reader(self, dest)

    def constant(self) -> Literal | tuple[Literal, ...]:
        """A literal or a list of literals."""
        return tuple(self.items("[", self.literal, "]")) if self.at("[") else self.literal()

    def literal(self) -> Literal:
        token = self.take()
        match token.kind, token.text:
            case "punct", "(":
                self.expect(")")
                return None
            case "string", text:
                return str(json.loads(text, strict=False))
            case "name", "true" | "false":
                return token.text == "true"
            case _, "inf" | "-inf" | "nan":
                return float(token.text)
            case "number", text:
                return int(text) if text.lstrip("-").isdigit() else float(text)
        self._next -= 1
        self.fail("a literal")

    def method(self) -> tuple[str, list[MTy], str, MTy, list[MTy]]:
        """`TRAIT<…>::METHOD<…> for TYPE`, in the order of the fields of CallTrait."""
        trait, trait_args = self.name(), self.type_args()
        self.expect("::")
        method, type_args = self.name(), self.type_args()
        self.expect("for")
        return trait, trait_args, method, self.type(), type_args

    def projection(self, dest: Value | None) -> Instr:
        base = self.use()
        self.expect(",")
        variant = self.integer()
        self.expect(",")
        return Project(dest, NO_LOC, base, variant, self.integer())

    def _exit(self) -> Term:
        term = self._bare_exit()
        term.loc = self.loc()
        return term

    def _bare_exit(self) -> Term:
        match self.take().text:
            case "jump":
                return Jump(NO_LOC, self.target())
            case "br":
                return self._branch()
            case "switch":
                return self._switch()
            case "return":
                return Return(NO_LOC, self.use())
            case "tailcall":
                return TailCall(NO_LOC, self.name(), self.uses())
            case "panic":
                return Panic(NO_LOC, self.string(), self.use() if self.accept("at") else None)
            case _:
                return Unreachable(NO_LOC)

    def _branch(self) -> Term:
        cond = self.use()
        self.expect(",")
        then = self.target()
        self.expect(",")
        return Branch(NO_LOC, cond, then, self.target())

    def _switch(self) -> Term:
        value = self.use()
        cases = self.items("[", self._case, "]")
        return Switch(NO_LOC, value, cases, self.target() if self.accept("else") else None)

    def _case(self) -> tuple[int, Target]:
        number = self.integer()
        self.expect(":")
        return number, self.target()


_OPERATIONS: dict[str, Callable[[_Body, Value | None], Instr]] = {
    "const": lambda p, dest: Const(dest, NO_LOC, p.constant()),
    "constref": lambda p, dest: ConstRef(dest, NO_LOC, p.name()),
    "loc": lambda p, dest: LocConst(dest, NO_LOC),
    "typeid": lambda p, dest: TypeId(dest, NO_LOC, p.type()),
    "typename": lambda p, dest: TypeName(dest, NO_LOC, p.type()),
    "call": lambda p, dest: Call(dest, NO_LOC, p.name(), p.type_args(), p.uses()),
    "call_trait": lambda p, dest: CallTrait(dest, NO_LOC, *p.method(), p.uses()),
    "extern": lambda p, dest: CallExtern(dest, NO_LOC, p.name(), p.type_args(), p.uses()),
    "call_closure": lambda p, dest: CallClosure(dest, NO_LOC, p.use(), p.uses()),
    "closure": lambda p, dest: MakeClosure(dest, NO_LOC, p.name(), p.type_args(), p.items("[", p.use, "]")),
    "trait_closure": lambda p, dest: MakeTraitClosure(dest, NO_LOC, *p.method()),
    "construct": lambda p, dest: Construct(dest, NO_LOC, p.integer(), p.uses()),
    "project": lambda p, dest: p.projection(dest),
    "tag": lambda p, dest: Tag(dest, NO_LOC, p.use()),
    "dup": lambda p, dest: Dup(dest, NO_LOC, p.use()),
    "drop": lambda p, dest: Drop(dest, NO_LOC, p.use()),
}


class _Parser(_Body):
    """Modules."""

    def module(self) -> Module:
        module = Module()
        while self.peek().kind != "end":
            self._declaration(module)
        return module

    def _declaration(self, module: Module) -> None:
        match self.peek().text:
            case "files":
                self.take()
                module.files.append(self.string())
                while self.accept(","):
                    module.files.append(self.string())
            case "type" | "struct":
                decl = self._type_decl()
                module.types[decl.name] = decl
            case "impl":
                module.impls.append(self._impl())
            case "const":
                module.consts.append(self._const())
            case "entry":
                self.take()
                module.entry = self.name()
            case "fn":
                function = self.function()
                module.functions[function.name] = function
            case _:
                self.fail("a declaration")

    def _type_decl(self) -> TypeDecl:
        is_struct = self.take().text == "struct"
        decl = TypeDecl(self.name(), self.type_params(), is_struct, [])
        if self.accept("derives"):
            derives = [self.name()]
            while self.accept(","):
                derives.append(self.name())
            decl.derives = frozenset(derives)
        decl.loc = self.loc()
        self.expect("{")
        while not self.accept("}"):
            decl.variants.append(self._variant())
        return decl

    def _variant(self) -> VariantDecl:
        name = self.name()
        fields = self.maybe_items("(", self._field, ")")
        return VariantDecl(name, [n for n, _ in fields], [t for _, t in fields])

    def _field(self) -> tuple[str | None, MTy]:
        if self.peek(1).text == ":" and self.peek(1).kind == "punct":
            name = self.name()
            self.expect(":")
            return name, self.type()
        return None, self.type()

    def _impl(self) -> Impl:
        self.expect("impl")
        params, trait, trait_args = self.type_params(), self.name(), self.type_args()
        self.expect("for")
        impl = Impl(trait, trait_args, self._target_name(), self.type_args(), params, {})
        if self.accept("where"):
            impl.bounds.append(self._bound())
            while self.accept(","):
                impl.bounds.append(self._bound())
        self.expect("{")
        while not self.accept("}"):
            method = self.name()
            self.expect("=")
            impl.methods[method] = self.name()
        return impl

    def _bound(self) -> tuple[str, MTy]:
        ty = self.type()
        self.expect(":")
        return self.name(), ty

    def _target_name(self) -> str:
        """The head of an instance's type; unit is the one that is no plain name."""
        if self.accept("("):
            self.expect(")")
            return "()"
        return self.name()

    def _const(self) -> ConstDecl:
        self.expect("const")
        name = self.name()
        self.expect(":")
        ty = self.type()
        self.expect("=")
        return ConstDecl(name, ty, self.name())
