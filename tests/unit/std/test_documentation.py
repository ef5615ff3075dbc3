"""The examples in the library's documentation comments give what they say.

An example is a line `## >>> EXPRESSION` and the lines below it, up to the next line that is blank, an
example or no comment: the text of its value. All of them are printed by one program.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.stages import ROOT, environment

STD = ROOT / "runtime" / "std"
BETWEEN = "--------"
SILENT = frozenset({"ws"})
"""Modules whose functions have no value to show."""
_COMMENT = re.compile(r"##!? ?(.*)")
_PUBLIC = re.compile(r"^pub fn ([a-z]\w*)", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    place: str
    expression: str
    text: str


def examples() -> list[Example]:
    """All examples of all library modules."""
    found: list[Example] = []
    for path in sorted(STD.rglob("*.snow")):
        lines = [_COMMENT.fullmatch(line) for line in path.read_text(encoding="utf-8").split("\n")]
        texts = ["" if line is None else line[1] for line in lines]
        for number, text in enumerate(texts):
            if text.startswith(">>> "):
                result = _below(texts[number + 1 :])
                found.append(Example(f"{path.name}:{number + 1}", text.removeprefix(">>> "), result))
    return found


def _below(texts: list[str]) -> str:
    end = next((i for i, text in enumerate(texts) if not text.strip() or text.startswith(">>> ")), len(texts))
    return "\n".join(texts[:end])


@cache
def outputs() -> list[str]:
    """What the examples give, in order."""
    body = "".join(f'  println("${{{e.expression}}}")\n  println("{BETWEEN}")\n' for e in examples())
    with TemporaryDirectory(prefix="snow-doc-") as folder:
        Path(folder, "main.snow").write_text(f"fn main() do\n{body}end\n", encoding="utf-8")
        command = [sys.executable, "-c", "from snowc.cli.main import main; main()", "run", "main.snow"]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, env=environment(Path(folder)), timeout=120
        )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout.split(f"\n{BETWEEN}\n")[:-1]


@pytest.mark.parametrize("number", range(len(examples())), ids=[e.place for e in examples()])
def test_the_example_gives_what_it_says(number: int) -> None:
    assert outputs()[number] == examples()[number].text


@pytest.mark.parametrize(
    "path", [p for p in sorted(STD.glob("*.snow")) if p.stem not in SILENT], ids=lambda path: path.stem
)
def test_every_public_function_has_an_example(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    name = path.stem.capitalize()
    shown = {word for e in examples() for word in re.findall(r"\w+", e.expression)}
    missing = [function for function in _PUBLIC.findall(text) if function not in shown]
    assert missing == [], f"no example calls these functions of {name}"
