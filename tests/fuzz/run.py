"""Fuzz one target for a while, with coverage as the guide, and keep what it found worth keeping:

    python -m tests.fuzz.run protocol|table|handshake [--seconds 600] [--coverage]

The C targets need clang with libFuzzer, the handshake needs atheris. An input that breaks a target is printed, and
the exit status is 1. Otherwise the corpus beside the target is replaced by a small one that reaches what the run
reached. `--coverage` reports which lines of C the corpus reaches, without fuzzing.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz import corpus
from tests.fuzz.handshake import target as handshake
from tests.fuzz.ws.targets import HERE, TARGETS, Target

ROOT = Path(__file__).resolve().parents[2]
C_TARGETS = {target.name: target for target in TARGETS}
HANDSHAKE = Path(handshake.__file__).with_name("handshake.corpus")
LONGEST = {"protocol": 2048, "table": 1024, "handshake": 9000}
"""Bytes of an input."""
ROOM = 95_000
"""Bytes of a corpus: the longest inputs are left out if need be."""

Command = Sequence[str]


def command_of(name: str, folder: Path) -> Command:
    """What runs the fuzzer of a target. Exits where it is missing."""
    if name == "handshake":
        if importlib.util.find_spec("atheris") is None:
            sys.exit("skipped: atheris is not installed (pip install atheris)")
        return [sys.executable, "-m", "tests.fuzz.handshake.fuzz"]
    if shutil.which("clang") is None:
        sys.exit("skipped: clang is not installed")
    return [C_TARGETS[name].build(["clang"], folder / name, "-fsanitize=fuzzer,address,undefined")]


def run(command: Command, *arguments: str) -> tuple[int, str]:
    """Run the fuzzer; its status and what it wrote."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'runtime'}"}
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, cwd=ROOT, env=environment)
    return done.returncode, done.stdout + done.stderr


def figures(output: str) -> str:
    """The lines of the fuzzer's output that sum the run up."""
    progress = re.findall(r"^#\d+\s+\w+\s+cov: .*$", output, re.MULTILINE)
    done = re.findall(r"^Done \d+ runs.*$", output, re.MULTILINE)
    return "\n".join([*progress[:1], *progress[-1:], *done])


def fuzz(name: str, seconds: int) -> None:
    """Fuzz, and replace the corpus."""
    place = HANDSHAKE if name == "handshake" else C_TARGETS[name].corpus
    seeds = handshake.SEEDS if name == "handshake" else C_TARGETS[name].seeds
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        command, limits = command_of(name, folder), (f"-max_len={LONGEST[name]}", "-timeout=10")
        corpus.spread([*seeds, *corpus.read(place)], folder / "found")
        status, output = run(
            command, *limits, f"-max_total_time={seconds}", f"-artifact_prefix={folder}/broken-", f"{folder}/found"
        )
        print(figures(output))
        if status != 0:
            broken = [file.read_bytes().hex() for file in folder.glob("broken-*")]
            sys.exit("\n".join((output[-6000:], "the input:", *broken)))
        (folder / "least").mkdir()
        run(command, *limits, "-merge=1", f"{folder}/least", f"{folder}/found")
        kept = corpus.shortest(corpus.gather(folder / "least"), ROOM)
        place.write_bytes(corpus.pack(kept))
        print(f"{place.name}: {len(kept)} inputs, {place.stat().st_size} bytes")


def report_coverage(target: Target) -> None:
    """Print the lines and branches of the core that seeds and corpus reach."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        flags = ("-fprofile-instr-generate", "-fcoverage-mapping", str(HERE / "replay.c"))
        program = target.build(["clang"], folder / "replay", *flags)
        environment = {**os.environ, "LLVM_PROFILE_FILE": f"{folder}/raw"}
        subprocess.run([program], input=corpus.pack(target.inputs()), env=environment, check=True)
        subprocess.run([_tool("llvm-profdata"), "merge", f"{folder}/raw", "-o", f"{folder}/data"], check=True)
        subprocess.run([_tool("llvm-cov"), "report", program, f"-instr-profile={folder}/data"], check=True)


def _tool(name: str) -> str:
    """A tool of the clang at hand."""
    found = subprocess.run(["clang", f"-print-prog-name={name}"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def main() -> None:
    """Fuzz a target, or report what its corpus reaches."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.run", description=__doc__)
    parser.add_argument("target", choices=[*C_TARGETS, "handshake"])
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--coverage", action="store_true")
    options = parser.parse_args()
    if options.coverage:
        report_coverage(C_TARGETS[options.target])
    else:
        fuzz(options.target, options.seconds)


if __name__ == "__main__":
    main()
