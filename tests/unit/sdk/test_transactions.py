"""Transactions are whole, in order and given once, however their topics are read."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowtide_sdk import (
    ConfigError,
    HandlerError,
    IncompleteTransactionError,
    RawMessage,
    TransactionConsumer,
    TransactionPolicy,
    WholeTransaction,
)
from rowtide_sdk.testing import MemorySource
from tests.unit.sdk.transaction_topics import PREFIX, TABLES, TOPIC, Topics

ALL = [f"{PREFIX}.{table}" for table in TABLES]
ORDERS, ITEMS, NOTES = TABLES


class Clock:
    """Goes on by a step each time it is asked."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 0.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def consumer(
    messages: Iterable[RawMessage],
    *,
    topics: Sequence[str] = tuple(ALL),
    clock: Clock | None = None,
    committed: Any = None,
    **policy: Any,
) -> tuple[TransactionConsumer[Any], MemorySource]:
    wanted = {*topics, TOPIC}
    source = MemorySource([m for m in messages if m.topic in wanted], committed=committed)
    rules = TransactionPolicy(**{"topic": TOPIC, **policy})
    return TransactionConsumer.of(source, topics=list(topics), transactions=rules, clock=clock or Clock(0.01)), source


def given_by(reader: TransactionConsumer[Any], idle_s: float = 5.0) -> list[Any]:
    return [shown(item) for item in reader.until_idle(idle_s)]


def shown(item: Any) -> Any:
    if isinstance(item, WholeTransaction):
        rows = [(event.source.table_name, event.after["id"]) for event in item]
        return (item.id, rows) if item.complete and not item.late else (item.id, rows, item.complete, item.late)
    return type(item).__name__, item.key["id"]


def interleaved(messages: Sequence[RawMessage], chooser: random.Random) -> list[RawMessage]:
    """Another order in which Kafka may give them: only that of each partition is kept."""
    queues: dict[Any, list[RawMessage]] = {}
    for message in messages:
        queues.setdefault(message.topic_partition, []).append(message)
    mixed = []
    while queues:
        partition = chooser.choice(sorted(queues))
        mixed.append(queues[partition].pop(0))
        if not queues[partition]:
            del queues[partition]
    return mixed


histories = st.lists(
    st.lists(st.tuples(st.sampled_from(TABLES), st.integers(1, 6)), min_size=1, max_size=6), min_size=1, max_size=8
)


@settings(max_examples=150, deadline=None)
@given(histories, st.randoms(use_true_random=False), st.integers(0, 1), st.booleans())
def test_transactions_are_whole_and_in_order_however_partitions_are_read(
    history: list[list[tuple[str, int]]], chooser: random.Random, memory: int, gtids: bool
) -> None:
    topics = Topics(gtids=gtids)
    for number, rows in enumerate(history, 1):
        topics.transaction(number, rows)
    mixed = interleaved(topics.messages, chooser)
    reader, source = consumer(mixed, memory_bytes=memory or 10_000_000)
    assert given_by(reader) == [(topics.id_of(number), rows) for number, rows in enumerate(history, 1)]
    reader.close()
    ends: dict[Any, int] = {}
    for message in mixed:
        ends[message.topic_partition] = message.offset + 1
    assert source.committed == ends


@settings(max_examples=100, deadline=None)
@given(histories, st.randoms(use_true_random=False), st.integers(0, 20))
def test_after_any_crash_reading_goes_on_with_the_first_transaction_that_was_not_handled(
    history: list[list[tuple[str, int]]], chooser: random.Random, handled: int
) -> None:
    topics = Topics()
    for number, rows in enumerate(history, 1):
        topics.transaction(number, rows)
    mixed = interleaved(topics.messages, chooser)
    expected = [(topics.id_of(number), rows) for number, rows in enumerate(history, 1)]
    reader, source = consumer(mixed)
    before: list[Any] = []

    def handler(item: Any) -> None:
        if len(before) == handled:
            raise RuntimeError("crash")
        before.append(shown(item))

    try:
        reader.run(handler, idle_s=5)
    except HandlerError:
        assert len(before) == handled
    reader.close()
    again, _ = consumer(interleaved(topics.messages, chooser), committed=source.committed)
    assert before + given_by(again) == expected


def test_tables_that_are_not_read_are_not_waited_for() -> None:
    topics = Topics()
    topics.transaction(1, [(ORDERS, 1), (NOTES, 1)])
    topics.transaction(2, [(NOTES, 2)])
    topics.transaction(3, [(ORDERS, 3)])
    reader, _ = consumer(topics.messages, topics=ALL[:2])
    assert given_by(reader) == [("0-1-1", [(ORDERS, 1)]), ("0-1-3", [(ORDERS, 3)])]


def test_tables_can_be_named_where_topics_are_called_otherwise() -> None:
    topics = Topics()
    topics.transaction(1, [(ORDERS, 1), (NOTES, 1)])
    reader, _ = consumer([m for m in topics.messages if "notes" not in m.topic], collections=[ORDERS, ITEMS])
    assert given_by(reader) == [("0-1-1", [(ORDERS, 1)])]


def test_events_without_a_transaction_keep_their_place_in_their_partition() -> None:
    topics = Topics()
    topics.read_row(ORDERS, 1)
    topics.begin(1)
    rows = [(ORDERS, 1), (ITEMS, 1)]
    topics.row(1, rows, 0)
    topics.read_row(ORDERS, 1)
    topics.append(f"{PREFIX}.{ORDERS}", 1, None, {"id": 7})
    topics.read_row(ORDERS, 2)
    topics.row(1, rows, 1)
    topics.end(1, rows)
    reader, _ = consumer(topics.messages)
    assert given_by(reader) == [("Read", 1), ("Read", 2), ("0-1-1", rows), ("Read", 1), ("Tombstone", 7)]


def test_what_is_sent_again_is_given_once() -> None:
    topics = Topics()
    history = {number: [(ORDERS, number), (ITEMS, number)] for number in (1, 2, 3)}
    for number, rows in history.items():
        topics.transaction(number, rows)
    for number in (2, 3):
        topics.transaction(number, history[number])
    topics.transaction(4, [(ORDERS, 4)])
    reader, source = consumer(topics.messages)
    expected = [(f"0-1-{number}", rows) for number, rows in history.items()]
    assert given_by(reader) == [*expected, ("0-1-4", [(ORDERS, 4)])]
    reader.close()
    assert source.committed[TOPIC, 0] == 12


def test_ids_that_come_again_on_another_server_are_other_transactions() -> None:
    topics = Topics(gtids=False)
    topics.transaction(1, [(ORDERS, 1)])
    topics.begin(1)
    topics.row(1, [(ORDERS, 3)], 0, ts_ms=5_000_000)
    topics.end(1, [(ORDERS, 3)])
    reader, _ = consumer(topics.messages)
    assert [rows for _, rows in given_by(reader)] == [[(ORDERS, 1)], [(ORDERS, 3)]]


def test_a_restart_within_a_transaction_is_survived_when_its_counts_are_wrong() -> None:
    topics = Topics()
    rows = [(ORDERS, 1), (ORDERS, 2), (ORDERS, 3), (ORDERS, 4)]
    topics.begin(1)
    topics.row(1, rows, 0)
    topics.row(1, rows, 1)
    topics.begin(1)  # the connector was restarted, and counts from where it goes on
    topics.row(1, rows, 2)
    topics.end(1, rows[2:])
    topics.row(1, rows, 3)
    reader, _ = consumer(topics.messages)
    ((_, found),) = given_by(reader)
    assert found == [(ORDERS, 1), (ORDERS, 2), (ORDERS, 3), (ORDERS, 4)]


def test_rows_that_come_after_their_transaction_was_given_are_told_as_late() -> None:
    topics = Topics()
    rows = [(ORDERS, 1), (ORDERS, 3)]
    topics.begin(1)
    topics.row(1, rows, 0)
    topics.end(1, rows[:1])
    topics.row(1, rows, 1)
    reader, source = consumer(topics.messages)
    assert given_by(reader) == [("0-1-1", rows[:1]), ("0-1-1", rows[1:], True, True)]
    reader.close()
    assert source.committed == {(TOPIC, 0): 2, (ALL[0], 1): 2}


def incomplete() -> Topics:
    topics = Topics()
    topics.begin(1)
    topics.row(1, [(ORDERS, 1), (ITEMS, 1)], 0)
    topics.end(1, [(ORDERS, 1), (ITEMS, 1)])
    topics.transaction(2, [(ORDERS, 2)])
    return topics


def test_an_incomplete_transaction_is_an_error_and_nothing_of_it_is_committed() -> None:
    reader, source = consumer(incomplete().messages, clock=Clock(1), timeout_s=30)
    with pytest.raises(IncompleteTransactionError, match=r"0-1-1 is incomplete: 1 of shop\.items did not come") as told:
        given_by(reader, 1000)
    assert told.value.transaction_id == "0-1-1"
    reader.close()
    assert source.committed.get((ALL[0], 1), 0) == 0


@pytest.mark.parametrize(("policy", "first"), [("give", [("0-1-1", [(ORDERS, 1)], False, False)]), ("skip", [])])
def test_an_incomplete_transaction_can_be_given_or_passed_over(policy: str, first: list[Any]) -> None:
    reader, source = consumer(incomplete().messages, clock=Clock(1), timeout_s=30, on_incomplete=policy)
    assert given_by(reader, 100) == [*first, ("0-1-2", [(ORDERS, 2)])]
    reader.close()
    assert source.committed == {(TOPIC, 0): 4, (ALL[0], 1): 1, (ALL[0], 0): 1}


def test_a_transaction_without_end_is_stuck_once_others_have_ended() -> None:
    topics = Topics()
    topics.begin(1)
    topics.row(1, [(ORDERS, 1)], 0)
    topics.transaction(2, [(ITEMS, 2)])
    reader, _ = consumer(topics.messages, clock=Clock(1), timeout_s=30)
    with pytest.raises(IncompleteTransactionError, match="its end did not come"):
        given_by(reader, 1000)


def test_begins_without_rows_or_ends_hold_nothing_back() -> None:
    topics = Topics()
    topics.begin(1)
    topics.transaction(2, [(ORDERS, 2)])
    topics.begin(3)
    topics.end(4, [])
    reader, source = consumer(topics.messages)
    assert given_by(reader) == [("0-1-2", [(ORDERS, 2)])]
    reader.close()
    assert source.committed[TOPIC, 0] == 5


@pytest.mark.parametrize("blocks", [True, False])
@settings(max_examples=60, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_without_a_transaction_topic_transactions_are_told_by_what_follows(
    blocks: bool, history: list[list[tuple[str, int]]], chooser: random.Random
) -> None:
    topics = Topics(blocks=blocks)
    for number, rows in enumerate(history, 1):
        for place in range(len(rows)):
            topics.row(number, rows, place)
    reader, _ = consumer(interleaved(topics.messages, chooser), topic=None, clock=Clock(0.001))
    assert given_by(reader) == [(topics.id_of(number), rows) for number, rows in enumerate(history, 1)]


def test_a_large_transaction_goes_to_disk_and_can_be_read_more_than_once() -> None:
    topics = Topics()
    rows = [(TABLES[n % 3], n) for n in range(3000)]
    topics.transaction(1, rows)
    reader, _ = consumer(topics.messages, memory_bytes=100_000)
    for item in reader.until_idle(5):
        assert isinstance(item, WholeTransaction)
        assert item.unit.bytes_in_memory <= 100_000
        assert [(event.source.table_name, event.after["id"]) for event in item] == rows
        assert len(list(item.of(ORDERS))) == 1000
        assert len(item) == 3000
        assert item.first.after["id"] == 0


def test_partitions_that_went_away_are_forgotten() -> None:
    topics = Topics()
    rows = [(ORDERS, 1), (ITEMS, 1)]
    topics.begin(1)
    topics.row(1, rows, 0)
    reader, source = consumer(topics.messages)
    assert given_by(reader) == []
    source.revoke([(TOPIC, 0), (ALL[0], 1)])
    assert reader._assembler.bytes_in_memory == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"topic": ""}, "topic is a topic's name"),
        ({"collections": "shop.orders"}, "not one text"),
        ({"on_incomplete": "wait"}, '"raise", "give" or "skip"'),
        ({"timeout_s": -1}, "timeout_s must not be negative"),
    ],
)
def test_wrong_policies_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        TransactionPolicy(**{"topic": TOPIC, **wrong})
