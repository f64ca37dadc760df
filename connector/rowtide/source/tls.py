"""TLS contexts from `database.ssl.*`."""

from __future__ import annotations

import secrets
import ssl
import tempfile
from collections.abc import Mapping

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from rowtide.config.key_stores import KeyStore, read_key_store
from rowtide.errors import ConfigError

_OFF = ("disabled", "disable")
_UNVERIFIED = ("preferred", "required", "trust")
_AUTHORITY_ONLY = ("verify_ca", "verify-ca")


def context(values: Mapping[str, object]) -> tuple[ssl.SSLContext | None, bool]:
    """The context to use, None for plain text, and whether a server without TLS is refused.

    Raises:
        ConfigError: a store is missing, of an unknown kind, or its password is wrong.
    """
    mode = str(values["database.ssl.mode"]).strip().lower()
    if mode in _OFF:
        return None, False
    trust, key = (_store(values, f"database.ssl.{kind}store") for kind in ("trust", "key"))
    try:
        made = ssl.create_default_context(cadata=_authorities(trust) if trust else None)
    except ssl.SSLError as error:
        raise ConfigError(f"database.ssl.truststore {values['database.ssl.truststore']}: {error}.") from error
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT  # Java takes authorities without all the extensions too
    if mode in _UNVERIFIED:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif mode in _AUTHORITY_ONLY:
        made.check_hostname = False
    if key is not None:
        _load_key(made, key, str(values["database.ssl.keystore"]))
    return made, mode != "preferred"


def _store(values: Mapping[str, object], option: str) -> KeyStore | None:
    path, password = values.get(option), values.get(f"{option}.password")
    return read_key_store(str(path), str(password) if password else None, option) if path else None


def _authorities(store: KeyStore) -> str:
    certificates = store.certificates or store.chain
    if not certificates:
        raise ConfigError("database.ssl.truststore holds no certificate.")
    return b"\n".join(certificates).decode("ascii")


def _load_key(made: ssl.SSLContext, store: KeyStore, path: str) -> None:
    """The standard library takes a key from a file alone: it gets one that only we can open and decrypt."""
    if store.key is None or not store.chain:
        raise ConfigError(f"database.ssl.keystore {path} holds no private key with a certificate.")
    password = secrets.token_bytes(24).hex()
    key = load_pem_private_key(store.key, None)
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    with tempfile.NamedTemporaryFile(prefix="rowtide-") as file:
        file.write(encrypted + b"\n".join(store.chain))
        file.flush()
        try:
            made.load_cert_chain(file.name, password=password)
        except ssl.SSLError as error:
            raise ConfigError(f"database.ssl.keystore {path} cannot be used: {error}.") from error
