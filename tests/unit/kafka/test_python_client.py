"""Client properties as kafka-python takes them."""

from __future__ import annotations

import ssl

import pytest

from rowtide.errors import ConfigError
from rowtide.kafka.python_client import kafka_python_settings


def test_names_and_numbers_are_mapped() -> None:
    given = kafka_python_settings(
        {"bootstrap.servers": "a:1, b:2,", "client.id": "me", "request.timeout.ms": "40000", "acks": "all"}
    )
    assert given["bootstrap_servers"] == ["a:1", "b:2"]
    assert given["client_id"] == "me"
    assert given["request_timeout_ms"] == 40000
    assert given["security_protocol"] == "PLAINTEXT"
    assert given["reconnect_backoff_max_ms"] == 1000


def test_a_wrong_number_names_its_property() -> None:
    with pytest.raises(ConfigError, match=r"request\.timeout\.ms"):
        kafka_python_settings({"request.timeout.ms": "soon"})


def test_tls_without_stores_checks_against_the_systems_certificates() -> None:
    context = kafka_python_settings({"security.protocol": "ssl"})["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_host_names_may_go_unchecked_as_in_java() -> None:
    given = kafka_python_settings({"security.protocol": "SSL", "ssl.endpoint.identification.algorithm": ""})
    assert given["ssl_context"].check_hostname is False
    assert given["ssl_check_hostname"] is False


def test_scram_credentials_are_passed() -> None:
    given = kafka_python_settings(
        {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-256",
            "sasl.jaas.config": 'x.ScramLoginModule required username="u" password="p";',
        }
    )
    assert given["sasl_mechanism"] == "SCRAM-SHA-256"
    assert (given["sasl_plain_username"], given["sasl_plain_password"]) == ("u", "p")


@pytest.mark.parametrize(
    ("properties", "setting"),
    [
        ({"security.protocol": "SSL", "ssl.keystore.location": "/s.p12"}, "ssl.keystore.location"),
        ({"security.protocol": "SSL", "ssl.truststore.location": "/s.jks"}, "ssl.truststore.location"),
        ({"security.protocol": "SSL", "ssl.truststore.location": "/no/such.pem"}, r"ssl\.\*"),
        ({"security.protocol": "SASL_SSL", "sasl.mechanism": "OAUTHBEARER"}, "sasl.mechanism"),
    ],
)
def test_what_this_client_cannot_do_is_refused(properties: dict[str, str], setting: str) -> None:
    with pytest.raises(ConfigError, match=setting):
        kafka_python_settings(properties)
