"""Derived schemas are made once a schema, so that encoders can be kept for them; values are checked as in Connect."""

import pytest

from rowtide.connect.plugins import Transformation
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import INT32, OPTIONAL_STRING, STRING, Schema, SchemaType, Struct, struct
from rowtide.errors import DataError
from rowtide.runtime.plugins import PluginKind, PluginRegistry, load
from rowtide.transforms.structs import SchemaCache, make_struct, struct_schema_like, value_at

ROW = struct("row", ("id", INT32), ("name", OPTIONAL_STRING), ("at", Schema(SchemaType.INT64)))
CONFIGS = {
    "Cast$Value": {"spec": "id:string"},
    "ExtractField$Value": {"field": "name"},
    "Flatten$Value": {},
    "HeaderFrom$Value": {"fields": "id", "headers": "id", "operation": "move"},
    "HoistField$Value": {"field": "row"},
    "InsertField$Value": {"topic.field": "topic"},
    "MaskField$Value": {"fields": "name"},
    "ReplaceField$Value": {"exclude": "name"},
    "SetSchemaMetadata$Value": {"schema.name": "new"},
    "TimestampConverter$Value": {"field": "at", "target.type": "Timestamp"},
}


def transformation(name: str, config: dict[str, str]) -> Transformation:
    plugin = PluginRegistry.installed().find(PluginKind.TRANSFORMATION, name)
    made: Transformation = load(plugin)()
    made.configure(config)
    return made


@pytest.mark.parametrize("name", CONFIGS)
def test_records_of_one_schema_come_out_with_one_schema(name):
    made = transformation(name, CONFIGS[name])
    records = [SourceRecord("t", 0, None, None, ROW, Struct(ROW, (i, "x", i))) for i in range(3)]
    results = [made.apply(record) for record in records]
    assert len({id(result.value_schema) for result in results}) == 1
    keyed = transformation("ValueToKey", {"fields": "id"})
    assert len({id(keyed.apply(record).key_schema) for record in records}) == 1


def test_cache_forgets_what_was_used_longest_ago():
    made = []
    cache = SchemaCache(lambda schema: made.append(schema) or len(made))
    first, *others = [Schema(SchemaType.INT32) for _ in range(1001)]
    cache(first)
    for schema in others[:999]:
        cache(schema)
    assert cache(first) == 1
    cache(others[999])
    assert cache(first) == 1
    assert cache(others[0]) == 1002


def test_null_of_a_required_field_is_refused():
    with pytest.raises(DataError, match=r'^Invalid value: null used for required field: "id", schema type: INT32$'):
        make_struct(ROW, (None, None, 1))


def test_field_that_is_not_there_has_connects_words():
    with pytest.raises(DataError, match=r"^nothing is not a valid field name$"):
        value_at(Struct(ROW, (1, None, 1)), "nothing", with_default=True)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ([("a", STRING), ("a", STRING)], "Cannot create field because of field name duplication a"),
        ([("", STRING)], "fieldName cannot be null."),
    ],
)
def test_names_of_fields_are_checked(fields, problem):
    with pytest.raises(DataError, match=f"^{problem}$"):
        struct_schema_like(ROW, fields)
