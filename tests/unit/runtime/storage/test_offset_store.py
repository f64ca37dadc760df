"""The offset store on a log in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rowtide.errors import ConnectError, DataError
from rowtide.kafka.memory_log import MemoryLog, MemoryTopic
from rowtide.runtime.storage.offsets import OffsetStore


@pytest.fixture
def now() -> list[int]:
    return [1700000000000]


@pytest.fixture
def topic(now: list[int]) -> MemoryTopic:
    return MemoryTopic("offsets", 25, clock_ms=lambda: now[0])


@pytest.fixture
def store(topic: MemoryTopic) -> Iterator[OffsetStore]:
    store = OffsetStore(lambda on_record: MemoryLog(topic, on_record))
    store.start(5)
    yield store
    store.close()


OFFSET = {"ts_sec": 1700000000, "file": "binlog.000003", "pos": 154, "gtids": None, "snapshot": True, "server_id": 1}


def test_offsets_have_connects_bytes_and_partition(topic: MemoryTopic, store: OffsetStore) -> None:
    store.put("inv", [({"server": "dbserver1"}, OFFSET)])
    [record] = topic.records()
    assert record.key == b'["inv",{"server":"dbserver1"}]'
    assert record.value == (
        b'{"ts_sec":1700000000,"file":"binlog.000003","pos":154,"gtids":null,"snapshot":true,"server_id":1}'
    )
    assert record.partition == 21


def test_offsets_are_found_by_content(topic: MemoryTopic, store: OffsetStore) -> None:
    topic.append([(b'["inv",{"b":1,"a":"\\u00e9"}]', b'{"pos":7}')])
    store.read_to_end(5)
    assert store.offset("inv", {"a": "é", "b": 1}) == {"pos": 7}
    assert store.offset("inv", {"a": "é", "b": 2}) is None
    assert store.offset("other", {"a": "é", "b": 1}) is None


def test_stored_key_bytes_are_used_again(topic: MemoryTopic, store: OffsetStore) -> None:
    spelling = b'["inv", {"b": 1, "a": 2}]'
    topic.append([(spelling, b'{"pos":7}')])
    store.read_to_end(5)
    store.put("inv", [({"a": 2, "b": 1}, {"pos": 8})])
    assert [record.key for record in topic.records()] == [spelling, spelling]
    assert store.offsets("inv") == [({"b": 1, "a": 2}, {"pos": 8})]


def test_of_two_spellings_the_newest_counts_and_both_are_overwritten(
    topic: MemoryTopic, store: OffsetStore, now: list[int]
) -> None:
    one, two = b'["inv",{"a":1,"b":2}]', b'["inv",{"b":2,"a":1}]'
    topic.append([(one, b'{"pos":1}')])
    now[0] += 10
    topic.append([(two, b'{"pos":2}')])
    store.read_to_end(5)
    assert store.offset("inv", {"a": 1, "b": 2}) == {"pos": 2}
    store.put("inv", [({"a": 1, "b": 2}, None)])
    assert {record.key for record in topic.records() if record.value is None} == {one, two}
    assert store.offsets("inv") == []


def test_a_deleted_offset_is_gone_and_can_be_set_again(store: OffsetStore) -> None:
    store.put("inv", [({"server": "a"}, {"pos": 1}), ({"server": "b"}, {"pos": 2})])
    store.put("inv", [({"server": "a"}, None)])
    assert store.offsets("inv") == [({"server": "b"}, {"pos": 2})]
    assert store.offset("inv", {"server": "a"}) is None
    store.put("inv", [({"server": "a"}, {"pos": 3})])
    assert store.offset("inv", {"server": "a"}) == {"pos": 3}


@pytest.mark.parametrize(
    "key", [b"{", b"7", b'["inv"]', b'["inv",{},1]', b"[1,{}]", b'["inv",[]]', b'["inv",null]', b'{"schema":1}', None]
)
def test_other_keys_are_passed_over(topic: MemoryTopic, store: OffsetStore, key: bytes | None) -> None:
    topic.append([(key, b'{"pos":1}'), (b'["inv",{"s":1}]', b'{"pos":2}')])
    store.read_to_end(5)
    assert store.offsets("inv") == [({"s": 1}, {"pos": 2})]


@pytest.mark.parametrize("value", [b"{", b"7", b"[]", b""])
def test_a_corrupt_offset_is_no_missing_one(topic: MemoryTopic, store: OffsetStore, value: bytes) -> None:
    topic.append([(b'["inv",{"s":1}]', value)])
    store.read_to_end(5)
    with pytest.raises(ConnectError, match="not a JSON object"):
        store.offset("inv", {"s": 1})
    with pytest.raises(ConnectError, match="not a JSON object"):
        store.offsets("inv")
    store.put("inv", [({"s": 1}, {"pos": 1})])
    assert store.offset("inv", {"s": 1}) == {"pos": 1}


def test_what_json_cannot_hold_is_refused_before_anything_is_written(topic: MemoryTopic, store: OffsetStore) -> None:
    with pytest.raises(DataError):
        store.put("inv", [({"s": 1}, {"pos": 1}), ({"s": 2}, {"pos": object()})])
    assert topic.records() == []
