"""Every schema text, every byte and every value read back is what Confluent's AvroConverter makes of a record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rowtide.connect.schema import Schema
from rowtide.converters.avro.binary import Reader
from rowtide.converters.avro.connect_schemas import ConnectSchemas, is_anything
from rowtide.converters.avro.decoder import decoder
from rowtide.converters.avro.encoder import encoder
from rowtide.converters.avro.model import to_text
from rowtide.converters.avro.options import DataOptions
from rowtide.converters.avro.parse import parse
from rowtide.converters.avro.schemas import to_avro
from rowtide.converters.avro.settings import CONFIG_DEF
from rowtide.converters.json import JsonConverter
from rowtide.errors import DataError
from tests.golden.avro import record

HERE = Path(__file__).parent
PREFIX = b"\0\0\0\0\1"


def cases() -> list[Any]:
    found = []
    for name in record.names():
        lines = (HERE / "recorded" / f"{name}.jsonl").read_text(encoding="utf-8").strip().split("\n")
        asked = record.requests(name)
        assert len(asked) == len(lines), f"{name} was recorded with other cases: run record.py again"
        found += [
            pytest.param(name, request, json.loads(line), id=f"{name}-{i}")
            for i, (request, line) in enumerate(zip(asked, lines, strict=True))
        ]
    return found


def converter() -> JsonConverter:
    made = JsonConverter()
    made.configure({"schemas.enable": "true", "replace.null.with.default": "false"}, is_key=False)
    return made


def options(request: dict[str, Any]) -> DataOptions:
    return DataOptions.from_values(CONFIG_DEF.parse({"schema.registry.url": "http://unused", **request["options"]}))


def given(request: dict[str, Any]) -> tuple[Schema | None, object]:
    return converter().to_connect("topic", request["record"].encode())


@pytest.mark.parametrize(("name", "request_", "answer"), cases())
def test_schema_and_bytes_are_the_real_converters(name: str, request_: dict[str, Any], answer: dict[str, Any]) -> None:
    schema, value = given(request_)
    if "schema" not in answer:
        if "error" in answer:
            with pytest.raises(DataError):
                to_text(to_avro(schema, options(request_)))
        else:
            assert value is None
        return
    avro = to_avro(schema, options(request_))
    assert to_text(avro) == answer["schema"]
    assert (PREFIX + encoder(schema, avro, options(request_))(value)).hex() == answer["bytes"]


@pytest.mark.parametrize(("name", "request_", "answer"), [case for case in cases() if "back" in case.values[2]])
def test_values_are_read_as_by_the_real_converter(name: str, request_: dict[str, Any], answer: dict[str, Any]) -> None:
    avro = parse(answer["schema"])
    schema = None if is_anything(avro) else ConnectSchemas(options(request_)).convert(avro, 1)
    reader = Reader(bytes.fromhex(answer["bytes"]), len(PREFIX))
    value = decoder(schema, avro)(reader)
    assert reader.left == 0
    written = converter().from_connect("topic", schema, value)
    assert written is not None
    assert json.loads(written) == json.loads(answer["back"])


@pytest.mark.parametrize(("name", "request_", "answer"), [case for case in cases() if "schema" in case.values[2]])
def test_the_text_of_a_parsed_schema_is_the_same_again(
    name: str, request_: dict[str, Any], answer: dict[str, Any]
) -> None:
    assert to_text(parse(answer["schema"])) == answer["schema"]
