"""How long `snowc check` takes: on one long program, and on a project of many modules, cold and after edits.

    python benchmarks/check/run.py [--modules N] [--lines N] [--runs N] [--json FILE]

`program` is a first check of one generated file of half the lines. The others are of the project: `cold` the
first check with an empty cache, `unchanged` one right after it; `leaf` follows an edit of a module that only
main.snow imports, `base` one of a module that most others depend on, each of a function's body and of its type;
`base struct` changes a type that every module can meet. Every check is a fresh process. `wall` is the time of
the whole process, `cpu` what it computed, which a busy machine changes less; `stages` are the compiler's own
times of the last cold check.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import runpy
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from generate import generate, path_of

ROOT = Path(__file__).resolve().parents[2]
SNOWC = [sys.executable, "-c", "from snowc.cli.main import main; main()"]

Times = list[tuple[float, float]]
"""Seconds on the clock and seconds computed, of each run."""


class Checker:
    """Runs `snowc check` on one program."""

    def __init__(self, program: Path, cache: Path) -> None:
        self.program = program
        self.cache = cache
        paths = os.pathsep.join([str(ROOT), str(ROOT / "runtime")])
        self.environ = {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": paths}
        # As installed: modules of the compiler are compiled once.
        self.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        self.stages: dict[str, float] = {}

    def check(self) -> tuple[float, float]:
        """The times of one check; keeps those of its stages."""
        command = [*SNOWC, "check", str(self.program), "--timings", "--json"]
        start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False)
        elapsed, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode != 0:
            sys.exit(f"the generated program was refused:\n{(done.stderr or done.stdout)[:2000]}")
        self.stages = json.loads(done.stderr.splitlines()[-1])["timings"]
        return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def cold(self) -> tuple[float, float]:
        shutil.rmtree(self.cache, ignore_errors=True)
        return self.check()


def body(text: str, run: int) -> str:
    """A function does something else."""
    return text.replace('"renamed', f'"renamed{run}', 1)


def signature(text: str, run: int) -> str:
    """There is another function, which no other module mentions."""
    return f"{text}\npub fn edit{run}(n :: Int) -> Int = n + {run}\n"


def struct(text: str, run: int) -> str:
    """A struct that travels through the project gets another field."""
    field = f"extra{run}"
    text = text.replace("  tags :: List<String>\n", f"  tags :: List<String>\n  {field} :: Int\n", 1)
    return text.replace("tags: ", f"{field}: {run}, tags: ")


EDITS: dict[str, tuple[int, Callable[[str, int], str]]] = {
    "leaf body": (-1, body),
    "leaf type": (-1, signature),
    "base body": (0, body),
    "base type": (0, signature),
    "base struct": (0, struct),
}


def measure(project: Checker, program: Checker, modules: int, runs: int) -> tuple[dict[str, Times], dict[str, float]]:
    """Times of each kind of check, and the stages of the last cold one."""
    project.check()  # compiles the compiler
    times: dict[str, Times] = {"program": [program.cold() for _ in range(runs)]}
    times["cold"] = [project.cold() for _ in range(runs)]
    stages = project.stages
    times["unchanged"] = [project.check() for _ in range(runs)]
    for name, (number, edit) in EDITS.items():
        times[name] = []
        path = project.program / path_of(number % modules)
        for run in range(runs):
            path.write_text(edit(path.read_text(), run))
            times[name].append(project.check())
    return times, stages


def report(times: dict[str, Times], stages: dict[str, float], lines: dict[str, int]) -> dict[str, dict[str, float]]:
    """Print a table; gives its numbers."""
    rows = {}
    print(f"{'check':12} {'wall':>9} {'least':>9} {'cpu':>9} {'lines/s':>9}")
    for name, values in times.items():
        wall, cpu = (statistics.median(column) for column in zip(*values, strict=True))
        speed = lines.get(name, lines["project"]) / wall
        rows[name] = {
            "wall_ms": round(wall * 1000, 1),
            "cpu_ms": round(cpu * 1000, 1),
            "lines_per_second": round(speed),
        }
        least = min(values)[0]
        print(f"{name:12} {wall * 1000:6.0f} ms {least * 1000:6.0f} ms {cpu * 1000:6.0f} ms {speed:9,.0f}")
    print("stages: " + ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in stages.items()))
    return rows


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Speed of `snowc check`.")
    parser.add_argument("--modules", type=int, default=200)
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    one_file = runpy.run_path(str(ROOT / "benchmarks" / "compile" / "generate.py"))["generate"]
    with tempfile.TemporaryDirectory(prefix="snow-bench-") as folder:
        project, program = Path(folder) / "project", Path(folder) / "program.snow"
        program.write_text(one_file(options.lines // 2))
        lines = {"project": generate(project, options.modules, options.lines)}
        lines["program"] = program.read_text().count("\n")
        print(f"{options.modules} modules, {lines['project']} lines, {options.runs} runs")
        checkers = Checker(project, Path(folder) / "cache"), Checker(program, Path(folder) / "other")
        times, stages = measure(*checkers, options.modules, options.runs)
        rows = report(times, stages, lines)
    if options.json:
        facts = {"benchmark": "check", "python": platform.python_version(), "machine": platform.machine()}
        facts |= {"modules": str(options.modules), "lines": str(lines["project"])}
        options.json.write_text(json.dumps({**facts, "results": rows, "stages": stages}, indent=2) + "\n")


if __name__ == "__main__":
    main()
