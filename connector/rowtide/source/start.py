"""Where a stream starts, and whether the server can still serve it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from rowtide.binlog.gtid import MariadbGtidSet, MysqlGtidSet
from rowtide.changes import BinlogOffset
from rowtide.errors import PositionLostError
from rowtide.mysql.checks import position_problem
from rowtide.mysql.server import Server
from rowtide.source.positions import gtid_set

log = logging.getLogger(__name__)

_NEW_SNAPSHOT = (
    "Changes since then cannot be read any more. To start over: PUT /connectors/NAME/stop, DELETE "
    "/connectors/NAME/offsets, "
    "delete the schema history topic, PUT /connectors/NAME/resume. Keep logs longer (binlog_expire_logs_seconds) "
    "than the connector may be down."
)


@dataclass(frozen=True, slots=True)
class StartPoint:
    """How to ask for the log.

    Attributes:
        offset: with what is to be skipped.
        gtids: completed set that the stream counts on from; None where the server has no GTIDs.
        by_gtid: ask by GTID set; otherwise by file and position.
    """

    offset: BinlogOffset
    gtids: MysqlGtidSet | MariadbGtidSet | None
    by_gtid: bool


def start_point(server: Server, offset: BinlogOffset, *, ignore_gtids: bool) -> StartPoint:
    """Decides how to go on from an offset.

    Raises:
        PositionLostError: the log there is gone.
        ServerError: the server cannot be asked.
    """
    if not server.gtids_enabled():
        _check_file(server, offset)
        return StartPoint(offset, None, by_gtid=False)
    flavor = server.settings.flavor
    if ignore_gtids or not offset.gtids:
        _check_file(server, offset)
        return StartPoint(offset, gtid_set(flavor, None if ignore_gtids else offset.gtids), by_gtid=False)
    if flavor == "mariadb":
        return StartPoint(offset, MariadbGtidSet.parse(offset.gtids), by_gtid=True)
    return StartPoint(offset, _merged(server, MysqlGtidSet.parse(offset.gtids)), by_gtid=True)


def _check_file(server: Server, offset: BinlogOffset) -> None:
    problem = position_problem(server, offset.file)
    if problem:
        raise PositionLostError(f"{problem} The connector stopped at {offset.file}:{offset.pos}.", hint=_NEW_SNAPSHOT)


def _merged(server: Server, stored: MysqlGtidSet) -> MysqlGtidSet:
    """The stored set with what the server has purged, which it would refuse to serve from without."""
    purged = MysqlGtidSet.parse(server.variable("gtid_purged"))
    missing = purged.subtract(stored)
    if missing:
        raise PositionLostError(
            f"{server.settings.address} has purged transactions that the connector has not read: {missing}.",
            hint=_NEW_SNAPSHOT,
        )
    return stored.union(purged)
