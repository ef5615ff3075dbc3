"""Imports: what they make visible, and what is wrong with them (language.md 8.2, 8.3)."""

from __future__ import annotations

from collections.abc import Mapping

from snowc.diag.suggest import did_you_mean
from snowc.source.span import Span
from snowc.syntax import ast
from snowc.types.builtins import BUILTIN_MODULES, module_names
from snowc.types.context import Cx
from snowc.types.env import CtorEntity, FnEntity, ModuleEnv, NominalEntry, Unavailable
from snowc.types.errors import NotInModule, PrivateName
from snowc.types.errors_decl import ImportShadowed, ModuleNotFound
from snowc.types.lookup import std_function


class Importer:
    """Enters the imports of one file; remembers where each name came from, to notice clashes."""

    def __init__(self, cx: Cx, module: ModuleEnv, visible: Mapping[str, str]) -> None:
        self.cx = cx
        self.module = module
        self.visible = visible
        self.names: dict[str, tuple[Span, object]] = {}
        self.spaces: dict[str, tuple[Span, object]] = {}

    def enter(self, stmt: ast.Import | ast.FromImport) -> None:
        """One import statement."""
        path = stmt.path.text
        source = find_module(self.cx, path, self.visible)
        if source is None:
            if path in BUILTIN_MODULES or self.cx.env.std(path) is not None:
                if isinstance(stmt, ast.FromImport):
                    self._from_library(path, stmt)
            else:
                self._missing(stmt, path)
        elif isinstance(stmt, ast.Import):
            self._whole(stmt, source)
        else:
            for name in stmt.names:
                self._select(source, name)

    def _missing(self, stmt: ast.Import | ast.FromImport, path: str) -> None:
        """There is no such module; what it should have brought is not reported again."""
        known = [*self.visible, *sorted(BUILTIN_MODULES)]
        self.cx.report(ModuleNotFound(stmt.path.span, path, did_you_mean(path, known)))
        for name in stmt.names if isinstance(stmt, ast.FromImport) else (stmt.path.parts[-1],):
            self._break(name)

    def _break(self, name: ast.Name) -> None:
        self.module.imported[name.text] = Unavailable(name.text, name.span)
        self.module.broken.add(name.text)

    def _clash(self, table: dict[str, tuple[Span, object]], name: str, span: Span, thing: object) -> None:
        known = table.get(name)
        if known is not None and known[1] is not thing:
            self.cx.report(ImportShadowed(span, name, known[0]))
        table[name] = (span, thing)

    def _whole(self, stmt: ast.Import, source: ModuleEnv) -> None:
        """`import A.B`: namespaces `B` and `A.B`; public types and variants leak in (R26)."""
        last = stmt.path.parts[-1]
        self._clash(self.spaces, last.text, last.span, source)
        self.module.namespaces[last.text] = source
        self.module.paths[stmt.path.text] = source
        for name, entry in source.types.items():
            if entry.public:
                self.module.leaked_types.setdefault(name, entry)
                if isinstance(entry, NominalEntry):
                    for ctor in _variants(source, entry):
                        self.module.leaked_ctors.setdefault(ctor.variant.name, ctor)

    # ---- from … import …  ----------------------------------------------------------------------

    def _select(self, source: ModuleEnv, name: ast.Name) -> None:
        text = name.text
        found = self._value(source, name) | self._type(source, name) | self._service(source, name)
        if not (found | self._space(source, name)):
            # A user module shadows a library module of the same name member by member.
            library = std_function(self.cx, source.name, text) if source.name in BUILTIN_MODULES else None
            if library is not None:
                self.module.imported[text] = library
                return
            names = source.public_names()
            self._break(name)
            self.cx.report(NotInModule(name.span, text, source.name, tuple(names), did_you_mean(text, names)))

    def _visible(self, name: ast.Name, source: ModuleEnv, public: bool, declared: Span) -> bool:
        if not public:
            self.cx.report(PrivateName(name.span, name.text, source.name, declared))
        return public

    def _value(self, source: ModuleEnv, name: ast.Name) -> bool:
        value = source.values.get(name.text)
        if value is None:
            return False
        if self._visible(name, source, value.public, value.span):
            self._clash(self.names, name.text, name.span, value)
            self.module.imported[name.text] = value
        else:
            self.module.imported[name.text] = Unavailable(name.text, name.span)
        return True

    def _type(self, source: ModuleEnv, name: ast.Name) -> bool:
        text = name.text
        entry, interface = source.types.get(text), source.interfaces.get(text)
        if entry is not None and self._visible(name, source, entry.public, entry.span):
            self._clash(self.names, text, name.span, entry)
            if isinstance(entry, NominalEntry):
                for ctor in _variants(source, entry):
                    self.module.imported_ctors[ctor.variant.name] = ctor
        if entry is not None:
            self.module.imported_types[text] = entry
        if interface is not None and self._visible(name, source, interface.public, interface.span):
            self.module.imported_interfaces[text] = interface
        return entry is not None or interface is not None

    def _service(self, source: ModuleEnv, name: ast.Name) -> bool:
        service = source.services.get(name.text)
        if service is None:
            return False
        if self._visible(name, source, service.public, service.span):
            self._clash(self.spaces, name.text, name.span, service)
            self.module.imported_services[name.text] = service
        else:
            self.module.broken.add(name.text)
        return True

    def _space(self, source: ModuleEnv, name: ast.Name) -> bool:
        """An inline module, or a single variant."""
        inner = source.modules.get(name.text)
        if inner is not None:
            self._clash(self.spaces, name.text, name.span, inner)
            if self._visible(name, source, inner.public, inner.span):
                self.module.namespaces[name.text] = inner
            return True
        ctor = source.ctors.get(name.text)
        if ctor is not None:
            self.module.imported_ctors[name.text] = ctor
        return ctor is not None

    def _from_library(self, path: str, stmt: ast.FromImport) -> None:
        std = self.cx.env.std(path)
        for name in stmt.names:
            found = std_function(self.cx, path, name.text)
            entry = std.types.get(name.text) if std is not None else None
            if isinstance(found, FnEntity) or found is not None:
                self._clash(self.names, name.text, name.span, _identity(found))
                self.module.imported[name.text] = found
            elif entry is None or not entry.public:
                names = module_names(self.cx.env, path)
                self._break(name)
                if not names:
                    self.cx.unsupported(name.span, f"module `{path}`")
                    continue
                advice = did_you_mean(name.text, names)
                self.cx.report(NotInModule(name.span, name.text, path, tuple(names), advice))


def _identity(found: object) -> object:
    return getattr(found, "key", found)


def _variants(source: ModuleEnv, entry: NominalEntry) -> list[CtorEntity]:
    return [] if entry.info.is_struct else [CtorEntity(entry.info, v) for v in entry.info.variants]


def find_module(cx: Cx, path: str, visible: Mapping[str, str]) -> ModuleEnv | None:
    """The module that an import path names; inline modules are reached through their file.

    `visible` gives the full names of the program's modules by the paths that the importing file may write.
    """
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        module = cx.env.modules.get(visible.get(".".join(parts[:cut]), ""))
        for part in parts[cut:]:
            module = None if module is None else module.modules.get(part)
        if module is not None:
            return module
    return None
