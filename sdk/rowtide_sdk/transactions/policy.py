"""How transactions are told, what happens to those that do not become whole, and how much may be held."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

from rowtide_sdk.commits import CommitPolicy, StoredOffsets
from rowtide_sdk.errors import ConfigError

OnIncomplete: TypeAlias = Literal["raise", "give", "skip"]
"""What happens to a transaction that misses events after the timeout: an error ends the reader, nothing of it being
committed; or it is given with `complete` False; or it is passed over with a warning."""


@dataclass(frozen=True, slots=True)
class TransactionPolicy:
    """
    Attributes:
        topic: where the connector writes begin and end (`provide.transaction.metadata=true`), by default
            `<topic.prefix>.transaction`. None if there is none: then transactions are made of events with the same id
            or GTID, after `settle_s` without another such event, which is a weaker promise.
        collections: tables (`db.table`) whose events are among the topics. By default those that have a topic of that
            name; to be given where transforms rename topics or drop rows of a table.
        timeout_s: how long a transaction whose end is known may wait for events that don't come.
        on_incomplete: what happens then.
        settle_s: how long all topics must be quiet where counts can't tell that a transaction is whole: without a
            transaction topic, and after restarts of the connector, whose counts may be wrong then (Debezium up to 3.6).
        memory_bytes: size of messages kept in memory; beyond it the largest transactions go to temporary files.
        remembered: how many transactions are known again when the connector sends them once more.
        commit: when handled transactions are committed; after each batch of messages by default.
    """

    topic: str | None
    collections: Collection[str] | None = None
    timeout_s: float = 300.0
    on_incomplete: OnIncomplete = "raise"
    settle_s: float = 2.0
    memory_bytes: int = 64 << 20
    remembered: int = 10_000
    commit: CommitPolicy | StoredOffsets = CommitPolicy()  # noqa: RUF009 - immutable

    def __post_init__(self) -> None:
        if self.topic == "":
            raise ConfigError("TransactionPolicy.topic is a topic's name, or None where there is no transaction topic")
        if isinstance(self.collections, str):
            raise ConfigError("TransactionPolicy.collections is a list of tables, not one text")
        if self.on_incomplete not in ("raise", "give", "skip"):
            raise ConfigError(f'on_incomplete is "raise", "give" or "skip", not {self.on_incomplete!r}')
        for name in ("timeout_s", "settle_s", "memory_bytes", "remembered"):
            if getattr(self, name) < 0:
                raise ConfigError(f"TransactionPolicy.{name} must not be negative, but is {getattr(self, name)}")
