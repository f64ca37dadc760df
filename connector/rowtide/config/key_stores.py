"""Certificates and private keys out of PEM files, PKCS12 stores and Java's own stores (JKS).

JKS as sun.security.provider.JavaKeyStore and KeyProtector of the JDK write it; nothing of it is documented elsewhere.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from rowtide.errors import ConfigError

_JKS_MAGIC = b"\xfe\xed\xfe\xed"
_JCEKS_MAGIC = b"\xce\xce\xce\xce"
_DER_SEQUENCE = 0x30
_SALT_BYTES = _DIGEST_BYTES = 20
_KEY_PROTECTOR = bytes.fromhex("06 0a 2b 06 01 04 01 2a 02 11 01 01")
"""Object identifier 1.3.6.1.4.1.42.2.17.1.1 in DER."""

_PEM_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class KeyStore:
    """What a file holds, in PEM.

    Attributes:
        certificates: those that are trusted (of a trust store).
        key: private key without encryption, None where there is none.
        chain: certificates that belong to the key, its own first.
    """

    certificates: tuple[bytes, ...] = ()
    key: bytes | None = field(default=None, repr=False)
    chain: tuple[bytes, ...] = ()


def read_key_store(path: str, password: str | None, option: str, key_password: str | None = None) -> KeyStore:
    """Reads a file of any of the three kinds, which its content tells.

    Args:
        option: the setting that names the file, for messages.
        key_password: of the private key, where it has one of its own.

    Raises:
        ConfigError: the file cannot be read, is of another kind, or the password is wrong.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"{option} {path} cannot be read: {error.strerror}.") from error
    try:
        return _reader(data)(data, password, key_password or password)
    except _UnusableError as error:
        raise ConfigError(
            f"{option} {path} cannot be used: {error}.",
            hint=f"Give a PEM file, a PKCS12 or a JKS store, and its password as {option}.password.",
        ) from error


def read_pem_store(text: str, key_password: str | None, option: str) -> KeyStore:
    """Certificates, and perhaps a private key, given as text in PEM. Raises ConfigError, which never repeats it."""
    try:
        return _read_pem(text.encode(), None, key_password)
    except _UnusableError as error:
        raise ConfigError(f"{option} cannot be used: {error}.") from error


class _UnusableError(Exception):
    """The reason, as part of a sentence."""


def _reader(data: bytes) -> Callable[[bytes, str | None, str | None], KeyStore]:
    if _PEM_BLOCK.search(data):
        return _read_pem
    if data.startswith(_JKS_MAGIC):
        return lambda content, password, key_password: _Jks(content, password, key_password).read()
    if data.startswith(_JCEKS_MAGIC):
        raise _UnusableError("it is a JCEKS store, which is not supported (keytool -importkeystore converts it)")
    if data[:1] == bytes([_DER_SEQUENCE]):
        return _read_pkcs12
    raise _UnusableError("it is neither PEM nor PKCS12 nor JKS")


def _read_pem(data: bytes, _: str | None, key_password: str | None) -> KeyStore:
    certificates, key = [], None
    for match in _PEM_BLOCK.finditer(data):
        kind, block = match.group(1), match.group(0)
        if kind.endswith(b"CERTIFICATE"):
            certificates.append(block)
        elif kind.endswith(b"PRIVATE KEY"):
            key = _plain_key(block, key_password)
    return KeyStore(tuple(certificates), key, tuple(certificates) if key else ())


def _plain_key(block: bytes, password: str | None) -> bytes:
    encrypted = b"ENCRYPTED" in block
    try:
        key = serialization.load_pem_private_key(block, (password or "").encode() if encrypted else None)
    except (ValueError, TypeError) as error:
        raise _UnusableError("its private key cannot be read, perhaps for a wrong password") from error
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read_pkcs12(data: bytes, password: str | None, _: str | None) -> KeyStore:
    try:
        store = pkcs12.load_pkcs12(data, password.encode() if password is not None else None)
    except ValueError as error:
        raise _UnusableError("it is no PKCS12 store, or the password is wrong") from error
    others = [entry.certificate.public_bytes(Encoding.PEM) for entry in store.additional_certs]
    own = [store.cert.certificate.public_bytes(Encoding.PEM)] if store.cert is not None else []
    key = store.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) if store.key is not None else None
    return KeyStore(tuple(own + others), key, tuple(own + others) if key else ())


class _Jks:
    """Magic (4), version (4), count (4); entries; SHA-1 of password, a phrase and all before (20). Big-endian."""

    def __init__(self, data: bytes, password: str | None, key_password: str | None) -> None:
        self._data = data
        self._password = password
        self._key_password = key_password
        self._pos = len(_JKS_MAGIC)

    def read(self) -> KeyStore:
        self._check_digest()
        version = self._number(4)
        if version not in (1, 2):
            raise _UnusableError(f"it is a JKS store of the unknown version {version}")
        certificates: list[bytes] = []
        key, chain = None, list[bytes]()
        for _ in range(self._number(4)):
            tag = self._number(4)
            self._text()  # alias
            self._take(8)  # time of creation
            if tag == 1:
                protected = self._take(self._number(4))
                found = [self._certificate(version) for _ in range(self._number(4))]
                if key is None:
                    key, chain = self._key(protected), found
            elif tag == 2:
                certificates.append(self._certificate(version))
            else:
                raise _UnusableError(f"it has an entry of the unknown kind {tag}")
        return KeyStore(tuple(certificates), key, tuple(chain))

    def _check_digest(self) -> None:
        if len(self._data) < len(_JKS_MAGIC) + 8 + _DIGEST_BYTES:
            raise _UnusableError("it is cut off")
        if self._password is None:
            return  # Java reads trusted certificates without a password too
        phrase = _utf_16(self._password) + b"Mighty Aphrodite" + self._data[:-_DIGEST_BYTES]
        if hashlib.sha1(phrase).digest() != self._data[-_DIGEST_BYTES:]:  # noqa: S324 - the format's
            raise _UnusableError("it was changed, or the password is wrong")

    def _take(self, size: int) -> bytes:
        end = self._pos + size
        if end > len(self._data) - _DIGEST_BYTES:
            raise _UnusableError("it is cut off")
        part = self._data[self._pos : end]
        self._pos = end
        return part

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def _text(self) -> bytes:
        return self._take(self._number(2))

    def _certificate(self, version: int) -> bytes:
        if version == 2:
            self._text()  # X.509, always
        try:
            return x509.load_der_x509_certificate(self._take(self._number(4))).public_bytes(Encoding.PEM)
        except ValueError as error:
            raise _UnusableError("it has a certificate that is none") from error

    def _key(self, protected: bytes) -> bytes:
        """From EncryptedPrivateKeyInfo: salt (20), the key's bytes xor a chain of SHA-1, SHA-1 of password and key."""
        content = _octets(protected)
        salt, body, check = content[:_SALT_BYTES], content[_SALT_BYTES:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
        secret, digest, stream = _utf_16(self._key_password), salt, b""
        while len(stream) < len(body):
            digest = hashlib.sha1(secret + digest).digest()  # noqa: S324 - the format's
            stream += digest
        plain = bytes(one ^ other for one, other in zip(body, stream, strict=False))
        if hashlib.sha1(secret + plain).digest() != check:  # noqa: S324 - the format's
            raise _UnusableError("the password of its key is another one")
        try:
            key = serialization.load_der_private_key(plain, None)
        except ValueError as error:
            raise _UnusableError("its private key cannot be read") from error
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _utf_16(password: str | None) -> bytes:
    return (password or "").encode("utf-16-be")


def _octets(der: bytes) -> bytes:
    """The last of SEQUENCE { SEQUENCE { OBJECT IDENTIFIER, … }, OCTET STRING }."""
    _, sequence, _ = _der_value(der)
    _, algorithm, rest = _der_value(sequence)
    if not algorithm.startswith(_KEY_PROTECTOR):
        raise _UnusableError("its key is protected in an unknown way")
    _, octets, _ = _der_value(rest)
    return octets


def _der_value(data: bytes) -> tuple[int, bytes, bytes]:
    """Tag, content and what follows of the first value."""
    if len(data) < 2:
        raise _UnusableError("its key is cut off")
    tag, length, start = data[0], data[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    return tag, data[start : start + length], data[start + length :]
