"""A Snow program under observation: its descriptors, memory and processor time, and what its core says is there.

The program runs as users run it, from source or built; the interpreter in it also imports `probe/sitecustomize.py`.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.services.server import ROOT, command, environment

_LISTENS = re.compile(r"listening on \S+:(\d+)\n")
_SECONDS = 120.0
_PROBE = Path(__file__).with_name("probe")


class Observed:
    """A running program. `folder` gets its output; `variables` are added to its environment."""

    def __init__(
        self, folder: Path, source: Path, is_built: bool, *args: str, variables: Mapping[str, str] | None = None
    ) -> None:
        self._err = folder / "stderr"
        self._socket = str(folder / "probe")
        env = {**environment(), **(variables or {}), "SNOW_PROBE": self._socket}
        env["PYTHONPATH"] = f"{_PROBE}{os.pathsep}{env['PYTHONPATH']}"
        line: Sequence[str] = command(source, is_built, *args)
        with (folder / "stdout").open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(line, stdout=out, stderr=err, env=env, cwd=ROOT)
        self.port = self._find_port()

    def _find_port(self) -> int:
        until = time.monotonic() + _SECONDS
        while (found := _LISTENS.search(self.stderr)) is None:
            if self.process.poll() is not None or time.monotonic() > until:
                self.process.kill()
                sys.exit(f"the server does not start: {self.stderr}")
            time.sleep(0.02)
        return int(found[1])

    def __enter__(self) -> Observed:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def end(self) -> int:
        """Ask it to end with SIGTERM; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_SECONDS)

    @property
    def stderr(self) -> str:
        """What it has written to standard error."""
        return self._err.read_text(errors="replace")

    def ask(self, request: str = "stats") -> Any:
        """The answer of the probe."""
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(_SECONDS)
            door.connect(self._socket)
            door.sendall(f"{request}\n".encode())
            answer = b""
            while part := door.recv(65536):
                answer += part
        return json.loads(answer)

    def stats(self) -> dict[str, int]:
        """What there is in its core, and how many descriptors it has open."""
        found: dict[str, int] = self.ask()
        return {**found, "descriptors": self.descriptors()}

    def descriptors(self) -> int:
        """How many it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory(self) -> int:
        """Bytes of resident memory."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def seconds(self) -> float:
        """Processor time that it has used."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def settles(self, wanted: dict[str, int], seconds: float = 20.0) -> dict[str, tuple[int, int]]:
        """Wait until there is again what there was; the rows that stay different, with what was and what is."""
        until = time.monotonic() + seconds
        while True:
            found = self.stats()
            different = {name: (value, found[name]) for name, value in wanted.items() if found[name] != value}
            if not different or time.monotonic() > until:
                return different
            time.sleep(0.1)
