"""Columns that were not sent are UNSET, which is not NULL; `raw` keeps what stood for them."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import fastavro
import pytest

from rowtide_sdk import UNSET, ConfigError, DecodeError, Decoding, Insert, Registry, Unset, Update, decode_message
from tests.unit.converters.scripted_registry import ScriptedRegistry, serving
from tests.unit.sdk.test_avro import envelope, row_type, written

TEXT = "__debezium_unavailable_value"
RAW = TEXT.encode()
ENCODED = base64.b64encode(RAW).decode()
NAMED = str(uuid.uuid3(type("NoNamespace", (), {"bytes": b""})(), TEXT))  # Java's UUID.nameUUIDFromBytes
FORMS: dict[str, Any] = {
    "text": TEXT,
    "base64": ENCODED,
    "hex": RAW.hex(),
    "texts": [TEXT],
    "binaries": [ENCODED],
    "numbers": list(RAW),
    "uuids": [NAMED],
    "hstore": {TEXT: TEXT},
    "hstore as json": json.dumps({TEXT: TEXT}, separators=(",", ":")),
}


@dataclass
class Note:
    id: int
    body: str | Unset | None


@dataclass
class Strict:
    id: int
    body: str | None


def update(before: Any, after: Any, rows: Any = None, schema: Any = None) -> Update[Any]:
    record: Any = {"op": "u", "before": before, "after": after, "source": {"db": "db", "table": "t"}}
    if schema is not None:
        fields = [{"type": "struct", "fields": schema, "field": "after"}]
        record = {"schema": {"type": "struct", "fields": fields}, "payload": record}
    event = decode_message("p.db.t", None, json.dumps(record, ensure_ascii=False).encode(), rows=rows)
    assert isinstance(event, Update)
    return event


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_placeholder(form: str) -> None:
    event = update({"id": 1, "c": "old"}, {"id": 1, "c": FORMS[form]})
    assert event.after.c is UNSET
    assert event.after.raw("c") == FORMS[form]
    assert event.changed == ()


@pytest.mark.parametrize(
    ("schema", "wire"),
    [
        ({"type": "string", "name": "io.debezium.data.Json"}, TEXT),
        ({"type": "string", "name": "io.debezium.data.Uuid"}, TEXT),
        ({"type": "bytes"}, ENCODED),
        ({"type": "array", "items": {"type": "string", "name": "io.debezium.data.Uuid"}}, [NAMED]),
        ({"type": "array", "items": {"type": "int32", "name": "io.debezium.time.Date"}}, list(RAW)),
    ],
)
def test_with_schema_it_is_never_read_as_the_columns_type(schema: Any, wire: Any) -> None:
    event = update(None, {"c": wire}, schema=[{**schema, "field": "c", "optional": True}])
    assert event.after.c is UNSET
    assert event.after.raw("c") == wire


def test_json_of_a_column_that_was_not_sent() -> None:
    assert update(None, {"c": TEXT}).after.json("c") is UNSET


def test_null_and_other_values_stay() -> None:
    event = update({"a": 1, "b": TEXT, "c": 2}, {"a": 2, "b": "new", "c": None, "d": f"not {TEXT}", "e": TEXT})
    assert dict(event.after) == {"a": 2, "b": "new", "c": None, "d": f"not {TEXT}", "e": UNSET}
    assert event.before is not None
    assert event.before.b is UNSET
    assert event.changed == ("a", "b", "c", "d")


def test_a_class_tells_it_from_null_or_refuses_it() -> None:
    assert update(None, {"id": 1, "body": TEXT}, Note).after == Note(1, UNSET)
    assert update(None, {"id": 1, "body": None}, Note).after == Note(1, None)
    assert update(None, {"id": 1, "body": "text"}, Note).after == Note(1, "text")
    with pytest.raises(DecodeError, match=r"column body: not sent; .* annotate Strict.body with `\| Unset`"):
        update(None, {"id": 1, "body": TEXT}, Strict)


@pytest.mark.parametrize("placeholder", ["none", 'with "quotes" \\ 한글', b"\xff\x00\x80"])
def test_another_placeholder(placeholder: str | bytes) -> None:
    raw = placeholder if isinstance(placeholder, bytes) else placeholder.encode()
    rows = Decoding(unavailable=placeholder)
    signed = [byte - 256 if byte > 127 else byte for byte in raw]
    wire = {"b": base64.b64encode(raw).decode(), "n": signed, "other": TEXT}
    if isinstance(placeholder, str):
        wire["t"] = placeholder
    row = update(None, wire, rows).after
    assert {name for name, value in row.items() if value is UNSET} == wire.keys() - {"other"}


def test_none_takes_every_value_as_it_is() -> None:
    assert update(None, {"c": TEXT}, Decoding(unavailable=None)).after.c == TEXT


def test_an_empty_placeholder_is_refused() -> None:
    with pytest.raises(ConfigError):
        Decoding(unavailable="")


@pytest.fixture
def registry() -> Iterator[ScriptedRegistry]:
    with serving(ScriptedRegistry()) as running:
        yield running


@pytest.mark.parametrize(
    ("avro", "wire"),
    [
        ("string", TEXT),
        ("bytes", RAW),
        ({"type": "array", "items": "string"}, [TEXT]),
        ({"type": "array", "items": "bytes"}, [RAW]),
        ({"type": "array", "items": "int"}, list(RAW)),
        ({"type": "map", "values": "string"}, {TEXT: TEXT}),
    ],
)
def test_in_avro(avro: Any, wire: Any, registry: ScriptedRegistry) -> None:
    schema = envelope(row_type({"name": "c", "type": avro}, {"name": "d", "type": avro}))
    fastavro.parse_schema(json.loads(schema))
    registry.schemas.append(("t-value", schema))
    other = type(wire)() if not isinstance(wire, list) else []
    event = decode_message(
        "p.db.t", None, written(schema, {"c": wire, "d": other}), rows=Decoding(registry=Registry(registry.url))
    )
    assert isinstance(event, Insert)
    assert dict(event.after) == {"c": UNSET, "d": other}
    assert event.after.raw("c") == wire
