"""Lines on pipes, and the messages they carry."""

from __future__ import annotations

import os

import pytest

from rowtide.errors import ConnectError, DataError
from rowtide.runtime.task.control import Control, obey
from rowtide.runtime.task.output import LINE_BYTES_MAX, OutputLog
from rowtide.runtime.task.pipes import LineReader, LineWriter, read_now
from rowtide.runtime.task.spec import TaskSpec, from_line, to_line
from rowtide.runtime.task.status import TRACE_CHARACTERS_MAX, trace_of


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_lines_come_whole_however_the_bytes_arrive(size):
    data = b"one\n\ntwo three\nfour"
    reader = LineReader()
    lines = [line for at in range(0, len(data), size) for line in reader.feed(data[at : at + size])]
    assert lines == [b"one", b"", b"two three"]
    assert reader.feed(b"\n") == [b"four"]


def test_too_long_line_is_dropped_and_the_next_read():
    reader = LineReader(limit=10)
    assert reader.feed(b"x" * 8) == []
    assert reader.feed(b"x" * 8) == []
    assert reader.feed(b"x" * 8 + b"\nnext\n") == [b"next"]
    assert reader.feed(b"y" * 11 + b"\nlast\n") == [b"last"]


def test_writer_keeps_what_the_pipe_does_not_take():
    read_fd, write_fd = os.pipe()
    try:
        writer = LineWriter()
        writer.write(b"early\n")
        writer.attach(write_fd)
        assert not writer.pending
        writer.write(b"x" * (1 << 20) + b"\n")
        assert writer.pending
        os.set_blocking(read_fd, False)
        received = bytearray()
        while data := read_now(read_fd):
            received += data
            writer.flush()
        assert received == b"early\n" + b"x" * (1 << 20) + b"\n"
        assert not writer.pending
        assert read_now(read_fd) is None
    finally:
        os.close(read_fd)
        os.close(write_fd)


def test_writer_forgets_when_the_reader_is_gone():
    read_fd, write_fd = os.pipe()
    os.close(read_fd)
    try:
        writer = LineWriter()
        writer.attach(write_fd)
        writer.write(b"nobody reads this\n")
        assert not writer.pending
        writer.detach()
    finally:
        os.close(write_fd)


def test_specification_survives_its_line_and_hides_its_configurations():
    spec = TaskSpec("c é", 3, "m:C", {"w": "1"}, {"password": "s\n"}, {"t": "😀"}, "PAUSED", 7, "1.2")
    line = to_line(spec.to_message())
    assert line.count(b"\n") == 1
    assert TaskSpec.from_message(from_line(line)) == spec
    assert "password" not in repr(spec)


@pytest.mark.parametrize("line", [b"", b"[]", b"{", b"\xff", b"1"])
def test_line_that_is_no_object_is_an_error(line):
    with pytest.raises(ConnectError):
        from_line(line)


def test_incomplete_specification_is_an_error():
    with pytest.raises(ConnectError, match="task_type"):
        TaskSpec.from_message({"connector": "c", "task_id": 0})


def test_commands_change_the_wishes():
    control = Control()
    obey({"command": "pause"}, control)
    assert control.paused
    obey({"command": "resume"}, control)
    assert not control.paused
    assert not control.take_commit()
    obey({"command": "commit"}, control)
    assert control.take_commit()
    assert not control.take_commit()
    obey({"command": "stop", "timeout_s": 2}, control)
    assert control.stopping
    assert 1.5 < control.time_to_stop(60) <= 2
    with pytest.raises(ConnectError, match="unknown command 'dance'"):
        obey({"command": "dance"}, control)


def test_time_to_stop_has_a_default_and_never_falls_below_zero():
    now = [0.0]
    control = Control(clock=lambda: now[0])
    control.request_stop()
    assert control.time_to_stop(5) == 5
    control.request_stop(2)
    now[0] = 10.0
    assert control.time_to_stop(5) == 0


def test_trace_begins_like_javas_and_tells_the_causes():
    try:
        try:
            raise ValueError("deep")
        except ValueError as error:
            raise DataError("shallow", hint="Do this.") from error
    except DataError as error:
        lines = trace_of(error).splitlines()
    assert lines[0] == "rowtide.errors.DataError: shallow Do this."
    assert lines[1] == "Traceback (most recent call last):"
    assert "ValueError: deep" in lines


def test_endless_trace_keeps_its_beginning_and_end():
    text = trace_of(DataError("a" * TRACE_CHARACTERS_MAX + "the end"))
    assert len(text) < TRACE_CHARACTERS_MAX + 100
    assert text.startswith("rowtide.errors.DataError: aaa")
    assert text.endswith("the end\n")
    assert "characters left out" in text


def test_output_is_logged_under_the_tasks_name_at_its_own_level(caplog):
    caplog.set_level("DEBUG")
    output = OutputLog("c", 2)
    output.feed(b"plain\nERROR a.b: bro")
    output.feed(b"ken\n  at line 1\nDEBUG x: fine\nrest")
    output.finish()
    assert [(r.levelname, r.message) for r in caplog.records] == [
        ("INFO", "[c|task-2] plain"),
        ("ERROR", "[c|task-2] a.b: broken"),
        ("ERROR", "[c|task-2]   at line 1"),
        ("DEBUG", "[c|task-2] x: fine"),
        ("DEBUG", "[c|task-2] rest"),
    ]
    assert output.last_lines()[-1] == "rest"


def test_output_without_line_ends_is_cut(caplog):
    caplog.set_level("INFO")
    output = OutputLog("c", 0)
    output.feed(b"x" * (3 * LINE_BYTES_MAX + 5))
    assert len(caplog.records) == 3
    output.finish()
    assert caplog.records[-1].message == "[c|task-0] xxxxx"
