"""Levels of this process's loggers under the names that Kafka Connect's clients use for them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

ROOT = "root"

_LEVELS = {
    "OFF": 100,
    "FATAL": logging.CRITICAL,
    "ERROR": logging.ERROR,
    "WARN": logging.WARNING,
    "INFO": logging.INFO,
    "DEBUG": logging.DEBUG,
    "TRACE": 5,
    "ALL": 1,
}


@dataclass(frozen=True, slots=True)
class LoggerLevel:
    """`last_modified` in ms since the epoch, None when the level is the one from the start."""

    level: str
    last_modified: int | None

    def to_json(self) -> dict[str, object]:
        return {"level": self.level, "last_modified": self.last_modified}


def is_level(name: str) -> bool:
    return name.upper() in _LEVELS


class LoggerLevels:
    """Thread-safe. The levels themselves are the process's."""

    def __init__(self, clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._clock_ms = clock_ms
        self._lock = threading.Lock()
        self._modified: dict[str, int] = {}

    def all(self) -> dict[str, LoggerLevel]:
        """The root logger and those that have a level of their own, by name."""
        with self._lock:
            named = {name: logger.level for name, logger in _loggers().items() if logger.level}
            levels = {**named, ROOT: logging.getLogger().level}
            return {name: LoggerLevel(_name(level), self._modified.get(name)) for name, level in sorted(levels.items())}

    def get(self, name: str) -> LoggerLevel | None:
        """The level in force for a logger; None when there is no such logger."""
        if name == ROOT:
            level = logging.getLogger().level
        elif name in _loggers():
            level = logging.getLogger(name).getEffectiveLevel()
        else:
            return None
        return LoggerLevel(_name(level), self._modified.get(name))

    def set(self, namespace: str, level: str) -> list[str]:
        """Sets the level of a logger and of all below it; answers the names of those that had another.

        `level` must be one (`is_level`).
        """
        number = _LEVELS[level.upper()]
        with self._lock:
            logger = logging.getLogger() if namespace == ROOT else logging.getLogger(namespace)
            below = [name for name in _loggers() if namespace == ROOT or name.startswith(f"{namespace}.")]
            changed = [name for name in below if logging.getLogger(name).getEffectiveLevel() != number]
            changed = sorted({*changed, *([namespace] if logger.level != number else [])})
            logger.setLevel(number)
            for name in below:
                logging.getLogger(name).setLevel(logging.NOTSET)
            self._modified.update(dict.fromkeys(changed, self._clock_ms()))
            return changed


def _loggers() -> dict[str, logging.Logger]:
    known = dict(logging.root.manager.loggerDict)
    return {name: logger for name, logger in known.items() if isinstance(logger, logging.Logger)}


def _name(level: int) -> str:
    """The most talkative level that lets everything of this one through."""
    return min((name for name, number in _LEVELS.items() if number >= level), key=_LEVELS.__getitem__, default="OFF")
