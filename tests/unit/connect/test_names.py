"""Names of topics, schemas and fields."""

import pytest

from rowtide.connect.names import NameAdjuster
from rowtide.envelope.topics import TopicNaming, sanitised
from rowtide.errors import ConnectError
from rowtide.tables.model import TableId


def test_topics():
    topics = TopicNaming("srv")
    assert topics.data(TableId("db", "t")) == "srv.db.t"
    assert topics.data(TableId("d b", "tä😀")) == "srv.d_b.t___"
    assert (topics.schema_changes, topics.transactions) == ("srv", "srv.transaction")
    assert topics.heartbeats == "__debezium-heartbeat.srv"
    assert TopicNaming("srv", heartbeat_name="beat").heartbeats == "beat"
    assert TopicNaming("srv", delimiter="-").data(TableId("db", "t")) == "srv-db-t"


def test_topics_are_never_longer_than_kafka_allows():
    assert len(sanitised("x" * 300)) == 249
    assert (sanitised("."), sanitised("..")) == ("_", "__")


@pytest.mark.parametrize(
    ("mode", "fields", "name", "adjusted"),
    [
        ("none", False, "1-ä", "1-ä"),
        ("avro", False, "my-srv.db 1.t", "my_srv.db_1.t"),
        ("avro", False, "1a", "_1a"),
        ("avro", True, "a.b", "a_b"),
        ("avro", True, "a😀", "a__"),
        ("avro_unicode", False, "a_b.c", "a_u005fb.c"),
        ("avro_unicode", True, "1 é", "_u0031_u0020_u00e9"),
        ("avro_unicode", True, "ж", "_u436"),
        ("avro", True, "", ""),
    ],
)
def test_adjusted_names(mode, fields, name, adjusted):
    assert NameAdjuster(mode, fields=fields)(name) == adjusted


def test_names_that_become_one_are_refused():
    adjust = NameAdjuster("avro", fields=True)
    assert adjust("a-b") == adjust("a-b") == "a_b"
    with pytest.raises(ConnectError, match="a-b and a b both become a_b"):
        adjust("a b")
