"""Source records: made in one of several ways, and not to be changed once they are made."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, astuple, replace

import pytest

from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import STRING

PARTS = ("topic", 3, STRING, "key", STRING, "value", (), 17)


class Own(SourceRecord):
    """Of a plugin, with attributes of its own."""


@pytest.mark.parametrize("made", [SourceRecord, Own])
def test_a_record_has_the_parts_that_it_is_made_of(made: type[SourceRecord]) -> None:
    record = made(*PARTS)
    assert type(record) is made
    assert (record.topic, record.partition, record.key_schema, record.key) == PARTS[:4]
    assert (record.value_schema, record.value, record.headers, record.timestamp) == PARTS[4:]


@pytest.mark.parametrize("made", [SourceRecord, Own])
def test_headers_and_timestamp_may_be_left_out(made: type[SourceRecord]) -> None:
    record = made(*PARTS[:6])
    assert record.headers == ()
    assert record.timestamp is None


def test_records_are_frozen_however_they_were_made() -> None:
    record = SourceRecord(*PARTS)
    for frozen in (record, replace(record, topic="other"), record.changed(topic="other")):
        with pytest.raises(FrozenInstanceError):
            frozen.topic = "third"  # type: ignore[misc]


def test_changed_answers_what_replace_does() -> None:
    record = SourceRecord(*PARTS)
    assert record.changed(topic="other", timestamp=None) == replace(record, topic="other", timestamp=None)
    assert record == SourceRecord(*PARTS)
    with pytest.raises(AttributeError):
        record.changed(colour="red")


def test_records_can_be_compared_copied_and_stored() -> None:
    plain = SourceRecord("topic", None, None, "key", None, "value")
    assert hash(plain) == hash(SourceRecord("topic", None, None, "key", None, "value"))
    assert astuple(copy.copy(plain)) == astuple(pickle.loads(pickle.dumps(plain))) == astuple(plain)
