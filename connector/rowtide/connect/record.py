"""Source records and the batches in which they travel.

A batch is what a source yields. A record becomes an object only for who asks for one (a transform, a listener);
whoever just
wants bytes calls `RecordBatch.encode`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol, cast

from rowtide.connect.formats import PayloadFormat
from rowtide.connect.schema import Schema


@dataclass(frozen=True, slots=True)
class Header:
    name: str
    schema: Schema | None
    value: object


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One record as Connect's SourceRecord; its offset is asked from its batch.

    Attributes:
        partition: the Kafka partition, None to let the producer choose by key.
        timestamp: ms since the epoch, None for the producer's clock.
    """

    topic: str
    partition: int | None
    key_schema: Schema | None
    key: object
    value_schema: Schema | None
    value: object
    headers: tuple[Header, ...] = ()
    timestamp: int | None = None

    def changed(self, **parts: Any) -> SourceRecord:
        """As `dataclasses.replace`, in a third of the time."""
        made: Any = _Open(
            self.topic,
            self.partition,
            self.key_schema,
            self.key,
            self.value_schema,
            self.value,
            self.headers,
            self.timestamp,
        )
        for name, value in parts.items():
            setattr(made, name, value)
        made.__class__ = SourceRecord
        return cast("SourceRecord", made)


@dataclass(slots=True)
class _Open:
    """A record that is being made: the same attributes, which may still be set."""

    topic: str
    partition: int | None
    key_schema: Schema | None
    key: object
    value_schema: Schema | None
    value: object
    headers: tuple[Header, ...] = ()
    timestamp: int | None = None


_set_class: Any = object.__dict__["__class__"].__set__


def _set_parts(  # noqa: PLR0913, PLR0917 - the fields
    self: Any,
    topic: str,
    partition: int | None,
    key_schema: Schema | None,
    key: object,
    value_schema: Schema | None,
    value: object,
    headers: tuple[Header, ...] = (),
    timestamp: int | None = None,
) -> None:
    """As dataclasses do it for a frozen class, in a quarter of the time: records are made by the million."""
    own: object = self.__class__
    if own is not SourceRecord:  # somebody's subclass, whose memory may be laid out otherwise
        values = topic, partition, key_schema, key, value_schema, value, headers, timestamp
        for part, given in zip(fields(_Open), values, strict=True):
            object.__setattr__(self, part.name, given)
        return
    _set_class(self, _Open)
    self.topic = topic
    self.partition = partition
    self.key_schema = key_schema
    self.key = key
    self.value_schema = value_schema
    self.value = value
    self.headers = headers
    self.timestamp = timestamp
    self.__class__ = SourceRecord


SourceRecord.__init__ = _set_parts  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class EncodedRecord:
    """One record as bytes. A None value is a tombstone."""

    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    timestamp: int | None = None


class PackedRecords(Protocol):
    """Keys and values of encoded records, in one piece of memory."""

    def __len__(self) -> int: ...

    @property
    def size(self) -> int:
        """Bytes of all keys and values."""
        ...

    def keys(self) -> list[bytes | None]: ...

    def values(self) -> list[bytes | None]: ...


@dataclass(frozen=True, slots=True)
class EncodedBatch:
    """Records of one batch as bytes, all for one topic, partitioned by their keys.

    Attributes:
        headers: of every record.
        own_headers: by index, of the records that have others.
        completes: how many records of the batch are done once all of these are sent; None: each one when it is sent.
        covers: how many are done with the last that is sent, where those after it are dropped; None for `completes`.
    """

    topic: str
    records: PackedRecords
    headers: list[tuple[str, bytes | None]]
    own_headers: Mapping[int, list[tuple[str, bytes | None]]]
    completes: int | None = None
    covers: int | None = None

    def __len__(self) -> int:
        return len(self.records)


class RecordTransforms(Protocol):
    """A connector's transforms."""

    def transformed(self, record: SourceRecord) -> SourceRecord | None:
        """What they make of a record, None where they drop it. Raises what they raise."""
        ...

    def of_shape(self, record: SourceRecord) -> SourceRecord | None:
        """The same for a record with values that are not known (`rowtide.connect.shape`).

        Raises:
            ShapeError: that cannot be told without the values; the message names the transform.
        """
        ...


class RecordEncoder(Protocol):
    """Turns one record into bytes: the task's converters, composed by the runtime."""

    @property
    def transforms(self) -> RecordTransforms | None:
        """What `encode_batch` has to do to records before; `encode` does not. None for nothing."""
        ...

    @property
    def formats(self) -> tuple[PayloadFormat, PayloadFormat] | None:
        """How keys and values are written; None when one of the converters does not tell."""
        ...

    def encode_headers(self, topic: str, headers: Sequence[Header]) -> list[tuple[str, bytes | None]]:
        """Raises DataError."""
        ...

    def encode(self, record: SourceRecord) -> EncodedRecord:
        """Raises DataError when a converter cannot encode the record."""
        ...


class RecordBatch(ABC):
    """Ordered records of one source partition, built on demand.

    `len` counts records. The offset of a record is where a task goes on after that record has been acknowledged.
    """

    source_partition: Mapping[str, object]

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __iter__(self) -> Iterator[SourceRecord]: ...

    @abstractmethod
    def source_offset(self, index: int) -> Mapping[str, object]:
        """The offset to store once records 0..index are acknowledged; key order is the order it is written in."""

    def encode(self, encoder: RecordEncoder) -> Iterator[EncodedRecord]:
        """The records as bytes, in order."""
        return map(encoder.encode, self)

    def lazy_records(self, encoder: RecordEncoder) -> Iterator[SourceRecord]:
        """The records for those who look into some of them, which may be encoded with what the encoder tells."""
        return iter(self)

    def encode_batch(self, encoder: RecordEncoder) -> Iterator[EncodedBatch] | None:
        """All records as bytes, many at a time, as the encoder's transforms leave them; None where that is only
        possible record by record.

        Each piece has about a MiB, or one record, and lasts until the next one is asked for. Together they have fewer
        records than the batch when the next one cannot be encoded: making that one says why.
        """
        return None


class ListBatch(RecordBatch):
    """A batch of records that exist already, all stored with one offset."""

    def __init__(
        self, source_partition: Mapping[str, object], offset: Mapping[str, object], records: Sequence[SourceRecord]
    ) -> None:
        self.source_partition = source_partition
        self._offset = offset
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[SourceRecord]:
        return iter(self._records)

    def source_offset(self, index: int) -> Mapping[str, object]:
        return self._offset
