"""Client properties: inheritance from the worker, and the names librdkafka gives them."""

from __future__ import annotations

import logging

import pytest
from confluent_kafka import Consumer, Producer

from rowtide.errors import ConfigError
from rowtide.kafka import settings
from rowtide.kafka.settings import librdkafka_settings, store_type, worker_client_properties

WORKER = {
    "bootstrap.servers": "b:9092",
    "group.id": "connect-cluster",
    "security.protocol": "SSL",
    "key.converter": "some.Converter",
    "config.storage.topic": "configs",
    "producer.linger.ms": "20",
    "producer.acks": "1",
    "consumer.fetch.min.bytes": "5",
    "admin.security.protocol": "PLAINTEXT",
}


def test_producers_inherit_the_bootstrap_servers_and_their_prefix_alone() -> None:
    assert worker_client_properties(WORKER, "producer.") == {
        "bootstrap.servers": "b:9092",
        "linger.ms": "20",
        "acks": "1",
    }


def test_a_connectors_overrides_win_over_the_worker() -> None:
    properties = worker_client_properties(WORKER, "producer.", {"acks": "all", "bootstrap.servers": "other:1"})
    assert (properties["acks"], properties["bootstrap.servers"]) == ("all", "other:1")


def test_admins_inherit_unprefixed_client_settings_under_their_own() -> None:
    assert worker_client_properties(WORKER, "admin.") == {
        "bootstrap.servers": "b:9092",
        "group.id": "connect-cluster",
        "security.protocol": "PLAINTEXT",
    }


def test_secrets_of_oauth_are_inherited_too() -> None:
    worker = {"sasl.oauthbearer.client.credentials.client.secret": "s", "enable.ssl.certificate.verification": "false"}
    assert worker_client_properties(worker, "") == worker


def test_the_workers_own_clients_get_client_settings_only() -> None:
    assert worker_client_properties(WORKER, "") == {
        "bootstrap.servers": "b:9092",
        "group.id": "connect-cluster",
        "security.protocol": "SSL",
    }


def test_java_names_become_librdkafkas() -> None:
    assert librdkafka_settings(
        {
            "bootstrap.servers": " b:9092 ",
            "delivery.timeout.ms": "2147483647",
            "buffer.memory": "33554432",
            "max.request.size": "5000000",
            "send.buffer.bytes": "-1",
            "compression.type": "zstd",
            "compression.zstd.level": "7",
            "request.timeout.ms": "20000",
        },
        "producer",
    ) == {
        "bootstrap.servers": "b:9092",
        "message.timeout.ms": 0,
        "queue.buffering.max.kbytes": 32768,
        "message.max.bytes": "5000000",
        "socket.send.buffer.bytes": 0,
        "compression.type": "zstd",
        "compression.level": "7",
        "request.timeout.ms": "20000",
    }


def test_consumers_have_one_time_limit_a_request() -> None:
    given = librdkafka_settings({"request.timeout.ms": "900000", "fetch.max.wait.ms": "9", "acks": "all"}, "consumer")
    assert given == {"socket.timeout.ms": 300_000, "fetch.wait.max.ms": "9"}


def test_java_only_names_are_dropped_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    assert librdkafka_settings({"key.serializer": "x", "interceptor.classes": "y", "linger.ms": "1"}, "admin") == {}
    assert not caplog.records


def test_an_unknown_name_is_warned_about_once(caplog: pytest.LogCaptureFixture, monkeypatch) -> None:
    monkeypatch.setattr(settings, "_warned", set())
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert librdkafka_settings({"no.such.property": "1"}, "producer") == {}
    assert [record.getMessage() for record in caplog.records] == [
        "Kafka client property no.such.property is not known here and has no effect"
    ]


def test_librdkafkas_own_names_pass() -> None:
    assert librdkafka_settings({"queue.buffering.max.messages": "9"}, "producer") == {
        "queue.buffering.max.messages": "9"
    }


@pytest.mark.parametrize("name", ["plugin.library.paths", "sasl.kerberos.kinit.cmd", "ssl.engine.location"])
def test_what_would_load_a_library_or_run_a_program_is_dropped(name: str) -> None:
    assert name not in librdkafka_settings({"bootstrap.servers": "k", name: "/tmp/x"}, "producer")


def test_what_goes_into_the_command_line_of_kinit_has_to_be_words() -> None:
    with pytest.raises(ConfigError, match=r"sasl\.kerberos\.keytab may hold letters"):
        librdkafka_settings({"sasl.kerberos.keytab": "x; touch /tmp/y"}, "producer")
    librdkafka_settings({"sasl.kerberos.keytab": "/etc/krb5.keytab"}, "producer")


def test_plain_and_scram_credentials_come_from_jaas() -> None:
    given = librdkafka_settings(
        {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "scram-sha-512",
            "sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required "
            'username="me" password="a\\"b;c";',
        },
        "producer",
    )
    assert given == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "scram-sha-512",
        "sasl.username": "me",
        "sasl.password": 'a"b;c',
    }


def test_oauth_credentials_come_from_jaas_and_properties() -> None:
    given = librdkafka_settings(
        {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "OAUTHBEARER",
            "sasl.oauthbearer.token.endpoint.url": "https://idp/token",
            "sasl.jaas.config": "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required "
            'clientId="id" clientSecret="secret" scope="kafka";',
        },
        "consumer",
    )
    assert given["sasl.oauthbearer.method"] == "oidc"
    assert given["sasl.oauthbearer.client.id"] == "id"
    assert given["sasl.oauthbearer.client.secret"] == "secret"
    assert given["sasl.oauthbearer.scope"] == "kafka"


def test_credentials_are_not_read_for_an_unsecured_protocol() -> None:
    assert librdkafka_settings({"sasl.jaas.config": "rubbish", "security.protocol": "PLAINTEXT"}, "admin") == {
        "security.protocol": "PLAINTEXT"
    }


def test_pem_stores_map_to_files_and_texts() -> None:
    given = librdkafka_settings(
        {
            "ssl.truststore.location": "/ca.pem",
            "ssl.truststore.type": "PEM",
            "ssl.keystore.location": "/key.pem",
            "ssl.keystore.type": "PEM",
            "ssl.key.password": "pw",
            "ssl.endpoint.identification.algorithm": "",
        },
        "producer",
    )
    assert given == {
        "ssl.ca.location": "/ca.pem",
        "ssl.certificate.location": "/key.pem",
        "ssl.key.location": "/key.pem",
        "ssl.key.password": "pw",
        "ssl.endpoint.identification.algorithm": "none",
    }
    texts = {"ssl.truststore.certificates": "CA", "ssl.keystore.certificate.chain": "CHAIN", "ssl.keystore.key": "KEY"}
    assert librdkafka_settings(texts, "producer") == {
        "ssl.ca.pem": "CA",
        "ssl.certificate.pem": "CHAIN",
        "ssl.key.pem": "KEY",
    }


def test_a_pkcs12_key_store_passes_and_a_jks_store_says_the_way_out() -> None:
    p12 = {"ssl.keystore.location": "/store.p12", "ssl.keystore.password": "pw"}
    assert librdkafka_settings(p12, "producer") == {
        "ssl.keystore.location": "/store.p12",
        "ssl.keystore.password": "pw",
    }
    for prefix in ("ssl.keystore", "ssl.truststore"):
        with pytest.raises(ConfigError, match=rf"{prefix}.location=/store.jks: a JKS store.*openssl.*PEM"):
            librdkafka_settings({f"{prefix}.location": "/store.jks"}, "admin")


def test_the_declared_store_type_wins_over_the_file_name() -> None:
    assert store_type("ssl.keystore", "/a.p12", {"ssl.keystore.type": "jks"}) == "JKS"
    assert store_type("ssl.keystore", "/a.bin", {}) == "JKS"


def test_librdkafka_accepts_what_is_made_of_all_mapped_names() -> None:
    shared = {"bootstrap.servers": "127.0.0.1:1", "client.id": "x", "retry.backoff.ms": "50", "send.buffer.bytes": "-1"}
    Producer({**librdkafka_settings({**shared, "buffer.memory": "1", "max.request.size": "9999"}, "producer")})
    Consumer({**librdkafka_settings({**shared, "group.id": "g", "isolation.level": "read_committed"}, "consumer")})
