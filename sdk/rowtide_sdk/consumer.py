"""The consumer loop: read, decode, hand over, and commit only what was handled."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Generic, Literal, TypeAlias, TypeVar, overload

from rowtide_sdk.commits import CommitPolicy, HandledOffsets
from rowtide_sdk.decoder import Decoder, as_rows
from rowtide_sdk.errors import CommitError, ConfigError, DecodeError, HandlerError, MessageError, SdkError
from rowtide_sdk.events import Event
from rowtide_sdk.kafka_source import KafkaSource, Topics
from rowtide_sdk.message import RawMessage
from rowtide_sdk.message_source import CommitOutcome, MessageSource
from rowtide_sdk.row import Row
from rowtide_sdk.rows import Rows

log = logging.getLogger(__name__)

R = TypeVar("R")
C = TypeVar("C")

Clock: TypeAlias = Callable[[], float]

OnError: TypeAlias = Literal["raise"] | Callable[[RawMessage, MessageError], None]
"""What happens to a message that cannot be decoded or whose handler raised: the error is raised, or the callable gets
both; when it returns, the message counts as handled, and what it raises ends the consumer."""

POLL_S = 0.5
"""Longest wait in one poll, which is how soon stop() is noticed."""

COMMIT_PATIENCE_S = 300.0
"""How long commits may fail for passing reasons before the consumer gives up."""


class Consumer(Generic[R]):
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
            tables that are not in the mapping, rows are `Row` objects.
        commit: when to commit; after each batch by default.
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
        commit: CommitPolicy | None = None,
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
        rows: type[C] | Rows[C],
        commit: CommitPolicy | None = None,
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
        commit: CommitPolicy | None = None,
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
        commit: CommitPolicy | None = None,
        on_error: OnError = "raise",
        kafka: Mapping[str, Any] | None = None,
    ) -> None:
        decoder: Decoder[Any] = Decoder(as_rows(rows))  # first, so that a wrong row class needs no broker to show
        _check_on_error(on_error)
        source = KafkaSource(topics, group_id, bootstrap_servers, kafka or {})
        self._start(source, decoder, commit, on_error, time.monotonic)

    @overload
    @classmethod
    def of(
        cls,
        source: MessageSource,
        *,
        rows: None = None,
        commit: CommitPolicy | None = None,
        on_error: OnError = "raise",
        clock: Clock = time.monotonic,
    ) -> Consumer[Row]: ...

    @overload
    @classmethod
    def of(
        cls,
        source: MessageSource,
        *,
        rows: type[C] | Rows[C],
        commit: CommitPolicy | None = None,
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
        commit: CommitPolicy | None = None,
        on_error: OnError = "raise",
        clock: Clock = time.monotonic,
    ) -> Consumer[C | Row]: ...

    @classmethod
    def of(
        cls,
        source: MessageSource,
        *,
        rows: Any = None,
        commit: CommitPolicy | None = None,
        on_error: OnError = "raise",
        clock: Clock = time.monotonic,
    ) -> Consumer[Any]:
        """A consumer of another source of messages, such as `testing.MemorySource`.

        Args:
            clock: seconds that only ever grow, for CommitPolicy.seconds and idle times.
        """
        _check_on_error(on_error)
        consumer: Consumer[Any] = cls.__new__(cls)
        consumer._start(source, Decoder(as_rows(rows)), commit, on_error, clock)
        return consumer

    def _start(
        self,
        source: MessageSource,
        decoder: Decoder[Any],
        commit: CommitPolicy | None,
        on_error: OnError,
        clock: Clock,
    ) -> None:
        self._source = source
        self._clock = clock
        self._decoder = decoder
        self._on_error = on_error
        self._handled = HandledOffsets(commit or CommitPolicy(), self._clock())
        self._buffer: deque[RawMessage] = deque()  # bounded by the client's max_poll_records
        self._current: RawMessage | None = None
        self._stopping = False
        self._closed = False
        source.attach(self._handled)

    def __enter__(self) -> Consumer[R]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish_current()
            self.close()
            return
        try:
            self.close()
        except SdkError as second:  # must not hide the error that ends the block
            log.warning("closing after an error: %s", second)

    def __iter__(self) -> Iterator[Event[R]]:
        return self

    def __next__(self) -> Event[R]:
        return self._next(None)

    def until_idle(self, seconds: float) -> Iterator[Event[R]]:
        """Like iterating the consumer, but ends when nothing new has arrived for so long."""
        while True:
            try:
                event = self._next(seconds)
            except StopIteration:
                return
            yield event

    def run(self, handler: Callable[[Event[R]], object], *, idle_s: float | None = None) -> None:
        """Hands every event to the handler, until stop() is called, or nothing came for `idle_s` seconds.

        Raises:
            HandlerError: the handler raised; nothing from that event on is committed. Its own error is the `__cause__`.
            DecodeError, BrokerError, CommitError: reading or committing failed.
        """
        while True:
            try:
                event = self._next(idle_s)
            except StopIteration:
                return
            try:
                handler(event)
            except Exception as error:  # noqa: BLE001 - whatever the application raises
                self._handler_failed(event.message, error)

    def stop(self) -> None:
        """Ends iteration and run() after the event in hand; what was handled is committed then. Never blocks."""
        self._stopping = True

    def close(self) -> None:
        """Commits what was handled and leaves the group; an event still in a loop's hands does not count as handled."""
        if self._closed:
            return
        self._closed = True
        self._stopping = True
        try:
            self._commit()
        finally:
            self._source.close()

    def _next(self, idle_s: float | None) -> Event[R]:
        """The next event; StopIteration after stop() or `idle_s` seconds without any."""
        self._finish_current()
        idle_since = self._clock()
        while not self._stopping:
            if self._buffer:
                event = self._decoded(self._buffer[0])
                message = self._buffer.popleft()
                if event is not None:
                    self._current = message
                    return event
                self._add_handled(message)
                continue
            self._commit_if_due(batch_ended=True)
            self._buffer.extend(self._source.poll(POLL_S if idle_s is None else min(POLL_S, idle_s)))
            if not self._buffer and idle_s is not None and self._clock() - idle_since >= idle_s:
                break
        self._commit()
        raise StopIteration

    def _decoded(self, message: RawMessage) -> Event[R] | None:
        """The event, or None when the error went to `on_error`."""
        try:
            return self._decoder.decode(message)
        except DecodeError as error:
            if self._on_error == "raise":
                raise
            self._on_error(message, error)
            return None

    def _handler_failed(self, message: RawMessage, error: Exception) -> None:
        failure = HandlerError(
            f"the handler raised {type(error).__name__}",
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
        )
        failure.__cause__ = error
        if self._on_error == "raise":
            self._give_back_current()
            raise failure
        try:
            self._on_error(message, failure)
        except BaseException:
            self._give_back_current()
            raise

    def _give_back_current(self) -> None:
        """Puts the event in hand back in front, so that it is the next one again."""
        if self._current is not None:
            self._buffer.appendleft(self._current)
            self._current = None

    def _finish_current(self) -> None:
        if self._current is not None:
            message, self._current = self._current, None
            self._add_handled(message)

    def _add_handled(self, message: RawMessage) -> None:
        self._handled.add(message)
        if self._buffer:
            self._commit_if_due(batch_ended=False)

    def _commit_if_due(self, *, batch_ended: bool) -> None:
        if self._handled.is_due(self._clock(), batch_ended=batch_ended):
            self._commit()

    def _commit(self) -> None:
        offsets = self._handled.pending()
        if not offsets:
            return
        outcome = self._source.commit(offsets)
        if outcome is CommitOutcome.DONE:
            self._handled.committed(offsets, self._clock())
        elif outcome is CommitOutcome.LOST:
            log.warning("this consumer lost its partitions; their events since the last commit are delivered again")
            self._handled.forget()
            self._buffer.clear()  # to be read again by whoever has the partitions now, perhaps this consumer
        elif self._handled.postponed(self._clock()) > COMMIT_PATIENCE_S:
            raise CommitError(f"no commit has worked for {COMMIT_PATIENCE_S:g} s; the log has the reasons")


def _check_on_error(on_error: OnError) -> None:
    if on_error != "raise" and not callable(on_error):
        raise ConfigError(f'on_error is "raise" or a callable, not {on_error!r}')
