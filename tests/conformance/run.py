"""Run Autobahn's cases against a WebSocket echo server.

    python -m tests.conformance.run [--cases '1.*,6.4.*'] [--count 50] [--built] [--report docs/conformance.md]
    python -m tests.conformance.run --url ws://127.0.0.1:9001/

Without `--url` the Snow program `echo.snow` of this folder is started for it, plain and then with TLS. The status
is 1 if a case is not as required.
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
from dataclasses import asdict
from pathlib import Path

from tests.conformance.cases import CaseClass, NotInstalled, load_cases
from tests.conformance.client import CaseClient
from tests.conformance.outcomes import Outcome, as_page, as_text, group_of
from tests.conformance.snow_server import serving

_CASE_TIME = 600.0
_AT_A_TIME = {9: 1, 12: 2, 13: 2}
"""Groups whose cases keep the client busy: with more of them at a time it would be too slow for their deadlines."""


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
    """Run the cases, so many at a time; the heavy groups by themselves."""
    url = urllib.parse.urlsplit(address)
    context = ssl.create_default_context() if url.scheme == "wss" else None
    if context is not None and insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    batches: dict[int, dict[str, CaseClass]] = collections.defaultdict(dict)
    for number, case in cases.items():
        batches[min(jobs, _AT_A_TIME.get(group_of(number), jobs))][number] = case

    async def one(number: str, case: CaseClass, places: asyncio.Semaphore) -> Outcome:
        async with places:
            return await run_case(number, case, url, context)

    outcomes: list[Outcome] = []
    for at_a_time, batch in batches.items():
        places = asyncio.Semaphore(at_a_time)
        outcomes += await asyncio.gather(*(one(number, case, places) for number, case in batch.items()))
    return outcomes


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


def _addresses(url: str | None, is_built: bool) -> Iterator[tuple[str, str]]:
    """What to test: a name for it and its address. Our own servers live until the next is asked for."""
    if url is not None:
        yield url, url
        return
    for tls in (False, True):
        with serving(tls, is_built) as address:
            yield f"Over `{'wss' if tls else 'ws'}://`", address


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="an echo server that runs already")
    parser.add_argument("--built", action="store_true", help="build our own server instead of running its source")
    parser.add_argument("--cases", default="*", help="patterns of case numbers, such as '1.*,6.4.*'")
    parser.add_argument("--exclude", default="", help="patterns of cases to leave out")
    parser.add_argument("--jobs", type=int, default=8, help="cases at a time")
    parser.add_argument("--count", type=int, help="at most so many repetitions in cases that repeat")
    parser.add_argument("--json", type=Path, help="write all outcomes to this file")
    parser.add_argument("--report", type=Path, help="write a page with the outcomes to this file")
    return parser.parse_args()


def _command(args: argparse.Namespace) -> str:
    """What writes the page again."""
    parts = ["python -m tests.conformance.run", *["--built"] * args.built]
    given = {"url": None, "cases": "*", "exclude": "", "count": None}
    parts += [f"--{name} {getattr(args, name)}" for name, usual in given.items() if getattr(args, name) != usual]
    return " ".join((*parts, "--report docs/conformance.md"))


def main() -> int:
    """The exit status."""
    args = _arguments()
    try:
        cases = select(load_cases(), args.cases, args.exclude, args.count)
    except NotInstalled as problem:
        print(f"the cases are not installed: {problem}", file=sys.stderr)
        return 2
    found: dict[str, list[Outcome]] = {}
    with contextlib.closing(_addresses(args.url, args.built)) as addresses:
        for name, address in addresses:
            print(address, flush=True)
            began = time.monotonic()
            found[name] = asyncio.run(run_cases(cases, address, args.url is None, args.jobs))
            print(f"{as_text(found[name])}, {time.monotonic() - began:.1f} s", flush=True)
    if args.json:
        args.json.write_text(json.dumps({name: [asdict(o) for o in all_] for name, all_ in found.items()}, indent=1))
    if args.report:
        args.report.write_text(as_page(found, _command(args)))
    return 0 if all(outcome.passed for outcomes in found.values() for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
