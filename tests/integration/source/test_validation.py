"""What validation says of servers and users that cannot serve a connector."""

from __future__ import annotations

import socket

import pytest

from rowtide.mysql.server import Server
from rowtide.mysql.settings import ServerSettings
from rowtide.source.connectors import MariaDbConnector, MySqlConnector

pytestmark = pytest.mark.servers


@pytest.fixture
def mariadb(mariadb_port):
    return ServerSettings("mariadb", "127.0.0.1", mariadb_port, "cdc", "cdc")


def config(server, **changes):
    given = {
        "topic.prefix": "shop",
        "database.hostname": server.host,
        "database.port": str(server.port),
        "database.user": server.user,
        "database.password": server.password,
        "database.server.id": "7001",
        "schema.history.internal.kafka.topic": "shop.history",
        "schema.history.internal.kafka.bootstrap.servers": "127.0.0.1:9092",
    }
    return {**given, **{name.replace("__", "."): value for name, value in changes.items()}}


def errors(connector, settings):
    return {value.name: value.errors for value in connector.validate(settings) if value.errors}


@pytest.fixture
def root(mariadb):
    with Server(ServerSettings("mariadb", mariadb.host, mariadb.port, "root", "")) as server:
        yield server


@pytest.fixture
def limited(mariadb, root):
    """A user with the grants that a test gives it."""
    root.execute("DROP USER IF EXISTS limited@'%'")
    root.execute("CREATE USER limited@'%' IDENTIFIED BY 'limited'")
    yield "limited"
    root.execute("DROP USER limited@'%'")


def test_a_good_configuration_has_no_errors(mariadb):
    assert errors(MariaDbConnector(), config(mariadb)) == {}


def test_a_wrong_password_is_blamed_on_the_server_settings(mariadb):
    (sentence,) = errors(MariaDbConnector(), config(mariadb, database__password="wrong"))["database.hostname"]
    assert "database.user, database.password" in sentence
    assert "wrong" not in sentence


def test_an_unreachable_server_names_host_and_port(mariadb):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    (sentence,) = errors(MariaDbConnector(), config(mariadb, database__port=str(port)))["database.hostname"]
    assert f"127.0.0.1:{port}" in sentence
    assert "database.hostname and database.port" in sentence


def test_statement_format_is_refused_with_the_way_out(mariadb, root):
    before = root.variable("binlog_format")
    root.execute("SET GLOBAL binlog_format = 'STATEMENT'")
    try:
        (sentence,) = errors(MariaDbConnector(), config(mariadb))["database.hostname"]
    finally:
        root.execute(f"SET GLOBAL binlog_format = '{before}'")
    assert "binlog_format is STATEMENT" in sentence
    assert "SET GLOBAL binlog_format = 'ROW'" in sentence


@pytest.mark.parametrize("placeholder", ["", "hex:5f", "hex:c3", "text"])
def test_noblob_row_images_need_a_placeholder(mariadb, root, placeholder):
    root.execute("SET GLOBAL binlog_row_image = 'NOBLOB'")
    try:
        found = errors(MariaDbConnector(), config(mariadb, unavailable__value__placeholder=placeholder))
    finally:
        root.execute("SET GLOBAL binlog_row_image = 'FULL'")
    if placeholder == "hex:c3":
        assert "hexadecimal" in found["unavailable.value.placeholder"][0]
    elif placeholder:
        assert found == {}
    else:
        assert "To go on with NOBLOB, set unavailable.value.placeholder" in found["database.hostname"][0]


def test_a_minimal_row_image_is_refused(mariadb, root):
    root.execute("SET GLOBAL binlog_row_image = 'MINIMAL'")
    try:
        (sentence,) = errors(MariaDbConnector(), config(mariadb))["database.hostname"]
    finally:
        root.execute("SET GLOBAL binlog_row_image = 'FULL'")
    assert "binlog_row_image is MINIMAL" in sentence


def test_missing_grants_are_named(mariadb, root, limited):
    root.execute(f"GRANT SELECT ON *.* TO {limited}@'%'")
    given = config(mariadb, database__user=limited, database__password=limited)
    (sentence,) = errors(MariaDbConnector(), given)["database.hostname"]
    assert "REPLICATION SLAVE" in sentence
    assert "RELOAD" in sentence
    assert f"TO '{limited}'" in sentence


def test_the_other_servers_connector_is_refused(mariadb):
    given = config(mariadb, snapshot__mode="custom")
    found = errors(MySqlConnector(), given)
    assert "always, initial, initial_only, no_data" in found["snapshot.mode"][0]


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("topic.prefix", "a b", "hyphen"),
        ("database.port", "x", "Not a number"),
        ("skipped.operations", "x", "c, u, d"),
        ("database.server.name", "old", "topic.prefix"),
        ("signal.data.collection", "shop.signals", "not supported yet"),
        ("converters", "mine", "mine.type is not set"),
        ("message.key.columns", "db.t", "not of the form"),
        ("column.mask.with.3.chars", "(", "not a regular expression"),
        ("column.mask.hash.NOPE-1.with.salt.x", "db.t.c", "NOPE-1 is not available"),
        ("topic.naming.strategy", "io.debezium.schema.DefaultRegexTopicNamingStrategy", "topic.regex is required"),
        ("max.queue.size", "100", "above max.batch.size"),
        ("snapshot.select.statement.overrides", "db.t", "db.t is not set"),
        ("snapshot.mode", "never", "initial_only"),
    ],
)
def test_a_bad_value_is_an_error_at_its_option(mariadb, option, value, expected):
    found = errors(MariaDbConnector(), {**config(mariadb), option: value})
    assert expected in "".join(found.get(option, found.get("topic.regex", [])))


def test_include_and_exclude_together_are_refused(mariadb):
    given = {**config(mariadb), "table.include.list": "a.b", "table.exclude.list": "a.c"}
    assert "cannot both be given" in errors(MariaDbConnector(), given)["table.include.list"][0]


def test_the_kafka_history_needs_its_topic(mariadb):
    given = config(mariadb)
    del given["schema.history.internal.kafka.topic"]
    found = errors(MariaDbConnector(), given)
    assert "is required" in found["schema.history.internal.kafka.topic"][0]
