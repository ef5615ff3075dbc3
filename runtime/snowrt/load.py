"""Finds the compiled core that fits the sources, building it once where needed, and opens it.

A package build leaves the libraries beside this file. They are used if they were built from the C
sources at hand; in a source tree whose sources have changed since, or that was never built, the core
is compiled into the user's cache, provided there is a C compiler.
"""

from __future__ import annotations

import os
import sys

from snowrt import build_core, paths

TYPE_CHECKING = False  # as in `typing`, whose import is a third of a warm start
if TYPE_CHECKING:
    import ctypes

_MACHINES = ("x86_64", "aarch64")
_opened: ctypes.CDLL | None = None


class CoreUnavailable(Exception):
    """There is no usable core; the text is one message for the user."""


def check_platform() -> None:
    """Refuse what Snow cannot run on. Raises CoreUnavailable."""
    machine = os.uname().machine if hasattr(os, "uname") else "?"
    if sys.platform != "linux" or machine not in _MACHINES or sys.maxsize < 2**32:
        wanted = " and ".join(_MACHINES)
        raise CoreUnavailable(f"Snow runs on 64-bit Linux on {wanted}, not on {sys.platform} {machine}")
    if sys.implementation.name != "cpython" or sys.version_info < (3, 11):
        version = ".".join(map(str, sys.version_info[:2]))
        raise CoreUnavailable(f"Snow needs CPython 3.11 or later, this is {sys.implementation.name} {version}")


def core_folder() -> str:
    """A folder with both libraries, built from the sources at hand. Raises CoreUnavailable."""
    check_platform()
    wanted = build_core.source_hash()
    cached = os.path.join(paths.user_cache(), "core-" + wanted)
    for folder in (paths.installed_core(), cached):
        if _is_current(folder, wanted):
            return folder
    return _build_into(cached, wanted)


def shared_library() -> str:
    """The path of libsnowrt.so. Raises CoreUnavailable."""
    return os.path.join(core_folder(), build_core.SHARED)


def static_library() -> str:
    """The path of libsnowrt.a. Raises CoreUnavailable."""
    return os.path.join(core_folder(), build_core.STATIC)


def load() -> ctypes.CDLL:
    """Open the core, its symbols visible to every library opened later. Raises CoreUnavailable."""
    global _opened
    if _opened is None:
        import ctypes

        path = shared_library()
        try:
            core = ctypes.CDLL(path, mode=os.RTLD_GLOBAL | os.RTLD_NOW)
        except OSError as error:
            raise CoreUnavailable(f"cannot open {path}: {error}") from error
        core.snow_rt_start.argtypes = [ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p]
        core.snow_rt_start.restype = ctypes.c_int32
        _opened = core
    return _opened


def _is_current(folder: str, wanted: str) -> bool:
    """Whether the folder holds both libraries and the shared one carries this hash."""
    try:
        with open(os.path.join(folder, build_core.SHARED), "rb") as file:
            content = file.read()
    except OSError:
        return False
    has_hash = build_core.HASH_MARKER + wanted.encode() in content
    return has_hash and os.path.exists(os.path.join(folder, build_core.STATIC))


def _build_into(cached: str, wanted: str) -> str:
    """Compile into a private folder and give it its name only when it is complete."""
    import shutil
    import tempfile

    if build_core.compiler() is None:
        raise CoreUnavailable(
            "Snow's core is not compiled for these sources, and there is no C compiler to do it: "
            "install gcc or clang (or set CC), or install Snow from a wheel"
        )
    try:
        parent = _private_folder(os.path.dirname(cached))
        scratch = tempfile.mkdtemp(prefix=".core-", dir=parent)
        try:
            build_core.build_core(scratch)
            if os.path.isdir(cached) and not _is_current(cached, wanted):
                shutil.rmtree(cached, ignore_errors=True)
            os.rename(scratch, cached)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except build_core.BuildFailed as error:
        raise CoreUnavailable(str(error)) from error
    except OSError as error:
        if not _is_current(cached, wanted):  # otherwise another process was faster
            raise CoreUnavailable(f"cannot keep the compiled core in {cached}: {error.strerror}") from error
    return cached


def _private_folder(folder: str) -> str:
    """The folder, made if need be, which nobody else can write to. Raises CoreUnavailable."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    info = os.stat(folder)
    if info.st_uid != os.getuid() or info.st_mode & 0o022:
        raise CoreUnavailable(f"the cache folder {folder} can be written by others; it must be yours alone (mode 0700)")
    return folder
