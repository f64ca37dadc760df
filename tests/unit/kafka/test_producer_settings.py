"""What a record producer is configured with."""

from __future__ import annotations

import pytest

from rowtide.errors import ConfigError
from rowtide.kafka.producer import RecordProducer, producer_settings
from rowtide.kafka.queue import QueueGauge, queue_bytes, room_for_longest


def test_records_are_acknowledged_by_all_partitioned_as_by_java_and_retried_for_ever() -> None:
    given = producer_settings({"bootstrap.servers": "b:1"})
    assert given["acks"] == "all"
    assert given["enable.idempotence"] is True
    assert given["max.in.flight.requests.per.connection"] == 1
    assert given["partitioner"] == "murmur2_random"
    assert given["message.timeout.ms"] == 0
    assert given["queue.buffering.max.kbytes"] == 4 * 1024
    assert given["message.max.bytes"] == 1 << 20


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


def test_more_than_one_request_under_way_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    RecordProducer({"bootstrap.servers": "127.0.0.1:1"}).close(0)
    assert "can be lost" not in caplog.text
    properties = {"bootstrap.servers": "127.0.0.1:1", "max.in.flight.requests.per.connection": "5"}
    RecordProducer({**properties, "debug": "fetch"}).close(0)
    assert "can be lost" in caplog.text


def test_a_contradiction_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"producer\.override"):
        RecordProducer({"bootstrap.servers": "127.0.0.1:1", "acks": "1", "enable.idempotence": "true"})


def test_a_record_that_is_longer_than_the_queue_may_be_has_room() -> None:
    settings = producer_settings(
        {"bootstrap.servers": "b:1", "buffer.memory": "1048576", "max.request.size": "70000000"}
    )
    assert queue_bytes(settings) == 1 << 20
    assert room_for_longest(settings)["queue.buffering.max.kbytes"] > 70_000_000 >> 10


def test_short_records_are_bounded_by_their_number_too() -> None:
    given = producer_settings({"buffer.memory": str(32 << 20)})
    assert given["queue.buffering.max.messages"] == (32 << 20) // 320
    assert producer_settings({"queue.buffering.max.messages": "7"})["queue.buffering.max.messages"] == "7"


def test_the_queue_is_full_while_more_bytes_wait_than_may() -> None:
    gauge = QueueGauge(1000)
    gauge.sent(10, 600)
    assert not gauge.full(10)
    gauge.sent(5, 600)
    assert gauge.full(15)
    assert gauge.full(6)
    assert not gauge.full(5)
    assert not gauge.full(0)


def test_a_single_long_record_passes_an_empty_queue() -> None:
    gauge = QueueGauge(1000)
    gauge.sent(1, 60_000_000)
    assert gauge.full(1)
    assert not gauge.full(0)
