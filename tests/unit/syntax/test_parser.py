"""The parser: which tree each construct of language.md 2.1 makes, and the spans of its nodes."""

from __future__ import annotations

import pytest

from snowc.source.span import Span
from snowc.syntax import ast
from snowc.syntax.parser import parse_type
from tests.unit.syntax.outline import show, stmt, stmts, tree


@pytest.mark.parametrize(
    ("text", "outline"),
    [
        ("a |> f() == b", "(|> a (== f() b))"),
        ("a or b and c == d < e .. f <> g + h * -i", "(or a (and b (== c (< d (.. e (<> f (+ g (* h (- i)))))))))"),
        ("a - b - c", "(- (- a b) c)"),
        ("a * b + c / d % e", "(+ (* a b) (% (/ c d) e))"),
        ("a && b || not c ++ d", "(or (and a b) (<> (not c) d))"),
        ("not a == b", "(== (not a) b)"),
        ("!a.b", "(not a.b)"),
        ("-x.abs()", "(- x.abs())"),
        ("-5", "-5"),
        ("- - 5", "(- -5)"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("-1.5", "(- 1.5)"),
        ("a < b == c > d", "(== (< a b) (> c d))"),
        ("0..n + 1", "(.. 0 (+ n 1))"),
        ("a |> b |> c", "(|> (|> a b) c)"),
        ("(a + b) * c", "(* (+ a b) c)"),
    ],
)
def test_precedence(text: str, outline: str) -> None:
    assert stmt(text) == outline


@pytest.mark.parametrize(
    ("text", "outline"),
    [
        ("f()", "f()"), ("f(a, b,)", "f(a, b)"), ("a.b.c(d)[e]?.f", "a.b.c(d)[e]?.f"), ("x.end.self", "x.end.self"),
        ("()", "(UnitLit)"), ("nil", "(UnitLit)"), ("(a)", "a"), ("(a,)", "a"), ("(a, b,)", "(TupleExpr [a, b])"),
        ("[]", "(ListExpr [])"), ("[a, b,]", "(ListExpr [a, b])"), ("%{}", "(MapExpr [])"),
        ("%{a => 1,\n b => 2\n c => 3}", "(MapExpr [[a, 1], [b, 2], [c, 3]])"),
        ("P { x: 1, y: 2 }", "(StructLit P [[x, 1], [y, 2]])"),
        ("A.P {\n x: 1\n y: 2\n}", "(StructLit A.P [[x, 1], [y, 2]])"),
        ("P {}", "(StructLit P [])"), ('""', "(StringLit [])"), ('"a"', "(StringLit ['a'])"),
        ('"a${b}${c}d"', "(StringLit ['a', b, c, 'd'])"), ("self", "(SelfVar)"), ("self()", "(SelfCall)"),
        ("spawn(f, 1)", "(Spawn 'spawn' [f, 1])"), ("send(p, m)", "(Spawn 'send' [p, m])"),
        ("link(p)", "(Spawn 'link' [p])"),
        ("f(1) do |x, y :: Int| x end", "(Call f [1] (Closure [(Clause [x, y :: Int] {x})]))"),
        ("f() do end", "(Call f [] (Closure [(Clause [] {})]))"),
        ("f() do || 1 end", "(Call f [] (Closure [(Clause [] {1})]))"),
        ("if a do b end", "(If a {b})"), ("if a do else c end", "(If a {} {c})"),
        ("if a do b else if c do d else e end", "(If a {b} (If c {d} {e}))"),
        ("if a do b else\nif c do d end end", "(If a {b} {(If c {d})})"),
        ("while a do b; c end", "(While a {b; c})"), ("for x in e do b end", "(For [x] e {b})"),
        ("for {k, v} in e when g do b end", "(For [k, v] True e g {b})"),
        ("for {x} in e do break end", "(For [x] True e {(Break)})"),
        ("case e do\n 1 -> a\n _ -> continue\nend", "(Case e [(Arm 1 a), (Arm _ (Continue))])"),
        ("match e do x when x > 1 -> return x; y -> do a; b end end",
         "(Case e [(Arm x (> x 1) (Return x)), (Arm y {a; b})])"),
        ("receive do x -> a after 10 -> b end", "(Receive [(Arm x a)] [10, b])"),
        ("receive do end", "(Receive [])"),
    ],
)  # fmt: skip
def test_expressions(text: str, outline: str) -> None:
    assert stmt(text) == outline


@pytest.mark.parametrize(
    ("text", "outline"),
    [
        ("fn x -> x + 1 end", "(Closure [(Clause [x] {(+ x 1)})])"),
        ("fn(x :: Int, y) -> x end", "(Closure [(Clause [x :: Int, y] {x})])"),
        ("fn x :: Int, (a, b) -> x end", "(Closure [(Clause [x :: Int, (TuplePat [a, b])] {x})])"),
        ("fn -> 0 end", "(Closure [(Clause [] {0})])"), ("fn() do 0 end", "(Closure [(Clause [] {0})])"),
        ("fn (a, b) -> a end", "(Closure [(Clause [a, b] {a})])"),
        ("fn ((a, b)) -> a end", "(Closure [(Clause [(TuplePat [a, b])] {a})])"),
        ("fn x do\n let y = x\n y\nend", "(Closure [(Clause [x] {(Let y x); y})])"),
        ("fn 0 | 1 -> a | n when n > 2 -> b | _ do c end end",
         "(Closure [(Clause [(0 | 1)] {a}), (Clause [n] (> n 2) {b}), (Clause [_] {c})])"),
        ("fn Some(v) -> v | None -> 0 end", "(Closure [(Clause [(CtorPat Some [v])] {v}), (Clause [None] {0})])"),
        ("fn [] -> a | [x] as xs -> b end",
         "(Closure [(Clause [(ListPat [])] {a}), (Clause [(AsPat (ListPat [x]) xs)] {b})])"),
        ("fn -1 -> a | \"x\", M.V(_) -> b end",
         "(Closure [(Clause [-1] {a}), (Clause ['x', (CtorPat M V [_])] {b})])"),
    ],
)  # fmt: skip
def test_closures(text: str, outline: str) -> None:
    assert stmt(f"f({text})") == f"f({outline})"


@pytest.mark.parametrize(
    ("text", "outline"),
    [
        ("_", "_"), ("x", "x"), ("None", "None"), ("-1", "-1"), ("1.5", "1.5"), ("-0.5", "-0.5"), ("true", "True"),
        ("nil", "None"), ('"t"', "'t'"), ("()", "(TuplePat [])"), ("(x)", "x"),
        ("(x, (y, _))", "(TuplePat [x, (TuplePat [y, _])])"),
        ("[]", "(ListPat [])"), ("[a, b,]", "(ListPat [a, b])"), ("V()", "(CtorPat V [])"),
        ("V(1, x)", "(CtorPat V [1, x])"),
        ("T.V", "(CtorPat T V)"), ("T.V(x)", "(CtorPat T V [x])"), ("a :: b :: c", "(a :: (b :: c))"),
        ("1 | 2 :: t as l", "(AsPat ((1 | 2) :: t) l)"), ("A | B | C", "(A | B | C)"),
    ],
)  # fmt: skip
def test_patterns(text: str, outline: str) -> None:
    assert stmt(f"case e do {text} -> 1 end") == f"(Case e [(Arm {outline} 1)])"


@pytest.mark.parametrize(
    ("text", "outline"),
    [
        ("Int", "Int"), ("Geo.Point", "Geo.Point"), ("Map<K, List<V>>", "Map<K, List<V>>"), ("()", "(TupleType [])"),
        ("(A)", "A"), ("(A, B,)", "(TupleType [A, B])"), ("A?!B", "(A?!B)"), ("A!B!C", "(A!(B!C))"), ("A??", "A??"),
        ("Fun() -> A", "(FunType [] A)"), ("Fun(A, B) -> C!D", "(FunType [A, B] (C!D))"),
        ("Pid<()>", "Pid<(TupleType [])>"),
        ("() -> ()", "(FunType [] (TupleType []))"), ("(A, List<B>) -> C?", "(FunType [A, List<B>] C?)"),
        ("(A) -> B", "(FunType [A] B)"),
    ],
)  # fmt: skip
def test_types_alone(text: str, outline: str) -> None:
    assert show(parse_type(text)) == outline


@pytest.mark.parametrize("text", ["", "Int Int", "List<", "Fun(A)", "(A, B) ->", "1", "'", "A &", "("])
def test_malformed_type_texts_are_faults(text: str) -> None:
    with pytest.raises(ValueError, match="malformed type text"):
        parse_type(text)


@pytest.mark.parametrize(
    ("text", "outline"),
    [
        ("fn f = 1", "(FnDef f [] [] 1)"),
        ("fn f() do 1 end", "(FnDef f [] [] [] {1} True)"),
        ("pub fn f<T, U>(a :: T, (b, c), self) -> T! U where T: Ord, U: A.B when a > b = a",
         "(FnDef True f [T, U] [a :: T, (TuplePat [b, c]), self] (T!U) [(Bound T Ord), (Bound U A.B)] (> a b) a)"),
        ("fn f((h :: t)) = h", "(FnDef f [] [(h :: t)] [] h)"), ("fn f(h :: t) = h", "(FnDef f [] [h :: t] [] h)"),
        ("def not(self) = 1", "(FnDef not [] [self] [] 1)"),
        ("import A.B", "(Import A.B)"), ("from A import b, C,", "(FromImport A [b, C])"),
        ("from A.B import (\n b,\n c\n)", "(FromImport A.B [b, c])"),
        ("from A import { b, c, }", "(FromImport A [b, c])"),
        ("pub struct P<T> do\n x :: T\n y :: Int; end deriving(Eq, Ord)",
         "(StructDef True P [T] [(FieldDef x T), (FieldDef y Int)] [Eq, Ord])"),
        ("struct P do end deriving()", "(StructDef P [] [] [])"), ("struct P do end", "(StructDef P [] [])"),
        ("type S do A; B(Int, x :: Float,)\n C() end deriving(Json)",
         "(SumDef S [] [(VariantDef A []), (VariantDef B [(VariantField Int), (VariantField x Float)]), "
         "(VariantDef C [])] [Json])"),
        ("pub type A<T> = List<T>", "(AliasDef True A [T] List<T>)"),
        ("module M do fn f() = 1 end", "(ModuleDef M {(FnDef f [] [] [] 1)})"),
        ("impl Show for List<T> where T: Show do fn a(self) = 1 end",
         "(ImplDef Show [] List [T] [(Bound T Show)] {(FnDef a [] [self] [] 1)})"),
        ("impl From<Int> for A.B do end", "(ImplDef From [Int] A.B [] {})"),
        ("actor a(x :: Int) do f() terminate do |r| g() end end",
         "(ActorDef a [x :: Int] {f()} (Terminate r {g()}))"),
        ("actor a do end", "(ActorDef a {})"),
        ("service S do fn init() = 1; call Get(k :: K) :: V do |s| (s, 1) end; cast Put do 2 end end",
         "(ServiceDef S [(FnDef init [] [] [] 1)] [(Handler 'call' Get [k :: K] V s {(TupleExpr [s, 1])}), "
         "(Handler 'cast' Put {2})])"),
        ("supervisor S do\n strategy: one_for_all\n max_restarts: 3\n child c do\n  start: fn -> a end\n"
         "  shutdown: 100\n end\nend",
         "(SupervisorDef S [(SupervisorSetting 'strategy' one_for_all), (SupervisorSetting 'max_restarts' 3)] "
         "[(Child c [(SupervisorSetting 'start' (Closure [(Clause [] {a})])), (SupervisorSetting 'shutdown' 100)])])"),
        ("let (a, _) :: (A, B) = e", "(Let (TuplePat [a, _]) (TupleType [A, B]) e)"), ("let _ = e", "(Let _ e)"),
        ("return", "(Return)"), ("return a", "(Return a)"), ("let from = start", "(Let from start)"),
    ],
)  # fmt: skip
def test_statements_and_items(text: str, outline: str) -> None:
    assert stmt(text) == outline


def test_interface_methods_and_their_docs() -> None:
    (item,) = tree("## An I.\npub interface I<T> do\n  ## One.\n  fn a(self) -> T\n  fn b do 1 end\nend").block.stmts
    assert isinstance(item, ast.InterfaceDef)
    assert (item.doc, item.public) == ("An I.", True)
    assert show(item.methods) == "[(MethodDef 'One.' a [] [self] T), (MethodDef b [] {1})]"


def test_docs_reach_public_items_and_the_file() -> None:
    file = tree("##! The file.\n\n## Doc.\npub fn f() = 1\nfn g() = 2\n")
    assert file.doc == "The file."
    assert [item.doc for item in file.block.stmts if isinstance(item, ast.FnDef)] == ["Doc.", None]


def test_return_takes_its_operand_from_the_same_line() -> None:
    assert stmts("return\na") == ["(Return)", "a"]


def test_an_empty_file_is_an_empty_block() -> None:
    for text in ("", "\n\n", "# only a comment", ";;"):
        assert tree(text).block.stmts == ()


# ---- spans -------------------------------------------------------------------------------------

PROGRAM = """\
## Doc.
pub fn f<T>(x :: T, (a, b)) -> T! E where T: Ord when a > b do
  let y :: Int = (x + 1) * -2
  if a do b else if c do d else e end
  g(1) do |z| z end
  for {k, v} in m when k do k.v[0]? end
  fn 0 | 1 -> "a${ y }b" | n when n -> P { q: 1 } end |> h(2)
  case (x) do A.B(h :: t) as w -> return w; [] -> do 1 end end
  receive do _ -> self() after 5 -> %{1 => ()} end
end
struct S do p :: Pid<Int> end deriving(Eq)
type U do V; W(n :: Int) end
interface I do fn m(self) -> Int; fn o(self) do 1 end end
impl I for List<Int> do fn m(self) -> Int = 1 end
actor act(n) do act(n) terminate do |r| r end end
service Sv do call C(a) :: B do |s| s end; cast D do 1 end end
supervisor Su do strategy: x; child c do start: fn -> 1 end; shutdown: 5 end end
module M do from A import (b, c) end
"""


def every_node(node: object) -> list[ast.Node]:
    found = [node] if isinstance(node, ast.Node) else []
    if isinstance(node, ast.Node):
        for name in type(node).__match_args__:  # type: ignore[attr-defined]
            found += every_node(getattr(node, name))
    elif isinstance(node, tuple) and not isinstance(node, Span):
        for item in node:
            found += every_node(item)
    return found


def test_every_span_covers_its_children_and_touches_no_blank() -> None:
    for node in every_node(tree(PROGRAM)):
        text = PROGRAM[node.span.start : node.span.end]
        if not isinstance(node, ast.File):
            assert text == text.strip(), (type(node), text)
        for child in every_node(node)[1:]:
            assert node.span.start <= child.span.start <= child.span.end <= node.span.end, (type(node), text)


@pytest.mark.parametrize(
    ("cls", "texts"),
    [
        (ast.Param, ["x :: T", "(a, b)", "z", "0 | 1", "n", "self", "self", "self", "n", "a"]),
        (ast.If, ["if a do b else if c do d else e end", "if c do d else e end"]),
        (ast.Binary, ["a > b", "(x + 1) * -2", "(x + 1)"]),
        (ast.ResultType, ["T! E"]),
        (ast.Arm, ["A.B(h :: t) as w -> return w", "[] -> do 1 end", "_ -> self()"]),
        (ast.AsPat, ["A.B(h :: t) as w"]),
        (ast.Var, [*"abxabcdegzmkkynPh", "(x)", *"wr", "act", "n", "s"]),
        (ast.Handler, ["call C(a) :: B do |s| s end", "cast D do 1 end"]),
        (ast.SupervisorSetting, ["strategy: x", "start: fn -> 1 end", "shutdown: 5"]),
        (ast.MethodDef, ["fn m(self) -> Int", "fn o(self) do 1 end"]),
        (ast.FromImport, ["from A import (b, c)"]),
        (ast.StructDef, ["struct S do p :: Pid<Int> end deriving(Eq)"]),
        (ast.Terminate, ["terminate do |r| r end"]),
        (ast.Clause, ["do |z| z end", '0 | 1 -> "a${ y }b"', "n when n -> P { q: 1 }", "-> 1"]),
    ],
)  # fmt: skip
def test_spans(cls: type[ast.Node], texts: list[str]) -> None:
    nodes = sorted((n for n in every_node(tree(PROGRAM)) if type(n) is cls), key=lambda n: (n.span.start, -n.span.end))
    found = [PROGRAM[n.span.start : n.span.end] for n in nodes]
    assert (sorted(found) if cls is ast.Var else found) == (sorted(texts) if cls is ast.Var else texts)
