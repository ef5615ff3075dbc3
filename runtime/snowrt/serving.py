"""The services of a program: registered before it starts, running beside it, stopped when it ends.

`start` comes before `snow_rt_start`. From then on calls of host functions are answered by threads of this
interpreter. When the program ends, servers are stopped and the callbacks for closed connections may finish;
then the core, which waits for that, is told.
"""

from __future__ import annotations

import ctypes
import time

from snowrt import host
from snowrt.services import ws

_POLL = 0.005


def start(core: ctypes.CDLL) -> None:
    """Offer all services to the program that is about to start. Raises host.SignatureMismatch."""
    ws.register()
    host.at_end(lambda: _wait_for_callbacks(core))
    core.snow_wsproc_install()
    host.start_service_thread(core)


def _wait_for_callbacks(core: ctypes.CDLL) -> None:
    """The servers have stopped; what on_close still does is waited for as long as connections are."""
    core.snow_wsproc_count.restype = ctypes.c_int64
    until = time.monotonic() + ws.STOP_GRACE
    while core.snow_wsproc_count() > 0 and time.monotonic() < until:
        time.sleep(_POLL)
