"""`typeid` and `typename`: resolved per instance, before instances are shared."""

from __future__ import annotations

from snowc.mir.fingerprint import fingerprint
from snowc.mir.ir import Const, Module, TypeId, TypeName
from snowc.mir.parse import parse_module
from snowc.mir.types import STRING, Con
from snowc.mir.verify import verify
from snowc.passes.base import PassCtx
from snowc.passes.monomorphise import Monomorphise

PROGRAM = """
entry main
fn tag<'T>(%x: 'T) -> Int {
e:
  %n: Int = typeid List<'T>
  %s: String = typename 'T
  return %n
}
fn through<'T>(%x: 'T) -> Int {
e:
  %n: Int = call tag<'T>(%x)
  return %n
}
fn main() -> Int {
e:
  %a: String = const "x"
  %b: List<Int> = extern snow_list_new<Int>()
  %m: Int = call through<String>(%a)
  %n: Int = call through<List<Int>>(%b)
  return %n
}
"""


def _constants(module: Module, name: str) -> list[object]:
    return [i.value for i in module.functions[name].blocks[0].instrs if isinstance(i, Const)]


def test_each_type_has_its_own_instance() -> None:
    module = parse_module(PROGRAM)
    assert verify(module) == []
    Monomorphise().run(module, PassCtx())
    assert verify(module, True) == []
    assert set(module.functions) >= {"through<String>", "through<List<Int>>", "tag<String>", "tag<List<Int>>"}
    assert _constants(module, "tag<String>") == [fingerprint(Con("List", (STRING,))), "String"]
    assert _constants(module, "tag<List<Int>>")[1] == "List<Int>"


def test_nothing_is_left_to_resolve() -> None:
    module = parse_module(PROGRAM)
    Monomorphise().run(module, PassCtx())
    instrs = [i for f in module.functions.values() for b in f.blocks for i in b.instrs]
    assert not [i for i in instrs if isinstance(i, (TypeId, TypeName))]


def test_results_have_fixed_types() -> None:
    module = parse_module("fn f() -> Int {\ne:\n %n: String = typeid Int\n %m: Int = typename Int\n return %m\n}")
    assert len(verify(module)) == 2
    assert any("unresolved type" in str(finding) for finding in verify(module, True))
