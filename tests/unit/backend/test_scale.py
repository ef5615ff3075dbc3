"""Large programs compile in time and memory that grow with their size, not faster.

Each shape is compiled at two sizes, the larger one four times the smaller. Processor time of the larger may be
at most ten times that of the smaller: linear work takes about four times, quadratic work sixteen.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from snowc.backend.native import compile_object
from snowc.options import Options
from snowc.session import Session


def constant_list(n: int) -> str:
    return f'fn main() do\n  let xs = [{", ".join(map(str, range(n)))}]\n  println("${{List.length(xs)}}")\nend\n'


def computed_list(n: int) -> str:
    items = ", ".join(f"f({i})" for i in range(n))
    return f'fn f(x :: Int) -> Int do x + 1 end\nfn main() do\n  let xs = [{items}]\n  println("${{xs}}")\nend\n'


def long_function(n: int) -> str:
    steps = "".join(
        f'  let x{i + 1} = step(x{i}, "v{i}")\n' if i % 5 == 0 else f"  let x{i + 1} = x{i} * {i % 9 + 1} + {i}\n"
        for i in range(n)
    )
    step = "fn step(a :: Int, s :: String) -> Int do\n  a + String.length(s)\nend\n\n"
    return f'{step}fn main() do\n  let x0 = 1\n{steps}  println("${{x{n}}}")\nend\n'


def mutual_recursion(n: int) -> str:
    functions = "".join(
        f"fn f{i}(k :: Int) -> Int do\n  if k == 0 do\n    {i}\n  else\n"
        f"    1 + f{(i * 7 + 1) % n}(k - 1) + f{(i * 13 + 5) % n}(k / 2)\n  end\nend\n\n"
        for i in range(n)
    )
    return functions + 'fn main() do\n  println("${f0(12)}")\nend\n'


def giant_match(n: int) -> str:
    arms = "".join(f'    "k{i}" -> {i}\n' for i in range(n))
    function = f"fn f(s :: String) -> Int do\n  case s do\n{arms}    _ -> 0 - 1\n  end\nend\n\n"
    return function + 'fn main() do\n  println("${f("k1")}")\nend\n'


def many_variants(n: int) -> str:
    variants = "".join(f"  V{i}(Int)\n" for i in range(n))
    arms = "".join(f"    V{i}(x) -> x + {i}\n" for i in range(n))
    function = f"fn f(t :: T) -> Int do\n  case t do\n{arms}  end\nend\n\n"
    return f'type T do\n{variants}end\n\n{function}fn main() do\n  println("${{f(V0(1))}}")\nend\n'


SHAPES: dict[str, tuple[Callable[[int], str], int, int]] = {
    "constant list": (constant_list, 4_000, 100_000),
    "computed list": (computed_list, 400, 10_000),
    "long function": (long_function, 400, 5_000),
    "mutual recursion": (mutual_recursion, 60, 1_000),
    "giant match": (giant_match, 200, 10_000),
    "many variants": (many_variants, 200, 5_000),
}
"""Each with the smaller size of a quick test, and the size of the whole one."""


def _seconds(source: str, folder: Path) -> float:
    """Processor time from source to object code, as `run` compiles."""
    path = folder / "main.snow"
    path.write_text(source)
    start = time.process_time()
    text = Session(Options(opt_level=1)).llvm_text(path)
    assert text is not None
    compile_object(text, 1, quick=True)
    return time.process_time() - start


@pytest.mark.parametrize("shape", SHAPES)
def test_work_grows_with_the_program(shape: str, tmp_path: Path) -> None:
    make, size, _ = SHAPES[shape]
    fixed = min(_seconds(make(1), tmp_path) for _ in range(2))
    small = max(_seconds(make(size), tmp_path) - fixed, 0.02)
    large = _seconds(make(4 * size), tmp_path) - fixed
    assert large < 10 * small + 0.1, (fixed, small, large)


@pytest.mark.full
@pytest.mark.parametrize("shape", SHAPES)
def test_very_large_programs_compile(shape: str, tmp_path: Path) -> None:
    make, _, size = SHAPES[shape]
    assert _seconds(make(size), tmp_path) < 60
