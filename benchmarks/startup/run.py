"""How long `snowc run` takes to start, cold and warm, beside `python -c pass`.

    python benchmarks/startup/run.py [--runs N] [--json FILE] [PROGRAM]

The three alternate, so that a busy machine slows all of them alike; read the ratios and the differences
to python's own start. Cold means an empty cache of programs with the core already built, warm means
that the program was run before. The medians are of wall-clock time of the whole process.
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
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SNOWC = [sys.executable, "-c", "from snowc.cli.main import main; main()"]


def timed(command: list[str], environ: Mapping[str, str]) -> float:
    """Milliseconds of one run; a failing command ends the benchmark with what it said."""
    start = time.perf_counter()
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    elapsed = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stderr}")
    return elapsed * 1000


def forget_programs(cache: Path) -> None:
    """Empty the cache of compiled programs; the compiled core stays."""
    for path in (cache / "snow").glob("*"):
        if path.is_file():
            path.unlink()


def measure(program: str, runs: int, cache: Path) -> dict[str, list[float]]:
    """Alternating times of the three starts."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "runtime")])
    environ = {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": paths}
    run = [*SNOWC, "run", program]
    timed(run, environ)
    times: dict[str, list[float]] = {"python": [], "cold": [], "warm": []}
    for _ in range(runs):
        times["python"].append(timed([sys.executable, "-c", "pass"], environ))
        forget_programs(cache)
        times["cold"].append(timed(run, environ))
        times["warm"].append(timed(run, environ))
    return times


def report(times: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Print a table; gives its numbers."""
    base = statistics.median(times["python"])
    rows = {}
    print(f"{'start':8} {'median':>9} {'least':>9} {'over python':>12} {'ratio':>7}")
    for name, values in times.items():
        median = statistics.median(values)
        row = {"median_ms": median, "min_ms": min(values), "over_python_ms": median - base, "ratio": median / base}
        rows[name] = {key: round(value, 2) for key, value in row.items()}
        print(f"{name:8} {median:6.1f} ms {min(values):6.1f} ms {median - base:9.1f} ms {median / base:6.1f}x")
    return rows


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Start-up time of `snowc run`.")
    parser.add_argument("program", nargs="?", default=str(ROOT / "examples" / "hello.snow"))
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="snow-bench-") as folder:
        rows = report(measure(options.program, options.runs, Path(folder)))
    if options.json:
        facts = {"benchmark": "startup", "python": platform.python_version(), "machine": platform.machine()}
        options.json.write_text(json.dumps({**facts, "runs": options.runs, "results": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
