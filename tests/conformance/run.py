"""Run Autobahn's cases against a WebSocket echo server.

    python -m tests.conformance.run [--url ws://127.0.0.1:9001/] [--cases '*'] [--jobs 8] [--json report.json]

Without `--url` the engine of this checkout is started for it, plain and then with TLS, the built-in echo
consumer behind it. The status is 1 if a case fails.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import fnmatch
import json
import ssl
import sys
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from tests.conformance.cases import CaseClass, NotInstalled, load_cases
from tests.conformance.client import CaseClient
from tests.conformance.echo_server import EchoServer

_PASSED = ("OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED")
_PASSED_CLOSE = ("OK", "INFORMATIONAL")
_CASE_TIME = 300.0
_HEAVY = "9."
"""Cases of this group keep the client busy for so long that others beside them would miss their deadlines."""


@dataclass(frozen=True)
class Outcome:
    """What one case found."""

    number: str
    behavior: str
    behavior_close: str
    result: str
    result_close: str
    close_code: int | None
    violation: str | None
    milliseconds: int

    @property
    def passed(self) -> bool:
        return self.behavior in _PASSED and self.behavior_close in _PASSED_CLOSE

    @property
    def label(self) -> str:
        """The behaviour, and that at the end where it is not plainly good."""
        return self.behavior + ("" if self.behavior_close == "OK" else f"/close:{self.behavior_close}")


async def run_case(
    number: str, case: CaseClass, url: urllib.parse.SplitResult, context: ssl.SSLContext | None
) -> Outcome:
    """Run one case on a connection of its own."""
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    client, began = CaseClient(case, number, url.netloc, path), time.monotonic()
    try:
        port = url.port or (443 if context else 80)
        await client.loop.create_connection(lambda: client, url.hostname, port, ssl=context)
        await asyncio.wait_for(asyncio.shield(client.done), _CASE_TIME)
    except TimeoutError:
        client.error = "the case took too long"
        client.drop(abort=True)
        await client.done
    except OSError as error:
        return Outcome(number, "FAILED", "FAILED", f"connect: {error}", "", None, None, 0)
    found = client.runCase
    return Outcome(
        number, "FAILED" if client.error else found.behavior, found.behaviorClose, client.error or str(found.result),
        str(found.resultClose), client.remoteCloseCode, client.peerViolation,
        round(1000 * (time.monotonic() - began)),
    )  # fmt: skip


async def run_cases(cases: dict[str, CaseClass], address: str, insecure: bool, jobs: int) -> list[Outcome]:
    """Run the cases, so many at a time; the heavy ones by themselves."""
    url = urllib.parse.urlsplit(address)
    context = ssl.create_default_context() if url.scheme == "wss" else None
    if context is not None and insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    places, alone = asyncio.Semaphore(jobs), asyncio.Semaphore(1)

    async def one(number: str, case: CaseClass, semaphore: asyncio.Semaphore) -> Outcome:
        async with semaphore:
            return await run_case(number, case, url, context)

    light = [one(n, c, places) for n, c in cases.items() if not n.startswith(_HEAVY)]
    outcomes = await asyncio.gather(*light)
    heavy = [one(n, c, alone) for n, c in cases.items() if n.startswith(_HEAVY)]
    return [*outcomes, *await asyncio.gather(*heavy)]


def select(cases: dict[str, CaseClass], wanted: str, unwanted: str, count: int | None) -> dict[str, CaseClass]:
    """The cases that match a pattern of `wanted` and none of `unwanted`; `count` caps their repetitions."""
    patterns, against = wanted.split(","), [text for text in unwanted.split(",") if text]
    chosen = {}
    for number, case in cases.items():
        if _matches(number, patterns) and not _matches(number, against):
            if count and hasattr(case, "COUNT"):
                case.COUNT = min(case.COUNT, count)
            chosen[number] = case
    return chosen


def _matches(number: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(number, pattern) for pattern in patterns)


def report(outcomes: list[Outcome]) -> bool:
    """Print the groups and what failed; whether nothing did."""
    groups: dict[int, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for outcome in outcomes:
        groups[int(outcome.number.split(".")[0])][outcome.label] += 1
    for group in sorted(groups):
        print(group, ", ".join(f"{label} {count}" for label, count in groups[group].most_common()))
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in failed:
        print("FAILED", outcome)
    print(f"{len(outcomes)} cases, {len(failed)} failed")
    return not failed


@contextlib.contextmanager
def _servers(url: str | None) -> Iterator[list[str]]:
    """The addresses to test: the one given, or those of servers of our own."""
    if url is not None:
        yield [url]
        return
    with EchoServer(tls=False) as plain, EchoServer(tls=True) as tls:
        yield [f"ws://127.0.0.1:{plain.port}/", f"wss://localhost:{tls.port}/"]


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="an echo server that runs already")
    parser.add_argument("--cases", default="*", help="patterns of case numbers, such as '1.*,6.4.*'")
    parser.add_argument("--exclude", default="", help="patterns of cases to leave out")
    parser.add_argument("--jobs", type=int, default=8, help="cases at a time")
    parser.add_argument("--count", type=int, help="at most so many repetitions in cases that repeat")
    parser.add_argument("--json", help="write all outcomes to this file")
    args = parser.parse_args()
    try:
        cases = select(load_cases(), args.cases, args.exclude, args.count)
    except NotInstalled as problem:
        print(f"the cases are not installed: {problem}", file=sys.stderr)
        return 2
    good, found = True, {}
    with _servers(args.url) as addresses:
        for address in addresses:
            print(address)
            outcomes = asyncio.run(run_cases(cases, address, args.url is None, args.jobs))
            found[address] = [asdict(outcome) for outcome in outcomes]
            good &= report(outcomes)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
