"""Whole transactions from Debezium topics, each as one item."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

from rowtide_sdk.decoder import Decoder
from rowtide_sdk.decoding import Decoding, as_decoding
from rowtide_sdk.kafka_source import KafkaSource, Topics
from rowtide_sdk.message_source import MessageSource
from rowtide_sdk.reader import Clock, OnError, Reader, check_on_error
from rowtide_sdk.row import Row
from rowtide_sdk.rows import Rows
from rowtide_sdk.transactions.endings import QuietEndings, Subscribed, TopicEndings
from rowtide_sdk.transactions.grouper import Grouper, Item
from rowtide_sdk.transactions.policy import TransactionPolicy

R = TypeVar("R")
C = TypeVar("C")

_REPLACED = re.compile(r"[^a-zA-Z0-9._-]")


class TransactionConsumer(Reader[Item[R]], Generic[R]):
    """Transactions of the source over several topics and their partitions, in the order in which they ended.

    Gives a `WholeTransaction` for each transaction that touched a subscribed table, and each event that belongs to none
    (a snapshot's rows, tombstones, changes of the schema, heartbeats) by itself. Loops, commits and errors are those of
    `Consumer`; a transaction is committed as a whole. One member of the group has all partitions, as only so can it see
    a transaction whole; further members stand by to take over.

    Args:
        topics: the tables' topics; the transaction topic is added.
        transactions: how they are told, what happens to incomplete ones, how much memory may be used, when to commit.
        group_id, bootstrap_servers, rows, on_error, kafka: as for `Consumer`.

    Raises:
        ConfigError: a setting or row class that cannot work.
        BrokerError: no broker answered.
    """

    @overload
    def __init__(
        self: TransactionConsumer[Row],
        topics: Topics,
        *,
        transactions: TransactionPolicy,
        group_id: str,
        bootstrap_servers: str | Sequence[str] = ...,
        rows: None = None,
        on_error: OnError = "raise",
        kafka: Mapping[str, Any] | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self: TransactionConsumer[C],
        topics: Topics,
        *,
        transactions: TransactionPolicy,
        group_id: str,
        bootstrap_servers: str | Sequence[str] = ...,
        rows: type[C] | Rows[C] | Decoding[C],
        on_error: OnError = "raise",
        kafka: Mapping[str, Any] | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self: TransactionConsumer[C | Row],
        topics: Topics,
        *,
        transactions: TransactionPolicy,
        group_id: str,
        bootstrap_servers: str | Sequence[str] = ...,
        rows: Mapping[str, type[C]],
        on_error: OnError = "raise",
        kafka: Mapping[str, Any] | None = None,
    ) -> None: ...

    def __init__(
        self,
        topics: Topics,
        *,
        transactions: TransactionPolicy,
        group_id: str,
        bootstrap_servers: str | Sequence[str] = "localhost:9092",
        rows: Any = None,
        on_error: OnError = "raise",
        kafka: Mapping[str, Any] | None = None,
    ) -> None:
        decoder: Decoder[Any] = Decoder(as_decoding(rows))
        check_on_error(on_error)
        source = KafkaSource(_with(topics, transactions.topic), group_id, bootstrap_servers, kafka or {}, sole=True)
        self._start(source, _grouper(decoder, topics, transactions), transactions.commit, on_error, time.monotonic)

    @classmethod
    def of(
        cls,
        source: MessageSource,
        *,
        topics: Topics = re.compile(""),
        transactions: TransactionPolicy,
        rows: Any = None,
        on_error: OnError = "raise",
        clock: Clock = time.monotonic,
    ) -> TransactionConsumer[Any]:
        """A consumer of another source of messages, such as `testing.MemorySource`.

        Args:
            topics: what the source gives of; all by default.
            clock: seconds that only ever grow.
        """
        check_on_error(on_error)
        consumer: TransactionConsumer[Any] = cls.__new__(cls)
        consumer._start(
            source, _grouper(Decoder(as_decoding(rows)), topics, transactions), transactions.commit, on_error, clock
        )
        return consumer


def _grouper(decoder: Decoder[Any], topics: Topics, policy: TransactionPolicy) -> Grouper[Any]:
    if policy.topic is None:
        return Grouper(decoder, QuietEndings(policy.settle_s), policy)
    return Grouper(
        decoder, TopicEndings(_subscribed(topics, policy.topic, policy.collections), policy.settle_s), policy
    )


def _subscribed(topics: Topics, transaction_topic: str, collections: Iterable[str] | None) -> Subscribed:
    if collections is not None:
        return frozenset(collections).__contains__
    prefix = transaction_topic.rpartition(".")[0]
    if isinstance(topics, re.Pattern):
        return lambda table: topics.match(_topic(prefix, table)) is not None
    names = frozenset([topics] if isinstance(topics, str) else topics)
    return lambda table: _topic(prefix, table) in names


def _topic(prefix: str, table: str) -> str:
    """A table's topic, as Debezium's TableTopicNamingStrategy names it."""
    return _REPLACED.sub("_", f"{prefix}.{table}")


def _with(topics: Topics, transaction_topic: str | None) -> Topics:
    if transaction_topic is None:
        return topics
    if isinstance(topics, re.Pattern):
        return re.compile(f"(?:{topics.pattern})|{re.escape(transaction_topic)}$", topics.flags)
    names = [topics] if isinstance(topics, str) else list(topics)
    return [*names, transaction_topic]
