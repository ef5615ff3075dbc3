"""Where things live (AR-1 to AR-6) and what is linked to what (KL-1 to KL-4): network.md, section 23."""

from __future__ import annotations

import ast
import ctypes
import dataclasses
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from snowc.codegen import runtime_decls
from snowc.mir.builtin_names import map_builtin_name
from snowc.mir.known_functions import known_functions
from snowc.mir.types import layout_class
from snowrt import abi, abi_gen, host, load, paths, program
from snowrt.abi import BY_SYMBOL, ROWS
from snowrt.proto.ws_options import WsOptions
from snowrt.services import http, ws, ws_connection, ws_core, ws_loop, ws_stream
from snowrt.services.ws_core import FragmentState, HeartbeatState, reassemble
from snowrt.services.ws_server import WsServer
from tests.fuzz.ws.seeds import close, frame
from tests.network.option_server import OPTIONS, Probe, running
from tests.services.server import EXAMPLES, FILES, ROOT
from tests.unit.services.raw_client import LINES, head
from tests.unit.services.test_ws_model import Connection

CORE = Path(paths.core_sources())
SERVICES = Path(ws.__file__).parent


def code_of(name: str) -> str:
    return (CORE / name).read_text()


# ---- artifacts -----------------------------------------------------------------------------------------


def test_AR_1_the_websocket_server_module() -> None:
    for name in ("WsStream", "serve", "start", "register"):
        assert hasattr(ws, name)
    pointer, integer = ctypes.c_void_p, ctypes.c_int64
    assert ws.SIGNATURES["snow_ws_serve_tls"] == (None, [*[pointer] * 6, integer, pointer, pointer])
    assert callable(reassemble) and HeartbeatState and FragmentState
    assert ws.WsStream is ws_stream.WsStream
    for name in ("heartbeat", "fragment", "protocol"):
        assert f"snow_wsp_{name}" in code_of(f"ws/{name}.c") or name == "protocol"
    # One class is the protocol of connections of both variants.
    protocols = [
        node.name
        for path in SERVICES.glob("*.py")
        if path.name != "ws_stream.py"  # has the TLS layer, below any connection
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        if any("Protocol" in ast.unparse(base) and "asyncio" in ast.unparse(base) for base in node.bases)
    ]
    assert protocols == [ws_connection.WsConnection.__name__]


def test_AR_2_the_frame_codec() -> None:
    assert re.search(r"SNOW_WS_MAX_PAYLOAD = 16 << 20\b", code_of("include/snow_ws.h"))
    assert "snow_wsp_read_header" in code_of("ws/frame.c")
    too_big = Connection(ws_core.open_core(), 16 << 20).run([frame(0x82, b"", length=(16 << 20) + 1)])
    assert ("closed", 1009, b"message too big") in too_big


def test_AR_3_the_http_module_makes_configurations() -> None:
    assert Path(http.__file__).name == "http.py"
    assert http.build_server_config(*FILES).minimum_version.name == "TLSv1_2"


def test_AR_4_the_closing_module() -> None:
    assert re.search(r"SNOW_WS_CLOSE_TOO_BIG = 1009\b", code_of("include/snow_ws.h"))
    assert "snow_wsp_read_close" in code_of("ws/close.c")
    assert "SNOW_WS_CLOSE_TOO_BIG" in code_of("ws/fragment.c")
    # Pings are answered in one place: the one that dispatches control frames.
    assert code_of("ws/protocol.c").count("opcode == SNOW_WS_PING") == 1
    assert not any("SNOW_WS_PING)" in path.read_text() for path in (CORE / "ws").glob("*.c") if path.stem != "protocol")
    events = Connection(ws_core.open_core(), 100).run([frame(0x89, b"same") + close(1000)])
    assert events[0] == ("write", b"\x8a\x04same\x88\x02\x03\xe8", None)


def test_AR_5_the_compilers_declarations() -> None:
    row = BY_SYMBOL["snow_ws_serve_tls"]
    assert runtime_decls.declaration(row).startswith(
        "declare void @snow_ws_serve_tls(ptr, ptr, ptr, ptr, ptr, ptr, i64, ptr, ptr)"
    )


def test_AR_6_the_compilers_tables() -> None:
    assert known_functions["snow_ws_serve_tls"].params
    assert map_builtin_name("ws_serve_tls") == "snow_ws_serve_tls"


# ---- links ---------------------------------------------------------------------------------------------


def test_KL_1_tls_servers_use_the_one_routine(is_built: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    definitions = [
        path
        for folder in ("snowc", "runtime")
        for path in (ROOT / folder).rglob("*.py")
        if "def build_server_config" in path.read_text() or "ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER" in path.read_text()
    ]
    assert definitions == [Path(http.__file__)]
    probe = Probe(tmp_path, monkeypatch, refusal="TLS config: not today")
    line = "[snow-rt] Failed to load TLS certificates: TLS config: not today\n"
    with running(EXAMPLES / "wss_echo.snow", is_built, *FILES, "0") as server:
        assert (server.wait(), server.stderr) == (0, line)
    with running(OPTIONS, is_built, f"tls={','.join(FILES)}") as server:
        assert server.wait() == 0
        assert server.stdout == "cannot serve: " + line.removeprefix("[snow-rt] ")
    assert probe.calls == [" ".join(FILES)] * 2


class MemoryTransport:
    """A transport without a socket, as far as streams use one."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        pass

    def set_protocol(self, protocol: object) -> None:
        pass

    def get_extra_info(self, name: str) -> None:
        return None


def _over_memory(sent: list[bytes]) -> bytes:
    """What a connection makes of these reads, over a stream that is neither TCP nor TLS."""
    loop = ws_loop.running()
    transport = MemoryTransport()
    core = ws_core.open_core()
    core.snow_wsconn_use_echo(False)

    async def talk() -> None:
        server = WsServer(loop, WsOptions(), 0, None)
        stream = ws_stream.WsStream(loop.table.buffer, "memory")
        stream._loop = loop.loop
        connection = server._connect(stream)
        connection.connection_made(transport)
        for data in sent:
            connection.get_buffer(-1)[: len(data)] = data
            connection.buffer_updated(len(data))
            loop.table.drain()
        assert transport.is_closed
        connection.connection_lost(None)
        loop.table.drain()

    loop.run(talk())
    core.snow_wsconn_use_echo(True)
    return bytes(transport.written)


def test_KL_2_the_codec_knows_no_stream() -> None:
    stream = frame(0x01, b"in ") + frame(0x89, b"p") + frame(0x80, b"memory") + close(1000)
    expected = b"\x8a\x01p\x81\x09in memory\x88\x02\x03\xe8"
    for reads in ([head(*LINES) + stream], [head(*LINES), stream], [bytes((b,)) for b in head(*LINES) + stream]):
        response, blank, frames = _over_memory(reads).partition(b"\r\n\r\n")
        assert response.startswith(b"HTTP/1.1 101 ") and blank and frames == expected
    # The protocol core needs nothing but an array.
    events = Connection(ws_core.open_core(), 100).run([stream])
    assert ("message", 1, b"in memory") in events and ("closed", 1000, b"") in events
    names = re.compile(r"WsStream|PlainStream|TlsStream|\bsocket|\btls\b|asyncio|uvloop")
    for path in [*(CORE / "ws").glob("*.[ch]"), ROOT / "runtime/snowrt/proto/ws_handshake.py"]:
        code = re.sub(r"/\*.*?\*/|\"\"\".*?\"\"\"|#[^\n]*", "", path.read_text(), flags=re.DOTALL)
        code = "\n".join(line for line in path.read_text().splitlines() if "#include" in line) + code
        assert not names.search(code), path


def _providers() -> Iterator[str]:
    """The modules that provide host functions."""
    for row in ROWS:
        if row.provider == "host":
            yield "snowrt.services." + row.symbol.split("_")[1]


def test_KL_3_every_declared_symbol_has_its_signature(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library = load.load()
    for row in ROWS:
        if row.provider in ("core", "host") and row.symbol.startswith("snow_"):
            assert hasattr(library, row.symbol), row.symbol
    for name in sorted(set(_providers())):
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name).register()
    for row in ROWS:
        found = host.registered(row.symbol)
        if found is not None:
            pointer = type(found.pointer)
            assert (pointer._restype_, list(pointer._argtypes_)) == abi_gen.ctypes_signature(row), row.symbol
    assert host.registered("snow_ws_serve") and host.registered("snow_ws_serve_tls")
    changed = {**ws.SIGNATURES, "snow_ws_serve_tls": (None, [ctypes.c_void_p] * 8)}
    monkeypatch.setattr(ws, "SIGNATURES", changed)
    with pytest.raises(host.SignatureMismatch, match="snow_ws_serve_tls"):
        ws.register()
    assert not program._start_services(library)
    assert "cannot start the services: snow_ws_serve_tls is registered as " in capsys.readouterr().err


KIND_CLASS = {"ptr": "ptr", "i64": "i64", "f64": "f64", "i8": "i1", "handle": "i64", "bytes": "ptr", "fn": "ptr"}


def _disagreements(rows: dict[str, abi.Row]) -> list[str]:
    """Symbols whose known type and declaration differ."""
    return [symbol for symbol, known in known_functions.items() if not _agree(known, rows[symbol])]


def _agree(known: object, row: abi.Row) -> bool:
    params = known.params  # type: ignore[attr-defined]
    if len(params) != len(row.params):
        return False
    return all(
        param.kind == "word" or layout_class(ty) == KIND_CLASS[param.kind]
        for ty, param in zip(params, row.params, strict=True)
    )


def test_KL_4_known_types_are_those_of_the_declarations() -> None:
    assert _disagreements(BY_SYMBOL) == []
    row = BY_SYMBOL["snow_ws_serve_tls"]
    broken = dataclasses.replace(row, params=(*row.params[:-1], dataclasses.replace(row.params[-1], kind="f64")))
    assert _disagreements({**BY_SYMBOL, row.symbol: broken}) == [row.symbol]
    shorter = dataclasses.replace(row, params=row.params[:-1])
    assert _disagreements({**BY_SYMBOL, row.symbol: shorter}) == [row.symbol]
