"""The interfaces that plugins implement and the runtime calls: connectors, tasks, converters, transforms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Protocol

from rowtide.config.definition import ConfigDef, ConfigValue
from rowtide.connect.formats import PayloadFormat
from rowtide.connect.record import RecordBatch, SourceRecord
from rowtide.connect.schema import Schema

Config = Mapping[str, str]
Offset = Mapping[str, object]


class Converter(ABC):
    """Turns Connect data into the bytes of a record's key, value or header, and back."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        """The options that the class takes, without the `value.converter.` prefix."""
        return ConfigDef()

    @abstractmethod
    def configure(self, config: Config, *, is_key: bool) -> None:
        """Called once before use, with the converter's own options without their prefix. Raises ConfigError."""

    @abstractmethod
    def from_connect(self, topic: str, schema: Schema | None, value: object) -> bytes | None:
        """Encodes one value; None is a tombstone. Raises DataError."""

    @abstractmethod
    def to_connect(self, topic: str, data: bytes | None) -> tuple[Schema | None, object]:
        """Decodes what `from_connect` wrote. Raises DataError."""

    def payload_format(self) -> PayloadFormat | None:
        """How the converter writes, for an engine that encodes batches by itself; None: only `from_connect` can.

        What the format describes must be byte for byte what `from_connect` writes.
        """
        return None

    def from_connect_header(self, topic: str, name: str, schema: Schema | None, value: object) -> bytes | None:
        """Encodes a header's value; the same as a value where a class says nothing else."""
        return self.from_connect(topic, schema, value)


class Transformation(ABC):
    """A single message transform (SMT). Never changes its argument."""

    looks_at_values: ClassVar[bool] = True
    """False, said by the class itself and not one that it inherits from, where all that `apply` asks of a field's value
    is whether it is null, with consequences for that field alone: it moves values, leaves them out, replaces them. It
    may look at everything else: topic, schemas, headers, which structs there are. What it does to the rows of a table
    is then found out once, and costs nothing a row."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef()

    @abstractmethod
    def configure(self, config: Config) -> None: ...

    @abstractmethod
    def apply(self, record: SourceRecord) -> SourceRecord | None:
        """The record to go on with; None drops it."""

    def close(self) -> None:  # noqa: B027
        """Called once when the task stops."""


class Predicate(ABC):
    """Decides whether a transform is applied to a record."""

    looks_at_values: ClassVar[bool] = True
    """As a transform's."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef()

    @abstractmethod
    def configure(self, config: Config) -> None: ...

    @abstractmethod
    def test(self, record: SourceRecord) -> bool: ...

    def close(self) -> None:  # noqa: B027 - optional hook
        """Called once when the task stops."""


class TaskContext(Protocol):
    """What a task may ask of the runtime."""

    connector_name: str
    task_id: int

    def offset(self, partition: Mapping[str, object]) -> Offset | None:
        """The stored offset of a source partition, after reading the offsets topic to its end; None if there is none.

        Raises:
            ConnectError: the topic cannot be read, or what it holds for the partition cannot be decoded. Never answers
                None then, since that would mean a new snapshot.
            KafkaUnavailableError: the brokers could not be reached in time; another call may succeed.
        """
        ...

    def stopping(self) -> bool:
        """True once the task was asked to stop; long work looks at it often."""
        ...


class SourceTask(ABC):
    """The part of a connector that reads. All methods are called from one thread of the task's process."""

    @abstractmethod
    def start(self, config: Config, context: TaskContext) -> None:
        """Prepares to read. Raises ConfigError, ServerError or ConnectError; the task is then FAILED."""

    @abstractmethod
    def poll(self, timeout_s: float) -> Sequence[RecordBatch]:
        """The next batches, in order; empty when nothing came within the timeout.

        Batches are handed over once. Raises RetriableError (polled again) or another error (the task fails).
        """

    def commit(self, offset: Offset | None) -> None:  # noqa: B027 - optional hook
        """Called after offsets were stored; `offset` is the newest one stored, None if there was nothing new."""

    def metrics(self) -> Mapping[str, object]:
        """Figures for status displays, by name. Must not block."""
        return {}

    @abstractmethod
    def stop(self) -> None:
        """Releases everything; called once, also after a failed start."""


class SourceConnector(ABC):
    """Validates a configuration and divides the work into tasks. Lives in the worker's process."""

    java_class: ClassVar[str]
    version: ClassVar[str]
    task_type: ClassVar[str]
    """Import path `module:Class` of the SourceTask, resolved in the task's process."""

    @classmethod
    @abstractmethod
    def config_def(cls) -> ConfigDef:
        """The connector's own options."""

    def validate(self, config: Config) -> list[ConfigValue]:
        """One entry a defined option with its errors; may connect to the source. Does not raise for bad values."""
        return self.config_def().validate(config)

    def start(self, config: Config, request_reconfiguration: Callable[[], None]) -> None:  # noqa: B027
        """Called when the connector is assigned to this worker and its target state is STARTED. Raises ConfigError."""

    @abstractmethod
    def task_configs(self, max_tasks: int, config: Config) -> list[dict[str, str]]:
        """One configuration a task, at most `max_tasks`."""

    def alter_offsets(self, config: Config, offsets: Sequence[tuple[Mapping[str, object], Offset | None]]) -> bool:
        """Checks offsets that an operator wants to store (None deletes).

        Returns:
            True when the offsets were understood and checked.

        Raises:
            BadRequestError: they would be unusable; nothing is stored.
        """
        return False

    def stop(self) -> None:  # noqa: B027
        """Releases what `start` took."""
