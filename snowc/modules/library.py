"""Library modules: where they are, and which of them a program needs.

Only modules that a program can touch are loaded, so that a small program compiles fast. The rule
(`needed`) reads tokens, not types, and may load too much but never too little: a value of a library type
exists only where some loaded module writes its literal, names its module, or calls a built-in function
whose type mentions it; and only then can an operator, a method call or an instance need its module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from snowc.modules.names import PRELUDE, library_names
from snowc.source.files import DiskReader, Reader
from snowc.syntax.tokens import Token

_EXPORT = re.compile(r"^pub[ \t]+(?:fn|def|let|type|struct|interface|module)[ \t]+(\w+)", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")

# Literals and loops that make values of library types.
_BY_SYNTAX = {
    "LSQB": "List", "FOR": "List", "PLUSPLUS": "List", "MAPOPEN": "Map", "DOTDOT": "Range", "SPAWN": "Pid",
    "SELF_CALL": "Pid", "TERMINATE": "ExitReason",
}  # fmt: skip
# Prelude names that stand for functions of a module.
_BY_PRELUDE_NAME = dict.fromkeys(["map", "filter", "reduce", "head", "tail"], "List")
# Types that are there without their modules: only a qualified name or a method call needs those, and any
# method call may be meant for one of them.
_ALWAYS_THERE = ("String", "Int", "Float", "Option", "Result", "Ordering")


@dataclass
class StdSource:
    """The library: its directory, and the types of built-in functions by the names that programs use.

    `builtins` maps `String.split`, `println` and the like to type texts; their types may mention modules.
    """

    directory: str
    builtins: Mapping[str, str] = field(default_factory=dict)
    reader: Reader = field(default_factory=DiskReader)
    _exports: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)
    _paths: dict[str, str] = field(default_factory=dict, repr=False)
    _spellings: dict[str, str] = field(default_factory=dict, repr=False)
    _by_builtin: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for path in self.reader.walk(self.directory):
            name, *others = library_names(path)
            self._paths[name] = path
            self._spellings |= dict.fromkeys((name, *others), name)
        self._by_builtin = self._modules_of_builtins()

    def modules(self) -> tuple[str, ...]:
        return tuple(self._paths)

    def path(self, name: str) -> str:
        """The path of a module's file, below the directory."""
        return self._paths[name]

    def exports(self, name: str) -> frozenset[str]:
        """The public names of a module, read off its text without parsing it."""
        if name not in self._exports:
            text = self.reader.read(f"{self.directory}/{self._paths[name]}").decode("utf-8", "replace")
            self._exports[name] = frozenset(_EXPORT.findall(text))
        return self._exports[name]

    def _modules_of_builtins(self) -> dict[str, frozenset[str]]:
        """By the bare name (and the lowered key) of each built-in function, the modules in its type."""
        found: dict[str, frozenset[str]] = {}
        for surface, text in self.builtins.items():
            modules = frozenset(self._paths.keys() & _WORD.findall(text)).difference(_ALWAYS_THERE)
            for name in (surface.rpartition(".")[2], surface.replace(".", "_").lower()):
                found[name] = found.get(name, frozenset()) | modules
        return found

    # ---- the rule ------------------------------------------------------------------------------

    def needed(self, tokens: Sequence[Token], *, inside: bool = False) -> set[str]:
        """The library modules that a module with these tokens may need; `inside` the library, for itself.

        The library names the modules it uses, so that there method calls do not count.
        """
        words = {token.value for token in tokens if token.kind == "IDENT"}
        kinds = {token.kind for token in tokens}
        wanted = {PRELUDE}
        types = {self._spellings[word] for word in words if word in self._spellings}
        wanted |= types.difference(_ALWAYS_THERE).union(self._qualified(tokens))
        wanted |= {module for kind, module in _BY_SYNTAX.items() if kind in kinds}
        wanted |= {self._by_lowered_key(word) for word in words if "_" in word}
        if not inside:
            wanted |= {module for name, module in _BY_PRELUDE_NAME.items() if name in words}
            wanted |= self._by_method(tokens)
        if "CC" in kinds and _has_cons_pattern(tokens):
            wanted.add("List")
        for word in words:
            wanted |= self._by_builtin.get(word, frozenset())
        return wanted & self._paths.keys()

    def _qualified(self, tokens: Sequence[Token]) -> set[str]:
        """The modules that are named as such: before a dot, or in an import."""
        found = set()
        for i, token in enumerate(tokens):
            if token.kind == "DOT" and i and tokens[i - 1].value in self._spellings:
                found.add(self._spellings[tokens[i - 1].value])
            elif token.kind in ("IMPORT", "FROM") and tokens[i + 1].value in self._spellings:
                found.add(self._spellings[tokens[i + 1].value])
        return found

    def _by_lowered_key(self, word: str) -> str:
        """`list_sort` → `List`, if that module has a `sort`."""
        for spelling, name in self._spellings.items():
            prefix = spelling.lower() + "_"
            if word.startswith(prefix) and word.removeprefix(prefix) in self.exports(name):
                return name
        return PRELUDE

    def _by_method(self, tokens: Iterable[Token]) -> set[str]:
        present = [name for name in _ALWAYS_THERE if name in self._paths]
        if not present:
            return set()
        methods = set(_names_behind_dots(tokens))
        return {name for name in present if methods & self.exports(name)}


def _names_behind_dots(tokens: Iterable[Token]) -> Iterable[str]:
    after_dot = False
    for token in tokens:
        if after_dot:
            yield str(token.value)
        after_dot = token.kind == "DOT"


def _has_cons_pattern(tokens: Sequence[Token]) -> bool:
    """Whether some `::` may be a pattern: an annotation is followed by a type, which begins with a capital."""
    for i, token in enumerate(tokens):
        if token.kind == "CC" and i + 1 < len(tokens):
            follows = tokens[i + 1]
            if follows.kind not in ("LPAR", "FUN") and not str(follows.value)[:1].isupper():
                return True
    return False
