"""What a RecordBuilder needs to know."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rowtide.connect.names import AdjustmentMode
from rowtide.envelope.column_rules import ColumnRules
from rowtide.envelope.post_processing import PostProcessor
from rowtide.envelope.topics import TopicNaming
from rowtide.types import ValueModes

Flavor = Literal["mysql", "mariadb"]
FailureHandling = Literal["fail", "warn", "skip", "ignore"]


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
        on_failure: `event.processing.failure.handling.mode`: what becomes of a row of which no record can be made.
        on_undecodable: `event.deserialization.failure.handling.mode`: what becomes of an event's rows that cannot be
        decoded.
    """

    tombstones: bool = True
    skipped_operations: frozenset[str] = frozenset({"t"})
    skip_unchanged: bool = False
    transactions: bool = False
    context_headers: bool = True
    heartbeats: bool = False
    on_failure: FailureHandling = "fail"
    on_undecodable: FailureHandling = "fail"

    @property
    def tolerant(self) -> bool:
        """Whether rows may be left out, so that how many records there are shows only when they are made."""
        return self.on_failure != "fail" or self.on_undecodable != "fail"


@dataclass(frozen=True, slots=True)
class NameModes:
    """`schema.name.adjustment.mode` and `field.name.adjustment.mode`."""

    schemas: AdjustmentMode = "none"
    fields: AdjustmentMode = "none"


@dataclass(frozen=True, slots=True)
class EnvelopeConfig:
    """Everything that decides how changes become records.

    Attributes:
        post_processors: applied to each row record, in this order.
        clock: gives ns since the epoch; read once a record.
    """

    identity: ConnectorIdentity
    topics: TopicNaming
    values: ValueModes = field(default_factory=ValueModes)
    columns: ColumnRules = field(default_factory=ColumnRules)
    rules: RecordRules = field(default_factory=RecordRules)
    names: NameModes = field(default_factory=NameModes)
    post_processors: Sequence[PostProcessor] = ()
    clock: Callable[[], int] = time.time_ns

    @property
    def source_partition(self) -> Mapping[str, object]:
        return {"server": self.topics.prefix}
