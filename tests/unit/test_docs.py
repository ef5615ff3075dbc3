"""The pages a reader meets first are true: links and paths exist, programs print what is shown.

Read are the README, the changelog, `docs/*.md` and `docs/guide/*.md`; the pages of `snowc explain` have their own
tests.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.glob("*.md"), *DOCS.glob("guide/*.md")])

FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`\n]+)`")
# A code span that can only mean a file of ours: it begins with one of our folders or top-level files.
OUR_PATH = re.compile(
    r"(?:snowc|runtime|tests|examples|docs|benchmarks|\.ci)/[\w./{},-]*|"
    r"pyproject\.toml|setup\.py|README\.md|CHANGELOG\.md|LICENSE"
)
# Places in a pattern that stand for something else.
PLACEHOLDER = re.compile(r"\b[A-Z]{3,}\b|[*<>…]")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", text)


def expand(path: str) -> list[str]:
    """`a/{b,c}.py` stands for `a/b.py` and `a/c.py`."""
    match = re.search(r"\{([^}]*)\}", path)
    if match is None:
        return [path]
    heads = [path[: match.start()] + part + path[match.end() :] for part in match.group(1).split(",")]
    return [full for head in heads for full in expand(head)]


def mentioned_paths(text: str) -> list[str]:
    """Paths of ours in the code spans of a page; those with placeholders are left out."""
    spans = [span for span in SPAN.findall(prose(text)) if OUR_PATH.fullmatch(span)]
    return [path for span in spans if not PLACEHOLDER.search(span.replace("README", "").replace("LICENSE", "")
            .replace("CHANGELOG", "")) for path in expand(span)]


def command_words(text: str) -> list[str]:
    """The words of all shell blocks and of code spans that call a tool of the environment."""
    blocks = [body for kind, body in FENCE.findall(text) if kind == "sh"]
    spans = [span for span in SPAN.findall(prose(text)) if span.startswith((".venv/bin/", "snowc "))]
    return [word for line in "\n".join([*blocks, *spans]).splitlines() for word in shlex.split(line, comments=True)]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [t.split("#")[0] for t in LINK.findall(prose(page.read_text(encoding="utf-8")))]
    broken = [t for t in targets if t and "://" not in t and not (page.parent / t).exists()]
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_mentioned_paths_exist(page: Path) -> None:
    missing = [path for path in mentioned_paths(page.read_text(encoding="utf-8")) if not (ROOT / path).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_named_in_commands_exist(page: Path) -> None:
    words = command_words(page.read_text(encoding="utf-8"))
    files = [word for word in words if OUR_PATH.fullmatch(word) and not PLACEHOLDER.search(word.replace("README", ""))]
    assert not [word for word in files if not (ROOT / word).exists()]


def test_every_page_of_docs_is_reachable_from_the_readme() -> None:
    seen: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in seen or page.suffix != ".md" or not page.is_file():
            continue
        seen.add(page)
        todo += [(page.parent / t.split("#")[0]).resolve() for t in LINK.findall(page.read_text(encoding="utf-8"))]
    assert set(PAGES) <= seen


def test_the_readme_gives_the_command_that_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for step in ("pip install -e '.[dev]'", "pytest"):
        assert f".venv/bin/{step}" in readme
    assert """pip" install""" in script and """-e '.[dev]'""" in script and """/pytest" """ in script


def programs(page: Path) -> list[tuple[str, str]]:
    """Each `snow` block that is directly followed by an `output` block."""
    blocks = FENCE.findall(page.read_text(encoding="utf-8"))
    return [
        (body, out)
        for (kind, body), (next_kind, out) in zip(blocks, blocks[1:], strict=False)
        if (kind, next_kind) == ("snow", "output")
    ]


PROGRAMS = [(page, source, output) for page in PAGES for source, output in programs(page)]


@pytest.mark.parametrize(("page", "source", "output"), PROGRAMS, ids=[name(p) for p, _, _ in PROGRAMS])
def test_programs_print_what_is_shown(page: Path, source: str, output: str, tmp_path: Path) -> None:
    program = tmp_path / "main.snow"
    program.write_text(source, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-c", "from snowc.cli.main import main; main()", "run", str(program)],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": f"{ROOT}:{ROOT / 'runtime'}", "HOME": str(tmp_path)},
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, output, "")


# The reader of pages is itself worth a test.


def test_paths_are_found_and_expanded() -> None:
    text = "See `snowc/mir/{ir,print}.py`, `tests/golden/STAGE/NAME.case`, `pyproject.toml` and `x / y`."
    assert mentioned_paths(text) == ["snowc/mir/ir.py", "snowc/mir/print.py", "pyproject.toml"]


def test_a_missing_file_would_be_seen() -> None:
    assert mentioned_paths("`snowc/nowhere.py`") == ["snowc/nowhere.py"]
    assert "examples/nowhere.snow" in command_words("```sh\nsnowc run examples/nowhere.snow # why\n```\n")
