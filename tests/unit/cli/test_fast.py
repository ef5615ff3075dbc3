"""The warm path: which command lines it takes, and what it must not import."""

from __future__ import annotations

import subprocess
import sys

import pytest

from snowc.cli.fast import DEFAULT_CODE_KEY, RunRequest, recognise
from snowc.options import RUN_OPT_LEVEL, Options


@pytest.mark.parametrize(
    ("argv", "request_"),
    [
        (["run", "x.snow"], RunRequest("x.snow", [])),
        (["run", "app", "--", "-a", "--", "b"], RunRequest("app", ["-a", "--", "b"])),
        (["run", "app", "--"], RunRequest("app", [])),
    ],
)
def test_plain_runs_are_taken(argv: list[str], request_: RunRequest) -> None:
    assert recognise(argv) == request_


@pytest.mark.parametrize(
    "argv",
    [[], ["run"], ["run", "--help"], ["run", "x", "y"], ["run", "-O2", "x"], ["run", "x", "-O2"], ["build", "x"]],
)
def test_everything_else_is_left_to_the_full_path(argv: list[str]) -> None:
    assert recognise(argv) is None


def test_the_key_is_that_of_a_run_without_options() -> None:
    assert Options(opt_level=RUN_OPT_LEVEL).code_key() == DEFAULT_CODE_KEY


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    env = {"PYTHONPATH": ":".join(sys.path)}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)


def test_nothing_heavy_is_imported_before_the_fast_path_declines() -> None:
    loaded = set(run_python("import sys, snowc.cli.main; print(*sys.modules)").stdout.split())
    heavy = {"click", "lark", "llvmlite", "dataclasses", "inspect", "json", "snowc.options", "snowc.session", "typing"}
    assert "snowc.cli.fast" in loaded and not heavy & loaded


def test_commands_import_no_pipeline_until_they_run() -> None:
    code = """
import sys
from snowc.cli.main import main
try:
    main(["--help"])
finally:
    print(*sys.modules, file=sys.stderr)
"""
    loaded = set(run_python(code).stderr.split())
    heavy = {"lark", "llvmlite", "snowc.session", "snowc.syntax", "snowc.codegen"}
    assert "click" in loaded and not heavy & loaded
