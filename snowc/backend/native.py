"""LLVM IR text to native object code.

In: text from `codegen`. Out: the bytes of an object file for the target. Two ways: LLVM's standard
pipelines at O0 to O3, and the quick one that `run` uses, which costs about a third of O2.
"""

from __future__ import annotations

from snowc.backend.llvm import Cpu, IrModule, Machine, host_cpu, host_triple
from snowc.codegen.context import TargetInfo

QUICK_CODEGEN_LEVEL = 1


def target_info(triple: str | None = None) -> TargetInfo:
    """What code generation must know of a target; None is this machine."""
    machine = Machine(triple or host_triple(), Cpu(), 0)
    return TargetInfo(machine.triple, machine.data_layout)


def machine_for(triple: str | None, codegen_level: int, for_this_cpu: bool) -> Machine:
    """A machine for the target's baseline, or for exactly the processor at hand."""
    return Machine(triple or host_triple(), host_cpu() if for_this_cpu else Cpu(), codegen_level)


def compile_object(
    ir: str, opt: int, quick: bool = False, triple: str | None = None, for_this_cpu: bool = False
) -> bytes:
    """Verify, optimise and compile a module.

    `quick` replaces the pipeline of `opt` by the short one. `for_this_cpu` uses every feature of the
    processor at hand: for code that does not leave this machine.
    """
    machine = machine_for(triple, QUICK_CODEGEN_LEVEL if quick else opt, for_this_cpu)
    return machine.emit_object(optimised(ir, machine, opt, quick))


def optimised(ir: str, machine: Machine, opt: int, quick: bool = False) -> IrModule:
    """The verified module after its pipeline, for `compile_object` and for those who want to look at it."""
    module = IrModule(ir)
    if quick:
        machine.optimise_quickly(module)
    else:
        machine.optimise(module, opt)
    return module
