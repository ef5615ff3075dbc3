"""The case classes of Autobahn|Testsuite (PyPI: autobahntestsuite), loaded on Python 3.

The package is Python 2 with heavy dependencies, but the 517 cases themselves are plain classes that talk to a
protocol object. Their sources are compiled with a few textual changes and with stand-ins for what they
import; byte strings are text in Latin-1 to them. The package is located, never imported.
"""

from __future__ import annotations

import binascii
import codecs
import importlib.abc
import importlib.machinery
import importlib.util
import re
import sys
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CaseClass = Any
_CASE_MODULE = re.compile(r"case(\d+_\w+)?")


class NotInstalled(Exception):
    """The package with the cases is missing."""


def to_bytes(data: str | bytes | bytearray) -> bytes:
    """What a case calls a byte string, as one."""
    return data.encode("latin-1") if isinstance(data, str) else bytes(data)


class _Utf8Validator:
    """Judges UTF-8 incrementally, as the cases expect it."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._seen = 0

    def validate(self, data: str) -> tuple[bool, bool, int, int]:
        """Valid so far, ends at a character, index of the problem in this part and overall."""
        raw = to_bytes(data)
        try:
            self._decoder.decode(raw)
        except UnicodeDecodeError as error:
            return False, False, error.start, self._seen + error.start
        self._seen += len(raw)
        return True, self._decoder.getstate()[0] == b"", len(raw), self._seen


@dataclass
class _Offer:
    """A client's offer of permessage-deflate."""

    acceptNoContextTakeover: bool = True
    acceptMaxWindowBits: bool = True
    requestNoContextTakeover: bool = False
    requestMaxWindowBits: int = 0

    def header(self) -> str:
        bits = self.requestMaxWindowBits
        return "; ".join(
            (
                "permessage-deflate",
                *["client_no_context_takeover"] * self.acceptNoContextTakeover,
                *["client_max_window_bits"] * self.acceptMaxWindowBits,
                *["server_no_context_takeover"] * self.requestNoContextTakeover,
                *[f"server_max_window_bits={bits}"] * bool(bits),
            )
        )


@dataclass
class DeflateResponse:
    """The server's answer to an offer: its parameters."""

    params: dict[str, Any]


@dataclass
class _DeflateAccept:
    response: DeflateResponse


class _OfferAccept:
    def __init__(self, *args: object, **options: object) -> None:
        """Only servers use it."""


class WebSocketProtocol:
    """Constants that the cases take from Autobahn's protocol class."""

    STATE_CLOSED, STATE_CONNECTING, STATE_CLOSING, STATE_OPEN = range(4)
    MESSAGE_TYPE_TEXT, MESSAGE_TYPE_BINARY = 1, 2
    CLOSE_STATUS_CODE_NORMAL, CLOSE_STATUS_CODE_GOING_AWAY, CLOSE_STATUS_CODE_PROTOCOL_ERROR = 1000, 1001, 1002
    CLOSE_STATUS_CODE_UNSUPPORTED_DATA, CLOSE_STATUS_CODE_INVALID_PAYLOAD = 1003, 1007
    CLOSE_STATUS_CODE_POLICY_VIOLATION, CLOSE_STATUS_CODE_MESSAGE_TOO_BIG = 1008, 1009


def _module(name: str, **names: object) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__path__ = []
    module.__dict__.update(names)
    return module


def _stand_ins(folder: Path) -> dict[str, types.ModuleType]:
    """What the cases import, as far as they use it."""
    compress = {
        "PerMessageDeflateOffer": _Offer,
        "PerMessageDeflateOfferAccept": _OfferAccept,
        "PerMessageDeflateResponse": DeflateResponse,
        "PerMessageDeflateResponseAccept": _DeflateAccept,
    }
    interfaces = types.SimpleNamespace(IPushProducer=None)

    def hexlify(data: str) -> str:
        return binascii.b2a_hex(to_bytes(data)).decode()

    modules = (
        _module("autobahn"),
        _module("autobahn.websocket"),
        _module("autobahn.websocket.protocol", WebSocketProtocol=WebSocketProtocol),
        _module("autobahn.websocket.compress", __all__=list(compress), **compress),
        _module("autobahn.websocket.utf8validator", Utf8Validator=_Utf8Validator),
        _module("zope"),
        _module("zope.interface", implements=lambda *args: None),
        _module("twisted"),
        _module("twisted.internet", reactor=None, interfaces=interfaces),
        _module("pkg_resources", resource_filename=lambda package, name: str(folder / name)),
        _module("binascii", b2a_hex=hexlify, hexlify=hexlify),
    )
    return {module.__name__: module for module in modules}


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads the modules of the cases from the package's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        known = _CASE_MODULE.fullmatch(fullname)
        return importlib.machinery.ModuleSpec(fullname, self) if known else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        self.run(module, module.__name__ + ".py")

    def run(self, module: types.ModuleType, name: str) -> None:
        """Execute a file of the package in the module, as Python 3."""
        source = (self._folder / name).read_text(encoding="latin-1").replace("\r\n", "\n")
        source = source.split("if __name__ ==")[0]
        source = re.sub(r"(?m)^.*coding[:=].*$", "", source, count=2)
        source = re.sub(r"(?m)^(\s*)print\b[ \t]*(.*)$", r"\1print(\2)", source)
        source = source.replace("(object, Case, )", "(Case, )")
        source = source.replace("len(self.payload) / self", "len(self.payload) // self")
        module.__dict__.update(xrange=range, unichr=chr)
        exec(compile(source, name, "exec"), module.__dict__)


@contextmanager
def _installed(finder: _Finder, modules: dict[str, types.ModuleType]) -> Iterator[None]:
    """The stand-ins and the finder are in force, and the import system is as before afterwards."""
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
        for name in [name for name in sys.modules if _CASE_MODULE.fullmatch(name)]:
            del sys.modules[name]


def load_cases() -> dict[str, CaseClass]:
    """All cases by their number, such as `6.4.1`. Raises NotInstalled."""
    spec = importlib.util.find_spec("autobahntestsuite")
    if spec is None or not spec.submodule_search_locations:
        raise NotInstalled("pip install --no-deps autobahntestsuite==25.10.1")
    package = Path(spec.submodule_search_locations[0])
    finder = _Finder(package / "case")
    module = types.ModuleType("autobahn_cases")
    with _installed(finder, _stand_ins(package)):
        finder.run(module, "__init__.py")
    names: dict[str, Any] = module.__dict__
    names["Case"].compare = lambda self, left, right: left == right
    return {case.__name__.removeprefix("Case").replace("_", "."): case for case in names["Cases"]}
