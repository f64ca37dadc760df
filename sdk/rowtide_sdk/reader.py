"""The loop of a consumer: read, make items of messages, hand them over, and commit only what was handled."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Literal, Protocol, Self, TypeAlias, TypeVar

from rowtide_sdk.commits import CommitPolicy, HandledOffsets, StoredOffsets
from rowtide_sdk.errors import CommitError, ConfigError, DecodeError, HandlerError, MessageError, SdkError
from rowtide_sdk.message import RawMessage, TopicPartition
from rowtide_sdk.message_source import CommitOutcome, MessageSource

log = logging.getLogger(__name__)


class HasMessage(Protocol):
    """An item that can tell where it stands."""

    @property
    def message(self) -> RawMessage: ...


T = TypeVar("T", bound=HasMessage)
T_co = TypeVar("T_co", bound=HasMessage, covariant=True)

Clock: TypeAlias = Callable[[], float]

OnError: TypeAlias = Literal["raise"] | Callable[[RawMessage, MessageError], None]
"""What happens to a message that cannot be decoded or whose handler raised: the error is raised, or the callable gets
both; when it returns, the message counts as handled, and what it raises ends the consumer."""

POLL_S = 0.5
"""Longest wait in one poll, which is how soon stop() is noticed."""

COMMIT_PATIENCE_S = 300.0
"""How long commits may fail for passing reasons before the consumer gives up."""


class Assembler(Protocol[T_co]):
    """Makes items of messages. A message is put in once all items that can be taken have been taken and are done."""

    def put(self, message: RawMessage, now: float) -> None:
        """Takes the next message.

        Raises:
            DecodeError: `skip` is called with the message then, if it is to be passed over.
        """

    def skip(self, message: RawMessage) -> None:
        """Passes a message over."""

    def take(self, now: float) -> T_co | None:
        """The next item, the same one until it is done; None when there is none now."""

    def done(self) -> dict[TopicPartition, int]:
        """The item was handled; returns offsets that may be committed."""

    def settled(self) -> dict[TopicPartition, int]:
        """Further offsets that may be committed, of messages that made no item."""

    def clear(self) -> None:
        """The partitions went to another consumer, or are read again from the last commit."""


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """Items that are handled together.

    Attributes:
        offsets: where reading goes on once they are handled.
    """

    items: list[T]
    offsets: dict[TopicPartition, int]


class Reader(Generic[T]):
    """Items, each delivered at least once, by one thread; only stop() may be called from any thread or signal handler.

    `for item in reader` counts an item as handled when the next one is asked for, and the last one when the `with`
    block ends without an exception; `run(handler)` when the handler returns. Only what was handled is committed, so
    after any crash reading goes on with the first item that was not.
    """

    def _start(
        self,
        source: MessageSource,
        assembler: Assembler[T],
        commit: CommitPolicy | StoredOffsets | None,
        on_error: OnError,
        clock: Clock,
    ) -> None:
        self._source = source
        self._assembler = assembler
        self._clock = clock
        self._on_error = on_error
        self._handled = HandledOffsets(commit or CommitPolicy(), clock(), on_forget=assembler.clear)
        self._buffer: deque[RawMessage] = deque()  # bounded by the client's max_poll_records
        self._in_hand = False
        self._stopping = False
        self._closed = False
        source.attach(self._handled)

    def __enter__(self) -> Self:
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

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        return self._next(None)

    def until_idle(self, seconds: float) -> Iterator[T]:
        """Like iterating, but ends when nothing new has arrived for so long."""
        while True:
            try:
                item = self._next(seconds)
            except StopIteration:
                return
            yield item

    def batches(self, items: int = 1000, wait_s: float = 0.2, *, idle_s: float | None = None) -> Iterator[Batch[T]]:
        """Several items at a time, handled together when the next batch is asked for.

        Args:
            items: at most so many.
            wait_s: how long a batch that has an item waits for more.
            idle_s: ends when nothing new has arrived for so long; None for never.
        """
        while True:
            batch: Batch[T] = Batch([], {})
            deadline: float | None = None
            while len(batch.items) < items:
                left = idle_s if deadline is None else deadline - self._clock()
                try:
                    batch.items.append(self._next(left if left is None else max(left, 0.0)))
                except StopIteration:
                    break
                self._in_hand = False
                batch.offsets.update(self._assembler.done())
                deadline = deadline or self._clock() + wait_s
            if not batch.items:
                return
            yield batch
            self._advance(batch.offsets, len(batch.items))

    def run(self, handler: Callable[[T], object], *, idle_s: float | None = None) -> None:
        """Hands every item to the handler, until stop() is called, or nothing came for `idle_s` seconds.

        Raises:
            HandlerError: the handler raised; nothing from that item on is committed. Its own error is the `__cause__`.
            DecodeError, BrokerError, CommitError: reading or committing failed.
        """
        while True:
            try:
                item = self._next(idle_s)
            except StopIteration:
                return
            try:
                handler(item)
            except Exception as error:  # noqa: BLE001 - whatever the application raises
                self._handler_failed(item.message, error)

    def stop(self) -> None:
        """Ends iteration and run() after the item in hand; what was handled is committed then. Never blocks."""
        self._stopping = True

    def close(self) -> None:
        """Commits what was handled and leaves the group; an item still in a loop's hands does not count as handled."""
        if self._closed:
            return
        self._closed = True
        self._stopping = True
        try:
            self._commit()
        finally:
            self._source.close()

    def _next(self, idle_s: float | None) -> T:
        """The next item; StopIteration after stop() or `idle_s` seconds without any."""
        self._finish_current()
        idle_since = self._clock()
        while not self._stopping:
            item = self._assembler.take(self._clock())
            if item is not None:
                self._in_hand = True
                return item
            if self._buffer:
                self._put(self._buffer[0])
                self._buffer.popleft()
                continue
            self._advance(self._assembler.settled(), 0)
            self._commit_if_due(batch_ended=True)
            self._buffer.extend(self._source.poll(POLL_S if idle_s is None else min(POLL_S, idle_s)))
            if self._buffer:
                idle_since = self._clock()
            elif idle_s is not None and self._clock() - idle_since >= idle_s:
                break
        self._commit()
        raise StopIteration

    def _put(self, message: RawMessage) -> None:
        try:
            self._assembler.put(message, self._clock())
        except DecodeError as error:
            if self._on_error == "raise":
                raise
            self._on_error(message, error)
            self._assembler.skip(message)

    def _handler_failed(self, message: RawMessage, error: Exception) -> None:
        failure = HandlerError(
            f"the handler raised {type(error).__name__}",
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
        )
        failure.__cause__ = error
        if self._on_error == "raise":
            self._in_hand = False  # so that it is the next one again
            raise failure
        try:
            self._on_error(message, failure)
        except BaseException:
            self._in_hand = False
            raise

    def _finish_current(self) -> None:
        if self._in_hand:
            self._in_hand = False
            self._advance(self._assembler.done(), 1)
            if self._buffer:
                self._commit_if_due(batch_ended=False)

    def _advance(self, offsets: dict[TopicPartition, int], events: int) -> None:
        if offsets:
            self._handled.advance(offsets, events)

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
            self._buffer.clear()  # to be read again by whoever has the partitions now, perhaps this consumer
            self._handled.forget()
        elif self._handled.postponed(self._clock()) > COMMIT_PATIENCE_S:
            raise CommitError(f"no commit has worked for {COMMIT_PATIENCE_S:g} s; the log has the reasons")


def check_on_error(on_error: OnError) -> None:
    if on_error != "raise" and not callable(on_error):
        raise ConfigError(f'on_error is "raise" or a callable, not {on_error!r}')
