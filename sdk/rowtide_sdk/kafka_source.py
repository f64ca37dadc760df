"""Messages from Kafka; only this module and the assignor of the group import a Kafka client."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from kafka import KafkaConsumer
from kafka.consumer.subscription_state import AsyncConsumerRebalanceListener
from kafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    KafkaError,
    RebalanceInProgressError,
    RetriableError,
    UnknownMemberIdError,
)
from kafka.structs import OffsetAndMetadata
from kafka.structs import TopicPartition as KafkaTopicPartition

from rowtide_sdk.commits import HandledOffsets
from rowtide_sdk.errors import BrokerError, CommitError, ConfigError
from rowtide_sdk.message import RawMessage, TopicPartition
from rowtide_sdk.message_source import CommitOutcome
from rowtide_sdk.sole_assignor import SoleAssignor

_CLIENT: Any = KafkaConsumer  # the client is not annotated

log = logging.getLogger(__name__)

Topics: TypeAlias = str | Iterable[str] | re.Pattern[str]
"""One topic, several, or a pattern that a topic's name must begin with."""

COMMIT_TIMEOUT_MS = 10_000
"""How long one commit waits for the broker; after that it is tried again at the next occasion."""

_OURS = {
    "enable_auto_commit": "offsets are committed after events were handled; see CommitPolicy",
    "key_deserializer": "the SDK decodes keys itself",
    "value_deserializer": "the SDK decodes values itself",
    "group_id": "give it as Consumer(group_id=...)",
    "bootstrap_servers": "give it as Consumer(bootstrap_servers=...)",
}


class KafkaSource:
    """One member of a consumer group.

    Args:
        topics: what to subscribe to.
        group_id: the consumer group whose offsets are read and committed.
        bootstrap_servers: `host:port`, or several.
        settings: any further settings of kafka-python's KafkaConsumer, by their names there. Defaults that differ from
            its own: auto_offset_reset="earliest" and isolation_level="read_committed".
        sole: one member of the group has all partitions, and further ones stand by.

    Raises:
        ConfigError: a setting unknown to the client, or one that is the SDK's own.
        BrokerError: no broker answered.
    """

    def __init__(
        self,
        topics: Topics,
        group_id: str,
        bootstrap_servers: str | Sequence[str],
        settings: Mapping[str, Any],
        *,
        sole: bool = False,
    ) -> None:
        if not group_id:
            raise ConfigError("group_id must not be empty; it names the group whose offsets are committed")
        self._topics = _checked(topics)
        for name, instead in _OURS.items():
            if name in settings:
                raise ConfigError(f"kafka setting {name} cannot be given: {instead}")
        defaults: dict[str, Any] = {"auto_offset_reset": "earliest", "isolation_level": "read_committed"}
        if sole:
            if "partition_assignment_strategy" in settings:
                raise ConfigError(
                    "kafka setting partition_assignment_strategy cannot be given: one member has all partitions, "
                    "as transactions are spread over them"
                )
            defaults["partition_assignment_strategy"] = [SoleAssignor()]
        try:
            self._consumer: Any = _CLIENT(
                group_id=group_id,
                bootstrap_servers=bootstrap_servers,
                enable_auto_commit=False,
                **(defaults | dict(settings)),
            )
        except KafkaError as error:
            raise _start_error(error) from error
        except (TypeError, ValueError, AssertionError) as error:
            raise ConfigError(f"kafka settings: {error}") from error
        self._closed = False

    def attach(self, handled: HandledOffsets) -> None:
        listener = _Rebalances(self._consumer, handled)
        if isinstance(self._topics, re.Pattern):
            self._consumer.subscribe(pattern=self._topics, listener=listener)  # compiled, so flags stay
        else:
            self._consumer.subscribe(topics=self._topics, listener=listener)

    def poll(self, timeout_s: float) -> list[RawMessage]:
        try:
            batches = self._consumer.poll(timeout_ms=int(timeout_s * 1000))
        except KafkaError as error:
            raise BrokerError(f"reading from Kafka failed: {type(error).__name__}") from error
        return [_raw(record) for batch in batches.values() for record in batch]

    def commit(self, offsets: Mapping[TopicPartition, int]) -> CommitOutcome:
        try:
            self._consumer.commit(_client_offsets(offsets), timeout_ms=COMMIT_TIMEOUT_MS)
        except RebalanceInProgressError:
            return CommitOutcome.LATER
        except (CommitFailedError, UnknownMemberIdError, IllegalGenerationError):
            return CommitOutcome.LOST
        except RetriableError as error:
            log.warning("commit did not work, will be tried again: %s", type(error).__name__)
            return CommitOutcome.LATER
        except KafkaError as error:
            raise CommitError(f"Kafka refused to commit offsets: {type(error).__name__}") from error
        return CommitOutcome.DONE

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            self._consumer.close(autocommit=False)
        except KafkaError as error:  # leaving politely failed; the broker notices by itself
            log.warning("closing the Kafka client: %s", type(error).__name__)


class _Rebalances(AsyncConsumerRebalanceListener):
    """Commits what was handled before partitions go to another member.

    The client awaits these on its I/O thread while the consumer's thread waits in poll or close, hence the awaited
    commit: the blocking one would wait for the very thread it is called on.
    """

    def __init__(self, consumer: Any, handled: HandledOffsets) -> None:
        self._consumer = consumer
        self._handled = handled

    async def on_partitions_revoked(self, revoked: Iterable[KafkaTopicPartition]) -> None:
        partitions = [(tp.topic, tp.partition) for tp in revoked]
        offsets = self._handled.pending(partitions)
        if offsets:
            try:
                await self._consumer.commit_async(_client_offsets(offsets))
            except KafkaError as error:  # the next owner handles these again: late, but not lost
                log.warning("commit before giving partitions away did not work: %s", type(error).__name__)
        self._handled.forget(partitions)

    async def on_partitions_assigned(self, assigned: Iterable[KafkaTopicPartition]) -> None:
        starts = self._handled.starts([(tp.topic, tp.partition) for tp in assigned])
        for partition, offset in starts.items():
            self._consumer.seek(KafkaTopicPartition(*partition), offset)
        log.info("partitions assigned: %s", ", ".join(sorted(f"{tp.topic}[{tp.partition}]" for tp in assigned)))

    async def on_partitions_lost(self, lost: Iterable[KafkaTopicPartition]) -> None:
        self._handled.forget([(tp.topic, tp.partition) for tp in lost])


def _checked(topics: Topics) -> list[str] | re.Pattern[str]:
    if isinstance(topics, re.Pattern):
        return topics
    names = [topics] if isinstance(topics, str) else list(topics)
    if not names or not all(names):
        raise ConfigError("topics must not be empty: give a topic's name, several, or a compiled pattern")
    return names


def _start_error(error: KafkaError) -> ConfigError | BrokerError:
    if type(error).__name__ == "KafkaConfigurationError":
        return ConfigError(f"kafka settings: {error}")
    return BrokerError(f"no connection to Kafka: {type(error).__name__}")


def _client_offsets(offsets: Mapping[TopicPartition, int]) -> dict[KafkaTopicPartition, OffsetAndMetadata]:
    return {KafkaTopicPartition(*partition): OffsetAndMetadata(offset, "", -1) for partition, offset in offsets.items()}


def _raw(record: Any) -> RawMessage:
    return RawMessage(
        record.topic, record.partition, record.offset, record.timestamp, tuple(record.headers), record.key, record.value
    )
