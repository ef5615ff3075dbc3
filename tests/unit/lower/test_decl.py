"""Types, instances and constants of a program."""

from __future__ import annotations

from snowc.mir import ir
from snowc.mir.print import print_module
from snowc.types.tast import ConstDecl, GlobalConst, ImplDecl
from snowc.types.ty import INT, STRING, Con, FieldInfo, Gen, TypeInfo, VariantInfo, list_of
from tests.unit.lower.factories import function, lit, local, prim, program, ref, rigid
from tests.unit.lower.machine import Machine
from tests.unit.match.factories import S


def test_types_keep_their_parameters_fields_and_derivations() -> None:
    info = TypeInfo(
        "Main.Tree",
        ("T",),
        False,
        (
            VariantInfo("Leaf", 0, ()),
            VariantInfo("Node", 1, (FieldInfo("left", Con("Main.Tree", (Gen(0),))), FieldInfo(None, Gen(0)))),
        ),
        frozenset({"Eq", "Ord"}),
    )
    module = program(types=[info])
    assert "type Main.Tree<'T> derives Eq, Ord {\n  Leaf\n  Node(left: Main.Tree<'T>, 'T)\n}" in print_module(module)
    assert "Option" in module.types


def test_constants_are_computed_by_their_own_functions() -> None:
    const = ConstDecl("Main.answer", S, INT, prim("iadd", lit(40), lit(2)))
    module = program(function("Main.f", [], GlobalConst(S, INT, "Main.answer")), consts=[const])
    assert [(c.name, c.init) for c in module.consts] == [("Main.answer", "Main.answer$init")]
    assert Machine(module).call("Main.f") == 42


def test_instances_name_their_methods_by_full_name() -> None:
    t = rigid("T")
    x = local("x", list_of(t))
    method = function("Size__size__List", [x], lit(1), type_params=["T"])
    impl = ImplDecl("Main.Size", [STRING], "List", [t], ["T"], [], {"size": method.name})
    module = program(method, impls=[impl])
    [made] = module.impls
    assert isinstance(made, ir.Impl)
    assert (made.trait, made.target, made.params) == ("Main.Size", "List", ["T"])
    assert [str(a) for a in made.target_args] == ["'T"] and made.methods == {"size": method.name}
    assert ref(x).type == x.type


def test_library_functions_are_marked() -> None:
    module = program(function("Main.f", [], lit(1)), std=[function("Std.f", [], lit(2))])
    assert [module.functions[n].is_std for n in ("Main.f", "Std.f")] == [False, True]
