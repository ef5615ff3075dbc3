"""The stages of golden cases: what each makes of a case, as texts by section.

`flags` are those of the command line, and for the stages that show code also `--function NAME` and
`--declare PREFIX`, which say what of it is shown.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from snowc.diag.core import Diagnostic, Label, ProjectError, Severity, diagnostic
from snowc.diag.render_json import render_json
from snowc.diag.render_text import render_text
from snowc.options import Options
from snowc.source.files import SourceMap
from snowc.source.span import NO_SPAN, Span
from tests import forks
from tests.golden import DEFAULT, BadCase, Case, Mismatch, Stage

ROOT = Path(__file__).parents[1]
TIMEOUT = 120
PROJECT = "app"
_SNOWC = [sys.executable, "-c", "from snowc.cli.main import main; main()"]
Start = Callable[[list[str], Path, "str | None", "Mapping[str, str] | None"], dict[str, str]]
"""What starts a command: command, folder, standard input, more environment."""


# ---- running the command line ------------------------------------------------------------------


@cache
def _cache_folder() -> str:
    """One compilation cache per test process, apart from the user's."""
    return mkdtemp(prefix="snow-golden-")


def environment(folder: Path) -> dict[str, str]:
    """The environment of every process that a case starts."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'runtime'}",
        "HOME": str(folder),
        "XDG_CACHE_HOME": _cache_folder(),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "80",
        "SNOW_LEAK_CHECK": "1",
    }


def run_process(
    command: list[str], folder: Path, stdin: str | None, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Run a command in `folder`, with `more` in its environment; gives its outputs as sections."""
    env = environment(folder) | dict(more or {})
    data = (stdin or "").encode()
    done = subprocess.run(command, cwd=folder, input=data, capture_output=True, env=env, timeout=TIMEOUT)
    return _sections(done.returncode, done.stdout, done.stderr)


def _sections(status: int, stdout: bytes, stderr: bytes) -> dict[str, str]:
    return {"stdout": _decode(stdout), "stderr": _decode(stderr), "exit": f"{status}\n"}


def run_forked(
    command: list[str], folder: Path, stdin: str | None, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """As `run_process` for a command line of `snowc`, without a start of Python."""
    arguments = command[len(_SNOWC) :]
    return _sections(*forks.run(arguments, folder, environment(folder) | dict(more or {}), (stdin or "").encode()))


def run_program(case: Case, command: list[str], folder: Path, start: Start = run_process) -> dict[str, str]:
    """Run the program of a case, again for every number of schedulers that it names: all must agree."""
    counts = case.words("schedulers")
    if not counts:
        return start(command, folder, case.get("stdin"), None)
    runs = [start(command, folder, case.get("stdin"), {"SNOW_SCHEDULERS": count}) for count in counts]
    for count, outputs in zip(counts, runs, strict=True):
        if outputs != runs[0]:
            raise Mismatch(f"with {counts[0]} schedulers: {runs[0]}\nwith {count} schedulers: {outputs}")
    return runs[0]


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def write_files(case: Case, folder: Path) -> str:
    """Write the sources; gives the path a command is called with, relative to `folder`."""
    base = folder / PROJECT if case.is_project else folder
    for name, text in case.files().items():
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    return PROJECT if case.is_project else "main.snow"


def cli(case: Case, folder: Path, _variant: str) -> Mapping[str, str]:
    """`snowc ARGS` beside the case's files."""
    for name, text in case.files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    outputs = run_process([*_SNOWC, *case.words("args")], folder, case.get("stdin"))
    left = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    return {**outputs, "files": "".join(f"{name}\n" for name in left)}


def run(case: Case, folder: Path, variant: str) -> Mapping[str, str]:
    """`snowc run`, or the built executable."""
    path, args = write_files(case, folder), case.words("args")
    if variant == "built":
        return _run_built(case, folder, path, args)
    level = ["-O", "0"] if variant == "O0" else []
    start = run_forked if variant == DEFAULT else run_process
    return run_program(case, [*_SNOWC, "run", *case.words("flags"), *level, path, "--", *args], folder, start)


def _run_built(case: Case, folder: Path, path: str, args: list[str]) -> Mapping[str, str]:
    built = run_process([*_SNOWC, "build", *case.words("flags"), path, "-o", "program"], folder, None)
    if built["exit"] != "0\n":
        return built
    outputs = run_program(case, ["./program", *args], folder)
    warnings = built["stderr"].removesuffix("  Compiled: program\n")
    return {**outputs, "stderr": warnings + outputs["stderr"]}


# ---- diagnostics -------------------------------------------------------------------------------


def describe(diags: Iterable[Diagnostic], sources: SourceMap) -> str:
    """Diagnostics by meaning: code, place, message, help; `none` if there are none."""
    return "".join(_describe(diag, sources) for diag in diags) or "none\n"


def _describe(diag: Diagnostic, sources: SourceMap) -> str:
    place = ""
    if diag.labels():
        name = sources.file(diag.span.file).below
        line, column = sources.line_col(diag.span.file, diag.span.start)
        place = f" {'' if name == 'main.snow' else f'{name}:'}{line}:{column}"
    soft = " (warning)" if diag.severity is Severity.WARNING and not diag.code.startswith("W") else ""
    help_text = diag.help()
    advice = "" if help_text is None else "".join(f"  help: {line}\n" for line in help_text.split("\n"))
    return f"{diag.code}{soft}{place} {diag.message()}\n{advice}"


def errors(case: Case, folder: Path, _variant: str) -> Mapping[str, str]:
    """What `snowc build` says before it makes code, by meaning."""
    from snowc.session import Session

    session = Session(Options())
    session.mir(_case_path(case, folder))
    return {"errors": describe(session.sink.ordered(), session.sources).replace(f"{folder}{os.sep}", "")}


def _case_path(case: Case, folder: Path) -> Path:
    return folder / write_files(case, folder)


# ---- syntax ------------------------------------------------------------------------------------


def parse(case: Case, _folder: Path, _variant: str) -> Mapping[str, str]:
    """Lexer, layout and parser on `source` alone."""
    from snowc.diag.core import Sink
    from snowc.syntax.parser import parse_file

    sources, sink = SourceMap(), Sink()
    tree = parse_file(sources, sources.add_text("main.snow", case.get("source") or ""), sink)
    return {"errors": describe(sink.ordered(), sources), "ast": show_tree(tree) + "\n"}


def show_tree(node: object, indent: str = "") -> str:
    """A tree of nodes as an indented outline: class names, then fields that are not spans."""
    if (names := getattr(type(node), "__match_args__", None)) is not None and not isinstance(node, Span):
        inner = [(name, getattr(node, name)) for name in names]
        shown = [(name, value) for name, value in inner if not isinstance(value, Span) and value not in (None, (), [])]
        flat = f"{type(node).__name__}({', '.join(f'{n}={_short(v)}' for n, v in shown)})"
        if len(indent) + len(flat) <= 100 and "\n" not in flat:
            return flat
        lines = [f"{indent}  {name}={show_tree(value, indent + '  ')}" for name, value in shown]
        return "\n".join([type(node).__name__, *lines])
    if isinstance(node, tuple | list) and not isinstance(node, Span):
        if len(flat := _short(node)) + len(indent) <= 100:
            return flat
        return "\n".join(["", *(f"{indent}  - {show_tree(item, indent + '    ')}" for item in node)])
    return _short(node)


def _short(node: object) -> str:
    """The same on one line."""
    if (names := getattr(type(node), "__match_args__", None)) is not None and not isinstance(node, Span):
        inner = [(name, getattr(node, name)) for name in names]
        parts = [f"{n}={_short(v)}" for n, v in inner if not isinstance(v, Span) and v not in (None, (), [])]
        return f"{type(node).__name__}({', '.join(parts)})"
    if isinstance(node, tuple | list):
        return f"[{', '.join(_short(item) for item in node)}]"
    return repr(node) if isinstance(node, str) else str(node)


# ---- code --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """Which part of the code a case shows."""

    functions: tuple[str, ...]
    declares: tuple[str, ...]
    options: Options

    @classmethod
    def of(cls, case: Case) -> Shown:
        functions: list[str] = []
        declares: list[str] = []
        level = Options().opt_level
        words = iter(case.words("flags"))
        for word in words:
            match word:
                case "--function":
                    functions.append(next(words))
                case "--declare":
                    declares.append(next(words))
                case "-O":
                    level = int(next(words))
                case _:
                    raise BadCase(f"unknown flag {word}")
        passes = tuple(key.removeprefix("mir:") for key in case.expected() if key.startswith("mir:"))
        return cls(tuple(functions), tuple(declares), Options(opt_level=level, dump_mir=passes, verify=True))

    def mir(self, text: str) -> str:
        """Functions of the program, or the chosen ones."""
        parts = [part.rstrip("\n") for part in re.split(r"\n\n(?=\S)", text) if part.startswith("fn ")]
        chosen = [part for part in parts if self._wants(part)]
        return "\n\n".join(chosen) + "\n"

    def _wants(self, part: str) -> bool:
        head = part.partition("\n")[0]
        name = re.split(r"[(<]", head.removeprefix("fn ").strip('"`'), maxsplit=1)[0]
        if self.functions:
            return any(name == wanted or name.endswith(f".{wanted}") for wanted in self.functions)
        return " std" not in head.partition(")")[2]

    def llvm(self, text: str) -> str:
        """Declarations and definitions that are asked for."""
        declared = [line for line in text.split("\n") if line.startswith("declare ") and self._declares(line)]
        defined = re.findall(r"^define .*?^}$", text, flags=re.MULTILINE | re.DOTALL)
        return "\n".join([*sorted(declared), *(body for body in defined if self._defines(body))]) + "\n"

    def _declares(self, line: str) -> bool:
        return any(re.search(rf'@"?{re.escape(prefix)}', line) for prefix in self.declares)

    def _defines(self, body: str) -> bool:
        head = body.partition("\n")[0]
        return any(re.search(rf'[@."]{re.escape(name)}"?\(', head) for name in self.functions)


def code(case: Case, folder: Path, _variant: str) -> Mapping[str, str]:
    """The front and middle of the pipeline: `types`, `mir:PASS`, `llvm`, `errors`."""
    from snowc.session import Session

    shown = Shown.of(case)
    session = Session(shown.options)
    path = _case_path(case, folder)
    outputs: dict[str, str] = {}
    if "types" in case.expected():
        outputs["types"] = session.types_text(path) or ""
    if "llvm" in case.expected():
        outputs["llvm"] = shown.llvm(session.llvm_text(path) or "")
    elif shown.options.dump_mir:
        session.mir(path)
    outputs.update({f"mir:{name}": shown.mir(text) for name, text in session.dumps})
    return {**outputs, "errors": describe(session.sink.ordered(), session.sources)}


# ---- drawing -----------------------------------------------------------------------------------


@diagnostic
class MadeUp(Diagnostic):
    """A diagnostic written down in a case."""

    text: str
    labelled: tuple[Label, ...]
    help_text: str | None
    note_texts: tuple[str, ...]

    def message(self) -> str:
        return self.text

    def label(self) -> str:
        return self.labelled[0].text

    def secondary(self) -> tuple[Label, ...]:
        return self.labelled[1:]

    def help(self) -> str | None:
        return self.help_text

    def notes(self) -> tuple[str, ...]:
        return self.note_texts


_PLACE = re.compile(r"at (?:(\S+):)?(\d+):(\d+)(?:-(?:(\d+):)?(\d+))? (.*)")


def render(case: Case, _folder: Path, _variant: str) -> Mapping[str, str]:
    """Draw the diagnostics that the case writes down; flags are `--json`, `--color`, `--ascii`."""
    sources = SourceMap()
    numbers = {name: sources.add_text(name, text) for name, text in case.files().items()}
    flags = case.words("flags")
    out = []
    for block in re.split(r"\n(?=\S)", (case.get("diagnostics") or "").rstrip("\n")):
        diag = _made_up(block, numbers, sources)
        if "--json" in flags:
            out.append(render_json(diag, sources) + "\n")
        else:
            out.append(render_text(diag, sources, color="--color" in flags, unicode="--ascii" not in flags))
    return {"stderr": "".join(out)}


def _made_up(block: str, numbers: Mapping[str, int], sources: SourceMap) -> Diagnostic:
    """`CODE message`, then lines `at LINE:COL-COL label`, `help …`, `note …`."""
    head, *lines = block.split("\n")
    code_name, _, text = head.partition(" ")
    labels: list[Label] = []
    helps: list[str] = []
    notes: list[str] = []
    for line in lines:
        kind, _, rest = line.strip().partition(" ")
        if kind == "at":
            labels.append(_label(line.strip(), numbers, sources))
        elif kind in ("help", "note"):
            (helps if kind == "help" else notes).append(rest)
        else:
            raise BadCase(f"unknown line in a diagnostic: {line}")
    if not labels:
        return ProjectError(NO_SPAN, text, "\n".join(helps) or None)
    severity = Severity.WARNING if code_name.startswith("W") else Severity.ERROR
    # Code and severity belong to the class, so every made-up diagnostic has one of its own.
    kind_of = type("MadeUp", (MadeUp,), {"code": code_name, "severity": severity})
    diag: Diagnostic = kind_of(labels[0].span, text, tuple(labels), "\n".join(helps) or None, tuple(notes))
    return diag


def _label(line: str, numbers: Mapping[str, int], sources: SourceMap) -> Label:
    match = _PLACE.fullmatch(line)
    if match is None:
        raise BadCase(f"not a place: {line}")
    name, first, start, last, end, text = match.groups()
    file = numbers[name or "main.snow"]
    begin = _offset(sources, file, int(first), int(start))
    finish = _offset(sources, file, int(last or first), int(end)) if end else begin
    return Label(Span(file, begin, finish), text)


def _offset(sources: SourceMap, file: int, line: int, column: int) -> int:
    """The offset of a 1-based place; the end column of a range is exclusive."""
    return sources.file(file).starts()[line - 1] + column - 1


STAGES: dict[str, Stage] = {
    "parse": Stage(parse),
    "errors": Stage(errors),
    "types": Stage(code),
    "mir": Stage(code),
    "rc": Stage(code),
    "llvm": Stage(code),
    "run": Stage(run, full=("O0", "built")),
    "cli": Stage(cli),
    "render": Stage(render),
}
