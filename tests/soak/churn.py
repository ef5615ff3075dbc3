"""Clients come and go for a while; then the server must have nothing left of them.

    python -m tests.soak.churn [--seconds 300] [--connections 200] [--longest 6] [--crash 0.01] [--tls] [--built]
                                [--sanitizer address|thread]

A Snow program (`churn.snow`) serves connections that each live for a random time and are closed, cut off, never
read, or crash their handler. Checked at the end: the core has as many processes, connections, heap chunks,
messages, timers, rooms and so on as before the first client, and the process as many descriptors; resident memory is
no more than 8 MiB above what it was when the clients of a warm-up had gone, and in a run of some minutes it does not
grow under load either; standard error has the reports of the crashes that were asked for and nothing else; SIGTERM ends
the program. With `--tls` the certificate is read anew now and then (SIGHUP). The exit status is 1 if anything is not
so.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import signal
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from tests.services.server import CERTS, FILES
from tests.soak import sanitizer
from tests.soak.clients import Crowd, Plan
from tests.soak.server import Observed

PROGRAM = Path(__file__).with_name("churn.snow")
MIB = 1 << 20
FLAT = 8 * MIB
LONG = 120.0
"""Seconds after which memory under load says something: what slow readers hold at a moment varies."""
_CRASH = re.compile(
    r"\[snow-rt\] ws connection <0\.\d+> \(/\) crashed: Snow panic at \S*churn\.snow:\d+: division by zero"
)
_SUPPRESSED = re.compile(r"\[snow-rt\] (\d+) more lines like the last were suppressed")
_FLUSH = 1.5
"""Seconds after which the core says how many lines it has held back."""
_START = re.compile(r"\[snow-rt\] WebSocket (TLS )?server listening on \S+:\d+")


@dataclass
class Result:
    """What a run has shown. `problems` is empty if all is well."""

    counts: dict[str, int]
    memory: list[int]
    """Bytes, once a second, under load."""
    p99: list[float]
    """Milliseconds, of each tenth of the run."""
    seconds: float
    """Processor time of the server."""
    rest: tuple[int, int] = (0, 0)
    """Bytes of memory when the clients of the warm-up had gone, and when all had."""
    problems: list[str] = field(default_factory=list)

    def growth(self) -> int:
        """By how much memory under load has changed from the second fifth of the run to the last."""
        part = max(1, len(self.memory) // 5)
        return int(statistics.median(self.memory[-part:]) - statistics.median(self.memory[part : 2 * part]))


@dataclass(frozen=True)
class Way:
    """How the server runs."""

    tls: bool = False
    built: bool = False
    """As an executable."""
    sanitizer: str | None = None
    """With this sanitizer in its core; then as an executable, and its memory is not judged."""
    reload: float = 5.0
    """Seconds between two SIGHUP, with TLS."""


def churn(plan: Plan, way: Way) -> Result:
    """Run the plan against a server of its own."""
    with tempfile.TemporaryDirectory(prefix="snow-churn-") as scratch:
        folder = Path(scratch)
        variables = sanitizer.environment(way.sanitizer, folder) if way.sanitizer else {}
        args, is_built = ("0", *FILES) if way.tls else ("0",), way.built or way.sanitizer is not None
        with Observed(folder, PROGRAM, is_built, *args, variables=variables) as server:
            return _observe(plan, way, server)


def _observe(plan: Plan, way: Way, server: Observed) -> Result:
    context = ssl.create_default_context(cafile=str(CERTS / "ca.pem")) if way.tls else None
    reload = way.reload if way.tls else 0
    before = _warm_up(plan, server, context, reload)
    memory = server.memory()
    result = _run(_load(plan, server, context, reload))
    left = server.settles(before)
    result.rest = memory, server.memory()
    result.problems += [f"left: {name} was {was}, is {now}" for name, (was, now) in left.items()]
    if way.sanitizer == "address":
        server.ask("leaks")
    time.sleep(_FLUSH)
    status = server.end()
    if status != 128 + signal.SIGTERM:
        result.problems.append(f"the server ended with status {status}")
    if way.sanitizer is None:
        _judge_memory(plan, result)
    _judge_lines(result, sanitizer.without_leaks(server.stderr))
    return result


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)


def _warm_up(plan: Plan, server: Observed, context: ssl.SSLContext | None, reload: float) -> dict[str, int]:
    """Load the server for a while. What there is after its very first connections, which is what has to be left."""
    _run(_load(Plan(0.5, 5, 0.1, 0.3, crash=0), server, context, 0))
    server.settles({"connections": 0, "sessions": 0, "rooms": 0})
    before = server.stats()
    seconds = min(60.0, max(plan.longest, plan.seconds / 4))
    _run(_load(replace(plan, seconds=seconds, crash=0), server, context, reload))
    server.settles(before)
    return before


async def _load(plan: Plan, server: Observed, context: ssl.SSLContext | None, reload: float) -> Result:
    crowd, memory = Crowd(plan, server.port, context), []
    began, used = time.monotonic(), server.seconds()

    async def observe() -> None:
        reloaded = began
        while time.monotonic() < began + plan.seconds:
            await asyncio.sleep(1)
            memory.append(server.memory())
            if reload and time.monotonic() > reloaded + reload:
                reloaded = time.monotonic()
                server.process.send_signal(signal.SIGHUP)
                crowd.counts["reloads"] += 1

    observer = asyncio.create_task(observe())
    await crowd.run()
    observer.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await observer
    p99 = [_quantile(values, 0.99) * 1000 for values in crowd.latencies]
    result = Result(dict(crowd.counts), memory, p99, server.seconds() - used)
    result.problems += [f"{count} times: {text}" for text, count in crowd.complaints.items()]
    return result


def _quantile(values: Sequence[float], part: float) -> float:
    return sorted(values)[int(len(values) * part)] if values else 0.0


def _judge_memory(plan: Plan, result: Result) -> None:
    before, after = result.rest
    if after - before > FLAT:
        result.problems.append(f"memory without clients grew by {(after - before) / MIB:.1f} MiB")
    if plan.seconds >= LONG and result.growth() > max(FLAT, 0.05 * statistics.median(result.memory)):
        result.problems.append(f"memory under load grew by {result.growth() / MIB:.1f} MiB")


def _judge_lines(result: Result, stderr: str) -> None:
    """What stands on standard error."""
    lines = [line for line in stderr.splitlines() if not _START.fullmatch(line)]
    crashes = sum(bool(_CRASH.fullmatch(line)) for line in lines)
    suppressed = [found for line in lines if (found := _SUPPRESSED.fullmatch(line))]
    crashes += sum(int(found[1]) for found in suppressed)
    others = [line for line in lines if not _CRASH.fullmatch(line) and not _SUPPRESSED.fullmatch(line)]
    result.problems += [f"on standard error: {line}" for line in others][:20]
    if crashes != result.counts.get("crash", 0):
        result.problems.append(f"{crashes} crashes were reported, {result.counts.get('crash', 0)} asked for")


def _report(plan: Plan, result: Result) -> None:
    counts = ", ".join(f"{count} {name}" for name, count in sorted(result.counts.items()))
    memory = [f"{value / MIB:.1f}" for value in result.memory[:: max(1, len(result.memory) // 10)]]
    print(f"{plan.connections} connections at a time for {plan.seconds:.0f} s: {counts}")
    before, after = (value / MIB for value in result.rest)
    print(f"memory in MiB without clients: {before:.1f} after the warm-up, {after:.1f} at the end")
    print(f"memory in MiB under load: {' '.join(memory)}; change since the second fifth: {result.growth() / MIB:+.1f}")
    print(f"p99 of an echo in ms, by tenths of the run: {' '.join(f'{value:.1f}' for value in result.p99)}")
    print(f"processor time of the server: {result.seconds:.1f} s")
    print("\n".join(result.problems) if result.problems else "nothing is left")


def main() -> None:
    """Read the command line, run, report."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.churn", description=__doc__)
    defaults = {"seconds": 300.0, "connections": 200}
    for option in fields(Plan):
        default: Any = defaults.get(option.name, option.default)
        parser.add_argument(f"--{option.name}", type=type(default), default=default)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--built", action="store_true", help="run it as an executable")
    parser.add_argument("--sanitizer", choices=sanitizer.FLAGS, help="instrument the core of the executable")
    parser.add_argument("--reload", type=float, default=5.0, help="seconds between two SIGHUP, with --tls")
    parser.add_argument("--json", help="write the result to this file")
    options = vars(parser.parse_args())
    plan = Plan(**{option.name: options[option.name] for option in fields(Plan)})
    result = churn(plan, Way(options["tls"], options["built"], options["sanitizer"], options["reload"]))
    _report(plan, result)
    if options["json"]:
        Path(options["json"]).write_text(json.dumps(vars(result), indent=1), encoding="utf-8")
    sys.exit(1 if result.problems else 0)


if __name__ == "__main__":
    main()
