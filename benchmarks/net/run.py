"""WebSocket echo: the engine beside a hand-written C server, Node's ws, Go's gorilla and Python libraries.

    python benchmarks/net/run.py [--rounds 5] [--seconds 1.5] [--only snow,node] [--tls] [--json FILE]

All servers run at once and are measured in turn, round after round, so that a busy machine slows all alike. The
servers keep to one core and the load generator to another. What counts is the CPU time of the server's process per
message, as a ratio to the yardstick's, medians over the rounds: the load generator shares the machine, so rates
say little. Peers that are not installed are named and left out. `snow` is a built Snow server; `engine-thread` and
`engine-inline` are its engine alone, with the core's echo consumer behind it, on a thread of its own or on the
loop's.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CERTS = ROOT / "tests" / "unit" / "services" / "certs"
FILES = [str(CERTS / "cert.pem"), str(CERTS / "key.pem")]
YARDSTICK = "yardstick"
SHAPES = {"50x64": (50, 64, 1), "500x64": (500, 64, 1), "50x16K": (50, 16384, 1), "50x64 depth 16": (50, 64, 16)}
"""Connections, bytes, messages in flight on each."""


class Missing(Exception):
    """A peer cannot be measured here; the text says why."""


@dataclass(frozen=True)
class Peer:
    """A server: how to start it on a port, with certificate and key or without. Raises Missing."""

    name: str
    command: Callable[[Path, int, Sequence[str]], list[str]]


def compiled(folder: Path, name: str, tls: bool, *options: str) -> str:
    """A program of this folder, built with or without TLS."""
    target = folder / (name + "-tls" * tls)
    if not target.exists():
        extra = ["-DWITH_TLS"] if tls else []
        libraries = ["-lssl", "-lcrypto"] if tls else []
        compiler = os.environ.get("CC", "cc")
        command = [compiler, "-O2", "-o", str(target), str(HERE / f"{name}.c"), *extra, *libraries, "-lpthread"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Missing(f"{name}.c does not compile: {done.stderr.strip().splitlines()[-1]}")
    return str(target)


def _yardstick(*options: str) -> Callable[[Path, int, Sequence[str]], list[str]]:
    def command(folder: Path, port: int, files: Sequence[str]) -> list[str]:
        certs = ["-C", files[0], "-K", files[1]] if files else []
        return [compiled(folder, "yardstick", bool(files)), "-p", str(port), *certs, *options]

    return command


def _snow(*options: str) -> Callable[[Path, int, Sequence[str]], list[str]]:
    def command(folder: Path, port: int, files: Sequence[str]) -> list[str]:
        tls = ["--tls"] if files else []
        return [sys.executable, "-m", "tests.conformance.echo_server", "--port", str(port), *tls, *options]

    return command


def snow_program(name: str, folder: Path, port: int, files: Sequence[str]) -> list[str]:
    """A server in Snow, built once: its handlers run on the scheduler."""
    target = folder / name
    if not target.exists():
        build = "from snowc.cli.main import main; main()"
        command = [sys.executable, "-c", build, "build", str(HERE / "peers" / f"{name}.snow"), "-o", str(target)]
        paths = os.pathsep.join((str(ROOT), str(ROOT / "runtime")))
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True)
        if done.returncode != 0:
            raise Missing(f"the program does not build: {done.stderr.strip()}")
    return [str(target), str(port), *files]


def _node(folder: Path, port: int, files: Sequence[str]) -> list[str]:
    node = shutil.which("node")
    if node is None:
        raise Missing("node is not installed")
    probe = subprocess.run([node, "-e", "require('ws')"], capture_output=True, check=False)
    if probe.returncode != 0:
        raise Missing("`npm install ws` in a folder of NODE_PATH is missing")
    return [node, str(HERE / "peers" / "node_ws.js"), str(port), *files]


def _python(module: str) -> Callable[[Path, int, Sequence[str]], list[str]]:
    def command(folder: Path, port: int, files: Sequence[str]) -> list[str]:
        probe = subprocess.run([sys.executable, "-c", f"import {module}, uvloop"], capture_output=True, check=False)
        if probe.returncode != 0:
            raise Missing(f"{module} or uvloop is not installed")
        return [sys.executable, str(HERE / "peers" / f"python_{module}.py"), str(port), *files]

    return command


def _go(folder: Path, port: int, files: Sequence[str]) -> list[str]:
    go, target = shutil.which("go"), folder / "go_gorilla"
    if go is None:
        raise Missing("go is not installed")
    if not target.exists():
        source = folder / "go"
        shutil.copytree(HERE / "peers" / "go_gorilla", source)
        for step in (["mod", "tidy"], ["build", "-o", str(target), "."]):
            done = subprocess.run([go, *step], cwd=source, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Missing(f"`go {step[0]}` failed: {done.stderr.strip()}")
    return [str(target), str(port), *files]


PEERS = (
    Peer(YARDSTICK, _yardstick()),
    Peer("yardstick-thread", _yardstick("-t")),
    Peer("snow", partial(snow_program, "snow_echo")),
    Peer("engine-thread", _snow()),
    Peer("engine-inline", _snow("--inline")),
    Peer("go-gorilla", _go),
    Peer("node-ws", _node),
    Peer("picows", _python("picows")),
    Peer("websockets", _python("websockets")),
)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


SERVER, CLIENT = 0, 1
"""The places of the two sides among the cores of this process."""


def on_core(place: int) -> Callable[[], None] | None:
    """What a child calls to keep to one core; None where there is no second."""
    cores = sorted(os.sched_getaffinity(0))
    return (lambda: os.sched_setaffinity(0, {cores[place]})) if len(cores) > 1 else None


class Server:
    """A peer that runs."""

    def __init__(self, peer: Peer, folder: Path, files: Sequence[str]) -> None:
        self.name, self.port = peer.name, _free_port()
        command = peer.command(folder, self.port, files)
        paths = os.pathsep.join((str(ROOT), str(ROOT / "runtime")))
        environ = {**os.environ, "PYTHONPATH": paths}
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=quiet, stderr=quiet, preexec_fn=on_core(SERVER)
        )
        self._wait()

    def _wait(self) -> None:
        for _ in range(400):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise Missing("it does not start")

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


def load(program: str, server: Server, tls: bool, *options: str) -> dict[str, float]:
    """One run of the load generator."""
    command = [program, "-p", str(server.port), "-P", str(server.pid), *["-T"] * tls, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=on_core(CLIENT))
    if done.returncode != 0:
        sys.exit(f"{server.name}: {' '.join(command)}: {done.stderr.strip()}")
    result: dict[str, float] = json.loads(done.stdout)
    if result["errors"] or result.get("wrong"):
        sys.exit(f"{server.name} answered wrongly or ended connections: {done.stdout.strip()}")
    return result


def start_all(folder: Path, only: Sequence[str], files: Sequence[str]) -> list[Server]:
    """All servers that can run here."""
    servers = []
    for peer in PEERS:
        if only and peer.name not in (YARDSTICK, *only):
            continue
        try:
            servers.append(Server(peer, folder, files))
        except Missing as reason:
            print(f"left out: {peer.name}: {reason}")
    return servers


def measure(servers: list[Server], program: str, tls: bool, rounds: int, seconds: float) -> dict[str, dict[str, Any]]:
    """Everything about every server: medians over the rounds."""
    idle = {server.name: load(program, server, tls, "-m", "idle", "-c", "1000") for server in servers}
    results: dict[str, dict[str, Any]] = {name: {"kb_idle": one["kb_idle"]} for name, one in idle.items()}
    for label, (connections, size, depth) in SHAPES.items():
        options = ["-c", str(connections), "-s", str(size), "-d", str(depth), "-t", str(seconds), "-w", "0.3"]
        runs: dict[str, list[dict[str, float]]] = {server.name: [] for server in servers}
        for turn in range(rounds):
            for server in servers[turn % len(servers) :] + servers[: turn % len(servers)]:
                runs[server.name].append(load(program, server, tls, *options))
        for name, found in runs.items():
            keys = ("srv_us", "rate", "p50_us", "p99_us")
            results[name][label] = {key: statistics.median(run[key] for run in found) for key in keys}
    for result in results.values():
        for label in SHAPES:
            result[label]["ratio"] = results[YARDSTICK][label]["srv_us"] / result[label]["srv_us"]
    return results


def show(results: dict[str, dict[str, Any]]) -> None:
    """The table: ratio to the yardstick, microseconds of CPU per message, p99."""
    print(f"{'':18}" + "".join(f"{label:>26}" for label in SHAPES) + f"{'kB/idle':>10}")
    for name, result in results.items():
        cells = ""
        for label in SHAPES:
            one = result[label]
            cells += f"{one['ratio']:>10.2f} {one['srv_us']:>6.2f} {one['p99_us'] / 1000:>6.1f}ms"
        print(f"{name:18}{cells}{result['kb_idle']:>10.2f}")


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--only", default="", help="names of peers, separated by commas")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--json", help="write the results to this file")
    args = parser.parse_args()
    only = [name for name in args.only.split(",") if name]
    with tempfile.TemporaryDirectory(prefix="snow-net-") as scratch:
        folder = Path(scratch)
        program = compiled(folder, "load", args.tls)
        servers = start_all(folder, only, FILES if args.tls else [])
        try:
            results = measure(servers, program, args.tls, args.rounds, args.seconds)
        finally:
            for server in servers:
                server.stop()
    show(results)
    if args.json:
        about: dict[str, Any] = {"machine": platform.machine(), "cpus": os.cpu_count(), "tls": args.tls}
        about["python"] = platform.python_version()
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump({"about": about, "results": results}, file, indent=1)


if __name__ == "__main__":
    main()
