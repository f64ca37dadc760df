"""What the C client reports, in our log, without its repetitions."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable

from confluent_kafka import KafkaError

_REPEAT_AFTER_S = 60.0
_MOST_TEXTS = 500
_CHANGING = re.compile(r"#(?:producer|consumer)-\d+|after \d+ms|\(in \d+ms\)|, \d+ identical error\(s\) suppressed")


class RepetitionFilter(logging.Filter):
    """Lets a text pass once a minute; a client that cannot connect says the same several times a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        text = _CHANGING.sub("", record.getMessage())
        now = self._clock()
        if now - self._said.get(text, float("-inf")) < _REPEAT_AFTER_S:
            return False
        if len(self._said) >= _MOST_TEXTS:
            self._said.clear()
        self._said[text] = now
        return True


client_logger = logging.getLogger("rowtide.kafka.client")
client_logger.addFilter(RepetitionFilter())


def log_error(error: KafkaError) -> None:
    """Logs what a client gave to its error callback. Lost connections are in its log lines already."""
    if error.code() != KafkaError._TRANSPORT:
        client_logger.warning("%s (%s)", error.str(), error.name())
