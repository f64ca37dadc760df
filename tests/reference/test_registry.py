"""The Avro converter and its registry client with a real registry."""

from __future__ import annotations

import json
import uuid

import pytest

from rowtide.connect.schema import INT32, OPTIONAL_STRING, Struct, struct
from rowtide.converters.avro.converter import AvroConverter
from rowtide.errors import DataError
from tests import servers

pytestmark = pytest.mark.reference

NAME = "p.db.t.Value"
ROW = struct(NAME, ("id", INT32), ("s", OPTIONAL_STRING))
VALUE = Struct(ROW, [5, "x"])
BODY = b"\x0a\x02\x02x"


@pytest.fixture
def topic() -> str:
    return f"registry/test {uuid.uuid4().hex}"


def converter(**options: str) -> AvroConverter:
    made = AvroConverter()
    given = {name.replace("__", "."): value for name, value in options.items()}
    made.configure({"schema.registry.url": servers.registry_url(), **given}, is_key=False)
    return made


def test_what_one_converter_registers_another_finds_and_reads(topic: str) -> None:
    data = converter().from_connect(topic, ROW, VALUE)
    assert data is not None
    assert data[5:] == BODY
    assert converter(auto__register__schemas="false").from_connect(topic, ROW, VALUE) == data
    by_id = str(int.from_bytes(data[1:5], "big"))
    assert converter(auto__register__schemas="false", use__schema__id=by_id).from_connect(topic, ROW, VALUE) == data
    assert converter(normalize__schemas="true").from_connect(topic, ROW, VALUE) is not None
    schema, value = converter().to_connect(topic, data)
    assert schema is not None
    assert (schema.name, schema.version, value) == (NAME, 1, VALUE)


def test_an_unknown_schema_or_subject_is_refused_in_the_registrys_words(topic: str) -> None:
    for options in ({"use.latest.version": "true"}, {}, {"use.schema.id": "999999"}):
        with pytest.raises(DataError, match="answered 404"):
            converter(auto__register__schemas="false", **options).from_connect(topic, ROW, VALUE)


def test_the_latest_schema_is_written_with(topic: str) -> None:
    shorter = struct(NAME, ("id", INT32))
    first = converter().from_connect(topic, ROW, VALUE)
    second = converter().from_connect(topic, shorter, Struct(shorter, [1]))
    assert first is not None
    assert second is not None
    latest = {"auto.register.schemas": "false", "use.latest.version": "true"}
    assert converter(**latest).from_connect(topic, ROW, VALUE) == second[:5] + b"\x0a"


def test_schemas_are_stored_as_they_were_made(topic: str) -> None:
    schema = struct("größe.Wert", ("имя", OPTIONAL_STRING), doc='a "doc" 😀')
    data = converter().from_connect(topic, schema, Struct(schema, [None]))
    assert data is not None
    stored = converter()._registry.by_id(int.from_bytes(data[1:5], "big"))
    assert json.loads(stored.text)["connect.doc"] == 'a "doc" 😀'
