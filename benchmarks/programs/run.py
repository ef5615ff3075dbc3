"""How fast Snow programs run, beside the same programs in other languages.

    python benchmarks/programs/run.py [--runs N] [--languages snow,c,node,python] [--json FILE] [NAME …]

NAME.snow is compared with NAME.c (gcc -O2), NAME.js (node) and NAME.py where these and their tools are
there. All must print the same. The languages of a program alternate, so that a busy machine slows all of
them alike; read the ratios. Times are the least processor seconds of a run, start included.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SNOWC = [sys.executable, "-c", "from snowc.cli.main import main; main()"]
BASE = "c"


def _checked(command: list[str], environ: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stderr or done.stdout}")


def snow(name: str, folder: Path) -> list[str] | None:
    """Build with the compiler of this source tree."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "runtime")])
    out = folder / f"{name}.snow"
    _checked([*SNOWC, "build", str(HERE / f"{name}.snow"), "-O", "2", "-o", str(out.with_suffix(""))],
             {**os.environ, "PYTHONPATH": paths})  # fmt: skip
    return [str(out.with_suffix(""))]


def c(name: str, folder: Path) -> list[str] | None:
    source, compiler = HERE / f"{name}.c", shutil.which("gcc")
    if compiler is None or not source.exists():
        return None
    out = folder / f"{name}.c.out"
    _checked([compiler, "-O2", "-o", str(out), str(source), "-lm"])
    return [str(out)]


def node(name: str, folder: Path) -> list[str] | None:
    source, program = HERE / f"{name}.js", shutil.which("node")
    return [program, str(source)] if program is not None and source.exists() else None


def python(name: str, folder: Path) -> list[str] | None:
    source = HERE / f"{name}.py"
    return [sys.executable, str(source)] if source.exists() else None


LANGUAGES: dict[str, Callable[[str, Path], list[str] | None]] = {"snow": snow, "c": c, "node": node, "python": python}


def timed(command: list[str]) -> tuple[float, str]:
    """Processor seconds of one run, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def measure(name: str, languages: list[str], runs: int, folder: Path) -> dict[str, float]:
    """The best time of one program in each language that has it."""
    made = {language: LANGUAGES[language](name, folder) for language in languages}
    commands = {language: command for language, command in made.items() if command is not None}
    best = dict.fromkeys(commands, float("inf"))
    outputs: dict[str, str] = {}
    for _ in range(runs):
        for language, command in commands.items():
            seconds, outputs[language] = timed(command)
            best[language] = min(best[language], seconds)
    # Languages print floats with different numbers of digits; the first of them tell programs apart.
    if len({" ".join(word[:10] for word in text.split()) for text in outputs.values()}) > 1:
        sys.exit(f"{name} prints different things: {outputs}")
    return best


def report(name: str, best: dict[str, float], languages: list[str]) -> dict[str, float]:
    """Print one row; gives the ratios to C."""
    base = best.get(BASE)
    ratios = {k: round(v / base, 2) for k, v in best.items()} if base else {}
    cells = [f"{best[k]:7.2f} s {ratios.get(k, float('nan')):6.2f}x" if k in best else f"{'-':>17}" for k in languages]
    print(f"{name:14} " + " ".join(cells), flush=True)
    return ratios


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Speed of compiled programs.")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--languages", default="snow,c,node", help="comma-separated; python is slow, so not by default")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    languages = options.languages.split(",")
    names = options.names or sorted(p.stem for p in HERE.glob("*.snow"))
    print(f"{'program':14} " + " ".join(f"{k:>17}" for k in languages))
    results = {}
    with tempfile.TemporaryDirectory(prefix="snow-bench-") as folder:
        for name in names:
            best = measure(name, languages, options.runs, Path(folder))
            results[name] = {"seconds": best, "ratios": report(name, best, languages)}
    if options.json:
        facts = {"benchmark": "programs", "machine": platform.machine(), "runs": options.runs, "base": BASE}
        options.json.write_text(json.dumps({**facts, "results": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
