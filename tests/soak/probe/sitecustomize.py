"""A door into a running Snow program, for tests: what its core says is there.

The interpreter imports this module at its start where its folder is on PYTHONPATH. With $SNOW_PROBE, the path of
a socket to be made, a thread answers everybody who connects there with the rows of `snow_stats_row` as JSON (null
before the core is open), and ends the connection. A line "leaks" is answered with "leaks" once the address
sanitizer, which must be there, has reported on standard error what nothing points at any more.
"""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import signal
import socket
import sys
import threading


def read_stats() -> dict[str, int] | None:
    """The rows of the core of this process; None if it has not been opened."""
    module = sys.modules.get("snowrt.load")
    core = getattr(module, "_opened", None)
    if core is None:
        return None
    row = ctypes.PyDLL(core._name).snow_stats_row
    row.restype, row.argtypes = ctypes.c_char_p, [ctypes.c_int64, ctypes.POINTER(ctypes.c_int64)]
    found, value = {}, ctypes.c_int64()
    for number in itertools.count():
        name = row(number, ctypes.byref(value))
        if name is None:
            break
        found[name.decode()] = value.value
    return found


def _answer(request: bytes) -> bytes:
    if request != b"leaks\n":
        return json.dumps(read_stats()).encode()
    ctypes.CDLL(None).__lsan_do_recoverable_leak_check()
    return b'"leaks"'


def _serve(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(_answer(connection.recv(100)))


def _start(path: str) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    # Signals that ask the program to end are for the core alone.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    threading.Thread(target=_serve, args=(listener,), daemon=True).start()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


# Programs that the program starts are none of ours.
if _path := os.environ.pop("SNOW_PROBE", ""):
    _start(_path)
