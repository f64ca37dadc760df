"""What a start does, by `snapshot.mode`: which snapshot it takes, and where the stream goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rowtide.errors import ConnectError, PositionLostError, SchemaError
from rowtide.source.options.connector import BASED


@dataclass(frozen=True, slots=True)
class SnapshotMode:
    """A mode, as Debezium's snapshotters describe theirs.

    Attributes:
        first_data, first_schema: what the first start reads, and a start after a snapshot that did not come to its end.
        data, schema: what every other start reads.
        streams: whether the log is read afterwards.
        on_schema_error: when the schema history is lost: fail, read definitions and go on from the stored offset, or
        take a whole snapshot.
        on_data_error: whether a snapshot is taken when the log at the stored offset is gone.
        from_stored: whether the stream goes on from the stored offset, not from the snapshot.
    """

    name: str
    first_data: bool = True
    first_schema: bool = True
    data: bool = False
    schema: bool = False
    streams: bool = True
    on_schema_error: Literal["fail", "definitions", "snapshot"] = "fail"
    on_data_error: bool = False
    from_stored: bool = False


_MODES = {
    mode.name: mode
    for mode in (
        SnapshotMode("always", data=True, schema=True),
        SnapshotMode("initial"),
        SnapshotMode("initial_only", streams=False),
        SnapshotMode("no_data", first_data=False),
        SnapshotMode("recovery", first_data=False, schema=True, on_schema_error="definitions", from_stored=True),
        SnapshotMode("when_needed", on_data_error=True, on_schema_error="snapshot"),
    )
}


def snapshot_mode(name: str, values: Mapping[str, object]) -> SnapshotMode:
    """The mode of that name.

    Args:
        values: parsed options, of which `configuration_based` takes what it does.
    """
    if name in _MODES:
        return _MODES[name]

    def flag(option: str) -> bool:
        return values[f"{BASED}.{option}"] is True

    data, schema = flag("snapshot.data"), flag("snapshot.schema")
    return SnapshotMode(
        name,
        first_data=data,
        first_schema=schema,
        data=data,
        schema=schema,
        streams=flag("start.stream"),
        on_schema_error="definitions" if flag("snapshot.on.schema.error") else "fail",
        on_data_error=flag("snapshot.on.data.error"),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """What a start finds.

    Attributes:
        offset: there is a stored offset.
        unfinished: the offset is that of a snapshot which did not come to its end.
        history_lost: why the schema history has no records that belong to the offset; None when it has.
        log_lost: why the server has no log at the offset any more; None while that has not shown.
    """

    offset: bool
    unfinished: bool = False
    history_lost: SchemaError | None = None
    log_lost: PositionLostError | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a start does: the snapshot it takes, if any, and whether the stream then goes on from the stored offset."""

    schema: bool
    data: bool
    from_stored: bool

    @property
    def snapshot(self) -> bool:
        return self.schema or self.data


def plan_of(mode: SnapshotMode, found: Found) -> Plan:
    """Decides.

    Raises:
        SchemaError: the one found, as the mode does not read definitions again.
        PositionLostError: the one found, as the mode does not take a new snapshot.
        ConnectError: the mode cannot start here.
    """
    if not found.offset or found.unfinished:
        return _first(mode, found)
    if found.log_lost is not None:
        if not mode.on_data_error:
            raise found.log_lost
        return Plan(mode.first_schema, mode.first_data, from_stored=False)
    if found.history_lost is not None:
        if mode.on_schema_error == "fail":
            raise found.history_lost
        if mode.on_schema_error == "snapshot":
            return Plan(mode.first_schema, mode.first_data, from_stored=False)
        return Plan(schema=True, data=mode.data, from_stored=not mode.data)
    return Plan(mode.schema, mode.data, from_stored=mode.from_stored or not (mode.schema or mode.data))


def _first(mode: SnapshotMode, found: Found) -> Plan:
    if mode.from_stored:
        if not found.offset:
            raise ConnectError(
                f"snapshot.mode={mode.name} needs a stored offset to go on from, and the connector has none.",
                hint="Set snapshot.mode to initial or no_data for a first start.",
            )
        return Plan(schema=True, data=False, from_stored=True)
    if not (mode.first_schema or mode.first_data) and mode.streams:
        raise ConnectError(
            f"snapshot.mode={mode.name} takes no snapshot, so that nothing is known of the tables that the log has.",
            hint=f"Set {BASED}.snapshot.schema=true.",
        )
    return Plan(mode.first_schema, mode.first_data, from_stored=False)
