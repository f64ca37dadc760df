"""What TABLE_MAP tells about a table where the server logs its metadata."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rowtide.binlog.events import TableDetails, TableMap
from rowtide.mysql.charsets import charset_of_number
from tests.integration.binlog.conftest import Server

pytestmark = pytest.mark.servers

COLUMNS = {
    "y": "YEAR",
    "a": "INT UNSIGNED",
    "b": "BIT(3)",
    "c": "INT",
    "f": "FLOAT UNSIGNED",
    "d": "DECIMAL(4,1)",
    "e": "ENUM('x','é') CHARACTER SET latin1",
    "s": "SET('p','q') CHARACTER SET utf8mb4",
    "g": "POINT",
    "t": "TEXT CHARACTER SET latin1",
    "bi": "BINARY(4)",
    "vb": "VARBINARY(9)",
    "bl": "BLOB",
    "ch": "CHAR(5) CHARACTER SET utf16",
    "ts": "TIMESTAMP NULL",
}
CHARSETS = {"e": "latin1", "s": "utf8mb4", "t": "latin1", "bi": "binary", "vb": "binary", "bl": "binary", "ch": "utf16"}
UNSIGNED = {"a": True, "c": False, "f": True, "d": False}


@pytest.fixture
def full_metadata(server: Server) -> Iterator[bool]:
    """Whether the server can log metadata; all of it is logged meanwhile."""
    found = server.select("SHOW GLOBAL VARIABLES LIKE 'binlog_row_metadata'")
    if found:
        server.execute("SET GLOBAL binlog_row_metadata = 'FULL'")
    yield bool(found)
    if found:
        server.execute(f"SET GLOBAL binlog_row_metadata = '{found[0][1]}'")


def test_full_metadata_describes_each_column(server: Server, full_metadata: bool) -> None:
    table = f"{server.database}.described"
    definitions = ", ".join(f"{name} {ddl}" for name, ddl in COLUMNS.items())
    server.execute(f"CREATE TABLE {table} ({definitions}, PRIMARY KEY (a, t(3)))")
    start = server.position()
    server.execute(f"INSERT INTO {table} (a, t) VALUES (5, 'x')")
    (event,) = [e for e in server.events_since(start) if isinstance(e, TableMap)]
    details = event.details
    if not full_metadata:
        assert details == TableDetails()
        return
    names = list(COLUMNS)
    assert details.names == tuple(names)
    assert details.unsigned is not None
    assert details.collations is not None
    assert {n: u for n, u in zip(names, details.unsigned, strict=True) if n in UNSIGNED} == UNSIGNED
    charsets = {
        n: charset_of_number(c) for n, c in zip(names, details.collations, strict=True) if c is not None and n != "g"
    }
    assert charsets == CHARSETS
    assert details.enum_values is not None
    assert details.enum_values[names.index("e")] == ("x", "é")
    assert details.set_values is not None
    assert details.set_values[names.index("s")] == ("p", "q")
    assert details.primary_key == ((names.index("a"), 0), (names.index("t"), 3))
    assert details.geometry_types is not None
    assert details.geometry_types[names.index("g")] == 1
