"""Names of packages: which are possible, and the module names they give (language.md 8.5)."""

from __future__ import annotations

import re

from snowc.modules.names import pascal_case

LONGEST = 64
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def problem(name: str) -> str | None:
    """Why a package cannot be called `name`, or None if it can.

    The name becomes the begin of module names and the name of a folder, hence the rules.
    """
    if not name:
        return "it is empty"
    if not re.match(r"[A-Za-z]", name):
        return "it must begin with a letter from a to z"
    if not _NAME.fullmatch(name):
        wrong = next(char for char in name if not re.match(r"[A-Za-z0-9_-]", char))
        shown = repr(wrong) if wrong.isspace() or not wrong.isprintable() else f"'{wrong}'"
        return f"it contains {shown}; letters from a to z, digits, `-` and `_` are allowed"
    return f"it is longer than {LONGEST} characters" if len(name) > LONGEST else None


def module_prefix(name: str) -> str:
    """What the modules of a package begin with: `geo-tools` → `GeoTools`."""
    return pascal_case(name.replace("-", "_"))
