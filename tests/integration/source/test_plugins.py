"""Post-processors and column converters in a running task."""

from __future__ import annotations

import pytest

from rowtide.errors import ServerError
from tests.integration.source.test_task import streaming

pytestmark = pytest.mark.servers

RESELECT = {
    "post__processors": "again",
    "again__type": "io.debezium.processors.reselect.ReselectColumnsPostProcessor",
}
IDLE = "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'cdc' AND COMMAND = 'Sleep'"
KEYS = {
    "BIGINT UNSIGNED": "18446744073709551615",
    "TINYINT": "-5",
    "DECIMAL(12,3)": "-12.345",
    "DATETIME(6)": "'2020-01-02 03:04:05.678901'",
    "TIMESTAMP(3)": "'2020-01-02 03:04:05.678'",
    "DATE": "'1999-12-31'",
    "TIME(2)": "'-12:34:56.78'",
    "YEAR": "1999",
    "BIT(12)": "b'101010101010'",
    "ENUM('a','b')": "'b'",
    "SET('x','y')": "'x,y'",
    "BINARY(4)": "0x00ff01",
    "VARCHAR(20) CHARACTER SET latin1": "'ä''\\\\ß'",
    "VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin": "'😀'",
    "CHAR(5) CHARACTER SET utf16": "'€'",
    "DOUBLE": "1.5e-7",
}


@pytest.mark.parametrize("type_name", KEYS)
def test_a_row_is_found_again_by_a_key_of_any_type(database, start, type_name):
    database.run(
        "SET SESSION sql_mode = ''",
        f"CREATE TABLE item (k {type_name} NOT NULL, n INT, v TEXT, PRIMARY KEY (k, n))",
    )
    running = start(**RESELECT)
    running.until(streaming)
    database.run(
        "BEGIN",
        f"INSERT INTO item VALUES ({KEYS[type_name]}, 1, NULL), ({KEYS[type_name]}, 2, NULL)",
        "UPDATE item SET v = CONCAT('later ', n)",
        "COMMIT",
    )
    running.until(lambda r: len(r.values("item")) == 4)
    assert [value["after"]["v"] for value in running.values("item")] == ["later 1", "later 2"] * 2


def test_masked_columns_stay_masked_when_they_are_read_again(database, start):
    database.run("CREATE TABLE item (id INT PRIMARY KEY, v TEXT, w DECIMAL(5,2))")
    options = {"column.mask.hash.v2.SHA-256.with.salt.s": f"{database.name}.item.v"}
    running = start(**RESELECT, **options)
    running.until(streaming)
    database.run("BEGIN", "INSERT INTO item VALUES (1, NULL, NULL)", "UPDATE item SET v = 'secret', w = 1.5", "COMMIT")
    running.until(lambda r: len(r.values("item")) == 2)
    first = running.values("item")[0]["after"]
    assert len(first["v"]) == 64
    assert str(first["w"]) == "1.50"


def test_a_row_that_is_gone_stays_as_it_was_or_fails(database, start):
    database.run("CREATE TABLE item (id INT PRIMARY KEY, v TEXT)")
    running, strict = start(**RESELECT), start(**RESELECT, **{"again.reselect.error.handling.mode": "fail"})
    for each in (running, strict):
        each.until(streaming)
    database.run("BEGIN", "INSERT INTO item VALUES (1, NULL)", "DELETE FROM item", "COMMIT")
    running.until(lambda r: len(r.values("item")) == 2)
    assert running.values("item")[0]["after"] == {"id": 1, "v": None}
    with pytest.raises(ServerError, match="is gone before"):
        strict.until(lambda r: len(r.values("item")) == 2)


def test_a_lost_connection_is_opened_again(database, start):
    database.run("CREATE TABLE item (id INT PRIMARY KEY, v TEXT)")
    running = start(**RESELECT)
    running.until(streaming)
    for number in (1, 2):
        database.run("BEGIN", f"INSERT INTO item VALUES ({number}, NULL)", "UPDATE item SET v = 'x'", "COMMIT")
        running.until(lambda r: len(r.values("item")) >= 2 * number)  # noqa: B023 - called at once
        for (thread,) in database.run(IDLE):
            database.run(f"KILL {thread}")
    assert {value["after"]["v"] for value in running.values("item")} == {"x"}


def test_own_plugins_change_keys_values_and_schemas(database, start):
    database.run("CREATE TABLE item (id INT PRIMARY KEY, price DECIMAL(8,2) NOT NULL DEFAULT 1.5, note TEXT)")
    running = start(
        **{
            "converters": "cents",
            "cents.type": "tests.integration.source.plugins_of_tests:Cents",
            "cents.columns": rf"{database.name}\.item\.price",
            "post.processors": "stamp",
            "stamp.type": "tests.integration.source.plugins_of_tests:Stamp",
            "stamp.field": "note",
            "stamp.text": "seen",
            "message.key.columns": r"(.*)\.item:price",
        }
    )
    running.until(streaming)
    database.run("INSERT INTO item VALUES (1, 12.34, 'x')", "DELETE FROM item")
    running.until(lambda r: len(r.values("item")) == 2)
    created, deleted = (record for record in running.records if record.topic.endswith(".item") and record.value)
    assert dict(created.value["after"].items()) == {"id": 1, "price": 1234, "note": "seen"}
    assert (created.key["price"], created.value_schema.field("after").field("price").default) == (1234, 150)
    assert deleted.value["after"] is None
