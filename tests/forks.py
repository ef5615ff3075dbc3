"""Command lines of `snowc` in forked children of one process that has imported the compiler already.

A start of Python with all imports costs more than compiling a small program. `run` asks a server process,
one per test process, which forks for every command line; the child becomes what `snowc ARGS` would be.
What differs is only the end: the child leaves without Python's own shutdown.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
_POLL = 0.002


class Ended(NamedTuple):
    """How a command ended; a child that was killed has the negative number of the signal as status."""

    status: int
    stdout: bytes
    stderr: bytes


def run(args: Sequence[str], folder: Path, env: Mapping[str, str], stdin: bytes = b"", timeout: float = 120) -> Ended:
    """`snowc ARGS` in `folder`, with exactly this environment."""
    with TemporaryDirectory(prefix="snow-fork-") as place:
        Path(place, "0").write_bytes(stdin)
        request = {"args": list(args), "cwd": str(folder), "env": dict(env), "place": place, "timeout": timeout}
        server = _server()
        assert server.stdin is not None and server.stdout is not None
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        answer = server.stdout.readline()
        assert answer, "the server of forked command lines has ended"
        status = json.loads(answer)
        if status is None:
            raise subprocess.TimeoutExpired(["snowc", *args], timeout)
        return Ended(status, Path(place, "1").read_bytes(), Path(place, "2").read_bytes())


@cache
def _server() -> subprocess.Popen[str]:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "runtime")])
    return subprocess.Popen(
        [sys.executable, "-m", "tests.forks"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": paths},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


# ---- the server --------------------------------------------------------------------------------


def _serve() -> None:
    """Answer requests until standard input ends."""
    _preload()
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(request)
        print(json.dumps(_wait(pid, request["timeout"])), flush=True)


def _preload() -> None:
    """Import what `snowc run` and `build` import."""
    for name in (
        "cli.group session types.infer_module match.exhaustive lower.decl passes.pipeline codegen.module "
        "backend.native backend.link backend.cache backend.run"
    ).split():
        import_module(f"snowc.{name}")
    import_module("snowrt.load")


def _become(request: dict[str, object]) -> None:
    """Turn the forked child into the command; never returns."""
    from snowc.cli.main import main

    place, args, env = request["place"], request["args"], request["env"]
    assert isinstance(args, list) and isinstance(env, dict)
    os.setsid()
    os.dup2(os.open(f"{place}/0", os.O_RDONLY), 0)
    for number in (1, 2):
        os.dup2(os.open(f"{place}/{number}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    os.chdir(str(request["cwd"]))
    os.environ.clear()
    os.environ.update(env)
    status = 1
    try:
        main(args)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException as error:  # noqa: BLE001 - the end of this process, shown as Python would show it
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _wait(pid: int, timeout: float) -> int | None:
    """The status of the child; None if it took too long."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(_POLL)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


if __name__ == "__main__":
    _serve()
