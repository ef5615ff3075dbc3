"""A whole program as LLVM IR text.

In: a monomorphic, verified MIR module after `insert_rc`, and the target. Out: text that LLVM parses,
with every function of the program, the run-time tables and the exported image `snow_program` that the
core runs. The same input gives the same text.
"""

from __future__ import annotations

from snowc.codegen.const_checks import early_reads
from snowc.codegen.context import ModuleContext, TargetInfo
from snowc.codegen.data import DESC_TYPE_DECL, StaticData
from snowc.codegen.debug_info import DebugInfo
from snowc.codegen.emit import CTX, Body, Metadata, metadata_string, symbol
from snowc.codegen.externs import needs_services
from snowc.codegen.function import FunctionWriter
from snowc.codegen.heat import Heat
from snowc.codegen.layout import LLVM_TYPE, Layouts
from snowc.codegen.prelude import CTX_TYPE_DECL, Prelude
from snowc.codegen.recursion import call_graph, plan_stack
from snowc.codegen.runtime_decls import Declarations
from snowc.mir.ir import ConstDecl, Module
from snowc.mir.types import layout_class
from snowrt.abi import ABI_VERSION, NEEDS_SERVICES

__all__ = ["TargetInfo", "generate"]


def generate(module: Module, target: TargetInfo, debug: bool, source_root: str = "") -> str:
    """The LLVM IR of a program. `source_root` is the folder that the module's file names start from."""
    context = _context(module, target, debug, source_root)
    functions: list[str] = []
    for function in module.functions.values():
        functions += FunctionWriter(context, function).write()
        functions.append("")
    wrappers = [*_init(context), *_main(context)]
    image = _image(context)
    helpers = [line for lines in context.extra.values() for line in lines]
    prelude = context.prelude.definitions()
    named = context.debug.named_metadata() if context.debug else []
    return "\n".join(
        [
            f"source_filename = {metadata_string(module.files[0] if module.files else 'module')}",
            f'target datalayout = "{target.data_layout}"',
            f'target triple = "{target.triple}"',
            "",
            CTX_TYPE_DECL,
            DESC_TYPE_DECL,
            "",
            *context.data.lines,
            image,
            "",
            *context.externs.lines(),
            "",
            *functions,
            *wrappers,
            *helpers,
            *prelude,
            "",
            *named,
            *context.meta.lines,
            "",
        ]
    )


def _context(module: Module, target: TargetInfo, debug: bool, source_root: str) -> ModuleContext:
    meta, externs, graph = Metadata(), Declarations(), call_graph(module)
    return ModuleContext(
        module=module,
        layouts=Layouts(module),
        data=StaticData(),
        externs=externs,
        prelude=Prelude(externs, meta, target.stack_pointer),
        meta=meta,
        debug=DebugInfo(meta, module.files, source_root) if debug else None,
        stack=plan_stack(module, graph),
        heat=Heat(module, graph),
        early_reads=early_reads(module),
    )


def _init(context: ModuleContext) -> list[str]:
    """`snow.init`: computes the module constants in order and freezes them."""
    body = Body()
    for number, const in enumerate(context.module.consts):
        _init_const(context, body, const)
        if context.early_reads:
            body.do(f"store atomic i64 {number + 1}, ptr {context.data.constants_done()} release, align 8")
    body.do("ret void")
    return [f"define internal void @snow.init(ptr {CTX}) nounwind {{", *body.lines, "}"]


def _init_const(context: ModuleContext, body: Body, const: ConstDecl) -> None:
    layout = layout_class(const.type)
    llvm_type = LLVM_TYPE[layout]
    call = f"call fastcc {llvm_type} {symbol(const.init)}(ptr {CTX})"
    if layout == "unit":
        body.do(call)
        return
    value = body.op(call)
    if layout == "ptr":
        value = body.op(f"call ptr {context.externs.use('snowi_freeze')}(ptr {CTX}, ptr {value})")
    cell = context.data.cell(const.name, llvm_type, "zeroinitializer")
    body.do(f"store {llvm_type} {value}, ptr {cell}, align 8")


def _main(context: ModuleContext) -> list[str]:
    """`snow.main`: runs the entry function and gives its result back."""
    entry = context.module.entry
    body = Body()
    if entry is not None:
        layout = layout_class(context.module.functions[entry].result)
        call = f"call fastcc {LLVM_TYPE[layout]} {symbol(entry)}(ptr {CTX})"
        if layout == "unit":
            body.do(call)
        else:
            value = body.op(call)
            if layout == "ptr":
                body.do(f"call void {context.prelude.use('drop')}(ptr {CTX}, ptr {value})")
    body.do("ret void")
    return [f"define internal void @snow.main(ptr {CTX}) nounwind {{", *body.lines, "}"]


def _image(context: ModuleContext) -> str:
    """The exported `struct snow_program`."""
    descs = context.data.descriptors(context.layouts.descriptors)
    files = context.data.files(context.module.files)
    needs = NEEDS_SERVICES if needs_services(context.module) else 0
    fields = (
        f"i32 {ABI_VERSION}, i32 {len(context.layouts.descriptors)}, ptr {descs}, "
        f"i32 {len(context.module.files)}, i32 {needs}, ptr {files}, ptr @snow.init, ptr @snow.main"
    )
    return f"@snow_program = constant {{ i32, i32, ptr, i32, i32, ptr, ptr, ptr }} {{ {fields} }}, align 8"
