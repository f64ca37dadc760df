"""Every error that rowtide raises on purpose, as one tree.

RowtideError
├── ConfigError            a setting is missing or wrong
├── ConnectError           the Connect runtime or a plugin failed
│   ├── RetriableError     the same call may succeed later
│   ├── DataError          a value does not fit its schema or cannot be encoded
│   ├── NotFoundError, AlreadyExistsError, ConflictError, BadRequestError
│   │                      what REST answers as 404, 409 and 400
├── KafkaUnavailableError  a broker did what the runtime cannot go on with
├── ServerError            the database refused or cannot serve the connector
│   ├── ServerUnavailableError  no connection, or lost; retried
│   ├── AccessError        credentials or a missing grant
│   └── PositionLostError  the log position is no longer on the server
├── BinlogError            bytes that are not a binlog, with the offset where reading stopped
└── SchemaError            a table's definition is unknown or a history record unusable
"""

from __future__ import annotations

from typing import ClassVar


class RowtideError(Exception):
    """Base of all deliberate errors.

    Attributes:
        kind: stable name for metrics, alerts and docs.
        retriable: whether the same operation may succeed later without anybody's help.
        hint: what the operator does about it; empty where the message says it all.
    """

    kind: ClassVar[str] = "internal"
    retriable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, dict(self.__dict__))


def _rebuild(cls: type[RowtideError], args: tuple[object, ...], state: dict[str, object]) -> RowtideError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigError(RowtideError):
    kind = "config"


class ConnectError(RowtideError):
    kind = "connect"


class RetriableError(ConnectError):
    kind = "retriable"
    retriable = True


class DataError(ConnectError):
    kind = "data"


class NotFoundError(ConnectError):
    kind = "not_found"


class AlreadyExistsError(ConnectError):
    kind = "already_exists"


class ConflictError(ConnectError):
    kind = "conflict"


class BadRequestError(ConnectError):
    kind = "bad_request"


class KafkaUnavailableError(RowtideError):
    kind = "kafka_unavailable"


class ServerError(RowtideError):
    """Attributes: number: the server's error number, 0 where it gave none."""

    kind = "server"

    def __init__(self, message: str, *, hint: str = "", number: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.number = number


class ServerUnavailableError(ServerError):
    kind = "server_unavailable"
    retriable = True


class AccessError(ServerError):
    kind = "access"


class PositionLostError(ServerError):
    kind = "position_lost"


class BinlogError(RowtideError):
    """Bytes that cannot be read as a binlog.

    Attributes:
        offset: byte offset, within the event that was being read, of the first unusable byte.
        position: log position of the end of the last whole event, or -1 when none was read.
    """

    kind = "binlog"

    def __init__(self, message: str, *, offset: int = 0, position: int = -1, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.offset = offset
        self.position = position


class SchemaError(RowtideError):
    kind = "schema"
