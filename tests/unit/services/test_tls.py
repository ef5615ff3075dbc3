"""TLS as clients see it: versions, ciphers, keys, reloading, and what bad clients get (network.md 10 and 21)."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from snowrt.services import certificates, http, ws
from tests.fuzz.ws.seeds import close
from tests.unit.services.conftest import FILES, Start
from tests.unit.services.raw_client import CERTS, LINES, RawClient, head

ALERT, HANDSHAKE = 21, 22
SERVER_HELLO, CERTIFICATE_REQUEST = 2, 13
TLS_1_0, TLS_1_1, TLS_1_2 = 0x0301, 0x0302, 0x0303
ECDHE_ECDSA_AES128_GCM = 0xC02B


# ---- a client that offers what no library does any more -------------------------------------------------


def _vector(size: int, data: bytes) -> bytes:
    return len(data).to_bytes(size, "big") + data


def hello(version: int, suites: tuple[int, ...], compressions: bytes = b"\0") -> bytes:
    """A ClientHello of TLS 1.2 or older (RFC 5246, 7.4.1.2), as a record."""
    groups = struct.pack(">HH", 0x0017, 0x001D)
    signatures = struct.pack(">HHH", 0x0403, 0x0804, 0x0401)
    extensions = b"".join(
        struct.pack(">H", number) + _vector(2, data)
        for number, data in ((10, _vector(2, groups)), (11, b"\1\0"), (13, _vector(2, signatures)))
    )
    body = struct.pack(">H", version) + bytes(32) + b"\0"
    body += _vector(2, b"".join(struct.pack(">H", suite) for suite in suites))
    body += _vector(1, compressions) + _vector(2, extensions)
    return bytes((HANDSHAKE, 3, 1)) + _vector(2, b"\1" + _vector(3, body))


def records(port: int, first: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and content of the records that the server sends in answer."""
    with socket.create_connection(("127.0.0.1", port), 5) as sock, sock.makefile("rb") as file:
        sock.sendall(first)
        while len(header := file.read(5)) == 5:
            yield header[0], file.read(int.from_bytes(header[3:], "big"))


def messages(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The handshake messages in the content of records."""
    while content:
        size = 4 + int.from_bytes(content[1:4], "big")
        yield content[0], content[4:size]
        content = content[size:]


def flight(port: int, first: bytes) -> dict[int, bytes]:
    """The handshake messages of the server's answer, by type."""
    content = b""
    for kind, data in records(port, first):
        assert kind == HANDSHAKE, (kind, data)
        content += data
        found = dict(messages(content))
        if 14 in found:  # ServerHelloDone
            return found
    raise AssertionError("the server ended the handshake")


def is_refused(port: int, first: bytes) -> bool:
    """Whether the server ends it, with or without saying why."""
    with contextlib.suppress(ConnectionResetError):
        return all(kind == ALERT for kind, _ in records(port, first))
    return True


@pytest.mark.parametrize("version", [0x0300, TLS_1_0, TLS_1_1])
def test_SEC_9_old_versions_are_refused(start: Start, version: int) -> None:
    assert is_refused(start(True).port, hello(version, (ECDHE_ECDSA_AES128_GCM, 0xC009, 0x002F)))


WEAK = {
    "RC4": 0x0005, "3DES": 0x000A, "ECDHE RC4": 0xC007, "ECDHE 3DES": 0xC008, "RSA key exchange": 0x009C,
    "RSA CBC": 0x002F, "finite-field DH": 0x009E, "CBC": 0xC009, "CBC SHA-2": 0xC023, "null": 0xC006,
    "anonymous": 0xC018, "static ECDH": 0xC02D,
}  # fmt: skip


@pytest.mark.parametrize("suite", WEAK.values(), ids=WEAK)
def test_SEC_9_weak_suites_are_refused(start: Start, suite: int) -> None:
    assert is_refused(start(True).port, hello(TLS_1_2, (suite,)))


@pytest.mark.parametrize("suite", [ECDHE_ECDSA_AES128_GCM, 0xC02C, 0xCCA9], ids=hex)
def test_TL_4_ecdhe_with_aead_no_compression_no_client_certificate(start: Start, suite: int) -> None:
    found = flight(start(True).port, hello(TLS_1_2, (0x002F, suite), compressions=b"\1\0"))
    server_hello = found[SERVER_HELLO]
    session = 35 + server_hello[34]
    chosen, compression = struct.unpack_from(">HB", server_hello, session)
    assert (chosen, compression) == (suite, 0)
    assert CERTIFICATE_REQUEST not in found


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl command")
def test_TL_4_no_renegotiation(start: Start) -> None:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{start(True).port}", "-tls1_2"]
    done = subprocess.run(command, input=b"R\n", capture_output=True, timeout=20)
    assert b"RENEGOTIATING" in done.stdout + done.stderr
    assert b"no renegotiation" in done.stdout + done.stderr


# ---- clients that ask for more or less -------------------------------------------------------------------


def _context(**options: object) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(CERTS / "ca.pem"))
    for name, value in options.items():
        setattr(context, name, value)
    return context


def _wrapped(port: int, context: ssl.SSLContext, name: str = "localhost") -> ssl.SSLSocket:
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), 5), server_hostname=name)


def _upgrades(client: ssl.SSLSocket) -> bool:
    client.sendall(head(*LINES))
    return client.recv(20).startswith(b"HTTP/1.1 101")


def test_TL_4_the_newest_version_is_preferred(start: Start) -> None:
    server = start(True)
    with _wrapped(server.port, _context()) as client:
        assert client.version() == "TLSv1.3" and _upgrades(client)
    with _wrapped(server.port, _context(maximum_version=ssl.TLSVersion.TLSv1_2)) as client:
        assert client.version() == "TLSv1.2" and _upgrades(client)


def test_tls_min(start: Start) -> None:
    server = start(True, tls_min="1.3")
    with _wrapped(server.port, _context()) as client:
        assert _upgrades(client)
    with pytest.raises(ssl.SSLError):
        _wrapped(server.port, _context(maximum_version=ssl.TLSVersion.TLSv1_2))


def test_TL_4_the_name_asked_for_is_ignored(start: Start) -> None:
    with _wrapped(start(True).port, _context(check_hostname=False), "elsewhere.example") as client:
        assert _upgrades(client)


@pytest.mark.parametrize(
    ("offered", "chosen"), [(["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), (["h2"], None), ([], None)]
)
def test_TL_6_alpn(start: Start, offered: list[str], chosen: str | None) -> None:
    context = _context()
    context.set_alpn_protocols(offered)
    with _wrapped(start(True).port, context) as client:
        assert client.selected_alpn_protocol() == chosen and _upgrades(client)


# ---- keys and chains ---------------------------------------------------------------------------------------


KEYS = (
    ("cert.pem", "key.pem"), ("cert.pem", "sec1_key.pem"), ("p384_cert.pem", "p384_key.pem"),
    ("p384_cert.pem", "p384_sec1_key.pem"), ("rsa_cert.pem", "rsa_key.pem"), ("rsa_cert.pem", "rsa_pkcs1_key.pem"),
    ("ed25519_cert.pem", "other_key.pem"),
)  # fmt: skip


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
@pytest.mark.parametrize(("cert", "key"), KEYS)
def test_TL_2_kinds_of_keys(start: Start, cert: str, key: str, newest: ssl.TLSVersion) -> None:
    server = start(True, files=ws.Files(str(CERTS / cert), str(CERTS / key)))
    context = ssl.create_default_context(cafile=str(CERTS / ("ca.pem" if cert == "cert.pem" else cert)))
    context.maximum_version = newest
    with _wrapped(server.port, context) as client:
        assert _upgrades(client)


def test_TL_2_a_chain_among_other_blocks(start: Start, tmp_path: Path) -> None:
    text = {path.name: path.read_text() for path in CERTS.glob("*.pem")}
    other = "a comment\n-----BEGIN DH PARAMETERS-----\nMAYCAQUCAQI=\n-----END DH PARAMETERS-----\n"
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_text(text["key.pem"] + other + text["cert.pem"] + other + text["ca.pem"])
    key.write_text(text["ca.pem"] + other + text["sec1_key.pem"])
    key.chmod(0o600)
    with _wrapped(start(True, files=ws.Files(str(chain), str(key))).port, _context()) as client:
        assert _upgrades(client)
    lines = http.build_server_config(str(chain), str(key)).get_ca_certs()
    assert lines == []  # the chain is sent, but nobody's certificate is judged by it


# ---- reloading ---------------------------------------------------------------------------------------------


class Changing:
    """Files of a certificate and its key that change."""

    def __init__(self, folder: Path) -> None:
        self.files = ws.Files(str(folder / "cert.pem"), str(folder / "key.pem"))
        self.put("cert.pem", "key.pem")

    def put(self, cert: str, key: str) -> None:
        for source, target in ((cert, self.files.cert), (key, self.files.key)):
            shutil.copyfile(CERTS / source, target)
        os.chmod(self.files.key, 0o600)


def _served(port: int) -> bytes:
    """The certificate that a new connection gets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with _wrapped(port, context) as client:
        return client.getpeercert(binary_form=True) or b""


def _der(name: str) -> bytes:
    return ssl.PEM_cert_to_DER_cert((CERTS / name).read_text())


def test_TL_6_certificates_are_read_again_on_sighup(
    start: Start, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    changing = Changing(tmp_path)
    server = start(True, files=changing.files)
    with RawClient(server.port, True) as old:
        old.upgrade()
        changing.put("rsa_cert.pem", "rsa_key.pem")
        assert _served(server.port) == _der("cert.pem")
        capfd.readouterr()
        os.kill(os.getpid(), signal.SIGHUP)
        _wait_until(lambda: _served(server.port) == _der("rsa_cert.pem"))
        old.text("still here")
        assert old.frame() == (0x81, b"still here")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("cert", "key", "detail"),
    [
        ("ca.pem", "key.pem", "TLS config: the key does not match the certificate"),
        ("key.pem", "key.pem", "parse certs: the file has no certificate"),
        ("cert.pem", "encrypted_key.pem", "load key: the key is encrypted"),
    ],
)
def test_TL_6_a_bad_file_keeps_the_old_ones(
    start: Start, tmp_path: Path, capfd: pytest.CaptureFixture[str], cert: str, key: str, detail: str
) -> None:
    changing = Changing(tmp_path)
    server = start(True, files=changing.files)
    changing.put(cert, key)
    capfd.readouterr()
    os.kill(os.getpid(), signal.SIGHUP)
    said = ""

    def complains() -> bool:
        nonlocal said
        said += capfd.readouterr().err
        return said == f"[snow-rt] Failed to load TLS certificates: {detail}\n"

    _wait_until(complains)
    assert _served(server.port) == _der("cert.pem")


def test_TL_6_servers_that_are_gone_read_nothing(
    start: Start, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    changing = Changing(tmp_path)
    start(True, files=changing.files).stop(0.1)
    changing.put("key.pem", "key.pem")
    capfd.readouterr()
    certificates._reload_all()
    assert capfd.readouterr().err == ""


def _wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


# ---- bad clients -------------------------------------------------------------------------------------------


def test_TL_5_silent_clients_cost_only_themselves(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    server = start(True, handshake_timeout=500)
    said: list[str] = []
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(RawClient(server.port)) for _ in range(50)]
        began = time.monotonic()
        with RawClient(server.port, True) as client:
            client.upgrade()
            client.text("x")
            assert client.frame() == (0x81, b"x")
        assert time.monotonic() - began < 0.4
        for one in silent:
            assert one.rest() == b""
        assert time.monotonic() - began < 1.5
        until = time.monotonic() + 5
        while len(said) < 12 and time.monotonic() < until:
            time.sleep(0.05)
            said += capfd.readouterr().err.splitlines()
    line = "[snow-rt] WS upgrade failed: TLS handshake: timed out"
    assert said[1:] == [line] * 10 + ["[snow-rt] 40 more lines like the last were suppressed"]


@pytest.mark.parametrize(
    ("sent", "reason"),
    [(head(*LINES), "http request"), (b"\x16\x03\x01\xff\xff" + bytes(64), "*"), (b"", "the client went away")],
    ids=["http", "garbage", "nothing"],
)
def test_TL_5_a_failed_handshake_is_one_line(
    start: Start, capfd: pytest.CaptureFixture[str], sent: bytes, reason: str
) -> None:
    server = start(True)
    with RawClient(server.port) as client:
        client.send(sent)
        client.sock.shutdown(socket.SHUT_WR)
        assert b"101" not in client.rest()
    with RawClient(server.port, True) as client:
        assert " 101 " in client.upgrade()
    lines = capfd.readouterr().err.splitlines()[1:]
    assert len(lines) == 1 and lines[0].startswith("[snow-rt] WS upgrade failed: TLS handshake: ")
    assert reason == "*" or lines[0].endswith(": " + reason)


def test_CL_4_close_notify_comes_before_the_end(start: Start) -> None:
    with RawClient(start(True).port, True, is_strict=True) as client:
        client.upgrade()
        client.send(close(1000))
        assert client.frame() == (0x88, b"\x03\xe8")
        assert client.rest() == b""


def test_a_client_that_ends_without_close_notify_is_just_gone(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    server = start(True)
    with RawClient(server.port, True) as client:
        client.upgrade()
        client.sock.shutdown(socket.SHUT_RDWR)
    with RawClient(server.port, True) as client:
        client.upgrade()
        raw = client.sock.detach()
        os.write(raw, b"\x17\x03\x03\x00\x20" + bytes(32))  # a record that cannot be decrypted
        with socket.socket(fileno=raw) as rest:
            rest.settimeout(5)
            while rest.recv(4096):
                pass
    assert len(capfd.readouterr().err.splitlines()) == 1


def test_SEC_10_a_key_that_others_can_read(start: Start, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "key.pem"
    shutil.copyfile(FILES.key, key)
    key.chmod(0o644)
    start(True, files=ws.Files(FILES.cert, str(key)))
    warning, listening = capfd.readouterr().err.splitlines()
    assert warning == f"[snow-rt] warning: the key file {key} can be read by others"
    assert "WebSocket TLS server listening on " in listening
