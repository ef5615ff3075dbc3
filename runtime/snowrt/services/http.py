"""TLS for servers: the one routine that makes a server's configuration, shared by HTTP and WebSocket.

In: the paths of a PEM certificate chain and its PEM private key. Out: an `ssl.SSLContext`, or `TlsProblem`
with the text for the user (network.md 10). Callers look the routine up in this module at each call.
"""

from __future__ import annotations

import os
import re
import ssl

from snowrt.services.log import say

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_KEY = re.compile("-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----(.+?)-----END", re.DOTALL)

_MISMATCH = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")
"""What OpenSSL calls a key that does not belong to the certificate; the last for one of another kind."""


class TlsProblem(Exception):
    """The files do not make a TLS server; the text says which and why."""


def build_server_config(cert_path: str, key_path: str) -> ssl.SSLContext:
    """The configuration of a TLS server. Raises TlsProblem."""
    _check_certificates(_read(cert_path, "open cert file"))
    _check_key(_read(key_path, "load key"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    try:
        # An encrypted key was refused above; the empty password keeps OpenSSL from asking for one all the same.
        context.load_cert_chain(cert_path, key_path, password="")
    except ssl.SSLError as error:
        if error.reason in _MISMATCH:
            raise TlsProblem("TLS config: the key does not match the certificate") from error
        raise TlsProblem(f"load key: {_reason(error)}") from error
    except OSError as error:
        raise TlsProblem(f"load key: {error.strerror}") from error
    _warn_of_readable_key(key_path)
    return context


def _read(path: str, what: str) -> str:
    try:
        with open(path, encoding="latin-1") as file:
            return file.read()
    except OSError as error:
        raise TlsProblem(f"{what}: {error.strerror}: {path}") from error
    except ValueError as error:  # a NUL in the path
        raise TlsProblem(f"{what}: {error}") from error


def _check_certificates(text: str) -> None:
    blocks = _CERTIFICATE.findall(text)
    if not blocks:
        raise TlsProblem("parse certs: the file has no certificate")
    try:
        for block in blocks:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=ssl.PEM_cert_to_DER_cert(block))
    except ssl.SSLError as error:
        raise TlsProblem(f"parse certs: {_reason(error)}") from error
    except ValueError as error:
        raise TlsProblem(f"parse certs: {error}") from error


def _check_key(text: str) -> None:
    keys = _KEY.findall(text)
    if not keys:
        raise TlsProblem("load key: the file has no private key")
    kind, body = keys[0]
    if kind.startswith("ENCRYPTED") or "ENCRYPTED" in body.partition("\n\n")[0]:
        raise TlsProblem("load key: the key is encrypted")


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).lower().replace("_", " ")


def _warn_of_readable_key(path: str) -> None:
    if os.stat(path).st_mode & 0o004:
        say(f"warning: the key file {path} can be read by others")
