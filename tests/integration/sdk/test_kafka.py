"""The consumer on a real broker: what real Debezium wrote, commits, crashes, rebalances."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rowtide_sdk import BrokerError, CommitPolicy, Consumer, HandlerError, Insert, RawMessage
from tests.unit.sdk import recordings

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parents[3]
IDLE_S = 4.0


@pytest.mark.parametrize("file", ["schema.jsonl", "plain.jsonl"])
def test_recordings_read_from_a_topic_are_as_from_memory(broker, group, file):
    topic = broker.topic()
    messages = recordings.messages(file)
    broker.produce(topic, messages)
    with Consumer(topic, group_id=group, bootstrap_servers=broker.address) as consumer:
        seen = list(consumer.until_idle(IDLE_S))
    expected = recordings.events(file)
    kinds = [type(event) for event in expected]
    heartbeats = [m.topic.startswith("__debezium-heartbeat") for m in messages]
    same_kind = [type(a) is kind or beat for a, kind, beat in zip(seen, kinds, heartbeats, strict=True)]
    assert all(same_kind)
    assert [e.message.value for e in seen] == [m.value for m in messages]
    assert [e.headers for e in seen] == [m.headers for m in messages]
    assert [e.after for e in seen if isinstance(e, Insert)] == [e.after for e in expected if isinstance(e, Insert)]
    assert [e.offset for e in seen] == list(range(len(messages)))
    assert broker.committed(group, topic) == {0: len(messages)}


def test_after_a_handlers_error_the_next_run_starts_with_its_event(broker, group, orders):
    topic = broker.topic()
    broker.produce(topic, orders(60))
    first, second = [], []

    def handler(event):
        if event.offset == 37:
            raise RuntimeError("no room")
        first.append(event.offset)

    with pytest.raises(HandlerError, match=rf"{topic}\[0\] at offset 37"):
        with Consumer(topic, group_id=group, bootstrap_servers=broker.address) as consumer:
            consumer.run(handler)
    assert first == list(range(37))
    assert broker.committed(group, topic) == {0: 37}
    with Consumer(topic, group_id=group, bootstrap_servers=broker.address) as consumer:
        consumer.run(lambda event: second.append(event.offset), idle_s=IDLE_S)
    assert second == list(range(37, 60))


def test_a_killed_consumer_skips_nothing(broker, group, orders, tmp_path):
    topic, file = broker.topic(), tmp_path / "handled"
    broker.produce(topic, orders(300))
    program = _program(broker.address, topic, group, file, pause_s=0.01)
    _wait_for_lines(file, 70)
    program.kill()
    program.wait()
    before = _ids(file)
    [committed] = broker.committed(group, topic).values()
    assert 20 <= committed <= len(before) < 300
    program = _program(broker.address, topic, group, file, pause_s=0)
    _wait_for_lines(file, len(before) + 300 - committed)
    program.send_signal(signal.SIGTERM)
    assert program.wait(30) == 0
    assert _ids(file) == before + list(range(committed, 300))
    assert broker.committed(group, topic) == {0: 300}


def test_a_rebalance_commits_what_was_handled_and_hands_over_the_rest(broker, group, orders):
    topic = broker.topic(partitions=2)
    broker.produce(topic, orders(40, partitions=2))
    first, second = Member(broker.address, group, topic), Member(broker.address, group, topic)
    first.start()
    _wait_until(lambda: first.handled.total() == 40)
    assert broker.committed(group, topic) == {}
    second.start()
    _wait_until(lambda: broker.committed(group, topic) == {0: 20, 1: 20})
    broker.produce(topic, [_shifted(message, 40) for message in orders(20, partitions=2)])
    _wait_until(lambda: (first.handled + second.handled).total() >= 60)
    first.finish()
    second.finish()
    assert first.handled + second.handled == Counter(range(60))
    assert second.handled.total() == 10  # one of the two partitions
    assert broker.committed(group, topic) == {0: 30, 1: 30}


def test_a_consumer_too_slow_for_its_group_gets_its_events_again_and_skips_none(broker, group, orders):
    topic = broker.topic()
    broker.produce(topic, orders(30))
    seen: list[int] = []

    def handler(event):
        if seen.count(event.offset) == 0 and event.offset == 10:
            time.sleep(9)  # longer than max_poll_interval_ms: the group goes on without this member
        seen.append(event.offset)

    slow = {"max_poll_interval_ms": 6000, "session_timeout_ms": 6000, "heartbeat_interval_ms": 500}
    policy = CommitPolicy(events=5)
    with Consumer(topic, group_id=group, bootstrap_servers=broker.address, commit=policy, kafka=slow) as consumer:
        consumer.run(handler, idle_s=8)
    again = seen[seen.index(10) + 1 :]
    assert seen[:11] == list(range(11))
    assert sorted(set(seen)) == list(range(30))
    assert again[-20:] == list(range(10, 30))
    assert broker.committed(group, topic) == {0: 30}


class Member:
    """A consumer in a thread, whose commits come from rebalances alone, and from its end."""

    def __init__(self, address: str, group: str, topic: str) -> None:
        self.handled: Counter[int] = Counter()
        self._settings: dict[str, Any] = {"group_id": group, "bootstrap_servers": address}
        self._topic = topic
        self._thread = threading.Thread(target=self._consume)

    def start(self) -> None:
        rarely = CommitPolicy(each_batch=False, seconds=3600)
        fast = {"heartbeat_interval_ms": 300}
        self._consumer = Consumer(self._topic, commit=rarely, kafka=fast, **self._settings)
        self._thread.start()

    def _consume(self) -> None:
        with self._consumer as consumer:
            for event in consumer:
                assert isinstance(event, Insert)
                self.handled.update([event.after["id"]])

    def finish(self) -> None:
        self._consumer.stop()
        self._thread.join(30)
        assert not self._thread.is_alive()


def test_topics_by_pattern(broker, group, orders):
    topic = broker.topic()
    broker.produce(topic, orders(3))
    pattern = re.compile(re.escape(topic[:-2].upper()) + "..$", re.IGNORECASE)
    with Consumer(pattern, group_id=group, bootstrap_servers=broker.address) as consumer:
        assert [event.offset for event in consumer.until_idle(IDLE_S)] == [0, 1, 2]


def test_stop_from_another_thread_ends_a_waiting_consumer(broker, group):
    with Consumer(broker.topic(), group_id=group, bootstrap_servers=broker.address) as consumer:
        timer = threading.Timer(1.0, consumer.stop)
        timer.start()
        begun = time.monotonic()
        consumer.run(lambda event: None)
        assert time.monotonic() - begun < 10
        timer.join()


def test_no_broker_is_a_broker_error():
    with pytest.raises(BrokerError, match="no connection to Kafka"):
        Consumer("t", group_id="g", bootstrap_servers="127.0.0.1:1", kafka={"bootstrap_timeout_ms": 500})


def _program(address: str, topic: str, group: str, file: Path, *, pause_s: float) -> subprocess.Popen[bytes]:
    arguments = [address, topic, group, str(file), str(pause_s)]
    return subprocess.Popen([sys.executable, "-m", "tests.integration.sdk.order_program", *arguments], cwd=ROOT)


def _wait_for_lines(file: Path, count: int, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while len(_ids(file)) < count:
        assert time.monotonic() < deadline, f"{len(_ids(file))} of {count} after {timeout_s} s"
        time.sleep(0.05)


def _wait_until(reached: Callable[[], bool], timeout_s: float = 40) -> None:
    deadline = time.monotonic() + timeout_s
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _ids(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().splitlines()] if file.exists() else []


def _shifted(message: RawMessage, by: int) -> RawMessage:
    number = int((message.key or b"")[6:-1]) + by
    value = (message.value or b"").replace(b'{"id": %d}' % (number - by), b'{"id": %d}' % number)
    return RawMessage("", message.partition, -1, -1, (), b'{"id":%d}' % number, value)
