"""How stores come to their log."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rowtide.kafka.admin import Admin
from rowtide.kafka.log import Log, OnRecord, TopicLog

LogFactory = Callable[[OnRecord], Log]
"""Makes a log, not started, that gives its records to the callback."""


def topic_log_factory(topic: str, properties: Mapping[str, str], *, admin: Admin | None = None) -> LogFactory:
    """A factory of logs on a Kafka topic; arguments as of `TopicLog`."""
    return lambda on_record: TopicLog(topic, properties, on_record, admin=admin)
