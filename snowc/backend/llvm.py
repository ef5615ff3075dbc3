"""LLVM behind a typed wall: the only module that imports llvmlite.

In: LLVM IR text and a machine. Out: verified, optimised modules and object code. llvmlite has no type
information, so every ignore lives here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

import llvmlite.binding as binding

QUICK_PASSES = ("always_inliner", "sroa", "simplify_cfg", "instruction_combine")
"""The short pipeline: what makes the emitted text reasonable, at a third of the price of O2."""


class LlvmError(Exception):
    """LLVM refused a module or a target; a fault of the compiler, with LLVM's own words."""


@dataclass(frozen=True, slots=True)
class Cpu:
    """A processor and its features, as LLVM names them; empty for the target's baseline."""

    name: str = ""
    features: str = ""


def host_triple() -> str:
    """The triple of this machine."""
    return str(binding.get_default_triple())


def host_cpu() -> Cpu:
    """The processor this runs on."""
    return Cpu(str(binding.get_host_cpu_name()), str(binding.get_host_cpu_features().flatten()))


@cache
def _initialise(all_targets: bool) -> None:
    if all_targets:
        binding.initialize_all_targets()
        binding.initialize_all_asmprinters()
    else:
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()


class IrModule:
    """A parsed and verified module."""

    def __init__(self, text: str) -> None:
        try:
            self.handle: Any = binding.parse_assembly(text)
            self.handle.verify()
        except RuntimeError as error:
            raise LlvmError(str(error)) from error

    def text(self) -> str:
        """The module as LLVM prints it."""
        return str(self.handle)


class Machine:
    """A target machine: code model small, position-independent."""

    def __init__(self, triple: str, cpu: Cpu, codegen_level: int) -> None:
        _initialise(triple != host_triple())
        try:
            target = binding.Target.from_triple(triple)
        except RuntimeError as error:
            raise LlvmError(f"unknown target {triple}: {error}") from error
        self.triple = triple
        self.handle: Any = target.create_target_machine(
            cpu=cpu.name, features=cpu.features, opt=codegen_level, reloc="pic", codemodel="small"
        )

    @property
    def data_layout(self) -> str:
        """The target's data layout, to be set in every module for it."""
        return str(self.handle.target_data)

    def optimise(self, module: IrModule, level: int) -> None:
        """Run LLVM's standard pipeline of a level from 0 to 3."""
        options = binding.create_pipeline_tuning_options(level)
        options.loop_vectorization = level >= 2
        options.slp_vectorization = level >= 3
        builder = binding.create_pass_builder(self.handle, options)
        builder.getModulePassManager().run(module.handle, builder)

    def optimise_quickly(self, module: IrModule) -> None:
        """Run the short pipeline."""
        manager = binding.create_new_module_pass_manager()
        for name in QUICK_PASSES:
            getattr(manager, f"add_{name}_pass")()
        builder = binding.create_pass_builder(self.handle, binding.create_pipeline_tuning_options(1))
        manager.run(module.handle, builder)

    def emit_object(self, module: IrModule) -> bytes:
        """Native object code."""
        try:
            code: bytes = self.handle.emit_object(module.handle)
        except RuntimeError as error:
            raise LlvmError(str(error)) from error
        return code

    def emit_assembly(self, module: IrModule) -> str:
        """The assembler text, to look at."""
        return str(self.handle.emit_assembly(module.handle))


class Engine:
    """Code loaded into this process. It must be kept as long as any of it may run."""

    def __init__(self, machine: Machine, code: bytes) -> None:
        empty = binding.parse_assembly(f'target triple = "{machine.triple}"\n')
        self._engine: Any = binding.create_mcjit_compiler(empty, machine.handle)
        self._object: Any = binding.ObjectFileRef.from_data(code)
        self._engine.add_object_file(self._object)
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """The address of a function or variable, 0 if there is none."""
        return int(self._engine.get_global_value_address(name))


def add_symbol(name: str, address: int) -> None:
    """Let code in any engine find `name` at `address`."""
    binding.add_symbol(name, address)


def load_library(path: str) -> None:
    """Let code in any engine find the symbols of a shared library, which stays loaded."""
    binding.load_library_permanently(path)


def library_path() -> str:
    """The shared library that holds LLVM; its stamp stands for the version."""
    return os.path.join(os.path.dirname(str(binding.__file__)), str(binding.ffi.get_library_name()))
