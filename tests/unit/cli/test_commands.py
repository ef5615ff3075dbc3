"""The commands over a session that is played: statuses, streams, options, faults."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

from snowc import __version__
from snowc.cli import main as entry
from snowc.cli.group import COMMANDS
from snowc.cli.report import FAILED
from snowc.cli.shared import unsupported_target, wants_color
from snowc.diag.codes import page
from snowc.diag.core import NotSupportedYet, ProjectError, Sink, Warning_, diagnostic
from snowc.options import Options
from snowc.source.files import SourceMap
from snowc.source.span import NO_SPAN, Span


class InternalError(Exception):
    def __init__(self, pass_name: str, span: Span | None, cause: Exception) -> None:
        super().__init__(str(cause))
        self.pass_name, self.span, self.cause = pass_name, span, cause


@diagnostic
class Odd(Warning_):
    code = "W0003"

    def message(self) -> str:
        return "odd"


@dataclass
class Play:
    """What the played session does, and what it was asked."""

    errors: tuple[ProjectError | NotSupportedYet | Odd, ...] = ()
    status: int = 0
    fault: Exception | None = None
    options: Options = field(default_factory=Options)
    asked: list[tuple[object, ...]] = field(default_factory=list)


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Play:
    """Put a played `snowc.session` in place of the real one."""
    script = Play()

    class Session:
        def __init__(self, options: Options) -> None:
            script.options = options
            self.sink, self.sources = Sink(), SourceMap()
            self.sources.add_text("app/main.snow", "fn main() do\n  1\nend\n")
            self.timings: list[tuple[str, float]] = []
            self.dumps: list[tuple[str, str]] = []

        def _compile(self, *asked: object) -> bool:
            script.asked.append(asked)
            self.timings = [("parse", 0.25), ("lower", 0.5)]
            self.dumps = [(name, "fn main\n") for name in script.options.dump_mir]
            if script.fault is not None:
                raise script.fault
            self.sink.extend(script.errors)
            return not self.sink.has_errors

        def check(self, path: Path) -> bool:
            return self._compile("check", path)

        def build(self, path: Path) -> Path | None:
            return script.options.executable(path) if self._compile("build", path) else None

        def run(self, path: Path, args: Sequence[str], before_start: Callable[[], None]) -> int:
            if not self._compile("run", path, list(args)):
                return 1
            before_start()
            print("program output", file=sys.stderr)
            return script.status

    module = ModuleType("snowc.session")
    module.__dict__.update(Session=Session, InternalError=InternalError)
    monkeypatch.setitem(sys.modules, "snowc.session", module)
    monkeypatch.setattr("os._exit", sys.exit)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("SNOW_TRACEBACK", raising=False)
    return script


@dataclass
class Ended:
    status: int
    out: str
    err: str


Snowc = Callable[..., Ended]


@pytest.fixture
def snowc(capsys: pytest.CaptureFixture[str]) -> Snowc:
    def call(*args: str) -> Ended:
        with pytest.raises(SystemExit) as stop:
            entry.main(list(args))
        captured = capsys.readouterr()
        assert isinstance(stop.value.code, int)
        assert "Traceback" not in captured.err
        return Ended(stop.value.code, captured.out, captured.err)

    return call


# ---- usage -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_on_standard_output_with_examples(snowc: Snowc, command: str) -> None:
    ended = snowc(*command.split(), "--help")
    assert (ended.status, ended.err) == (0, "")
    assert f"Usage: snowc {command}".rstrip() in ended.out and "Example" in ended.out


def test_help_lists_only_commands_that_exist(snowc: Snowc) -> None:
    listed = [line.split()[0] for line in snowc("--help").out.split("Commands:\n")[1].split("\n\n")[0].split("\n")]
    assert listed == list(COMMANDS)


def test_version(snowc: Snowc) -> None:
    ended = snowc("--version")
    assert (ended.status, ended.out, ended.err) == (0, f"snowc {__version__}\n", "")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ("", "missing command"),
        ("fmt", "unknown command 'fmt'\n"),
        ("zzzzzz", "unknown command 'zzzzzz'\n"),
        ("biuld x", "unknown command 'biuld' (did you mean 'build'?)"),
        ("build", "missing argument FILE|DIR"),
        ("build x --emit-llm", "unknown option '--emit-llm' (did you mean '--emit-llvm'?)"),
        ("build x -Z", "unknown option '-Z'"),
        ("--frobnicate", "unknown option '--frobnicate'"),
        ("check x --target y", "unknown option '--target'"),
        ("run x -o y", "unknown option '-o'"),
        ("run x -O 4", "4 is not in the range"),
        ("build x -O fast", "'fast' is not a valid integer"),
        ("run x y", "unexpected argument 'y': the program's own arguments go after --"),
        ("explain E9999", "unknown code 'E9999'"),
        ("explain E000l", "unknown code 'E000l' (did you mean 'E0001'?)"),
        ("explain", "missing argument CODE"),
    ],
)
def test_wrong_usage_is_status_2(snowc: Snowc, args: str, words: str) -> None:
    ended = snowc(*args.split())
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("error: ") and words in ended.err and "--help' for help." in ended.err


def test_explain_prints_the_page(snowc: Snowc) -> None:
    ended = snowc("explain", "e0012")
    assert (ended.status, ended.out, ended.err) == (0, page("E0012"), "")


# ---- options -----------------------------------------------------------------------------------


def test_run_hands_over_options_and_arguments(snowc: Snowc, play: Play) -> None:
    ended = snowc("run", "app", "-O2", "--verify", "--emit-mir", "--", "-x", "--", "--help", "a b")
    assert ended.status == 0
    assert play.asked == [("run", Path("app"), ["-x", "--", "--help", "a b"])]
    assert play.options == Options(opt_level=2, verify=True, emit_mir=True)


def test_default_levels(snowc: Snowc, play: Play) -> None:
    snowc("run", "x.snow", "--verify")
    assert play.options.opt_level == 1
    snowc("build", "x.snow")
    assert play.options.opt_level == 2


def test_status_of_the_program_is_passed_on(snowc: Snowc, play: Play) -> None:
    play.status = 101
    assert snowc("run", "x.snow").status == 101


def test_build_names_what_it_wrote(snowc: Snowc, play: Play) -> None:
    ended = snowc("build", "dir/x.snow", "--emit-llvm", "--emit-mir")
    assert (ended.status, ended.out) == (0, "")
    assert ended.err == "  LLVM IR: dir/x.ll\n  MIR: dir/x.mir\n  Compiled: dir/x\n"


def test_output_is_not_written_over_sources_or_its_by_products(snowc: Snowc, play: Play, tmp_path: Path) -> None:
    source = tmp_path / "x.snow"
    source.write_text("", encoding="utf-8")
    for extra in (["-o", str(source)], ["-o", "other.snow"], ["-o", "x.ll", "--emit-llvm"], ["-o", str(tmp_path)]):
        ended = snowc("build", str(source), *extra)
        assert ended.status == 1 and ended.err.startswith("error: ")
    assert play.asked == []


def test_foreign_target_is_refused(snowc: Snowc, play: Play) -> None:
    ended = snowc("build", "x.snow", "--target", "riscv64-unknown-linux-gnu")
    assert ended.status == 1 and play.asked == []
    assert ended.err.startswith("error: target 'riscv64-unknown-linux-gnu' is not supported yet")


def test_own_target_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert unsupported_target("aarch64-linux-gnu") is None
    assert unsupported_target("x86_64-linux-gnu") is not None


def test_other_platforms_are_refused(snowc: Snowc, play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "plan9")
    ended = snowc("check", "x.snow")
    assert ended.status == 1 and ended.err.startswith("error: Snow runs on ") and play.asked == []


# ---- what is printed ---------------------------------------------------------------------------


def test_errors_are_drawn_and_followed_by_the_last_line(snowc: Snowc, play: Play) -> None:
    play.errors = (Odd(Span(0, 0, 2)), NotSupportedYet(Span(0, 15, 16), "numbers"))
    ended = snowc("check", "app")
    assert (ended.status, ended.out) == (1, "")
    first, second, last = ended.err.split("\n\n")
    assert first.startswith("[C0002] Error: not supported yet: numbers\n   ╭─[ app/main.snow:2:3 ]")
    assert second.startswith("[W0003] Warning: odd\n") and last == f"error: {FAILED}\n"


def test_a_message_without_place_is_itself_the_last_line(snowc: Snowc, play: Play) -> None:
    play.errors = (ProjectError(NO_SPAN, "'x' does not exist"),)
    assert snowc("build", "x").err == "error: 'x' does not exist\n"


def test_json_of_a_failed_build_ends_with_the_summary(snowc: Snowc, play: Play) -> None:
    play.errors = (NotSupportedYet(Span(0, 15, 16), "numbers"),)
    ended = snowc("run", "app", "--json")
    objects = [json.loads(line) for line in ended.err.splitlines()]
    assert [(o["code"], o["file"], o["spans"] != []) for o in objects] == [
        ("C0002", "app/main.snow", True),
        ("C0001", "", False),
    ]
    assert objects[1]["message"] == FAILED and objects[1]["fix"] is None and ended.status == 1


def test_json_of_a_single_message_without_place_is_one_object(snowc: Snowc, play: Play) -> None:
    play.errors = (ProjectError(NO_SPAN, "'x' does not exist"),)
    [line] = snowc("check", "x", "--json").err.splitlines()
    assert json.loads(line)["message"] == "'x' does not exist"


def test_warnings_come_before_the_program_runs_and_only_once(snowc: Snowc, play: Play) -> None:
    play.errors = (Odd(Span(0, 0, 2)),)
    ended = snowc("run", "app")
    assert ended.status == 0
    assert ended.err.count("[W0003]") == 1
    assert ended.err.index("[W0003]") < ended.err.index("program output")


def test_warnings_do_not_fail_a_check(snowc: Snowc, play: Play) -> None:
    play.errors = (Odd(Span(0, 0, 2)),)
    assert snowc("check", "app").status == 0


def test_timings_go_to_standard_error(snowc: Snowc, play: Play) -> None:
    ended = snowc("check", "app", "--timings")
    assert ended.out == ""
    assert ended.err == "parse      250.0 ms\nlower      500.0 ms\ntotal      750.0 ms\n"
    as_json = snowc("check", "app", "--timings", "--json").err
    assert json.loads(as_json) == {"timings": {"parse": 0.25, "lower": 0.5}}


def test_mir_dumps_go_to_standard_output(snowc: Snowc, play: Play) -> None:
    ended = snowc("build", "x.snow", "--dump-mir=lower", "--dump-mir", "insert_rc")
    assert ended.out == "; MIR after lower\nfn main\n\n; MIR after insert_rc\nfn main\n\n"


# ---- colour ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "no_color", "terminal", "expected"),
    [
        ({}, False, True, True),
        ({}, False, False, False),
        ({}, True, True, False),
        ({"NO_COLOR": "1"}, False, True, False),
        ({"NO_COLOR": ""}, False, True, True),
        ({"TERM": "dumb"}, False, True, False),
    ],
)
def test_colour_only_where_it_is_wanted(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], no_color: bool, terminal: bool, expected: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    assert wants_color(no_color) is expected


# ---- faults ------------------------------------------------------------------------------------


def test_a_fault_names_pass_and_line_without_traceback(snowc: Snowc, play: Play) -> None:
    play.fault = InternalError("insert_rc", Span(0, 15, 16), KeyError("t.7"))
    ended = snowc("build", "app")
    assert ended.status == 1
    first, *more = ended.err.splitlines()
    assert first == "error: internal compiler error in pass insert_rc at app/main.snow:2: KeyError: 't.7'"
    assert "report" in " ".join(more)


def test_any_other_exception_is_a_fault_too(snowc: Snowc, play: Play) -> None:
    play.fault = ZeroDivisionError("division by zero\nsecond line")
    first = snowc("check", "app").err.splitlines()[0]
    assert first == "error: internal compiler error: ZeroDivisionError: division by zero second line"


def test_a_fault_is_one_object_under_json(snowc: Snowc, play: Play) -> None:
    play.fault = InternalError("lower", None, RuntimeError())
    [line] = snowc("check", "app", "--json").err.splitlines()
    assert json.loads(line)["message"] == "internal compiler error in pass lower: RuntimeError"


def test_the_traceback_is_shown_when_asked_for(
    play: Play, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SNOW_TRACEBACK", "1")
    play.fault = ValueError("odd")
    with pytest.raises(SystemExit):
        entry.main(["check", "app"])
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_is_quiet(snowc: Snowc, play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["snowc.session"], "Session", interrupt)
    ended = snowc("check", "app")
    assert (ended.status, ended.out, ended.err.strip()) == (130, "", "")
