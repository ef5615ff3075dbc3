"""Checking a program with the help of a snapshot of its last check.

In: the loaded program, the snapshot, what is known of the library. Out: the diagnostics that a check without
snapshot would give, in the same order, and the next snapshot. A module that has to be inferred again finds the
tables as they would be: those of all modules before it, read from their interfaces or inferred in this run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from snowc.diag.core import Diagnostic, Sink, mistakes
from snowc.diag.stored import Stored, restore, store
from snowc.incremental.snapshot import Entry, LibraryModule, Snapshot, Store
from snowc.incremental.validity import Judge
from snowc.modules.loader import ParsedModule, Program
from snowc.modules.outline import import_statements
from snowc.source.files import SourceMap
from snowc.source.span import Span
from snowc.types.interface import Interface, count_parameters

if TYPE_CHECKING:
    from snowc.types.env import ProgramEnv
    from snowc.types.tast import TModule

Builtins = Callable[[], Mapping[str, tuple[str, ...]]]
_DECLARED = re.compile(
    r"\b(?:(?:fn|def)[ \t]+(\w+)[ \t]*[(<]|(?:type|struct|interface|module)[ \t]+(\w+))|^(?:pub )?let[ \t]+(\w+)",
    re.MULTILINE,
)


class Checker:
    """One check of one program: `infer`, then `match`, then `report`."""

    def __init__(
        self,
        program: Program,
        sources: SourceMap,
        known: Snapshot,
        library: dict[str, LibraryModule],
        builtins: Builtins,
    ) -> None:
        self._sources = sources
        self._known = known
        self._library_known = library
        self._builtins = builtins
        self._library = [parsed for parsed in program.modules if parsed.is_std]
        self._own = [parsed for parsed in program.modules if not parsed.is_std]
        self._files = {_key(parsed): parsed.file for parsed in program.modules}
        self._names = {parsed.file: _key(parsed) for parsed in program.modules}
        names = [parsed.name for parsed in self._library]
        self._judge = Judge(known, sources, self._own, names, self._names_in)
        self._entries: dict[str, Entry] = {}
        self._env: ProgramEnv | None = None
        self._entered = 0
        self._typed: dict[str, TModule] = {}
        self._mistakes: dict[str, list[Span]] = {}
        self._library_told: list[Diagnostic] = []
        self.inferred: list[str] = []
        """The modules of the program that were inferred in this run, in order."""
        self.library_grew = False

    def _names_in(self, module: str) -> frozenset[str]:
        """All names that a library module declares, its private ones included, read off its text."""
        if module in self._library_known:
            return self._library_known[module].names
        found = _DECLARED.finditer(self._sources.text(self._files[f"std:{module}"]))
        return frozenset(match[match.lastindex or 0] for match in found)

    # ---- inference -------------------------------------------------------------------------------

    def infer(self) -> None:
        """Find or make the entry of every module."""
        for position, parsed in enumerate(self._own):
            entry = self._judge.holds(parsed)
            if entry is None:
                env = self._tables(position)
                entry = self._infer(parsed, env)
                self._entered += 1
            self._entries[parsed.name] = entry
            self._judge.settle(parsed, entry)

    def _tables(self, position: int) -> ProgramEnv:
        """The tables of all modules before a position."""
        if self._env is None:
            from snowc.types.env import ProgramEnv

            self._env = ProgramEnv(self._builtins())
            for parsed in self._library:
                self._enter_library(parsed, self._env)
        while self._entered < position:
            parsed = self._own[self._entered]
            entry = self._entries[parsed.name]
            if entry.has_errors:
                # Its tables hold more than an interface tells, so they are made again.
                self._run(parsed, self._env)
            else:
                self._read(parsed, entry.interface, self._env)
            self._entered += 1
        return self._env

    def _read(self, parsed: ParsedModule, interface: Interface, env: ProgramEnv) -> None:
        from snowc.types.interface_read import read_interface

        read_interface(parsed.name, parsed.is_std, parsed.file, interface, env, parsed.visible)

    def _run(self, parsed: ParsedModule, env: ProgramEnv) -> tuple[TModule, Sink]:
        from snowc.types.infer_module import infer_module

        sink = Sink()
        return infer_module(parsed, env, sink), sink

    def _infer(self, parsed: ParsedModule, env: ProgramEnv) -> Entry:
        self._typed[parsed.name], sink = self._run(parsed, env)
        self._mistakes[parsed.name] = mistakes(sink.items)
        self.inferred.append(parsed.name)
        told = self._stored(sink.items)
        interface = _interface(parsed, env)
        entry = Entry("", parsed.source.facts, (), "", "", told, (), (), sink.has_errors, interface)
        return self._judge.stamp(parsed, entry)

    def _enter_library(self, parsed: ParsedModule, env: ProgramEnv) -> None:
        known = self._library_known.get(parsed.name)
        if known is not None:
            self._read(parsed, known.interface, env)
            return
        _, sink = self._run(parsed, env)
        self._library_told += sink.items
        if parsed.source.is_clean and not sink.items:
            names = self._names_in(parsed.name)
            self._library_known[parsed.name] = LibraryModule(parsed.source.facts, names, _interface(parsed, env))
            self.library_grew = True

    # ---- exhaustiveness --------------------------------------------------------------------------

    def match(self) -> None:
        """Check the matches of the modules that were inferred."""
        for parsed in self._own:
            module = self._typed.get(parsed.name)
            entry = self._entries[parsed.name]
            if module is None:
                continue
            from snowc.match.exhaustive import check_module

            assert self._env is not None
            sink, found = Sink(), self._mistakes[parsed.name]
            near = entry.has_errors or self._judge.errors_in_sight(parsed)
            check_module(module, sink, self._env.type_infos(), found if near else None)
            entry = entry._replace(matches=self._stored(sink.items))
            self._entries[parsed.name] = self._judge.point(parsed, entry)

    # ---- results ---------------------------------------------------------------------------------

    def report(self, sink: Sink) -> None:
        """Tell everything."""
        sink.extend(self._library_told)
        for parsed in self._own:
            sink.extend(self._restored(self._entries[parsed.name].told))
        for parsed in self._own:
            sink.extend(self._restored(self._entries[parsed.name].matches))

    def keep(self, store: Store) -> None:
        """Keep what has been found out."""
        if self.library_grew:
            store.save_library(self._library_known)
        snapshot = self.snapshot()
        if snapshot is not None:
            store.save(snapshot)

    def snapshot(self) -> Snapshot | None:
        """What to keep for the next check; None if it is what was kept before."""
        entries = {parsed.name: self._entries[parsed.name] for parsed in self._own if parsed.source.is_clean}
        library = tuple([parsed.name for parsed in self._library])
        unchanged = not self.inferred and entries.keys() == self._known.entries.keys()
        return None if unchanged and library == self._known.library else Snapshot(library, entries)

    def parameters_of_main(self, entry: str) -> int | None:
        """How many parameters `main` of the entry module has; None if there is no such function."""
        return count_parameters(self._entries[entry].interface, "main")

    def _stored(self, diags: Sequence[Diagnostic]) -> tuple[Stored, ...]:
        return tuple([store(diag, lambda file: self._names.get(file, "")) for diag in diags])

    def _restored(self, stored: Sequence[Stored]) -> list[Diagnostic]:
        return [restore(data, lambda name: self._files.get(name, -1)) for data in stored]


def _key(parsed: ParsedModule) -> str:
    """A name for the file of a module that holds from one run to the next."""
    return f"std:{parsed.name}" if parsed.is_std else parsed.name


def _interface(parsed: ParsedModule, env: ProgramEnv) -> Interface:
    from snowc.types.interface_write import write_interface

    return write_interface(env.modules[_key(parsed)], env, list(import_statements(parsed.ast.block)))
