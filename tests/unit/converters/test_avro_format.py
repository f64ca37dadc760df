"""When AvroConverter tells in pieces what it writes, and when it does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rowtide.connect.formats import NoFormatError
from rowtide.connect.schema import Field, Schema, SchemaType
from rowtide.converters.avro.converter import AvroConverter
from rowtide.errors import RetriableError
from tests.unit.converters.scripted_registry import ScriptedRegistry, serving

INT, TEXT = Schema(SchemaType.INT32), Schema(SchemaType.STRING)
ROW = Schema(SchemaType.STRUCT, name="db.Row", fields=(Field("id", INT), Field("text", TEXT)))


@pytest.fixture
def registry() -> Iterator[ScriptedRegistry]:
    with serving(ScriptedRegistry()) as made:
        yield made


def converter(registry: ScriptedRegistry, **options: str) -> AvroConverter:
    given = {name.replace("__", "."): value for name, value in options.items()}
    made = AvroConverter()
    made.configure({"schema.registry.url": registry.url, "retries.wait.ms": "1", **given}, is_key=False)
    return made


def test_a_frame_is_the_magic_byte_and_the_id(registry: ScriptedRegistry) -> None:
    made = converter(registry)
    assert made.payload_format().frame("a", ROW) == (b"\0\0\0\0\1", b"")
    assert made.payload_format().frame("b", ROW) == (b"\0\0\0\0\2", b"")


@pytest.mark.parametrize(
    "latest",
    [
        '{"type":"record","name":"Row","namespace":"db","fields":[{"name":"text","type":"string"},{"name":"id","type":"int"}]}',
        '{"type":"record","name":"Row","namespace":"db","fields":[{"name":"id","type":"long"},{"name":"text","type":"string"}]}',
        '{"type":"record","name":"Row","namespace":"db","fields":[{"name":"id","type":["int","null"]},{"name":"text","type":"string"}]}',
        '{"type":"record","name":"Row","namespace":"db","fields":[{"name":"id","type":"int"},{"name":"text","type":"bytes"}]}',
    ],
    ids=["order", "wider", "union", "bytes"],
)
def test_another_schema_of_the_registry_is_written_in_one_piece(registry: ScriptedRegistry, latest: str) -> None:
    registry.schemas.append(("t-value", latest))
    made = converter(
        registry, auto__register__schemas="false", use__latest__version="true", latest__compatibility__strict="false"
    )
    with pytest.raises(NoFormatError):
        made.payload_format().frame("t", ROW)


def test_a_registry_that_is_away_is_asked_again(registry: ScriptedRegistry) -> None:
    registry.script = [(503, {})] * 4
    made = converter(registry)
    with pytest.raises(RetriableError):
        made.payload_format().frame("t", ROW)
    assert made.payload_format().frame("t", ROW) == (b"\0\0\0\0\1", b"")
