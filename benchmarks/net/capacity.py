"""What one Snow server carries: connections held, connections a second, echoes, large messages, a room.

    python benchmarks/net/capacity.py [--seconds 3] [--only echo,room] [--json FILE]

Every row names what is to be reached at least and what is aimed at. Server and load generator keep to a core each.
A row of idle connections takes over a minute: it waits for two pings of the default interval.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from run import FILES, Peer, Server, compiled, load, snow_program

Reading = dict[str, float]
IDLE_SECONDS = 62


@dataclass(frozen=True)
class Row:
    """One measure: how the load is made, and what of its result counts in which unit."""

    name: str
    options: tuple[str, ...]
    read: Callable[[Reading], float]
    unit: str
    hard: float
    aim: float
    less_is_better: bool = False
    program: str = "snow_echo"
    tls: bool = False

    def verdict(self, value: float) -> str:
        """Whether the value reaches the aim, the hard limit, or neither."""
        for word, bound in (("aim", self.aim), ("hard", self.hard)):
            if value <= bound if self.less_is_better else value >= bound:
                return word
        return "missed"


def _key(name: str, scale: float = 1.0) -> Callable[[Reading], float]:
    return lambda reading: reading[name] * scale


def _idle(connections: int) -> tuple[str, ...]:
    return ("-m", "idle", "-c", str(connections), "-t", str(IDLE_SECONDS))


ECHO = ("-c", "100", "-s", "100")
ROWS = (
    Row("idle plain, kB each", _idle(10_000), _key("kb_idle"), "kB", 40, 16, less_is_better=True),
    Row("idle plain, CPU", _idle(10_000), _key("srv_util", 100), "%", 10, 2, less_is_better=True),
    Row("idle TLS, kB each", _idle(5_000), _key("kb_idle"), "kB", 120, 64, less_is_better=True, tls=True),
    Row("new connections", ("-m", "storm", "-c", "32"), _key("rate"), "/s", 1_000, 5_000),
    Row("new TLS connections", ("-m", "storm", "-c", "32"), _key("rate"), "/s", 200, 800, tls=True),
    Row("echo 100 B, 100 connections", ECHO, _key("rate"), "/s", 15_000, 150_000),
    Row("echo 100 B, p99", ECHO, _key("p99_us", 1e-3), "ms", 20, 2, less_is_better=True),
    Row("echo 1 MiB", ("-c", "4", "-s", str(1 << 20)), _key("rate", 1.048576), "MB/s", 100, 600),
    Row("room of 1,000, 100 B", ("-m", "room", "-c", "1000", "-s", "100", "-d", "4"), _key("rate"), "deliveries/s",
        100_000, 500_000, program="snow_room"),
)  # fmt: skip


class Bench:
    """Servers by program, and readings by load, so that two rows of one load are measured once."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder = folder
        self._seconds = seconds
        self._readings: dict[tuple[object, ...], Reading] = {}

    def measure(self, row: Row) -> float:
        """The value of a row."""
        key = (row.program, row.tls, row.options)
        if key not in self._readings:
            self._readings[key] = self._load(row)
        return row.read(self._readings[key])

    def _load(self, row: Row) -> Reading:
        peer = Peer(row.program, partial(snow_program, row.program))
        server = Server(peer, self._folder, FILES if row.tls else [])
        try:
            generator = compiled(self._folder, "load", row.tls)
            return load(generator, server, row.tls, "-t", str(self._seconds), "-w", "0.5", *row.options)
        finally:
            server.stop()


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--only", default="", help="words in the names of rows, separated by commas")
    parser.add_argument("--json", help="write the results to this file")
    args = parser.parse_args()
    words = [word for word in args.only.split(",") if word]
    rows = [row for row in ROWS if not words or any(word in row.name for word in words)]
    if not rows:
        sys.exit(f"no row is called that; there are: {', '.join(row.name for row in ROWS)}")
    results = {}
    print(f"{'':30}{'value':>12}{'hard':>10}{'aim':>10}")
    with tempfile.TemporaryDirectory(prefix="snow-net-") as scratch:
        bench = Bench(Path(scratch), args.seconds)
        for row in rows:
            value = bench.measure(row)
            results[row.name] = {"value": value, "unit": row.unit, "hard": row.hard, "aim": row.aim}
            shown = f"{value:,.1f}" if value < 1000 else f"{value:,.0f}"
            print(f"{row.name:30}{shown:>12}{row.hard:>10,.0f}{row.aim:>10,.0f}  {row.unit}, {row.verdict(value)}")
    if args.json:
        Path(args.json).write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
