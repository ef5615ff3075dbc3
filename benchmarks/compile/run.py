"""How fast each stage of the compiler is, on a generated program.

    python benchmarks/compile/run.py [--lines N] [--runs N] [--level N | --quick] [--json FILE]

Every run is a fresh process with an empty cache of programs. A stage's figure is the median of its
times over the runs, as `--timings` prints them, and the source lines per second that follow from it.
With `--quick` the program is compiled as `snowc run` does it, and run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from generate import generate

ROOT = Path(__file__).resolve().parents[2]
SNOWC = [sys.executable, "-c", "from snowc.cli.main import main; main()"]
TOTAL = "whole process"


def compiled(source: Path, level: int | None, environ: dict[str, str]) -> dict[str, float]:
    """Seconds of each stage of one build, or of one run where there is no level, and of the whole process."""
    how = ["run", str(source)] if level is None else ["build", str(source), "-O", str(level)]
    command = [*SNOWC, *how, "--timings", "--json"]
    start = time.perf_counter()
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    elapsed = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"the generated program was refused:\n{done.stderr or done.stdout}")
    for line in done.stderr.splitlines():
        if line.startswith("{") and "timings" in line:
            stages: dict[str, float] = json.loads(line)["timings"]
            return {**stages, TOTAL: elapsed}
    sys.exit("`--timings --json` printed no timings")


def forget_programs(cache: Path) -> None:
    """Empty the cache of compiled programs; the compiled core stays."""
    for path in (cache / "snow").glob("*"):
        if path.is_file():
            path.unlink()


def measure(source: Path, level: int | None, runs: int, cache: Path) -> dict[str, float]:
    """The median of each stage."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "runtime")])
    environ = {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": paths}
    taken = []
    for _ in range(runs + 1):
        forget_programs(cache)
        taken.append(compiled(source, level, environ))
    return {stage: statistics.median(run[stage] for run in taken[1:]) for stage in taken[0]}


def report(seconds: dict[str, float], lines: int) -> dict[str, dict[str, float]]:
    """Print a table; gives its numbers."""
    rows = {}
    print(f"{'stage':24} {'time':>10} {'lines/s':>12}")
    for stage, taken in seconds.items():
        speed = lines / taken if taken > 0 else float("inf")
        rows[stage] = {"ms": round(taken * 1000, 2), "lines_per_second": round(speed)}
        print(f"{stage:24} {taken * 1000:7.1f} ms {speed:12,.0f}")
    return rows


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Speed of the compiler, stage by stage.")
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--level", type=int, default=2, help="optimisation level")
    parser.add_argument("--quick", action="store_true", help="compile as `snowc run` does")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="snow-bench-") as folder:
        source = Path(folder) / "generated.snow"
        source.write_text(generate(options.lines))
        lines = source.read_text().count("\n")
        level = None if options.quick else options.level
        how = "as `snowc run`" if level is None else f"-O{level}"
        print(f"{lines} lines, {how}, {options.runs} runs")
        rows = report(measure(source, level, options.runs, Path(folder) / "cache"), lines)
    if options.json:
        facts = {"benchmark": "compile", "python": platform.python_version(), "machine": platform.machine()}
        options.json.write_text(json.dumps({**facts, "lines": lines, "level": level, "results": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
