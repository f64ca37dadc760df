import logging

import pytest

from rowtide.errors import ConfigError
from rowtide.runtime.config import Listener, WorkerConfig

MINIMAL = {
    "bootstrap.servers": "k1:9092, k2:9092",
    "group.id": "g",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "config.storage.topic": "c",
    "offset.storage.topic": "o",
    "status.storage.topic": "s",
}


def test_defaults_are_kafkas():
    config = WorkerConfig(MINIMAL)
    assert config.items("bootstrap.servers") == ["k1:9092", "k2:9092"]
    assert config.number("offset.storage.partitions") == 25
    assert config.number("scheduled.rebalance.max.delay.ms") == 300000
    assert config.seconds("task.shutdown.graceful.timeout.ms") == 5
    assert config.text("connect.protocol") == "sessioned"
    assert config.listeners == [Listener("", 8083)]


def test_all_missing_options_are_named_in_one_error():
    with pytest.raises(ConfigError) as caught:
        WorkerConfig({})
    assert all(f'"{name}"' in str(caught.value) for name in MINIMAL)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"admin.listeners": "http"}, "expected protocol://host:port"),
        ({"listeners": "8083"}, "expected protocol://host:port"),
        ({"listeners": ""}, "at least one listener"),
        ({"listeners": "http://:99999"}, "at most 65535"),
        ({"listeners": "ftp://:1"}, "must be http or https"),
        ({"status.storage.topic": "c"}, "must be three topics"),
        ({"connect.protocol": "x"}, "connect.protocol"),
        ({"heartbeat.interval.ms": "10000"}, "less than session.timeout.ms"),
        ({"exactly.once.source.support": "enabled"}, "must be disabled"),
        ({"rest.extension.classes": "a.BasicAuth"}, "BasicAuthSecurityRestExtension alone; remove others"),
        ({"connector.client.config.override.policy": "Some"}, "one of All, None, Principal, Allowlist"),
        ({"session.timeout.ms": "soon"}, "Not a number of type INT"),
    ],
)
def test_wrong_options_name_the_way_out(options, message):
    with pytest.raises(ConfigError, match=message):
        WorkerConfig({**MINIMAL, **options})


@pytest.mark.parametrize(
    ("options", "url", "worker_id"),
    [
        ({"listeners": "http://10.1.2.3:0"}, "http://10.1.2.3:4711/", "10.1.2.3:4711"),
        ({"listeners": "http://[::1]:0"}, "http://[::1]:4711/", "::1:4711"),
        ({"rest.advertised.host.name": "w1", "rest.advertised.port": "80"}, "http://w1:80/", "w1:80"),
        ({"listeners": "https://w1:0"}, "https://w1:4711/", "w1:4711"),
        ({"listeners": "https://w1:0,HTTP://w2:0"}, "http://w2:4711/", "w2:4711"),
        ({"listeners": "http://w2:0,https://w1:0", "rest.advertised.listener": "HTTPS"}, "https://w1:4711/", "w1:4711"),
    ],
)
def test_the_worker_is_named_by_what_it_advertises(options, url, worker_id):
    config = WorkerConfig({**MINIMAL, **options})
    assert (config.advertised_url(4711), config.worker_id(4711)) == (url, worker_id)


@pytest.mark.parametrize(
    ("given", "listeners"),
    [({}, None), ({"admin.listeners": ""}, []), ({"admin.listeners": "https://a:1"}, [Listener("a", 1, "https")])],
)
def test_admin_listeners_are_apart_or_none_or_not_told(given, listeners):
    assert WorkerConfig({**MINIMAL, **given}).admin_listeners == listeners


def test_unknown_names_get_one_warning_each(caplog):
    options = {"bogus": "1", "plugin.path": "/p", "producer.linger.ms": "5", "key.converter.schemas.enable": "false"}
    with caplog.at_level(logging.WARNING):
        ignored = WorkerConfig({**MINIMAL, **options}).warn_unknown()
    assert ignored == ["bogus", "plugin.path"]
    assert len(caplog.records) == 2
    assert "'bogus' was supplied but isn't a known config" in caplog.text


def test_placeholders_resolve_and_stay_hidden(monkeypatch):
    monkeypatch.setenv("ROWTIDE_GROUP", "secret-group")
    provider = "org.apache.kafka.common.config.provider.EnvVarConfigProvider"
    options = {"config.providers": "env", "config.providers.env.class": provider, "group.id": "${env:ROWTIDE_GROUP}"}
    config = WorkerConfig({**MINIMAL, **options, "sasl.jaas.config": "p@ss"})
    assert config.group_id == "secret-group"
    assert config.raw["group.id"] == "${env:ROWTIDE_GROUP}"
    described = "\n".join(config.describe())
    assert "secret-group" not in described
    assert "p@ss" not in described
