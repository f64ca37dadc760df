"""After any statements our tables are those of the server's information_schema."""

import os
import re

import pymysql
import pytest

from rowtide.tables.ddl import SchemaState
from rowtide.tables.model import Column, TableId
from tests import servers
from tests.integration.tables.random_ddl import RandomDdl

pytestmark = pytest.mark.servers
DATABASE = "rowtide_ddl_judge"
SYNONYMS = {
    "INTEGER": "INT", "BOOL": "TINYINT", "NUMERIC": "DECIMAL", "DEC": "DECIMAL", "DOUBLE PRECISION": "DOUBLE",
    "REAL": "DOUBLE", "CHARACTER VARYING": "VARCHAR", "NCHAR": "CHAR", "NATIONAL VARCHAR": "VARCHAR",
    "LONG VARCHAR": "TEXT", "LONG": "TEXT", "NATIONAL CHARACTER": "CHAR", "CHAR VARYING": "VARCHAR",
    "NATIONAL CHAR": "CHAR", "NVARCHAR": "VARCHAR", "LONG VARBINARY": "BLOB", "FIXED": "DECIMAL",
    "FLOAT4": "FLOAT", "FLOAT8": "DOUBLE", "INT1": "TINYINT", "INT2": "SMALLINT", "INT3": "MEDIUMINT",
    "INT4": "INT", "INT8": "BIGINT", "MIDDLEINT": "MEDIUMINT", "BOOLEAN": "TINYINT", "SERIAL": "BIGINT",
    "GEOMETRYCOLLECTION": "GEOMCOLLECTION",
}  # fmt: skip
SIZED = {size + kind: kind for size in ("TINY", "MEDIUM", "LONG") for kind in ("TEXT", "BLOB")}
"""Types that the server chooses by a length, which the statement may give."""
STATEMENTS = int(os.environ.get("ROWTIDE_DDL_STATEMENTS", "300"))
FIRST_SEED = int(os.environ.get("ROWTIDE_DDL_SEED", "0"))
SERVERS = os.environ.get("ROWTIDE_DDL_SERVERS", "mariadb").split(",")
A_SEED = 50
"""Statements that follow from one seed."""


@pytest.fixture(params=SERVERS)
def server(request):
    """Kind and port of the server that judges."""
    if request.param == "mariadb":
        return "mariadb", servers.mariadb_port()
    return "mariadb" if request.param.startswith("mariadb") else "mysql", servers.port_of(request.param)


@pytest.fixture
def flavor(server):
    return server[0]


@pytest.fixture
def cursor(server):
    connection = pymysql.connect(host="127.0.0.1", port=server[1], user="root", autocommit=True)
    with connection.cursor() as made:
        made.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        made.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4")
        made.execute(f"USE {DATABASE}")
        yield made
        made.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
    connection.close()


@pytest.fixture
def new_state(cursor, flavor):
    """Makes models of the server, with the database in them."""

    def make():
        made = SchemaState(flavor)
        made.apply(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4", DATABASE)
        return made

    return make


def server_tables(cursor):
    """Per table: its columns as `described` gives them, and the columns of its primary key."""
    cursor.execute(
        "SELECT table_name, column_name, data_type, column_type, character_set_name, is_nullable, numeric_precision, "
        "numeric_scale, datetime_precision, character_maximum_length FROM information_schema.columns "
        "JOIN information_schema.tables USING (table_schema, table_name) "
        "WHERE table_schema = %s AND table_type = 'BASE TABLE' ORDER BY table_name, ordinal_position",
        (DATABASE,),
    )
    tables = {}
    for table, name, data_type, column_type, charset, nullable, precision, scale, fraction, length in cursor.fetchall():
        kind = data_type.upper()
        facts = [name, SIZED.get(kind, kind), "unsigned" in column_type, charset, nullable == "YES"]
        if kind == "DECIMAL":
            facts += [precision, scale]
        elif kind in ("TIME", "DATETIME", "TIMESTAMP"):
            facts += [fraction]
        elif kind in ("CHAR", "VARCHAR", "BINARY", "VARBINARY"):
            facts += [length]
        elif kind == "BIT":
            facts += [precision]
        elif kind in ("ENUM", "SET"):
            facts += [re.findall(r"'(?:[^']|'')*'", column_type)]
        tables.setdefault(table, ([], []))[0].append(facts)
    cursor.execute(
        "SELECT table_name, column_name FROM information_schema.statistics "
        "WHERE table_schema = %s AND index_name = 'PRIMARY' ORDER BY table_name, seq_in_index",
        (DATABASE,),
    )
    for table, name in cursor.fetchall():
        tables[table][1].append(name)
    return tables


def described(column: Column, flavor):
    words = [word for word in column.type_name.split() if word not in ("UNSIGNED", "ZEROFILL", "SIGNED")]
    if len(words) > 1 and words[-1] == "BINARY":
        words.pop()
    kind = SYNONYMS.get(" ".join(words), " ".join(words))
    charset = "utf8mb3" if column.charset == "utf8" else column.charset
    if kind == "JSON" and flavor == "mariadb":
        kind, charset = "LONGTEXT", charset or "utf8mb4"  # which is what JSON stands for there
    if charset == "binary":  # recorded as Debezium does; the server makes a binary type of it
        kind, charset = kind.replace("CHAR", "BINARY").replace("TEXT", "BLOB"), None
    facts = [column.name, SIZED.get(kind, kind), column.unsigned, charset, column.optional]
    if kind == "DECIMAL":
        facts += [column.length, column.scale]
    elif kind in ("TIME", "DATETIME", "TIMESTAMP"):
        facts += [column.length or 0]
    elif kind in ("CHAR", "VARCHAR", "BINARY", "VARBINARY"):
        facts += [column.length or 1]
    elif kind == "BIT":
        facts += [column.length]
    elif kind in ("ENUM", "SET"):
        facts += [[value if value[0] == "'" else "'" + value[1:-1] + "'" for value in column.enum_values]]
    return facts


def compare(state, cursor, done, keyed):
    """`keyed` collects the tables that had a primary key at some time."""
    expected = server_tables(cursor)
    ours = {table_id.table: table for table_id, table in state.tables.items() if table_id.database == DATABASE}
    assert sorted(ours) == sorted(expected), done[-1:]
    for name, (columns, key) in expected.items():
        table = ours[name]
        described_columns = [described(column, state.flavor) for column in table.columns]
        if key:
            keyed.add(name)
        for facts, theirs in zip(described_columns, columns, strict=False):
            # MODIFY without NOT NULL leaves a key's column optional in Debezium and here, on the server it never was.
            facts[4] = facts[4] and (theirs[4] or name not in keyed)
        assert described_columns == columns, (name, done[-1:])
        if key:
            assert [part.lower() for part in table.primary_key] == [part.lower() for part in key], (name, done[-1:])


class Log:
    """What the server writes to its log of the statements in the test's database."""

    def __init__(self, cursor, flavor):
        self._cursor = cursor
        self._status = "SHOW MASTER STATUS" if flavor == "mariadb" else "SHOW BINARY LOG STATUS"
        self._use = f"use `{DATABASE}`; "

    def of(self, sql):
        """The statements logged when this one is executed, and whether the server accepts it."""
        self._cursor.execute(self._status)
        file, position = self._cursor.fetchone()[:2]
        try:
            self._cursor.execute(sql)
            accepted = True
        except pymysql.Error:
            accepted = False
        self._cursor.execute(f"SHOW BINLOG EVENTS IN '{file}' FROM {position}")
        logged = [event[5] for event in self._cursor.fetchall() if event[2] == "Query"]
        return [text.removeprefix(self._use) for text in logged if text.startswith(self._use)], accepted


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + -(-STATEMENTS // A_SEED)))
def test_tables_are_the_servers_after_random_statements(cursor, flavor, new_state, seed):
    state, log = new_state(), Log(cursor, flavor)
    source, done, tried, keyed = RandomDdl(seed, flavor), [], 0, set()
    while len(done) < A_SEED and tried < 2000:
        tried += 1
        sql = source.statement()
        logged, accepted = log.of(sql)
        for text in logged:
            result = state.apply(text, DATABASE, failed=not accepted)
            assert not result.unparsed, (text, result.reason)
        if logged or accepted:
            done.append([sql, logged])
            compare(state, cursor, done, keyed)
    assert len(done) >= A_SEED, f"only {len(done)} of {tried} statements were accepted"


def test_what_the_server_shows_is_read_as_what_was_executed(cursor, flavor, new_state):
    """SHOW CREATE TABLE, which a snapshot reads, gives the columns of the statements."""
    executed, shown = new_state(), new_state()
    source, log = RandomDdl(99, flavor), Log(cursor, flavor)
    for _ in range(400):
        logged, accepted = log.of(source.statement())
        for text in logged:
            executed.apply(text, DATABASE, failed=not accepted)
    cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", (DATABASE,))
    for (table,) in cursor.fetchall():
        cursor.execute(f"SHOW CREATE TABLE `{table}`")
        result = shown.apply(cursor.fetchone()[1], DATABASE)
        assert not result.unparsed, result.reason
    compare(shown, cursor, [], set())
    assert {str(name) for name in shown.tables} == {str(name) for name in executed.tables}
    assert shown.table(TableId(DATABASE, "nosuch")) is None
