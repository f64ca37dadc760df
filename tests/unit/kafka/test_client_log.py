"""A client that cannot connect must not fill the log."""

from __future__ import annotations

import logging

from rowtide.kafka.client_log import RepetitionFilter


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("x", logging.ERROR, "", 0, text, (), None)


def test_a_text_passes_once_a_minute_whatever_client_says_it() -> None:
    now = [0.0]
    rule = RepetitionFilter(clock=lambda: now[0])
    assert rule.filter(record("[rdkafka#producer-1] Connection refused (after 0ms in state CONNECT)"))
    assert not rule.filter(record("[rdkafka#producer-2] Connection refused (after 7ms in state CONNECT)"))
    assert rule.filter(record("another text"))
    now[0] = 60.0
    assert rule.filter(record("[rdkafka#producer-2] Connection refused (after 9ms in state CONNECT)"))
