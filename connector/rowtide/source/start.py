"""Where a stream starts, and whether the server can still serve it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from rowtide.binlog.gtid import MariadbGtidSet, MysqlGtidSet
from rowtide.changes import BinlogOffset
from rowtide.errors import PositionLostError, ServerError, ServerUnavailableError
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


@dataclass(frozen=True, slots=True)
class StartRules:
    """What the configuration and the moment say of going on.

    Attributes:
        ignore_gtids: go by file and position though GTIDs are stored.
        wanted_source: tells by server UUID whether a GTID counts (MySQL); None counts all.
        again: the stream ran before in this task: a server that is behind us will catch up.
        check_log: tell beforehand whether the server has the log; otherwise it refuses itself to send what it lacks.
    """

    ignore_gtids: bool = False
    wanted_source: Callable[[str], bool] | None = None
    again: bool = False
    check_log: bool = True


def start_point(server: Server, offset: BinlogOffset, rules: StartRules) -> StartPoint:
    """Decides how to go on from an offset.

    Raises:
        PositionLostError: the log there is gone, or the server never had it.
        ServerUnavailableError: the server is behind what was read from another one before.
        ServerError: the server cannot be asked.
    """
    if not server.gtids_enabled():
        _check_file(server, offset, rules)
        return StartPoint(offset, None, by_gtid=False)
    flavor = server.settings.flavor
    if offset.gtids and not rules.check_log and not rules.ignore_gtids:
        return StartPoint(offset, gtid_set(flavor, offset.gtids), by_gtid=True)
    if rules.ignore_gtids or not offset.gtids:
        _check_file(server, offset, rules)
        return StartPoint(offset, gtid_set(flavor, None if rules.ignore_gtids else offset.gtids), by_gtid=False)
    if flavor == "mariadb":
        return StartPoint(offset, _mariadb_position(server, MariadbGtidSet.parse(offset.gtids), rules), by_gtid=True)
    return StartPoint(offset, _mysql_set(server, MysqlGtidSet.parse(offset.gtids), rules), by_gtid=True)


def _check_file(server: Server, offset: BinlogOffset, rules: StartRules) -> None:
    problem = position_problem(server, offset.file) if rules.check_log else None
    if problem:
        raise PositionLostError(f"{problem} The connector stopped at {offset.file}:{offset.pos}.", hint=_NEW_SNAPSHOT)


def _mysql_set(server: Server, stored: MysqlGtidSet, rules: StartRules) -> MysqlGtidSet:
    """What to ask for: the stored set, with what the server has purged, without which it would refuse to serve.

    Of sources that do not count, the stored part is kept as far as the server has it, so that it is not sent again.
    """
    wanted = rules.wanted_source or (lambda _: True)
    executed = MysqlGtidSet.parse(server.gtids("gtid_executed"))
    purged = MysqlGtidSet.parse(server.gtids("gtid_purged"))
    unknown = stored.subtract(executed)
    if not_there := unknown.filtered(wanted):
        raise _behind(server, str(not_there), rules)
    if missing := purged.filtered(wanted).subtract(stored):
        raise PositionLostError(
            f"{server.settings.address} has purged transactions that the connector has not read: {missing}.",
            hint=_NEW_SNAPSHOT,
        )
    return stored.subtract(unknown).union(purged).ordered()


def _mariadb_position(server: Server, stored: MariadbGtidSet, rules: StartRules) -> MariadbGtidSet:
    """The stored position as it is: one of a domain stands for all that the domain's servers wrote before it."""
    reached = MariadbGtidSet.parse(server.gtids("gtid_binlog_pos"))
    if not stored.is_subset(reached):
        raise _behind(server, str(stored.subtract(reached)), rules)
    return stored


def _behind(server: Server, gtids: str, rules: StartRules) -> ServerError:
    sentence = f"{server.settings.address} does not have transactions that the connector has read: {gtids}."
    if rules.again:
        return ServerUnavailableError(sentence, hint="It may be a replica that is behind.")
    return PositionLostError(
        sentence,
        hint="If it is a replica that is behind, restart the task once it has caught up. If it will never have them, "
        "the connector's records and its tables differ: take a new snapshot.",
    )
