"""A TLS client whose records are in the test's hands: `ssl` between two BIOs, and TLS 1.3 records made one by one.

In: a port of this machine. Out: bytes of the wire, to be cut and joined at will; `Forger` also makes records that
no library sends (RFC 8446, 5.2 and 7.3). Its cipher is the one of OpenSSL's libcrypto, found by name.
"""

from __future__ import annotations

import contextlib
import ctypes
import hmac
import socket
import ssl
import struct
from pathlib import Path
from typing import Self

from tests.unit.services.raw_client import CERTS, LINES, head

HANDSHAKE, APPLICATION = 22, 23
KEY_UPDATE = b"\x18\0\0\1\1"
"""It asks for one in return."""
_KEY_SIZES = {"TLS_AES_128_GCM_SHA256": 16, "TLS_AES_256_GCM_SHA384": 32}
_GET_TAG = 0x10


class BioClient:
    """One connection, its TLS handshake done unless `shakes` is false."""

    def __init__(
        self, port: int, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3, *, keys: Path | None = None,
        receive_buffer: int | None = None, shakes: bool = True,
    ) -> None:  # fmt: skip
        context = ssl.create_default_context(cafile=str(CERTS / "ca.pem"))
        context.minimum_version = context.maximum_version = version
        if keys is not None:
            context.keylog_filename = str(keys)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        self.sock = socket.socket()
        self.sock.settimeout(5)
        if receive_buffer is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.connect(("127.0.0.1", port))
        self.plain = bytearray()
        if shakes:
            self.shake_hands()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.sock.close()

    def shake_hands(self, most: int = 1 << 16) -> None:
        """Write at most so many bytes at once."""
        while True:
            try:
                self.tls.do_handshake()
                self.write(self.outgoing.read(), most)
                return
            except ssl.SSLWantReadError:
                self.write(self.outgoing.read(), most)
                self.incoming.write(self.sock.recv(1 << 16))

    def write(self, wire: bytes, most: int = 1 << 16) -> None:
        """Write bytes of the wire, at most so many at once."""
        for at in range(0, len(wire), most):
            self.sock.sendall(wire[at : at + most])

    def records(self, *parts: bytes) -> bytes:
        """The wire's bytes of these parts, each of at least one record."""
        for part in parts:
            rest = memoryview(part)
            while rest:
                rest = rest[self.tls.write(rest) :]
        return self.outgoing.read()

    def notify(self) -> bytes:
        """The wire's bytes of a close_notify."""
        with contextlib.suppress(ssl.SSLError):
            self.tls.unwrap()
        return self.outgoing.read()

    def more(self) -> bool:
        """Read on; false when the stream has ended, with or without close_notify."""
        while True:
            try:
                data = self.tls.read(1 << 16)
            except ssl.SSLWantReadError:
                wire = self.sock.recv(1 << 16)
                if not wire:
                    return False
                self.incoming.write(wire)
                continue
            except ssl.SSLZeroReturnError:
                return False
            self.plain += data
            return bool(data)

    def read(self, count: int) -> bytes:
        """So many bytes of plaintext."""
        while len(self.plain) < count:
            if not self.more():
                raise EOFError(bytes(self.plain[:100]))
        found = bytes(self.plain[:count])
        del self.plain[:count]
        return found

    def rest(self) -> bytes:
        """All until the end."""
        with contextlib.suppress(ConnectionResetError):
            while self.more():
                pass
        return self.read(len(self.plain))

    def upgrade(self) -> None:
        """Do the opening handshake of a WebSocket."""
        self.write(self.records(head(*LINES)))
        self.read_head()

    def read_head(self) -> bytes:
        """A response head; what is behind it stays."""
        while b"\r\n\r\n" not in self.plain:
            assert self.more()
        return self.read(self.plain.index(b"\r\n\r\n") + 4)


class Forger(BioClient):
    """A client of TLS 1.3 that makes the records it sends itself; what it reads is `ssl`'s."""

    def __init__(self, port: int, folder: Path, receive_buffer: int | None = None) -> None:
        log = folder / "keys"
        super().__init__(port, keys=log, receive_buffer=receive_buffer)
        lines = (line.split() for line in log.read_text().splitlines() if not line.startswith("#"))
        self._secret = next(bytes.fromhex(line[2]) for line in lines if line[0] == "CLIENT_TRAFFIC_SECRET_0")
        cipher = self.tls.cipher()
        assert cipher is not None
        self._size = _KEY_SIZES[cipher[0]]
        self._hash = "sha256" if self._size == 16 else "sha384"
        self._use_keys()

    def _expand(self, label: bytes, size: int) -> bytes:
        """HKDF-Expand-Label; one block of HMAC is enough."""
        label = b"tls13 " + label
        info = struct.pack(">HB", size, len(label)) + label + b"\0\1"
        return hmac.digest(self._secret, info, self._hash)[:size]

    def _use_keys(self) -> None:
        self._key, self._iv, self._sent = self._expand(b"key", self._size), self._expand(b"iv", 12), 0

    def forge(self, kind: int, content: bytes) -> bytes:
        """A record of this content type."""
        inner = content + bytes((kind,))
        header = struct.pack(">BHH", APPLICATION, 0x0303, len(inner) + 16)
        nonce = (int.from_bytes(self._iv, "big") ^ self._sent).to_bytes(12, "big")
        self._sent += 1
        return header + _seal(self._key, nonce, header, inner)

    def update_keys(self) -> bytes:
        """A KeyUpdate; what is sent afterwards uses the new keys."""
        record = self.forge(HANDSHAKE, KEY_UPDATE)
        self._secret = self._expand(b"traffic upd", len(self._secret))
        self._use_keys()
        return record


def libcrypto() -> ctypes.CDLL | None:
    """OpenSSL's library, if it can be loaded."""
    for name in ("libcrypto.so.3", "libcrypto.so.1.1"):
        with contextlib.suppress(OSError):
            return ctypes.CDLL(name)
    return None


def _seal(key: bytes, nonce: bytes, header: bytes, plain: bytes) -> bytes:
    """AES-GCM: ciphertext and tag."""
    crypto = libcrypto()
    assert crypto is not None
    for name in ("EVP_CIPHER_CTX_new", "EVP_aes_128_gcm", "EVP_aes_256_gcm"):
        getattr(crypto, name).restype = ctypes.c_void_p
    cipher = crypto.EVP_aes_128_gcm() if len(key) == 16 else crypto.EVP_aes_256_gcm()
    state = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new())
    out, tag, size = ctypes.create_string_buffer(len(plain)), ctypes.create_string_buffer(16), ctypes.c_int()
    done = (
        crypto.EVP_EncryptInit_ex(state, ctypes.c_void_p(cipher), None, key, nonce),
        crypto.EVP_EncryptUpdate(state, None, ctypes.byref(size), header, len(header)),
        crypto.EVP_EncryptUpdate(state, out, ctypes.byref(size), plain, len(plain)),
        crypto.EVP_EncryptFinal_ex(state, None, ctypes.byref(size)),
        crypto.EVP_CIPHER_CTX_ctrl(state, _GET_TAG, 16, tag),
    )
    crypto.EVP_CIPHER_CTX_free(state)
    assert all(code == 1 for code in done)
    return out.raw + tag.raw
