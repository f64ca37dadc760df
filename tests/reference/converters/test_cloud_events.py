"""CloudEvents compared with what Debezium's own converter makes of the same records, byte for byte."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from rowtide.connect.schema import (
    INT32,
    INT64,
    OPTIONAL_BYTES,
    OPTIONAL_INT64,
    OPTIONAL_STRING,
    STRING,
    Schema,
    SchemaType,
    Struct,
    struct,
)
from rowtide.converters.cloud_events import CloudEventsConverter
from rowtide.converters.json import JsonConverter
from rowtide.errors import ConfigError
from rowtide_dev import jars
from rowtide_dev.java_program import JavaProgram
from rowtide_dev.reference import WORKERS_OWN
from tests import servers

ROW = struct("größe.db.t.Value", ("id", INT32), ("v", OPTIONAL_STRING), ("b", OPTIONAL_BYTES), optional=True)
SNAPSHOT = Schema(
    SchemaType.STRING,
    optional=True,
    name="io.debezium.data.Enum",
    version=1,
    parameters=(("allowed", "true,first,last,false"),),
    default="false",
)
TRANSACTION = struct(
    "event.block", ("id", STRING), ("total_order", INT64), ("data_collection_order", INT64), version=1, optional=True
)
TOPIC = f"cloud-{uuid.uuid4().hex[:8]}"


def record(connector: str, kind: str) -> tuple[Schema, Struct]:
    source = struct(
        f"io.debezium.connector.{connector}.Source",
        ("version", STRING), ("connector", STRING), ("name", STRING), ("ts_ms", INT64), ("snapshot", SNAPSHOT),
        ("db", STRING), ("sequence", OPTIONAL_STRING), ("ts_us", OPTIONAL_INT64), ("ts_ns", OPTIONAL_INT64),
        ("table", OPTIONAL_STRING), ("server_id", INT64), ("gtid", OPTIONAL_STRING), ("file", STRING), ("pos", INT64),
        ("row", INT32), ("thread", OPTIONAL_INT64), ("query", OPTIONAL_STRING),
    )  # fmt: skip
    envelope = struct(
        f"{TOPIC}.db.t.Envelope",
        ("before", ROW), ("after", ROW), ("source", source), ("transaction", TRANSACTION), ("op", STRING),
        ("ts_ms", OPTIONAL_INT64), ("ts_us", OPTIONAL_INT64), ("ts_ns", OPTIONAL_INT64), version=2,
    )  # fmt: skip
    snapshot = "first" if kind == "r" else "false"
    where = [
        "3.6.1", connector, "größe-1", 1767323045678, snapshot, "my-db", None, 1767323045678000, None, "t", 223344,
        None, "binlog.000003", 4294967299, 1, 17, 'INSERT "q" ü',
    ]  # fmt: skip
    image = Struct(ROW, [7, 'ü "q"', b"\x00\xff"])
    before, after = {"c": (None, image), "r": (None, image), "d": (image, None)}.get(
        kind, (image, Struct(ROW, [7, None, None]))
    )
    transaction = Struct(TRANSACTION, ["file=x,pos=1", 3, 2]) if kind == "u" else None
    return envelope, Struct(envelope, [before, after, Struct(source, where), transaction, kind, 1, 2, 3])


@pytest.fixture(scope="module", params=["mysql", "mariadb"])
def original(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, JavaProgram]]:
    """The connector's name, and its converter in a JVM."""
    folders = [
        jars.folder("kafka"),
        jars.folder(f"debezium-{request.param}", without=WORKERS_OWN),
        jars.avro_converter(),
    ]
    log = tmp_path_factory.mktemp("java") / "log"
    machine = JavaProgram(Path(__file__).parent / "CloudEvents.java", folders, log)
    try:
        yield request.param, machine
    finally:
        machine.close()


def ours(options: Mapping[str, str], schema: Schema, value: object) -> bytes | None:
    converter = CloudEventsConverter()
    converter.configure(options, is_key=False)
    return converter.from_connect(TOPIC, schema, value)


def theirs(machine: JavaProgram, options: Mapping[str, str], schema: Schema, value: object) -> bytes | None:
    data = JsonConverter().from_connect("x", schema, value)
    assert data is not None
    answer = machine.ask(options=options, topic=TOPIC, record=base64.b64encode(data).decode())
    assert "failure" not in answer, answer["failure"]
    return None if answer["value"] is None else base64.b64decode(answer["value"])


JSON_OPTIONS = [
    {},
    {"json.schemas.enable": "false"},
    {"extension.attributes.enable": "false"},
    {"json.schemas.enable": "false", "extension.attributes.enable": "false", "json.replace.null.with.default": "false"},
    {"schema.cloudevents.name": "x.y", "metadata.source": "value,id:generate,type:generate"},
]
AVRO_OPTIONS = [
    {"data.serializer.type": "avro"},
    {"serializer.type": "avro", "data.serializer.type": "avro"},
    {"serializer.type": "avro", "data.serializer.type": "avro", "extension.attributes.enable": "false"},
    {"serializer.type": "avro", "data.serializer.type": "avro", "schema.cloudevents.name": "a.b-c.E"},
]


@pytest.mark.parametrize("kind", ["c", "r", "u", "d"])
@pytest.mark.parametrize("options", JSON_OPTIONS, ids=str)
def test_json_is_the_originals(original: tuple[str, JavaProgram], options: Mapping[str, str], kind: str) -> None:
    connector, machine = original
    schema, value = record(connector, kind)
    made = ours(options, schema, value)
    assert made == theirs(machine, options, schema, value)
    assert json.loads(made or b"")["specversion"] == "1.0"


@pytest.mark.parametrize("kind", ["c", "r", "u", "d"])
@pytest.mark.parametrize("options", AVRO_OPTIONS, ids=str)
def test_avro_is_the_originals(original: tuple[str, JavaProgram], options: Mapping[str, str], kind: str) -> None:
    connector, machine = original
    registry = {"avro.schema.registry.url": servers.registry_url(), "avro.scrub.invalid.names": "true"}
    schema, value = record(connector, kind)
    made = ours({**options, **registry}, schema, value)
    assert made == theirs(machine, {**options, **registry}, schema, value)


def test_what_is_no_change_of_a_row_becomes_null(original: tuple[str, JavaProgram]) -> None:
    _, machine = original
    schema = struct("io.debezium.connector.mysql.SchemaChangeValue", ("ddl", STRING))
    value = Struct(schema, ["CREATE TABLE t (i INT)"])
    assert ours({}, schema, value) is theirs(machine, {}, schema, value) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"serializer.type": "avro"}, "Cannot use 'application/json' data content type within Avro events"),
        ({"data.serializer.type": "avro"}, r"Set avro\.schema\.registry\.url"),
        ({"metadata.source": "header"}, "headers are not supported"),
        ({"metadata.source": "value,id:header,type:generate"}, "headers are not supported"),
        ({"opentelemetry.tracing.attributes.enable": "true"}, "headers are not supported"),
    ],
)
def test_wrong_options_name_the_way_out(options: Mapping[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ours(options, *record("mysql", "c"))
