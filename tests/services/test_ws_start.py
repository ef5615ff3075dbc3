"""Servers that cannot start: one line says why, the call returns, the program goes on and ends with 0."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from snowc.backend import toolchain
from tests.services.server import CERTS, EXAMPLES, FILES, HANDLERS, Server, command, environment

pytestmark = pytest.mark.skipif(toolchain.find_c_compiler() is None, reason="there is no C compiler")

CERT, KEY = FILES
ENCRYPTED = str(CERTS / "encrypted_key.pem")
SECONDS = 60.0
_RIGHTS = "--bounding-set=-net_bind_service,-dac_override,-dac_read_search"


@pytest.fixture(params=[False, True], ids=["run", "built"])
def is_built(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def unprivileged() -> list[str]:
    """What starts a program without the rights of root."""
    if os.geteuid() != 0:
        return []
    tool = shutil.which("setpriv")
    if tool is None or subprocess.run([tool, _RIGHTS, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("root may do everything, and setpriv (Debian: util-linux) cannot start programs that may not")
    return [tool, _RIGHTS]


# ---- the port --------------------------------------------------------------------------------------


def failure(folder: Path, is_built: bool, name: str, port: int, through: list[str]) -> str:
    """What this example says in place of listening on the port."""
    args = (*FILES, str(port)) if name == "wss_echo" else (str(port),)
    with Server(folder, EXAMPLES / f"{name}.snow", is_built, *args, through=through) as server:
        assert server.wait() == 0
        assert server.stdout == ""
        return server.stderr


@pytest.mark.parametrize(("name", "kind"), [("echo", "WebSocket server"), ("wss_echo", "WebSocket TLS server")])
class TestPorts:
    def test_in_use(self, tmp_path: Path, is_built: bool, name: str, kind: str) -> None:
        with socket.create_server(("0.0.0.0", 0)) as taken:
            port = taken.getsockname()[1]
            text = f"[snow-rt] Failed to start {kind} on 0.0.0.0:{port}: Address already in use\n"
            assert failure(tmp_path, is_built, name, port, []) == text

    def test_privileged(self, tmp_path: Path, is_built: bool, name: str, kind: str, unprivileged: list[str]) -> None:
        setting = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
        port = (int(setting.read_text()) if setting.exists() else 1024) - 1
        if port < 1:
            pytest.skip("every port is open to everybody here: net.ipv4.ip_unprivileged_port_start is 0")
        text = f"[snow-rt] Failed to start {kind} on 0.0.0.0:{port}: Permission denied\n"
        assert failure(tmp_path, is_built, name, port, unprivileged) == text

    @pytest.mark.parametrize("port", [-1, 65536])
    def test_impossible(self, tmp_path: Path, is_built: bool, name: str, kind: str, port: int) -> None:
        reason = f"the port must be between 0 and 65535, not {port}"
        text = f"[snow-rt] Failed to start {kind} on 0.0.0.0:{port}: {reason}\n"
        assert failure(tmp_path, is_built, name, port, []) == text


# ---- certificate and key -----------------------------------------------------------------------------


def problem(folder: Path, is_built: bool, cert: str, key: str, through: list[str] | None = None) -> str:
    """What is wrong with these files, as a server over TLS says it."""
    with Server(folder, HANDLERS, is_built, cert, key, through=through or []) as server:
        assert server.wait() == 0
        assert server.stdout == "served\n"
        line = server.stderr
    begin = "[snow-rt] Failed to load TLS certificates: "
    assert line.startswith(begin) and line.count("\n") == 1, line
    return line[len(begin) : -1]


@pytest.fixture
def bad(tmp_path: Path) -> Iterator[str]:
    """A file with a block that is neither a certificate nor a key."""
    lines = (f"-----BEGIN {kind}-----\nAAAA\n-----END {kind}-----\n" for kind in ("CERTIFICATE", "PRIVATE KEY"))
    file = tmp_path / "bad.pem"
    file.write_text("".join(lines))
    yield str(file)


@pytest.mark.parametrize(
    ("cert", "key", "detail"),
    [
        ("nowhere.pem", KEY, "open cert file: No such file or directory: nowhere.pem"),
        ("/", KEY, "open cert file: Is a directory: /"),
        (KEY, KEY, "parse certs: the file has no certificate"),
        (CERT, "nowhere.pem", "load key: No such file or directory: nowhere.pem"),
        (CERT, "/", "load key: Is a directory: /"),
        (CERT, CERT, "load key: the file has no private key"),
        (CERT, ENCRYPTED, "load key: the key is encrypted"),
        (CERT, str(CERTS / "old_encrypted_key.pem"), "load key: the key is encrypted"),
        (CERT, str(CERTS / "other_key.pem"), "TLS config: the key does not match the certificate"),
        (CERT, str(CERTS / "rsa_key.pem"), "TLS config: the key does not match the certificate"),
    ],
    ids=[
        "no-cert", "cert-folder", "cert-without-one", "no-key", "key-folder", "key-without-one", "encrypted",
        "old-encrypted", "other-key", "other-type-of-key",
    ],
)  # fmt: skip
def test_files_that_are_no_use(tmp_path: Path, is_built: bool, cert: str, key: str, detail: str) -> None:
    assert problem(tmp_path, is_built, cert, key) == detail


def test_files_with_broken_blocks(tmp_path: Path, is_built: bool, bad: str) -> None:
    # How it goes on is OpenSSL's text.
    assert problem(tmp_path, is_built, bad, KEY).startswith("parse certs: ")
    assert problem(tmp_path, is_built, CERT, bad).startswith("load key: ")


def test_files_that_cannot_be_read(tmp_path: Path, is_built: bool, unprivileged: list[str]) -> None:
    shut = tmp_path / "shut.pem"
    shut.write_text(Path(CERT).read_text() + Path(KEY).read_text())
    shut.chmod(0)
    denied = f"Permission denied: {shut}"
    assert problem(tmp_path, is_built, str(shut), KEY, unprivileged) == f"open cert file: {denied}"
    assert problem(tmp_path, is_built, CERT, str(shut), unprivileged) == f"load key: {denied}"


def test_nobody_is_asked_for_the_password_of_a_key(is_built: bool) -> None:
    """OpenSSL would ask on the terminal that controls the program."""
    setsid = shutil.which("setsid")
    if setsid is None:
        pytest.skip("a program gets a terminal of its own by setsid (Debian: util-linux), which is not there")
    terminal, inside = os.openpty()
    line = [setsid, "--ctty", *command(HANDLERS, is_built, CERT, ENCRYPTED)]
    with subprocess.Popen(line, stdin=inside, stdout=inside, stderr=inside, env=environment()) as process:
        os.close(inside)
        try:
            assert process.wait(SECONDS) == 0
        finally:
            process.kill()
            shown = os.read(terminal, 4096).decode()
            os.close(terminal)
    assert shown.splitlines() == ["[snow-rt] Failed to load TLS certificates: load key: the key is encrypted", "served"]
