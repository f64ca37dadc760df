"""Expressions see what a record holds, and nothing else; they cannot take long."""

import time
from decimal import Decimal

import pytest

from rowtide.connect.schema import INT32, OPTIONAL_STRING, STRING, Schema, SchemaType, Struct, array, struct
from rowtide.errors import ConfigError, DataError
from rowtide.transforms.expressions.access import HeaderValue
from rowtide.transforms.expressions.compiler import Expression

_ROW = struct("row", ("id", INT32), ("name", OPTIONAL_STRING), ("tags", array(STRING)), ("__op", OPTIONAL_STRING))
_ENVELOPE = struct("e", ("op", STRING), ("after", _ROW), ("rank", Schema(SchemaType.INT32, optional=True, default=9)))
_VALUE = Struct(_ENVELOPE, ("u", Struct(_ROW, (5, None, ["a", "b"], "x")), None))
_NAMES = {
    "value": _VALUE,
    "topic": "shop.orders",
    "valueSchema": _ENVELOPE,
    "header": {"h": HeaderValue("v", STRING)},
    "long": "a" * 1_000_000,
    "amount": Decimal("1.50"),
    "many": list(range(2000)),
}


def evaluate(text):
    return Expression(text, frozenset(_NAMES))(_NAMES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("value.op == 'u' and value.after.id > 3", True),
        ("value['after']['name'] is None", True),
        ("value.after.name == null", True),
        ("value.after.__op", "x"),
        ("value.rank", 9),
        ("value.after.id in (1, 5)", True),
        ("'vip' if value.after.id == 5 else None", "vip"),
        ("topic.startswith(('shop.', 'x')) and not topic.endswith('s.')", True),
        ("topic[5:] + '-' + str(value.after.id)", "orders-5"),
        ("header.h.value + header['h'].value", "vv"),
        ("header.none is None", True),
        ("valueSchema.name", "e"),
        ("any(tag == 'b' for tag in value.after.tags)", True),
        ("all(len(tag) == 1 for tag in value.after.tags if tag != 'zz')", True),
        ("1 < value.after.id <= 5 and -1 % 3 == 2", True),
        ("amount * 2 == 3", True),
        ("round(1.256, 2)", 1.26),
        ("topic.split('.')[-1].upper()", "ORDERS"),
        ("  true or false ", True),
    ],
)
def test_expressions_look_at_records(text, expected):
    assert evaluate(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "open('/etc/passwd')",
        "eval('1')",
        "topic.__class__()",
        "topic.format(value)",
        "f'{topic}'",
        "lambda: 1",
        "[x for x in many]",
        "{x for x in many}",
        "(x for x in many)",
        "value.op = 'c'",
        "(a := 1)",
        "topic.encode()",
        "2 ** 99999999",
        "1 << 99999999",
        "getattr(value, 'op')",
        "import os",
        "value.op; 1",
        "print(1)",
        "any(x for x in many for y in many)",
        "topic.join(many)",
        "'%s' .zfill(9)",
        "await x",
        "yield",
        "len(*many)",
        "str(object=1)",
        "unknown",
        "value.op == 'u' && true",
        "",
        "(" * 5000,
        "-" * 9000 + "1",
        "not " * 2000 + "1",
        "x" * 20_000,
        "...",
        "1j",
    ],
)
def test_everything_else_is_refused_when_it_is_configured(text):
    with pytest.raises(ConfigError):
        Expression(text, frozenset(_NAMES))


@pytest.mark.parametrize(
    "text",
    [
        "value.after.none",
        "().__class__.__bases__",
        "topic.__len__",
        "value.after.name.x",
        "value.op.x",
        "topic['x']",
        "many[5000]",
        "value.after.id + topic",
        "topic * 5",
        "'%099999999d' % 1",
        "1 / 0",
        "long.replace('a', long)",
        "round(5, -1000000000)",
        "int(long)",
        "topic.get('x')",
        "valueSchema._index",
        "header.h.__class__",
        "any(True for x in topic)",
        "len(1)",
        "str(value)",
        "value[1:2]",
        "any(any(x < 0 for x in many) for y in many)",
        "sum(x for x in (topic, topic))",
        "min()",
    ],
)
def test_wrong_operations_are_errors_of_the_record(text):
    with pytest.raises(DataError):
        evaluate(text)


def test_loops_end_in_time():
    started = time.monotonic()
    with pytest.raises(DataError, match="steps"):
        evaluate("any(any(long.find('b' + long) > 0 for x in many) for y in many)")
    assert time.monotonic() - started < 10


def test_groovy_is_recognised():
    with pytest.raises(ConfigError, match="Groovy"):
        Expression("value.op == 'u' && value.after.id == 1", frozenset(_NAMES))
