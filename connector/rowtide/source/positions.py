"""Compares offset maps, to tell which history records belong to a stored offset (Debezium's
HistoryRecordComparator)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol, Self

from rowtide.binlog.gtid import MariadbGtidSet, MysqlGtidSet
from rowtide.changes import BinlogOffset
from rowtide.errors import ConnectError

OffsetMap = Mapping[str, object]


class ComparableGtids(Protocol):
    def is_subset(self, other: Self) -> bool: ...


def gtid_set(flavor: str, text: str | None) -> MysqlGtidSet | MariadbGtidSet:
    return MysqlGtidSet.parse(text) if flavor == "mysql" else MariadbGtidSet.parse(text)


def comparison(flavor: str) -> Callable[[OffsetMap, OffsetMap], bool]:
    """A function that tells whether a recorded position is at or before a stored one."""

    def at_or_before(recorded: OffsetMap, stored: OffsetMap) -> bool:
        recorded_gtids, stored_gtids = recorded.get("gtids"), stored.get("gtids")
        if stored_gtids is not None and recorded_gtids is None:
            return True
        if stored_gtids is None and recorded_gtids is not None:
            return False
        if recorded_gtids is not None:
            if str(recorded_gtids) == str(stored_gtids):
                if stored.get("snapshot") and not recorded.get("snapshot"):
                    return False
                return _number(recorded, "event") <= _number(stored, "event")
            mine, theirs = gtid_set(flavor, str(recorded_gtids)), gtid_set(flavor, str(stored_gtids))
            return mine.is_subset(theirs)  # type: ignore[arg-type]
        if _number(recorded, "server_id") != _number(stored, "server_id"):
            return True  # positions of two servers cannot be compared; Debezium takes the record too
        return _place(recorded) <= _place(stored)

    return at_or_before


def _number(offset: OffsetMap, name: str) -> int:
    value = offset.get(name)
    return value if isinstance(value, int) else 0


def _place(offset: OffsetMap) -> tuple[int, int, int, int]:
    match = re.search(r"\.(\d+)$", str(offset.get("file") or ""))
    return (
        int(match.group(1)) if match else 0,
        _number(offset, "pos"),
        _number(offset, "event"),
        _number(offset, "row"),
    )


def offset_from_map(stored: OffsetMap) -> BinlogOffset:
    """The stored offset of a connector, Debezium's or ours; without its time, which the next change brings anew.

    Raises:
        ConnectError: it is not an offset of these connectors.
    """
    file, pos = stored.get("file"), stored.get("pos")
    if not isinstance(file, str) or not isinstance(pos, int):
        raise ConnectError(
            f"The stored offset has no usable file and pos: {dict(stored)}.",
            hint="Correct it with PATCH /connectors/NAME/offsets while the connector is stopped.",
        )
    gtids = stored.get("gtids")
    snapshot = stored.get("snapshot")
    return BinlogOffset(
        file=file,
        pos=pos,
        gtids=str(gtids) if gtids else None,
        event=_number(stored, "event"),
        row=_number(stored, "row"),
        server_id=_number(stored, "server_id"),
        snapshot="INITIAL" if snapshot in (True, "true", "INITIAL", "initial") else None,
    )
