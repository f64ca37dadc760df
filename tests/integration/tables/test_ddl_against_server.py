"""After any statements our tables are those of the server's information_schema."""

import os

import pymysql
import pytest

from rowtide.tables.ddl import SchemaState
from rowtide.tables.model import TableId
from tests import servers
from tests.integration.tables.judging import differences
from tests.integration.tables.random_ddl import RandomDdl

pytestmark = pytest.mark.servers
DATABASE = "rowtide_ddl_judge"
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


class Log:
    """What the server writes to its log of the statements in the test's database."""

    def __init__(self, cursor, flavor):
        self._cursor = cursor
        self._status = "SHOW MASTER STATUS" if flavor == "mariadb" else "SHOW BINARY LOG STATUS"
        self._use = f"use `{DATABASE}`; "

    def of(self, sql):
        """The statements logged when this one is executed, and whether the server accepts it."""
        file, position = self._place()
        try:
            self._cursor.execute(sql)
            accepted = True
        except pymysql.Error:
            accepted = False
        now = self._place()[0]
        places = [(file, position)] if now == file else [(file, position), (now, 4)]  # someone flushed the logs
        logged = [text for place in places for text in self._queries(*place)]
        return [text.removeprefix(self._use) for text in logged if text.startswith(self._use)], accepted

    def _place(self):
        self._cursor.execute(self._status)
        return self._cursor.fetchone()[:2]

    def _queries(self, file, position):
        self._cursor.execute(f"SHOW BINLOG EVENTS IN '{file}' FROM {position}")
        return [event[5] for event in self._cursor.fetchall() if event[2] == "Query"]


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
            assert not differences(state, cursor, DATABASE, keyed), done[-1]
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
    assert not differences(shown, cursor, DATABASE)
    assert {str(name) for name in shown.tables} == {str(name) for name in executed.tables}
    assert shown.table(TableId(DATABASE, "nosuch")) is None
