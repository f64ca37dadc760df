"""No text whatever makes the reading of DDL raise, nor leaves tables that contradict themselves."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from rowtide.tables.ddl import SchemaState
from rowtide.tables.history import HistoryRecord

WORDS = """
    CREATE ALTER DROP RENAME TRUNCATE USE SET TABLE DATABASE SCHEMA IF NOT EXISTS OR REPLACE TEMPORARY LIKE t u
    `q` d.t ( ) , . ; = ' " ` 'x' "y" 0 1 -5 1.5 0x1 b'1' INT VARCHAR DECIMAL ENUM SET TEXT TIMESTAMP DOUBLE
    PRECISION NATIONAL CHAR LONG UNSIGNED ZEROFILL BINARY PRIMARY KEY UNIQUE INDEX CONSTRAINT CHECK FOREIGN
    REFERENCES DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP NOW AUTO_INCREMENT COMMENT COLLATE utf8mb4_bin CHARACTER
    CHARSET utf8 ADD COLUMN MODIFY CHANGE FIRST AFTER TO CONVERT PARTITION BY AS SELECT FOR STATEMENT GLOBAL @@x
    @y character_set_server sql_mode ANSI_QUOTES VIEW TRIGGER BEGIN END /*!50000 /*M! */ /* -- # SERIAL VALUE
    GENERATED ALWAYS WITH SYSTEM VERSIONING PERIOD START TRANSACTION WAIT DATE JSON VECTOR UUID CASCADE
""".split()  # noqa: SIM905 - easier to read so
TEXTS = st.one_of(
    st.text(),
    st.lists(st.sampled_from(WORDS)).map(" ".join),
    st.lists(st.sampled_from(WORDS)).map(lambda words: "ALTER TABLE t " + " ".join(words)),
    st.lists(st.sampled_from(WORDS)).map(lambda words: "CREATE TABLE v (a INT, " + " ".join(words)),
    st.lists(st.sampled_from(WORDS)).map(lambda words: "CREATE TABLE v (a INT) " + " ".join(words)),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4), st.sampled_from(["mysql", "mariadb"]), st.text(max_size=3))
def test_no_text_raises(statements, flavor, database):
    state = SchemaState(flavor, include_comments=True)
    state.apply("CREATE TABLE t (id INT PRIMARY KEY, b VARCHAR(9) DEFAULT 'x' NOT NULL, c ENUM('a','b'))", database)
    for sql in statements:
        result = state.apply(sql, database)
        assert result.events
        assert result.unparsed is bool(result.reason)
    check(state)


def check(state):
    for table in state.tables.values():
        names = [column.name.lower() for column in table.columns]
        assert len(set(names)) == len(names)
        assert [column.position for column in table.columns] == list(range(1, len(names) + 1))
        assert {part.lower() for part in table.primary_key} <= set(names)


def test_statements_with_a_piece_missing_do_not_raise():
    sql = (
        "CREATE TABLE IF NOT EXISTS `d`.`t` (`id` int(11) unsigned NOT NULL AUTO_INCREMENT, v varchar(5) "
        "CHARACTER SET utf8 COLLATE utf8_bin DEFAULT 'a' COMMENT 'c', e ENUM('a','b'), "
        "ts TIMESTAMP(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), g INT AS (id + 1) STORED, "
        "CONSTRAINT p PRIMARY KEY USING BTREE (`id`, v(3) DESC), UNIQUE KEY u (e)) "
        "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='t' /*!50100 PARTITION BY HASH (id) PARTITIONS 4 */"
    )
    for flavor in ("mysql", "mariadb"):
        for start in range(0, len(sql), 3):
            for length in (1, 7, 40, len(sql)):
                state = SchemaState(flavor)
                state.apply(sql[:start] + sql[start + length :], "d")
                check(state)


def test_deeply_nested_parentheses_do_not_raise():
    state = SchemaState("mysql")
    assert not state.apply("CREATE TABLE t (a INT DEFAULT " + "(" * 50_000 + "1" + ")" * 50_000 + ")", "d").unparsed
    assert state.apply("CREATE TABLE t (a INT DEFAULT " + "(" * 50_000, "d").unparsed


def test_what_is_read_can_be_recorded_and_read_back():
    pick = random.Random(7)
    for _ in range(300):
        state = SchemaState(pick.choice(["mysql", "mariadb"]), include_comments=True)
        body = " ".join(pick.choices(WORDS, k=pick.randint(0, 12)))
        for event in state.apply(f"CREATE TABLE t (id INT, {body})", "d").events:
            record = HistoryRecord(
                {"server": "s"}, {"file": "f", "pos": 4}, 1, event.database, event.ddl, event.changes
            )
            assert HistoryRecord.from_json(record.to_json()).to_json() == record.to_json()
