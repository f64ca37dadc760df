"""The Kafka clients of one task: whose settings each one takes, and which offsets topic it works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rowtide.kafka.admin import Admin
from rowtide.kafka.producer import RecordProducer
from rowtide.kafka.settings import worker_client_properties
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.storage.offset_file import FileOffsetProducer, offset_file
from rowtide.runtime.storage.topics import ensure_internal_topic, internal_topic
from rowtide.runtime.task.offsets import LayeredOffsets, LayeredWriter, OffsetKeys, OffsetReader, OffsetWriter
from rowtide.runtime.task.topics import TopicCreator, topic_groups
from rowtide.runtime.worker_options import OFFSET_FILE

_SETTING = "offset.storage.topic"
_QUEUE_BYTES = "max.queue.size.in.bytes"
_OWN_QUEUE = {"buffer.memory", "queue.buffering.max.kbytes"}
"""What a producer can be told itself; it goes before the task's setting."""

_OWN_SETTING = "offsets.storage.topic"


class TaskClients:
    """Opens a task's clients from the worker's and the connector's resolved configurations."""

    def __init__(self, worker: WorkerConfig, connector: Mapping[str, str], name: str, task_id: int) -> None:
        self._worker = worker
        self._config = connector
        self._connector = name
        self._label = f"{name}-{task_id}"

    def record_producer(self, should_stop: Callable[[], bool] = lambda: False) -> RecordProducer:
        """Raises ConfigError when the client refuses its settings."""
        properties = self._properties("producer", "connector-producer")
        limit = self._config.get(_QUEUE_BYTES, "").strip()
        if limit.isdigit() and int(limit) and not _OWN_QUEUE & properties.keys():
            properties["buffer.memory"] = limit
        return RecordProducer(properties, should_stop=should_stop)

    def topic_creator(self) -> TopicCreator | None:
        """None when topics are left to the broker. Raises ConfigError for wrong topic.creation.* options."""
        groups = topic_groups(self._config) if self._worker.flag("topic.creation.enable") else []
        return TopicCreator(groups, self._admin()) if groups else None

    def offsets(self) -> tuple[LayeredOffsets, OffsetWriter | LayeredWriter]:
        """What reads and writes offsets: the worker's topic, behind the connector's own if it has one.

        The own topic is created if it is missing.

        Raises:
            ConfigError: the connector's own topic cannot be used.
            KafkaUnavailableError: it cannot be created or looked at.
        """
        reader, writer = self._file_offsets() if self._worker.standalone else self._topic_offsets()
        own = self._own_topic
        if own is None:
            return LayeredOffsets([reader]), writer
        ensure_internal_topic(self._admin(), internal_topic("offset", {**self._worker.resolved, _SETTING: own}))
        own_keys = OffsetKeys(self._connector)
        own_reader = OffsetReader(own, self._properties("consumer", "connector-consumer"), own_keys)
        own_writer = OffsetWriter(own, own_keys, self.record_producer)
        return LayeredOffsets([own_reader, reader]), LayeredWriter(own_writer, writer)

    def _topic_offsets(self) -> tuple[OffsetReader, OffsetWriter]:
        keys = OffsetKeys(self._connector)
        reader = OffsetReader(self._worker_topic, self._worker_client(), keys)
        return reader, OffsetWriter(self._worker_topic, keys, lambda: RecordProducer(self._worker_client()))

    def _file_offsets(self) -> tuple[OffsetReader, OffsetWriter]:
        keys, file = OffsetKeys(self._connector), offset_file(self._worker.text(OFFSET_FILE))
        reader = OffsetReader(file.path, {}, keys, file.read_keys)
        return reader, OffsetWriter(file.path, keys, lambda: FileOffsetProducer(file))

    @property
    def _worker_topic(self) -> str:
        return self._worker.text(_SETTING)

    @property
    def _own_topic(self) -> str | None:
        topic = self._config.get(_OWN_SETTING, "").strip()
        return None if topic in ("", self._worker_topic) else topic

    def _admin(self) -> Admin:
        return Admin(self._properties("admin", "connector-adminclient"))

    def _worker_client(self) -> dict[str, str]:
        """Of the worker's own clients: a connector's credentials need no rights on the worker's offsets topic."""
        client_id = f"{self._worker.group_id}-offsets-{self._label}"
        return worker_client_properties(self._worker.resolved, "", {"client.id": client_id})

    def _properties(self, kind: str, client_id: str) -> dict[str, str]:
        prefix = f"{kind}.override."
        overrides = {key.removeprefix(prefix): value for key, value in self._config.items() if key.startswith(prefix)}
        properties = worker_client_properties(self._worker.resolved, f"{kind}.", overrides)
        return {"client.id": f"{client_id}-{self._label}", **properties}
