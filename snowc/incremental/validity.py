"""Which modules of a program are as they were checked last time (language.md 8.2, 8.3).

Modules are asked about in dependency order; what became of each is reported back by `settle`. A module has to
be checked again if any of these differs from what it was when its entry was made:

- its text, or the modules that its imports can mean;
- what modules before it share unasked: interfaces, instances for types of other modules;
- the types of a module in sight: one that it imports, directly or not, or whose types shared things mention;
- a value of a module it imports, if the name of that value occurs in its text;
- any value that default bodies can use which it may have to infer again for an implementation of its own;
- the text of another module that its diagnostics point into.

A library module that came or went counts if one of its names occurs in the text. Suggestions look at more than
that, so that a module with errors is checked again whenever a name that it could see has changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from snowc.cache.inputs import digest
from snowc.incremental.snapshot import Entry, Snapshot
from snowc.modules.loader import ParsedModule
from snowc.modules.outline import Facts
from snowc.source.files import SourceFile, SourceMap
from snowc.types.interface import NOTHING_SHARED, Interface, values_of

_WORD = re.compile(r"\w+")


def text_digest(source: SourceFile) -> str:
    """The digest of a file's text, and of whether offsets in it begin behind a byte-order mark."""
    return digest(f"{source.bom:d}{source.text}".encode("utf-8", "surrogatepass"))


class Judge:
    """Judges the entries of one snapshot. Sets of modules are numbers, whose bits are positions in the order."""

    def __init__(
        self,
        known: Snapshot,
        sources: SourceMap,
        own: Sequence[ParsedModule],
        library: Sequence[str],
        names_in: Callable[[str], frozenset[str]],
    ) -> None:
        """`names_in` gives all names that a library module declares."""
        self._known = known
        self._sources = sources
        self._position = {parsed.name: i for i, parsed in enumerate(own)}
        self._library = tuple(library)
        other = set(known.library) ^ set(library) if known.entries else set()
        self._library_names = frozenset[str]().union(*map(names_in, other))
        self._digests = {parsed.name: text_digest(sources.file(parsed.file)) for parsed in own}
        self._deps: dict[str, tuple[str, ...]] = {}
        self._reach: dict[str, int] = {}
        self._sight: dict[str, int] = {}
        self._unasked = 0
        self._reshaped = 0
        self._erroneous = 0
        self._before = ""
        self._values: dict[str, frozenset[str] | None] = {}
        """Modules with changed values: the names of those, None for all."""
        self._with_defaults: set[str] = set()
        self._words: dict[str, frozenset[str]] = {}
        self._worlds: dict[int, str] = {}

    # ---- asking ----------------------------------------------------------------------------------

    def holds(self, parsed: ParsedModule) -> Entry | None:
        """The entry of a module, if it is what checking it now would give."""
        deps = self._deps[parsed.name] = self._imported(parsed)
        sight = self._sight[parsed.name] = self._reached(deps) | self._unasked
        entry = self._known.entries.get(parsed.name)
        if entry is None or entry.source != self._digests[parsed.name]:
            return None
        if (entry.deps, entry.before) != (deps, self._before) or sight & self._reshaped:
            return None
        if entry.has_errors and entry.world != self._world(parsed):
            return None
        if any(self._digests.get(module) != text for module, text in entry.foreign):
            return None
        return None if self._sees_change(parsed, entry, deps) else entry

    def errors_in_sight(self, parsed: ParsedModule) -> bool:
        """Whether a module that this one can see has errors."""
        return bool(self._sight[parsed.name] & self._erroneous)

    def _imported(self, parsed: ParsedModule) -> tuple[str, ...]:
        """The modules before it that the import paths of a module, or the beginnings of them, name."""
        found: dict[str, None] = {}
        here = self._position[parsed.name]
        for path in parsed.source.facts.outline.imports:
            for length in range(len(path), 0, -1):
                name = parsed.visible.get(".".join(path[:length]))
                if name is not None and self._position[name] < here:
                    found[name] = None
        return tuple(found)

    def _reached(self, modules: Iterable[str]) -> int:
        """The modules and all that they import."""
        found = 0
        for name in modules:
            found |= self._reach[name]
        return found

    def _sees_change(self, parsed: ParsedModule, entry: Entry, deps: tuple[str, ...]) -> bool:
        """Whether a value that the module can name, or one that it can need for a default body, has changed."""
        if self._library_names and not self._library_names.isdisjoint(self._words_of(parsed)):
            return True
        for name in deps:
            if name in self._values and self._uses(parsed, entry, self._values[name]):
                return True
            if name in self._with_defaults and "impl" in self._words_of(parsed):
                if any(module in self._values for module in (name, *self._deps[name])):
                    return True
        return False

    def _uses(self, parsed: ParsedModule, entry: Entry, names: frozenset[str] | None) -> bool:
        return names is None or entry.has_errors or not names.isdisjoint(self._words_of(parsed))

    def _words_of(self, parsed: ParsedModule) -> frozenset[str]:
        if parsed.name not in self._words:
            self._words[parsed.name] = frozenset(_WORD.findall(self._sources.text(parsed.file)))
        return self._words[parsed.name]

    def _world(self, parsed: ParsedModule) -> str:
        """A digest of the names of modules, which suggestions are chosen from."""
        key = id(parsed.visible)
        if key not in self._worlds:
            names = [*parsed.visible, "", *parsed.visible.values(), "", *self._library]
            self._worlds[key] = digest("\0".join(names).encode())
        return self._worlds[key]

    # ---- telling ---------------------------------------------------------------------------------

    def stamp(self, parsed: ParsedModule, entry: Entry) -> Entry:
        """The entry of the module asked about last, with everything that `holds` will look at next time."""
        return self.point(parsed, entry)._replace(
            source=self._digests[parsed.name],
            deps=self._deps[parsed.name],
            before=self._before,
            world=self._world(parsed) if entry.has_errors else "",
        )

    def point(self, parsed: ParsedModule, entry: Entry) -> Entry:
        """The entry with what its diagnostics point into."""
        files = {file for diag in (*entry.told, *entry.matches) for file, *_ in diag[3]}
        foreign = [(m, self._digests[m]) for m in sorted(files) if m in self._digests and m != parsed.name]
        return entry._replace(foreign=tuple(foreign))

    def settle(self, parsed: ParsedModule, entry: Entry) -> None:
        """Note what the module now is, and what of it is not as it was."""
        name, bit = parsed.name, 1 << self._position[parsed.name]
        self._reach[name] = self._reached(self._deps[name]) | bit
        old = self._known.entries.get(name)
        if old is not entry:
            self._compare(name, bit, None if old is None else old.interface, entry.interface)
        if entry.has_errors:
            self._erroneous |= bit
        if entry.interface.has_defaults:
            self._with_defaults.add(name)
        if entry.interface.shared != NOTHING_SHARED:
            self._before = digest(self._before.encode() + name.encode() + b"\0" + entry.interface.shared)
            self._unasked |= self._reached(filter(None, map(self._file_of, entry.interface.types)))

    def _compare(self, name: str, bit: int, old: Interface | None, new: Interface) -> None:
        if old is None:
            self._reshaped |= bit
            self._values[name] = None
            return
        if old.shapes != new.shapes:
            self._reshaped |= bit
        if old.values != new.values:
            before, after = values_of(old.values), values_of(new.values)
            paths = (n for n in before.keys() | after.keys() if before.get(n) != after.get(n))
            self._values[name] = frozenset(path.rpartition(".")[2] for path in paths)

    def _file_of(self, type_name: str) -> str | None:
        """The module of the file that declares a type, which may do so in an inline module."""
        while type_name:
            type_name = type_name.rpartition(".")[0]
            if type_name in self._position:
                return type_name
        return None


class KnownFiles:
    """What a snapshot tells of files that have not changed (`loader.Known`)."""

    def __init__(self, known: Snapshot, library: dict[str, Facts]) -> None:
        self._known = known
        self._library = library

    def own(self, module: str, source: SourceFile) -> Facts | None:
        entry = self._known.entries.get(module)
        return entry.facts if entry is not None and entry.source == text_digest(source) else None

    def library(self, module: str) -> Facts | None:
        return self._library.get(module)
