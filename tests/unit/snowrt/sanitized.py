"""The core's C tests as executables under sanitizers, for the test run and for a longer run by hand:

    python -m tests.unit.snowrt.sanitized thread storm --seconds 60

A suite is a name of `runtime/core/test/main.c`; those that end in `storm` go on for the time given.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from snowrt import build_core, paths

FLAGS = ["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror"]
SANITIZERS = {
    "address": ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
    "thread": ["-fsanitize=thread"],
}
OPTIONS = {
    # Instrumented code needs several times the stack.
    "SNOW_ACTOR_STACK": str(8 << 20),
    "ASAN_OPTIONS": "detect_leaks=1",
    "TSAN_OPTIONS": f"report_thread_leaks=0:suppressions={Path(__file__).parent}/tsan.supp",
}
CRASH = re.compile(
    r"\[snow-rt\] (?:actor|service|ws connection) <0\.\d+> \((?:test|Till|/(?:crash)?)\) crashed: "
    r"Snow panic at main\.snow:\d+: in (?:an actor|on_connect|on_message|on_close)"
    r"|\[snow-rt\] \d+ more lines like the last were suppressed"
)
"""The lines that a storm may write."""


def build(folder: Path, sanitizer: str) -> str:
    """The executable with all suites. There must be a C compiler."""
    command, core = build_core.compiler() or ["cc"], Path(paths.core_sources())
    inputs = [core / name for name in build_core.sources() if name != "start.c"]
    inputs += sorted((core / "test").glob("*.c"))

    def compile_one(source: Path) -> str:
        result = str(folder / f"{sanitizer}-{source.parent.name}-{source.name}.o")
        subprocess.run([*command, *FLAGS, *SANITIZERS[sanitizer], "-c", str(source), "-o", result], check=True)
        return result

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        objects = list(pool.map(compile_one, inputs))
    program = str(folder / sanitizer)
    libraries = build_core.SYSTEM_LIBRARIES
    subprocess.run([*command, *SANITIZERS[sanitizer], "-o", program, *objects, *libraries], check=True)
    return program


def run(executable: str, suite: str, seconds: int = 2) -> tuple[int, str]:
    """Exit status and standard error of a suite."""
    environment = {**os.environ, **OPTIONS, "SNOW_TEST_SECONDS": str(seconds)}
    limit = 60 + 2 * seconds
    done = subprocess.run([executable, suite], capture_output=True, text=True, env=environment, timeout=limit)
    return done.returncode, done.stderr


def complaints(stderr: str) -> Iterator[str]:
    """The lines that are not those of expected crashes."""
    return (line for line in stderr.splitlines() if not CRASH.fullmatch(line))


def main() -> None:
    """Build one executable and run one of its suites; the exit status says whether all went well."""
    parser = argparse.ArgumentParser(prog="python -m tests.unit.snowrt.sanitized", description=__doc__)
    parser.add_argument("sanitizer", choices=SANITIZERS)
    parser.add_argument("suite")
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        status, stderr = run(build(Path(folder), options.sanitizer), options.suite, options.seconds)
    found = list(complaints(stderr))
    for line in found:
        print(line, file=sys.stderr)
    print(f"{options.suite}: status {status}, {len(stderr.splitlines()) - len(found)} expected crashes")
    sys.exit(1 if status or found else 0)


if __name__ == "__main__":
    main()
