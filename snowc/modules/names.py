"""Names of modules (language.md 8.1): from paths, and the spelling of library modules."""

from __future__ import annotations

from snowc.source.files import SUFFIX

ENTRY_FILE = "main.snow"
ENTRY_NAME = "Main"
PRELUDE = "Prelude"

# Library modules whose name is not the PascalCase of their file's; the first spelling is the name.
_SPELLINGS = {"io": ("IO",), "http": ("HTTP",), "json": ("Json", "JSON")}


def pascal_case(component: str) -> str:
    """`linear_algebra` → `LinearAlgebra`."""
    return "".join(part[:1].upper() + part[1:] for part in component.split("_") if part)


def module_name(path: str) -> str:
    """The name of the module in a file, from its path below the program's directory."""
    return ".".join(pascal_case(component) for component in path.removesuffix(SUFFIX).split("/"))


def library_names(path: str) -> tuple[str, ...]:
    """The name of a library module, from its path below the library's directory, and its other spellings."""
    return _SPELLINGS.get(path.removesuffix(SUFFIX), (module_name(path),))
