"""Packaging of Snow: which folders become which packages, and how the C core is compiled.

Two packages are installed: `snowc` (the toolchain) and `snowrt` (what programs run on). The folder
`runtime/` is no package: `runtime/snowrt` is installed as `snowrt`, and the sources of the C core and
the library in Snow, which lie beside it, as its data folders `snowrt/core` and `snowrt/std`. An editable
install leaves everything where it is, so `snowrt.paths` looks beside itself first, then one level up.

`build_ext` compiles the core through `snowrt.build_core`, into the wheel or, for an editable install,
into the checkout. The core does not touch the Python C API: the wheel fits every Python 3 of one
platform and is tagged so.
"""

from __future__ import annotations

import platform
import shutil
import sys
import sysconfig
from pathlib import Path

from setuptools import Distribution, find_packages, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
MACHINES = ("x86_64", "aarch64")
PACKAGE_DIRS = {
    "snowc": "snowc",
    "snowrt": "runtime/snowrt",
    "snowrt.core": "runtime/core",
    "snowrt.std": "runtime/std",
}
PACKAGE_DATA = {
    "snowc": ["**/*.lark", "**/*.toml", "**/*.json", "**/*.bin", "**/*.ll", "**/*.md", "py.typed"],
    "snowrt": ["**/*.ll", "py.typed"],
    "snowrt.core": ["**/*.c", "**/*.h", "**/*.S"],
    "snowrt.std": ["**/*.snow"],
}


def unsupported() -> str | None:
    """Why Snow cannot be built here, in one line; None where it can."""
    if sys.platform != "linux" or platform.machine() not in MACHINES or sys.maxsize < 2**32:
        return f"Snow runs on 64-bit Linux on {' and '.join(MACHINES)}, not on {sys.platform} {platform.machine()}."
    if platform.python_implementation() != "CPython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "Snow needs CPython with the global interpreter lock (the default build of Python)."
    return None


class BuildFresh(build_py):
    """Starts from an empty folder: setuptools would ship files that an earlier build left there."""

    def run(self) -> None:
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()


class BuildCore(build_ext):
    """Compiles the C core where an extension module would be compiled."""

    def run(self) -> None:
        sys.path.insert(0, str(ROOT / "runtime"))
        from snowrt import build_core

        package = ROOT / "runtime" / "snowrt" if self.inplace else Path(self.build_lib) / "snowrt"
        try:
            self._built = [str(path) for path in build_core.build_core(package / "lib")]
        except build_core.BuildFailed as failure:
            raise SystemExit(str(failure)) from failure

    def get_outputs(self) -> list[str]:
        return [] if self.inplace else getattr(self, "_built", [])

    def get_output_mapping(self) -> dict[str, str]:
        return {}

    def get_source_files(self) -> list[str]:
        return []  # MANIFEST.in lists the core already


class PlatformWheel(bdist_wheel):
    """Tags the wheel `py3-none-<platform>`: native code, but none that knows the Python version."""

    def get_tag(self) -> tuple[str, str, str]:
        return "py3", "none", super().get_tag()[2]


class NativeDistribution(Distribution):
    """Says that there is native code, although no `Extension` describes it."""

    def has_ext_modules(self) -> bool:
        return True


def packages() -> list[str]:
    """All package names: found ones, and the data folders of the runtime."""
    toolchain = find_packages(str(ROOT), include=["snowc", "snowc.*"])
    runtime = find_packages(str(ROOT / "runtime"), include=["snowrt", "snowrt.*"])
    return [*toolchain, *runtime, "snowrt.core", "snowrt.std"]


if __name__ == "__main__":
    if reason := unsupported():
        raise SystemExit(reason)
    setup(
        packages=packages(),
        package_dir=PACKAGE_DIRS,
        package_data=PACKAGE_DATA,
        include_package_data=False,
        distclass=NativeDistribution,
        cmdclass={"build_py": BuildFresh, "build_ext": BuildCore, "bdist_wheel": PlatformWheel},
    )
