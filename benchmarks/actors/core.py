"""What processes cost in the C core: best of several runs, per number of workers.

    python benchmarks/actors/core.py [--runs N] [--scale X] [--json FILE]

Compiles core.c beside this file against the core of this tree and runs it with one worker and with two.
The numbers are nanoseconds per operation (bytes where the name says so); the smallest of the runs is
kept, because everything else on the machine can only add to them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "runtime"))

from snowrt import build_core, load, paths  # noqa: E402

WORKERS = (1, 2)


def build(folder: Path) -> str:
    """The benchmark as an executable."""
    command = build_core.compiler()
    if command is None:
        sys.exit("skipped: there is no C compiler")
    result = str(folder / "core")
    flags = ["-std=c11", "-O2", "-D_GNU_SOURCE", "-I", paths.core_sources()]
    # The library has an entry point of its own for programs; the first definition wins.
    inputs = [str(HERE / "core.c"), load.static_library(), *build_core.SYSTEM_LIBRARIES]
    subprocess.run([*command, *flags, "-o", result, *inputs], check=True)
    return result


def measure(program: str, workers: int, scale: float, runs: int) -> dict[str, float]:
    environment = {**os.environ, "SNOW_SCHEDULERS": str(workers)}
    best: dict[str, float] = {}
    for _ in range(runs):
        done = subprocess.run([program, str(scale)], capture_output=True, text=True, env=environment, check=True)
        for name, value in json.loads(done.stdout).items():
            best[name] = min(value, best.get(name, value))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--json", metavar="FILE", help="write the results here too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        results = {str(n): measure(program, n, options.scale, options.runs) for n in WORKERS}
    print(f"{'':34}" + "".join(f"{n + ' worker(s)':>14}" for n in results))
    for name in results["1"]:
        print(f"{name:34}" + "".join(f"{column[name]:14.1f}" for column in results.values()))
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
