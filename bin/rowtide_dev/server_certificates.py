"""Certificates for the servers of tests: an authority, a server on 127.0.0.1 and localhost, and a client."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_DAYS = 3650
_KEY_BITS = 2048


def write(folder: Path) -> None:
    """Writes ca.pem, server.pem, server-key.pem, client.pem and client-key.pem; nothing where they are there."""
    if (folder / "client.pem").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    authority_key = _key()
    authority = _certificate("rowtide test authority", authority_key, None)
    _write(folder / "ca.pem", authority)
    for name in ("server", "client"):
        key = _key()
        _write_key(folder / f"{name}-key.pem", key)
        _write(folder / f"{name}.pem", _certificate(name, key, (authority, authority_key)))


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)


def _certificate(
    name: str, key: rsa.RSAPrivateKey, issuer: tuple[x509.Certificate, rsa.RSAPrivateKey] | None
) -> x509.Certificate:
    """Self-signed, and an authority, when there is no issuer."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer is None:
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        return builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer[1].public_key())
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    return (
        builder.add_extension(authority, critical=False)
        .add_extension(names, critical=False)
        .sign(issuer[1], hashes.SHA256())
    )


def _write(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _write_key(path: Path, key: rsa.RSAPrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
