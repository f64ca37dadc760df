"""What a record producer is configured with."""

from __future__ import annotations

import pytest

from rowtide.errors import ConfigError
from rowtide.kafka.producer import RecordProducer, producer_settings


def test_records_are_acknowledged_by_all_partitioned_as_by_java_and_retried_for_ever() -> None:
    given = producer_settings({"bootstrap.servers": "b:1"})
    assert given["acks"] == "all"
    assert given["enable.idempotence"] is True
    assert given["partitioner"] == "murmur2_random"
    assert given["message.timeout.ms"] == 0
    assert given["queue.buffering.max.kbytes"] == 65536


def test_the_users_settings_win() -> None:
    given = producer_settings({"linger.ms": "50", "delivery.timeout.ms": "1000", "buffer.memory": "1048576"})
    assert given["linger.ms"] == "50"
    assert given["message.timeout.ms"] == "1000"
    assert given["queue.buffering.max.kbytes"] == 1024


@pytest.mark.parametrize(
    "properties", [{"acks": "1"}, {"retries": "0"}, {"max.in.flight.requests.per.connection": "6"}]
)
def test_what_excludes_idempotence_switches_it_off(properties: dict[str, str]) -> None:
    assert producer_settings(properties)["enable.idempotence"] is False
    RecordProducer({"bootstrap.servers": "127.0.0.1:1", **properties}).close(0)


def test_a_contradiction_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"producer\.override"):
        RecordProducer({"bootstrap.servers": "127.0.0.1:1", "acks": "1", "enable.idempotence": "true"})
