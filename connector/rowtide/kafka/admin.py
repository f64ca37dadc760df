"""Topics and the cluster's identity, as the worker and its connectors need them."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # re-exported without saying so
    AdminClient,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from rowtide.errors import ConfigError, KafkaUnavailableError
from rowtide.kafka.client_log import client_logger
from rowtide.kafka.settings import librdkafka_settings

_log = logging.getLogger(__name__)

_RETRY_S = 1.0
_KNOWN_S = 0.1  # between two looks for a new topic
_DENIED = (
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.UNSUPPORTED_VERSION,
)


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """A topic as the broker describes it.

    Attributes:
        cleanup_policy: e.g. "compact"; None when the broker does not let us read it.
        configs: every topic-level setting with its value, defaults included; empty when not readable.
    """

    name: str
    partitions: int
    cleanup_policy: str | None
    configs: Mapping[str, str | None] = field(repr=False)


class Admin:
    """A connection for administration. Thread-safe; every call waits at most `timeout_s` and raises
    KafkaUnavailableError when the brokers cannot be reached in that time or refuse."""

    def __init__(self, properties: Mapping[str, str], *, timeout_s: float = 30.0) -> None:
        """Connects in the background. `properties` are client properties under their Java names.

        Raises:
            ConfigError: the client refuses a property.
        """
        self._timeout_s = timeout_s
        self._bootstrap = properties.get("bootstrap.servers", "")
        try:
            self._client = AdminClient({**librdkafka_settings(properties, "admin")}, logger=client_logger)
        except (KafkaException, TypeError, ValueError) as error:
            raise ConfigError(f"the Kafka admin client refuses its settings (admin.*): {error}") from error

    def cluster_id(self) -> str:
        return str(
            self._wait(
                self._client.describe_cluster(request_timeout=self._timeout_s), "describe the cluster"
            ).cluster_id
        )

    def topic_partitions(self, name: str) -> int | None:
        """How many partitions the topic has, None when there is no such topic. Creates nothing."""
        futures = self._client.describe_topics(TopicCollection([name]), request_timeout=self._timeout_s)
        try:
            return len(self._wait(futures[name], f"describe topic {name}").partitions)
        except KafkaUnavailableError as error:
            if _code(error) == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return None
            raise

    def describe_topic(self, name: str) -> TopicFacts | None:
        """The topic's facts, None when there is no such topic."""
        partitions = self.topic_partitions(name)
        if partitions is None:
            return None
        configs = self._topic_configs(name)
        return TopicFacts(name, partitions, configs.get("cleanup.policy"), configs)

    def ensure_topic(self, name: str, partitions: int, replication_factor: int, configs: Mapping[str, str]) -> bool:
        """Creates the topic unless it exists; answers, once the brokers know it, whether this call created it.

        Tries again, up to the time limit, while there are fewer brokers than `replication_factor`.

        Args:
            partitions: -1 for the broker's default, as for `replication_factor`.

        Raises:
            KafkaUnavailableError: it could not be created; the message carries the broker's reason.
        """
        deadline = time.monotonic() + self._timeout_s
        while self.topic_partitions(name) is None:
            topic = NewTopic(
                name, num_partitions=partitions, replication_factor=replication_factor, config=dict(configs)
            )
            future = self._client.create_topics([topic], request_timeout=self._timeout_s)[name]
            try:
                self._wait(future, f"create topic {name}")
            except KafkaUnavailableError as error:
                code = _code(error)
                if code == KafkaError.TOPIC_ALREADY_EXISTS:
                    self._await_topic(name, deadline)
                    return False
                if code != KafkaError.INVALID_REPLICATION_FACTOR or time.monotonic() + _RETRY_S > deadline:
                    raise
                time.sleep(_RETRY_S)
            else:
                self._await_topic(name, deadline)
                return True
        return False

    def _await_topic(self, name: str, deadline: float) -> None:
        while self.topic_partitions(name) is None:
            if time.monotonic() > deadline:
                raise KafkaUnavailableError(f"topic {name} was created, but the brokers do not know it yet")
            time.sleep(_KNOWN_S)

    def end_offsets(self, name: str, partitions: int, *, beginning: bool = False) -> dict[int, int]:
        """The log end of each partition (open transactions included), or where each begins."""
        spec = OffsetSpec.earliest() if beginning else OffsetSpec.latest()  # type: ignore[no-untyped-call]
        futures = self._client.list_offsets(
            {TopicPartition(name, partition): spec for partition in range(partitions)},
            isolation_level=IsolationLevel.READ_UNCOMMITTED,
            request_timeout=self._timeout_s,
        )
        return {
            partition.partition: int(self._wait(future, f"look up the offsets of topic {name}").offset)
            for partition, future in futures.items()
        }

    def delete_topic(self, name: str) -> None:
        """Deletes the topic; nothing happens when there is none."""
        try:
            self._wait(
                self._client.delete_topics([name], request_timeout=self._timeout_s)[name], f"delete topic {name}"
            )
        except KafkaUnavailableError as error:
            if _code(error) != KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise

    def close(self) -> None:
        """Ends the connection once its last user is gone; the client has no call for it."""
        self._client.poll(0)

    def _topic_configs(self, name: str) -> dict[str, str | None]:
        resource = ConfigResource(ResourceType.TOPIC, name)
        future = self._client.describe_configs([resource], request_timeout=self._timeout_s)[resource]
        try:
            entries = self._wait(future, f"read the settings of topic {name}")
        except KafkaUnavailableError as error:
            if _code(error) not in _DENIED:
                raise
            _log.warning("the settings of topic %s cannot be read: %s", name, error.message)
            return {}
        return {entry.name: entry.value for entry in entries.values()}

    def _wait(self, future: Future[Any], what: str) -> Any:
        self._client.poll(0)  # passes the client's log lines on
        try:
            return future.result(self._timeout_s + 5)
        except KafkaException as error:
            raise KafkaUnavailableError(
                f"could not {what} at {self._bootstrap}: {error.args[0].str()} ({error.args[0].name()})"
            ) from error
        except TimeoutError as error:
            raise KafkaUnavailableError(f"could not {what} at {self._bootstrap}: no answer in time") from error


def _code(error: KafkaUnavailableError) -> int | None:
    cause = error.__cause__
    return cause.args[0].code() if isinstance(cause, KafkaException) else None
