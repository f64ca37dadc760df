"""From a message's bytes to an event. Pure: no broker, no clock, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar, overload

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
from rowtide_sdk.message import RawMessage
from rowtide_sdk.payload import CompiledSchema, Payload, PayloadReader
from rowtide_sdk.row import Row
from rowtide_sdk.rows import Rows
from rowtide_sdk.schema import ColumnError, read_plain
from rowtide_sdk.source import Source, Transaction

R = TypeVar("R")
C = TypeVar("C")

HEARTBEAT_TOPICS = "__debezium-heartbeat"
"""Start of the heartbeat topics' names; only needed where messages carry no schema."""

HEARTBEAT_SCHEMA = "io.debezium.connector.common.Heartbeat"

_Json = Mapping[str, Any]
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


class Decoder(Generic[R]):
    """Decodes messages of any Debezium topic, remembering schemas between them.

    Not for more than one thread at a time.

    Args:
        rows: the row classes; None gives `Row` objects.
    """

    def __init__(self, rows: Rows[R] | None = None) -> None:
        self._rows = rows
        self._payloads = PayloadReader()

    def decode(self, message: RawMessage) -> Event[R]:
        """The event of a message.

        Raises:
            DecodeError: a Debezium record that does not fit its schema or the row class. What is no Debezium record is
                not an error but an `Unknown` event.
        """
        key = self._key(message)
        if message.value is None:
            return Tombstone(message, key)
        try:
            payload = self._payloads.read(message.topic, "value", message.value)
        except (ValueError, RecursionError) as error:
            return Unknown(message, key, f"the value is no JSON that JsonConverter writes ({type(error).__name__})")
        if not isinstance(payload.value, dict):
            return Unknown(message, key, "the value is not a JSON object")
        try:
            return self._record(message, key, payload.value, payload.schema)
        except ColumnError as error:
            raise _decode_error(message, str(error)) from error
        except _MALFORMED as error:
            raise _decode_error(message, "the record has not the fields Debezium gives it") from error

    def _key(self, message: RawMessage) -> Any:
        """The key as a Row, as a plain value where it is one, or None where it is absent or not JSON."""
        if message.key is None:
            return None
        try:
            payload = self._payloads.read(message.topic, "key", message.key)
            return _key_value(payload)
        except ColumnError as error:
            raise _decode_error(message, f"key: {error}") from error
        except (ValueError, RecursionError):
            return None

    def _record(self, message: RawMessage, key: Any, record: _Json, schema: CompiledSchema | None) -> Event[R]:
        if "op" in record and "source" in record:
            return self._change(message, key, record, schema)
        if "ddl" in record and "databaseName" in record:
            return _schema_change(message, key, record)
        if record.get("status") in ("BEGIN", "END") and "event_count" in record:
            return _boundary(message, key, record)
        if _is_heartbeat(message, record, schema):
            return Heartbeat(message, key, record["ts_ms"])
        return Unknown(
            message, key, "the object is none of Debezium's records; was its envelope removed by a transform?"
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
        images = [self._row(message, source, record.get(side), schema) for side in ("before", "after")]
        for side in _SIDES[op]:
            if record.get(side) is None:
                raise _decode_error(message, f"operation {op} without the row's {side} image")
        changed = _changed(record.get("before"), record.get("after"))
        columns = schema.row_reader.schema if schema and schema.row_reader else None
        event: Event[R] = build(message, key, source, transaction, *times, *images, changed, columns)
        return event

    def _row(self, message: RawMessage, source: Source, wire: Any, schema: CompiledSchema | None) -> Any:
        if wire is None:
            return None
        reader = schema.row_reader if schema else None
        values = reader.read(wire) if reader else read_plain(wire)
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


_ROW_EVENTS: Mapping[str, Callable[..., Any]] = {"c": Insert, "u": Update, "d": Delete, "r": Read}
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
    rows: type[C] | Rows[C],
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
    return Decoder(as_rows(rows)).decode(message)


def as_rows(rows: Any) -> Rows[Any] | None:
    """What applications may give as `rows`, as Rows."""
    return rows if rows is None or isinstance(rows, Rows) else Rows(rows)
