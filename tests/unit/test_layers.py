"""Who may import whom, read from the sources: the layering of `docs/architecture.md` as a test.

Every import statement counts, also one inside a function or under `TYPE_CHECKING`. A folder of `snowc`
is an area (`snowc/types/`), and so is a module beside the folders (`snowc/session.py`).
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"snowc": ROOT / "snowc", "snowrt": ROOT / "runtime" / "snowrt"}

# What each area of snowc may import besides itself and the standard library: areas of snowc by name,
# anything else by its full module name (which covers what lies below it).
TOOLCHAIN: dict[str, tuple[str, ...]] = {
    "source": (),
    "cache": ("snowrt.paths",),
    "diag": ("source",),
    "syntax": ("source", "diag", "lark"),
    "modules": ("syntax", "diag", "source"),
    "project": ("modules", "diag", "source"),
    "types": ("modules", "syntax", "diag", "source"),
    "match": ("types", "modules", "syntax", "diag", "source"),
    "lower": ("types", "match", "mir", "diag", "source"),
    "mir": ("diag", "source", "snowrt.abi"),
    "passes": ("mir", "diag.core", "source.span"),  # spans, for the diagnostics of passes
    "codegen": ("mir", "snowrt.abi", "llvmlite.ir"),
    "backend": ("codegen", "cache", "snowrt.load", "snowrt.paths", "snowrt.program", "llvmlite.binding"),
    "fmt": ("syntax", "diag", "source"),
    "options": (),
    # `check` again: what a change touches is inferred anew, the rest is known from the cache.
    "incremental": ("source", "diag", "syntax", "modules", "types", "match", "cache", "snowrt.paths"),
    "session": (
        "options", "source", "diag", "syntax", "modules", "project", "types", "match", "lower", "mir", "passes",
        "codegen", "backend", "cache", "incremental", "snowrt",
    ),
    # A warm `run` looks its code up, and starts it, before anything else is loaded.
    "cli": (
        "session", "options", "project", "fmt", "diag", "source", "backend.cache", "backend.run", "snowrt.load",
        "click",
    ),
    "lsp": ("session", "options", "fmt", "diag", "source"),
    "repl": ("session", "options", "fmt", "diag", "source"),
}  # fmt: skip

# Stages that compute only: they get data and give data.
PURE = ("diag", "match", "types", "lower", "mir", "passes", "codegen")
FILES_AND_PROCESSES = {"os", "io", "pathlib", "subprocess", "shutil", "tempfile", "socket", "ctypes", "threading"}

# Sans-I/O protocols know bytes and events only.
NOT_IN_PROTOCOLS = {"socket", "ssl", "threading", "asyncio", "select", "selectors", "time", "subprocess", "ctypes"}

LONGEST_FILE = 600
GENERATED = {"runtime/core/include/snow_abi.h", "runtime/core/case_table.h", "snowc/syntax/tables.py"}


@dataclass(frozen=True)
class Import:
    """One imported module; `top` says whether it is loaded at once, neither in a function nor for types only."""

    importer: str
    target: str
    line: int
    top: bool


def python_files(package: str) -> list[Path]:
    return sorted(p for p in PACKAGES[package].rglob("*.py") if "__pycache__" not in p.parts)


def module_name(package: str, path: Path) -> str:
    parts = path.relative_to(PACKAGES[package]).with_suffix("").parts
    return ".".join((package, *(p for p in parts if p != "__init__")))


def is_module(name: str) -> bool:
    """Whether a dotted name below one of our packages is a module, as against a name inside one."""
    package, *rest = name.split(".")
    base = PACKAGES[package].joinpath(*rest)
    return base.with_suffix(".py").is_file() or (base / "__init__.py").is_file()


def targets(node: ast.Import | ast.ImportFrom, importer: str, is_package: bool) -> Iterator[str]:
    """The modules that a statement imports; of `from m import x`, `m.x` where that is a module of ours."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    base = node.module or ""
    if node.level:
        parents = importer.split(".")
        keep = len(parents) - node.level + (1 if is_package else 0)
        base = ".".join((*parents[:keep], *([base] if base else [])))
    for alias in node.names:
        full = f"{base}.{alias.name}"
        ours = base.split(".")[0] in PACKAGES
        yield full if not ours or is_module(full) else base


def is_deferred(node: ast.AST) -> bool:
    """Whether what lies in the node does not run when the module is imported."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def imports_in(tree: ast.Module, importer: str, is_package: bool = False) -> Iterator[Import]:
    def walk(node: ast.AST, top: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import | ast.ImportFrom):
                for target in targets(child, importer, is_package):
                    yield Import(importer, target, child.lineno, top)
            yield from walk(child, top and not is_deferred(child))

    yield from walk(tree, True)


@cache
def imports_of(package: str) -> tuple[Import, ...]:
    found: list[Import] = []
    for path in python_files(package):
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        found += imports_in(tree, module_name(package, path), path.name == "__init__.py")
    return tuple(found)


def area_of(module: str) -> str:
    """`snowc.types.unify` lies in `types`; the package `snowc` itself in the area ''."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def covers(allowed: str, target: str) -> bool:
    return target == allowed or target.startswith(allowed + ".")


def is_allowed(item: Import) -> bool:
    """Whether the rules of `TOOLCHAIN` let this import of a module of snowc stand."""
    if item.target == "snowc" or item.target.split(".")[0] in sys.stdlib_module_names:
        return True
    area = area_of(item.importer)
    if covers(f"snowc.{area}", item.target):
        return True
    names = (f"snowc.{name}" if name.split(".")[0] in TOOLCHAIN else name for name in TOOLCHAIN[area])
    return any(covers(name, item.target) for name in names)


def report(items: list[Import]) -> str:
    return "\n".join(f"{i.importer} imports {i.target} (line {i.line})" for i in items)


def test_every_area_has_a_rule() -> None:
    areas = {area_of(module_name("snowc", path)) for path in python_files("snowc")} - {"", "__main__"}
    assert areas <= set(TOOLCHAIN)


def test_the_toolchain_keeps_its_layers() -> None:
    items = [i for i in imports_of("snowc") if area_of(i.importer) not in ("", "__main__")]
    assert items
    broken = [i for i in items if not is_allowed(i)]
    assert not broken, report(broken)


def test_the_rules_themselves_have_no_cycle() -> None:
    """Areas can be put in an order in which each imports earlier ones only."""
    done: set[str] = set()
    waiting = {area: {name.split(".")[0] for name in names} & set(TOOLCHAIN) for area, names in TOOLCHAIN.items()}
    while waiting:
        ready = [area for area, needs in waiting.items() if needs <= done]
        assert ready, f"cycle among {sorted(waiting)}"
        done.update(ready)
        for area in ready:
            del waiting[area]


def test_the_runtime_never_imports_the_toolchain() -> None:
    broken = [i for i in imports_of("snowrt") if covers("snowc", i.target)]
    assert not broken, report(broken)


def test_the_abi_table_imports_no_services() -> None:
    """The compiler imports the table at every start."""
    allowed = ("snowrt.abi",)
    table = [i for i in imports_of("snowrt") if i.importer.startswith("snowrt.abi") and i.importer != "snowrt.abi_gen"]
    broken = [i for i in table if covers("snowrt", i.target) and not any(i.target.startswith(a) for a in allowed)]
    assert not broken, report(broken)


def test_protocols_touch_no_socket_clock_or_thread() -> None:
    items = [i for i in imports_of("snowrt") if covers("snowrt.proto", i.importer)]
    broken = [
        i
        for i in items
        if i.target.split(".")[0] in NOT_IN_PROTOCOLS
        or not (covers("snowrt.proto", i.target) or i.target.split(".")[0] in sys.stdlib_module_names)
    ]
    assert not broken, report(broken)


def test_services_use_protocols_host_and_loader_only() -> None:
    allowed = ("snowrt.services", "snowrt.proto", "snowrt.host", "snowrt.load", "snowrt.abi")
    items = [i for i in imports_of("snowrt") if covers("snowrt.services", i.importer) and covers("snowrt", i.target)]
    broken = [i for i in items if not any(covers(a, i.target) for a in allowed)]
    assert not broken, report(broken)


def test_stages_that_compute_do_no_input_or_output() -> None:
    items = [i for i in imports_of("snowc") if area_of(i.importer) in PURE]
    broken = [i for i in items if i.target.split(".")[0] in FILES_AND_PROCESSES]
    assert not broken, report(broken)


@pytest.mark.parametrize("area", ["session", "options", "source", "diag", "cli"])
def test_checking_starts_without_llvm(area: str) -> None:
    """`check` and `fmt` must not pay for LLVM: the session loads code generation on demand."""
    heavy = ("snowc.codegen", "snowc.backend", "llvmlite")
    items = [i for i in imports_of("snowc") if area_of(i.importer) == area and i.top]
    broken = [i for i in items if any(covers(name, i.target) for name in heavy)]
    assert not broken, report(broken)


def test_every_module_says_what_it_is() -> None:
    paths = [path for package in PACKAGES for path in python_files(package)]
    silent = [p for p in paths if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))]
    assert not [str(p.relative_to(ROOT)) for p in silent]


def source_files() -> list[Path]:
    kinds = (".py", ".c", ".h", ".S", ".snow", ".lark")
    folders = ("snowc", "runtime", "tests", "benchmarks", "examples")
    paths = [p for folder in folders for p in (ROOT / folder).rglob("*") if p.suffix in kinds and p.is_file()]
    return sorted(p for p in paths if str(p.relative_to(ROOT)) not in GENERATED)


def test_no_file_outgrows_one_idea() -> None:
    lengths = {str(p.relative_to(ROOT)): len(p.read_bytes().splitlines()) for p in source_files()}
    assert lengths
    assert not {name: n for name, n in lengths.items() if n > LONGEST_FILE}


# The reader of imports is itself worth a test: a rule that sees nothing would hold for ever.


def read(text: str, importer: str) -> list[tuple[str, bool]]:
    return [(i.target, i.top) for i in imports_in(ast.parse(text), importer)]


def test_imports_are_found_in_every_form() -> None:
    text = (
        "import a.b\nfrom snowc.diag import core\nfrom ..types import ty\ndef f():\n    from c import d\n"
        "if TYPE_CHECKING:\n    import e\n"
    )
    assert read(text, "snowc.lower.expr") == [
        ("a.b", True),
        ("snowc.diag.core", True),
        ("snowc.types.ty", True),
        ("c.d", False),
        ("e", False),
    ]


def test_a_breach_is_seen() -> None:
    assert not is_allowed(Import("snowc.passes.simplify", "snowc.types.ty", 1, True))
    assert not is_allowed(Import("snowc.passes.simplify", "snowc.diag.render_text", 1, True))
    assert not is_allowed(Import("snowc.codegen.module", "llvmlite.binding", 1, True))
    assert is_allowed(Import("snowc.passes.simplify", "snowc.diag.core", 1, True))
    assert is_allowed(Import("snowc.codegen.module", "llvmlite.ir", 1, True))
