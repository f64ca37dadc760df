"""TLS contexts from `database.ssl.*`."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from rowtide.config.key_stores import KeyStore, read_key_store
from rowtide.config.tls import authorities, load_key
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
        made = ssl.create_default_context(cadata=authorities(trust, "database.ssl.truststore") if trust else None)
    except ssl.SSLError as error:
        raise ConfigError(f"database.ssl.truststore {values['database.ssl.truststore']}: {error}.") from error
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT  # Java takes authorities without all the extensions too
    if mode in _UNVERIFIED:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif mode in _AUTHORITY_ONLY:
        made.check_hostname = False
    if key is not None:
        load_key(made, key, f"database.ssl.keystore {values['database.ssl.keystore']}")
    return made, mode != "preferred"


def _store(values: Mapping[str, object], option: str) -> KeyStore | None:
    path, password = values.get(option), values.get(f"{option}.password")
    return read_key_store(str(path), str(password) if password else None, option) if path else None
