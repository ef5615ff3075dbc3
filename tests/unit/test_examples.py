"""Every program in `examples/` runs and prints exactly what is written here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
SNOWC = (sys.executable, "-c", "from snowc.cli.main import main; main()")

SERVERS = ("echo", "wss_echo", "ticker")
"""Tested in tests/services, with clients."""

HELLO = "Hello from Snow!\n"

TEMPERATURES = """\
  -40 °C   -40.0 °F  frost
  -30 °C   -22.0 °F  frost
  -20 °C    -4.0 °F  frost
  -10 °C    14.0 °F  frost
    0 °C    32.0 °F  water freezes
   10 °C    50.0 °F  cool
   20 °C    68.0 °F  warm
   30 °C    86.0 °F  warm
   40 °C   104.0 °F  hot
   50 °C   122.0 °F  hot
   60 °C   140.0 °F  hot
   70 °C   158.0 °F  hot
   80 °C   176.0 °F  hot
   90 °C   194.0 °F  hot
  100 °C   212.0 °F  water boils
"""

SHAPES = """\
circle of radius 1.5: area 7.07, perimeter 9.42
square of side 2: area 4.00, perimeter 8.00
rectangle of 4 by 2.5: area 10.00, perimeter 13.00
triangle: area 6.00, perimeter 12.00
total area: 27.07
larger than 5: circle of radius 1.5, rectangle of 4 by 2.5, triangle
a moved triangle keeps its area: true
"""

CALCULATOR = """\
1 + 2 * 3 = 7
(1 + 2) * 3 = 9
10 - 4 - 3 = 3
-(2.5 * 4) / 8 = -1.25
1 / (3 - 3): cannot divide by zero
2 * (3 + 4: a `)` is missing
7 8: unexpected the number 8
4 + : something is missing at the end
1.2.3: `1.2.3` is not a number
6 & 7: unexpected `&`
"""

# Ties keep the order of the text: `b` was met before `é`.
TEXT = "b a é\n\n  a b\tc é a\r\nlast line, no end"
WORDS = """\
{path}: 4 lines, 12 words, 37 characters
8 different words, the most frequent:
3\ta
2\tb
2\té
1\tc
1\tlast
1\tline,
1\tno
1\tend
"""


def snowc(*args: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}"}
    return subprocess.run([*SNOWC, *args], capture_output=True, text=True, timeout=300, env=env, cwd=cwd)


def run(name: str, *args: str) -> tuple[int, str, str]:
    result = snowc("run", f"examples/{name}.snow", *(("--", *args) if args else ()))
    return result.returncode, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("name", "output"),
    [("hello", HELLO), ("temperatures", TEMPERATURES), ("shapes", SHAPES), ("calculator", CALCULATOR)],
)
def test_example_prints(name: str, output: str) -> None:
    assert run(name) == (0, output, "")


def test_calculator_takes_arguments() -> None:
    output = "2 * (3 + 4) = 14\n1 / 0: cannot divide by zero\n"
    assert run("calculator", "2 * (3 + 4)", "1 / 0") == (0, output, "")


def test_wordcount_counts_a_file(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(TEXT.encode())
    assert run("wordcount", str(path)) == (0, WORDS.format(path=path), "")


def test_wordcount_of_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.txt"
    path.touch()
    output = f"{path}: 0 lines, 0 words, 0 characters\n0 different words, the most frequent:\n"
    assert run("wordcount", str(path)) == (0, output, "")


def test_wordcount_agrees_with_its_python_twin() -> None:
    twin = subprocess.run(
        [sys.executable, "benchmarks/programs/wordcount.py", "README.md"], capture_output=True, text=True, cwd=ROOT
    )
    assert run("wordcount", "README.md") == (0, twin.stdout, "")


def test_wordcount_of_a_missing_file() -> None:
    message = "wordcount: nowhere.txt: No such file or directory (os error 2)\n"
    assert run("wordcount", "nowhere.txt") == (1, "", message)


def test_wordcount_without_a_file() -> None:
    assert run("wordcount") == (2, "", "usage: snowc run examples/wordcount.snow -- FILE\n")


def test_every_example_is_tested_here() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.snow")} == {
        "hello",
        "temperatures",
        "shapes",
        "calculator",
        "wordcount",
        *SERVERS,
    }


@pytest.mark.full
@pytest.mark.parametrize("name", ["hello", "temperatures", "shapes", "calculator"])
def test_the_built_example_prints_the_same(name: str, tmp_path: Path) -> None:
    out = tmp_path / name
    built = snowc("build", f"examples/{name}.snow", "-o", str(out))
    assert (built.returncode, built.stdout) == (0, ""), built.stderr
    outputs = {"hello": HELLO, "temperatures": TEMPERATURES, "shapes": SHAPES, "calculator": CALCULATOR}
    alone = subprocess.run([str(out)], capture_output=True, text=True, env={}, cwd="/", timeout=60)
    assert (alone.returncode, alone.stdout, alone.stderr) == (0, outputs[name], "")


@pytest.mark.full
def test_the_built_wordcount_counts_the_same(tmp_path: Path) -> None:
    out = tmp_path / "wordcount"
    assert snowc("build", "examples/wordcount.snow", "-o", str(out)).returncode == 0
    alone = subprocess.run([str(out), "README.md"], capture_output=True, text=True, env={}, cwd=ROOT, timeout=60)
    assert (alone.returncode, alone.stdout, alone.stderr) == run("wordcount", "README.md")
