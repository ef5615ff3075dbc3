"""`build_server_config`: what it makes, and the texts of what it refuses."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest

from snowrt.services import http
from tests.unit.services.raw_client import CERTS

CERT, KEY = str(CERTS / "cert.pem"), str(CERTS / "key.pem")


@pytest.mark.parametrize("key", ["key.pem", "sec1_key.pem"])
def test_a_server_configuration(key: str) -> None:
    context = http.build_server_config(CERT, str(CERTS / key))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.verify_mode == ssl.CERT_NONE
    assert context.options & ssl.OP_NO_COMPRESSION and context.options & ssl.OP_NO_RENEGOTIATION
    old = [c["name"] for c in context.get_ciphers() if c["protocol"] != "TLSv1.3"]
    assert old and all(name.startswith("ECDHE-") and ("GCM" in name or "CHACHA20" in name) for name in old)


def _problem(cert: str, key: str) -> str:
    with pytest.raises(http.TlsProblem) as found:
        http.build_server_config(cert, key)
    return str(found.value)


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.pem")
    assert _problem(missing, KEY) == f"open cert file: No such file or directory: {missing}"
    assert _problem(CERT, missing) == f"load key: No such file or directory: {missing}"
    assert _problem(str(tmp_path), KEY).startswith("open cert file: Is a directory")
    assert _problem("a\0b", KEY).startswith("open cert file: ")
    if os.getuid() != 0:
        (tmp_path / "shut.pem").write_text("")
        (tmp_path / "shut.pem").chmod(0)
        assert _problem(str(tmp_path / "shut.pem"), KEY).startswith("open cert file: Permission denied")


def test_bad_certificates(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("nothing")
    assert _problem(str(bad), KEY) == "parse certs: the file has no certificate"
    bad.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert _problem(str(bad), KEY).startswith("parse certs: ")
    bad.write_text("-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n")
    assert _problem(str(bad), KEY).startswith("parse certs: ")
    assert _problem(KEY, KEY) == "parse certs: the file has no certificate"


def test_bad_keys(tmp_path: Path) -> None:
    assert _problem(CERT, CERT) == "load key: the file has no private key"
    assert _problem(CERT, str(CERTS / "encrypted_key.pem")) == "load key: the key is encrypted"
    assert _problem(CERT, str(CERTS / "old_encrypted_key.pem")) == "load key: the key is encrypted"
    bad = tmp_path / "bad.pem"
    bad.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    assert _problem(CERT, str(bad)).startswith("load key: ")


@pytest.mark.parametrize("key", ["rsa_key.pem", "other_key.pem"])
def test_a_key_of_another_certificate(key: str) -> None:
    assert _problem(CERT, str(CERTS / key)) == "TLS config: the key does not match the certificate"


def test_other_blocks_and_chains_are_fine(tmp_path: Path) -> None:
    ca, cert = (CERTS / "ca.pem").read_text(), Path(CERT).read_text()
    mixed = tmp_path / "mixed.pem"
    mixed.write_text("comment\n-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n" + cert + ca)
    http.build_server_config(str(mixed), KEY)
    both = tmp_path / "both.pem"
    both.write_text(cert + Path(KEY).read_text())
    both.chmod(0o600)
    http.build_server_config(str(both), str(both))


def test_a_key_that_others_can_read_is_mentioned(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "key.pem"
    key.write_text(Path(KEY).read_text())
    key.chmod(0o644)
    http.build_server_config(CERT, str(key))
    assert capfd.readouterr().err == f"[snow-rt] warning: the key file {key} can be read by others\n"
