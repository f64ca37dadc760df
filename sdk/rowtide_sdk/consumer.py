"""Events of Debezium topics one by one."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

from rowtide_sdk.commits import CommitPolicy, StoredOffsets
from rowtide_sdk.decoder import Decoder
from rowtide_sdk.decoding import Decoding, as_decoding
from rowtide_sdk.events import Event
from rowtide_sdk.kafka_source import KafkaSource, Topics
from rowtide_sdk.message import RawMessage, TopicPartition
from rowtide_sdk.message_source import MessageSource
from rowtide_sdk.reader import Clock, OnError, Reader, check_on_error
from rowtide_sdk.row import Row
from rowtide_sdk.rows import Rows

R = TypeVar("R")
C = TypeVar("C")


class EventAssembler(Generic[R]):
    """Each message is an event."""

    def __init__(self, decoder: Decoder[R]) -> None:
        self._decoder = decoder
        self._event: Event[R] | None = None
        self._skipped: dict[TopicPartition, int] = {}

    def put(self, message: RawMessage, now: float) -> None:
        self._event = self._decoder.decode(message)

    def skip(self, message: RawMessage) -> None:
        self._skipped[message.topic_partition] = message.offset + 1

    def take(self, now: float) -> Event[R] | None:
        return self._event

    def done(self) -> dict[TopicPartition, int]:
        event, self._event = self._event, None
        if event is None:
            return {}
        partition = event.message.topic_partition
        self._skipped.pop(partition, None)
        return {partition: event.message.offset + 1}

    def settled(self) -> dict[TopicPartition, int]:
        skipped, self._skipped = self._skipped, {}
        return skipped

    def clear(self) -> None:
        self._event = None
        self._skipped.clear()


class Consumer(Reader[Event[R]], Generic[R]):
    """Events of Debezium topics, each delivered at least once.

    `for event in consumer` counts an event as handled when the next one is asked for, and the last one when the `with`
    block ends without an exception; `run(handler)` when the handler returns. Only handled events are committed, so
    after any crash reading goes on with the first event that was not. To be used by one thread; only stop() may be
    called from any thread or signal handler.

    Args:
        topics: a topic, several, or a compiled pattern that a topic's name must begin with.
        group_id: the consumer group.
        bootstrap_servers: `host:port`, or several.
        rows: a row class for all rows, a mapping of `db.table` or topic to row classes, or Rows(...); without, and for
            tables that are not in the mapping, rows are `Row` objects. Decoding(...) for Avro and other settings.
        commit: when to commit, after each batch by default; or StoredOffsets, kept by the application.
        on_error: "raise", or a callable that takes the raw message and the error.
        kafka: any further settings of kafka-python's KafkaConsumer, by their names there.

    Raises:
        ConfigError: a setting or row class that cannot work.
        BrokerError: no broker answered.
    """

    @overload
    def __init__(
        self: Consumer[Row],
        topics: Topics,
        *,
        group_id: str,
        bootstrap_servers: str | Sequence[str] = ...,
        rows: None = None,
        commit: CommitPolicy | StoredOffsets | None = None,
        on_error: OnError = "raise",
        kafka: Mapping[str, Any] | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self: Consumer[C],
        topics: Topics,
        *,
        group_id: str,
        bootstrap_servers: str | Sequence[str] = ...,
        rows: type[C] | Rows[C] | Decoding[C],
        commit: CommitPolicy | StoredOffsets | None = None,
        on_error: OnError = "raise",
        kafka: Mapping[str, Any] | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self: Consumer[C | Row],
        topics: Topics,
        *,
        group_id: str,
        bootstrap_servers: str | Sequence[str] = ...,
        rows: Mapping[str, type[C]],
        commit: CommitPolicy | StoredOffsets | None = None,
        on_error: OnError = "raise",
        kafka: Mapping[str, Any] | None = None,
    ) -> None: ...

    def __init__(
        self,
        topics: Topics,
        *,
        group_id: str,
        bootstrap_servers: str | Sequence[str] = "localhost:9092",
        rows: Any = None,
        commit: CommitPolicy | StoredOffsets | None = None,
        on_error: OnError = "raise",
        kafka: Mapping[str, Any] | None = None,
    ) -> None:
        decoder: Decoder[Any] = Decoder(as_decoding(rows))  # first, so that a wrong row class needs no broker to show
        check_on_error(on_error)
        source = KafkaSource(topics, group_id, bootstrap_servers, kafka or {})
        self._start(source, EventAssembler(decoder), commit, on_error, time.monotonic)

    @overload
    @classmethod
    def of(
        cls,
        source: MessageSource,
        *,
        rows: None = None,
        commit: CommitPolicy | StoredOffsets | None = None,
        on_error: OnError = "raise",
        clock: Clock = time.monotonic,
    ) -> Consumer[Row]: ...

    @overload
    @classmethod
    def of(
        cls,
        source: MessageSource,
        *,
        rows: type[C] | Rows[C] | Decoding[C],
        commit: CommitPolicy | StoredOffsets | None = None,
        on_error: OnError = "raise",
        clock: Clock = time.monotonic,
    ) -> Consumer[C]: ...

    @overload
    @classmethod
    def of(
        cls,
        source: MessageSource,
        *,
        rows: Mapping[str, type[C]],
        commit: CommitPolicy | StoredOffsets | None = None,
        on_error: OnError = "raise",
        clock: Clock = time.monotonic,
    ) -> Consumer[C | Row]: ...

    @classmethod
    def of(
        cls,
        source: MessageSource,
        *,
        rows: Any = None,
        commit: CommitPolicy | StoredOffsets | None = None,
        on_error: OnError = "raise",
        clock: Clock = time.monotonic,
    ) -> Consumer[Any]:
        """A consumer of another source of messages, such as `testing.MemorySource`.

        Args:
            clock: seconds that only ever grow, for CommitPolicy.seconds and idle times.
        """
        check_on_error(on_error)
        consumer: Consumer[Any] = cls.__new__(cls)
        consumer._start(source, EventAssembler(Decoder(as_decoding(rows))), commit, on_error, clock)
        return consumer
