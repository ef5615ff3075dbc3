"""The certificates of TLS servers, which are read again when the program gets SIGHUP (network.md 10, TL-6).

In: the paths of a certificate chain and its key. Out: the configuration that new connections are to use. It is
made by `http.build_server_config`, which is looked up there at each use. When the files have become bad, the
configuration stays as it was, and the reason is one line on standard error.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
import weakref
from typing import Any

from snowrt.services import http, log

_EVENT_SIZE = 8


class Certificates:
    """The TLS configuration of one server. Raises http.TlsProblem when the files do not make one."""

    def __init__(self, cert: str, key: str, oldest: str = "1.2") -> None:
        self._cert = cert
        self._key = key
        self._oldest = oldest
        self.context = self._build()
        """For the next connection."""
        _used.add(self)

    def _build(self) -> ssl.SSLContext:
        context = http.build_server_config(self._cert, self._key)
        if self._oldest == "1.3":
            context.minimum_version = ssl.TLSVersion.TLSv1_3
        return context

    def retire(self) -> None:
        """The server is gone: the files need not be read again."""
        _used.discard(self)

    def reload(self) -> None:
        """Read the files again."""
        try:
            self.context = self._build()
        except http.TlsProblem as problem:
            log.say(f"Failed to load TLS certificates: {problem}")


_used: set[Certificates] = set()
_watching: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()
_reloading = threading.Lock()
"""The last to read the files is the last to say what they are."""


def watch(loop: asyncio.AbstractEventLoop, core: Any) -> None:
    """Reload on SIGHUP from now on, if that is not so already. To be called on the loop's thread."""
    if loop not in _watching:
        event = core.snow_host_hangup_fd()
        if event >= 0:
            loop.add_reader(event, _hung_up, event)
            _watching.add(loop)


def _hung_up(event: int) -> None:
    os.read(event, _EVENT_SIZE)
    # Files may be slow to read, and the loop serves everybody.
    threading.Thread(target=_reload_all, name="snow-certificates", daemon=True).start()


def _reload_all() -> None:
    with _reloading:
        for certificates in list(_used):
            certificates.reload()
