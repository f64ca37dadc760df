"""Decides by the errors.* options what follows when a transform or converter fails on a record: retry, skip or fail."""

from __future__ import annotations

import itertools
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from rowtide.connect.record import SourceRecord
from rowtide.errors import ConnectError, RetriableError
from rowtide.runtime.task.control import Control

_log = logging.getLogger(__name__)

T = TypeVar("T")

_FIRST_DELAY_MS = 300.0


class SkipRecord(Exception):  # noqa: N818 - not an error: the record is to be left out
    """Raised through a record's stages when its failure is tolerated."""


class Interrupted(Exception):  # noqa: N818 - not an error either
    """The task was asked to stop before a record could be finished."""


@dataclass(frozen=True, slots=True)
class ErrorOptions:
    """The errors.* options of a connector; retry_timeout_ms is -1 to retry for ever."""

    retry_timeout_ms: int = 0
    retry_delay_max_ms: int = 60_000
    skip: bool = False
    log: bool = False
    log_record: bool = False

    @classmethod
    def of(cls, options: Mapping[str, object]) -> ErrorOptions:
        """From the framework's parsed options."""
        return cls(
            retry_timeout_ms=cast("int", options["errors.retry.timeout"]),
            retry_delay_max_ms=cast("int", options["errors.retry.delay.max.ms"]),
            skip=options["errors.tolerance"] == "all",
            log=bool(options["errors.log.enable"]),
            log_record=bool(options["errors.log.include.messages"]),
        )


@dataclass(slots=True)
class ErrorCounts:
    """Figures of Connect's task-error-metrics, under its names with underscores."""

    total_record_failures: int = 0
    total_record_errors: int = 0
    total_records_skipped: int = 0
    total_retries: int = 0
    total_errors_logged: int = 0
    last_error_timestamp: int = 0


class ErrorTolerance:
    """Runs steps on records under the connector's error options. For the loop's thread."""

    def __init__(self, label: str, options: ErrorOptions, control: Control, counts: ErrorCounts | None = None) -> None:
        self.counts = counts if counts is not None else ErrorCounts()
        self.record: SourceRecord | None = None
        """The record that is being worked on, for log lines."""
        self.before_recovery: Callable[[], object] = lambda: None
        """Called when a step has failed, before it is done again or given up."""
        self._label = label
        self._options = options
        self._control = control

    def run(self, stage: str, class_name: str, step: Callable[[], T]) -> T:
        """The step's answer.

        Raises:
            SkipRecord: it failed and the failure is tolerated.
            ConnectError: it failed; the cause is chained.
            Interrupted: the task is to stop while the step waits for its next attempt.
        """
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - plugins raise what they like
            return self.recovered(stage, class_name, step, error)

    def recovered(self, stage: str, class_name: str, step: Callable[[], T], error: Exception) -> T:
        """As `run`, for a step that was done once and failed with that error."""
        self.before_recovery()
        failure = error
        deadline = self._deadline()
        for attempt in itertools.count(1):
            self.counts.total_record_failures += 1
            left = deadline - time.monotonic()
            if left <= 0 or not isinstance(failure, RetriableError):
                break
            self._control.wait(min(left, self._delay_s(attempt)))
            if self._control.stopping:
                raise Interrupted from failure
            self.counts.total_retries += 1
            try:
                return step()
            except Exception as again:  # noqa: BLE001 - as above
                failure = again
        raise self._verdict(stage, class_name, failure) from failure

    def _deadline(self) -> float:
        timeout = self._options.retry_timeout_ms
        return float("inf") if timeout < 0 else time.monotonic() + timeout / 1000

    def _delay_s(self, attempt: int) -> float:
        """As Connect: 300 ms doubling; beyond the maximum a random share of it."""
        longest = self._options.retry_delay_max_ms
        delay = _FIRST_DELAY_MS * 2 ** min(attempt - 1, 30)
        return (delay if delay <= longest else random.uniform(0, longest)) / 1000  # noqa: S311 - spreads load, no secret

    def _verdict(self, stage: str, class_name: str, failure: Exception) -> SkipRecord | ConnectError:
        self.counts.total_record_errors += 1
        self.counts.last_error_timestamp = int(time.time() * 1000)
        if self._options.log:
            self.counts.total_errors_logged += 1
            _log.error("%s", self._report(stage, class_name), exc_info=failure)
        if self._options.skip:
            self.counts.total_records_skipped += 1
            return SkipRecord()
        return ConnectError(
            "Tolerance exceeded in error handler",
            hint=f"(stage {stage}, class {class_name}; errors.tolerance=all would skip the record)",
        )

    def _report(self, stage: str, class_name: str) -> str:
        text = f"Error encountered in task {self._label}. Executing stage '{stage}' with class '{class_name}'"
        if self._options.log_record:
            text += f", where source record is = {self.record}"
        return text + "."
