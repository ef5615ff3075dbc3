"""Instances that nobody wrote: derived ones, and those of tuples and the built-in sum types.

In: a type declaration and the name of a trait's method. Out: a MIR function, generic over the type's
parameters, that calls the trait again on the fields' types; monomorphisation asks for it when it meets
a use. Texts and hashes follow language.md 4.5 and stdlib.md 3.2, 4.2, 4.3.

The last field of a variant is compared in tail position, so that values that are long in their last
field (lists made of pairs) are compared in a loop. `Ord.compare` goes through the fields once and
`Ord.lt` uses it: nested calls of `lt` in both directions would take exponential time on deep values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from snowc.mir.build import FunctionBuilder
from snowc.mir.builtin_names import map_builtin_name
from snowc.mir.ir import Block, Function, TypeDecl, Value, VariantDecl
from snowc.mir.shapes import TUPLE
from snowc.mir.types import BOOL, HANDLES, INT, STRING, Con, MTy, TVar

ORDERING = Con("Ordering")
LESS, EQUAL, GREATER = 0, 1, 2

FNV_BASIS = 0xCBF29CE484222325 - (1 << 64)
"""The hash of nothing at all, as an Int."""


def can_derive(decl: TypeDecl, trait: str) -> bool:
    """Whether `derive` knows the trait and the type has it."""
    return trait in decl.derives and any(known == trait for known, _ in _METHODS)


def derive(decl: TypeDecl, trait: str, method: str) -> Function:
    """The function for one method. Raises KeyError for what cannot be derived."""
    recipe, arity, result = _METHODS[trait, method]
    self_type = Con(decl.name, tuple(TVar(p) for p in decl.params))
    params: list[tuple[str, MTy]] = [(name, self_type) for name in ("a", "b")[:arity]]
    builder = FunctionBuilder(derived_name(decl, trait, method), list(decl.params), params, result)
    builder.function.is_std = True
    builder.function.loc = decl.loc
    recipe(_Derivation(builder, decl, self_type))
    return builder.function


def derived_name(decl: TypeDecl, trait: str, method: str) -> str:
    """`Eq__eq__Main.Point`; tuples are told apart by their length."""
    arity = str(len(decl.params)) if decl.name == TUPLE else ""
    return f"{trait}__{method}__{decl.name}{arity}"


class _Derivation:
    """What the recipes share: the builder, the type, and the split by variants."""

    def __init__(self, builder: FunctionBuilder, decl: TypeDecl, self_type: Con) -> None:
        self.build = builder
        self.decl = decl
        self.self_type = self_type

    @property
    def short_name(self) -> str:
        return self.decl.name.rsplit(".", 1)[-1]

    def arity(self, variant: int) -> int:
        return len(self.decl.variants[variant].field_types)

    def field(self, variant: int, base: Value, index: int) -> Value:
        """Project one field; this is done where the field is needed, so that an early answer costs
        no counting of the later ones."""
        return self.build.project(base, variant, index, self.decl.variants[variant].field_types[index])

    def fields(self, variant: int, base: Value) -> Iterator[Value]:
        """Project the fields one by one."""
        return (self.field(variant, base, i) for i in range(self.arity(variant)))

    def pair(self, variant: int, index: int) -> tuple[Value, Value]:
        """One field of both parameters."""
        left, right = (self.field(variant, base, index) for base in self.build.params)
        return left, right

    def each_variant(self, tag: Value | None, body: Callable[[int], None]) -> None:
        """Run `body` for every variant in a block of its own, chosen by `tag`."""
        if tag is None:
            body(0)
            return
        blocks = [self.build.block("v") for _ in self.decl.variants]
        self.build.switch(tag, blocks)
        for index, block in enumerate(blocks):
            self.build.goto(block)
            body(index)

    def equal_tags(self, differ: Callable[[Value, Value], None]) -> Value | None:
        """Compare the variants of both parameters; goes on where they are equal. None if there is
        only one variant."""
        if len(self.decl.variants) == 1:
            return None
        left, right = (self.build.tag(p) for p in self.build.params)
        same, other = self.build.block("same"), self.build.block("differ")
        self.build.branch(self.build.prim("ieq", BOOL, left, right), same, other)
        self.build.goto(other)
        differ(left, right)
        self.build.goto(same)
        return left


def _eq(d: _Derivation) -> None:
    build = d.build
    if d.decl.name in HANDLES:
        build.ret(build.prim("ieq", BOOL, *build.params))
        return
    if not d.decl.variants:
        build.ret(build.const(True))
        return
    tag = d.equal_tags(lambda left, right: build.ret(build.const(False)))

    def variant(index: int) -> None:
        last = d.arity(index) - 1
        if last < 0:
            build.ret(build.const(True))
            return
        for number in range(last):
            x, y = d.pair(index, number)
            _go_on_if(build, build.method("Eq", "eq", x.type, BOOL, x, y))
        x, y = d.pair(index, last)
        build.ret(build.method("Eq", "eq", x.type, BOOL, x, y))

    d.each_variant(tag, variant)


def _go_on_if(build: FunctionBuilder, cond: Value) -> None:
    """Go on where `cond` holds, return False where it does not."""
    go_on, stop = build.block("next"), build.block("stop")
    build.branch(cond, go_on, stop)
    build.goto(stop)
    build.ret(build.const(False))
    build.goto(go_on)


def _lt(d: _Derivation) -> None:
    build = d.build
    if not d.decl.variants:
        build.ret(build.const(False))
        return
    tag = d.equal_tags(lambda left, right: build.ret(build.prim("ilt", BOOL, left, right)))

    def variant(index: int) -> None:
        last = d.arity(index) - 1
        if last < 0:
            build.ret(build.const(False))
            return
        for number in range(last):
            x, y = d.pair(index, number)
            order = build.tag(build.method("Ord", "compare", x.type, ORDERING, x, y))
            go_on, less, greater = build.block("next"), build.block("less"), build.block("greater")
            build.switch(order, [less, go_on, greater])
            for block, answer in ((less, True), (greater, False)):
                build.goto(block)
                build.ret(build.const(answer))
            build.goto(go_on)
        x, y = d.pair(index, last)
        build.ret(build.method("Ord", "lt", x.type, BOOL, x, y))

    d.each_variant(tag, variant)


def _compare(d: _Derivation) -> None:
    build = d.build
    if "Eq" not in d.decl.derives:
        _compare_by_lt_and_eq(d)
        return
    if not d.decl.variants:
        build.ret(build.construct(ORDERING, EQUAL))
        return

    def differ(left: Value, right: Value) -> None:
        less, greater = build.block("less"), build.block("greater")
        build.branch(build.prim("ilt", BOOL, left, right), less, greater)
        _return_ordering(build, less, LESS)
        _return_ordering(build, greater, GREATER)

    tag = d.equal_tags(differ)

    def variant(index: int) -> None:
        last = d.arity(index) - 1
        if last < 0:
            build.ret(build.construct(ORDERING, EQUAL))
            return
        for number in range(last):
            x, y = d.pair(index, number)
            order = build.method("Ord", "compare", x.type, ORDERING, x, y)
            go_on, stop = build.block("next"), build.block("stop")
            build.branch(build.prim("ieq", BOOL, build.tag(order), build.const(EQUAL)), go_on, stop)
            build.goto(stop)
            build.ret(order)
            build.goto(go_on)
        x, y = d.pair(index, last)
        build.ret(build.method("Ord", "compare", x.type, ORDERING, x, y))

    d.each_variant(tag, variant)


def _compare_by_lt_and_eq(d: _Derivation) -> None:
    """An `Eq` written by hand has its say in `compare` (stdlib.md 4.2)."""
    build = d.build
    a, b = build.params
    less, not_less = build.block("less"), build.block("not_less")
    build.branch(build.method("Ord", "lt", d.self_type, BOOL, a, b), less, not_less)
    _return_ordering(build, less, LESS)
    build.goto(not_less)
    equal, greater = build.block("equal"), build.block("greater")
    build.branch(build.method("Eq", "eq", d.self_type, BOOL, a, b), equal, greater)
    _return_ordering(build, equal, EQUAL)
    _return_ordering(build, greater, GREATER)


def _return_ordering(build: FunctionBuilder, block: Block, variant: int) -> None:
    build.goto(block)
    build.ret(build.construct(ORDERING, variant))


def _hash(d: _Derivation) -> None:
    build = d.build
    if d.decl.name in HANDLES:
        build.ret(build.extern(map_builtin_name("__hash_int"), INT, *build.params))
        return
    if not d.decl.variants:
        build.ret(build.const(FNV_BASIS))
        return
    (a,) = build.params
    tag = None if d.decl.is_struct else build.tag(a)

    def variant(index: int) -> None:
        state = None if tag is None else build.extern(map_builtin_name("__hash_int"), INT, tag)
        for field in d.fields(index, a):
            part = build.method("Hash", "hash", field.type, INT, field)
            combine = map_builtin_name("__hash_combine")
            state = part if state is None else build.extern(combine, INT, state, part)
        build.ret(build.const(FNV_BASIS) if state is None else state)

    d.each_variant(tag, variant)


def _inspect(d: _Derivation) -> None:
    if d.decl.is_struct and d.decl.name != TUPLE:
        _named_text(d, d.decl.variants[0])
    else:
        _display(d)


def _display(d: _Derivation) -> None:
    """`Name(a, b)`, `Variant(a)`, `Variant`, `(a, b)`."""
    build = d.build
    if not d.decl.variants:
        build.ret(build.const(f"<{d.short_name}>"))
        return
    (a,) = build.params
    tag = build.tag(a) if len(d.decl.variants) > 1 else None

    def variant(index: int) -> None:
        decl = d.decl.variants[index]
        name = "" if d.decl.name == TUPLE else (d.short_name if d.decl.is_struct else decl.name)
        brackets = d.decl.is_struct or bool(decl.field_types)
        texts = [name + "(" if brackets else name, *[", "] * (d.arity(index) - 1)]
        build.ret(_interleave(build, texts, d.fields(index, a), ")" if brackets else ""))

    d.each_variant(tag, variant)


def _named_text(d: _Derivation, decl: VariantDecl) -> None:
    """`Name { x: a, y: b }`, `Name {}`."""
    build = d.build
    (a,) = build.params
    texts = [f"{', ' if i else d.short_name + ' { '}{name}: " for i, name in enumerate(decl.field_names)]
    if texts:
        build.ret(_interleave(build, texts, d.fields(0, a), " }"))
    else:
        build.ret(build.const(d.short_name + " {}"))


def _interleave(build: FunctionBuilder, texts: list[str], fields: Iterator[Value], end: str) -> Value:
    """A text before each field and one at the end, as one String: fields are converted as
    interpolation converts them, and the growing text is unique, so that it grows in place."""
    result = build.const(texts[0])
    for number, field in enumerate(fields):
        if number:
            result = _append(build, result, build.const(texts[number]))
        shown = build.method("Show", "show", field.type, STRING, field)
        result = _append(build, result, shown)
    return _append(build, result, build.const(end)) if end else result


def _append(build: FunctionBuilder, text: Value, more: Value) -> Value:
    return build.extern(map_builtin_name("__string_concat"), STRING, text, more)


_METHODS: dict[tuple[str, str], tuple[Callable[[_Derivation], None], int, MTy]] = {
    ("Eq", "eq"): (_eq, 2, BOOL),
    ("Ord", "lt"): (_lt, 2, BOOL),
    ("Ord", "compare"): (_compare, 2, ORDERING),
    ("Hash", "hash"): (_hash, 1, INT),
    ("Display", "to_string"): (_display, 1, STRING),
    ("Debug", "inspect"): (_inspect, 1, STRING),
}
"""Recipe, number of parameters and result of each method that can be derived."""
