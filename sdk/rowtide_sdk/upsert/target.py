"""A database that rows are written to: what the upserter asks of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rowtide_sdk.errors import TargetError
from rowtide_sdk.position import Position
from rowtide_sdk.upsert.types import TargetColumn


@dataclass(frozen=True, slots=True)
class UpsertStatement:
    """Rows of the same columns for one table.

    Attributes:
        columns: of the target, the position's column last.
        key: those of them that tell rows apart.
    """

    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


C = TypeVar("C")


class Target(ABC, Generic[C]):
    """One connection (the driver's, C), for one thread. What is done between `transaction()`'s begin and end is one.

    Every method raises TargetError, with `retriable` where the same transaction may be tried again.
    """

    name: str
    """What it is called in messages."""

    mark: ClassVar[str]
    """Stands for a value in a statement."""

    _connection: C | None = None

    @property
    def connection(self) -> C:
        """For reading beside the upserter, in the same thread.

        Raises:
            TargetError: not connected.
        """
        if self._connection is None:
            raise TargetError(f"{self.name} is not connected")
        return self._connection

    @abstractmethod
    def connect(self) -> None:
        """Opens the connection, anew if there is one."""

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Commits at its end, rolls back when it is left by an exception."""

    @abstractmethod
    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Executes a statement with `mark` for its values; returns its rows."""

    @abstractmethod
    def columns(self, table: str) -> tuple[str, ...]:
        """The table's columns; none if there is no such table."""

    @abstractmethod
    def create_table(self, table: str, columns: Sequence[TargetColumn], key: Sequence[str]) -> None:
        """Creates the table unless it is there."""

    @abstractmethod
    def add_columns(self, table: str, columns: Sequence[TargetColumn]) -> None: ...

    @abstractmethod
    def upsert(self, statement: UpsertStatement, rows: Sequence[Sequence[Any]]) -> None:
        """Writes rows whose key is not there yet, or is there with a lower position."""

    @abstractmethod
    def delete(self, table: str, key: Sequence[str], rows: Sequence[tuple[tuple[Any, ...], Position]]) -> None:
        """Deletes the rows of these keys unless they have a higher position."""

    @abstractmethod
    def value(self, value: Any) -> Any:
        """A Python value of a row as the driver takes it."""

    @abstractmethod
    def quoted(self, name: str) -> str:
        """A name in SQL."""

    def listed(self, names: Iterable[str]) -> str:
        return ", ".join(map(self.quoted, names))

    def excluded(self, statement: UpsertStatement) -> str:
        """What ON CONFLICT DO UPDATE sets, where a database has that: all but the key, to what was to be inserted."""
        names = [self.quoted(column) for column in statement.columns if column not in statement.key]
        return ", ".join(f"{name} = excluded.{name}" for name in names)
