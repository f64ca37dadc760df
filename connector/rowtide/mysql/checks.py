"""Whether a server and a user can serve a connector, each problem as one clear sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rowtide.errors import ServerError
from rowtide.mysql.server import Server

_STREAMING_GRANTS = (("REPLICATION SLAVE", "REPLICATION REPLICA"),)
_STATUS_GRANTS = (("REPLICATION CLIENT", "BINLOG MONITOR", "SUPER"),)
_SNAPSHOT_GRANTS = (("SELECT",),)
_LOCK_GRANTS = (("RELOAD", "LOCK TABLES", "FLUSH_TABLES"),)


@dataclass(frozen=True, slots=True)
class Needs:
    """What the configuration asks of the server.

    Attributes:
        streaming: the log is read.
        snapshot: tables are read.
        locking: the snapshot takes a global lock.
        whole_rows: nothing may stand for BLOB and TEXT that the log leaves out.
    """

    streaming: bool
    snapshot: bool
    locking: bool
    whole_rows: bool = True


def problems(server: Server, needs: Needs) -> list[str]:
    """What stands in the way, empty when nothing does. Raises ServerError when the server cannot be asked."""
    found = [_flavor_problem(server)]
    if needs.streaming:
        found += [_log_problem(server), _format_problem(server), _row_image_problem(server, needs)]
    found.append(_grant_problem(server, needs))
    return [problem for problem in found if problem]


def check(server: Server, needs: Needs) -> None:
    """Raises ServerError with all problems."""
    found = problems(server, needs)
    if found:
        raise ServerError(" ".join(found))


def _flavor_problem(server: Server) -> str | None:
    if server.settings.flavor == "mariadb" and not server.is_mariadb:
        return (
            f"{server.settings.address} is MySQL {server.version}: "
            "set connector.class to io.debezium.connector.mysql.MySqlConnector."
        )
    return None


def _log_problem(server: Server) -> str | None:
    if (server.variable("log_bin") or "").upper() in ("ON", "1"):
        return None
    return f"The binary log of {server.settings.address} is off: start the server with log_bin (and binlog_format=ROW)."


def _format_problem(server: Server) -> str | None:
    value = server.variable("binlog_format")
    if value is None or value.upper() == "ROW":
        return None
    return (
        f"binlog_format is {value} on {server.settings.address}, but row changes are only in the log with ROW: "
        "SET GLOBAL binlog_format = 'ROW', put it into the server's configuration, and let clients reconnect."
    )


def _row_image_problem(server: Server, needs: Needs) -> str | None:
    value = server.variable("binlog_row_image")
    if value is None or value.upper().startswith("FULL"):
        return None
    if value.upper() == "NOBLOB":
        if not needs.whole_rows:
            return None
        other_way = (
            " To go on with NOBLOB, set unavailable.value.placeholder, which is shown for BLOB, TEXT and JSON that "
            "a row's event lacks."
        )
    else:
        other_way = ""
    return (
        f"binlog_row_image is {value} on {server.settings.address}, but whole rows are needed: "
        f"SET GLOBAL binlog_row_image = 'FULL' and put it into the server's configuration.{other_way}"
    )


def _grant_problem(server: Server, needs: Needs) -> str | None:
    granted = " ".join(server.grants()).upper()
    if "ALL PRIVILEGES ON *.*" in granted:
        return None
    wanted: tuple[tuple[str, ...], ...] = ()
    if needs.streaming:
        wanted += _STREAMING_GRANTS + _STATUS_GRANTS
    if needs.snapshot:
        wanted += _SNAPSHOT_GRANTS + (_LOCK_GRANTS if needs.locking else ())
    if "GRANT " in granted and re.search(r"GRANT `|GRANT '", granted) and not re.search(r"GRANT [A-Z ,_]+ ON", granted):
        return None  # roles only; what they hold shows when it is used
    missing = [names[0] for names in wanted if not any(re.search(rf"\b{name}\b", granted) for name in names)]
    if not missing:
        return None
    return (
        f"User '{server.settings.user}' lacks {', '.join(missing)} on {server.settings.address}: "
        f"GRANT {', '.join(missing)} ON *.* TO '{server.settings.user}'@'...';"
    )


def position_problem(server: Server, file: str) -> str | None:
    """What is wrong with going on from a log file, None when it is still there. Raises ServerError."""
    try:
        files = server.log_files()
    except ServerError:
        return None  # without the grant the dump itself will tell
    if not files or file in files:
        return None
    return f"The log file {file} is no longer on {server.settings.address} (it has {files[0]} to {files[-1]})."
