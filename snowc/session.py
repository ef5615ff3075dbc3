"""The whole pipeline, top to bottom.

A `Session` takes one program from its path to a checked, built or running program. It holds what the
stages share: the options, the source map, the sink of diagnostics, the time each stage took. It
prints nothing. What a user did wrong ends in the sink; what the compiler did wrong is raised as
`InternalError`, which names the stage and, where it is known, the place in the source.

`codegen` and `backend` are imported on demand, so that checking starts without LLVM.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from snowc.diag.core import NotSupportedYet, ProjectError, Sink, mistakes
from snowc.modules.loader import Known, Program, StdSource, load_program
from snowc.options import Options
from snowc.source.files import SourceMap, printable
from snowc.source.span import NO_SPAN, Span
from snowc.types.later import LATER
from snowrt import abi, paths

if TYPE_CHECKING:
    from snowc.backend.toolchain import CCompiler
    from snowc.cache.inputs import Inputs
    from snowc.mir.ir import Loc, Module
    from snowc.modules.packages import Package
    from snowc.project.locate import Located
    from snowc.types.tast import FnDecl, TModule
    from snowc.types.ty import TypeInfo

T = TypeVar("T")

STACK_SIZE = 256 * 1024 * 1024
"""Of the thread that compiles: the syntax may nest 1,000 deep and every stage recurses along it."""

RECURSION_LIMIT = 200_000


class InternalError(Exception):
    """A fault of the compiler: the stage it happened in, and the source place if there is one."""

    def __init__(self, pass_name: str, span: Span | None, cause: BaseException) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.pass_name = pass_name
        self.span = span
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Checked:
    """A program that passed all checks."""

    program: Program
    modules: list[TModule]
    builtin_types: list[TypeInfo]

    def function(self, name: str) -> FnDecl | None:
        """The top-level function with this full name."""
        found = (decl for module in self.modules for decl in module.functions if decl.name == name)
        return next(found, None)


class Session:
    """One run of the compiler over one program."""

    def __init__(self, options: Options, sources: SourceMap | None = None) -> None:
        self.options = options
        self.sources = sources if sources is not None else SourceMap()
        self.sink = Sink()
        self.timings: list[tuple[str, float]] = []
        self.dumps: list[tuple[str, str]] = []
        self._located: Located | None = None
        self._needs_services = False

    # ---- commands -------------------------------------------------------------------------------

    def check(self, path: Path) -> bool:
        """Everything but code; whether the program is acceptable. Uses what the last check has left."""
        return self._on_deep_stack(lambda: self._check_again(path))

    def build(self, path: Path) -> Path | None:
        """Make an executable; its path, or None with the reason in the sink."""
        return self._on_deep_stack(lambda: self._build(path))

    def run(self, path: Path, args: Sequence[str], before_start: Callable[[], None] = lambda: None) -> int:
        """Compile and run; the program's status, or 1 with the reason in the sink.

        `before_start` is called between compiling and running.
        """
        start = self._on_deep_stack(lambda: self._prepare_run(path, [str(path), *args]))
        if start is None:
            return 1
        before_start()
        return start()

    def types_text(self, path: Path) -> str | None:
        """The inferred types of the program's own modules, one line per top-level function."""
        checked = self._on_deep_stack(lambda: self._check(path))
        if checked is None:
            return None
        from snowc.types.printing import show_module

        return "\n".join(show_module(m) for m in checked.modules if not m.is_std)

    def mir(self, path: Path) -> Module | None:
        """The finished MIR of the program; `dumps` holds what the options ask for."""
        return self._on_deep_stack(lambda: self._mir(path))

    def llvm_text(self, path: Path) -> str | None:
        """The program as LLVM IR, before LLVM's own passes."""
        return self._on_deep_stack(lambda: self._llvm(path))

    # ---- stages ---------------------------------------------------------------------------------

    def _check(self, path: Path) -> Checked | None:
        program = self._load(path)
        if program is None:
            return None
        checked = self._infer(program)
        if not self.sink.has_errors:
            main = checked.function(f"{program.entry}.main")
            self._check_entry(path, None if main is None else len(main.params))
        return None if self.sink.has_errors else checked

    def _load(self, path: Path, known: Known | None = None) -> Program | None:
        with self._stage("parse"):
            builtins = LATER | {name: text for row in abi.ROWS for name, text in row.surface}
            std = StdSource(paths.std_sources(), builtins)
            packages = self._find_packages(str(path))
            program = load_program(str(path), self.sources, std, self.sink, packages, known)
        return None if self.sink.has_errors else program

    def _check_again(self, path: Path) -> bool:
        from snowc.incremental.checker import Checker
        from snowc.incremental.snapshot import Store, toolchain
        from snowc.incremental.validity import KnownFiles

        with self._stage("recall"):
            store = Store(str(path), toolchain())
            known, library = store.load()
        program = self._load(path, KnownFiles(known, {name: module.facts for name, module in library.items()}))
        if program is None:
            return False
        checker = Checker(program, self.sources, known, library, _builtin_types)
        with self._stage("types"):
            checker.infer()
        with self._stage("match"):
            checker.match()
        checker.report(self.sink)
        if not self.sink.has_errors:
            self._check_entry(path, checker.parameters_of_main(program.entry))
        with self._stage("keep"):
            checker.keep(store)
        return not self.sink.has_errors

    def _find_packages(self, path: str) -> tuple[Package, ...]:
        """The dependencies of a program; only a folder with a manifest has any."""
        if not self.sources.reader.exists(os.path.join(path, "snow.toml")) or not self.sources.reader.is_dir(path):
            return ()
        from snowc.project.locate import find_packages

        self._located = find_packages(path, self.sources, self.sink)
        return self._located.packages

    def _check_entry(self, path: Path, parameters: int | None) -> None:
        """A program starts in `main` of its entry module, which takes no parameters; None: there is no `main`."""
        where = path / "main.snow" if path.is_dir() else path
        if parameters is None:
            problem, fix = f"no function `main` in {where}", "declare `fn main() do … end`"
        elif parameters:
            problem, fix = f"`main` in {where} must not have parameters", "use Env.args() for the program's arguments"
        else:
            return
        self.sink.add(ProjectError(NO_SPAN, problem, fix))

    def _infer(self, program: Program) -> Checked:
        from snowc.match.exhaustive import check_module
        from snowc.types.env import ProgramEnv
        from snowc.types.infer_module import infer_module

        with self._stage("types"):
            env = ProgramEnv(_builtin_types())
            modules = [infer_module(parsed, env, self.sink) for parsed in program.modules]
        with self._stage("match"):
            found = mistakes(self.sink.items)
            for module in modules:
                if not module.is_std:
                    check_module(module, self.sink, env.type_infos(), found or None)
        return Checked(program, modules, env.builtin_type_infos())

    def _mir(self, path: Path) -> Module | None:
        checked = self._check(path)
        if checked is None:
            return None
        from snowc.lower.decl import lower_program
        from snowc.lower.faults import UncheckedNode
        from snowc.passes.base import InternalFault, PassCtx
        from snowc.passes.pipeline import optimise

        try:
            with self._stage("lower", UncheckedNode):
                entry = f"{checked.program.entry}.main"
                module = lower_program(checked.modules, self.sources, checked.builtin_types, entry, self.sink)
        except UncheckedNode as fault:
            self.sink.add(NotSupportedYet(fault.span or NO_SPAN, "this construct"))
            return None
        if self.sink.has_errors:
            return None
        ctx = PassCtx(sink=self.sink, verify=self.options.verify, span_of=self._span_of, dump=self._dump())
        try:
            with self._stage("passes"):
                done = optimise(module, ctx)
        except InternalFault as fault:
            raise InternalError(getattr(fault, "stage", "passes"), None, fault) from fault
        return module if done else None

    def _dump(self) -> Callable[[str, Module], None] | None:
        """Records the MIR after the passes that the options name."""
        wanted = frozenset(self.options.dump_mir)
        if not wanted:
            return None
        from snowc.mir.print import print_module
        from snowc.passes.pipeline import PIPELINE

        known = [step.name for step in PIPELINE]
        for name in sorted(wanted.difference(known)):
            self.sink.add(ProjectError(NO_SPAN, f"there is no pass '{name}'", "the passes are " + ", ".join(known)))

        def record(name: str, module: Module) -> None:
            if name in wanted:
                self.dumps.append((name, print_module(module)))

        return record

    def _span_of(self, loc: Loc) -> Span:
        """The source line of a MIR location."""
        if not 0 <= loc.file < len(self.sources):
            return NO_SPAN
        starts = self.sources.file(loc.file).starts()
        begin = starts[loc.line - 1]
        text = self.sources.line_text(loc.file, loc.line)
        indent = len(text) - len(text.lstrip())
        return Span(loc.file, begin + indent, begin + max(len(text.rstrip()), indent + 1))

    def _llvm(self, path: Path) -> str | None:
        module = self._mir(path)
        if module is None:
            return None
        from snowc.backend.native import target_info
        from snowc.codegen.externs import needs_services
        from snowc.codegen.module import generate

        self._needs_services = needs_services(module)
        with self._stage("codegen"):
            root = path if path.is_dir() else path.parent
            folder = printable(os.path.abspath(root))
            text = generate(module, target_info(self.options.target), debug=True, source_root=folder)
        self._write_artifacts(path, module, text)
        return text

    def _write_artifacts(self, path: Path, module: Module, text: str) -> None:
        """The files of `--emit-llvm` and `--emit-mir`."""
        if self.options.emit_llvm:
            self._write(self.options.artifact(path, ".ll"), text)
        if self.options.emit_mir:
            from snowc.mir.print import print_module

            self._write(self.options.artifact(path, ".mir"), print_module(module))

    def _write(self, path: Path, text: str) -> None:
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            self.sink.add(ProjectError(NO_SPAN, f"cannot write {path}: {error.strerror}"))

    def _object(self, path: Path, *, quick: bool, for_this_cpu: bool) -> bytes | None:
        text = self._llvm(path)
        if text is None or self.sink.has_errors:
            return None
        from snowc.backend.native import compile_object

        with self._stage("llvm"):
            return compile_object(text, self.options.opt_level, quick, self.options.target, for_this_cpu)

    def _build(self, path: Path) -> Path | None:
        from snowc.backend.link import LinkError
        from snowc.backend.toolchain import find_c_compiler, missing_compiler_help
        from snowrt.load import CoreUnavailable

        code = self._object(path, quick=False, for_this_cpu=False)
        if code is None:
            return None
        out = self.options.executable(path)
        compiler = find_c_compiler()
        if compiler is None:
            self.sink.add(ProjectError(NO_SPAN, missing_compiler_help()))
            return None
        try:
            with self._stage("link", LinkError, CoreUnavailable, OSError):
                self._link(code, str(out), compiler)
        except (LinkError, CoreUnavailable) as error:
            self.sink.add(ProjectError(NO_SPAN, str(error)))
            return None
        except OSError as error:
            self.sink.add(ProjectError(NO_SPAN, f"cannot write {out}: {error.strerror}"))
            return None
        return out

    def _link(self, code: bytes, out: str, compiler: CCompiler) -> None:
        """An executable that holds everything, or one that an interpreter runs with services."""
        from snowc.backend.link import executable, launcher, shared_image
        from snowc.backend.toolchain import SharedLinker
        from snowrt.load import static_library

        if not self._needs_services:
            executable(code, static_library(), out, compiler)
            return
        image = shared_image(code, SharedLinker(compiler.command, is_driver=True))
        library = os.path.dirname(os.path.dirname(os.path.abspath(abi.__file__)))
        launcher(image, static_library(), out, compiler, sys.executable, library)

    def _prepare_run(self, path: Path, arguments: list[str]) -> Callable[[], int] | None:
        """Compile, and give what starts the program."""
        from snowrt.load import CoreUnavailable, load, shared_library

        quick = self.options.opt_level == 1
        code = self._object(path, quick=quick, for_this_cpu=True)
        if code is None:
            return None
        try:
            core = load()
            image = self._image(path, code)
            if image is not None:
                from snowc.backend.run import run_image

                return lambda: run_image(core, image, arguments)
            from snowc.backend.jit import run_object

            library = shared_library()
        except CoreUnavailable as error:
            self.sink.add(ProjectError(NO_SPAN, str(error)))
            return None
        return lambda: run_object(code, core, library, arguments)

    def _image(self, path: Path, code: bytes) -> str | None:
        """The program as a shared image, in the cache if it may be kept; None where nothing can link."""
        from snowc.backend.link import LinkError, shared_image
        from snowc.backend.toolchain import find_shared_linker

        linker = find_shared_linker()
        if linker is None:
            return None
        try:
            with self._stage("link", LinkError):
                image = shared_image(code, linker)
        except LinkError:
            return None
        with self._stage("cache"):
            return self._keep(path, image)

    def _keep(self, path: Path, image: bytes) -> str:
        """Put the image into the cache; where that cannot be, into memory. Gives its path."""
        from snowc.backend import cache

        warnings = b"1" if self.sink.items else b""
        kept = cache.store(str(path), self.options.code_key(), self._inputs(path), image, warnings)
        return kept if kept is not None else cache.in_memory(image)

    def _inputs(self, path: Path) -> Inputs:
        """Everything the code of this program depends on."""
        from snowc.backend.llvm import library_path
        from snowc.cache.inputs import Inputs
        from snowrt.load import shared_library

        inputs = Inputs()
        for number in range(len(self.sources)):
            inputs.add_file(self.sources.path(number), self.sources.text(number).encode())
        if path.is_dir():
            self._add_folders(inputs, path)
        inputs.add_tree(os.path.dirname(os.path.abspath(__file__)))
        inputs.add_tree(os.path.dirname(os.path.abspath(abi.__file__)))
        inputs.add_tree(paths.std_sources())
        inputs.add_stat(shared_library())
        inputs.add_stat(library_path())
        return inputs

    def _add_folders(self, inputs: Inputs, path: Path) -> None:
        """All names in the folders of the program and its dependencies, not only sources: a new folder may
        hold new modules. And the manifests and the lock that led to the dependencies."""
        packages = self._located.packages if self._located is not None else ()
        for root in (str(path), *(package.folder for package in packages)):
            for folder, folders, _ in os.walk(root):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                inputs.add_listing(folder, "")
        texts = self._located.texts if self._located is not None else {}
        for name, text in texts.items():
            inputs.add_file(name, text.encode())

    # ---- running stages ---------------------------------------------------------------------------

    @contextmanager
    def _stage(self, name: str, *expected: type[Exception]) -> Iterator[None]:
        """Time a stage, and say which one it was if it fails in a way that is not `expected`."""
        started = time.perf_counter()
        try:
            yield
        except Exception as error:
            if isinstance(error, (InternalError, *expected)):
                raise
            raise InternalError(name, getattr(error, "span", None), error) from error
        finally:
            self.timings.append((name, time.perf_counter() - started))

    def _on_deep_stack(self, job: Callable[[], T]) -> T:
        """Run on a thread with a big stack, without the garbage collector: the compiler makes many
        objects, few cycles, and ends soon."""
        return on_deep_stack(job)


def on_deep_stack(job: Callable[[], T]) -> T:
    """Run `job` on a thread of its own with `STACK_SIZE` bytes of stack; its result, or its exception."""
    result: list[T] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            result.append(job())
        except BaseException as error:  # noqa: BLE001 - handed on to the caller's thread below
            failure.append(error)

    limit, collects, size = sys.getrecursionlimit(), gc.isenabled(), threading.stack_size(STACK_SIZE)
    sys.setrecursionlimit(RECURSION_LIMIT)
    gc.disable()
    try:
        thread = threading.Thread(target=body, name="snowc")
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
        if collects:
            gc.enable()
    if failure:
        raise failure[0]
    return result[0]


def _builtin_types() -> dict[str, tuple[str, ...]]:
    """The types of the table's functions by builtin key, several where a name is overloaded."""
    types: dict[str, list[str]] = {}
    for row in abi.ROWS:
        for name, text in row.surface:
            types.setdefault(abi.builtin_key(name), []).append(text)
    return {key: tuple(texts) for key, texts in types.items()}

