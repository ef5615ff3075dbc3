"""What the parts of code generation share while one module is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from snowc.codegen.data import StaticData
from snowc.codegen.debug_info import DebugInfo
from snowc.codegen.emit import Metadata
from snowc.codegen.heat import Heat
from snowc.codegen.layout import Layouts
from snowc.codegen.prelude import Prelude
from snowc.codegen.recursion import StackPlan
from snowc.codegen.runtime_decls import Declarations
from snowc.mir.ir import Module


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """The machine code is made for, as LLVM names it."""

    triple: str
    data_layout: str

    @property
    def stack_pointer(self) -> str:
        """The stack pointer register's name."""
        return "sp" if self.triple.startswith(("aarch64", "arm64")) else "rsp"


@dataclass(slots=True)
class ModuleContext:
    """One module in the making. `extra` holds generated functions: adapters of closures."""

    module: Module
    layouts: Layouts
    data: StaticData
    externs: Declarations
    prelude: Prelude
    meta: Metadata
    debug: DebugInfo | None
    stack: StackPlan
    heat: Heat
    early_reads: dict[str, set[str]] = field(default_factory=dict)
    """The constants whose reads a function must check, see `const_checks`."""
    extra: dict[str, list[str]] = field(default_factory=dict)
