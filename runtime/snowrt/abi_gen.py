"""Everything that follows from the ABI table: C header, host stubs, page, ctypes and LLVM signatures.

`python -m snowrt.abi_gen --write` renews the three generated files, `--check` says whether they are
current. The C core includes the header, so a definition that disagrees with the table does not compile.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from snowrt import abi, paths
from snowrt.abi import ROWS, Row

_C_NAMES = {"ptr": "void *", "i64": "int64_t", "i32": "int32_t", "i8": "int8_t", "f64": "double", "void": "void"}
_NOTICE = "Generated from runtime/snowrt/abi.py by `python -m snowrt.abi_gen --write`; do not edit."


def callable_rows(*providers: str) -> Iterator[Row]:
    """The rows that have a symbol, of these providers (default: all that have one)."""
    return (row for row in ROWS if row.provider in (providers or ("core", "host")))


# ---- C ------------------------------------------------------------------------------------------


def c_prototype(row: Row, names: Iterable[str] = ()) -> str:
    """`void *snow_string_trim(void *)`, with parameter names when given."""
    known = list(names) or [""] * len(row.c_params)
    pairs = zip(row.c_params, known, strict=True)
    params = ", ".join((_C_NAMES[c] + " " + n).rstrip().replace("* ", "*") for c, n in pairs)
    result = _C_NAMES[row.c_result]
    return f"{result}{'' if result.endswith('*') else ' '}{row.symbol}({params or 'void'})"


def header() -> str:
    """core/include/snow_abi.h."""
    lines = [
        f"/* {_NOTICE} */",
        "#ifndef SNOW_ABI_H",
        "#define SNOW_ABI_H",
        "#include <stdint.h>",
        "",
        '#define SNOW_API __attribute__((visibility("default")))',
        f"#define SNOW_ABI_VERSION {abi.ABI_VERSION}u",
        f"#define SNOW_NEEDS_SERVICES {abi.NEEDS_SERVICES}u",
        f"#define SNOW_DESC_STRING {abi.DESC_STRING}u",
        f"#define SNOW_DESC_LIST {abi.DESC_LIST}u",
        f"#define SNOW_DESC_SLICE {abi.DESC_SLICE}u",
        f"#define SNOW_DESC_ASCII {abi.DESC_ASCII}u",
        f"#define SNOW_DESC_OPTION {abi.DESC_OPTION}u",
        f"#define SNOW_DESC_RESULT {abi.DESC_RESULT}u",
        f"#define SNOW_DESC_ORDERING {abi.DESC_ORDERING}u",
        f"#define SNOW_FIRST_PROGRAM_DESC {abi.FIRST_PROGRAM_DESC}u",
        "",
    ]
    for row in callable_rows():
        attribute = "SNOW_API _Noreturn" if row.never_returns else "SNOW_API"
        lines.append(f"{attribute} {c_prototype(row)};")
    lines += ["", "#endif", ""]
    return "\n".join(lines)


_TO_WORD = {"f64": "snowi_word_of_float({})", "ptr": "(int64_t){}"}
_FROM_WORD = {"void": "{}", "ptr": "return (void *){}", "i8": "return (int8_t){}", "i64": "return {}",
              "f64": "return snowi_float_of_word({})"}


def host_stubs() -> str:
    """core/host_stubs.c: how a call of a host function becomes a request to a service."""
    lines = [
        f"/* {_NOTICE} */",
        '#include "snow_process.h"',
        "",
    ]
    for row in callable_rows("host"):
        names = [f"a{i}" for i in range(len(row.c_params))]
        words = ", ".join(_TO_WORD.get(c, "{}").format(n) for c, n in zip(row.c_params, names, strict=True))
        known_as = _known_as(row)
        call = f'snowi_host_call("{row.symbol}", "{known_as}", args, {len(names)})'
        lines += [
            f"{c_prototype(row, names)} {{",
            f"    const int64_t args[] = {{{words or 0}}};",
            f"    {_FROM_WORD[row.c_result].format(call)};",
            "}",
            "",
        ]
    return "\n".join(lines)


def _known_as(row: Row) -> str:
    """What programs call a function; an intrinsic stands for the library function of its key."""
    module, _, member = row.key.partition("_")
    names = (name for name, _ in row.surface if not name.startswith("__"))
    return next(names, f"{module.capitalize()}.{member}")


# ---- ctypes and LLVM ------------------------------------------------------------------------------


def ctypes_signature(row: Row) -> tuple[Any, list[Any]]:
    """`(restype, argtypes)` for ctypes."""
    import ctypes

    kinds: dict[str, Any] = {
        "ptr": ctypes.c_void_p,
        "i64": ctypes.c_int64,
        "i32": ctypes.c_int32,
        "i8": ctypes.c_int8,
        "f64": ctypes.c_double,
        "void": None,
    }
    return kinds[row.c_result], [kinds[c] for c in row.c_params]


def declare_ctypes(library: Any) -> None:
    """Give every function of an opened core its argument and result types."""
    for row in callable_rows():
        function = getattr(library, row.symbol)
        function.restype, function.argtypes = ctypes_signature(row)


def llvm_declarations() -> tuple[tuple[str, str, tuple[str, ...], bool], ...]:
    """`(symbol, result, parameters, never returns)` of every function with a symbol, types as in the table."""
    return tuple((row.symbol, row.c_result, row.c_params, row.never_returns) for row in callable_rows())


# ---- the page -------------------------------------------------------------------------------------

_INTRO = """# The ABI of the run-time library

{notice}

Every function with a C symbol that compiled Snow code may call. Parameters are borrowed unless marked
`!` (the callee takes them over); results belong to the caller unless marked `&` (they stay owned by
the first argument). Layout-class codes, one i64 per type parameter listed under *classes*, come in
front of the other parameters: {classes}. A function marked `loc` takes one more i64 at the end, the
place to blame, `file index << 32 | line`.

| kind | Snow argument | C parameters |
|---|---|---|
| `ptr` | a boxed value | one pointer |
| `i64`, `f64`, `i8` | Int (Pid, Word), Float, Bool | one of that type |
| `word` | a value of a type parameter | i64: Int as it is, Float bits, Bool 0/1, unit 0, pointer |
| `handle` | an opaque Word such as `WsConn` | one pointer |
| `bytes` | a String | one pointer, to its first byte |
| `fn` | a closure | two pointers, function and environment |

An `inline` function has no symbol: `prim.NAME` is a MIR primitive, `llvm.NAME` an LLVM intrinsic.
Names that begin with `__` can be used by library sources only.
"""

_GROUPS = {
    "core": "Functions of the core",
    "inline": "Functions expanded in place",
    "host": "Functions of services",
    "code": "Functions that only generated code calls",
}


def _group(row: Row) -> str:
    return row.provider if row.key else "code"


def _kinds(row: Row) -> str:
    params = " ".join(p.kind + ("!" if p.owned else "") for p in row.params)
    result = row.result + ("" if row.result_owned else "&")
    extras = [f"classes {' '.join(row.classes)}"] if row.classes else []
    extras += ["loc"] if row.loc else []
    return f"`{params} -> {result}`".replace("` ", "`") + (f" ({', '.join(extras)})" if extras else "")


def _surface(row: Row) -> str:
    return "<br>".join(f"`{name} : {text}`" for name, text in row.surface) or "-"


def page() -> str:
    """docs/abi.md."""
    codes = ", ".join(f"{i} {name}" for i, name in enumerate(abi.LAYOUT_CLASSES))
    parts = [_INTRO.format(notice=_NOTICE, classes=codes)]
    for group, title in _GROUPS.items():
        parts.append(f"\n## {title}\n\n| symbol | in Snow | signature | fails | effect | |\n")
        parts.append("|---|---|---|---|---|---|\n")
        parts += [
            f"| `{row.symbol}` | {_surface(row)} | {_kinds(row)} | {row.fails} | {row.effect} | {row.doc} |\n"
            for row in ROWS
            if _group(row) == group
        ]
    return "".join(parts)


# ---- command --------------------------------------------------------------------------------------


def generated_files() -> dict[str, str]:
    """Path -> text that the file has to have. The page is left out where there is no source tree."""
    core = paths.core_sources()
    files = {
        os.path.join(core, "include", "snow_abi.h"): header(),
        os.path.join(core, "host_stubs.c"): host_stubs(),
    }
    docs = os.path.join(os.path.dirname(os.path.dirname(core)), "docs")
    if os.path.isdir(docs):
        files[os.path.join(docs, "abi.md")] = page()
    return files


def stale_files() -> list[str]:
    """Generated files whose text is not what the table says."""
    return [path for path, text in generated_files().items() if _read(path) != text]


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def main(args: list[str]) -> int:
    """`--check` or `--write`."""
    if args not in (["--check"], ["--write"]):
        print("usage: python -m snowrt.abi_gen --check|--write", file=sys.stderr)
        return 2
    stale = stale_files()
    for path in stale:
        if args == ["--write"]:
            with open(path, "w", encoding="utf-8") as file:
                file.write(generated_files()[path])
        print(("written: " if args == ["--write"] else "stale: ") + path, file=sys.stderr)
    return 1 if stale and args == ["--check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
