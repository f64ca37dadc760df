"""What must not be told: values of secret options and of config providers, kept out of logs, traces and answers."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Mapping
from urllib.parse import quote

HIDDEN = "[hidden]"

ENTRIES_MAX = 4096
LENGTH_MAX = 8192
_SECRET_MIN, _PROVIDED_MIN = 4, 6
"""Shorter values are words or numbers that stand in texts for something else."""

_SECRET_NAME = re.compile(
    r"(.*[._-])?(password|passwd|passphrase|secret|token|user\.info|jaas\.config|keystore\.key|private\.key|api\.?key)",
    re.IGNORECASE,
)
_JAAS_SECRET = re.compile(r"""\b\w*(?:password|secret)\w*\s*=\s*["']?([^"';\s]+)""", re.IGNORECASE)


def is_secret_name(option: str) -> bool:
    """Whether an option's name says that its value is a secret; also of options that nobody here declares."""
    return _SECRET_NAME.fullmatch(option) is not None


class Secrets:
    """The values that this process has seen. Thread-safe; forgets the oldest when there are too many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, None] = {}

    def learn(self, given: Mapping[str, str | None], resolved: Mapping[str, str | None]) -> None:
        """Takes in a configuration as it was given, and as it is with its placeholders replaced."""
        for name, value in resolved.items():
            if not value or len(value) > LENGTH_MAX:
                continue
            if is_secret_name(name):
                self._add(value, _SECRET_MIN)
                for part in _JAAS_SECRET.findall(value) if name.endswith("jaas.config") else ():
                    self._add(part, _SECRET_MIN)
            elif value != given.get(name):
                self._add(value, _PROVIDED_MIN)

    def hide(self, text: str) -> str:
        """The text without the values, where they stand as words of their own."""
        with self._lock:
            found = [value for value in self._values if value in text]
        for value in sorted(found, key=len, reverse=True):
            # Not within a longer name: the password `debezium` is no part of io.debezium.connector.
            text = re.sub(rf"(?<!\w)(?<!\w\.){re.escape(value)}(?!\w)(?!\.\w)", lambda _: HIDDEN, text)
        return text

    def _add(self, value: str, shortest: int) -> None:
        value = value.strip()
        if len(value) < shortest or value.lower() in ("true", "false"):
            return
        with self._lock:
            # Also as they stand in addresses, and in quotes.
            for form in (value, quote(value, safe=""), json.dumps(value)[1:-1], repr(value)[1:-1]):
                self._values.pop(form, None)
                self._values[form] = None
            while len(self._values) > ENTRIES_MAX:
                del self._values[next(iter(self._values))]


SECRETS = Secrets()
"""Of this process: log lines, wherever they come from, are to be kept free of them."""


class HidingFormatter(logging.Formatter):
    """A formatter whose lines, traces included, hold no secret."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRETS.hide(super().format(record))
