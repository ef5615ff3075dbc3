"""The host functions that Python provides to a compiled program.

A *host function* is a row of the ABI table whose provider is `host`: compiled code calls a stub of the core,
which queues the call; the service thread takes it out and calls the function registered for the symbol,
through a ctypes pointer of the row's exact signature. `register` refuses a signature that differs from the
table. The module of a service is loaded when a program first calls it.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any


class SignatureMismatch(Exception):
    """A registered function does not have the signature that the table gives its symbol."""


@dataclass(frozen=True, slots=True)
class HostFunction:
    """A function that compiled code can call. Kept for the life of the program: so long can code point at it."""

    symbol: str
    pointer: Any
    """The ctypes callback."""

    def call(self, arguments: Iterable[int]) -> Any:
        """Call the function through its pointer. Whatever it raised is raised here; text that it gave is given."""
        _outcome.error = _outcome.text = None
        result = self.pointer(*arguments)
        error: BaseException | None = _outcome.error
        if error is not None:
            raise error
        return result if _outcome.text is None else _outcome.text


_functions: dict[str, HostFunction] = {}
_outcome = threading.local()
"""What a function raised, or the text it gave: neither passes through a pointer."""
_endings: list[Callable[[], object]] = []


def register(symbol: str, result: Any, arguments: Sequence[Any], function: Callable[..., Any]) -> HostFunction:
    """Offer `function` under the symbol, with this ctypes signature. Raises SignatureMismatch.

    A function whose result is a String gives text.
    """
    wanted = _table_signature(symbol)
    if wanted != (result, list(arguments)):
        raise SignatureMismatch(f"{symbol} is registered as {_text(result, arguments)} but is {_text(*wanted)}")

    def guarded(*values: Any) -> Any:
        try:
            given = function(*values)
        except Exception as error:  # noqa: BLE001 - the outermost frame: C cannot pass an exception on
            _outcome.error = error
            return 0
        if not isinstance(given, str):
            return given
        _outcome.text = given
        return 0

    # A ctypes callback converts a None result of an integer function to an error, hence the 0 above.
    pointer = ctypes.CFUNCTYPE(result, *arguments)(guarded)
    _functions[symbol] = HostFunction(symbol, pointer)
    return _functions[symbol]


def registered(symbol: str) -> HostFunction | None:
    """The function offered under the symbol."""
    return _functions.get(symbol)


def at_end(function: Callable[[], object]) -> None:
    """Call this when the program ends, while its processes still run: services stop in it."""
    if function not in _endings:
        _endings.append(function)


def _table_signature(symbol: str) -> tuple[Any, list[Any]]:
    from snowrt.abi import ROWS
    from snowrt.abi_gen import ctypes_signature

    row = next((row for row in ROWS if row.symbol == symbol and row.provider == "host"), None)
    if row is None:
        raise SignatureMismatch(f"{symbol} is not a host function of the table")
    return ctypes_signature(row)


def _text(result: Any, arguments: Sequence[Any]) -> str:
    names = ", ".join(argument.__name__ for argument in arguments)
    return f"({names}) -> {'None' if result is None else result.__name__}"


def bytes_of(string: int) -> bytes:
    """The bytes of a Snow string: header, u64 length, bytes."""
    length = ctypes.c_uint64.from_address(string + 8).value
    return ctypes.string_at(string + 16, length)


def text_of(string: int) -> str:
    """The text of a Snow string. Bytes that are not UTF-8 survive as surrogates."""
    return os.fsdecode(bytes_of(string))


# ---- calls from the program ------------------------------------------------------------------------


class _Call(ctypes.Structure):
    """`snow_host_call`."""

    _fields_ = (
        ("symbol", ctypes.c_char_p),
        ("pid", ctypes.c_int64),
        ("n_args", ctypes.c_int64),
        ("args", ctypes.POINTER(ctypes.c_int64)),
    )


def start_service_thread(core: ctypes.CDLL) -> threading.Thread:
    """Answer the program's calls from a thread; to be called once, before the program runs.

    Signals that ask the program to end are left to the core.
    """
    core.snow_host_next.restype, core.snow_host_next.argtypes = ctypes.POINTER(_Call), [ctypes.c_int64]
    core.snow_host_done.restype, core.snow_host_done.argtypes = None, [ctypes.c_void_p, ctypes.c_int64]
    core.snow_host_done_string.restype = None
    core.snow_host_done_string.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64]
    core.snow_host_fail.restype = None
    core.snow_host_fail.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64]
    core.snow_host_attach()
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        thread = threading.Thread(target=_serve_calls, args=(core,), name="snow-services", daemon=True)
        thread.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    return thread


def _serve_calls(core: ctypes.CDLL) -> None:
    """Answer calls until the program ends. A call may last as long as it likes: each has its thread."""
    while call := core.snow_host_next(-1):
        threading.Thread(target=_answer, args=(core, call), daemon=True).start()
    for function in _endings:
        _end(function)
    core.snow_host_stopped()


def _end(function: Callable[[], object]) -> None:
    """One service that cannot stop does not keep the others from it."""
    try:
        function()
    except Exception as error:  # noqa: BLE001 - nobody is left to handle it
        print(f"[snow-rt] a service failed to stop: {error!r}", file=sys.stderr)


def _answer(core: ctypes.CDLL, call: Any) -> None:
    symbol = call.contents.symbol.decode("ascii")
    arguments = call.contents.args[: call.contents.n_args]
    try:
        result = _provider(symbol).call(arguments)
    except Exception as error:  # noqa: BLE001 - it becomes a panic of the caller
        text = f"{type(error).__name__}: {error}".encode()
        core.snow_host_fail(call, text, len(text))
    else:
        _give(core, call, result)


def _give(core: ctypes.CDLL, call: Any, result: Any) -> None:
    if isinstance(result, str):
        text = result.encode("utf-8", "surrogateescape")
        core.snow_host_done_string(call, text, len(text))
    else:
        core.snow_host_done(call, int(result or 0))


def _provider(symbol: str) -> HostFunction:
    """The function for `snow_SERVICE_name`, whose module is loaded when it is first asked for."""
    if symbol not in _functions:
        name = "snowrt.services." + symbol.split("_")[1]
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name).register()
    if symbol not in _functions:
        raise LookupError(f"no service provides {symbol}")
    return _functions[symbol]
