"""Where schema history is kept: the contract, a store in memory, and Debezium's file of JSON lines."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from rowtide.errors import ConfigError, SchemaError


class HistoryStore(Protocol):
    """Keeps the JSON texts of history records, in order. Used by one thread at a time.

    Everything may block. A store that cannot be reached raises KafkaUnavailableError or SchemaError.
    """

    def exists(self) -> bool:
        """Whether there is anything in it."""
        ...

    def initialize(self) -> None:
        """Makes the storage where it is missing; what is in it stays."""
        ...

    def append(self, text: str) -> None:
        """Keeps one record; it is durable when this returns."""
        ...

    def append_many(self, texts: Iterable[str]) -> None:
        """Keeps records in order, faster than one by one; all are durable when this returns."""
        ...

    def read(self) -> Iterator[str]:
        """All records from the first to the one that is last when reading begins; none where there is no storage."""
        ...

    def describe(self) -> str:
        """What and where it is, for messages."""
        ...

    def close(self) -> None:
        """Ends its connections. Safe to call twice."""
        ...


class MemoryHistoryStore:
    """Keeps records as long as the process lives (Debezium's MemorySchemaHistory). Grows with every statement."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def exists(self) -> bool:
        return bool(self._texts)

    def initialize(self) -> None:
        pass

    def append(self, text: str) -> None:
        self._texts.append(text)

    def append_many(self, texts: Iterable[str]) -> None:
        self._texts.extend(texts)

    def read(self) -> Iterator[str]:
        return iter(tuple(self._texts))

    def describe(self) -> str:
        return "in memory"

    def close(self) -> None:
        pass


FILE_OPTION = "schema.history.internal.file.filename"


class FileHistoryStore:
    """A file with a JSON text a line (Debezium's FileSchemaHistory). Synced to disk after each write."""

    def __init__(self, filename: str) -> None:
        """Raises ConfigError for an empty name."""
        if not filename.strip():
            raise ConfigError(f"{FILE_OPTION} is required: it names the file that keeps the schema history.")
        self._path = Path(filename)

    def exists(self) -> bool:
        try:
            return self._path.stat().st_size > 0
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._failed(error) from error

    def initialize(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
        except OSError as error:
            raise self._failed(error) from error

    def append(self, text: str) -> None:
        self.append_many([text])

    def append_many(self, texts: Iterable[str]) -> None:
        try:
            with self._path.open("ab") as file:
                file.writelines(text.encode() + b"\n" for text in texts)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._failed(error) from error

    def read(self) -> Iterator[str]:
        """Blank lines, and one at the end that was only begun, are left out."""
        try:
            with self._path.open("rb") as file:
                for line in file:
                    if line.endswith(b"\n") and line.strip():
                        yield line.decode("utf-8", "replace").rstrip("\r\n")
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._failed(error) from error

    def describe(self) -> str:
        return f"in the file {self._path}"

    def close(self) -> None:
        pass

    def _failed(self, error: OSError) -> SchemaError:
        return SchemaError(
            f"{FILE_OPTION}={self._path}: {error.strerror or error}.",
            hint="Name a file that this worker may read and write.",
        )
