"""The consumer's promises, on messages in memory: what counts as handled, and what is committed when."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass

import pytest

from rowtide_sdk import (
    CommitError,
    CommitPolicy,
    ConfigError,
    Consumer,
    DecodeError,
    HandlerError,
    Insert,
    MessageError,
    RawMessage,
    Row,
)
from rowtide_sdk import reader as reader_module
from rowtide_sdk.message_source import CommitOutcome
from rowtide_sdk.testing import MemorySource, message

SOURCE = {"db": "shop", "table": "orders", "name": "shop"}
TOPIC = "shop.shop.orders"
P0, P1 = (TOPIC, 0), (TOPIC, 1)


@dataclass
class Order:
    id: int


def order(offset: int, partition: int = 0, **columns: object) -> RawMessage:
    after = columns or {"id": offset}
    value = json.dumps({"before": None, "after": after, "source": SOURCE, "op": "c"}).encode()
    return message(TOPIC, None, value, partition=partition, offset=offset)


def orders(count: int) -> list[RawMessage]:
    return [order(offset) for offset in range(count)]


def ids(events: list[object]) -> list[int]:
    return [event.after["id"] for event in events if isinstance(event, Insert)]


class FailOn:
    """A handler that takes what it sees, but raises at one offset."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.seen: list[int] = []

    def __call__(self, event: object) -> None:
        assert isinstance(event, Insert)
        if event.offset == self.offset:
            raise RuntimeError("no room")
        self.seen.append(event.offset)


def test_everything_is_handed_over_in_order_and_committed():
    source = MemorySource(orders(250))
    seen: list[object] = []
    with Consumer.of(source) as consumer:
        consumer.run(seen.append, idle_s=0)
    assert ids(seen) == list(range(250))
    assert source.committed == {P0: 250}
    assert source.closed


def test_commits_come_after_each_batch_by_default():
    source = MemorySource(orders(250), poll_size=100)
    Consumer.of(source).run(lambda event: None, idle_s=0)
    assert source.commits == [{P0: 100}, {P0: 200}, {P0: 250}]


def test_commits_by_count():
    source = MemorySource(orders(7))
    consumer = Consumer.of(source, commit=CommitPolicy(each_batch=False, events=3, seconds=None))
    consumer.run(lambda event: None, idle_s=0)
    assert source.commits == [{P0: 3}, {P0: 6}, {P0: 7}]


def test_commits_by_time_are_checked_between_events():
    now = [100.0]
    source = MemorySource(orders(4))
    consumer = Consumer.of(source, commit=CommitPolicy(each_batch=False, seconds=10), clock=lambda: now[0])

    def handler(event):
        now[0] += 6

    consumer.run(handler, idle_s=0)
    assert source.commits == [{P0: 2}, {P0: 4}]


@pytest.mark.parametrize("failing", [0, 1, 99, 100, 101, 249])
def test_after_a_handlers_error_the_second_run_starts_with_its_event(failing):
    source = MemorySource(orders(250))
    handler = FailOn(failing)
    with pytest.raises(HandlerError) as caught, Consumer.of(source) as consumer:
        consumer.run(handler, idle_s=0)
    assert source.committed.get(P0, 0) == failing
    assert str(caught.value) == f"{TOPIC}[0] at offset {failing}: the handler raised RuntimeError"
    assert isinstance(caught.value.__cause__, RuntimeError)
    second = MemorySource(orders(250), committed=source.committed)
    rest: list[object] = []
    Consumer.of(second).run(rest.append, idle_s=0)
    assert handler.seen + ids(rest) == list(range(250))


def test_run_after_a_handlers_error_begins_with_the_same_event():
    consumer = Consumer.of(MemorySource(orders(5)))
    handler = FailOn(2)
    with pytest.raises(HandlerError):
        consumer.run(handler, idle_s=0)
    handler.offset = -1
    consumer.run(handler, idle_s=0)
    assert handler.seen == [0, 1, 2, 3, 4]


def test_an_exception_in_a_loop_leaves_its_event_uncommitted():
    source = MemorySource(orders(5))

    def loop() -> None:
        with Consumer.of(source) as consumer:
            for event in consumer:
                if event.offset == 3:
                    raise RuntimeError

    with pytest.raises(RuntimeError):
        loop()
    assert source.committed == {P0: 3}


def test_leaving_a_loop_by_break_commits_its_event():
    source = MemorySource(orders(5))
    with Consumer.of(source) as consumer:
        for event in consumer:
            if event.offset == 3:
                break
    assert source.committed == {P0: 4}


def test_a_second_loop_goes_on_where_the_first_was_left():
    consumer = Consumer.of(MemorySource(orders(6)))
    first = next(iter(consumer))
    rest = list(consumer.until_idle(0))
    assert ids([first, *rest]) == [0, 1, 2, 3, 4, 5]


def test_close_without_with_does_not_count_the_event_in_hand():
    source = MemorySource(orders(5))
    consumer = Consumer.of(source)
    next(consumer)
    next(consumer)
    consumer.close()
    consumer.close()
    assert source.committed == {P0: 1}


def test_stop_ends_after_the_event_in_hand_and_commits_it():
    source = MemorySource(orders(50))
    consumer = Consumer.of(source)
    seen: list[object] = []

    def handler(event):
        seen.append(event)
        if event.offset == 9:
            consumer.stop()

    consumer.run(handler)
    assert ids(seen) == list(range(10))
    assert source.committed == {P0: 10}
    assert list(consumer) == []


def test_system_exit_of_a_handler_passes_unchanged_and_commits_nothing_of_it():
    source = MemorySource(orders(5))

    def handler(event):
        if event.offset == 2:
            raise SystemExit(3)

    with pytest.raises(SystemExit), Consumer.of(source) as consumer:
        consumer.run(handler)
    assert source.committed == {P0: 2}


def test_a_row_that_does_not_fit_stops_the_consumer_with_its_position():
    source = MemorySource([order(0), order(1, other=5), order(2)])
    consumer = Consumer.of(source, rows=Order)
    for _ in range(2):  # asking again does not step over it
        with pytest.raises(DecodeError, match=r"shop.shop.orders\[0\] at offset 1: column id: missing"):
            consumer.run(lambda event: None, idle_s=0)
    consumer.close()
    assert source.committed == {P0: 1}


def test_the_error_hook_gets_message_and_error_and_the_rest_goes_on():
    source = MemorySource([order(0), order(1, other=5), order(2), order(3)])
    dead: list[tuple[RawMessage, MessageError]] = []
    handler = FailOn(2)
    consumer = Consumer.of(source, rows={"shop.orders": Order}, on_error=lambda raw, error: dead.append((raw, error)))
    consumer.run(handler, idle_s=0)
    assert handler.seen == [0, 3]
    assert [(raw.offset, type(error)) for raw, error in dead] == [(1, DecodeError), (2, HandlerError)]
    assert source.committed == {P0: 4}


@pytest.mark.parametrize("failing", [1, 2])
def test_what_the_error_hook_raises_ends_the_consumer(failing):
    source = MemorySource([order(0), order(1, other=5) if failing == 1 else order(1), order(2)])

    def hook(raw, error):
        raise OSError("the dead letters' queue is full")

    with pytest.raises(OSError, match="full"), Consumer.of(source, rows=Order, on_error=hook) as consumer:
        consumer.run(FailOn(failing), idle_s=0)
    assert source.committed == {P0: failing}


def test_partitions_are_committed_each_for_itself():
    source = MemorySource([order(5), order(7, 1), order(6), order(8, 1)], committed={P0: 5, P1: 7})
    Consumer.of(source).run(lambda event: None, idle_s=0)
    assert source.committed == {P0: 7, P1: 9}


def test_what_a_rebalance_takes_is_committed_as_far_as_handled():
    source = MemorySource([order(0), order(0, 1), order(1)])
    consumer = Consumer.of(source, commit=CommitPolicy(each_batch=False, seconds=3600))
    for _ in range(3):
        next(consumer)
    source.revoke([P0])
    assert source.committed == {P0: 1}
    consumer.close()
    assert source.committed == {P0: 1, P1: 1}


def test_a_commit_that_cannot_be_made_now_is_made_later():
    source = MemorySource(orders(20), poll_size=5)
    source.outcomes = [CommitOutcome.LATER]
    Consumer.of(source).run(lambda event: None, idle_s=0)
    assert source.committed == {P0: 20}


def test_lost_partitions_are_read_again_from_the_last_commit():
    source = MemorySource(orders(6), poll_size=6)
    source.outcomes = [CommitOutcome.DONE, CommitOutcome.LOST]
    seen: list[object] = []
    consumer = Consumer.of(source, commit=CommitPolicy(each_batch=False, events=2, seconds=None))
    consumer.run(seen.append, idle_s=0)
    assert ids(seen) == [0, 1, 2, 3, 2, 3, 4, 5]
    assert source.committed == {P0: 6}


def test_commits_that_never_work_are_an_error_in_the_end(monkeypatch):
    monkeypatch.setattr(reader_module, "COMMIT_PATIENCE_S", 0)
    source = MemorySource(orders(2))
    source.outcomes = [CommitOutcome.LATER] * 100
    consumer = Consumer.of(source)
    with pytest.raises(CommitError, match="no commit has worked"):
        consumer.run(lambda event: None, idle_s=0)


def test_an_error_while_closing_does_not_hide_the_first_one(monkeypatch):
    source = MemorySource(orders(2))
    monkeypatch.setattr(source, "commit", _refuse)
    with pytest.raises(HandlerError), Consumer.of(source) as consumer:
        consumer.run(FailOn(1), idle_s=0)
    assert source.closed


def test_an_error_while_closing_is_raised_where_there_is_no_other(monkeypatch):
    source = MemorySource(orders(2))
    monkeypatch.setattr(source, "commit", _refuse)
    with pytest.raises(CommitError), Consumer.of(source) as consumer:
        next(consumer)
    assert source.closed


def _refuse(offsets: object) -> CommitOutcome:
    raise CommitError("no permission")


def test_rows_are_of_the_class_given():
    [event] = Consumer.of(MemorySource([order(3)]), rows=Order).until_idle(0)
    assert isinstance(event, Insert)
    assert event.after == Order(3)
    [plain] = Consumer.of(MemorySource([order(3)])).until_idle(0)
    assert isinstance(plain, Insert)
    assert plain.after == Row({"id": 3})


@pytest.mark.parametrize(
    "settings",
    [{"events": 0}, {"events": 10**7}, {"seconds": -1}, {"seconds": 1e9}, {"each_batch": False, "seconds": None}],
)
def test_commit_policies_have_bounds(settings):
    with pytest.raises(ConfigError, match="CommitPolicy"):
        CommitPolicy(**settings)


def test_a_wrong_error_policy_is_refused():
    with pytest.raises(ConfigError, match="on_error"):
        Consumer.of(MemorySource([]), on_error="skip")  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("setting", "message_part"),
    [
        ({"group_id": ""}, "group_id must not be empty"),
        ({"kafka": {"enable_auto_commit": True}}, "enable_auto_commit cannot be given"),
        ({"kafka": {"value_deserializer": str}}, "value_deserializer cannot be given"),
        ({"kafka": {"no_such_setting": 1}}, "no_such_setting"),
        ({"rows": {"shop.orders": int}}, "neither a dataclass nor an attrs class"),
        ({"topics": []}, "topics must not be empty"),
    ],
)
def test_wrong_settings_are_found_before_any_broker_is_asked(setting, message_part):
    settings = {"topics": TOPIC, "group_id": "g", "bootstrap_servers": "127.0.0.1:1"} | setting
    with pytest.raises(ConfigError, match=message_part):
        Consumer(**settings)


def test_errors_of_the_handler_survive_pickling():
    error = HandlerError("the handler raised X", topic="t", partition=1, offset=2)
    assert str(pickle.loads(pickle.dumps(error))) == "t[1] at offset 2: the handler raised X"
