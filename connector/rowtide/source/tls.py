"""TLS contexts from `database.ssl.*`."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

from rowtide.errors import ConfigError

_OFF = ("disabled", "disable")
_UNVERIFIED = ("preferred", "required", "trust")
_AUTHORITY_ONLY = ("verify_ca", "verify-ca")


def context(values: Mapping[str, object]) -> tuple[ssl.SSLContext | None, bool]:
    """The context to use, None for plain text, and whether a server without TLS is refused.

    Raises:
        ConfigError: a file is missing or not PEM.
    """
    mode = str(values["database.ssl.mode"]).strip().lower()
    if mode in _OFF:
        return None, False
    trust, key = values.get("database.ssl.truststore"), values.get("database.ssl.keystore")
    for name, path in (("database.ssl.truststore", trust), ("database.ssl.keystore", key)):
        _check_pem(name, path)
    made = ssl.create_default_context(cafile=str(trust) if trust else None)
    if mode in _UNVERIFIED:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif mode in _AUTHORITY_ONLY:
        made.check_hostname = False
    if key:
        password = values.get("database.ssl.keystore.password")
        try:
            made.load_cert_chain(str(key), password=str(password) if password else None)
        except (ssl.SSLError, OSError) as error:
            raise ConfigError(f"database.ssl.keystore {key} cannot be used: {error}.") from error
    return made, mode != "preferred"


def _check_pem(name: str, path: object) -> None:
    if not path:
        return
    try:
        head = Path(str(path)).read_bytes()[:4096]
    except OSError as error:
        raise ConfigError(f"{name} {path} cannot be read: {error.strerror}.") from error
    if b"-----BEGIN" not in head:
        raise ConfigError(
            f"{name} {path} is not a PEM file.",
            hint="Convert a JKS or PKCS12 store: keytool -importkeystore -deststoretype PKCS12, then openssl "
            "pkcs12 -nodes -out FILE.pem.",
        )
