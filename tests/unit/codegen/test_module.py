"""Whole modules: determinism, targets, the image."""

from __future__ import annotations

import pytest

from snowc.backend import native
from snowc.codegen.module import generate
from snowc.mir.parse import parse_module
from tests.unit.backend import programs
from tests.unit.codegen.support import FIB, ir_of


@pytest.mark.parametrize("triple", ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"])
@pytest.mark.parametrize("case", programs.CASES)
def test_programs_compile_for_every_supported_machine(case: str, triple: str) -> None:
    mir, _ = programs.CASES[case]
    ir = generate(parse_module(mir), native.target_info(triple), True)
    assert native.compile_object(ir, 1, quick=True, triple=triple)


@pytest.mark.parametrize(("triple", "register"), [("x86_64-pc-linux-gnu", "rsp"), ("aarch64-linux-gnu", "sp")])
def test_the_stack_pointer_is_the_targets(triple: str, register: str) -> None:
    ir = generate(parse_module(FIB), native.target_info(triple), False)
    assert f'!{{!"{register}"}}' in ir


def test_the_image_is_the_only_exported_symbol() -> None:
    ir = ir_of(programs.SHAPES)
    defined = [line for line in ir.splitlines() if line.startswith(("define", "@"))]
    exported = [line for line in defined if " internal " not in line and " private " not in line]
    assert [line.split(" ")[0] for line in exported] == ["@snow_program"]


def test_the_programs_functions_keep_readable_names() -> None:
    ir = ir_of(programs.CLOSURES)
    for name in ("Main.scale", "Main.plain", "Main.twice", "Main.main"):
        assert f"@{name}(" in ir
    assert "call void @snow_println(ptr" in ir
