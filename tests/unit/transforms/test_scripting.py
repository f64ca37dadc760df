"""Filter and ContentBasedRouter decide by expressions; Groovy and JavaScript are refused with the way out."""

import pytest

from rowtide.connect.record import Header, SourceRecord
from rowtide.connect.schema import INT32, OPTIONAL_INT32, STRING, Struct, struct
from rowtide.errors import ConfigError, DataError
from rowtide.transforms.debezium.scripting import ContentBasedRouter, Filter

ROW = struct("shop.orders.Value", ("id", INT32), ("rank", OPTIONAL_INT32), optional=True)
ENVELOPE = struct("shop.orders.Envelope", ("before", ROW), ("after", ROW), ("op", STRING))
KEY = struct("shop.orders.Key", ("id", INT32))


def change(number, op="c", topic="shop.orders", headers=()):
    row = Struct(ROW, (number, None))
    value = Struct(ENVELOPE, (row, None, op) if op == "d" else (None, row, op))
    return SourceRecord(topic, None, KEY, Struct(KEY, (number,)), ENVELOPE, value, headers)


TOMBSTONE = SourceRecord("shop.orders", None, KEY, Struct(KEY, (1,)), None, None)


def made(cls, **options):
    transform = cls()
    transform.configure({"language": "python", **{name.replace("_", "."): text for name, text in options.items()}})
    return transform


def test_filter_keeps_what_is_true():
    transform = made(Filter, condition="value.op == 'd' or value.after.id > 3 and key.id != 9")
    kept = [record.key["id"] for n in range(12) if (record := transform.apply(change(n))) is not None]
    assert kept == [4, 5, 6, 7, 8, 10, 11]
    assert transform.apply(change(1, "d")) is not None


@pytest.mark.parametrize(("mode", "kept"), [("keep", True), ("drop", False), ("evaluate", False), (" DROP ", False)])
def test_tombstones_are_kept_dropped_or_evaluated(mode, kept):
    transform = made(Filter, condition="value is not None", null_handling_mode=mode)
    assert (transform.apply(TOMBSTONE) is not None) is kept


def test_other_topics_pass():
    transform = made(Filter, condition="False", topic_regex=r"shop\.(orders|items)")
    assert transform.apply(change(1)) is None
    assert transform.apply(change(1, topic="shop.orders2")) is not None


def test_router_names_topics():
    transform = made(
        ContentBasedRouter, topic_expression="topic + '.' + header.shard.value if value.after.id == 5 else null"
    )
    routed = transform.apply(change(5, headers=(Header("shard", STRING, "eu"),)))
    assert (routed.topic, routed.headers[0].value) == ("shop.orders.eu", "eu")
    assert transform.apply(change(6)).topic == "shop.orders"


@pytest.mark.parametrize(
    ("cls", "options", "problem"),
    [
        (Filter, {"condition": "1"}, "Value '1' returned by the expression is not a Boolean"),
        (Filter, {"condition": "None"}, "is not a Boolean"),
        (Filter, {"condition": "value.nothing == 1"}, "'value.nothing == 1' for a record of topic shop.orders"),
        (ContentBasedRouter, {"topic_expression": "5"}, "is not a String"),
    ],
)
def test_failing_expressions_name_themselves(cls, options, problem):
    with pytest.raises(DataError, match=problem):
        made(cls, **options).apply(change(1))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            {"language": "jsr223.groovy", "condition": "value.op"},
            "not available. Set language=python and write condition in",
        ),
        ({"language": "jsr223.graal.js", "condition": "value.op"}, "Set language=python"),
        ({"language": "wasm.chicory", "condition": "x.wasm"}, "Set language=python"),
        ({"condition": "value.op == 'u'"}, "The 'language' value is invalid: A value is required"),
        ({"language": "python"}, "The 'condition' value is invalid: A value is required"),
        ({"language": "python", "condition": "value.op == 'u' && true"}, "Python has `and`, `or`, `not`"),
        ({"language": "python", "condition": "__import__('os')"}, "there are the functions"),
        ({"language": "python", "condition": "True", "null.handling.mode": "ask"}, "Value must be one of"),
        ({"language": "python", "condition": "True", "topic.regex": "("}, "valid regular expressions is expected"),
    ],
)
def test_wrong_configurations_are_refused(options, problem):
    with pytest.raises(ConfigError) as caught:
        Filter().configure(options)
    assert problem in str(caught.value)


def test_the_prefix_of_java_is_understood():
    transform = Filter()
    transform.configure({"language": "jsr223.python", "condition": "True"})
    assert transform.apply(change(1)) is not None
