"""What a RecordBuilder needs to know."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from rowtide.envelope.column_rules import ColumnRules
from rowtide.envelope.names import AdjustmentMode
from rowtide.envelope.topics import TopicNaming
from rowtide.types import ValueModes

Flavor = Literal["mysql", "mariadb"]


@dataclass(frozen=True, slots=True)
class ConnectorIdentity:
    """Who makes the records.

    Attributes:
        version: shown in `source.version`.
        run_id: of this start of the task (`headers.new_run_id`).
    """

    flavor: Flavor
    version: str
    run_id: str
    task_id: str = "0"


@dataclass(frozen=True, slots=True)
class RecordRules:
    """Which records there are.

    Attributes:
        tombstones: `tombstones.on.delete`.
        skipped_operations: `skipped.operations`; the change events of these are left out.
        skip_unchanged: `skip.messages.without.change`.
        transactions: `provide.transaction.metadata`.
        context_headers: `extended.headers.enabled`.
        heartbeats: whether `heartbeat.interval.ms` is above 0.
    """

    tombstones: bool = True
    skipped_operations: frozenset[str] = frozenset({"t"})
    skip_unchanged: bool = False
    transactions: bool = False
    context_headers: bool = True
    heartbeats: bool = False


@dataclass(frozen=True, slots=True)
class NameModes:
    """`schema.name.adjustment.mode` and `field.name.adjustment.mode`."""

    schemas: AdjustmentMode = "none"
    fields: AdjustmentMode = "none"


@dataclass(frozen=True, slots=True)
class EnvelopeConfig:
    """Everything that decides how changes become records.

    Attributes:
        clock: gives ns since the epoch; read once a record.
    """

    identity: ConnectorIdentity
    topics: TopicNaming
    values: ValueModes = field(default_factory=ValueModes)
    columns: ColumnRules = field(default_factory=ColumnRules)
    rules: RecordRules = field(default_factory=RecordRules)
    names: NameModes = field(default_factory=NameModes)
    clock: Callable[[], int] = time.time_ns

    @property
    def source_partition(self) -> Mapping[str, object]:
        return {"server": self.topics.prefix}
