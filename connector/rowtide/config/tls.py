"""What `ssl` contexts are made of: certificates and keys out of stores, ways of TLS under their Java names."""

from __future__ import annotations

import re
import secrets
import ssl
import tempfile
from collections.abc import Sequence

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from rowtide.config.key_stores import KeyStore
from rowtide.errors import ConfigError

VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
"""Of `ssl.enabled.protocols`; older ones are broken."""

_SUITE = re.compile(r"TLS_(?:(?P<exchange>\w+)_WITH_)?(?P<cipher>\w+)")


def authorities(store: KeyStore, option: str) -> str:
    """The certificates that a store trusts, in PEM; those of its key where it has no others, as in Java."""
    certificates = store.certificates or store.chain
    if not certificates:
        raise ConfigError(f"{option} holds no certificate.")
    return b"\n".join(certificates).decode("ascii")


def load_key(made: ssl.SSLContext, store: KeyStore, option: str) -> None:
    """The standard library takes a key from a file alone: it gets one that only we can open and decrypt.

    Args:
        option: the setting that names the store, and the store, for messages.
    """
    if store.key is None or not store.chain:
        raise ConfigError(f"{option} holds no private key with a certificate.")
    password = secrets.token_bytes(24).hex()
    key = load_pem_private_key(store.key, None)
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    with tempfile.NamedTemporaryFile(prefix="rowtide-") as file:
        file.write(encrypted + b"\n".join(store.chain))
        file.flush()
        try:
            made.load_cert_chain(file.name, password=password)
        except ssl.SSLError as error:
            raise ConfigError(f"{option} cannot be used: {error}.") from error


def restrict(made: ssl.SSLContext, protocols: Sequence[str], suites: Sequence[str], option: str) -> None:
    """Allows the given versions and, for TLS 1.2, cipher suites alone; suites may have Java's names or OpenSSL's.

    Args:
        option: prefix of the settings' names.
    """
    unknown = [name for name in protocols if name not in VERSIONS]
    if unknown or not protocols:
        raise ConfigError(
            f"Invalid value {','.join(protocols)} for configuration {option}ssl.enabled.protocols: "
            f"Value must be of {', '.join(VERSIONS)}"
        )
    versions = [VERSIONS[name] for name in protocols]
    made.minimum_version, made.maximum_version = min(versions), max(versions)
    older = [_suite(name) for name in suites if not _is_newest(name)]
    if not suites or (not older and made.minimum_version is ssl.TLSVersion.TLSv1_3):
        return
    if not older:
        # Only suites of TLS 1.3 are named: the older version has none that it may use.
        made.minimum_version = ssl.TLSVersion.TLSv1_3
        return
    try:
        made.set_ciphers(":".join(older))
    except ssl.SSLError as error:
        raise ConfigError(
            f"Invalid value {','.join(suites)} for configuration {option}ssl.cipher.suites: none of them is known"
        ) from error


def _is_newest(name: str) -> bool:
    return name.startswith("TLS_") and "_WITH_" not in name


def _suite(name: str) -> str:
    """TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is OpenSSL's ECDHE-RSA-AES128-GCM-SHA256."""
    match = _SUITE.fullmatch(name)
    if match is None:
        return name
    cipher = re.sub(r"(AES|CAMELLIA)_(\d+)", r"\1\2", match["cipher"]).replace("_CBC", "")
    cipher = cipher.replace("CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305")
    exchange = "" if match["exchange"] == "RSA" else f"{match['exchange']}-"
    return f"{exchange}{cipher}".replace("_", "-")
