"""Collects golden cases as tests of their own and adds `--update`.

`pytest tests/golden/run/hello.case` runs one case. Every file below `tests/golden` must be a case of a
known stage: a stray one fails. The tests marked `full` are left out unless `-m full` asks for them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests import golden
from tests.stages import STAGES

GOLDEN = Path(__file__).parent / "golden"
_UPDATED = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the expected sections that golden cases have")


def pytest_configure(config: pytest.Config) -> None:
    # A checkout does not keep the mode of the test keys, and a server warns of keys that others can read.
    for key in Path(__file__).parent.glob("unit/services/certs/*key.pem"):
        key.chmod(0o600)
    config.stash[_UPDATED] = []
    if not config.getoption("--update"):
        return
    if os.environ.get("CI", "").lower() in ("true", "1"):
        raise pytest.UsageError("--update does not work in CI: expectations are changed by people who read them")
    if config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
        raise pytest.UsageError("--update does not work with -n: run it in one process")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if GOLDEN not in file_path.parents:
        return None
    collector: pytest.Collector = CaseFile.from_parent(parent, path=file_path)
    return collector


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name in config.stash[_UPDATED]:
        terminalreporter.write_line(f"updated {name}")


class CaseFile(pytest.File):
    """One file below `tests/golden`: its default run and the variants of the slow suite."""

    def collect(self) -> Iterator[pytest.Item]:
        stage = STAGES.get(self.path.relative_to(GOLDEN).parts[0])
        if self.path.suffix != ".case" or stage is None:
            yield StrayFile.from_parent(self, name="stray")
            return
        yield CaseItem.from_parent(self, name=golden.DEFAULT)
        for variant in stage.full:
            item = CaseItem.from_parent(self, name=variant)
            item.add_marker(pytest.mark.full)
            yield item


class StrayFile(pytest.Item):
    """A file that no stage would ever look at."""

    def runtest(self) -> None:
        known = ", ".join(sorted(STAGES))
        raise golden.BadCase(f"not a case: files here are STAGE/NAME.case with a STAGE of {known}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        return f"{self.path}: {excinfo.value}"


class CaseItem(pytest.Item):
    """One case in one variant."""

    def runtest(self) -> None:
        stage_name = self.path.relative_to(GOLDEN).parts[0]
        case = golden.parse_case(self.path.read_bytes().decode("utf-8"), stage_name)
        with TemporaryDirectory(prefix="snow-case-") as folder:
            outputs = STAGES[stage_name].produce(case, Path(folder), self.name)
        if self.config.getoption("--update") and self.name == golden.DEFAULT and golden.update(case, outputs):
            self.path.write_bytes(golden.write_case(case).encode("utf-8"))
            self.config.stash[_UPDATED].append(str(self.path.relative_to(self.config.rootpath)))
        golden.compare(case, outputs, only_produced=self.name != golden.DEFAULT)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        if isinstance(excinfo.value, golden.Mismatch | golden.BadCase):
            return f"{self.path}: {excinfo.value}"
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"{self.path.relative_to(GOLDEN)} [{self.name}]"
