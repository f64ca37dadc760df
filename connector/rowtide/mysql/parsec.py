"""MariaDB's authentication plugin parsec (11.6 and later), which the driver does not have.

The server sends 32 random bytes; asked with an empty packet, how to derive a key: `P`, exponent of the iterations (1),
salt. Of the password PBKDF2 makes an Ed25519 key, which signs the server's bytes and 32 of ours; the answer is these
and the signature (https://mariadb.com/docs/server/security/authentication/parsec).
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

import pymysql
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_RANDOM_BYTES = 32
_KEY_BYTES = 32
_ITERATIONS = 1024
_EXPONENT_MAX = 3
_CANNOT = 2061  # CR_AUTH_PLUGIN_ERR


class ParsecAuthentication:
    """A handler of the driver, made for one connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def authenticate(self, packet: Any) -> Any:
        """Answers the server's packet; the packet that follows. Raises pymysql.err.OperationalError."""
        connection = self._connection
        theirs = bytes(packet.read_all())
        connection.write_packet(b"")
        derivation = connection._read_packet()  # the driver's own handlers read so too
        derivation.check_error()
        # The protocol puts a 1 before what a plugin says in the course of its exchange.
        answer = answered(theirs, bytes(derivation.get_all_data()).removeprefix(b"\1"), connection.password)
        connection.write_packet(answer)
        result = connection._read_packet()
        result.check_error()
        return result


def answered(theirs: bytes, derivation: bytes, password: bytes, ours: bytes | None = None) -> bytes:
    """Our random bytes and the signature. Raises pymysql.err.OperationalError for a server that says nonsense."""
    if len(theirs) < _RANDOM_BYTES or derivation[:1] != b"P" or len(derivation) < 3 or derivation[1] > _EXPONENT_MAX:
        raise pymysql.err.OperationalError(_CANNOT, "The server asks for an unknown form of parsec authentication")
    ours = secrets.token_bytes(_RANDOM_BYTES) if ours is None else ours
    iterations = _ITERATIONS << derivation[1]
    key = hashlib.pbkdf2_hmac("sha512", password, derivation[2:], iterations, _KEY_BYTES)
    return ours + Ed25519PrivateKey.from_private_bytes(key).sign(theirs[:_RANDOM_BYTES] + ours)
