"""The first program of docs/sdk.md, run as written against messages of real Debezium, and stopped by its signal."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.unit.sdk import guide, recordings

pytestmark = pytest.mark.kafka


def test_the_first_program_prints_what_the_guide_says_and_ends_by_its_signal(broker, group, tmp_path):
    topic = broker.topic()
    orders = [m for m in recordings.messages("schema.jsonl") if m.topic == "recorded.sdk_recorded.orders"]
    broker.produce(topic, orders)
    names = {"shop.inventory.orders": topic, "order-printer": group, "localhost:9092": broker.address}
    guide.write(tmp_path, names)
    expected = next(p.output for p in guide.programs() if p.name == "orders.py").splitlines()
    program = subprocess.Popen([sys.executable, "orders.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    lines = [program.stdout.readline().rstrip("\n") for _ in expected]
    program.send_signal(signal.SIGTERM)
    rest, _ = program.communicate(timeout=30)
    assert lines == expected
    assert (rest, program.returncode) == ("", 0)
    assert broker.committed(group, topic) == {0: len(orders)}
