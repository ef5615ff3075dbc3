"""Echo beside processes that compute without an end, all on one scheduler: are the clients still served, and how fast?

    python benchmarks/net/busy.py [--rounds 5] [--seconds 2] [--connections 100] [--busy 1,4] [--json FILE]

Servers of one program are measured in turn, round after round, without busy processes and with so many; what is
shown are medians over the rounds. A server runs only while it is measured. It has one scheduler and keeps to one core,
which its loop and the busy processes share; the load generator has another. Every connection keeps one message of 64
bytes in flight.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from run import Peer, Server, compiled, load, snow_program

KEYS = ("rate", "p50_us", "p99_us")
Reading = dict[str, float]


def once(folder: Path, program: str, busy: int, options: Sequence[str]) -> Reading:
    """One run against a server with so many busy processes."""

    def command(place: Path, port: int, files: Sequence[str]) -> list[str]:
        return [*snow_program("busy_echo", place, port, files), str(busy)]

    server = Server(Peer(f"{busy} busy", command), folder, ())
    try:
        return load(program, server, False, *options)
    finally:
        server.stop()


def measure(folder: Path, busy: Sequence[int], rounds: int, options: Sequence[str]) -> dict[str, Reading]:
    """Medians over the rounds, by the number of busy processes."""
    program = compiled(folder, "load", False)
    runs: dict[int, list[Reading]] = {count: [] for count in busy}
    for _ in range(rounds):
        for count in busy:
            runs[count].append(once(folder, program, count, options))
    return {
        f"{count} busy": {key: statistics.median(one[key] for one in found) for key in KEYS}
        for count, found in runs.items()
    }


def show(results: dict[str, Reading]) -> None:
    """The table: messages a second, half of the answers within, 99% of them within."""
    print(f"{'':10}{'messages/s':>12}{'p50':>12}{'p99':>12}")
    for name, one in results.items():
        print(f"{name:10}{one['rate']:>12,.0f}{one['p50_us'] / 1000:>10.2f}ms{one['p99_us'] / 1000:>10.2f}ms")


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--busy", default="1,4", help="numbers of busy processes, separated by commas")
    parser.add_argument("--json", help="write the results to this file")
    args = parser.parse_args()
    os.environ["SNOW_SCHEDULERS"] = "1"
    options = ("-c", str(args.connections), "-t", str(args.seconds), "-w", "0.3")
    with tempfile.TemporaryDirectory(prefix="snow-busy-") as scratch:
        busy = [0, *(int(text) for text in args.busy.split(","))]
        results = measure(Path(scratch), busy, args.rounds, options)
    show(results)
    if args.json:
        Path(args.json).write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
