"""The registry client: which server it asks, with which credentials, when it tries again and what it says."""

from __future__ import annotations

import base64
import datetime
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from rowtide.converters.registry import Registry, RegistrySettings
from rowtide.converters.registry_access import access, tls_context
from rowtide.errors import ConfigError, DataError, RetriableError
from tests.unit.converters.scripted_registry import ScriptedRegistry, serving

TEXT = '{"type":"record","name":"R","fields":[]}'
UNAVAILABLE = (503, {"error_code": 50301, "message": "not now"})


@pytest.fixture
def server() -> Iterator[ScriptedRegistry]:
    with serving(ScriptedRegistry()) as running:
        yield running


def client(*urls: str, retries: int = 3, waits: list[float] | None = None, **options: str) -> Registry:
    given = {name.replace("__", "."): value for name, value in options.items()}
    settings = RegistrySettings(urls, access(given), 2, 2, retries)
    return Registry(settings, sleep=(waits if waits is not None else []).append)


def closed_port() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


def test_registers_under_a_quoted_subject(server: ScriptedRegistry) -> None:
    assert client(server.url).register("a/b c-value", TEXT, normalize=False) == 1
    method, path, headers, body = server.requests[0]
    assert (method, path, body) == ("POST", "/subjects/a%2Fb%20c-value/versions", {"schema": TEXT})
    assert headers["Content-Type"] == "application/vnd.schemaregistry.v1+json"
    assert "Authorization" not in headers


def test_asks_to_normalize_only_where_wanted(server: ScriptedRegistry) -> None:
    client(server.url).register("s", TEXT, normalize=True)
    client(server.url).find("s", TEXT, normalize=True)
    assert [path for _, path, _, _ in server.requests] == [
        "/subjects/s/versions?normalize=true",
        "/subjects/s?normalize=true",
    ]


def test_a_dead_server_is_passed_over_and_the_living_one_kept(server: ScriptedRegistry) -> None:
    waits: list[float] = []
    registry = client(closed_port(), server.url, waits=waits)
    for _ in range(2):
        assert registry.register("s", TEXT, normalize=False) == 1
    assert waits == []
    assert len(server.requests) == 2


def test_a_passing_failure_is_waited_for(server: ScriptedRegistry) -> None:
    waits: list[float] = []
    server.script = [UNAVAILABLE, (429, {"error_code": 429, "message": "slow down"}), (500, b"<html>")]
    assert client(server.url, waits=waits).register("s", TEXT, normalize=False) == 1
    assert [0.8 * longest <= wait <= longest for wait, longest in zip(waits, (1, 2, 4), strict=True)] == [True] * 3


def test_a_lasting_failure_is_retriable_and_repeats_the_servers_words(server: ScriptedRegistry) -> None:
    server.script = [UNAVAILABLE] * 3
    with pytest.raises(RetriableError, match="answered 503: not now"):
        client(server.url, retries=2).register("s", TEXT, normalize=False)
    assert len(server.requests) == 3


def test_no_server_at_all_is_retriable() -> None:
    with pytest.raises(RetriableError, match="refused"):
        client(closed_port(), retries=1).latest("s")


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [(409, 409, "incompatible"), (422, 42201, "refused"), (401, 401, "basic.auth.user.info"), (404, 40403, "40403")],
)
def test_a_refusal_is_no_reason_to_try_again(server: ScriptedRegistry, status: int, code: int, words: str) -> None:
    server.script = [(status, {"error_code": code, "message": "no"})]
    with pytest.raises(DataError, match=words):
        client(server.url).register("s", TEXT, normalize=False)
    assert len(server.requests) == 1


def test_an_answer_that_is_no_registrys_is_refused(server: ScriptedRegistry) -> None:
    server.script = [(200, b"<html>hello</html>")]
    with pytest.raises(DataError, match=r"schema\.registry\.url"):
        client(server.url).latest("s")


def test_references_are_fetched_before_what_needs_them(server: ScriptedRegistry) -> None:
    inner, middle = '{"type":"fixed","name":"I","size":1}', '{"type":"array","items":"I"}'
    server.script = [
        (200, {"schema": '"M"', "references": [{"name": "M", "subject": "m", "version": 2}]}),
        (200, {"schema": middle, "references": [{"name": "I", "subject": "i", "version": 1}]}),
        (200, {"schema": inner}),
    ]
    assert client(server.url).by_id(7).references == (inner, middle)
    assert [path for _, path, _, _ in server.requests] == [
        "/schemas/ids/7?fetchMaxId=false",
        "/subjects/m/versions/2",
        "/subjects/i/versions/1",
    ]


def test_other_types_of_schema_are_refused(server: ScriptedRegistry) -> None:
    server.script = [(200, {"schema": "{}", "schemaType": "JSON"})]
    with pytest.raises(DataError, match="of type JSON"):
        client(server.url).by_id(1)


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_credentials_of_a_url_go_into_a_header_only(server: ScriptedRegistry) -> None:
    registry = client(server.url.replace("://", "://us%40er:p%3Aw@"))
    registry.register("s", TEXT, normalize=False)
    assert server.requests[0][2]["Authorization"] == basic("us@er:p:w")


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({"basic.auth.credentials.source": "USER_INFO", "basic.auth.user.info": "u:p"}, basic("u:p")),
        (
            {
                "schema.registry.basic.auth.credentials.source": "USER_INFO",
                "schema.registry.basic.auth.user.info": "u:p",
            },
            basic("u:p"),
        ),
        (
            {
                "basic.auth.credentials.source": "SASL_INHERIT",
                "sasl.jaas.config": 'o.PlainLoginModule required username="k" password="s";',
            },
            basic("k:s"),
        ),
        ({"bearer.auth.credentials.source": "STATIC_TOKEN", "bearer.auth.token": "abc"}, "Bearer abc"),
    ],
)
def test_credentials_of_options(server: ScriptedRegistry, options: dict[str, str], header: str) -> None:
    client(server.url, **options).register("s", TEXT, normalize=False)
    assert server.requests[0][2]["Authorization"] == header


def oauth(issuer: str) -> dict[str, str]:
    return {
        "bearer.auth.credentials.source": "OAUTHBEARER",
        "bearer.auth.issuer.endpoint.url": issuer,
        "bearer.auth.client.id": "c",
        "bearer.auth.client.secret": "s",
        "bearer.auth.logical.cluster": "lsrc-1",
    }


def test_a_token_is_asked_for_once_while_it_lives(server: ScriptedRegistry) -> None:
    with serving(ScriptedRegistry(forms=True, script=[(200, {"access_token": "t1", "expires_in": 3600})])) as issuer:
        registry = client(server.url, **oauth(issuer.url))
        for _ in range(2):
            registry.register("s", TEXT, normalize=False)
        assert [headers["Authorization"] for _, _, headers, _ in server.requests] == ["Bearer t1"] * 2
        assert server.requests[0][2]["target-sr-cluster"] == "lsrc-1"
        assert [body for _, _, _, body in issuer.requests] == ["grant_type=client_credentials"]
        assert issuer.requests[0][2]["Authorization"] == basic("c:s")


def test_without_a_token_the_call_is_retriable(server: ScriptedRegistry) -> None:
    with pytest.raises(RetriableError, match="gave no token"):
        client(server.url, **oauth(closed_port())).latest("s")


def test_incomplete_credentials_are_refused() -> None:
    for options in (
        {"basic.auth.credentials.source": "USER_INFO"},
        {"basic.auth.credentials.source": "NONSENSE"},
        {"basic.auth.credentials.source": "SASL_INHERIT"},
        {"bearer.auth.credentials.source": "STATIC_TOKEN"},
        {"bearer.auth.credentials.source": "OAUTHBEARER"},
        {"bearer.auth.credentials.source": "CUSTOM"},
        {"bearer.auth.credentials.source": "STATIC_TOKEN", "basic.auth.credentials.source": "URL"},
    ):
        with pytest.raises(ConfigError):
            access(options)


def test_secrets_are_not_shown() -> None:
    made = access({"basic.auth.credentials.source": "USER_INFO", "basic.auth.user.info": "u:secret"})
    assert "secret" not in repr(made)
    assert base64.b64encode(b"u:secret").decode() not in repr(made)


@pytest.fixture
def authority(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 with its key as PEM, and the same as PKCS12 with the password `pw`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "registry")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, p12 = tmp_path / "store.pem", tmp_path / "store.p12"
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    password = serialization.BestAvailableEncryption(b"pw")
    p12.write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, password))
    return pem, p12


def test_stores_are_read_as_pem_and_pkcs12(authority: tuple[Path, Path]) -> None:
    pem, p12 = authority
    for options in (
        {"ssl.truststore.location": str(pem), "ssl.keystore.location": str(pem)},
        {
            "ssl.truststore.location": str(p12),
            "ssl.truststore.password": "pw",
            "ssl.keystore.location": str(p12),
            "ssl.keystore.password": "pw",
        },
    ):
        context = tls_context(options)
        assert [item["serialNumber"] for item in context.get_ca_certs()] == ["01"]
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname


def test_host_names_are_not_compared_where_the_option_is_empty(authority: tuple[Path, Path]) -> None:
    options = {"ssl.truststore.location": str(authority[0]), "ssl.endpoint.identification.algorithm": ""}
    assert not tls_context(options).check_hostname


def test_stores_that_cannot_be_read_are_refused(authority: tuple[Path, Path], tmp_path: Path) -> None:
    for options, words in (
        ({"ssl.truststore.location": str(tmp_path / "a.jks")}, "JKS store"),
        ({"ssl.truststore.location": str(tmp_path / "none.pem")}, "No such file"),
        ({"ssl.keystore.location": str(authority[1]), "ssl.keystore.password": "wrong"}, "keystore"),
    ):
        with pytest.raises(ConfigError, match=words):
            tls_context(options)
