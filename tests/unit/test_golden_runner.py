"""The golden runner itself: the form of cases, exact comparison, updating, stray files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.golden import BadCase, Case, Mismatch, compare, from_section, parse_case, to_section, update, write_case
from tests.stages import run_program

ROOT = Path(__file__).resolve().parents[2]
CASE = """\
== about adds numbers
== source
fn main() do
  println("3")
end
== file shapes/flat.snow
pub fn area() = 1
== flags -O 2 --verify
== mir:insert_rc
fn main
== stdout 3
== exit 0
"""


def case(text: str = CASE) -> Case:
    return parse_case(text, "run")


# ---- the form ----------------------------------------------------------------------------------


def test_sections_are_read() -> None:
    read = case()
    assert list(read.files()) == ["main.snow", "shapes/flat.snow"] and read.is_project
    assert read.words("flags") == ["-O", "2", "--verify"]
    assert read.get("stdin") is None
    assert read.expected() == {"mir:insert_rc": "fn main", "stdout": "3", "exit": "0"}


def test_writing_gives_the_file_back() -> None:
    assert write_case(case()) == CASE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello\n", "line 1: text before the first section"),
        ("== about x\nmore\n== stdout y\n", "line 2: section `about`"),
        ("== about x\n== sorce\n", "line 2: `== sorce` does not begin a section"),
        ("== about x\n== mir\n", "does not begin a section"),
        ("== about x\n== stdout:y\n", "does not begin a section"),
        ("== stdout x\n", "no `about` section"),
        ("== about x\n== source\n", "nothing is expected"),
        ("== about x\n== stdout a\n== stdout b\n", "section given twice: stdout"),
    ],
)
def test_bad_cases_are_refused(text: str, words: str) -> None:
    with pytest.raises(BadCase, match=words.replace("(", r"\(")):
        parse_case(text, "run")


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("a= \\\n(x)"), max_size=30))
def test_sections_hold_any_text_exactly(text: str) -> None:
    body = to_section(text)
    assert from_section(body) == text
    read = parse_case(
        f"== about x\n== stdout\n{body}\n== exit 0\n" if body else "== about x\n== stdout\n== exit 0\n", "run"
    )
    assert read.expected()["stdout"] == body


def test_a_missing_line_end_is_visible() -> None:
    assert to_section("a") == "a\n(no newline at the end)"
    assert to_section("a\n\n\n") == "a\n(and 2 more newlines)"
    assert to_section("\x1b[1m\n") == "␛[1m"


# ---- comparing and updating --------------------------------------------------------------------


def test_equal_outputs_pass_and_others_are_shown_as_a_diff() -> None:
    outputs = {"mir:insert_rc": "fn main\n", "stdout": "3\n", "exit": "0\n", "stderr": "not asked for\n"}
    compare(case(), outputs)
    with pytest.raises(Mismatch, match=r"== stdout\n(?s:.*)-3\n\+4"):
        compare(case(), {**outputs, "stdout": "4\n"})
    with pytest.raises(Mismatch, match="no newline at the end"):
        compare(case(), {**outputs, "stdout": "3"})


def test_an_expected_section_must_be_produced_but_not_by_the_slow_variants() -> None:
    with pytest.raises(BadCase, match="produces no section `mir:insert_rc`"):
        compare(case(), {"stdout": "3\n", "exit": "0\n"})
    compare(case(), {"stdout": "3\n", "exit": "0\n"}, only_produced=True)


def test_updating_rewrites_only_what_is_there() -> None:
    read = case()
    assert update(read, {"stdout": "4\n5\n", "exit": "1\n", "stderr": "new\n", "mir:insert_rc": "fn main\n"})
    assert write_case(read) == CASE.replace("== stdout 3\n== exit 0", "== stdout\n4\n5\n== exit 1")
    assert not update(read, {"stdout": "4\n5\n", "exit": "1\n"})


# ---- schedulers --------------------------------------------------------------------------------


def test_a_program_runs_with_every_number_of_schedulers(tmp_path: Path) -> None:
    read = case("== about x\n== schedulers 1 2\n== stdout\n")
    count = ["sh", "-c", "echo run >> runs; echo same"]
    assert run_program(read, count, tmp_path)["stdout"] == "same\n"
    assert (tmp_path / "runs").read_text() == "run\nrun\n"


def test_runs_that_differ_are_a_mismatch(tmp_path: Path) -> None:
    read = case("== about x\n== schedulers 1 2 4\n== stdout\n")
    with pytest.raises(Mismatch, match="with 2 schedulers"):
        run_program(read, ["sh", "-c", "echo $SNOW_SCHEDULERS"], tmp_path)


# ---- collection --------------------------------------------------------------------------------


def run_pytest(folder: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-c",
            os.devnull,
            "-p",
            "no:cacheprovider",
            f"--rootdir={folder}",
            *args,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{folder}:{ROOT}:{ROOT / 'runtime'}", **env},
    )


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A small suite of its own with one passing case."""
    tests = tmp_path / "tests"
    (tests / "golden" / "render").mkdir(parents=True)
    for name in ("conftest.py", "golden.py", "stages.py"):
        shutil.copy(ROOT / "tests" / name, tests)
    text = "== about x\n== diagnostics\nC0001 no\n== stderr error: no\n"
    (tests / "golden" / "render" / "one.case").write_text(text, encoding="utf-8")
    return tmp_path


def test_stray_files_fail(suite: Path) -> None:
    assert run_pytest(suite).returncode == 0
    golden = suite / "tests" / "golden"
    (golden / "render" / "notes.txt").write_text("", encoding="utf-8")
    (golden / "nostage").mkdir()
    (golden / "nostage" / "one.case").write_text("== about x\n== stdout y\n", encoding="utf-8")
    (golden / "README.md").write_text("", encoding="utf-8")
    done = run_pytest(suite)
    assert done.returncode == 1 and "3 failed, 1 passed" in done.stdout
    assert done.stdout.count("not a case") == 3


def test_update_writes_the_file_and_says_so(suite: Path) -> None:
    path = suite / "tests" / "golden" / "render" / "one.case"
    good = path.read_bytes()
    path.write_bytes(good.replace(b"error: no", b"error: yes"))
    assert "1 failed" in run_pytest(suite).stdout
    done = run_pytest(suite, "--update")
    assert done.returncode == 0 and "updated tests/golden/render/one.case" in done.stdout
    assert path.read_bytes() == good


@pytest.mark.parametrize(("args", "env", "words"), [
    ((), {"CI": "true"}, "--update does not work in CI"),
    (("-n", "2"), {}, "--update does not work with -n"),
])  # fmt: skip
def test_update_is_refused_where_nobody_reads_the_result(
    suite: Path, args: tuple[str, ...], env: dict[str, str], words: str
) -> None:
    done = run_pytest(suite, "--update", *args, **env)
    assert done.returncode == 4 and words in done.stderr
