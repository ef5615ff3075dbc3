"""DWARF line tables: which source line each instruction comes from, and the Snow names of functions.

In: the module's file names and the folder they lie in. Out: `!dbg` references for functions and
instructions, and the metadata they point to, so that gdb breaks on `app.snow:3` and a backtrace shows
Snow names.
"""

from __future__ import annotations

from snowc.codegen.emit import Metadata, metadata_string
from snowc.mir.ir import Function, Loc


class DebugInfo:
    """Debug metadata of one module."""

    def __init__(self, meta: Metadata, files: list[str], root: str) -> None:
        self._meta = meta
        self._names = files
        self._root = root
        self._files: dict[int, str] = {}
        self._unit = meta.distinct(
            f"distinct !DICompileUnit(language: DW_LANG_C99, file: {self._file(0)}, "
            'producer: "snowc", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug)'
        )
        types = meta.node("!{}")
        self._signature = meta.node(f"!DISubroutineType(types: {types})")

    def _file(self, index: int) -> str:
        known = self._files.get(index)
        if known is None:
            name = self._names[index] if 0 <= index < len(self._names) else "<unknown>"
            known = self._files[index] = self._meta.node(
                f"!DIFile(filename: {metadata_string(name)}, directory: {metadata_string(self._root)})"
            )
        return known

    def function(self, function: Function) -> FunctionDebug:
        """The scope of a function's locations."""
        file, line = self._file(max(function.loc.file, 0)), max(function.loc.line, 0)
        scope = self._meta.distinct(
            f"distinct !DISubprogram(name: {metadata_string(function.name)}, scope: {file}, file: {file}, "
            f"line: {line}, type: {self._signature}, scopeLine: {line}, "
            f"spFlags: DISPFlagDefinition | DISPFlagLocalToUnit | DISPFlagOptimized, unit: {self._unit})"
        )
        return FunctionDebug(self._meta, scope, function.loc)

    def named_metadata(self) -> list[str]:
        """The module-level entries that make LLVM write debug sections."""
        flags = [
            self._meta.node('!{i32 2, !"Debug Info Version", i32 3}'),
            self._meta.node('!{i32 7, !"Dwarf Version", i32 4}'),
        ]
        return [f"!llvm.dbg.cu = !{{{self._unit}}}", f"!llvm.module.flags = !{{{', '.join(flags)}}}"]


class FunctionDebug:
    """Locations inside one function. Code without a place of its own takes the place before it."""

    def __init__(self, meta: Metadata, scope: str, loc: Loc) -> None:
        self._meta = meta
        self._known: dict[int, str] = {}
        self.scope = scope
        self._file = loc.file
        self._line = max(loc.line, 0)

    def at(self, loc: Loc) -> str:
        """The suffix that places an instruction."""
        if loc.file == self._file and loc.line > 0:
            self._line = loc.line
        line = self._line
        known = self._known.get(line)
        if known is None:
            node = self._meta.distinct(f"!DILocation(line: {line}, scope: {self.scope})")
            known = self._known[line] = f", !dbg {node}"
        return known
