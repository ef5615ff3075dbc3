"""Writes a Snow program of a wished length, for measuring the compiler.

The program is made of units that differ in names and constants: structs, sum types, matches, recursion,
generics, closures, lists and strings. Everything is reached from `main`, so that nothing is dropped.
"""

from __future__ import annotations

UNIT = """\
struct Point{n} do
  x :: Int
  y :: Int
end

type Shape{n} do
  Dot{n}
  Box{n}(Point{n}, Int, Int)
  Line{n}(Point{n}, Point{n})
end

fn distance{n}(a :: Point{n}, b :: Point{n}) -> Int do
  let dx = b.x - a.x
  let dy = b.y - a.y
  dx * dx + dy * dy
end

# The area of one shape.
fn area{n}(shape :: Shape{n}) -> Int do
  case shape do
    Dot{n} -> 0
    Box{n}(_, w, h) when w == h -> w * w + {n}
    Box{n}(_, w, h) -> w * h
    Line{n}(a, b) -> distance{n}(a, b)
  end
end

fn describe{n}(shape :: Shape{n}) -> String do
  case shape do
    Dot{n} -> "dot"
    Box{n}(corner, w, h) -> "box of ${{w}} by ${{h}} at ${{corner.x}}"
    Line{n}(_, _) -> "line"
  end
end

fn collatz{n}(value, steps) do
  if value == 1 do
    steps
  else if value % 2 == 0 do
    collatz{n}(value / 2, steps + 1)
  else
    collatz{n}(3 * value + 1, steps + 1)
  end
end

fn swap{n}<A, B>(pair :: Tuple<A, B>) -> Tuple<B, A> do
  let (a, b) = pair
  (b, a)
end

fn apply{n}(f :: Fun(Int) -> Int, times, value) do
  if times == 0 do
    value
  else
    apply{n}(f, times - 1, f(value))
  end
end

fn find{n}(xs :: List<Int>, wanted :: Int) -> Option<Int> do
  case xs do
    [] -> None
    x :: rest ->
      if x > wanted do
        Some(x)
      else
        find{n}(rest, wanted)
      end
  end
end

fn unit{n}(seed :: Int) -> Int do
  let origin = Point{n} {{ x: seed, y: {n} }}
  let shapes = [Dot{n}, Box{n}(origin, seed, {n}), Line{n}(origin, Point{n} {{ x: 1, y: 2 }})]
  let total = shapes |> map(area{n}) |> reduce(0, fn sum, a -> sum + a end)
  let scale = seed + {n}
  let scaled = apply{n}(fn v -> v * scale + 1 end, 3, total)
  let (first, second) = swap{n}((scaled, "unit {n}"))
  let text = shapes |> map(describe{n}) |> String.join(", ")
  let found = case find{n}([1, seed, scale, {n}], 2) do
    Some(x) -> x
    None -> 0 - 1
  end
  if String.length(first) + String.length(text) > 1000 do
    println("${{first}}: ${{text}}")
  end
  second + found + collatz{n}(27 + {n}, 0)
end

"""

UNIT_LINES = UNIT.count("\n")


def generate(lines: int) -> str:
    """A program of about `lines` lines."""
    count = max(1, lines // (UNIT_LINES + 1))
    units = "".join(UNIT.format(n=n) for n in range(count))
    calls = "".join(f"  let s{n + 1} = s{n} + unit{n}({n % 7})\n" for n in range(count))
    return f'{units}fn main() do\n  let s0 = 0\n{calls}  println("${{s{count}}}")\nend\n'
