"""Snow programs that serve, as processes of their own: run from source, or built and run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
CERTS = ROOT / "tests" / "unit" / "services" / "certs"
FILES = (str(CERTS / "cert.pem"), str(CERTS / "key.pem"))
"""The certificate of localhost, signed by the CA of the tests, and its key."""
HANDLERS = Path(__file__).with_name("handlers.snow")
"""A program whose callbacks do what clients ask for: [CERT KEY]."""
SNOWC = (sys.executable, "-c", "from snowc.cli.main import main; main()")
_LISTENS = re.compile(rb"listening on \S+:(\d+)\n")
_SECONDS = 60.0
_builds = TemporaryDirectory(prefix="snow-built-")


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'runtime'}"}


@cache
def built(source: Path) -> Path:
    """The executable of a program, built once."""
    out = Path(_builds.name) / f"{source.stem}-{len(os.listdir(_builds.name))}"
    command = [*SNOWC, "build", str(source), "-o", str(out)]
    subprocess.run(command, env=environment(), check=True, capture_output=True, timeout=_SECONDS)
    return out


def command(source: Path, is_built: bool, *args: str) -> list[str]:
    """What starts the program. An executable finds everything itself."""
    return [str(built(source)), *args] if is_built else [*SNOWC, "run", str(source), "--", *args]


class Server:
    """A running program. Leaving the context asks it to end with SIGTERM, if it has not ended, and checks how.

    `through` is a command that starts it, in place of nothing.
    """

    def __init__(self, folder: Path, source: Path, is_built: bool, *args: str, through: Sequence[str] = ()) -> None:
        self._out, self._err = folder / "stdout", folder / "stderr"
        env = None if is_built else environment()
        line = [*through, *command(source, is_built, *args)]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(line, stdout=out, stderr=err, env=env)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is not None:
            self.process.kill()
            self.process.wait()
            return
        if self.process.poll() is None:
            assert self.end() == 128 + signal.SIGTERM

    @property
    def stdout(self) -> str:
        return self._out.read_text()

    @property
    def stderr(self) -> str:
        return self._err.read_text()

    def port(self) -> int:
        """The port it listens on, as soon as it says so."""
        until = time.monotonic() + _SECONDS
        while (found := _LISTENS.search(self._err.read_bytes())) is None:
            assert self.process.poll() is None and time.monotonic() < until, self.stderr
            time.sleep(0.01)
        return int(found[1])

    def wait(self) -> int:
        """Its exit status, when it ends by itself."""
        return self.process.wait(_SECONDS)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send the signal and wait for the end; the exit status."""
        self.process.send_signal(number)
        return self.wait()

    def prints(self, line: str, times: int = 1) -> None:
        """Wait until the line is so many times on its standard output."""
        until = time.monotonic() + _SECONDS
        while self.stdout.splitlines().count(line) < times:
            assert time.monotonic() < until, (line, self.stdout, self.stderr)
            time.sleep(0.01)
