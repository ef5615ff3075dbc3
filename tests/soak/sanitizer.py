"""A server whose core is instrumented: what its environment has to be, and what sanitizers say in the end.

The instrumented core lies in a cache of its own, where the program finds it by the hash of its sources like any
other. The sanitizer's library has to be the first of all libraries. The interpreter, its libraries and the Snow
program itself are not instrumented; everything that they call in the core is.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from snowrt import build_core

FLAGS = {
    "address": ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-O1"),
    "thread": ("-fsanitize=thread", "-O1"),
}
_LIBRARIES = {"address": "libasan.so", "thread": "libtsan.so"}
_SUPPRESSIONS = Path(__file__).parents[1] / "unit" / "snowrt" / "tsan.supp"
_LEAK = re.compile(r"^(?:Direct|Indirect) leak of .*\n(?: +#\d+ .*\n)+", re.MULTILINE)
_FRAME = re.compile(r"^ +#1 \S+ in (\S+)(?: .*libsnowrt\.so| /\S+/core/)", re.MULTILINE)


def environment(sanitizer: str, folder: Path) -> dict[str, str]:
    """Build the core in the folder; the variables with which an executable uses it."""
    core = folder / "snow" / f"core-{build_core.source_hash()}"
    build_core.build_core(core, FLAGS[sanitizer])
    return {
        "XDG_CACHE_HOME": str(folder),
        "LD_PRELOAD": _library(_LIBRARIES[sanitizer]),
        # Instrumented code needs several times the stack.
        "SNOW_ACTOR_STACK": str(8 << 20),
        # What Python objects point at is found only where the sanitizer knows the memory of the objects.
        "PYTHONMALLOC": "malloc",
        "ASAN_OPTIONS": "detect_leaks=1:leak_check_at_exit=0:allocator_may_return_null=1",
        "LSAN_OPTIONS": f"print_suppressions=0:suppressions={Path(__file__).with_name('lsan.supp')}",
        "TSAN_OPTIONS": f"ignore_noninstrumented_modules=1:report_thread_leaks=0:suppressions={_SUPPRESSIONS}",
    }


def _library(name: str) -> str:
    """The path of a library of the compiler at hand."""
    command = [*(build_core.compiler() or ["cc"]), f"-print-file-name={name}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def leaks(report: str) -> list[str]:
    """The leaks of the core in a report of the leak sanitizer: those whose memory a function of it asked for."""
    return [leak for leak in _LEAK.findall(report) if _FRAME.search(leak)]


def without_leaks(report: str) -> str:
    """The report without the leaks of the interpreter and its libraries, and without their sum."""
    rest = _LEAK.sub(lambda found: found[0] if _FRAME.search(found[0]) else "", report)
    noise = r"^(?:=+\d*=*|=+\d+=+ERROR: LeakSanitizer.*|SUMMARY: AddressSanitizer: .* leaked .*|)\n"
    return re.sub(noise, "", rest, flags=re.MULTILINE)
