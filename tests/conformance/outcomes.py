"""What the cases found, what is required of them (network.md 22, CF-1), and the two forms in which it is told."""

from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

GOOD_CLOSES = ("OK", "INFORMATIONAL")
_SUBJECTS = {
    1: "framing, text and binary",
    2: "pings and pongs",
    3: "reserved bits",
    4: "opcodes",
    5: "fragmentation",
    6: "UTF-8",
    7: "closing",
    9: "limits and performance",
    10: "automatic fragmentation",
    12: "compression, default offer",
    13: "compression, other offers",
}
_MAY_BE_LATE = (3, 4, 5)
"""Groups in which failing a little later than strictly necessary is allowed."""


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
    def group(self) -> int:
        return group_of(self.number)

    @property
    def passed(self) -> bool:
        """Whether this is what a server with compression owes."""
        return self.behavior in required(self.number) and self.behavior_close in GOOD_CLOSES

    @property
    def label(self) -> str:
        """The behaviour, and that at the end where it is not plainly good."""
        return self.behavior + ("" if self.behavior_close == "OK" else f"/close:{self.behavior_close}")


def required(number: str) -> tuple[str, ...]:
    """The behaviours that pass for this case. UTF-8 has to fail at once, 6.4 included."""
    if number == "7.1.6" or number.startswith("7.13."):
        return ("OK", "INFORMATIONAL")
    return ("OK", "NON-STRICT") if group_of(number) in _MAY_BE_LATE else ("OK",)


def group_of(number: str) -> int:
    """The group of a case."""
    return int(number.partition(".")[0])


def _by_group(outcomes: Sequence[Outcome]) -> dict[int, list[Outcome]]:
    groups: dict[int, list[Outcome]] = collections.defaultdict(list)
    for outcome in outcomes:
        groups[outcome.group].append(outcome)
    return dict(sorted(groups.items()))


def _counts(outcomes: Sequence[Outcome]) -> str:
    found = collections.Counter(outcome.label for outcome in outcomes)
    return ", ".join(f"{label} {count}" for label, count in found.most_common())


def _slowest(outcomes: Sequence[Outcome]) -> str:
    slowest = max(outcomes, key=lambda outcome: outcome.milliseconds)
    return f"{slowest.number}, {slowest.milliseconds / 1000:.1f} s"


def as_text(outcomes: Sequence[Outcome]) -> str:
    """A line per group, then the cases that did not pass."""
    lines = [f"{group:2} {_counts(found)}" for group, found in _by_group(outcomes).items()]
    failed = [outcome for outcome in outcomes if not outcome.passed]
    lines += [f"FAILED {outcome}" for outcome in failed]
    return "\n".join((*lines, f"{len(outcomes)} cases, {len(failed)} failed"))


def as_page(found: Mapping[str, Sequence[Outcome]], command: str) -> str:
    """The page of the documentation: a table per kind of address, `found` being by its name."""
    parts = [_HEAD.format(command=command)]
    for kind, outcomes in found.items():
        failed = [outcome.number for outcome in outcomes if not outcome.passed]
        parts.append(f"## {kind}\n\n{_table(outcomes)}")
        parts.append(f"{len(outcomes)} cases, {len(failed)} not as required{': ' * bool(failed)}{', '.join(failed)}.\n")
    return "\n".join(parts)


def _table(outcomes: Sequence[Outcome]) -> str:
    rows = ["| Group | Subject | Cases | Found | Longest |", "|---|---|---|---|---|"]
    for group, found in _by_group(outcomes).items():
        subject = _SUBJECTS.get(group, "")
        rows.append(f"| {group} | {subject} | {len(found)} | {_counts(found)} | {_slowest(found)} |")
    return "\n".join((*rows, ""))


_HEAD = """\
# Conformance of WebSocket servers

The client cases of Autobahn|Testsuite 25.10.1 against a Snow program that sends every message back
(`tests/conformance/echo.snow`), with compression on. This page is written by

```sh
{command}
```

OK is what the standard asks for; NON-STRICT is a violation that is noticed a little later than it could be;
INFORMATIONAL is behaviour that the standard leaves open. How each connection ends is judged as well, and is named
where it is not OK.
"""
