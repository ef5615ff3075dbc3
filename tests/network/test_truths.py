"""The truths of network.md, section 23: T1 to T13, each as the table describes it.

Where the table says "live", a compiled Snow program serves: from `snowc run`, and as an executable in the slow suite.
"""

from __future__ import annotations

import re
import select
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snowc.mir.builtin_names import map_builtin_name
from snowc.mir.known_functions import known_functions
from snowc.mir.types import INT, STRING, UNIT, layout_class
from snowrt.abi import BY_SYMBOL
from snowrt.proto.ws_options import WsOptions
from snowrt.services import http, ws_core, ws_loop, ws_stream
from snowrt.services.ws_core import BINARY, TEXT, FragmentState, HeartbeatState, Message, Violation, reassemble
from snowrt.services.ws_server import WsServer
from tests.fuzz.ws.seeds import STREAMS, close, frame
from tests.network.conftest import Kind
from tests.network.option_server import Probe, memory_of, raw, running, serving
from tests.services.server import CERTS, EXAMPLES, FILES, SNOWC, Server, environment
from tests.unit.services.raw_client import LINES, RawClient, closed_with, head

MIB = 1 << 20
LIMIT = 16 * MIB
LATE = 0.3
"""What a busy machine may add to a time, in seconds."""
SOON = 0.03
"""How much shorter a time may look to a client, which hears of its beginning late."""
OVERDUE = (1001, "pong timeout")


# ---- T1 ------------------------------------------------------------------------------------------------


def _request(*changes: str) -> bytes:
    """The opening handshake with some of its lines replaced or, where they are empty, missing."""
    lines = {line.partition(":")[0]: line for line in LINES}
    lines.update({change.partition(":")[0]: change for change in changes})
    return head(*(line for line in lines.values() if not line.endswith(":-")))


HANDSHAKES = (
    _request(), _request("Upgrade: WebSocket"), _request("Connection: keep-alive, Upgrade"), _request("Upgrade:-"),
    _request("Upgrade: notwebsocket"), _request("Connection:-"), _request("Host:-"), _request("Sec-WebSocket-Key:-"),
    _request("Sec-WebSocket-Key: short"), _request("Sec-WebSocket-Version:-"), _request("Sec-WebSocket-Version: 12"),
    _request("Content-Length: 3"), _request("Transfer-Encoding: chunked"), _request("Sec-WebSocket-Extensions: ,;"),
    _request("Origin: http://elsewhere", "Cookie: a=b"), _request("X: " + "y" * 9000),
    _request("X" * 4100 + ": y"), head("POST / HTTP/1.1", *LINES[1:]), head("GET / HTTP/1.0", *LINES[1:]),
    head("GET  / HTTP/1.1", *LINES[1:]), head("GET /" + "x" * 4096 + " HTTP/1.1"), b"GET / HTTP/1.1\n\n",
    _request("X : y"), _request("X: \0"),
    head(*LINES, *(f"X{i}: y" for i in range(100))),
)  # fmt: skip

UNFINISHED = frame(0x82, b"only the beginning", length=LIMIT)
CODEC = (
    *(stream for stream in STREAMS if stream != UNFINISHED),
    frame(0x81, b"x" * 125), frame(0x81, b"x" * 126), frame(0x82, b"x" * 65535),
    frame(0x82, b"x" * 65536), frame(0x82, b"x" * MIB), frame(0x81, b"\xff"),
    frame(0x89, b"p") + frame(0x8A, b"q") + frame(0x89, b"x" * 125), frame(0x01) + frame(0x00) + frame(0x80, b"!"),
    frame(0x82, b"only the beginning", length=LIMIT + 1),
)  # fmt: skip
CHECKS = tuple(check + close(1000) for check in (*HANDSHAKES, *(_request() + stream for stream in CODEC)))


WAITS = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)


def _converse(sock: socket.socket, sent: bytes) -> bytes:
    """Everything that the server says while and after it is sent this."""
    received, left = bytearray(), memoryview(sent)
    sock.setblocking(False)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        select.select([sock], [sock] if left else [], [], 0.05)
        try:
            if left:
                left = left[sock.send(left[: 1 << 16]) :]
        except WAITS:
            pass
        except OSError:
            left = left[:0]
        try:
            while data := sock.recv(1 << 16):
                received += data
            return bytes(received)
        except WAITS:
            pass
        except ConnectionResetError:
            return bytes(received) + b"reset"
    raise TimeoutError


def _answer(server: WsServer, variant: type[ws_stream.WsStream], check: bytes) -> bytes:
    """What a stream of this variant over a socket pair makes of a check."""
    ours, theirs = socket.socketpair()
    loop = server.loop.loop
    view = server.loop.table.buffer
    is_tls = variant is ws_stream.TlsStream
    ours.setblocking(False)
    theirs.settimeout(5)

    async def begin() -> None:
        context = http.build_server_config(*FILES)
        stream = ws_stream.TlsStream(view, "pair", context) if is_tls else ws_stream.PlainStream(view, "pair")
        connection = server._connect(stream)
        stream.begin(loop, ours, connection, 5.0, lambda reason: server._failed(connection, reason))

    server.loop.run(begin())
    if is_tls:
        context = ssl.create_default_context(cafile=str(CERTS / "ca.pem"))
        theirs = context.wrap_socket(theirs, server_hostname="localhost", suppress_ragged_eofs=True)
    with theirs:
        return _converse(theirs, check)


def test_T1_one_stream_type_with_two_variants() -> None:
    variants = [kind for kind in ws_stream.WsStream.__subclasses__() if kind.__module__ == ws_stream.__name__]
    assert {kind.__name__ for kind in variants} == {"PlainStream", "TlsStream"} and len(CHECKS) == 50
    core = ws_core.open_core()
    core.snow_wsconn_use_echo(False)  # on the loop's thread: then the order of all answers is fixed
    loop = ws_loop.running()

    async def new_server() -> WsServer:
        return WsServer(loop, WsOptions(close_timeout=100), 0, None)

    server = loop.run(new_server())
    for number, check in enumerate(CHECKS):
        plain, tls = (_answer(server, variant, check) for variant in variants)
        assert plain == tls != b"", (number, check[:200], plain[:500], tls[:500])
    loop.run(server.stop(1))
    core.snow_wsconn_use_echo(True)
    # Who uses streams makes them or is given one, and never looks which it is.
    for path in Path(ws_stream.__file__).parent.glob("*.py"):
        code = path.read_text()
        assert not re.search(r"isinstance\([^)]*(Plain|Tls)Stream", code)
        assert path.stem in ("ws_stream", "listener") or "PlainStream" not in code


# ---- T2, T3 ----------------------------------------------------------------------------------------------


def test_T2_the_tls_entry(is_built: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = Probe(tmp_path, monkeypatch)
    with running(EXAMPLES / "wss_echo.snow", is_built, *FILES, "0") as server:
        with RawClient(server.port(), tls=True) as verified:
            verified.upgrade()
            assert verified.frame() == (0x81, b"welcome, somebody")
            verified.text("hello")
            assert verified.frame() == (0x81, b"hello")
        with RawClient(server.port()) as plain:
            plain.send(head(*LINES))
            assert b"101" not in plain.rest()
    assert probe.calls == [" ".join(FILES)]


def test_T3_the_plain_entry(is_built: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = Probe(tmp_path, monkeypatch)
    with running(EXAMPLES / "echo.snow", is_built, "0") as server, RawClient(server.port()) as client:
        assert client.upgrade().startswith("HTTP/1.1 101 Switching Protocols\r\n")
        client.text("hello")
        assert client.frame() == (0x81, b"hello")
        assert client.close(1000) == (0x88, b"\x03\xe8")
        assert client.rest() == b""
    assert probe.calls == []


# ---- T4, T5: the heartbeat -------------------------------------------------------------------------------


def test_T4_pings_and_missing_pongs(kind: Kind) -> None:
    beat = HeartbeatState()
    assert (beat.interval, beat.timeout, beat.outstanding) == (30_000, 10_000, None)
    assert not beat.is_due(29_999) and beat.is_due(30_000)
    beat.pinged(b"ping", 30_000)
    assert not beat.is_due(39_999) and not beat.is_overdue(39_999) and beat.is_overdue(40_000)

    with serving(kind, "ping_interval=300", "pong_timeout=100") as server, raw(server, kind) as client:
        began = time.monotonic()
        assert client.frame()[0] == 0x89
        pinged = time.monotonic()
        assert 0.2 - SOON <= pinged - began <= 0.4 + LATE
        assert closed_with(client.frame()) == OVERDUE
        assert 0.1 - SOON <= time.monotonic() - pinged <= 0.3 + LATE
        assert client.rest() == b""


def test_T5_only_the_outstanding_payload_counts(kind: Kind) -> None:
    beat = HeartbeatState(300, 200)
    assert not beat.pong(b"none", 0)
    beat.pinged(b"ping", 300)
    assert not beat.pong(b"pong", 350) and beat.is_overdue(500)
    assert beat.pong(b"ping", 400) and beat.outstanding is None and not beat.is_overdue(10_000)

    with serving(kind, "ping_interval=300", "pong_timeout=200") as server:
        with raw(server, kind) as client:  # another payload
            payload = client.frame()[1]
            client.send(frame(0x8A, bytes(byte ^ 1 for byte in payload)))
            assert closed_with(client.frame()) == OVERDUE
        with raw(server, kind) as client:  # that of an earlier ping
            earlier = client.frame()[1]
            client.send(frame(0x8A, earlier))
            assert client.frame()[0] == 0x89
            client.send(frame(0x8A, earlier))
            assert closed_with(client.frame()) == OVERDUE
        with raw(server, kind) as client:  # right ones, and some that nobody asked for
            for _ in range(5):
                client.send(frame(0x8A, b"unsolicited"))
                first, payload = client.frame()
                assert first == 0x89
                client.send(frame(0x8A, payload))
            client.text("open")
            assert client.frame() == (0x81, b"open")


# ---- T6 to T10: messages ---------------------------------------------------------------------------------


def _fragments(first: int, parts: list[bytes]) -> bytes:
    """A message in these parts."""
    opcodes = [first, *[0x00] * (len(parts) - 1)]
    opcodes[-1] |= 0x80
    return b"".join(frame(opcode, part) for opcode, part in zip(opcodes, parts, strict=True))


def test_T6_fragments_are_joined(kind: Kind) -> None:
    state = FragmentState()
    assert reassemble(state, TEXT, True, b"whole") == Message(TEXT, b"whole")
    assert isinstance(reassemble(state, 0, False, b""), Violation)
    assert reassemble(state, BINARY, False, b"a") is None and state.is_assembling
    assert reassemble(state, 0, False, b"") is None
    assert reassemble(state, 0, True, b"b") == Message(BINARY, b"ab")
    assert reassemble(state, TEXT, False, b"a") is None
    assert reassemble(state, TEXT, True, b"b") == Violation(1002, "new message during fragmented sequence")

    with serving(kind) as server, raw(server, kind, "/count") as client:
        for first, parts in (
            (1, [b"in ", b"five ", b"fragments ", b"of ", b"text"]),
            (2, [b"%03d" % i for i in range(300)]),
            (1, [b"", b"with", b"", b" empty ones", b""]),
        ):
            client.send(_fragments(first, parts))
            assert client.frame() == (0x80 | first, b"".join(parts))
        client.close()
        server.prints("closed 1000 : 0 left")
        assert server.stdout.splitlines()[:3] == ["false 25", "true 900", "false 15"]


def test_T7_control_frames_between_fragments(kind: Kind) -> None:
    with serving(kind) as server:
        with raw(server, kind) as client:
            client.send(frame(0x01, b"in ") + frame(0x89, b"x") + frame(0x00, b"three ") + frame(0x8A, b"unsolicited"))
            client.send(frame(0x80, b"parts"))
            assert client.frame() == (0x8A, b"x")
            assert client.frame() == (0x81, b"in three parts")
        server.prints("closed 1006 : 0 left")
        with raw(server, kind, "/count") as client:
            client.send(frame(0x01, b"never ") + close(4321, b"enough"))
            assert client.frame() == (0x88, (4321).to_bytes(2, "big"))
            assert client.rest() == b""
        server.prints("closed 4321 enough: 0 left")
        assert server.stdout.splitlines() == ["closed 1006 : 0 left", "closed 4321 enough: 0 left"]


def _zeroes(first: int, size: int) -> bytes:
    """A frame of zeroes, which an empty mask does not change."""
    return frame(first, b"", length=size, mask=bytes(4)) + bytes(size)


def _refused(server: Server, kind: Kind, sizes: tuple[int, ...]) -> None:
    """Binary fragments of these sizes, the last of which is only announced, are too much."""
    with raw(server, kind) as client:
        for at, size in enumerate(sizes[:-1]):
            client.send(_zeroes(0x00 if at else 0x02, size))
        client.send(frame(0x80 if len(sizes) > 1 else 0x02, b"", length=sizes[-1]))
        assert closed_with(client.frame()) == (1009, "message too big")


def _eventually_below(measure: Callable[[], int], limit: int) -> None:
    until = time.monotonic() + 10
    while (found := measure()) > limit:
        assert time.monotonic() < until, found
        time.sleep(0.05)


def test_T8_a_message_too_big(kind: Kind) -> None:
    with serving(kind) as server:
        with raw(server, kind) as client:
            client.text("warm")
            client.frame()
            before = memory_of(server)
            for first in (0x02, 0x00, 0x00, 0x80):
                client.send(_zeroes(first, 4 * MIB))
            assert client.frame() == (0x82, bytes(LIMIT))
        _refused(server, kind, (LIMIT + 1,))
        for _ in range(8):
            _refused(server, kind, (4 * MIB, 4 * MIB, 4 * MIB, 4 * MIB + 1))
        # The allocator may keep the places of what there was at one time, and of no more than that.
        _eventually_below(lambda: memory_of(server) - before, 3 * LIMIT)


def test_T9_the_payload_of_one_frame(kind: Kind) -> None:
    defaults = ws_core.open_core().snow_wsp_default_options
    defaults.restype = ws_core.ProtocolOptions
    assert defaults().limit == 16_777_216

    with serving(kind) as server, raw(server, kind) as client:
        client.text("warm")
        client.frame()
        before, began = memory_of(server), time.monotonic()
        client.send(frame(0x82, b"", length=16_777_217))
        assert closed_with(client.frame()) == (1009, "message too big")
        assert time.monotonic() - began <= 0.1 + LATE
        assert memory_of(server) - before <= MIB


def test_T10_utf8_is_judged_on_the_whole_message(kind: Kind) -> None:
    with serving(kind) as server:
        with raw(server, kind) as client:
            for text in ("é", "a😀b", "x€y𐍈z"):
                data = text.encode()
                for at in range(len(data) + 1):
                    client.send(_fragments(1, [data[:at], data[at:]]))
                    assert client.frame() == (0x81, data)
                client.send(_fragments(1, [data[i : i + 1] for i in range(len(data))]))
                assert client.frame() == (0x81, data)
            for data in (b"\xff", b"\xed\xa0\x80", b"\xc3"):
                client.send(_fragments(2, [data, data]))
                assert client.frame() == (0x82, data + data)
        for data in (b"a\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xe2\x82"):
            for at in range(len(data) + 1):
                with raw(server, kind) as client:
                    client.send(_fragments(1, [data[:at], data[at:]]))
                    assert closed_with(client.frame()) == (1007, "invalid UTF-8")


# ---- T11 to T13: the compiler ------------------------------------------------------------------------------

POINTER = r"(?:ptr|i8\*)"
DECLARED = re.compile(
    rf"^declare void @snow_ws_serve_tls\((?:{POINTER}, ){{6}}i64, {POINTER}, {POINTER}\)", re.MULTILINE
)


@pytest.fixture(scope="module")
def ir(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `--emit-llvm` writes of a program that serves over TLS."""
    out = tmp_path_factory.mktemp("ir") / "program"
    command = [*SNOWC, "build", str(EXAMPLES / "wss_echo.snow"), "-o", str(out), "--emit-llvm"]
    subprocess.run(command, env=environment(), check=True, capture_output=True, timeout=120)
    return out.with_suffix(".ll").read_text()


def test_T11_nine_parameters_in_the_ir(ir: str) -> None:
    assert len(DECLARED.findall(ir)) == 1
    assert not re.search(r"(?:internal|private).*@snow_ws_serve_tls", ir)


def test_T12_the_known_type() -> None:
    known = known_functions["snow_ws_serve_tls"]
    row = BY_SYMBOL["snow_ws_serve_tls"]
    assert known.result == UNIT and row.result == "void"
    assert known.params[3:] == (INT, STRING, STRING)
    # Each callback is function and environment: two pointers.
    words = [word for ty, param in zip(known.params, row.params, strict=True) for word in _words(ty, param.kind)]
    assert words == ["ptr"] * 6 + ["i64"] + ["ptr"] * 2


def _words(ty: Any, kind: str) -> list[str]:
    return ["ptr", "ptr"] if kind == "fn" else [layout_class(ty)]


def test_T13_the_name_leads_to_the_symbol(ir: str) -> None:
    assert map_builtin_name("ws_serve_tls") == map_builtin_name("Ws.serve_tls") == "snow_ws_serve_tls"
    assert re.search(r"call void @snow_ws_serve_tls\(", ir)
    assert not re.search(r"@ws_serve_tls\b", ir)
