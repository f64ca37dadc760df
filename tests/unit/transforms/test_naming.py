"""Topics and fields in other styles of names, as Debezium's JDBC connector has them."""

import pytest

from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import INT32, OPTIONAL_STRING, STRING, Struct, struct
from rowtide.errors import ConfigError, DataError
from rowtide.transforms.debezium.collection_name_transformation import CollectionNameTransformation
from rowtide.transforms.debezium.field_name_transformation import FieldNameTransformation
from rowtide.transforms.debezium.naming_styles import style

KEY = struct("Key", ("orderId", INT32))
ROW = struct("Value", ("orderId", INT32), ("line2Text", OPTIONAL_STRING), optional=True)
ENVELOPE = struct("t.Envelope", ("before", ROW), ("after", ROW), ("op", STRING))


def made(cls, **options):
    transform = cls()
    transform.configure({name.replace("_", "."): text for name, text in options.items()})
    return transform


@pytest.mark.parametrize(
    ("name", "wanted", "expected"),
    [
        ("snake_case", "camelCaseName", "camel_case_name"),
        ("snake_case", "NameWith123Numbers", "name_with_123_numbers"),
        ("SNAKE_CASE", "123NumbersExample", "123_numbers_example"),
        ("snake_case", "dotted.name", "dotted_name"),
        ("camel_case", "server.shop.order_lines", "serverShopOrderLines"),
        ("camel_case", "_x_Y", "XY"),
        (" Upper_Case ", "a.b", "A.B"),
        ("lower_case", "A.B", "a.b"),
        ("default", "aB", "aB"),
    ],
)
def test_styles(name, wanted, expected):
    assert style(name)(wanted) == expected


def test_unknown_styles_are_refused():
    with pytest.raises(ConfigError, match=r"Invalid naming style: kebab\. Allowed styles are: SNAKE_CASE, CAMEL_CASE"):
        made(CollectionNameTransformation, collection_naming_style="kebab")


def test_topics_are_renamed():
    transform = made(
        CollectionNameTransformation,
        collection_naming_prefix="p-",
        collection_naming_suffix="-s",
        collection_naming_style="snake_case",
    )
    record = SourceRecord("shop.orderLines", 3, None, None, None, None)
    assert transform.apply(record).topic == "p-shop_order_lines-s"


def test_fields_of_keys_and_rows_are_renamed():
    transform = made(FieldNameTransformation, column_naming_style="snake_case", column_naming_prefix="c_")
    value = Struct(ENVELOPE, (None, Struct(ROW, (1, "x")), "c"))
    first, second = (
        transform.apply(SourceRecord("t", None, KEY, Struct(KEY, (1,)), ENVELOPE, value)) for _ in range(2)
    )
    assert dict(first.key.items()) == {"c_order_id": 1}
    assert dict(first.value["after"].items()) == {"c_order_id": 1, "c_line_2text": "x"}
    assert (first.value["before"], first.value["op"]) == (None, "c")
    assert first.value_schema is second.value_schema is first.value.schema


def test_records_without_structs_pass():
    transform = made(FieldNameTransformation, column_naming_style="UPPER_CASE")
    tombstone = SourceRecord("t", None, KEY, Struct(KEY, (1,)), None, None)
    for record in (tombstone, SourceRecord("t", None, None, None, STRING, "x")):
        assert transform.apply(record) is record
    flat = transform.apply(SourceRecord("t", None, None, None, ROW, Struct(ROW, (1, None))))
    assert dict(flat.value.items()) == {"ORDERID": 1, "LINE2TEXT": None}


def test_two_fields_cannot_get_one_name():
    schema = struct("v", ("a", INT32), ("A", INT32))
    record = SourceRecord("t", None, None, None, schema, Struct(schema, (1, 2)))
    with pytest.raises(DataError, match="duplication A"):
        made(FieldNameTransformation, column_naming_style="UPPER_CASE").apply(record)
