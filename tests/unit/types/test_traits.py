"""Interfaces, implementations, deriving, operators, method calls, constraints."""

from __future__ import annotations

from snowc.types import tast
from tests.unit.types.support import body, check, type_of, types

SOUND = """interface Sound do
  fn noise(self) -> String
  fn twice(self) -> String do
    self.noise() <> self.noise()
  end
end
impl Sound for Int do
  fn noise(self) = "int"
end
"""


def ok(text: str) -> None:
    checked = check(text)
    assert not checked.codes, checked.words()


def test_methods_by_dot_by_name_and_through_the_interface() -> None:
    ok(SOUND + body("println(1.noise() <> noise(2) <> Sound.noise(3) <> 4.twice())"))


def test_the_only_interface_with_a_method_is_assumed() -> None:
    assert type_of(SOUND + "fn f(x) = x.noise()\n") == "('a) -> String where 'a: Main.Sound"


def test_constraints_travel_with_function_values() -> None:
    text = SOUND + "fn apply(g, x) = g(x)\n"
    ok(text + body("let g = noise", "println(apply(g, 1))"))
    checked = check(text + body("println(apply(noise, true))"))
    assert checked.codes == ["E0006"]
    assert "Bool does not implement Main.Sound" in checked.words()


def test_where_is_checked_at_the_call() -> None:
    checked = check(SOUND + "fn f<T>(x :: T) -> String where T: Sound = x.noise()\n" + body('f("s")'))
    assert checked.codes == ["E0006"]


def test_default_methods_are_instantiated_per_implementation() -> None:
    checked = check(SOUND + body("println(1.twice())"))
    impl = next(i for i in checked.module().impls if i.trait == "Main.Sound")
    assert impl.methods == {"noise": "Main.Sound__noise__Int", "twice": "Main.Sound__twice__Int"}
    assert checked.function("Main.Sound__twice__Int").result == checked.function("Main.Sound__noise__Int").result


def test_a_type_left_open_by_the_interface_is_decided_by_each_implementation() -> None:
    text = (
        "interface Box do fn get(self) end\n"
        "impl Box for Int do fn get(self) = self + 1 end\n"
        'impl Box for String do fn get(self) = self <> "!" end\n'
        "fn f(b) = (b.get(), b.get())\n"
    )
    assert type_of(text) == "('a) -> ('b, 'b) where 'a: Main.Box<'b>"
    ok(text + body('println("${f(1)} ${"a".get()}")'))


def test_operators_of_user_types_give_the_declared_result() -> None:
    text = "struct V do x :: Float end\nimpl Mul for V do fn mul(self, o :: V) -> Float = self.x * o.x end\n"
    ok(text + body('println("${V { x: 2.0 } * V { x: 3.0 } + 1.0}")'))
    assert type_of(text + "fn f(a, b) = a * b\n") == "('a, 'a) -> 'a where 'a: Mul"


def test_generic_and_applied_implementations() -> None:
    ok(
        "interface Sh do fn sh(self) -> String end\n"
        "struct C<T> do item :: T end\n"
        'impl Sh for C<Int> do fn sh(self) = "i" end\n'
        "impl Sh for C<String> do fn sh(self) = self.item end\n"
        'impl Display for C<T> do fn to_string(self) = "C:${self.item}" end\n'
        'impl Sh for List do fn sh(self) = "${List.length(self)}" end\n'
        + body('println(C { item: 3 }.sh() <> sh(C { item: "x" }) <> "${[C { item: true }]}" <> [1].sh())')
    )


def test_the_context_of_an_implementation_is_inferred() -> None:
    text = (
        "struct C<T> do item :: T end\nstruct N do x :: Int end deriving()\n"
        'impl Display for C<T> do fn to_string(self) = "C:${self.item}" end\n'
    )
    checked = check(text + body('println("${C { item: N { x: 1 } }}")'))
    assert checked.codes == ["E0006"]
    assert "Main.N does not implement Display" in checked.words()


def test_generic_interfaces_are_chosen_by_the_expected_type() -> None:
    ok(
        "interface Conv<A> do fn conv(self) -> A end\n"
        "impl Conv<Int> for String do fn conv(self) = 1 end\n"
        "impl Conv<Bool> for String do fn conv(self) = true end\n"
        + body('let n :: Int = "a".conv()', 'let b :: Bool = conv("b")', 'println("${n} ${b}")')
    )


def test_static_methods() -> None:
    text = (
        "struct G do n :: Int end\nimpl Default for G do fn default() = G { n: 1 } end\n"
        "fn mk<T>() -> T where T: Default = default()\n"
    )
    ok(
        text
        + body("let g :: G = default()", "let i :: Int = mk()", 'println("${g} ${i} ${G.default()} ${Int.default()}")')
    )


def test_derivations_follow_the_fields() -> None:
    text = "struct S do f :: Fun(Int) -> Int end\ntype T<A> do L; N(T<A>, A) end\n"
    checked = check(text + body("N(L, 1) == L", "compare(N(L, 1), L)", 'println("${N(L, 2)}")'))
    assert not checked.codes, checked.words()
    infos = {i.short_name: i for i in checked.module().types}
    assert infos["S"].derives == frozenset()
    assert infos["T"].derives == {"Eq", "Ord", "Debug"}


def test_an_explicit_implementation_replaces_an_implicit_derivation() -> None:
    checked = check("struct S do x :: Int end\nimpl Eq for S do fn eq(self, o) = true end\n")
    assert not checked.codes, checked.words()
    assert "Eq" not in checked.module().types[0].derives


def test_private_helpers_of_an_implementation() -> None:
    ok(
        "interface A do fn a(self) -> Int end\nimpl A for Int do\n"
        "fn a(self) = plus(self) + self.own()\nfn plus(n) = n + 1\nfn own(self) = self\nend\n"
        + body('println("${1.a()}")')
    )


def test_redeclaring_a_builtin_interface_means_it() -> None:
    ok(
        "interface Display do fn to_string(self) -> String end\nstruct S do x :: Int end deriving()\n"
        'impl Display for S do fn to_string(self) = "S" end\n' + body('println("${S { x: 1 }}")')
    )


def test_deferred_members_become_constraints() -> None:
    text = "struct P do x :: Int end\nstruct Q do x :: String end\nfn f(p) = p.x\n"
    assert type_of(text) == "('a) -> 'b where 'a.x: ('a) -> 'b"
    ok(text + body('println("${f(P { x: 1 })} ${f(Q { x: "s" })} ${map([P { x: 3 }], f)}")'))
    checked = check(text + body("f(1)"))
    assert checked.codes == ["E0009"]


def test_evidence_is_passed_as_an_argument() -> None:
    text = "struct P do x :: Int end\nfn f(p) = p.x\nfn g() = f(P { x: 1 })\n"
    checked = check(text)
    assert len(checked.function("Main.f").params) == 2
    call = checked.function("Main.g").body
    assert isinstance(call, tast.Call)
    assert isinstance(call.args[1], tast.Lambda)


def test_library_methods_on_an_unknown_type() -> None:
    text = "fn f(x) = x.length()\n"
    assert type_of(text) == "('a) -> 'b where 'a.length(): ('a) -> 'b"
    ok(text + body('println("${f("abc")} ${f([1])}")'))


def test_interface_methods_are_found_in_inline_modules_and_other_files() -> None:
    found = types(
        "from Units import Sized\nimpl Sized for Int do fn size(self) = self end\nfn f(x) = size(x)\n",
        units="pub interface Sized do fn size(self) -> Int end\n",
    )
    assert found["f"] == "('a) -> Int where 'a: Units.Sized"


def test_map_keys_need_hash_and_eq() -> None:
    checked = check("struct K do f :: Int end deriving()\n" + body("let m = %{K { f: 1 } => 1}"))
    assert "E0006" in checked.codes
