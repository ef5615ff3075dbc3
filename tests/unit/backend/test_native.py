"""LLVM text to object code, shared images and engines, without the core."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import pytest

from snowc.backend import link, native, toolchain
from snowc.backend.llvm import Cpu, Engine, LlvmError, Machine, host_triple, library_path

IR = """
define internal i64 @square(i64 %n) alwaysinline {
  %r = mul i64 %n, %n
  ret i64 %r
}
define i64 @answer(i64 %n) {
  %s = call i64 @square(i64 %n)
  %r = add i64 %s, 6
  ret i64 %r
}
"""


def _call(address: int) -> int:
    return int(ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(address)(6))


@pytest.mark.parametrize("opt", [0, 1, 2, 3])
def test_every_level_gives_working_code(opt: int) -> None:
    engine = Engine(Machine(host_triple(), Cpu(), 0), native.compile_object(IR, opt))
    assert _call(engine.address("answer")) == 42


@pytest.mark.parametrize("for_this_cpu", [False, True])
def test_the_quick_pipeline_inlines(for_this_cpu: bool) -> None:
    code = native.compile_object(IR, 1, quick=True, for_this_cpu=for_this_cpu)
    assert b"square" not in code
    assert _call(Engine(Machine(host_triple(), Cpu(), 0), code).address("answer")) == 42


def test_the_library_that_is_llvm_exists() -> None:
    assert Path(library_path()).is_file()


def test_bad_text_is_refused() -> None:
    with pytest.raises(LlvmError, match="expected"):
        native.compile_object("define i64 @f( {", 0)
    with pytest.raises(LlvmError, match="dominate"):
        native.compile_object("define i64 @f() {\n %a = add i64 %b, 1\n %b = add i64 1, 1\n ret i64 %a\n}", 0)


def test_code_for_another_machine() -> None:
    info = native.target_info("aarch64-unknown-linux-gnu")
    assert info.stack_pointer == "sp"
    code = native.compile_object(IR, 2, triple=info.triple)
    assert code[:4] == b"\x7fELF"
    assert int.from_bytes(code[18:20], "little") == 183


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(LlvmError, match="unknown target"):
        native.target_info("quartz-unknown-moon")


def test_shared_image_by_linker_and_by_driver(tmp_path: Path) -> None:
    compiler = toolchain.find_c_compiler()
    linker = toolchain.find_shared_linker()
    assert compiler is not None and linker is not None
    code = native.compile_object(IR, 1)
    for number, each in enumerate((linker, toolchain.SharedLinker(compiler.command, is_driver=True))):
        path = tmp_path / f"{number}.so"
        path.write_bytes(link.shared_image(code, each))
        assert ctypes.CDLL(str(path)).answer(6) == 42
        dynamic = subprocess.run(["readelf", "-d", str(path)], capture_output=True, text=True, check=True).stdout
        assert "NOW" in dynamic


def test_a_failing_linker_is_reported_with_its_words() -> None:
    linker = toolchain.find_shared_linker()
    assert linker is not None
    with pytest.raises(link.LinkError, match="program.o"):
        link.shared_image(b"not an object", linker)
    with pytest.raises(link.LinkError, match="cannot start"):
        link.shared_image(b"", toolchain.SharedLinker(("/nonexistent/ld",), is_driver=False))
