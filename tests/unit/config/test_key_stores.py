"""Stores made by Java's keytool (tests/golden/keystores/make.sh) and PEM files, read."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from rowtide.config.key_stores import KeyStore, read_key_store
from rowtide.errors import ConfigError

FOLDER = Path(__file__).parents[2] / "golden" / "keystores"
OPTION = "database.ssl.truststore"


def read(name: str, password: str | None = "secret") -> KeyStore:
    return read_key_store(str(FOLDER / name), password, OPTION)


def certificates(*names: str) -> list[x509.Certificate]:
    return [x509.load_pem_x509_certificate((FOLDER / f"{name}.pem").read_bytes()) for name in names]


def loaded(blocks: tuple[bytes, ...]) -> list[x509.Certificate]:
    return sorted((x509.load_pem_x509_certificate(block) for block in blocks), key=lambda c: c.serial_number)


def in_order(found: list[x509.Certificate]) -> list[x509.Certificate]:
    return sorted(found, key=lambda c: c.serial_number)


@pytest.mark.parametrize("name", ["trust.jks", "trust.p12"])
def test_a_trust_store_gives_its_certificates(name: str) -> None:
    store = read(name)
    assert loaded(store.certificates) == in_order(certificates("one", "two"))
    assert store.key is None


def test_a_trust_store_of_an_older_java_is_read() -> None:
    assert loaded(read("old.p12").certificates) == certificates("one")


def test_certificates_of_jks_are_read_without_a_password() -> None:
    assert len(read("trust.jks", None).certificates) == 2


@pytest.mark.parametrize(("name", "certificate"), [("key.jks", "one"), ("key.p12", "two"), ("oldkey.p12", "one")])
def test_a_key_store_gives_the_key_of_its_certificate(name: str, certificate: str) -> None:
    store = read(name)
    (expected,) = certificates(certificate)
    assert loaded(store.chain) == [expected]
    assert store.key is not None
    assert load_pem_private_key(store.key, None).public_key() == expected.public_key()


@pytest.mark.parametrize("name", ["trust.jks", "trust.p12", "key.jks", "key.p12"])
def test_a_wrong_password_is_told(name: str) -> None:
    with pytest.raises(ConfigError, match=r"database\.ssl\.truststore.*password"):
        read(name, "wrong")


def test_a_key_with_a_password_of_its_own_is_told() -> None:
    with pytest.raises(ConfigError, match="password of its key"):
        read("otherkey.jks")


@pytest.mark.parametrize("encrypted", [False, True])
def test_pem_with_certificate_and_key_is_read(tmp_path: Path, encrypted: bool) -> None:
    store = read("key.p12")
    assert store.key is not None
    block = store.key
    if encrypted:
        key = load_pem_private_key(store.key, None)
        block = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    path = tmp_path / "both.pem"
    path.write_bytes(b"a comment\n" + store.chain[0] + block)
    found = read_key_store(str(path), "secret" if encrypted else None, OPTION)
    assert found.key == store.key
    assert loaded(found.chain) == loaded(store.chain)
    if encrypted:
        with pytest.raises(ConfigError, match="wrong password"):
            read_key_store(str(path), "wrong", OPTION)


@pytest.mark.parametrize("content", [b"", b"neither", b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce" * 9, b"\x30\x03abc"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "store"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="cannot be used"):
        read_key_store(str(path), "secret", OPTION)


def test_a_store_that_is_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    data = (FOLDER / "key.jks").read_bytes()
    path = tmp_path / "store"
    for size in range(4, len(data), 7):
        path.write_bytes(data[:size])
        for password in ("secret", None):
            with pytest.raises(ConfigError, match="cannot be used"):
                read_key_store(str(path), password, OPTION)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read("none.jks")


def test_the_key_is_not_printed() -> None:
    assert "PRIVATE" not in repr(read("key.jks"))
