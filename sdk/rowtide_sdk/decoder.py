"""From a message's bytes to an event. Pure: no broker, no clock, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeAlias, TypeVar, overload

from rowtide_sdk.avro import MAGIC, AvroError, AvroReader
from rowtide_sdk.decoding import Decoding, as_decoding
from rowtide_sdk.errors import DecodeError
from rowtide_sdk.events import (
    Delete,
    Event,
    Heartbeat,
    Insert,
    Read,
    SchemaChange,
    TableChange,
    Tombstone,
    TransactionBoundary,
    Truncate,
    Unknown,
    Update,
)
from rowtide_sdk.flattened import Added, row_of
from rowtide_sdk.message import RawMessage
from rowtide_sdk.payload import CompiledSchema, Payload, PayloadReader
from rowtide_sdk.row import Row
from rowtide_sdk.rows import Rows
from rowtide_sdk.schema import ColumnError, read_plain
from rowtide_sdk.source import Source, Transaction
from rowtide_sdk.unavailable import NONE
from rowtide_sdk.unset import UNSET

R = TypeVar("R")
C = TypeVar("C")

HEARTBEAT_TOPICS = "__debezium-heartbeat"
"""Start of the heartbeat topics' names; only needed where messages carry no schema."""

HEARTBEAT_SCHEMA = "io.debezium.connector.common.Heartbeat"

_Json = Mapping[str, Any]
_Images = tuple[_Json | None, _Json | None]
_RowEvents: TypeAlias = Callable[..., Insert[Any] | Update[Any] | Delete[Any] | Read[Any]]
_OTHER_KEYS: Mapping[_RowEvents, tuple[str, str]] = {
    Delete: ("new_key", "__debezium.newkey"),
    Insert: ("old_key", "__debezium.oldkey"),
}
"""Attribute and header of the two records that a changed key makes: a delete, and an insert under the new key."""

_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


class Decoder(Generic[R]):
    """Decodes messages of any Debezium topic, remembering schemas between them.

    Not for more than one thread at a time.

    Args:
        rows: the row classes, or with them the registry and what else Decoding tells; None gives `Row` objects.
    """

    def __init__(self, rows: Rows[R] | Decoding[R] | None = None) -> None:
        decoding = as_decoding(rows)
        self._rows = decoding.rows
        self._placeholder = decoding.placeholder
        self._flattened = decoding.flattened
        self._payloads = PayloadReader()
        self._avro = AvroReader(decoding.registry) if decoding.registry is not None else None

    def decode(self, message: RawMessage) -> Event[R]:
        """The event of a message.

        Raises:
            DecodeError: a Debezium record that does not fit its schema or the row class. What is no Debezium record is
                not an error but an `Unknown` event.
            RegistryError: a schema could not be had.
        """
        key = self._key(message)
        if message.value is None:
            return Tombstone(message, key)
        if self._avro is None and message.value.startswith(MAGIC):
            return Unknown(message, key, "the value is Avro; give Decoding(registry=Registry(...)) as rows to read it")
        try:
            payload = self._read(message.topic, "value", message.value)
        except AvroError as error:
            raise _decode_error(message, str(error)) from error
        except (ValueError, RecursionError) as error:
            return Unknown(message, key, f"the value is no JSON that JsonConverter writes ({type(error).__name__})")
        if not isinstance(payload.value, dict):
            return Unknown(message, key, "the value is not a JSON object")
        try:
            return self._record(message, key, payload)
        except ColumnError as error:
            raise _decode_error(message, str(error)) from error
        except _MALFORMED as error:
            raise _decode_error(message, "the record has not the fields Debezium gives it") from error

    def _key(self, message: RawMessage) -> Any:
        """The key as a Row, as a plain value where it is one, or None where it is absent or not JSON."""
        if message.key is None:
            return None
        try:
            return _key_value(self._read(message.topic, "key", message.key))
        except (ColumnError, AvroError) as error:
            raise _decode_error(message, f"key: {error}") from error
        except (ValueError, RecursionError):
            return None

    def _read(self, topic: str, part: str, data: bytes) -> Payload:
        if self._avro is not None and data.startswith(MAGIC):
            return self._avro.read("value" if part == "value" else "key", data)
        return self._payloads.read(topic, part, data)

    def _other_key(self, message: RawMessage, header: str) -> Any:
        """The key in a header, as exact as the header's converter wrote it; None without."""
        data = dict(message.headers).get(header)
        if data is None:
            return None
        try:
            return _key_value(self._read(message.topic, header, data))
        except (ValueError, RecursionError):  # of a converter that writes neither JSON nor Avro
            return None

    def _record(self, message: RawMessage, key: Any, payload: Payload) -> Event[R]:
        record, schema = payload.value, payload.schema
        if "op" in record and "source" in record:
            return self._change(message, key, record, schema)
        added = Added(message, record)
        if added.tells_the_operation:
            return self._flat(message, key, payload, added)
        if "ddl" in record and "databaseName" in record:
            return _schema_change(message, key, record)
        if record.get("status") in ("BEGIN", "END") and "event_count" in record:
            return _boundary(message, key, record)
        if _is_heartbeat(message, record, schema):
            return Heartbeat(message, key, record["ts_ms"])
        if self._flattened:
            return self._flat(message, key, payload, added)
        return Unknown(
            message,
            key,
            "the object is none of Debezium's records; if a transform removed its envelope, let that add the field op, "
            "or give Decoding(flattened=True) as rows",
        )

    def _change(self, message: RawMessage, key: Any, record: _Json, schema: CompiledSchema | None) -> Event[R]:
        op = record["op"]
        source = Source.from_json(record["source"])
        block = record.get("transaction")
        transaction = Transaction.from_json(block) if block else None
        times = (record.get("ts_ms"), record.get("ts_us"), record.get("ts_ns"))
        if op == "t":
            return Truncate(message, key, source, transaction, *times)
        build = _ROW_EVENTS.get(op)
        if build is None:
            return Unknown(message, key, f"the operation {op!r} is no change of a row")
        wires = record.get("before"), record.get("after")
        for side in _SIDES[op]:
            if record.get(side) is None:
                raise _decode_error(message, f"operation {op} without the row's {side} image")
        return self._row_event(build, (message, key, source, transaction, *times), wires, schema)

    def _flat(self, message: RawMessage, key: Any, payload: Payload, added: Added) -> Event[R]:
        """A row whose envelope was removed; there is one image, which of a deleted row is the one before."""
        op = added.operation
        build = _ROW_EVENTS.get(op)
        if build is None:
            return Unknown(message, key, f"the operation {op!r} is no change of a row")
        row = row_of(payload.value)
        wires = (row, None) if op == "d" else (None, row)
        told = (message, key, added.source(), added.transaction(), *added.times)
        return self._row_event(build, told, wires, payload.schema)

    def _row_event(
        self, build: _RowEvents, told: tuple[Any, ...], wires: _Images, schema: CompiledSchema | None
    ) -> Event[R]:
        """
        Args:
            told: the event's fields up to the images.
        """
        message, source = told[0], told[2]
        before, after = wires
        missing = self._missing(after)
        images = (
            self._row(message, source, before, self._missing(before), schema),
            self._row(message, source, after, missing, schema),
        )
        changed = _changed(before, after)
        if missing:
            changed = tuple(name for name in changed if name not in missing)
        columns = schema.row_reader.schema if schema and schema.row_reader else None
        header = _OTHER_KEYS.get(build) if message.headers else None
        other: dict[str, Any] = {header[0]: self._other_key(message, header[1])} if header else {}
        return build(*told, *images, changed, columns, **other)

    def _missing(self, wire: _Json | None) -> frozenset[str]:
        """Columns that were not sent."""
        return NONE if wire is None or self._placeholder is None else self._placeholder.columns(wire)

    def _row(
        self, message: RawMessage, source: Source, wire: Any, missing: frozenset[str], schema: CompiledSchema | None
    ) -> Any:
        if wire is None:
            return None
        reader = schema.row_reader if schema else None
        sent = {**wire, **dict.fromkeys(missing)} if missing else wire  # the placeholder is of no column's type
        values = reader.read(sent) if reader else read_plain(sent)
        for name in missing:
            values[name] = UNSET
        row_class = self._rows.row_class(message.topic, source.table_name) if self._rows else None
        if row_class is None:
            return Row(values, wire)
        try:
            return row_class.build(values, wire)
        except ColumnError:
            raise
        except Exception as error:  # validators of the application's class raise what they like
            raise _decode_error(
                message, f"{row_class.cls.__name__} refused the row with {type(error).__name__}"
            ) from error


def _decode_error(message: RawMessage, problem: str) -> DecodeError:
    return DecodeError(problem, topic=message.topic, partition=message.partition, offset=message.offset)


def _key_value(payload: Payload) -> Any:
    if not isinstance(payload.value, dict):
        return payload.value
    reader = payload.schema.row_reader if payload.schema else None
    return Row(reader.read(payload.value) if reader else read_plain(payload.value), payload.value)


def _changed(before: _Json | None, after: _Json | None) -> tuple[str, ...]:
    if before is None or after is None:
        return tuple(after or before or ())
    return tuple(name for name, value in after.items() if name not in before or before[name] != value)


def _schema_change(message: RawMessage, key: Any, record: _Json) -> SchemaChange:
    changes = [
        TableChange(change["type"], change["id"], change.get("table")) for change in record.get("tableChanges") or ()
    ]
    source = Source.from_json(record["source"])
    return SchemaChange(
        message, key, source, record["databaseName"], record["ddl"], tuple(changes), record.get("ts_ms")
    )


def _boundary(message: RawMessage, key: Any, record: _Json) -> TransactionBoundary:
    collections = record.get("data_collections") or ()
    counts = {entry["data_collection"]: entry["event_count"] for entry in collections}
    return TransactionBoundary(
        message, key, record["status"], record["id"], record["event_count"], counts, record.get("ts_ms")
    )


def _is_heartbeat(message: RawMessage, record: _Json, schema: CompiledSchema | None) -> bool:
    if "ts_ms" not in record:
        return False
    return message.topic.startswith(HEARTBEAT_TOPICS) or (schema is not None and schema.name == HEARTBEAT_SCHEMA)


_ROW_EVENTS: Mapping[str, _RowEvents] = {"c": Insert, "u": Update, "d": Delete, "r": Read}
_SIDES: Mapping[str, tuple[str, ...]] = {"c": ("after",), "u": ("after",), "d": ("before",), "r": ("after",)}
"""The images that an operation cannot be without."""


@overload
def decode_message(
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes | None]] = ...,
    *,
    rows: None = None,
) -> Event[Row]: ...


@overload
def decode_message(
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes | None]] = ...,
    *,
    rows: type[C] | Rows[C] | Decoding[C],
) -> Event[C]: ...


@overload
def decode_message(
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes | None]] = ...,
    *,
    rows: Mapping[str, type[C]],
) -> Event[C | Row]: ...


def decode_message(
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes | None]] = (),
    *,
    rows: Any = None,
) -> Event[Any]:
    """Decodes one message without any broker, as a consumer would; for tests and for bytes kept elsewhere.

    Args:
        rows: as for `Consumer`.

    Raises:
        DecodeError: a Debezium record that does not fit its schema or the row class.
        ConfigError: a row class that cannot work.
    """
    message = RawMessage(topic, -1, -1, -1, tuple(headers), key, value)
    return Decoder(as_decoding(rows)).decode(message)
