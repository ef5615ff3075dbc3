"""The textual form: what is printed is read back the same; what is wrong is told with its line."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from snowc.mir import ir
from snowc.mir.parse import MirSyntaxError, parse_function, parse_module, parse_type
from snowc.mir.print import print_function, print_module, type_text
from snowc.mir.types import Con, Fn, MTy, TVar
from snowc.source.record import field_names
from tests.unit.mir.programs import program

# Shrinking such large examples takes minutes; the text of a failure is small enough to read.
GENERATE = (Phase.explicit, Phase.reuse, Phase.generate)

names = st.one_of(
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_$]{0,6}(\.[a-z0-9]{1,3}){0,2}", fullmatch=True),
    st.text(alphabet="ab<>, `\\\n\"'%(é", min_size=1, max_size=6),
)
types: st.SearchStrategy[MTy] = st.recursive(
    st.one_of(names.map(Con), names.map(TVar), st.just(Con("()"))),
    lambda inner: st.one_of(
        st.builds(lambda n, a: Con(n, tuple(a)), names, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda p, r: Fn(tuple(p), r), st.lists(inner, max_size=2), inner),
    ),
    max_leaves=6,
)
type_lists = st.lists(types, max_size=2)
locs = st.one_of(st.just(ir.NO_LOC), st.builds(ir.Loc, st.integers(0, 9), st.integers(1, 10**6)))
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(1 << 63), (1 << 63) - 1), st.floats(), st.text())
literals = st.one_of(scalars, st.lists(scalars, max_size=3).map(tuple))


@st.composite
def instructions(draw: st.DrawFn, dest: ir.Value, scope: list[ir.Value]) -> ir.Instr:
    """Any instruction over the values in scope, well-typed or not."""
    one = st.sampled_from(scope)
    many = st.lists(one, max_size=3)
    method = (names, type_lists, names, types, type_lists)
    head = (st.just(dest), locs)
    return draw(
        st.one_of(
            st.builds(ir.Const, *head, literals),
            st.builds(ir.ConstRef, *head, names),
            st.builds(ir.LocConst, *head),
            st.builds(ir.TypeId, *head, types),
            st.builds(ir.TypeName, *head, types),
            st.builds(ir.Prim, *head, st.sampled_from(sorted(ir.PRIMS)), st.lists(one, min_size=1, max_size=2)),
            st.builds(ir.Call, *head, names, type_lists, many),
            st.builds(ir.CallTrait, *head, *method, many),
            st.builds(ir.CallExtern, *head, names, type_lists, many),
            st.builds(ir.CallClosure, *head, one, many),
            st.builds(ir.MakeClosure, *head, names, type_lists, many),
            st.builds(ir.MakeTraitClosure, *head, *method),
            st.builds(ir.Construct, *head, st.integers(0, 300), many),
            st.builds(ir.Project, *head, one, st.integers(0, 9), st.integers(0, 9)),
            st.builds(ir.Tag, *head, one),
            st.builds(ir.Dup, st.none(), locs, one),
            st.builds(ir.Drop, st.none(), locs, one),
        )
    )


@st.composite
def terminators(draw: st.DrawFn, scope: list[ir.Value], blocks: list[ir.Block]) -> ir.Term:
    one = st.sampled_from(scope)
    target = st.builds(ir.Target, st.sampled_from(blocks), st.lists(one, max_size=2))
    cases = st.lists(st.tuples(st.integers(-5, 5), target), max_size=3)
    return draw(
        st.one_of(
            st.builds(ir.Jump, locs, target),
            st.builds(ir.Branch, locs, one, target, target),
            st.builds(ir.Switch, locs, one, cases, st.one_of(st.none(), target)),
            st.builds(ir.Return, locs, one),
            st.builds(ir.TailCall, locs, names, st.lists(one, max_size=2)),
            st.builds(ir.Panic, locs, st.text(), st.one_of(st.none(), one)),
            st.builds(ir.Unreachable, locs),
        )
    )


@st.composite
def functions(draw: st.DrawFn, name: str) -> ir.Function:
    values = [ir.Value(n, draw(types)) for n in draw(st.lists(names, min_size=6, max_size=12, unique=True))]
    blocks = [ir.Block(label) for label in draw(st.lists(names, min_size=1, max_size=3, unique=True))]
    function = ir.Function(name, draw(st.lists(names, max_size=2)), values[:2], draw(types), blocks, draw(locs))
    function.captures = draw(st.sampled_from([None, [], [values[2]]]))
    function.is_std, function.takes_loc = draw(st.booleans()), draw(st.booleans())
    function.borrowed = draw(st.frozensets(st.integers(0, 1)))
    fresh = iter(values[3:])
    defined = [*function.params, *(function.captures or [])]
    for block in blocks:
        block.params = [v for v in [next(fresh, None)] if v is not None and draw(st.booleans())]
        dests = [v for v in [next(fresh, None), next(fresh, None)] if v is not None]
        defined += block.params
        for dest in dests:
            block.instrs.append(draw(instructions(dest, defined)))
            defined += [dest] if block.instrs[-1].dest is dest else []
        block.term = draw(terminators(defined, blocks))
    return function


@st.composite
def modules(draw: st.DrawFn) -> ir.Module:
    module = ir.Module(draw(st.lists(st.text(), max_size=2)))
    for name in draw(st.lists(names, max_size=2, unique=True)):
        fields_of = st.lists(st.tuples(st.one_of(st.none(), names), types), max_size=2)
        rows = draw(st.lists(st.tuples(names, fields_of), max_size=2))
        variants = [ir.VariantDecl(n, [f for f, _ in row], [t for _, t in row]) for n, row in rows]
        params, derives = draw(st.lists(names, max_size=2)), draw(st.frozensets(names, max_size=2))
        module.types[name] = ir.TypeDecl(name, params, draw(st.booleans()), variants, derives, draw(locs))
    params_of, methods = st.lists(names, max_size=2), st.dictionaries(names, names)
    bounds = st.lists(st.tuples(names, types), max_size=2)
    impl = st.builds(ir.Impl, names, type_lists, names, type_lists, params_of, methods, bounds)
    module.impls = draw(st.lists(impl, max_size=2))
    module.consts = draw(st.lists(st.builds(ir.ConstDecl, names, types, names), max_size=2))
    module.entry = draw(st.one_of(st.none(), names))
    for name in draw(st.lists(names, max_size=2, unique=True)):
        module.functions[name] = draw(functions(name))
    return module


def data(node: object) -> object:
    """A module as plain data in which uses are names, for comparison."""
    match node:
        case ir.Value():
            return "value", node.name, node.type
        case ir.Target():
            return "target", node.block.label, data(node.args)
        case float():
            return "float", repr(node)
        case list() | tuple():
            return [data(item) for item in node]
        case dict():
            return [(key, data(value)) for key, value in node.items()]
        case Con() | Fn() | TVar():
            return node
    if field_names(type(node)):
        return type(node).__name__, [data(getattr(node, name)) for name in field_names(type(node))]
    return type(node).__name__, node


@settings(max_examples=60, deadline=None, phases=GENERATE)
@given(modules())
def test_a_printed_module_is_read_back_the_same(module: ir.Module) -> None:
    assert data(parse_module(print_module(module))) == data(module)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_a_printed_program_is_read_back_the_same(seed: int) -> None:
    module = program(Random(seed), panics=True)
    text = print_module(module)
    assert data(parse_module(text)) == data(module)
    assert print_module(parse_module(text)) == text


@settings(max_examples=100, deadline=None)
@given(types)
def test_a_printed_type_is_read_back_the_same(ty: MTy) -> None:
    assert parse_type(type_text(ty)) == ty


def test_locations_and_comments_may_be_left_out_or_added() -> None:
    function = parse_function(
        """
        fn f(%n: Int) -> Int @0:3 {   # a comment
        entry:
          %one: Int = const 1 @0:4
          %m: Int = iadd %n, %one
          return %m @2:5
        }
        """
    )
    assert function.loc == ir.Loc(0, 3)
    assert [i.loc for i in function.blocks[0].instrs] == [ir.Loc(0, 4), ir.NO_LOC]
    assert function.blocks[0].term is not None and function.blocks[0].term.loc == ir.Loc(2, 5)


def test_the_printed_form_is_the_documented_one() -> None:
    text = """\
fn `List.map<Int, Box>`(%xs: List<Int>, borrow %f: Fun(Int) -> Box) -> List<Box> std @1:20 {
entry:
  %n: Int = extern snow_list_length<Int>(%xs) @1:21
  switch %n [0: none(), 1: one(%n)] else none()
one(%x: Int):
  panic "odd" at %x
none:
  %r: List<Box> = call `List.new<Box>`()
  return %r
}
"""
    assert print_function(parse_function(text)) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fn f() -> Int {\nentry:\n  %x: Int = frobnicate %y\n}", "line 3: expected an instruction"),
        ("fn f() -> Int {\nentry:\n  return %y\n}", "in f: not defined: %y"),
        ("fn f(%y: Int) -> Int {\nentry:\n  jump away()\n}", "in f: not defined: block away"),
        ("fn f(%y: Int) -> Int {\nentry:\n  return %y @0\n}", "line 4: expected `:`"),
        ("fn f(%y: Int) -> Int {\nentry:\n", "expected an instruction, found 'end of text'"),
        ("type T { ? }", "line 1: stray '?'"),
        ("nonsense", "line 1: expected a declaration"),
    ],
)
def test_malformed_text_is_refused_with_a_reason(text: str, message: str) -> None:
    with pytest.raises(MirSyntaxError, match=message.replace("?", r"\?").replace("`", ".")):
        parse_module(text)


def test_the_example_in_the_documentation_is_mir() -> None:
    page = (Path(__file__).parents[3] / "docs" / "mir.md").read_text(encoding="utf-8")
    example = page.split("```")[1]
    module = parse_module(example)
    assert set(module.functions) == {"Main.fib"}
    assert print_module(module) == example.lstrip("\n")
