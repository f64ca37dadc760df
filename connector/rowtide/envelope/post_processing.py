"""Row records changed before they are sent: what a post-processor of a configuration is given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rowtide.changes import Operation, RawRow
from rowtide.connect.schema import Struct
from rowtide.mysql.server import Server
from rowtide.tables.model import Column, Table
from rowtide.types import ColumnCodec


@dataclass(frozen=True, slots=True)
class RowEvent:
    """A row record that is ready but for the processors.

    Attributes:
        columns: the columns that `before` and `after` show, in the order of their fields.
        key: None for a table without key. Not to be changed.
        value: the envelope. The structs in `before` and `after` may be changed, by `struct[field] = value`.
        row: raw values of the row (`rowtide.binlog.values`), one a column of the table: after the change, of a delete
            before it; None for a truncate.
    """

    table: Table
    columns: Sequence[tuple[Column, ColumnCodec]]
    operation: Operation
    key: Struct | None
    value: Struct
    row: RawRow | None


class PostProcessor(ABC):
    """A processor, named by `post.processors` and `<name>.type`. Called from the task's thread alone."""

    @abstractmethod
    def configure(self, config: Mapping[str, str]) -> None:
        """Takes the options `<name>.*` without their prefix. Raises ConfigError for what cannot be used."""

    def start(self, connect: Callable[[], Server]) -> None:  # noqa: B027 - optional hook
        """Called once before the first record; `connect` opens a connection to the captured server."""

    @abstractmethod
    def apply(self, event: RowEvent) -> None:
        """Called for each row record of snapshot and stream, not for tombstones. What it raises fails the row, of which
        `event.processing.failure.handling.mode` says what comes.
        """

    def close(self) -> None:  # noqa: B027 - optional hook
        """Called once when the task stops."""
