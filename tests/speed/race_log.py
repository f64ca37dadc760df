"""The log of the race's table (`bin/bench`), as a server would send it: transactions of inserted rows."""

from __future__ import annotations

import json
import random
import struct
from typing import Any

from rowtide.binlog.event_types import ColumnType as T
from rowtide.binlog.event_types import EventType
from rowtide.tables.model import Column, Table, TableId
from rowtide.types import jdbc
from tests.unit.binlog.wire import Stream, event_bytes, rows_body, u

TABLE = Table(
    TableId("shop", "orders"),
    (
        Column("id", 1, jdbc.BIGINT, "BIGINT", optional=False),
        Column("customer_id", 2, jdbc.INTEGER, "INT", optional=False),
        Column(
            "status",
            3,
            jdbc.CHAR,
            "ENUM",
            length=1,
            charset="utf8mb4",
            enum_values=("'NEW'", "'PAID'", "'SHIPPED'", "'DONE'"),
            optional=False,
        ),
        Column("amount", 4, jdbc.DECIMAL, "DECIMAL", length=12, scale=2, optional=False),
        Column("sku", 5, jdbc.VARCHAR, "VARCHAR", length=40, charset="utf8mb4"),
        Column("note", 6, jdbc.VARCHAR, "VARCHAR", length=255, charset="utf8mb4"),
        Column("created_at", 7, jdbc.TIMESTAMP, "DATETIME", length=3, optional=False),
        Column("updated_at", 8, jdbc.TIMESTAMP_WITH_TIMEZONE, "TIMESTAMP", length=6, optional=False),
        Column("qty", 9, jdbc.INTEGER, "INT UNSIGNED"),
        Column("active", 10, jdbc.TINYINT, "TINYINT", length=1),
        Column("score", 11, jdbc.DOUBLE, "DOUBLE"),
        Column("doc", 12, jdbc.LONGVARCHAR, "JSON", charset="utf8mb4"),
    ),
    ("id",),
)
_TYPES = bytes(
    (
        *(T.LONGLONG, T.LONG, T.STRING, T.NEWDECIMAL, T.VARCHAR, T.VARCHAR),
        *(T.DATETIME2, T.TIMESTAMP2, T.LONG, T.TINY, T.DOUBLE, T.BLOB),
    )
)
_METADATA = bytes([T.ENUM, 1, 12, 2]) + u(160, 2) + u(1020, 2) + bytes([3, 6, 8, 4])


class RaceLog:
    """Attributes: data: the bytes of the connection so far."""

    def __init__(self) -> None:
        self._stream = Stream(checksum=False, version="10.11.19-MariaDB-log").begin()
        self._random = random.Random(7)
        self._numbers = 0
        self._rows = 0

    def take(self) -> bytes:
        data, self._stream.data = self._stream.data, b""
        return data

    def transaction(self, rows: int) -> None:
        self._numbers += 1
        self._event(EventType.MARIADB_GTID, u(self._numbers, 8) + u(0, 4) + b"\0" + bytes(6))
        head = u(5, 6) + u(1, 2) + b"\x04shop\0\x06orders\0"
        metadata = bytes([len(_METADATA)]) + _METADATA
        self._event(EventType.TABLE_MAP, head + bytes([len(_TYPES)]) + _TYPES + metadata + b"\xff\x0f")
        images = b"".join(self._row() for _ in range(rows))
        self._event(EventType.WRITE_ROWS_V2, rows_body(EventType.WRITE_ROWS_V2, 5, len(_TYPES), images))
        self._event(EventType.XID, u(9, 8))

    def _event(self, kind: int, body: bytes) -> None:
        self._stream.position += 19 + len(body)
        made = event_bytes(kind, body, self._stream.position, checksum=False)
        self._stream.raw(u(1_700_000_000, 4) + made[4:])

    def _row(self) -> bytes:
        self._rows += 1
        chance = self._random
        amount = chance.randrange(10**7)
        packed = bytearray((0).to_bytes(1, "big") + (amount // 100).to_bytes(4, "big") + bytes([amount % 100]))
        packed[0] ^= 0x80
        moment = (
            1 << 39 | (2026 * 13 + 1 + self._rows % 12) << 22 | (1 + self._rows % 28) << 17 | 12 << 12 | 34 << 6 | 56
        )
        sku, note = f"SKU-{chance.randrange(10**6):06d}", "a note on the order of some length"[: chance.randrange(35)]
        doc = json.dumps({"tags": ["a", "b"], "n": self._rows % 1000, "text": "x" * 20})
        values: list[Any] = [
            u(self._rows, 8),
            u(chance.randrange(10**5), 4),
            bytes([1 + self._rows % 4]),
            bytes(packed),
            bytes([len(sku)]) + sku.encode(),
            u(len(note), 2) + note.encode(),
            moment.to_bytes(5, "big") + (1230).to_bytes(2, "big"),
            (1_700_000_000).to_bytes(4, "big") + (123_456).to_bytes(3, "big"),
            u(chance.randrange(100), 4),
            bytes([self._rows % 2]),
            struct.pack("<d", chance.random() * 100),
            u(len(doc), 4) + doc.encode(),
        ]
        return b"\0\0" + b"".join(values)
