"""Calling the C core with Python values, for tests that compare it with Python."""

from __future__ import annotations

import ctypes
from typing import Any

from snowrt import abi, abi_gen


class Core:
    """Calls functions of the table with Python values, and checks that they leave nothing behind.

    Strings, lists of strings, Option and Result travel as `str`, `list`, `("Some", x)`, `("Err", "…")`.
    """

    def __init__(self, library: Any) -> None:
        self.library = library
        abi_gen.declare_ctypes(library)
        library.snowi_string_new.restype = ctypes.c_void_p
        library.snowi_string_new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
        library.snowi_desc.restype = ctypes.POINTER(Descriptor)
        library.snowi_heap_open.argtypes = library.snowi_set_current.argtypes = [ctypes.c_void_p]
        library.snowi_heap_walk.argtypes = [ctypes.c_void_p] * 3
        self._record = ctypes.create_string_buffer(4096)
        self._ctx = ctypes.addressof(self._record)
        library.snowi_heap_open(self._ctx)
        library.snowi_set_current(self._ctx)

    def enter(self, ctx: int) -> None:
        """From now on make values in this process, the one that the core runs on this thread."""
        self._ctx = ctx

    def string(self, text: str) -> int:
        data = text.encode()
        return int(self.library.snowi_string_new(self._ctx, data, len(data)))

    def list_of_strings(self, texts: list[str]) -> int:
        xs = self.library.snow_list_new(4)
        for text in texts:
            xs = self.library.snow_list_push(4, xs, self.string(text))
        return int(xs)

    def value(self, address: int) -> Any:
        """The Python value of a boxed Snow value."""
        desc_id = ctypes.c_uint32.from_address(address + 4).value
        desc = self.library.snowi_desc(desc_id).contents
        if desc_id in (abi.DESC_STRING, abi.DESC_ASCII):
            length = ctypes.c_uint64.from_address(address + 8).value
            text = ctypes.string_at(address + 16, length + 1)
            assert text.endswith(b"\0")
            return text[:-1].decode()
        if desc.kind in (4, 5):
            length, data = (ctypes.c_int64 * 2).from_address(address + 8)
            return [self._word(w, desc.classes[0 if desc.kind == 4 else 2]) for w in
                    (ctypes.c_int64 * length).from_address(data)] if length else []
        slots = (ctypes.c_int64 * desc.n_fields).from_address(address + 8)
        return (desc.name.decode(), *(self._word(w, desc.classes[i]) for i, w in enumerate(slots)))

    def _word(self, word: int, layout: int) -> Any:
        name = abi.LAYOUT_CLASSES[layout]
        if name == "ptr":
            return self.value(word)
        if name == "f64":
            return ctypes.c_double.from_buffer(ctypes.c_int64(word)).value
        return () if name == "unit" else word

    def call(self, name: str, *args: Any) -> Any:
        """Call by Snow name; boxed arguments are made and, where borrowed, dropped again."""
        row = abi.BY_NAME[name]
        passed = [self.box(a) if isinstance(a, (str, list)) else a for a in args]
        result = getattr(self.library, row.symbol)(*passed, *([-1] if row.loc else []))
        if row.result == "ptr":
            result, address = self.value(result), result
            self.drop(address)
        for param, value, arg in zip(row.params, passed, args, strict=True):
            if isinstance(arg, (str, list)) and not param.owned:
                self.drop(value)
        assert self.live_objects() == 0
        return result

    def box(self, value: str | list[str]) -> int:
        return self.string(value) if isinstance(value, str) else self.list_of_strings(value)

    def drop(self, address: int) -> None:
        count = ctypes.c_int32.from_address(address)
        if count.value == 1:
            self.library.snowi_free(self._ctx, address)
        elif count.value > 1:
            count.value -= 1

    def live_objects(self) -> int:
        found: list[int] = []
        visitor = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
        visit = visitor(lambda _, address: found.append(address))
        self.library.snowi_heap_walk(self._ctx, visit, None)
        return len(found)


class Descriptor(ctypes.Structure):
    """`struct snow_desc`."""

    _fields_ = [
        ("kind", ctypes.c_uint32),
        ("tag", ctypes.c_uint32),
        ("n_fields", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("classes", ctypes.POINTER(ctypes.c_uint8)),
        ("name", ctypes.c_char_p),
    ]
