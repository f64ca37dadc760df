"""Listeners with every kind of store, asked by the client that workers ask each other with."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.responses import Response

from rowtide.errors import ConfigError
from rowtide.runtime.config import Listener
from rowtide.runtime.rest.app import RestApp
from rowtide.runtime.rest.http import Call, Route, json_response
from rowtide.runtime.rest.server import RestServer
from rowtide.runtime.rest_tls import client_context, server_context
from rowtide.runtime.worker_client import REQUEST_ERRORS, WorkerClient
from rowtide_dev import server_certificates

STORES = Path(__file__).parents[2] / "golden" / "keystores"
UNNAMED = {"ssl.endpoint.identification.algorithm": ""}
"""The certificates of the stores have no host in them."""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    server_certificates.write(folder)
    both = (folder / "server.pem").read_text() + (folder / "server-key.pem").read_text()
    (folder / "both.pem").write_text(both)
    return folder


async def base_url(call: Call) -> Response:
    return json_response(call.base_url)


@contextmanager
def served(options: Mapping[str, str], prefix: str = "listeners.https.") -> Iterator[str]:
    server = RestServer()
    server.bind([Listener("127.0.0.1", 0, "https")], server_context(options, prefix))
    server.start(RestApp([Route("GET", "/", base_url)], lambda: True))
    try:
        yield f"https://127.0.0.1:{server.port()}"
    finally:
        server.stop(1)


def ask(url: str, options: Mapping[str, str]) -> bytes:
    answer = WorkerClient(lambda: client_context(options)).request("GET", f"{url}/", b"", {}, 5)
    assert answer.status == 200
    return answer.content


def store(kind: str, file: str | Path, password: str = "secret") -> dict[str, str]:
    path = str(STORES / file)
    return {f"ssl.{kind}store.location": path, f"ssl.{kind}store.password": password}


@pytest.mark.parametrize("key", ["key.jks", "key.p12", "oldkey.p12"])
@pytest.mark.parametrize("trust", ["trust.jks", "trust.p12"])
def test_java_stores_serve_and_are_trusted(key: str, trust: str) -> None:
    with served(store("key", key)) as url:
        assert ask(url, {**store("trust", trust), **UNNAMED}) == f'"{url}"'.encode()


def test_a_key_with_a_password_of_its_own_serves() -> None:
    with served({**store("key", "otherkey.jks"), "ssl.key.password": "different"}) as url:
        # Without a trust store the certificates of the key store are trusted, as in Java.
        assert ask(url, {**store("key", "otherkey.jks"), "ssl.key.password": "different", **UNNAMED})


def test_pem_serves_from_files_and_from_text(certificates: Path) -> None:
    trust = {"ssl.truststore.location": str(certificates / "ca.pem")}
    with served({"ssl.keystore.location": str(certificates / "both.pem")}) as url:
        assert ask(url, trust)
    text = {
        "ssl.keystore.certificate.chain": (certificates / "server.pem").read_text(),
        "ssl.keystore.key": (certificates / "server-key.pem").read_text(),
    }
    with served(text) as url:
        assert ask(url, {"ssl.truststore.certificates": (certificates / "ca.pem").read_text()})


def test_options_with_the_prefix_hide_all_others(certificates: Path) -> None:
    options = {**store("key", "missing.jks"), "listeners.https.ssl.keystore.location": str(certificates / "both.pem")}
    with served(options) as url:
        assert ask(url, {"ssl.truststore.location": str(certificates / "ca.pem")})
    with pytest.raises(ConfigError, match=r"ssl\.keystore .*missing\.jks cannot be read"):
        server_context(options, "admin.listeners.https.")


def test_a_client_without_certificate_is_turned_away(certificates: Path) -> None:
    trust = {"ssl.truststore.location": str(certificates / "ca.pem")}
    key = {"ssl.keystore.location": str(certificates / "both.pem")}
    with served({**key, **trust, "ssl.client.auth": "required"}) as url:
        assert ask(url, {**key, **trust})
        with pytest.raises(REQUEST_ERRORS):
            ask(url, trust)
        with pytest.raises(REQUEST_ERRORS):
            ask(url, {**trust, **store("key", "key.jks")})
    with served({**key, **trust, "ssl.client.auth": "requested"}) as url:
        assert ask(url, trust)
        assert ask(url, {**key, **trust})


def test_strangers_and_wrong_names_are_not_trusted(certificates: Path) -> None:
    with (
        served(store("key", "key.jks")) as url,
        pytest.raises(ssl.SSLCertVerificationError, match=r"unable to get|self"),
    ):
        ask(url, {"ssl.truststore.location": str(certificates / "ca.pem")})
    with served(store("key", "key.jks")) as url, pytest.raises(ssl.SSLCertVerificationError, match="IP address"):
        ask(url, store("trust", "trust.jks"))


def test_versions_and_suites_are_restricted(certificates: Path) -> None:
    key = {"ssl.keystore.location": str(certificates / "both.pem")}
    suites = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384"
    context = server_context({**key, "ssl.enabled.protocols": "TLSv1.2", "ssl.cipher.suites": suites})
    names = [each["name"] for each in context.get_ciphers() if each["protocol"] == "TLSv1.2"]
    assert names == ["ECDHE-RSA-AES128-GCM-SHA256"]
    with served({**key, "ssl.enabled.protocols": "TLSv1.3"}) as url:
        trust = {"ssl.truststore.location": str(certificates / "ca.pem")}
        assert ask(url, trust)
        with pytest.raises(REQUEST_ERRORS):
            ask(url, {**trust, "ssl.enabled.protocols": "TLSv1.2"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"set ssl\.keystore\.location"),
        ({"listeners.https.ssl.client.auth": "none"}, r"set listeners\.https\.ssl\.keystore\.location"),
        (store("key", "key.jks", "wrong"), "the password is wrong"),
        (store("key", "one.pem"), "holds no private key"),
        ({**store("key", "key.jks"), "ssl.enabled.protocols": "SSLv3"}, "Value must be of TLSv1.2, TLSv1.3"),
        ({**store("key", "key.jks"), "ssl.cipher.suites": "TLS_NO_WITH_SUCH"}, "none of them is known"),
        ({"listeners.https.ssl.client.auth": "maybe"}, r"configuration listeners\.https\.ssl\.client\.auth"),
    ],
)
def test_wrong_options_name_the_way_out(options: Mapping[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        server_context(options)


def test_a_key_that_is_no_key_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        server_context({"ssl.keystore.certificate.chain": "x", "ssl.keystore.key": "-----BEGIN secret"})
    assert "secret" not in str(caught.value)
