"""Where the parts of the run-time library lie: C sources, Snow library, compiled core, user cache.

Installed, `core` and `std` are folders of this package; in a source tree (and in an editable
install) they are its neighbours. Nothing here touches the file system beyond asking whether a path
exists.
"""

from __future__ import annotations

import os

_HERE = os.path.dirname(os.path.abspath(__file__))


class NotInstalled(Exception):
    """A part of the run-time library is missing."""


def _part(name: str, witness: str) -> str:
    for folder in (os.path.join(_HERE, name), os.path.join(os.path.dirname(_HERE), name)):
        if os.path.exists(os.path.join(folder, witness)):
            return folder
    raise NotInstalled(f"the folder `{name}` of the Snow run-time library is missing beside {_HERE}")


def core_sources() -> str:
    """The folder of the C sources of the core."""
    return _part("core", os.path.join("include", "snow.h"))


def std_sources() -> str:
    """The folder of the library modules written in Snow."""
    return _part("std", "prelude.snow")


def installed_core() -> str:
    """The folder in which a package build puts libsnowrt.so and libsnowrt.a; it may lack them."""
    return os.path.join(_HERE, "lib")


def user_cache() -> str:
    """The cache folder of this user, `~/.cache/snow` unless XDG_CACHE_HOME says otherwise; may not exist."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "snow")
