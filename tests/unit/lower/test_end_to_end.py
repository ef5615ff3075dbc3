"""Programs from their source to MIR that verifies, run on the test machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from snowc.diag.core import Sink
from snowc.lower.decl import lower_program
from snowc.match.exhaustive import check_module
from snowc.mir import ir
from snowc.mir.types import UNIT
from snowc.mir.verify import verify
from snowc.modules.library import StdSource
from snowc.modules.loader import load_program
from snowc.passes.base import PassCtx
from snowc.passes.monomorphise import Monomorphise
from snowc.source.files import MemoryReader, SourceMap
from snowc.types.env import ProgramEnv
from snowc.types.infer_module import infer_module
from snowrt import abi
from tests.unit.lower.machine import Machine, Panicked

STD = Path(__file__).parents[3] / "runtime" / "std"


def table() -> dict[str, tuple[str, ...]]:
    """The surface types of the ABI table by key."""
    found: dict[str, list[str]] = {}
    for row in abi.ROWS:
        for name, text in row.surface:
            found.setdefault(abi.builtin_key(name), []).append(text)
    return {key: tuple(texts) for key, texts in found.items()}


def lowered(source: str) -> tuple[ir.Module, list[str]]:
    """The MIR of a program, and the codes of its diagnostics."""
    sink, sources = Sink(), SourceMap(MemoryReader({"p/main.snow": source}))
    program = load_program("p", sources, StdSource(str(STD)), sink)
    assert program is not None
    env = ProgramEnv(table())
    modules = [infer_module(parsed, env, sink) for parsed in program.modules]
    for module in modules:
        if not module.is_std:
            check_module(module, sink, env.type_infos())
    assert not sink.has_errors, [d.message() for d in sink.items]
    made = lower_program(modules, sources, env.builtin_type_infos(), f"{program.entry}.main")
    assert verify(made) == []
    return made, [d.code for d in sink.items]


def run(source: str) -> str:
    """What a program prints."""
    module, _ = lowered(source)
    Monomorphise().run(module, PassCtx())
    machine = Machine(module, monomorphic=True)
    assert module.entry is not None
    machine.call(module.entry)
    return "".join(line + "\n" for line in machine.log)


PATTERNS = """
type Expr do
  Num(Int)
  Add(Expr, Expr)
  Mul(Expr, Expr)
  Neg(Expr)
end
fn simp(e :: Expr) -> Expr do
  case e do
    Add(Num(0), x) | Add(x, Num(0)) -> simp(x)
    Mul(Num(1), x) | Mul(x, Num(1)) -> simp(x)
    Mul(Num(0), _) | Mul(_, Num(0)) -> Num(0)
    Add(a, b) -> Add(simp(a), simp(b))
    Mul(a, b) -> Mul(simp(a), simp(b))
    Neg(Neg(x)) -> simp(x)
    Neg(Num(n)) when n < 0 -> Num(-n)
    other -> other
  end
end
fn classify(xs, n) do
  case (xs, n) do
    ([], _) -> "empty"
    ([a], k) when a == k -> "single hit"
    ([_], _) -> "single miss"
    (a :: b :: rest, k) when a + b == k -> "pair ${rest}"
    (all as _a, 0) -> "zero ${all}"
    ([_, _, _], _) -> "three"
    _ -> "many"
  end
end
fn fl(0.0) = "zero"
fn fl(1.5) = "one and a half"
fn fl(_) = "other"
fn st("a" | "b", n) = "ab${n}"
fn st("c", 1) = "c1"
fn st(s, n) when n > 10 = "big ${s}"
fn st(_, _) = "rest"
fn early(xs :: List<Int>) -> Int do
  for x in xs do
    if x > 10 do
      return x
    end
    case x do
      5 -> return 500
      _ -> x
    end
  end
  -1
end
fn firstneg(xs) do
  let r = for x in xs do
    let y = for z in 0..x do
      if z == 3 do break end
      if z == 1 do continue end
      z * x
    end
    y
  end
  r
end
fn tryloop(xs :: List<Int?>) -> List<Int>? do
  Some(for x in xs do x? + 1 end)
end
fn main() do
  println("${simp(Add(Num(0), Mul(Num(1), Neg(Neg(Num(4))))))} ${simp(Neg(Num(-3)))} ${simp(Mul(Num(2), Num(0)))}")
  println("${classify([], 1)} ${classify([1], 1)} ${classify([2], 1)}")
  println("${classify([1, 2, 3], 3)} ${classify([1, 2, 3], 0)}")
  println("${classify([1, 2, 3], 9)} ${classify([1, 2, 3, 4], 9)}")
  println("${fl(0.0)} ${fl(-0.0)} ${fl(1.5)} ${fl(2.0)}")
  println("${st("a", 1)} ${st("b", 2)} ${st("c", 1)} ${st("c", 2)} ${st("c", 20)}")
  println("${early([1, 2, 3])} ${early([1, 12, 5])} ${early([1, 5, 12])}")
  println("${firstneg([0, 2, 5])}")
  println("${tryloop([Some(1), Some(2)])} ${tryloop([Some(1), None])}")
end
"""

PATTERNS_OUTPUT = """\
Num(4) Num(3) Num(0)
empty single hit single miss
pair [3] zero [1, 2, 3]
three many
zero zero one and a half other
ab1 ab2 c1 rest big c
-1 12 500
[[], [0], [0, 10]]
Some([2, 3]) None
"""

FUNCTIONS = """
fn compose_all(fs) do
  case fs do
    [] -> fn (x) -> x end
    g0 :: rest -> do
      let g = compose_all(rest)
      fn (x) -> g(g0(x)) end
    end
  end
end
fn counter(base :: Int) do
  fn up(n :: Int) -> Int do
    if n == 0 do base else down(n - 1) + 1 end
  end
  fn down(n :: Int) -> Int do
    if n == 0 do base * 2 else up(n - 1) + 10 end
  end
  let f = up
  let g = fn x -> down(x) + f(x) end
  [up(3), down(3), f(2), g(2)]
end
fn outer<T>(x :: T, n :: Int) -> List<T> do
  fn rep(k :: Int, acc :: List<T>) -> List<T> do
    if k == 0 do acc else rep(k - 1, acc ++ [x]) end
  end
  fn pairup(y) do
    (x, y)
  end
  let p = pairup(1)
  let q = pairup("s")
  case (p, q) do
    ((a, _), (b, _)) -> rep(n, [a, b])
  end
end
fn nest(a) do
  fn (b) -> fn (c) -> fn (d) -> a + b * c - d end end end
end
fn apply2(f, x, y) = f(x, y)
struct P do a :: Int; b :: String end
fn guardy(n, xs) when List.any(xs, fn x -> x == n end) = "in"
fn guardy(n, xs) when (fn k -> k > List.length(xs) end)(n) = "over"
fn guardy(_, _) = "none"
fn main() do
  println("${compose_all([fn x -> x + 1 end, fn x -> x * 2 end])(5)}")
  println("${counter(100)}")
  println("${outer("z", 2)} ${outer(7, 1)}")
  println("${nest(1)(2)(3)(4)}")
  println("${List.map([1, 2], Some)} ${map(["a ", " b"], String.trim)} ${apply2(List.append, [1], 2)}")
  println("${guardy(1, [1, 2])} ${guardy(5, [1, 2])} ${guardy(0, [1, 2])}")
  let p = P { b: "x" <> "y", a: 1 + 1 }
  println("${p.a} ${p.b}")
  let (x, (y, _)) = (1, (2, 3))
  println("${x + y}")
  let v = if false do 1 end
  println("${v}")
  let k = do_nothing(fn -> return_early(3) end)
  println("${k}")
end
fn do_nothing(f) = f()
fn return_early(n) do
  if n > 2 do
    return "early"
  end
  "late"
end
"""

FUNCTIONS_OUTPUT = """\
12
[212, 121, 111, 322]
[z, z, z, z] [7, 7, 7]
3
[Some(1), Some(2)] [a, b] [1, 2]
in over none
2 xy
3
()
early
"""

LOOPS = """
fn loop1(n :: Int, acc :: Int) -> Int do
  case n do
    0 -> acc
    k when k % 2 == 0 -> loop1(k - 1, acc + 1)
    k -> do
      let z = acc + 2
      if z > 0 do
        return loop1(k - 1, z)
      end
      loop1(k - 1, z)
    end
  end
end
fn walk(n :: Int) do
  if n > 0 do
    walk(n - 1)
  end
end
fn allpos(xs, i) do
  i == 300 or xs and allpos(xs, i + 1)
end
fn pipes(n, acc) do
  if n == 0 do
    acc
  else
    n - 1 |> pipes(acc + 1)
  end
end
fn swap(a, b, 0) = (a, b)
fn swap(a, b, n) = swap(b, a, n - 1)
fn main() do
  println("${loop1(300, 0)}")
  walk(300)
  println("${allpos(true, 0)} ${pipes(200, 0)} ${swap(1, 2, 201)}")
  let m = %{"a" => 1, "b" => 2, "a" => 3}
  for {k, v} in m do println("${k}${v}") end
  for k in m do println(k) end
  let r = 2..5
  println("${for i in r do i * i end} ${r}")
  let s = Set.add(Set.add(Set.new(), 3), 1)
  println("${for x in s do x end}")
  println("${for {a, b} in [(1, 2), (3, 4)] when a > 1 do a * b end}")
  println("${for i in 5..2 do i end} ${m["a"]}")
  let w = while false do 1 end
  println("${w}")
end
"""

LOOPS_OUTPUT = """\
450
true 200 (2, 1)
a3
b2
a
b
[4, 9, 16] 2..5
[3, 1]
[12]
[] 3
()
"""

HIDDEN_PARAMETER = """
fn outer<T>(x :: T, n :: Int) -> (T, Int) do
  fn id<T>(y :: T) -> T do
    y
  end
  fn keep<T>(y :: T) -> (T, Int) do
    (y, n)
  end
  let (a, _) = keep("s")
  (id(x), id(n) + String.length(a))
end
fn main() do
  println("${outer("z", 2)}")
end
"""

HIDDEN_PARAMETER_OUTPUT = """\
(z, 3)
"""


@pytest.mark.parametrize(
    ("source", "output"),
    [
        pytest.param(PATTERNS, PATTERNS_OUTPUT, id="patterns"),
        pytest.param(FUNCTIONS, FUNCTIONS_OUTPUT, id="functions"),
        pytest.param(LOOPS, LOOPS_OUTPUT, id="loops"),
        pytest.param(HIDDEN_PARAMETER, HIDDEN_PARAMETER_OUTPUT, id="hidden parameter"),
    ],
)
def test_programs_do_what_they_say(source: str, output: str) -> None:
    assert run(source) == output


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "None",
        "Err([])",
        "fn x -> x end",
        "main()",
        "do\n  ([], None, %{})\nend",
        "do return None end",
        'do panic("x") end',
    ],
)
def test_main_may_have_any_result(body: str) -> None:
    made, _ = lowered(f"fn main() {body if body.startswith('do') else '= ' + body}\n")
    Monomorphise().run(made, PassCtx())
    assert verify(made) == []
    assert made.entry is not None
    assert made.functions[made.entry].result == UNIT


def test_an_unmatched_call_panics_at_its_function() -> None:
    source = 'fn pick(1) = "one"\nfn pick(2) = "two"\nfn main() do\n  println(pick(3))\nend\n'
    assert lowered(source)[1] == ["E0012"]
    with pytest.raises(Panicked) as panic:
        run(source)
    assert panic.value.args == ("non-exhaustive match", 1)


def test_calls_over_several_lines_are_placed_at_the_name() -> None:
    source = 'fn f(n :: Int) -> Int = n\nfn main() do\n  let x = 1\n    |> f\n    |> f()\n  println("${x}")\nend\n'
    module, _ = lowered(source)
    calls = [i for b in module.functions["Main.main"].blocks for i in b.instrs if isinstance(i, ir.Call)]
    assert [c.loc.line for c in calls if c.callee == "Main.f"] == [4, 5]
