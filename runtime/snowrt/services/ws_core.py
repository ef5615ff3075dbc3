"""The C side of WebSockets as Python sees it: the protocol's parts, the connection table, the doors.

`HeartbeatState`, `FragmentState` and `reassemble` are views of `core/ws/`, for tests and tools. `Table` is the
connection table of `core/wsconn.c`, whose functions the event loop calls. A *door* is a C function that the
loop's transports call as a Python method, made from its bare address: so a read event enters the core without
a Python frame in between, and one call per batch takes all output away.
"""

from __future__ import annotations

import ctypes
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from snowrt import load
from snowrt.proto.ws_deflate import Agreement, Codec, Forgetful

TEXT, BINARY = 1, 2
PAUSE, RESUME, ENDED, SHUT, ABORT = 1, 2, 4, 8, 16
"""What a connection wants of the loop; to be obeyed in this order."""

NEVER = (1 << 64) - 1
_u8, _u16, _u32, _u64, _size, _ptr = (
    ctypes.c_uint8, ctypes.c_uint16, ctypes.c_uint32, ctypes.c_uint64, ctypes.c_size_t, ctypes.c_void_p
)  # fmt: skip


# ---- parts of the protocol ---------------------------------------------------------------------------


class _Heartbeat(ctypes.Structure):
    _fields_ = (
        ("interval", _u64), ("timeout", _u64), ("last_ping", _u64), ("last_pong", _u64),
        ("payload", _u8 * 4), ("outstanding", ctypes.c_bool),
    )  # fmt: skip


class HeartbeatState:
    """The heartbeat of one connection; times are milliseconds of any clock."""

    def __init__(self, interval: int = 30_000, timeout: int = 10_000, now: int = 0) -> None:
        self._core = open_core()
        self._state = _Heartbeat()
        self._core.snow_wsp_heartbeat_start(ctypes.byref(self._state), interval, timeout, now)

    @property
    def interval(self) -> int:
        return int(self._state.interval)

    @property
    def timeout(self) -> int:
        return int(self._state.timeout)

    @property
    def last_pong(self) -> int:
        return int(self._state.last_pong)

    @property
    def outstanding(self) -> bytes | None:
        """The payload of the ping that waits for its pong."""
        return bytes(self._state.payload) if self._state.outstanding else None

    def is_due(self, now: int) -> bool:
        """Whether a ping is to be sent."""
        return bool(self._core.snow_wsp_heartbeat_due(ctypes.byref(self._state), now))

    def pinged(self, payload: bytes, now: int) -> None:
        """A ping with these 4 bytes was sent."""
        self._core.snow_wsp_heartbeat_pinged(ctypes.byref(self._state), payload, now)

    def pong(self, payload: bytes, now: int) -> bool:
        """A pong arrived; whether it counts."""
        return bool(self._core.snow_wsp_heartbeat_pong(ctypes.byref(self._state), payload, len(payload), now))

    def is_overdue(self, now: int, since: int = 0) -> bool:
        """Whether the outstanding ping went unanswered too long; the peer could not answer before `since`."""
        return bool(self._core.snow_wsp_heartbeat_overdue(ctypes.byref(self._state), now, since))


class _Utf8(ctypes.Structure):
    _fields_ = (("need", _u8), ("low", _u8), ("high", _u8))


class _Fragments(ctypes.Structure):
    _fields_ = (
        ("opcode", _u8), ("compressed", ctypes.c_bool), ("count", _u32), ("utf8", _Utf8),
        ("bytes", _ptr), ("len", _size), ("cap", _size),
    )  # fmt: skip


class _Frame(ctypes.Structure):
    _fields_ = (
        ("opcode", _u8), ("rsv", _u8), ("fin", ctypes.c_bool), ("masked", ctypes.c_bool),
        ("mask", _u8 * 4), ("length", _u64),
    )  # fmt: skip


class _Message(ctypes.Structure):
    _fields_ = (("opcode", _u8), ("compressed", ctypes.c_bool), ("bytes", _ptr), ("len", _size))


@dataclass(frozen=True, slots=True)
class Message:
    """A complete message."""

    opcode: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Violation:
    """What the connection is to be closed with."""

    code: int
    reason: str


class FragmentState:
    """A message being assembled, if any."""

    def __init__(self, limit: int = 16 << 20, max_fragments: int = 131_072) -> None:
        self.core = open_core()
        self.raw = _Fragments()
        self.limit = limit
        self.max_fragments = max_fragments

    @property
    def is_assembling(self) -> bool:
        return bool(self.raw.opcode)

    @property
    def size(self) -> int:
        """Bytes held."""
        return int(self.raw.len)

    def reset(self) -> None:
        """Drop what is there."""
        self.core.snow_wsp_fragments_reset(ctypes.byref(self.raw))

    def __del__(self) -> None:
        self.reset()


def reassemble(state: FragmentState, opcode: int, fin: bool, payload: bytes) -> Message | Violation | None:
    """Take one data frame: nothing yet, a complete message, or the violation that ends the connection."""
    frame = _Frame(opcode=opcode, fin=fin, length=len(payload))
    raw, reason, message = ctypes.byref(state.raw), ctypes.c_char_p(), _Message()
    limits = (state.limit, state.max_fragments, ctypes.byref(reason))
    code = state.core.snow_wsp_fragments_begin(raw, ctypes.byref(frame), *limits)
    if code == 0:
        last = (fin, ctypes.byref(message), ctypes.byref(reason))
        code = state.core.snow_wsp_fragments_take(raw, payload, len(payload), 0, *last)
    if code != 0:
        state.reset()
        return Violation(code, (reason.value or b"").decode("ascii"))
    if message.opcode == 0:
        return None
    result = Message(message.opcode, ctypes.string_at(message.bytes, message.len) if message.len else b"")
    state.reset()
    return result


# ---- the connection table ----------------------------------------------------------------------------


class ProtocolOptions(ctypes.Structure):
    """`snow_wsp_options`."""

    _fields_ = (
        ("limit", _u64), ("interval", _u64), ("timeout", _u64), ("close_wait", _u64), ("idle", _u64),
        ("max_fragments", _u32), ("compression", ctypes.c_bool),
    )  # fmt: skip


class ConnectionOptions(ctypes.Structure):
    """`snow_wsconn_options`."""

    _fields_ = (
        ("ws", ProtocolOptions),
        ("send_buffer", _u64), ("inbound_bytes", _u64), ("inbound_messages", _u64),
        ("rate_messages", _u64), ("rate_ms", _u64),
    )  # fmt: skip


class _Event(ctypes.Structure):
    _fields_ = (("conn", _u64), ("index", _u32), ("flags", _u32))


_BORROWED_FROM_PYTHON = (
    "PyLong_AsUnsignedLongLong", "PyLong_FromUnsignedLongLong", "PyBytes_FromStringAndSize", "PyBytes_AsStringAndSize",
    "PyMemoryView_FromMemory", "PyList_GetItem", "PyObject_CallOneArg", "PyObject_CallNoArgs", "PyObject_Vectorcall",
    "PyObject_GetAttr", "PyErr_ExceptionMatches", "PyErr_Clear", "Py_IncRef", "Py_DecRef",
)  # fmt: skip
_LENT_OBJECTS = ("none", "schedule", "obey", "give_way", "writers", "pending", "want_read")


class _Python(ctypes.Structure):
    """`snowi_python` of core/wsconn_py.h: what the doors need of the interpreter, in this order."""

    _fields_ = tuple((name, _ptr) for name in _BORROWED_FROM_PYTHON + _LENT_OBJECTS)


TLS_OBJECTS = ("incoming", "outgoing", "put", "read", "pending", "write", "take", "end")
"""What the core needs to encrypt and decrypt: two BIOs in memory, and methods of these and of the TLS object."""


class _Tls(ctypes.Structure):
    """`snowi_tls`."""

    _fields_ = tuple((name, _ptr) for name in TLS_OBJECTS)


_FUNCTIONS: Final[dict[str, tuple[Any, list[Any]]]] = {
    "snow_wsp_heartbeat_start": (None, [_ptr, _u64, _u64, _u64]),
    "snow_wsp_heartbeat_due": (ctypes.c_bool, [_ptr, _u64]),
    "snow_wsp_heartbeat_pinged": (None, [_ptr, ctypes.c_char_p, _u64]),
    "snow_wsp_heartbeat_pong": (ctypes.c_bool, [_ptr, ctypes.c_char_p, _size, _u64]),
    "snow_wsp_heartbeat_overdue": (ctypes.c_bool, [_ptr, _u64, _u64]),
    "snow_wsp_fragments_begin": (_u16, [_ptr, _ptr, _size, _u32, _ptr]),
    "snow_wsp_fragments_take": (_u16, [_ptr, ctypes.c_char_p, _size, _u64, ctypes.c_bool, _ptr, _ptr]),
    "snow_wsp_fragments_reset": (None, [_ptr]),
    "snow_wsconn_use_echo": (None, [ctypes.c_bool]),
    "snow_wsconn_serve": (_u64, [_ptr]),
    "snow_wsconn_unserve": (None, [_u64]),
    "snow_wsproc_configure": (None, [_u64, _ptr, ctypes.c_int64]),
    "snow_wsproc_ask": (_u64, [_u64, _u64, ctypes.c_char_p, _size]),
    "snow_wsproc_cancel": (None, [_u64]),
    "snow_wsproc_decisions_fd": (ctypes.c_int32, []),
    "snow_wsproc_decisions": (_ptr, []),
    "snow_wsproc_decided": (_ptr, [_ptr]),
    "snow_host_hold": (None, []),
    "snow_host_release": (None, []),
    "snow_wsconn_event_fd": (ctypes.c_int, []),
    "snow_wsconn_open": (_u64, [_ptr, _u64, ctypes.c_char_p, _size, _u64]),
    "snow_wsconn_feed": (ctypes.c_int, [_u64, ctypes.c_char_p, _size, _u64]),
    "snow_wsconn_blocked": (None, [_u64, ctypes.c_bool, _u64]),
    "snow_wsconn_lost": (None, [_u64]),
    "snow_wsconn_finish": (None, [_u64]),
    "snow_wsconn_tick": (_u64, [_u64]),
    "snow_wsconn_count": (_u64, []),
    "snow_wsconn_has_litter": (ctypes.c_bool, [_u64]),
    "snow_wsconn_send": (ctypes.c_int, [_u64, ctypes.c_int, ctypes.c_char_p, _size]),
    "snow_wsconn_close": (ctypes.c_int, [_u64, _u16, ctypes.c_char_p, _size]),
    "snow_wsconn_fail": (ctypes.c_int, [_u64, _u16, ctypes.c_char_p, _size]),
    "snow_wspy_now": (_u64, []),
    "snow_host_hangup_fd": (ctypes.c_int, []),
    "snow_host_flush_crashes": (None, []),
    "snow_wspy_set_channel": (None, [_u32, ctypes.c_int, _ptr]),
    "snow_wspy_compress": (ctypes.c_bool, [_u64, ctypes.py_object, ctypes.py_object, ctypes.py_object]),
}


def _declare(library: ctypes.CDLL | ctypes.PyDLL) -> Any:
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


_core: Any = None


def open_core() -> Any:
    """The core, its functions called with the interpreter lock held: all of them are short."""
    global _core
    if _core is None:
        _core = _declare(ctypes.PyDLL(load.load()._name))
    return _core


class Table:
    """The connection table, and the doors of the loop that owns it. One per process, on the loop's thread.

    `schedule` arranges for `drain` to be called soon; `obey` gets a handle's index and flags when a
    connection wants something of the loop; `give_way` gets a handle whose socket is to be read on after the others.
    """

    def __init__(
        self,
        call_soon: Callable[[Callable[[], object]], object],
        obey: Callable[[int, int], None],
        give_way: Callable[[int], None],
    ) -> None:
        self.core = open_core()
        self.writers: list[Callable[[bytes], object] | None] = []
        self.buffer = memoryview((_u8 * READ_SIZE).in_dll(self.core, "snow_wspy_buffer")).cast("B")
        self.get_buffer = self._door("snow_wspy_get_buffer", self.buffer)
        self.drain: Callable[[], object] = self._door("snow_wspy_drain_scheduled", None)
        self.drain_woken: Callable[[], object] = self._door("snow_wspy_drain_woken", None)
        self._events = (_Event * _MAX_EVENTS).in_dll(self.core, "snow_wspy_events")
        self._forgetful = Forgetful()
        self._obey = obey
        self._give_way = give_way
        self._schedule = lambda: call_soon(self.drain)
        self._obey_all = self._obey_events
        self._tls: dict[int, tuple[object, ...]] = {}
        self._lend_python()

    def _lend_python(self) -> None:
        struct = _Python.in_dll(self.core, "snow_wspy_python")
        for name in _BORROWED_FROM_PYTHON:
            setattr(struct, name, ctypes.cast(getattr(ctypes.pythonapi, name), _ptr).value)
        objects = (
            None, self._schedule, self._obey_all, self._give_way, self.writers, _PENDING, ssl.SSLWantReadError,
        )  # fmt: skip
        for name, lent in zip(_LENT_OBJECTS, objects, strict=True):
            setattr(struct, name, id(lent))

    def _door(self, name: str, bound: object) -> Any:
        """The C function as a Python callable, with `bound` as its first argument."""
        return _new_function(ctypes.addressof(_u8.in_dll(self.core, name)), bound, None)

    def _obey_events(self, count: int) -> None:
        for event in [(e.conn, e.flags) for e in self._events[:count]]:
            self._obey(*event)

    def reader(self, handle: int) -> Any:
        """The door through which the bytes of this connection enter: called with how many are in `buffer`."""
        is_tls = index_of(handle) in self._tls
        return self._door("snow_wspy_tls_updated" if is_tls else "snow_wspy_buffer_updated", handle)

    def open(
        self, options: ConnectionOptions, word: int, request: bytes, write: Callable[[bytes], object], socket: int,
        tls: tuple[object, ...],
    ) -> int:  # fmt: skip
        """A connection whose handshake is done; 0 when there is no room for it.

        Output goes to the socket with this descriptor, and what that does not take to `write`. `tls` are the
        TLS_OBJECTS of a stream that has them.
        """
        now = self.core.snow_wspy_now()
        handle: int = self.core.snow_wsconn_open(ctypes.byref(options), word, request, len(request), now)
        if handle:
            index = index_of(handle)
            self.writers += [None] * (index + 1 - len(self.writers))
            self.writers[index] = write
            self._set_channel(index, socket, tls)
        return handle

    def compress(self, handle: int, agreed: Agreement, limit: int) -> bool:
        """Messages of this connection, which is new, are compressed as agreed; those that come have at most this size.

        False without memory.
        """
        codec = Codec(agreed, limit, self._forgetful)
        return bool(self.core.snow_wspy_compress(handle, codec.inflate, codec.deflate_part, codec.deflate))

    def _set_channel(self, index: int, socket: int, tls: tuple[object, ...]) -> None:
        objects = _Tls(*map(id, tls))
        self.core.snow_wspy_set_channel(index, socket, ctypes.byref(objects))
        if tls:
            self._tls[index] = tls
        else:
            self._tls.pop(index, None)

    def feed(self, handle: int, data: bytes) -> None:
        """Bytes of the connection, decrypted, that came some other way than through its door."""
        copy = ctypes.create_string_buffer(data, len(data))
        self.core.snow_wsconn_feed(handle, copy, len(data), self.core.snow_wspy_now())

    def blocked(self, handle: int, is_blocked: bool) -> None:
        """The transport holds output back, or no longer does."""
        self.core.snow_wsconn_blocked(handle, is_blocked, self.core.snow_wspy_now())

    def lost(self, handle: int) -> None:
        """The transport is gone."""
        self.writers[index_of(handle)] = None
        self._set_channel(index_of(handle), -1, ())
        self.core.snow_wsconn_lost(handle)

    def fail(self, handle: int, code: int, reason: bytes) -> None:
        """Close for a reason of the runtime."""
        self.core.snow_wsconn_fail(handle, code, reason, len(reason))

    def tidy(self) -> None:
        """Have unused memory given back to the system, by another thread, if there may be much of it."""
        if self.core.snow_wsconn_has_litter(self.core.snow_wspy_now()):
            # This handle, unlike `core`, calls without the interpreter lock.
            threading.Thread(target=load.load().snow_wsconn_tidy, name="snow-tidy", daemon=True).start()

    def tick(self) -> int:
        """Do what is due; milliseconds until something else is, or NEVER."""
        now = self.core.snow_wspy_now()
        due = self.core.snow_wsconn_tick(now)
        return NEVER if due == NEVER else max(0, due - now)


READ_SIZE = 64 << 10
_PENDING = sys.intern("pending")
_MAX_EVENTS = 64
_INDEX_MASK = (1 << 20) - 1


def index_of(handle: int) -> int:
    """A small number, unique among the connections that are open."""
    return handle & _INDEX_MASK


_new_function = ctypes.pythonapi.PyCFunction_NewEx
_new_function.restype = ctypes.py_object
_new_function.argtypes = [_ptr, ctypes.py_object, _ptr]
