"""A task's source offsets in Kafka: looked up when the task starts, written when its records are acknowledged."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from rowtide.connect import json_text
from rowtide.connect.plugins import Offset
from rowtide.connect.record import EncodedRecord
from rowtide.errors import ConnectError, KafkaUnavailableError, RowtideError
from rowtide.kafka.log import LogRecord
from rowtide.kafka.reader import read_keys

_log = logging.getLogger(__name__)

Partition = Mapping[str, object]
Offsets = Sequence[tuple[Partition, Offset]]
ReadKeys = Callable[[str, Mapping[str, str], Callable[[bytes], bool]], Mapping[bytes, LogRecord]]


class OffsetKeys:
    """The bytes under which the partitions of one connector are stored; stored bytes win over those we would write.

    A Java worker finds offsets by key bytes, so an entry has to be overwritten under the bytes it was found with.
    """

    def __init__(self, connector: str) -> None:
        self._connector = connector
        self._stored: dict[str, bytes] = {}

    def matches(self, key: bytes, partition: Partition) -> bool:
        """Whether a key names this connector and partition, in whatever order and spelling."""
        try:
            parsed = json_text.loads(key)
        except RowtideError:
            return False
        if not isinstance(parsed, list) or len(parsed) != 2 or parsed[0] != self._connector:
            return False
        return isinstance(parsed[1], dict) and _canonical(parsed[1]) == _canonical(partition)

    def remember(self, partition: Partition, key: bytes) -> None:
        self._stored[_canonical(partition)] = key

    def key(self, partition: Partition) -> bytes:
        """The bytes to store the partition's offset under. Raises DataError for values that JSON cannot hold."""
        stored = self._stored.get(_canonical(partition))
        return json_text.dumps([self._connector, dict(partition)]) if stored is None else stored


def _canonical(partition: Partition) -> str:
    return json_text.dumps(dict(sorted(partition.items()))).decode()


class OffsetReader:
    """Looks offsets up in an offsets topic."""

    def __init__(self, topic: str, properties: Mapping[str, str], keys: OffsetKeys, read: ReadKeys = read_keys) -> None:
        self._topic = topic
        self._properties = properties
        self._keys = keys
        self._read = read

    def offset(self, partition: Partition) -> Offset | None:
        """The newest stored offset, after reading the topic to its end; None when there is none or it was deleted.

        Raises:
            ConnectError: the topic cannot be read, or what it holds for the partition is not an offset.
            KafkaUnavailableError: the brokers could not be reached in time.
        """
        known: dict[bytes, bool] = {}

        def wanted(key: bytes) -> bool:
            if key not in known:
                known[key] = self._keys.matches(key, partition)
            return known[key]

        try:
            found = self._read(self._topic, self._properties, wanted)
        except KafkaUnavailableError as error:
            raise KafkaUnavailableError(f"Failed to fetch offsets from topic {self._topic}.") from error
        except RowtideError as error:
            raise ConnectError(f"Failed to fetch offsets from topic {self._topic}.") from error
        # Several keys can name one partition when workers of different kinds wrote them; the newest entry counts.
        newest = max(reversed(found.values()), key=lambda record: record.timestamp_ms, default=None)  # type: ignore[call-overload]
        if newest is None:
            return None
        assert newest.key is not None
        self._keys.remember(partition, newest.key)
        return None if newest.value is None else self._decode(newest)

    def _decode(self, record: LogRecord) -> Offset:
        place = f"topic {self._topic}, partition {record.partition}, offset {record.offset}"
        hint = "Repair it (PATCH offsets): it is not taken for missing, since that would mean a new snapshot."
        try:
            value = json_text.loads(record.value or b"")
        except RowtideError as error:
            raise ConnectError(f"The stored offset ({place}) cannot be decoded.", hint=hint) from error
        if not isinstance(value, dict):
            raise ConnectError(f"The stored offset ({place}) is not a JSON object.", hint=hint)
        return value


class LayeredOffsets:
    """Offsets in a connector's own topic before those in the worker's."""

    def __init__(self, readers: Sequence[OffsetReader]) -> None:
        self._readers = readers

    def offset(self, partition: Partition) -> Offset | None:
        """The first reader's offset that there is. Raises as each of them."""
        # All are asked, so that each one's keys are known when offsets are written.
        found = [reader.offset(partition) for reader in self._readers]
        return next((offset for offset in found if offset is not None), None)


class OffsetProducer(Protocol):
    """What takes offsets to where they are kept; methods as RecordProducer's."""

    def send(self, record: EncodedRecord) -> None: ...

    def flush(self, timeout_s: float) -> int: ...

    def outstanding(self) -> int: ...

    def raise_failure(self) -> None: ...

    def close(self, timeout_s: float) -> object: ...


class OffsetWriter:
    """Writes offsets with a producer of its own, whose failures do not touch the records'. For the loop's thread."""

    def __init__(self, topic: str, keys: OffsetKeys, open_producer: Callable[[], OffsetProducer]) -> None:
        self._topic = topic
        self._keys = keys
        self._open_producer = open_producer
        self._producer: OffsetProducer | None = None

    def write(self, offsets: Offsets, timeout_s: float) -> None:
        """Stores one offset a partition and waits for the acknowledgement.

        Raises:
            ConnectError: not acknowledged in time, or refused. Offsets may be written again, then or later.
        """
        deadline = time.monotonic() + timeout_s
        self.begin(offsets)
        with self._failing() as producer:
            outstanding = producer.flush(max(0.0, deadline - time.monotonic()))
            producer.raise_failure()
        if outstanding:
            raise ConnectError(
                f"{outstanding} offsets were not acknowledged by topic {self._topic} within {timeout_s:.1f} s."
            )

    def begin(self, offsets: Offsets) -> None:
        """Sends the offsets, one a partition, without waiting. Raises ConnectError when they are refused."""
        if self._producer is None:
            self._producer = self._open_producer()
        with self._failing() as producer:
            for partition, offset in offsets:
                key, value = self._keys.key(partition), json_text.dumps(dict(offset))
                producer.send(EncodedRecord(self._topic, None, key, value, []))

    def done(self) -> bool:
        """Whether what was begun is acknowledged. Raises ConnectError when it was refused."""
        with self._failing() as producer:
            outstanding = producer.outstanding()
            producer.raise_failure()
        return outstanding == 0

    @contextmanager
    def _failing(self) -> Iterator[OffsetProducer]:
        """A producer that has failed once stays so; the next commit opens another."""
        if self._producer is None:
            raise ConnectError(f"No offsets are on their way to topic {self._topic}.")
        try:
            yield self._producer
        except ConnectError:
            self._producer.close(0)
            self._producer = None
            raise

    def close(self, timeout_s: float) -> None:
        if self._producer is not None:
            self._producer.close(timeout_s)


class LayeredWriter:
    """Stores offsets in a connector's own topic and then, for whoever reads only that, in the worker's."""

    def __init__(self, own: OffsetWriter, worker: OffsetWriter) -> None:
        self._own = own
        self._worker = worker
        self._offsets: Offsets | None = None
        """What the worker's topic is to get next."""

    def write(self, offsets: Offsets, timeout_s: float) -> None:
        """Raises ConnectError when the own topic did not take them; failures of the other are logged."""
        deadline = time.monotonic() + timeout_s
        self._own.write(offsets, timeout_s)
        try:
            self._worker.write(offsets, max(0.0, deadline - time.monotonic()))
        except ConnectError as error:
            self._say(error)

    def begin(self, offsets: Offsets) -> None:
        """As OffsetWriter's."""
        self._own.begin(offsets)
        self._offsets = offsets

    def done(self) -> bool:
        """As OffsetWriter's; failures of the worker's topic are logged."""
        if self._offsets is not None and not self._own.done():
            return False
        try:
            if self._offsets is not None:
                offsets, self._offsets = self._offsets, None
                self._worker.begin(offsets)
            return self._worker.done()
        except ConnectError as error:
            self._say(error)
            return True

    def _say(self, error: ConnectError) -> None:
        _log.error("offsets are stored in the connector's own topic but not in the worker's", exc_info=error)

    def close(self, timeout_s: float) -> None:
        self._own.close(timeout_s)
        self._worker.close(timeout_s)
