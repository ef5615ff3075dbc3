"""The golden runner: one sectioned text file per case, one function per stage.

A case is a file `tests/golden/STAGE/**/NAME.case`. A line `== NAME` begins a section; a short content may
follow on the same line. Some sections are input (`about source file flags args stdin schedulers
diagnostics`), the others are what the stage must produce (`errors ast types mir:PASS llvm stdout stderr exit
files`). Only sections that a case has are compared, and `--update` rewrites only those.

Every section holds one text. Its last line end is not shown; a text that ends otherwise says so in a
last line (`NO_NEWLINE`, `MORE_NEWLINES`), so that outputs are compared exactly. A line of a text that
looks like the begin of a section has a backslash in front.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

INPUTS = ("about", "source", "file", "flags", "args", "stdin", "schedulers", "diagnostics")
OUTPUTS = ("errors", "ast", "types", "mir", "llvm", "stdout", "stderr", "exit", "files")
_HEADER = re.compile(r"== (?P<name>[a-z]+)(?P<part>:\S+)?(?:[ \t]+(?P<rest>.*))?")
_LIKE_HEADER = re.compile(r"^\\*== ", re.MULTILINE)
_ESCAPED = re.compile(r"^\\(\\*== )", re.MULTILINE)
NO_NEWLINE = "(no newline at the end)"
MORE_NEWLINES = "(and {} more newlines)"
_MORE = re.compile(r"\(and (\d+) more newlines\)")


class BadCase(Exception):
    """A case file that does not follow the form."""


class Mismatch(Exception):
    """Sections that differ from what the stage produced; the text is a diff."""


def to_section(text: str) -> str:
    """An output as it is written in a section; escape sequences are made visible."""
    body = _LIKE_HEADER.sub(r"\\\g<0>", text.replace("\x1b", "␛"))
    stripped = body.rstrip("\n")
    extra = len(body) - len(stripped) - 1
    if not stripped:
        return stripped if extra < 0 else MORE_NEWLINES.format(extra + 1)
    if extra < 0:
        return f"{stripped}\n{NO_NEWLINE}"
    return f"{stripped}\n{MORE_NEWLINES.format(extra)}" if extra else stripped


def from_section(body: str) -> str:
    """The text that a section stands for."""
    body = _ESCAPED.sub(r"\1", body)
    head, _, last = body.rpartition("\n")
    if last == NO_NEWLINE:
        return head
    if more := _MORE.fullmatch(last):
        return (f"{head}\n" if head else "") + "\n" * int(more[1])
    return f"{body}\n" if body else ""


@dataclass
class Section:
    """One section: `name` (`mir`), `key` (`mir:insert_rc`, `file shapes/flat.snow`) and its body."""

    name: str
    key: str
    body: str
    inline: bool

    def write(self) -> str:
        if self.inline and "\n" not in self.body:
            return f"== {self.key} {self.body}\n" if self.body else f"== {self.key}\n"
        return f"== {self.key}\n{self.body}\n" if self.body else f"== {self.key}\n"


@dataclass
class Case:
    """A parsed case file."""

    stage: str
    sections: list[Section] = field(default_factory=list)

    def get(self, key: str) -> str | None:
        """The text of an input section, None if the case has none."""
        return next((from_section(s.body) for s in self.sections if s.key == key), None)

    def files(self) -> dict[str, str]:
        """Source files by name; a `source` section is `main.snow`."""
        out = {} if self.get("source") is None else {"main.snow": self.get("source") or ""}
        out.update({s.key.removeprefix("file "): from_section(s.body) for s in self.sections if s.name == "file"})
        return out

    @property
    def is_project(self) -> bool:
        return any(section.name == "file" for section in self.sections)

    def words(self, key: str) -> list[str]:
        """A section of words, quoted as in a shell."""
        return shlex.split(self.get(key) or "")

    def expected(self) -> dict[str, str]:
        """The bodies of the output sections."""
        return {s.key: s.body for s in self.sections if s.name in OUTPUTS}


def parse_case(text: str, stage: str) -> Case:
    """Read a case file; `BadCase` says what is wrong with it."""
    case = Case(stage)
    lines: list[str] = []
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        if line.startswith("== "):
            _close(case, lines)
            lines = []
            case.sections.append(_open(line, number))
        elif not case.sections:
            raise BadCase(f"line {number}: text before the first section")
        elif case.sections[-1].inline:
            raise BadCase(f"line {number}: section `{case.sections[-1].key}` has its content on the first line already")
        else:
            lines.append(line)
    _close(case, lines)
    _check(case)
    return case


def _open(line: str, number: int) -> Section:
    match = _HEADER.fullmatch(line)
    name = match["name"] if match else ""
    if match is None or name not in INPUTS + OUTPUTS or (name == "mir") is not bool(match["part"]):
        raise BadCase(f"line {number}: `{line}` does not begin a section; indent it if it belongs to the one above")
    rest = match["rest"] or ""
    if name == "file":
        return Section(name, f"file {rest}", "", inline=False)
    return Section(name, name + (match["part"] or ""), rest, inline=bool(rest))


def _close(case: Case, lines: list[str]) -> None:
    if case.sections and not case.sections[-1].inline:
        case.sections[-1].body = "\n".join(lines)


def _check(case: Case) -> None:
    keys = [section.key for section in case.sections]
    if not case.get("about"):
        raise BadCase("no `about` section: say in one line what the case shows")
    if double := {key for key in keys if keys.count(key) > 1}:
        raise BadCase(f"section given twice: {', '.join(sorted(double))}")
    if not case.expected():
        raise BadCase("nothing is expected: add a section such as `errors` or `stdout`")


def write_case(case: Case) -> str:
    return "".join(section.write() for section in case.sections)


Produce = Callable[[Case, Path, str], Mapping[str, str]]
"""A stage: case, an empty folder, the variant of the run -> output texts by section key."""


@dataclass(frozen=True)
class Stage:
    """How the cases of one folder are carried out; `full` names the variants of the slow suite."""

    produce: Produce
    full: tuple[str, ...] = ()


DEFAULT = "default"


def compare(case: Case, outputs: Mapping[str, str], *, only_produced: bool = False) -> None:
    """Raise `Mismatch` if an expected section differs. A slow variant need not produce all of them."""
    diffs = []
    for key, body in case.expected().items():
        if key not in outputs:
            if only_produced:
                continue
            raise BadCase(f"stage `{case.stage}` produces no section `{key}`")
        actual = to_section(outputs[key])
        if actual != body:
            diff = difflib.unified_diff(body.split("\n"), actual.split("\n"), "expected", "actual", lineterm="", n=4)
            diffs.append("\n".join([f"== {key}", *diff]))
    if diffs:
        raise Mismatch("\n".join(diffs))


def update(case: Case, outputs: Mapping[str, str]) -> bool:
    """Put the produced texts into the sections that are there; tells whether any changed."""
    before = case.expected()
    for section in case.sections:
        if section.name in OUTPUTS and section.key in outputs:
            section.body = to_section(outputs[section.key])
            section.inline = section.inline and "\n" not in section.body and section.body == section.body.strip()
    return case.expected() != before
