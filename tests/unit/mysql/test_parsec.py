"""The answer to MariaDB's parsec authentication: our bytes, and a signature that the server can check."""

from __future__ import annotations

import hashlib

import pymysql
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rowtide.mysql.parsec import answered

THEIRS, OURS, SALT = bytes(range(32)), bytes(range(32, 64)), b"eighteen bytes 123"


@pytest.mark.parametrize("exponent", [0, 1, 3])
def test_the_signature_is_of_both_sides_bytes_with_the_passwords_key(exponent: int) -> None:
    answer = answered(THEIRS, b"P" + bytes([exponent]) + SALT, b"secret", OURS)
    assert answer[:32] == OURS
    key = hashlib.pbkdf2_hmac("sha512", b"secret", SALT, 1024 * 2**exponent, 32)
    Ed25519PrivateKey.from_private_bytes(key).public_key().verify(answer[32:], THEIRS + OURS)


def test_our_bytes_are_others_each_time() -> None:
    assert answered(THEIRS, b"P\0" + SALT, b"x")[:32] != answered(THEIRS, b"P\0" + SALT, b"x")[:32]


@pytest.mark.parametrize(
    ("theirs", "derivation"), [(b"short", b"P\0salt"), (THEIRS, b"Q\0salt"), (THEIRS, b"P\4salt"), (THEIRS, b"")]
)
def test_nonsense_is_refused(theirs: bytes, derivation: bytes) -> None:
    with pytest.raises(pymysql.err.OperationalError, match="parsec"):
        answered(theirs, derivation, b"x")
