"""The protocol core of `core/ws/` by itself, as a connection that notes its events as the model does."""

from __future__ import annotations

import ctypes
from typing import Any

from snowrt.services import ws_core
from tests.unit.services.ws_model import Codec, Event

_ROOM = 1024
"""At least sizeof(snow_wsp)."""
_Bytes = ctypes.POINTER(ctypes.c_char)


class _Plain(ctypes.Structure):
    _fields_ = (("bytes", ctypes.c_char_p), ("len", ctypes.c_size_t))


_Message = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint8, _Bytes, ctypes.c_size_t)
_Write = ctypes.CFUNCTYPE(None, ctypes.c_void_p, _Bytes, ctypes.c_size_t)
_Closed = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint16, _Bytes, ctypes.c_size_t)
_Inflate = ctypes.CFUNCTYPE(ctypes.c_uint16, ctypes.c_void_p, _Bytes, ctypes.c_size_t, ctypes.POINTER(_Plain))
_Drop = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class _Handler(ctypes.Structure):
    _fields_ = (("message", _Message), ("write", _Write), ("closed", _Closed), ("inflate", _Inflate), ("drop", _Drop))


class Connection:
    """A `snow_wsp` that notes its events as the model does."""

    def __init__(self, core: Any, limit: int, codec: Codec | None = None) -> None:
        self._core = core
        self._codec = codec
        self._plain: bytes | None = None
        self.events: list[Event] = []
        self._handler = _Handler(
            _Message(self._on_message), _Write(self._on_write), _Closed(self._on_closed),
            _Inflate(self._on_inflate), _Drop(self._on_drop),
        )  # fmt: skip
        self._ws = ctypes.create_string_buffer(_ROOM)
        options = ws_core.ProtocolOptions(
            limit=limit, interval=0, close_wait=5000, max_fragments=131072, compression=codec is not None
        )
        core.snow_wsp_init(self._ws, ctypes.byref(options), ctypes.c_uint64(0))

    def _on_message(self, _user: object, opcode: int, data: Any, size: int) -> None:
        self.events.append(("message", opcode, data[:size]))

    def _on_write(self, _user: object, data: Any, size: int) -> None:
        before = b""
        if self.events and self.events[-1][0] == "write":
            before = bytes(self.events.pop()[1])  # type: ignore[call-overload]
        self.events.append(("write", before + data[:size], None))

    def _on_closed(self, _user: object, code: int, data: Any, size: int) -> None:
        self.events.append(("closed", code, data[:size]))

    def _on_inflate(self, _user: object, data: Any, size: int, plain: Any) -> int:
        assert self._codec is not None and self._plain is None
        found = self._codec(data[:size])
        if isinstance(found, int):
            return found
        self._plain = found
        plain[0] = _Plain(found, len(found))
        return 0

    def _on_drop(self, _user: object) -> None:
        self._plain = None

    def feed(self, read: bytes) -> None:
        """What one read of the transport gave."""
        data = ctypes.create_string_buffer(read, len(read))
        size, now = ctypes.c_size_t(len(read)), ctypes.c_uint64(0)
        self._core.snow_wsp_feed(self._ws, data, size, now, ctypes.byref(self._handler), None)

    def end(self) -> list[Event]:
        """The transport is gone: everything that happened."""
        self._core.snow_wsp_end_of_stream(self._ws, ctypes.byref(self._handler), None)
        self._core.snow_wsp_destroy(self._ws)
        assert self._plain is None
        return self.events

    def run(self, reads: list[bytes]) -> list[Event]:
        """A whole connection."""
        for read in reads:
            self.feed(read)
        return self.end()
