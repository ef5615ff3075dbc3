"""Nearest names for "did you mean" (language.md 9.5).

The caller passes the visible names of the right kind in scope order; the first of those at the
smallest Levenshtein distance wins, if that distance is at most two.
"""

from __future__ import annotations

from collections.abc import Iterable

MAX_DISTANCE = 2


def distance(a: str, b: str, limit: int = MAX_DISTANCE) -> int:
    """Levenshtein distance of `a` and `b`, or `limit + 1` as soon as it is known to exceed `limit`."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    row = list(range(len(b) + 1))
    for i, ca in enumerate(a, start=1):
        previous, row[0] = row[0], i
        for j, cb in enumerate(b, start=1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (ca != cb))
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def nearest(name: str, candidates: Iterable[str], limit: int = MAX_DISTANCE) -> str | None:
    """The closest candidate other than `name` itself within `limit`; the first one on a tie."""
    best, best_distance = None, limit + 1
    for candidate in candidates:
        if candidate == name:
            continue
        # Only a strictly better candidate can win, so the search narrows as it goes.
        found = distance(name, candidate, best_distance - 1)
        if found < best_distance:
            best, best_distance = candidate, found
            if found == 1:
                break
    return best


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """The help line ``did you mean `y`?``, or None if nothing is near enough."""
    best = nearest(name, candidates)
    return None if best is None else f"did you mean `{best}`?"
