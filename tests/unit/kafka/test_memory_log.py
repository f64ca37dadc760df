"""The log in memory keeps the promises of a log."""

from __future__ import annotations

import pytest

from rowtide.kafka.memory_log import MemoryLog, MemoryTopic
from tests.unit.kafka.log_conformance import PARTITIONS, LogConformance, OpenLog


class TestMemoryLog(LogConformance):
    @pytest.fixture
    def open_log(self) -> OpenLog:
        topic = MemoryTopic("test", PARTITIONS)
        return lambda on_record: MemoryLog(topic, on_record)
