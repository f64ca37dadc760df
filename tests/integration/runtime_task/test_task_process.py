"""A task's process from start to end, on a real broker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.kafka


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_all_records_arrive_and_a_graceful_stop_stores_the_newest_offset(runner):
    process = runner.start()
    runner.wait_for_state("RUNNING")
    runner.wait_for(lambda: len(runner.numbers()) == 100)
    assert runner.offset() is None, "nothing may be stored before the interval is over"
    assert process.stop(10) is True
    assert runner.states() == ["RUNNING", "STOPPED"]
    assert runner.numbers() == list(range(100))
    assert runner.offset() == {"next": 100}
    assert runner.trail_lines() == ["start 0", "commit 100", "stop"]
    assert not is_running(process.pid)


def test_offset_is_stored_under_connects_key_and_partition(runner):
    runner.task_config["count"] = "1"
    process = runner.start()
    runner.wait_for(lambda: len(runner.records()) == 1)
    process.stop(10)
    [(key, value)] = runner.stored()
    assert key == b'["%s",{"server":"numbers","shard":1}]' % runner.connector.encode()
    assert value == b'{"next":1}'


def test_restart_goes_on_from_the_stored_offset(runner):
    runner.start().stop(10)
    runner.wait_for_state("STOPPED")
    first = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) == 100)
    first.stop(10)
    runner.task_config["count"] = "150"
    second = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) == 150)
    second.stop(10)
    assert runner.numbers() == list(range(150))
    assert "start 100" in runner.trail_lines()


def test_offset_stored_by_another_worker_is_found_and_overwritten_under_its_own_key(runner):
    key = b'["%s", {"shard": 1, "server": "numbers"}]' % runner.connector.encode()
    runner.store(key, b'{"next": 90}')
    process = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) == 10)
    process.stop(10)
    assert runner.numbers() == list(range(90, 100))
    stored = runner.stored()
    assert [entry for entry in stored if entry[0] == key][-1] == (key, b'{"next":100}')
    assert {entry[0] for entry in stored} == {key}


def test_connectors_own_offsets_topic_comes_first_and_both_are_written(runner, topics):
    own = topics()
    runner.config["offsets.storage.topic"] = own
    runner.worker |= {"offset.storage.partitions": "2", "offset.storage.replication.factor": "1"}
    key = b'["%s",{"server":"numbers","shard":1}]' % runner.connector.encode()
    runner.store(key, b'{"next":40}')
    first = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) == 60)
    first.stop(10)
    assert runner.numbers()[0] == 40, "the worker's topic is read where the own one has nothing"
    assert runner.reader.read(own) == [(key, b'{"next":100}')]
    assert runner.stored()[-1] == (key, b'{"next":100}')
    runner.store(key, b'{"next":10}')
    runner.task_config["count"] = "110"
    second = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) == 70)
    second.stop(10)
    assert runner.numbers()[-10:] == list(range(100, 110))


@pytest.mark.parametrize("value", [b"{not json", b"[1]", b"\xff\xfe"])
def test_offset_that_cannot_be_decoded_fails_the_task(runner, value):
    key = b'["%s",{"server":"numbers","shard":1}]' % runner.connector.encode()
    runner.store(key, value)
    runner.start()
    event = runner.wait_for_state("FAILED")
    assert "The stored offset" in event.trace.splitlines()[0]
    assert runner.records() == []


def test_deleted_offset_means_a_fresh_start(runner):
    key = b'["%s",{"server":"numbers","shard":1}]' % runner.connector.encode()
    runner.store(key, b'{"next": 90}')
    runner.store(key, None)
    process = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) == 100)
    process.stop(10)
    assert runner.trail_lines()[0] == "start 0"


def test_offset_is_stored_every_interval_and_on_request(runner):
    runner.worker["offset.flush.interval.ms"] = "300"
    runner.task_config |= {"count": "100000", "pause.ms": "20"}
    process = runner.start()
    runner.wait_for(lambda: len([line for line in runner.trail_lines() if line.startswith("commit")]) >= 3)
    assert runner.offset()["next"] <= len(runner.numbers())
    process.stop(10)
    runner.worker["offset.flush.interval.ms"] = "600000"
    process = runner.start()
    runner.wait_for_state("STOPPED", "RUNNING")
    before = len(runner.trail_lines())
    process.commit()
    runner.wait_for(lambda: len(runner.trail_lines()) > before)


def test_commit_is_called_also_when_nothing_is_new(runner):
    runner.worker["offset.flush.interval.ms"] = "200"
    runner.task_config["count"] = "10"
    runner.start()
    runner.wait_for(lambda: runner.trail_lines()[1:4] == ["commit 10", "commit None", "commit None"])


def test_pause_stores_offsets_and_resume_goes_on(runner):
    runner.task_config |= {"count": "100000", "pause.ms": "20"}
    process = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) > 20)
    process.pause()
    runner.wait_for_state("RUNNING", "PAUSED")
    sent = len(runner.numbers())
    assert runner.offset() == {"next": sent}
    time.sleep(0.5)
    assert len(runner.numbers()) == sent
    process.resume()
    runner.wait_for_state("RUNNING", "PAUSED", "RUNNING")
    runner.wait_for(lambda: len(runner.numbers()) > sent)
    assert process.stop(10) is True
    numbers = runner.numbers()
    assert numbers == list(range(len(numbers)))
    assert runner.trail_lines().count("start 0") == 1


def test_task_that_begins_paused_does_not_start(runner):
    process = runner.start("PAUSED")
    runner.wait_for_state("PAUSED")
    time.sleep(0.3)
    assert runner.trail_lines() == []
    process.resume()
    runner.wait_for_state("PAUSED", "RUNNING")
    runner.wait_for(lambda: len(runner.numbers()) == 100)


def test_task_that_begins_paused_stops_without_having_started(runner):
    process = runner.start("PAUSED")
    runner.wait_for_state("PAUSED")
    assert process.stop(10) is True
    assert runner.states() == ["PAUSED", "STOPPED"]
    assert runner.trail_lines() == []


def test_failing_start_is_reported_with_its_message(runner):
    runner.task_config["fail.start"] = "yes"
    process = runner.start()
    event = runner.wait_for_state("FAILED")
    first, second = event.trace.splitlines()[:2]
    assert first == "rowtide.errors.ServerError: the numbers are not available Set fail.start to nothing."
    assert second == "Traceback (most recent call last):"
    assert process.stop(10) is True
    assert runner.states() == ["FAILED"]
    assert runner.trail_lines() == ["stop"], "a task that has not started is not told of commits"


def test_failing_poll_stores_what_was_delivered_before(runner):
    runner.task_config["fail.at"] = "50"
    runner.start()
    event = runner.wait_for_state("RUNNING", "FAILED")
    assert event.trace.startswith("rowtide.errors.ServerError: no number comes after this one\n")
    assert runner.numbers() == list(range(50))
    assert runner.offset() == {"next": 50}


def test_retriable_failure_of_poll_is_polled_again(runner):
    runner.task_config["retriable"] = "2"
    process = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) == 100)
    process.stop(10)
    assert runner.states() == ["RUNNING", "STOPPED"]
    assert process.metrics["poll_retries"] == 2


def test_killed_process_is_a_failure_with_its_reason(runner):
    runner.task_config |= {"count": "100000", "pause.ms": "20"}
    process = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) > 20)
    os.kill(process.pid, signal.SIGKILL)
    event = runner.wait_for_state("RUNNING", "FAILED")
    assert f"(pid {process.pid}) ended unexpectedly: killed by SIGKILL" in event.trace.splitlines()[0]
    assert process.stop(1) is True
    assert runner.states() == ["RUNNING", "FAILED"]


@pytest.mark.parametrize(
    ("worker", "config", "expected"),
    [
        ({}, {"value.converter": "org.example.Missing"}, "Class org.example.Missing could not be found"),
        ({}, {"transforms": "a", "transforms.a.type": "Missing"}, "Class Missing could not be found"),
        ({}, {"transforms": "a"}, 'Missing required configuration "transforms.a.type"'),
        ({}, {"topic.creation.groups": "g"}, 'Missing required configuration "topic.creation.g.include"'),
        ({}, {"errors.tolerance": "some"}, "Invalid value some for configuration errors.tolerance"),
        ({"offset.flush.interval.ms": "soon"}, {}, "Invalid value soon for configuration offset.flush.interval.ms"),
    ],
)
def test_wrong_configuration_fails_the_task(runner, worker, config, expected):
    runner.worker |= worker
    runner.config |= config
    runner.start()
    event = runner.wait_for_state("FAILED")
    assert event.trace.startswith("rowtide.errors.ConfigError: ")
    assert expected in event.trace.splitlines()[0]


def test_missing_task_class_fails_the_task(runner):
    runner.task_class = "NoSuchTask"
    runner.start()
    assert "numbers:NoSuchTask cannot be loaded" in runner.wait_for_state("FAILED").trace


def test_missing_offsets_topic_fails_the_task(runner):
    runner.worker["offset.storage.topic"] = "t-test-there-is-none"
    runner.start()
    runner.wait_for(lambda: runner.states() == ["FAILED"], 60)
    assert runner.events[-1].trace.startswith("rowtide.errors.ConnectError: Failed to fetch offsets")


def test_placeholders_are_resolved_in_the_process(runner, monkeypatch):
    monkeypatch.setenv("NUMBERS_TOPIC", runner.topic)
    monkeypatch.setenv("NUMBERS_OFFSETS", runner.offsets_topic)
    runner.worker |= {
        "config.providers": "env",
        "config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
        "offset.storage.topic": "${env:NUMBERS_OFFSETS}",
    }
    runner.task_config["topic"] = "${env:NUMBERS_TOPIC}"
    process = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) == 100)
    process.stop(10)
    assert runner.offset() == {"next": 100}


def test_configuration_is_not_among_arguments_or_environment(runner):
    runner.config["database.password"] = "open-sesame"
    process = runner.start()
    runner.wait_for_state("RUNNING")
    for name in ("cmdline", "environ"):
        assert b"open-sesame" not in Path(f"/proc/{process.pid}/{name}").read_bytes()
    assert "open-sesame" not in repr(process.spec)


def test_topics_are_reported_once_after_their_records_are_acknowledged(runner):
    runner.worker["offset.flush.interval.ms"] = "200"
    runner.task_config |= {"count": "100000", "pause.ms": "20"}
    process = runner.start()
    runner.wait_for(lambda: len([line for line in runner.trail_lines() if line.startswith("commit")]) >= 3)
    process.stop(10)
    assert [event.topics for event in runner.events if event.topics] == [(runner.topic,)]


def test_missing_topic_is_created_by_its_group(runner, topics, admin):
    runner.topic = runner.task_config["topic"] = topics()
    runner.config |= {
        "topic.creation.groups": "numbers",
        "topic.creation.default.partitions": "1",
        "topic.creation.default.replication.factor": "1",
        "topic.creation.numbers.include": "t-test-.*",
        "topic.creation.numbers.partitions": "3",
        "topic.creation.numbers.retention.ms": "86400000",
    }
    process = runner.start()
    runner.wait_for(lambda: process.metrics.get("records_written") == 100)
    process.stop(10)
    assert sorted(runner.numbers()) == list(range(100))
    assert len(admin.list_topics(runner.topic, timeout=30).topics[runner.topic].partitions) == 3


def test_transforms_apply_and_the_offset_stays_before_a_dropped_record_at_the_end(runner):
    runner.task_config["count"] = "8"
    runner.config |= {
        "transforms": "suffix",
        "transforms.suffix.type": "tests.Suffix",
        "transforms.suffix.suffix": "x",
        "transforms.suffix.predicate": "even",
        "transforms.suffix.negate": "true",
        "predicates": "even",
        "predicates.even.type": "tests.IsEven",
    }
    process = runner.start()
    runner.wait_for(lambda: len(runner.records()) == 7)
    process.stop(10)
    assert [value for _, value in runner.records()] == [b"0", b"1x", b"2", b"3x", b"4", b"5x", b"6"]
    assert runner.offset() == {"next": 7}


def test_refused_record_fails_the_task_and_the_offset_stays_before_it(runner):
    runner.config |= {"value.converter": "tests.PlainConverter", "value.converter.refuse": "55"}
    runner.start()
    event = runner.wait_for_state("RUNNING", "FAILED")
    assert event.trace.startswith("rowtide.errors.ConnectError: Tolerance exceeded in error handler")
    assert "VALUE_CONVERTER" in event.trace.splitlines()[0]
    assert "rowtide.errors.DataError: this number is refused" in event.trace
    assert runner.numbers() == list(range(55))
    assert runner.offset() == {"next": 55}


def test_refused_record_is_skipped_where_that_is_wanted(runner, caplog):
    runner.config |= {
        "value.converter": "tests.PlainConverter",
        "value.converter.refuse": "55",
        "errors.tolerance": "all",
        "errors.log.enable": "true",
    }
    process = runner.start()
    runner.wait_for(lambda: len(runner.records()) == 99)
    process.stop(10)
    assert runner.numbers() == [number for number in range(100) if number != 55]
    assert process.metrics["errors"]["total_records_skipped"] == 1
    assert f"Error encountered in task {runner.connector}-0. Executing stage 'VALUE_CONVERTER'" in caplog.text
    assert runner.offset() == {"next": 100}


def test_retriable_failure_of_a_converter_is_tried_again(runner):
    runner.config |= {
        "value.converter": "tests.PlainConverter",
        "value.converter.retry": "55",
        "errors.retry.timeout": "10000",
    }
    process = runner.start()
    runner.wait_for(lambda: len(runner.records()) == 100)
    process.stop(10)
    assert runner.numbers() == list(range(100))
    assert process.metrics["errors"]["total_retries"] == 1


def test_output_appears_in_the_workers_log(runner, caplog):
    runner.task_config["retriable"] = "1"
    process = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) == 100)
    process.stop(10)
    lines = [r for r in caplog.records if r.message.startswith(f"[{runner.connector}|task-0] rowtide.")]
    assert any("polling failed" in r.message and r.levelname == "WARNING" for r in lines)


def test_refused_delivery_fails_the_task_and_stores_no_offset(runner, topics):
    runner.topic = runner.task_config["topic"] = topics(partitions=1, **{"max.message.bytes": "10"})
    runner.worker["offset.flush.interval.ms"] = "300"
    runner.start()
    event = runner.wait_for_state("RUNNING", "FAILED")
    assert event.trace.startswith(f"rowtide.errors.ConnectError: sending to topic {runner.topic} failed")
    assert runner.offset() is None


def test_hanging_task_is_killed_at_the_end_of_the_timeout(runner):
    runner.task_config["hang.at"] = "50"
    process = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) == 50)
    began = time.monotonic()
    assert process.stop(1.0) is False
    assert time.monotonic() - began < 3
    assert not is_running(process.pid)
    assert runner.states() == ["RUNNING", "STOPPED"]


def test_termination_signal_stops_gracefully(runner):
    process = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) == 100)
    os.kill(process.pid, signal.SIGINT)
    os.kill(process.pid, signal.SIGTERM)
    runner.wait_for_state("RUNNING", "STOPPED")
    assert runner.offset() == {"next": 100}


def test_silent_process_is_reported(runner, monkeypatch, caplog):
    monkeypatch.setattr("rowtide.runtime.task.health.SILENCE_REPORTED_S", 4.0)
    process = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) == 100 and bool(process.metrics))
    os.kill(process.pid, signal.SIGSTOP)
    runner.wait_for(lambda: f"its process {process.pid} hangs (T (stopped))" in caplog.text)
    os.kill(process.pid, signal.SIGCONT)
    assert process.stop(10) is True


def test_specification_larger_than_a_pipe_arrives(runner):
    runner.config |= {f"option.{i}": "x" * 1000 for i in range(1000)}
    process = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) == 100)
    assert process.stop(10) is True


def test_commands_given_right_after_the_start_are_obeyed(runner):
    process = runner.start()
    process.pause()
    runner.wait_for(lambda: runner.states()[-1:] == ["PAUSED"])
    assert process.stop(10) is True


def test_failing_listener_does_not_disturb_the_supervision(runner, monkeypatch):
    def listen(event):
        runner.events.append(event)
        raise ZeroDivisionError

    monkeypatch.setattr(runner, "_on_state", listen)
    process = runner.start()
    runner.wait_for(lambda: len(runner.numbers()) == 100)
    assert process.stop(10) is True
    assert runner.states() == ["RUNNING", "STOPPED"]


@pytest.mark.slow
def test_prepared_records_leave_fast(runner):
    """A floor far below what an idle machine does (see the figure that -s prints), to notice work a record too many."""
    runner.task_class = "PreparedTask"
    runner.task_config["count"] = "200000"
    process = runner.start()
    runner.wait_for(lambda: bool(process.metrics.get("task", {}).get("seconds")), 60)
    assert process.stop(30) is True
    rate = 200_000 / process.metrics["task"]["seconds"]
    print(f"{rate:,.0f} records/s")
    assert process.metrics["records_written"] == 200_000
    assert runner.offset() == {"next": 200_000}
    assert rate > 30_000


PARENT = """
import json, sys, time
from rowtide.runtime.task.spec import TaskSpec
from rowtide.runtime.task.supervisor import TaskProcess
spec = TaskSpec.from_message(json.loads(sys.stdin.readline()))
process = TaskProcess(spec, lambda event: print(event.state, flush=True))
process.start()
print(process.pid, flush=True)
time.sleep(600)
"""


def test_process_ends_when_its_worker_is_killed(runner):
    runner.task_config |= {"count": "100000", "pause.ms": "20"}
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        parent.stdin.write(json.dumps(runner.spec().to_message()) + "\n")
        parent.stdin.flush()
        pid = int(parent.stdout.readline())
        assert parent.stdout.readline() == "RUNNING\n"
        assert is_running(pid)
    finally:
        parent.kill()
        parent.communicate()
    deadline = time.monotonic() + 2
    while is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert runner.offset() is None, "a process whose worker is gone must not store offsets"
