"""Checking snippets of Snow in memory, against the library's own sources."""

from __future__ import annotations

from pathlib import Path

from snowc.diag.core import Diagnostic, Severity, Sink
from snowc.modules.library import StdSource
from snowc.modules.loader import load_program
from snowc.source.files import MemoryReader, SourceMap
from snowc.types.env import ProgramEnv
from snowc.types.infer_module import infer_module
from snowc.types.printing import show_module
from snowc.types.tast import FnDecl, TModule
from snowrt import abi

STD = Path(__file__).parents[3] / "runtime" / "std"


def table() -> dict[str, tuple[str, ...]]:
    """The surface types of the ABI table by key."""
    found: dict[str, list[str]] = {}
    for row in abi.ROWS:
        for name, text in row.surface:
            found.setdefault(abi.builtin_key(name), []).append(text)
    return {key: tuple(texts) for key, texts in found.items()}


class Checked:
    """The outcome of inferring a program."""

    def __init__(self, files: dict[str, str]) -> None:
        self.sink = Sink()
        self.sources = SourceMap(MemoryReader({f"p/{path}": text for path, text in files.items()}))
        self.modules: list[TModule] = []
        program = load_program("p", self.sources, StdSource(str(STD)), self.sink)
        if program is not None:
            self.env = env = ProgramEnv(table())
            self.modules = [infer_module(parsed, env, self.sink) for parsed in program.modules]

    @property
    def errors(self) -> list[Diagnostic]:
        return [d for d in self.sink.ordered() if d.severity is Severity.ERROR]

    @property
    def codes(self) -> list[str]:
        return [d.code for d in self.sink.ordered()]

    def module(self, name: str = "Main") -> TModule:
        return next(m for m in self.modules if m.name == name and not m.is_std)

    def function(self, name: str) -> FnDecl:
        """A function of the program by its full name."""
        return next(f for m in self.modules for f in m.functions if f.name == name)

    def words(self) -> str:
        """Everything the diagnostics say, one per line."""
        lines = []
        for d in self.sink.ordered():
            labels = " / ".join(label.text for label in d.labels())
            where = "{}:{}".format(*self.sources.position(d.span)) if d.span.file >= 0 else "-"
            lines.append(f"{d.code} {where} {d.message()} [{labels}] {d.help() or ''} {' '.join(d.notes())}")
        return "\n".join(lines)

    def snippet(self, diag: Diagnostic) -> str:
        return self.sources.snippet(diag.span)


def check(text: str, **others: str) -> Checked:
    """Infer `text` as main.snow; `others` are further files, `__` standing for `/`."""
    files = {"main.snow": text}
    files |= {name.replace("__", "/") + ".snow": content for name, content in others.items()}
    return Checked(files)


def types(text: str, **others: str) -> dict[str, str]:
    """Name → inferred type of the functions of a correct program."""
    checked = check(text, **others)
    assert not checked.errors, checked.words()
    return dict(line.split(" : ", 1) for line in show_module(checked.module()).splitlines())


def type_of(text: str, name: str = "f") -> str:
    """The inferred type of one function of a correct program."""
    return types(text)[name]


def body(*lines: str) -> str:
    """A program whose `main` has these lines."""
    return "fn main() do\n" + "\n".join(lines) + "\nend\n"
