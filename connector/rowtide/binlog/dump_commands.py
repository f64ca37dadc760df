"""The commands that begin a dump: registering as a replica, and asking for events from a position or after a GTID
set."""

from __future__ import annotations

from rowtide.binlog.gtid import MysqlGtidSet
from rowtide.errors import BinlogError

COM_BINLOG_DUMP = 0x12
COM_REGISTER_REPLICA = 0x15
COM_BINLOG_DUMP_GTID = 0x1E

SEND_ANNOTATE_ROWS = 0x02
"""MariaDB's dump flag: send the statements of row events too (include.query)."""

FIRST_POSITION = 4
_POSITION_MAX = 0xFFFFFFFF


def register_replica(server_id: int) -> bytes:
    """Server id (4), host, user and password behind their lengths (1, all empty), port (2), rank (4), source's id
    (4)."""
    return server_id.to_bytes(4, "little") + b"\0\0\0" + b"\0\0" + bytes(4) + bytes(4)


def check_position(file: str, position: int) -> None:
    """Raises BinlogError for a position that the command has no room for."""
    if not 0 <= position <= _POSITION_MAX:
        raise BinlogError(
            f"Position {position} of {file} is beyond 4 GiB, from where servers send only by GTID.", position=position
        )


def dump(server_id: int, file: str, position: int, flags: int) -> bytes:
    """Position (4), flags (2), server id (4), file name. Raises BinlogError as `check_position` does."""
    check_position(file, position)
    start = max(position, FIRST_POSITION)
    return start.to_bytes(4, "little") + flags.to_bytes(2, "little") + server_id.to_bytes(4, "little") + file.encode()


def dump_gtid(server_id: int, done: MysqlGtidSet) -> bytes:
    """Flags (2), server id (4), length of the file name (4, none), position (8), length of the set (4), the set."""
    gtids = done.encode()
    return (
        bytes(2)
        + server_id.to_bytes(4, "little")
        + bytes(4)
        + FIRST_POSITION.to_bytes(8, "little")
        + len(gtids).to_bytes(4, "little")
        + gtids
    )
