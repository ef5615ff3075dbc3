"""What processes cost in Snow programs, beside the same programs in Erlang and Go.

    python benchmarks/actors/run.py [--runs N] [--scale X] [--quick] [--only ping_pong,ring] [--json FILE]

Every program lies beside this file once per language (`ring.snow`, `ring.erl`, `ring.go`), takes how many
operations it is to do, and prints the milliseconds they took. Each is measured with one worker and with as many
as the language takes by itself (one per core); all programs of a row run in turn, round after round, so that
a busy machine slows them alike. What is kept are medians of the time of the program's own clock and of the
processor time of the whole process, of which an idle run of the same program is taken off. Ratios are
Snow's time by the other's: below 1, Snow is ahead. Where processes stay alive, the memory of each counts too.
Languages whose compilers are not on PATH are named and left out.
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
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SNOWC = [sys.executable, "-c", "from snowc.cli.main import main; main()"]
SHAPES = {
    "spawn_exit": 1_000_000,
    "spawn_answer": 1_000_000,
    "ping_pong": 1_000_000,
    "ring": 1_000_000,
    "fan_in": 10_000_000,
    "idle": 1_000_000,
}
"""The programs, and how many operations a whole run does."""

BASE = "snow"
QUICK = 0.05
WORKERS = ("1", "default")


class Missing(Exception):
    """A language cannot be measured here; the text says why."""


class Wrong(Exception):
    """A program failed; the text says how."""


@dataclass(frozen=True)
class Run:
    """One run, or the medians of several: milliseconds and kilobytes."""

    wall_ms: float
    cpu_ms: float
    peak_kb: float


class Language:
    """How the programs of one language are built and started."""

    name = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.name
        self.folder.mkdir()

    def version(self) -> str:
        """The compiler and its version. Raises Missing."""
        raise NotImplementedError

    def build(self, shape: str) -> None:
        """Compile a program. Raises Wrong."""
        raise NotImplementedError

    def command(self, shape: str, workers: str) -> tuple[list[str], Mapping[str, str]]:
        """The command that runs a program but for its argument, and what it needs in the environment."""
        raise NotImplementedError


class Snow(Language):
    name = BASE

    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "runtime")])}

    def version(self) -> str:
        return _output([*SNOWC, "--version"], self.paths)

    def build(self, shape: str) -> None:
        _output([*SNOWC, "build", str(HERE / f"{shape}.snow"), "-o", str(self.folder / shape)], self.paths)

    def command(self, shape: str, workers: str) -> tuple[list[str], Mapping[str, str]]:
        return [str(self.folder / shape)], {} if workers == "default" else {"SNOW_SCHEDULERS": workers}


class Erlang(Language):
    name = "erlang"

    def version(self) -> str:
        _need("erl", "erlc")
        release = "io:put_chars(erlang:system_info(otp_release)), halt()."
        return "OTP " + _output(["erl", "-noinput", "-eval", release])

    def build(self, shape: str) -> None:
        _output(["erlc", "-o", str(self.folder), str(HERE / "measure.erl"), str(HERE / f"{shape}.erl")])

    def command(self, shape: str, workers: str) -> tuple[list[str], Mapping[str, str]]:
        limits = ["+P", "4000000", *([] if workers == "default" else ["+S", f"{workers}:{workers}"])]
        return ["erl", *limits, "-noinput", "-pa", str(self.folder), "-run", "measure", "main", shape], {}


class Go(Language):
    name = "go"

    def version(self) -> str:
        _need("go")
        return _output(["go", "version"]).removeprefix("go version ")

    def build(self, shape: str) -> None:
        sources = [str(HERE / "measure.go"), str(HERE / f"{shape}.go")]
        _output(["go", "build", "-o", str(self.folder / shape), *sources])

    def command(self, shape: str, workers: str) -> tuple[list[str], Mapping[str, str]]:
        return [str(self.folder / shape)], {} if workers == "default" else {"GOMAXPROCS": workers}


def _need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            raise Missing(f"`{program}` is not on PATH")


def _output(command: list[str], extra: Mapping[str, str] | None = None) -> str:
    """What a command prints; it must succeed."""
    environ = {**os.environ, **(extra or {})}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise Wrong(f"`{' '.join(command)}` ended with status {done.returncode}: {said}")
    return done.stdout.strip()


def _clean_environment() -> dict[str, str]:
    """Without what the variables of a shell would change in one of the languages."""
    return {name: value for name, value in os.environ.items() if name not in ("SNOW_SCHEDULERS", "GOMAXPROCS")}


def run_once(language: Language, shape: str, workers: str, n: int) -> Run:
    """One run of one program. Raises Wrong."""
    command, extra = language.command(shape, workers)
    command = [*command, str(n)]
    process = subprocess.Popen(command, env={**_clean_environment(), **extra}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    try:
        wall = float(printed)
    except ValueError:
        wall = -1.0
    if process.returncode != 0 or wall < 0:
        raise Wrong(f"`{' '.join(command)}` ended with status {process.returncode} and printed {printed!r}")
    return Run(wall, (used.ru_utime + used.ru_stime) * 1000, used.ru_maxrss)


def median(runs: list[Run]) -> Run:
    """The median of each figure."""
    rows = [list(asdict(run).values()) for run in runs]
    return Run(*(statistics.median(column) for column in zip(*rows, strict=True)))


def measure(languages: list[Language], shape: str, workers: str, n: int, runs: int) -> dict[str, Any]:
    """One row of the table: the figures per operation of each language, and Snow's ratios to them."""
    taken: dict[str, list[Run]] = {language.name: [] for language in languages}
    rest: dict[str, list[Run]] = {language.name: [] for language in languages}
    for turn in range(runs):
        for language in languages[turn % len(languages) :] + languages[: turn % len(languages)]:
            rest[language.name].append(run_once(language, shape, workers, 0))
            taken[language.name].append(run_once(language, shape, workers, n))
    row: dict[str, Any] = {}
    for name, found in taken.items():
        one, idle = median(found), median(rest[name])
        row[name] = {
            "wall_ns": round(one.wall_ms * 1e6 / n, 1),
            "cpu_ns": round(max(one.cpu_ms - idle.cpu_ms, 0) * 1e6 / n, 1),
            "bytes": round(max(one.peak_kb - idle.peak_kb, 0) * 1024 / n, 1),
            "wall_ms_of_runs": [run.wall_ms for run in found],
        }
    for name in taken:
        if name != BASE:
            row[name]["ratio"] = {key: _ratio(row[BASE][key], row[name][key]) for key in ("wall_ns", "cpu_ns", "bytes")}
    return row


def _ratio(ours: float, theirs: float) -> float | None:
    return round(ours / theirs, 3) if theirs > 0 else None


def available(folder: Path) -> tuple[list[Language], dict[str, str]]:
    """The languages that can be measured here, and their versions."""
    found: list[Language] = []
    versions: dict[str, str] = {}
    for language in (Snow(folder), Erlang(folder), Go(folder)):
        try:
            versions[language.name] = language.version()
        except (Missing, Wrong) as reason:
            print(f"left out: {language.name}: {reason}")
            continue
        found.append(language)
    return found, versions


def show_header(languages: list[Language]) -> None:
    names = [language.name for language in languages]
    times = "".join(f"{name + ' wall, cpu ns':>26}" for name in names)
    ratios = "".join(f"{BASE + ' / ' + name:>20}" for name in names if name != BASE)
    print(f"{'':14}{'workers':>8}{times}{ratios}")


def show(shape: str, workers: str, row: dict[str, Any]) -> None:
    """One line of the table; a second one for memory, where processes stay alive."""
    keys = [("wall_ns", "cpu_ns")]
    if shape == "idle":
        keys.append(("bytes", ""))
    for pair in keys:
        cells = ""
        for one in row.values():
            cells += "".join(f"{one[key]:13,.0f}" for key in pair if key) if pair[1] else f"{one['bytes']:24,.0f} B"
        for one in row.values():
            if "ratio" in one:
                cells += "".join(f"{_text(one['ratio'][key]):>10}" for key in pair if key)
        print(f"{shape:14}{workers:>8}{cells}", flush=True)


def _text(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def main() -> None:
    """Build everything, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="do this many times the operations")
    parser.add_argument("--quick", action="store_true", help=f"one run, with a scale of {QUICK}")
    parser.add_argument("--only", default="", help="names of programs, separated by commas")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results here too")
    options = parser.parse_args()
    runs, scale = (1, QUICK) if options.quick else (options.runs, options.scale)
    shapes = [name for name in options.only.split(",") if name] or list(SHAPES)
    unknown = [name for name in shapes if name not in SHAPES]
    if unknown:
        parser.error(f"there is no program {unknown[0]}; there are {', '.join(SHAPES)}")
    try:
        with tempfile.TemporaryDirectory(prefix="snow-actors-") as folder:
            results, versions = run_all(Path(folder), shapes, runs, scale)
    except Wrong as reason:
        sys.exit(str(reason))
    if options.json:
        about = {"benchmark": "actors", "machine": platform.machine(), "cpus": os.cpu_count(), "languages": versions}
        facts = {**about, "runs": runs, "scale": scale, "results": results}
        options.json.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def run_all(folder: Path, shapes: list[str], runs: int, scale: float) -> tuple[dict[str, Any], dict[str, str]]:
    """Every row, by program and workers, printed as it is found."""
    languages, versions = available(folder)
    results: dict[str, Any] = {}
    show_header(languages)
    for shape in shapes:
        n = max(1000, int(SHAPES[shape] * scale) // 1000 * 1000)
        for language in languages:
            language.build(shape)
        results[shape] = {"operations": n}
        for workers in WORKERS:
            results[shape][workers] = row = measure(languages, shape, workers, n, runs)
            show(shape, workers, row)
    return results, versions


if __name__ == "__main__":
    main()
