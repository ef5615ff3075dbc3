"""Every function of the library's reference table is known, with its type, in every way to reach it.

`tests/data/builtins.tsv` lists the functions that need no network, database or process: name, builtin
key, type, effect, and whether the key is a name of its own. One program mentions each of them in every
way; the types inferred for its functions are compared with the table.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from snowc.options import Options
from snowc.session import Session
from snowc.types.builtins import METHOD_MODULES, parse_surface
from snowc.types.printing import show_scheme
from snowc.types.ty import Con, Fn, Gen, Type
from tests.stages import ROOT, describe

TABLE = ROOT / "tests" / "data" / "builtins.tsv"
THING = "struct Thing do n :: Int end deriving(Eq, Ord, Hash, Display, Debug)"
"""Stands for the user's type `S` of the table."""

SPECIAL = frozenset({"Tuple"})
"""Modules whose functions have no type of their own; goldens test them."""


@dataclass(frozen=True)
class Row:
    name: str
    key: str
    type: str
    effect: str
    bare: str

    @property
    def module(self) -> str:
        return self.name.partition(".")[0] if "." in self.name else ""

    @property
    def short(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class Use:
    """One function of the generated program: its file, text, and the type it must have."""

    file: str
    name: str
    text: str
    type: str


@cache
def rows() -> list[Row]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        read = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Row(**{**row, "type": re.sub(r"\bS\b", "Thing", row["type"])}) for row in read]


def uses() -> list[Use]:
    return [use for number, row in enumerate(rows()) for use in _uses(number, row) if row.module not in SPECIAL]


def _uses(number: int, row: Row) -> Iterator[Use]:
    if not row.module and row.name.startswith("."):
        yield _call(number, row, "method", lambda args: f"{args[0]}{row.name}({', '.join(args[1:])})")
        return
    value = f"() -> {row.type}"
    yield Use("main", f"value_{number}", f"fn value_{number}() = {row.name}", value)
    if row.bare == "yes":
        yield Use("main", f"key_{number}", f"fn key_{number}() = {row.key}", value)
    if row.module:
        yield Use(f"use_{row.module.lower()}", f"import_{number}", f"fn import_{number}() = {row.short}", value)
    if "->" in row.type and not row.type.startswith("()"):
        yield _call(number, row, "pipe", lambda args: f"{args[0]} |> {row.name}({', '.join(args[1:])})")
        if row.module in METHOD_MODULES and row.type.startswith(f"({row.module}"):
            yield _call(number, row, "dot", lambda args: f"{args[0]}.{row.short}({', '.join(args[1:])})")


def _call(number: int, row: Row, way: str, text: Callable[[list[str]], str]) -> Use:
    """A function whose parameters are those of the row, and whose body is a call with them."""
    scheme = parse_surface(row.type)
    assert isinstance(scheme.type, Fn)
    generics = f"<{', '.join(scheme.names)}>" if scheme.names else ""
    params = [f"a{i} :: {_annotation(p, scheme.names)}" for i, p in enumerate(scheme.type.params)]
    body = text([f"a{i}" for i in range(len(params))])
    name = f"{way}_{number}"
    return Use("main", name, f"fn {name}{generics}({', '.join(params)}) = {body}", row.type)


def _annotation(ty: Type, names: tuple[str, ...]) -> str:
    """A type as a program writes it."""
    if isinstance(ty, Gen):
        return names[ty.index]
    if isinstance(ty, Fn):
        return f"Fun({', '.join(_annotation(p, names) for p in ty.params)}) -> {_annotation(ty.result, names)}"
    assert isinstance(ty, Con)
    args = ", ".join(_annotation(a, names) for a in ty.args)
    if ty.name == "Tuple":
        return f"({args})"
    return f"{ty.name}<{args}>" if args else ty.name


@cache
def types() -> dict[str, str]:
    """Inferred types by function, without their constraints."""
    files: dict[str, list[str]] = {"main": [THING, "fn main() do\nend"]}
    for module in sorted({row.module for row in rows() if row.module} - SPECIAL):
        names = ", ".join(row.short for row in rows() if row.module == module)
        files[f"use_{module.lower()}"] = [f"from {module} import {names}"]
    for use in uses():
        files[use.file].append(use.text)
    with TemporaryDirectory(prefix="snow-table-") as folder:
        for name, texts in files.items():
            Path(folder, f"{name}.snow").write_text("\n".join(texts) + "\n", encoding="utf-8")
        session = Session(Options())
        text = session.types_text(Path(folder))
    assert text is not None, describe(session.sink.ordered(), session.sources)
    lines = [line.partition(" : ") for line in text.split("\n") if line]
    return {name: shown.partition(" where ")[0] for name, _, shown in lines}


@pytest.mark.parametrize("use", uses(), ids=[f"{use.name}-{use.text.partition('= ')[2]}" for use in uses()])
def test_the_type_is_that_of_the_table(use: Use) -> None:
    wanted = show_scheme(parse_surface(use.type))
    assert types()[use.name].replace("Main.Thing", "Thing") == wanted


def test_every_row_of_a_module_is_reached_by_import() -> None:
    modules = {row.module for row in rows() if row.module} - SPECIAL
    assert {use.file for use in uses() if use.name.startswith("import_")} == {f"use_{m.lower()}" for m in modules}
