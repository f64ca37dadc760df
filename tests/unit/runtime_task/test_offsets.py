"""Keys and lookups of source offsets, without a broker."""

from __future__ import annotations

import pytest

from rowtide.errors import ConfigError, ConnectError, KafkaUnavailableError
from rowtide.kafka.log import LogRecord
from rowtide.runtime.task.offsets import LayeredOffsets, OffsetKeys, OffsetReader

PARTITION = {"server": "dbserver1"}
KEY = b'["inv",{"server":"dbserver1"}]'


def reader(*records: tuple[bytes, bytes | None, int], keys: OffsetKeys | None = None) -> OffsetReader:
    def read(topic, properties, wanted):
        found: dict[bytes, LogRecord] = {}
        for offset, (key, value, timestamp) in enumerate(records):
            if wanted(key):
                found.pop(key, None)
                found[key] = LogRecord(key, value, 0, offset, timestamp)
        return found

    return OffsetReader("offsets", {}, keys or OffsetKeys("inv"), read)


def test_key_is_connects_compact_json():
    assert OffsetKeys("inv").key(PARTITION) == KEY
    assert (
        OffsetKeys('a"é😀').key({"b": 1, "a": None}) == rb'["a\"' + "é".encode() + rb'\uD83D\uDE00",{"b":1,"a":null}]'
    )


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (KEY, True),
        (b'[ "inv" , { "server" : "dbserver1" } ]', True),
        (b'["inv",{"server":"dbserver\\u0031"}]', True),
        (b'["other",{"server":"dbserver1"}]', False),
        (b'["inv",{"server":"dbserver2"}]', False),
        (b'["inv",{"server":"dbserver1","x":1}]', False),
        (b'["inv",null]', False),
        (b'["inv"]', False),
        (b'["inv",{"server":"dbserver1"},1]', False),
        (b'{"schema":null,"payload":["inv",{"server":"dbserver1"}]}', False),
        (b"inv", False),
        (b"\xff", False),
        (b"", False),
    ],
)
def test_keys_are_compared_as_json(key, expected):
    assert OffsetKeys("inv").matches(key, PARTITION) is expected


def test_order_of_a_partitions_entries_does_not_matter_but_types_do():
    keys = OffsetKeys("inv")
    assert keys.matches(b'["inv",{"b":1,"a":"x"}]', {"a": "x", "b": 1})
    assert not keys.matches(b'["inv",{"b":"1","a":"x"}]', {"a": "x", "b": 1})
    assert not keys.matches(b'["inv",{"b":true,"a":"x"}]', {"a": "x", "b": 1})


def test_nothing_stored_is_none():
    assert reader().offset(PARTITION) is None
    assert reader((b'["other",{"server":"dbserver1"}]', b"{}", 1)).offset(PARTITION) is None


def test_last_value_wins_and_a_deletion_is_none():
    assert reader((KEY, b'{"pos":1}', 1), (KEY, b'{"pos":2}', 2)).offset(PARTITION) == {"pos": 2}
    assert reader((KEY, b'{"pos":1}', 1), (KEY, None, 2)).offset(PARTITION) is None


def test_of_two_spellings_the_newest_wins_and_is_used_for_writing():
    spaced = b'["inv", {"server": "dbserver1"}]'
    keys = OffsetKeys("inv")
    assert reader((spaced, b'{"pos":2}', 20), (KEY, b'{"pos":1}', 10), keys=keys).offset(PARTITION) == {"pos": 2}
    assert keys.key(PARTITION) == spaced
    keys = OffsetKeys("inv")
    assert reader((spaced, b'{"pos":2}', 20), (KEY, b'{"pos":1}', 20), keys=keys).offset(PARTITION) == {"pos": 1}
    assert keys.key(PARTITION) == KEY


@pytest.mark.parametrize("value", [b"", b"[]", b"1", b"null", b"{", b"\xff"])
def test_value_that_is_no_offset_is_an_error_and_never_none(value):
    with pytest.raises(ConnectError, match=r"The stored offset \(topic offsets, partition 0, offset 0\)"):
        reader((KEY, value, 1)).offset(PARTITION)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [(KafkaUnavailableError("away"), KafkaUnavailableError), (ConfigError("there is no such topic"), ConnectError)],
)
def test_unreadable_topic_is_an_error(failure, expected):
    def read(topic, properties, wanted):
        raise failure

    with pytest.raises(expected, match="Failed to fetch offsets from topic offsets") as raised:
        OffsetReader("offsets", {}, OffsetKeys("inv"), read).offset(PARTITION)
    assert raised.value.__cause__ is failure


def test_own_topic_comes_before_the_workers():
    full, empty = reader((KEY, b'{"pos":1}', 1)), reader()
    other = reader((KEY, b'{"pos":2}', 1))
    assert LayeredOffsets([full, other]).offset(PARTITION) == {"pos": 1}
    assert LayeredOffsets([empty, other]).offset(PARTITION) == {"pos": 2}
    assert LayeredOffsets([empty, empty]).offset(PARTITION) is None
