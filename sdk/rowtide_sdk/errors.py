"""Every error that the SDK raises on purpose, as one tree.

SdkError
├── ConfigError      a setting or a row class cannot work; raised before anything is read
├── MessageError     one message is the matter; topic, partition and offset are attributes
│   ├── DecodeError  a Debezium record does not fit its schema or the row class
│   └── HandlerError the application's handler raised; the original is `__cause__`
├── IncompleteTransactionError  events of a transaction did not come; `transaction_id` is an attribute
├── TargetError      a database that is written to refused or cannot be reached; the driver's error is `__cause__`
├── RegistryError    the schema registry refused, lacks a schema or cannot be reached
├── CommitError      offsets could not be committed
└── BrokerError      Kafka refused or cannot be reached; the client's own error is `__cause__`
"""

from __future__ import annotations

from typing import ClassVar


class SdkError(Exception):
    """Base of all deliberate errors; `kind` is a stable name for metrics and alerts."""

    kind: ClassVar[str] = "internal"


class ConfigError(SdkError):
    kind = "config"


class MessageError(SdkError):
    """One message could not be decoded or handled.

    Attributes:
        topic, partition, offset: where the message is; partition and offset are -1 when it came from no broker.
        problem: the message without its position.
    """

    kind = "message"

    def __init__(self, problem: str, *, topic: str, partition: int = -1, offset: int = -1) -> None:
        super().__init__(problem)
        self.problem = problem
        self.topic = topic
        self.partition = partition
        self.offset = offset

    def __str__(self) -> str:
        where = self.topic if self.offset < 0 else f"{self.topic}[{self.partition}] at offset {self.offset}"
        return f"{where}: {self.problem}"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.problem, self.topic, self.partition, self.offset)


def _rebuild(cls: type[MessageError], problem: str, topic: str, partition: int, offset: int) -> MessageError:
    return cls(problem, topic=topic, partition=partition, offset=offset)


class DecodeError(MessageError):
    kind = "decode"


class HandlerError(MessageError):
    kind = "handler"


class IncompleteTransactionError(SdkError):
    """A transaction was not whole within its time.

    Attributes:
        transaction_id: the connector's id of it.
    """

    kind = "transaction"

    def __init__(self, problem: str, transaction_id: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.transaction_id = transaction_id

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.problem, self.transaction_id)


class TargetError(SdkError):
    """A target database refused something, or cannot be reached.

    Attributes:
        retriable: the same transaction may work when it is tried again (lost connection, deadlock, busy).
    """

    kind = "target"

    def __init__(self, problem: str, *, retriable: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.retriable = retriable

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt_target, (self.problem, self.retriable)


def _rebuilt_target(problem: str, retriable: bool) -> TargetError:
    return TargetError(problem, retriable=retriable)


class RegistryError(SdkError):
    """A schema could not be had from the registry.

    Attributes:
        missing: the registry answered that it does not have it.
    """

    kind = "registry"

    def __init__(self, problem: str, *, missing: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.missing = missing

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt_registry, (self.problem, self.missing)


def _rebuilt_registry(problem: str, missing: bool) -> RegistryError:
    return RegistryError(problem, missing=missing)


class CommitError(SdkError):
    kind = "commit"


class BrokerError(SdkError):
    kind = "broker"
