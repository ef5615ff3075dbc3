"""How long `snowc check` takes on a project of many modules, cold and after an edit.

    python benchmarks/check/run.py [--modules N] [--lines N] [--runs N] [--json FILE]

`cold` is the first check with an empty cache. `unchanged` is a check right after it. `leaf edited` follows a
change to a module that only main.snow imports, `base edited` one to a module that most others depend on. Every
check is a fresh process; the medians are of wall-clock time of the whole process, `stages` are the compiler's
own times of the last cold check.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from generate import generate, path_of

ROOT = Path(__file__).resolve().parents[2]
SNOWC = [sys.executable, "-c", "from snowc.cli.main import main; main()"]


class Checker:
    """Runs `snowc check` on one project."""

    def __init__(self, project: Path, cache: Path) -> None:
        self.project = project
        self.cache = cache
        paths = os.pathsep.join([str(ROOT), str(ROOT / "runtime")])
        self.environ = {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": paths}
        self.stages: dict[str, float] = {}

    def check(self) -> float:
        """Seconds of one check; keeps the times of its stages."""
        command = [*SNOWC, "check", str(self.project), "--timings", "--json"]
        start = time.perf_counter()
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False)
        elapsed = time.perf_counter() - start
        if done.returncode != 0:
            sys.exit(f"the generated project was refused:\n{(done.stderr or done.stdout)[:2000]}")
        self.stages = json.loads(done.stderr.splitlines()[-1])["timings"]
        return elapsed

    def cold(self) -> float:
        shutil.rmtree(self.cache, ignore_errors=True)
        return self.check()

    def edited(self, number: int, edit: int) -> float:
        """A check after a change of one function in one module."""
        path = self.project / path_of(number)
        path.write_text(path.read_text() + f"\npub fn edit{edit}(n :: Int) -> Int = n + {edit}\n")
        return self.check()


def measure(checker: Checker, modules: int, runs: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Times of each kind of check, and the stages of the last cold one."""
    times: dict[str, list[float]] = {"cold": [], "unchanged": [], "leaf edited": [], "base edited": []}
    for _ in range(runs):
        times["cold"].append(checker.cold())
    stages = checker.stages
    for run in range(runs):
        times["unchanged"].append(checker.check())
        times["leaf edited"].append(checker.edited(modules - 1, run))
        times["base edited"].append(checker.edited(0, run))
    return times, stages


def report(times: dict[str, list[float]], stages: dict[str, float], lines: int) -> dict[str, dict[str, float]]:
    """Print a table; gives its numbers."""
    rows = {}
    print(f"{'check':14} {'median':>10} {'least':>10} {'lines/s':>10}")
    for name, values in times.items():
        median = statistics.median(values)
        rows[name] = {"ms": round(median * 1000, 1), "lines_per_second": round(lines / median)}
        print(f"{name:14} {median * 1000:7.0f} ms {min(values) * 1000:7.0f} ms {lines / median:10,.0f}")
    print("stages: " + ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in stages.items()))
    return rows


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Speed of `snowc check` on a project.")
    parser.add_argument("--modules", type=int, default=200)
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="snow-bench-") as folder:
        project = Path(folder) / "project"
        lines = generate(project, options.modules, options.lines)
        print(f"{options.modules} modules, {lines} lines, {options.runs} runs")
        times, stages = measure(Checker(project, Path(folder) / "cache"), options.modules, options.runs)
        rows = report(times, stages, lines)
    if options.json:
        facts = {"benchmark": "check", "python": platform.python_version(), "machine": platform.machine()}
        facts |= {"modules": str(options.modules), "lines": str(lines)}
        options.json.write_text(json.dumps({**facts, "results": rows, "stages": stages}, indent=2) + "\n")


if __name__ == "__main__":
    main()
