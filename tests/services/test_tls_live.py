"""Certificates of running programs: read again on SIGHUP, in `snowc run` and in executables (network.md, TL-6)."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.network.option_server import OPTIONS
from tests.services.server import CERTS, EXAMPLES, Server
from tests.unit.services.raw_client import RawClient


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.full)], ids=["run", "built"])
def is_built(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def served(port: int) -> str:
    """The certificate that a new connection gets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with context.wrap_socket(socket.create_connection(("127.0.0.1", port), 5)) as client:
        return ssl.DER_cert_to_PEM_cert(client.getpeercert(binary_form=True) or b"")


def put(folder: Path, cert: str, key: str) -> None:
    for source, target in ((cert, "cert.pem"), (key, "key.pem")):
        shutil.copyfile(CERTS / source, folder / target)
        (folder / target).chmod(0o600)


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def normal(name: str) -> str:
    """A certificate as `served` writes it."""
    return ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert((CERTS / name).read_text()))


def test_TL_6_certificates_are_read_again(is_built: bool, tmp_path: Path) -> None:
    put(tmp_path, "cert.pem", "key.pem")
    with Server(tmp_path, OPTIONS, is_built, f"tls={tmp_path}/cert.pem,{tmp_path}/key.pem") as server:
        port = server.port()
        with RawClient(port, tls=True) as old:
            old.upgrade()
            put(tmp_path, "p384_cert.pem", "p384_sec1_key.pem")
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: served(port) == normal("p384_cert.pem"))
            put(tmp_path, "cert.pem", "encrypted_key.pem")
            server.process.send_signal(signal.SIGHUP)
            line = "[snow-rt] Failed to load TLS certificates: load key: the key is encrypted"
            wait_until(lambda: server.stderr.splitlines()[1:] == [line])
            assert served(port) == normal("p384_cert.pem")
            put(tmp_path, "cert.pem", "key.pem")
            for _ in range(20):
                os.kill(server.process.pid, signal.SIGHUP)
            wait_until(lambda: served(port) == normal("cert.pem"))
            old.text("the old connection goes on")
            assert old.frame() == (0x81, b"the old connection goes on")
        assert server.stderr.splitlines()[1:] == [line]


def test_TL_6_without_tls_the_signal_keeps_its_meaning(is_built: bool, tmp_path: Path) -> None:
    with Server(tmp_path, EXAMPLES / "echo.snow", is_built, "0") as server:
        server.port()
        server.process.send_signal(signal.SIGHUP)
        assert server.wait() == -signal.SIGHUP
