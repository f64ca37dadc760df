"""The errors.* options: which failures are retried, skipped or fatal."""

from __future__ import annotations

import logging

import pytest

from rowtide.connect.record import SourceRecord
from rowtide.errors import ConnectError, DataError, RetriableError
from rowtide.runtime.task.control import Control
from rowtide.runtime.task.tolerance import ErrorOptions, ErrorTolerance, Interrupted, SkipRecord


class Flaky:
    """Fails with the given errors, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


class Waits(Control):
    """Notes how long it was waited instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout_s: float, *, paused: bool | None = None) -> None:
        self.waits.append(timeout_s)


def tolerance(options: ErrorOptions, control: Control | None = None) -> ErrorTolerance:
    return ErrorTolerance("c-0", options, control or Waits())


def test_answer_passes_through():
    assert tolerance(ErrorOptions()).run("STAGE", "X", Flaky()) == "done"


@pytest.mark.parametrize("error", [DataError("bad"), RetriableError("later"), ZeroDivisionError("plugin bug")])
def test_failure_is_fatal_by_default_with_its_cause(error):
    subject = tolerance(ErrorOptions())
    with pytest.raises(ConnectError, match=r"Tolerance exceeded in error handler.*STAGE.*class X") as raised:
        subject.run("STAGE", "X", Flaky(error))
    assert raised.value.__cause__ is error
    assert subject.counts.total_record_failures == 1
    assert subject.counts.total_record_errors == 1
    assert subject.counts.total_records_skipped == 0


def test_tolerated_failure_skips_the_record():
    subject = tolerance(ErrorOptions(skip=True))
    with pytest.raises(SkipRecord):
        subject.run("STAGE", "X", Flaky(DataError("bad")))
    assert subject.counts.total_records_skipped == 1
    assert subject.counts.last_error_timestamp > 0


def test_only_retriable_failures_are_tried_again():
    control = Waits()
    flaky = Flaky(DataError("bad"))
    with pytest.raises(ConnectError):
        tolerance(ErrorOptions(retry_timeout_ms=-1), control).run("STAGE", "X", flaky)
    assert flaky.calls == 1
    assert control.waits == []


def test_pauses_double_from_300_ms():
    control = Waits()
    subject = tolerance(ErrorOptions(retry_timeout_ms=-1), control)
    assert subject.run("STAGE", "X", Flaky(*[RetriableError("later")] * 4)) == "done"
    assert control.waits == [0.3, 0.6, 1.2, 2.4]
    assert subject.counts.total_retries == 4
    assert subject.counts.total_record_errors == 0


def test_pauses_above_the_maximum_are_random_below_it():
    control = Waits()
    subject = tolerance(ErrorOptions(retry_timeout_ms=-1, retry_delay_max_ms=500), control)
    subject.run("STAGE", "X", Flaky(*[RetriableError("later")] * 30))
    assert control.waits[0] == 0.3
    assert all(0 <= wait < 0.5 for wait in control.waits)
    assert len(set(control.waits)) > 10


def test_retries_end_with_their_time():
    control = Control()
    subject = tolerance(ErrorOptions(retry_timeout_ms=100), control)
    flaky = Flaky(*[RetriableError("later")] * 1000)
    with pytest.raises(ConnectError):
        subject.run("STAGE", "X", flaky)
    assert flaky.calls == 2, "the pause of 300 ms is cut to the 100 ms that there are"


def test_failure_that_stops_being_retriable_is_final():
    subject = tolerance(ErrorOptions(retry_timeout_ms=-1))
    with pytest.raises(ConnectError) as raised:
        subject.run("STAGE", "X", Flaky(RetriableError("later"), DataError("bad")))
    assert isinstance(raised.value.__cause__, DataError)


def test_stop_ends_the_waiting():
    control = Control()
    control.request_stop()
    with pytest.raises(Interrupted):
        tolerance(ErrorOptions(retry_timeout_ms=-1), control).run("STAGE", "X", Flaky(RetriableError("later")))


@pytest.mark.parametrize(("include", "shown"), [(False, False), (True, True)])
def test_log_names_stage_and_class_and_the_record_only_on_request(caplog, include, shown):
    subject = tolerance(ErrorOptions(skip=True, log=True, log_record=include))
    subject.record = SourceRecord("t", None, None, None, None, "the value")
    with caplog.at_level(logging.ERROR), pytest.raises(SkipRecord):
        subject.run("VALUE_CONVERTER", "X", Flaky(DataError("bad")))
    assert "Error encountered in task c-0. Executing stage 'VALUE_CONVERTER' with class 'X'" in caplog.text
    assert ("the value" in caplog.text) is shown


def test_nothing_is_logged_unless_asked_for(caplog):
    with pytest.raises(SkipRecord):
        tolerance(ErrorOptions(skip=True)).run("STAGE", "X", Flaky(DataError("bad")))
    assert caplog.text == ""
