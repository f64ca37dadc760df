"""The Avro converter's options, and what it says when something does not fit. Schemas and bytes: tests/golden/avro."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rowtide.connect.schema import INT32, INT64, OPTIONAL_STRING, STRING, Schema, SchemaType, Struct, struct
from rowtide.converters.avro.binary import READERS, WRITERS, Reader
from rowtide.converters.avro.converter import AvroConverter
from rowtide.converters.avro.names import scrub
from rowtide.errors import ConfigError, DataError, RetriableError
from tests.unit.converters.scripted_registry import ScriptedRegistry, serving

ROW = struct("p.db.t.Value", ("id", INT32), ("s", OPTIONAL_STRING))
VALUE = Struct(ROW, [5, "x"])


@pytest.fixture
def registry() -> Iterator[ScriptedRegistry]:
    with serving(ScriptedRegistry()) as running:
        yield running


def converter(registry: ScriptedRegistry, is_key: bool = False, **options: str) -> AvroConverter:
    made = AvroConverter()
    given = {name.replace("__", "."): value for name, value in options.items()}
    made.configure({"schema.registry.url": registry.url, "retries.wait.ms": "1", **given}, is_key=is_key)
    return made


def test_a_schema_is_registered_once_for_each_topic(registry: ScriptedRegistry) -> None:
    made = converter(registry)
    for topic in ("a", "b", "a", "b"):
        assert made.from_connect(topic, ROW, VALUE)[5:] == b"\x0a\x02\x02x"  # type: ignore[index]
    assert [subject for subject, _ in registry.schemas] == ["a-value", "b-value"]
    assert len(registry.requests) == 2


def test_another_schema_object_with_the_same_text_asks_nobody(registry: ScriptedRegistry) -> None:
    made = converter(registry)
    again = struct("p.db.t.Value", ("id", INT32), ("s", OPTIONAL_STRING))
    assert made.from_connect("a", ROW, VALUE) == made.from_connect("a", again, Struct(again, [5, "x"]))
    assert len(registry.requests) == 1


def test_null_is_a_tombstone_and_asks_nobody(registry: ScriptedRegistry) -> None:
    made = converter(registry)
    assert made.from_connect("a", None, None) is None
    assert made.from_connect("a", OPTIONAL_STRING, None) is None
    with pytest.raises(DataError, match="null value for non-optional"):
        made.from_connect("a", ROW, None)
    assert registry.requests == []


@pytest.mark.parametrize(
    ("strategy", "is_key", "subject"),
    [
        ("TopicNameStrategy", True, "topic-key"),
        ("TopicNameStrategy", False, "topic-value"),
        ("RecordNameStrategy", False, "p.db.t.Value"),
        ("TopicRecordNameStrategy", True, "topic-p.db.t.Value"),
    ],
)
def test_subject_name_strategies(registry: ScriptedRegistry, strategy: str, is_key: bool, subject: str) -> None:
    option = f"{'key' if is_key else 'value'}.subject.name.strategy"
    made = converter(registry, is_key, **{option: f"io.confluent.kafka.serializers.subject.{strategy}"})
    made.from_connect("topic", ROW, VALUE)
    assert [name for name, _ in registry.schemas] == [subject]


def test_record_names_are_asked_of_records_only(registry: ScriptedRegistry) -> None:
    strategy = "io.confluent.kafka.serializers.subject.RecordNameStrategy"
    made = converter(registry, value__subject__name__strategy=strategy)
    with pytest.raises(DataError, match="value must only be a record schema"):
        made.from_connect("topic", STRING, "x")


@pytest.mark.parametrize(
    "options",
    [
        {"schema.registry.url": ""},
        {"schema.registry.url": "ftp://x"},
        {"value.subject.name.strategy": "com.example.Mine"},
        {"value.schema.id.serializer": "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer"},
        {"use.latest.with.metadata": "a=b"},
        {"connect.meta.data": "maybe"},
    ],
)
def test_what_cannot_be_done_is_refused(registry: ScriptedRegistry, options: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        converter(registry, **options)


def test_the_registrys_address_is_required() -> None:
    with pytest.raises(ConfigError, match=r'Missing required configuration "schema\.registry\.url"'):
        AvroConverter().configure({}, is_key=True)


def test_without_registering_the_schema_has_to_be_there(registry: ScriptedRegistry) -> None:
    made = converter(registry, auto__register__schemas="false")
    with pytest.raises(DataError, match="Schema not found"):
        made.from_connect("a", ROW, VALUE)
    converter(registry).from_connect("a", ROW, VALUE)
    assert made.from_connect("a", ROW, VALUE) == b"\0\0\0\0\1\x0a\x02\x02x"


def latest(*fields: dict[str, Any]) -> str:
    return json.dumps({"type": "record", "name": "Value", "namespace": "p.db.t", "fields": list(fields)})


STRICT_OFF = {"auto.register.schemas": "false", "use.latest.version": "true", "latest.compatibility.strict": "false"}


def test_the_latest_schema_takes_fields_by_name(registry: ScriptedRegistry) -> None:
    text = latest(
        {"name": "new", "type": "int", "default": 7},
        {"name": "s", "type": ["null", "string"], "default": None},
        {"name": "id", "type": "long"},
    )
    registry.schemas.append(("a-value", text))
    options = {"auto.register.schemas": "false", "use.latest.version": "true"}
    assert converter(registry, **options).from_connect("a", ROW, VALUE) == b"\0\0\0\0\1\x0e\x02\x02x\x0a"


def test_the_schema_of_an_id_is_used(registry: ScriptedRegistry) -> None:
    registry.schemas += [("other", '"string"'), ("other", latest({"name": "id", "type": "int"}))]
    made = converter(registry, auto__register__schemas="false", use__schema__id="2")
    assert made.from_connect("a", ROW, VALUE) == b"\0\0\0\0\2\x0a"


def test_a_latest_schema_that_cannot_read_is_refused_if_strict(registry: ScriptedRegistry) -> None:
    registry.schemas.append(("a-value", latest({"name": "id", "type": "int"}, {"name": "n", "type": "int"})))
    for options, words in (
        ({**STRICT_OFF, "latest.compatibility.strict": "true"}, "has no default and is not written"),
        (STRICT_OFF, "which the record lacks"),
    ):
        with pytest.raises(DataError, match=words):
            converter(registry, **options).from_connect("a", ROW, VALUE)


def test_nulls_are_kept_where_defaults_are_ignored(registry: ScriptedRegistry) -> None:
    schema = struct("V", ("a", Schema(SchemaType.INT32, optional=True, default=3)))
    value = Struct(schema, [None])
    assert converter(registry).from_connect("a", schema, value)[5:] == b"\0\6"  # type: ignore[index]
    made = converter(registry, ignore__default__for__nullables="true")
    assert made.from_connect("a", schema, value)[5:] == b"\2"  # type: ignore[index]


def test_generalized_sum_types(registry: ScriptedRegistry) -> None:
    enum = "org.apache.kafka.connect.data.Enum"
    schema = struct(
        "V", ("e", Schema(SchemaType.STRING, parameters=((enum, "C"), (f"{enum}.A", "0"), (f"{enum}.B", "1"))))
    )
    made = converter(registry, generalized__sum__type__support="true")
    data = made.from_connect("a", schema, Struct(schema, ["B"]))
    assert data == b"\0\0\0\0\1\2"
    read, value = made.to_connect("a", data)
    assert read is not None
    assert read.field("e").parameter(f"{enum}.B") == "1"
    assert isinstance(value, Struct)
    assert value["e"] == "B"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([None, "x"], r"null value for non-optional schema \(field id\)"),
        (["1", "x"], "does not fit its schema"),
        ([1 << 31, "x"], "more than 32 bits"),
        ([1, b"x"], "does not fit its schema"),
        ([1], "does not fit its schema"),
    ],
)
def test_values_that_do_not_fit_are_named(registry: ScriptedRegistry, values: list[object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        converter(registry).from_connect("a", ROW, Struct(ROW, values))


def test_an_unreachable_registry_is_worth_another_try(registry: ScriptedRegistry) -> None:
    made = converter(registry, max__retries="1")
    registry.script = [(503, {"error_code": 1, "message": "starting"})] * 2
    with pytest.raises(RetriableError, match="starting"):
        made.from_connect("a", ROW, VALUE)
    assert made.from_connect("a", ROW, VALUE) is not None


def test_reading_gives_back_what_was_written(registry: ScriptedRegistry) -> None:
    made = converter(registry)
    schema, value = made.to_connect("a", made.from_connect("a", ROW, VALUE))
    assert schema is not None
    assert (schema.name, schema.version, value) == ("p.db.t.Value", 1, VALUE)
    assert made.to_connect("a", None) == (None, None)


@pytest.mark.parametrize("data", [b"", b"{}", b"\0\0\0", b"\0\0\0\0\1\x0a\x02\x08x", b"\0\0\0\0\1\x0a\0more"])
def test_damaged_data_is_refused(registry: ScriptedRegistry, data: bytes) -> None:
    made = converter(registry)
    made.from_connect("a", ROW, VALUE)
    with pytest.raises(DataError, match="Failed to deserialize"):
        made.to_connect("a", data)


def test_geometries_with_other_parameters_share_their_type(registry: ScriptedRegistry) -> None:
    """The Java converter fails on the second of them."""

    def point(kind: str) -> Schema:
        made = struct("io.debezium.data.geometry.Point", ("x", INT64), version=1)
        object.__setattr__(made, "parameters", (("__debezium.source.column.type", kind),))
        return made

    one, other = point("POINT"), point("GEOMETRY")
    schema = struct("V", ("a", one), ("b", other))
    data = converter(registry).from_connect("t", schema, Struct(schema, [Struct(one, [1]), Struct(other, [2])]))
    assert data == b"\0\0\0\0\1\2\4"
    fields = json.loads(registry.schemas[0][1])["fields"]
    assert fields[1]["type"] == "io.debezium.data.geometry.Point"


def test_names_are_scrubbed_as_by_java() -> None:
    found = [scrub(name) for name in ("ok_1", "1st", "a b", "ü", "a~*b", "", "a%b")]
    assert found == ["ok_1", "x1st", "a_b", "_C3_BC", "a_7E_b", "", "a_25b"]


@pytest.mark.parametrize("value", [0, 1, -1, 63, 64, -64, -65, 8191, 8192, -8193, 1 << 20, (1 << 63) - 1, -(1 << 63)])
def test_integers_survive(value: int) -> None:
    assert READERS["long"](Reader(WRITERS["long"](value))) == value


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    assert WRITERS["string"]("a\ud83d") == b"\4a?"
