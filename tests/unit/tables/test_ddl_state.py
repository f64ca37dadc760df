"""What statements do to tables where the server is followed rather than Debezium; the rest is in tests/golden/ddl."""

import pytest

from rowtide.tables.ddl import SchemaState
from rowtide.tables.model import TableId

BOTH = pytest.mark.parametrize("flavor", ["mysql", "mariadb"])


def state(flavor, *statements, **options):
    made = SchemaState(flavor, **options)
    made.apply("SET character_set_server=utf8mb4", "")
    made.apply("CREATE DATABASE d CHARSET latin1", "d")
    for statement in statements:
        made.apply(statement, "d")
    return made


def table(made, name="t", database="d"):
    found = made.table(TableId(database, name))
    assert found is not None
    return found


def charsets(made, name="t"):
    return {column.name: column.charset for column in table(made, name).columns}


@BOTH
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE t (a TEXT) COLLATE utf8mb4_bin",
        "CREATE TABLE t (a TEXT) DEFAULT COLLATE = 'utf8mb4_unicode_ci' ENGINE=InnoDB",
        "CREATE TABLE t (a TEXT NOT NULL COLLATE utf8mb4_bin)",
        "CREATE TABLE t (a TEXT) /*!40101 CHARSET=utf8mb4 */",
        "CREATE TABLE t (a ENUM('x') COLLATE utf8mb4_bin)",
        "CREATE TABLE t (a ENUM('x') CHARACTER SET utf8mb4)",
    ],
)
def test_collation_and_executable_comment_decide_on_the_character_set(flavor, statement):
    assert charsets(state(flavor, statement)) == {"a": "utf8mb4"}


@BOTH
def test_quotes_about_the_character_set_of_a_list_stay(flavor):
    made = state(
        flavor,
        "CREATE TABLE t (a ENUM('x') CHARACTER SET 'latin1', b SET('x') CHARSET latin1, c CHAR CHARSET 'latin1')",
    )
    assert charsets(made) == {"a": "'latin1'", "b": "latin1", "c": "latin1"}


@BOTH
def test_overlooked_collations_decide_where_text_would_be_decoded_otherwise(flavor):
    made = state(flavor, "CREATE TABLE t (a TEXT, b TEXT CHARSET latin1) CHARSET utf8mb4 COLLATE utf8mb4_bin")
    made.apply("CREATE TABLE u (a TEXT) COLLATE latin1_bin", "d")
    made.apply("CREATE TABLE v (a TEXT NOT NULL COLLATE utf8_bin, b TEXT NULL COLLATE ascii_bin) CHARSET utf8mb4", "d")
    made.apply("CREATE TABLE w (a TEXT COLLATE utf8_bin, b TEXT COLLATE utf8mb3_bin) CHARSET utf8mb4", "d")
    made.apply("CREATE TABLE x (a ENUM('x') COLLATE utf8mb3_bin) CHARSET utf8mb4", "d")
    mysql = flavor == "mysql"
    assert charsets(made) == {"a": "utf8mb4", "b": "latin1"}
    assert charsets(made, "u") == {"a": "latin1"}
    assert charsets(made, "v") == {"a": "utf8" if mysql else "utf8mb4", "b": "ascii"}
    assert charsets(made, "w") == {"a": "utf8" if mysql else "utf8mb4", "b": "utf8mb3"}
    assert charsets(made, "x") == {"a": "utf8mb3" if mysql else "utf8mb4"}


@BOTH
def test_a_collation_of_the_same_letters_leaves_the_tables_character_set(flavor):
    made = state(flavor, "ALTER DATABASE d CHARSET utf8mb4", "CREATE TABLE t (a TEXT) COLLATE utf8_bin")
    made.apply("ALTER TABLE t COLLATE utf8mb3_bin, ADD b TEXT", "d")
    assert charsets(made) == {"a": "utf8mb4", "b": "utf8mb4"}
    assert table(made).default_charset == "utf8mb4"


@BOTH
def test_new_default_character_set_holds_for_later_columns_only(flavor):
    made = state(flavor, "CREATE TABLE t (a TEXT)", "ALTER TABLE t DEFAULT CHARSET=utf8mb4", "ALTER TABLE t ADD b TEXT")
    assert charsets(made) == {"a": "latin1", "b": "utf8mb4"}


@BOTH
def test_database_without_character_set_has_the_servers(flavor):
    made = state(flavor, "USE d", "CREATE DATABASE e", "CREATE TABLE e.t (a TEXT)")
    assert table(made, database="e").columns[0].charset == "utf8mb4"


@BOTH
def test_convert_to_default_is_the_databases(flavor):
    made = state(
        flavor, "CREATE TABLE t (a TEXT CHARACTER SET utf8mb4, b INT)", "ALTER TABLE t CONVERT TO CHARACTER SET DEFAULT"
    )
    assert charsets(made) == {"a": "latin1", "b": None}


@BOTH
def test_byte_makes_a_text_type_binary(flavor):
    made = state(flavor, "CREATE TABLE t (a CHAR(3) BYTE, b VARCHAR(3) BYTE, c TEXT BYTE)")
    assert [(column.type_name, column.jdbc_type) for column in table(made).columns] == [
        ("BINARY", -2),
        ("VARBINARY", -3),
        ("BLOB", 2004),
    ]


@BOTH
def test_columns_may_be_named_with_their_table(flavor):
    made = state(
        flavor, "CREATE TABLE t (t.a INT, .b INT, d.t.c INT)", "ALTER TABLE t MODIFY t.b BIGINT, DROP COLUMN t.c"
    )
    assert [(column.name, column.type_name) for column in table(made).columns] == [("a", "INT"), ("b", "BIGINT")]


@BOTH
def test_clauses_of_one_alter_go_by_the_old_names_and_places_by_the_new(flavor):
    made = state(
        flavor,
        "CREATE TABLE t (a INT, b TEXT, c DATE, PRIMARY KEY (a))",
        "ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a, CHANGE c cc DATE FIRST, ADD x INT AFTER cc",
    )
    assert [(column.name, column.type_name) for column in table(made).columns] == [
        ("cc", "DATE"),
        ("x", "INT"),
        ("b", "INT"),
        ("a", "TEXT"),
    ]
    assert table(made).primary_key == ("b",)


@BOTH
def test_column_that_is_dropped_may_be_added_anew(flavor):
    made = state(flavor, "CREATE TABLE t (a INT, b INT)", "ALTER TABLE t ADD a TEXT, DROP a")
    assert [(column.name, column.type_name) for column in table(made).columns] == [("b", "INT"), ("a", "TEXT")]


@BOTH
def test_create_or_replace_replaces(flavor):
    made = state(flavor, "CREATE TABLE t (a INT)", "CREATE OR REPLACE TABLE t (b INT)")
    assert [column.name for column in table(made).columns] == ["b"]


@BOTH
def test_create_of_a_known_table_replaces_it_unless_equal(flavor):
    made = state(flavor, "CREATE TABLE t (a INT)")
    again = made.apply("CREATE TABLE t (a INT)", "d")
    assert [event.kind for event in again.events] == ["DATABASE"]
    other = made.apply("CREATE TABLE t (b INT)", "d")
    assert [event.kind for event in other.events] == ["CREATE"]
    assert [column.name for column in table(made).columns] == ["b"]


@BOTH
def test_create_if_not_exists_leaves_a_known_table(flavor):
    made = state(flavor, "CREATE TABLE t (a INT)", "CREATE TABLE IF NOT EXISTS t (b INT)", "CREATE TABLE u (c INT)")
    made.apply("CREATE TABLE IF NOT EXISTS t LIKE u", "d")
    assert [column.name for column in table(made).columns] == ["a"]


@BOTH
def test_if_exists_of_columns_is_heeded(flavor):
    made = state(flavor, "CREATE TABLE t (a INT NOT NULL, b INT)")
    result = made.apply(
        "ALTER TABLE IF EXISTS t ADD COLUMN IF NOT EXISTS a TEXT AFTER b, DROP COLUMN IF EXISTS x, "
        "MODIFY COLUMN IF EXISTS y INT FIRST, CHANGE COLUMN IF EXISTS z zz INT AFTER a, "
        "RENAME COLUMN IF EXISTS q TO r, ADD COLUMN IF NOT EXISTS c INT FIRST",
        "d",
    )
    assert not result.unparsed
    assert [(column.name, column.type_name, column.optional) for column in table(made).columns] == [
        ("c", "INT", True),
        ("a", "INT", False),
        ("b", "INT", True),
    ]


@BOTH
def test_statement_that_is_replayed_changes_nothing(flavor):
    statements = [
        "CREATE TABLE t (a INT PRIMARY KEY, b INT, c INT)",
        "ALTER TABLE t ADD x INT AFTER a",
        "ALTER TABLE t CHANGE b bb BIGINT FIRST",
        "ALTER TABLE t RENAME COLUMN c TO cc",
        "ALTER TABLE t DROP COLUMN x",
    ]
    made = state(flavor)
    for statement in statements:
        made.apply(statement, "d")
        once = table(made)
        result = made.apply(statement, "d")
        assert not result.unparsed
        assert table(made).columns == once.columns


@BOTH
def test_set_default_null_takes_the_default_away(flavor):
    made = state(flavor, "CREATE TABLE t (a INT DEFAULT 3)", "ALTER TABLE t ALTER a SET DEFAULT NULL")
    assert (table(made).columns[0].has_default, table(made).columns[0].default) == (True, None)


@BOTH
def test_temporary_tables_leave_permanent_ones_alone(flavor):
    made = state(flavor, "CREATE TABLE t (a INT)", "CREATE TEMPORARY TABLE t (b INT)")
    result = made.apply("DROP TEMPORARY TABLE IF EXISTS t /* generated by server */", "d")
    assert [event.kind for event in result.events] == ["DATABASE"]
    assert [column.name for column in table(made).columns] == ["a"]
    made.apply("CREATE TEMPORARY TABLE u (b INT)", "d")
    result = made.apply("DROP TEMPORARY TABLE u", "d")
    assert [event.kind for event in result.events] == ["DROP"]
    assert made.table(TableId("d", "u")) is None


@BOTH
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE t ADD x WEIRD",
        "ALTER TABLE t MODIFY nosuch INT",
        "ALTER TABLE t CHANGE nosuch x INT",
        "ALTER TABLE t ADD x INT, ADD y",
        "CREATE TABLE u (a INT, b WEIRD)",
        "CREATE TABLE u (a INT",
        "CREATE TABLE u",
    ],
)
def test_what_is_not_understood_is_said_and_changes_nothing(flavor, statement):
    made = state(flavor, "CREATE TABLE t (a INT)")
    before = dict(made.tables)
    result = made.apply(statement, "d")
    assert result.unparsed
    assert result.reason
    assert made.tables == before
    assert [(event.kind, event.ddl, event.changes) for event in result.events] == [("DATABASE", statement, ())]


@BOTH
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE PROCEDURE p() BEGIN DROP TABLE t; CREATE TABLE u (a INT); END",
        "CREATE DEFINER=`root`@`%` TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN TRUNCATE TABLE t; END",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DROP TABLE t",
        "ALTER EVENT e DO DROP TABLE t",
        "FLUSH TABLES t; DROP TABLE t",
        "GRANT ALL ON *.* TO u",
        "INSERT INTO t VALUES ('; DROP TABLE t')",
        "",
        ";",
        "/* DROP TABLE t */",
    ],
)
def test_other_statements_are_recorded_as_they_are(flavor, statement):
    made = state(flavor, "CREATE TABLE t (a INT)")
    result = made.apply(statement, "d")
    assert not result.unparsed
    assert [(event.kind, event.database, event.ddl) for event in result.events] == [("DATABASE", "d", statement)]
    assert list(made.tables) == [TableId("d", "t")]


@BOTH
def test_alter_clauses_that_change_no_column_are_stepped_over(flavor):
    made = state(flavor, "CREATE TABLE t (a INT, b INT)")
    columns = table(made).columns
    for clause in [
        "ADD INDEX k (a, b), ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES o (id) ON DELETE SET NULL ON UPDATE CASCADE",
        "DROP INDEX k, DROP FOREIGN KEY f, DROP CHECK c, DROP CONSTRAINT c",
        "ADD PARTITION (PARTITION p VALUES LESS THAN (100)), DROP PARTITION a, b",
        "REORGANIZE PARTITION p INTO (PARTITION a VALUES LESS THAN (1), PARTITION b VALUES LESS THAN (5))",
        "PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)",
        "ORDER BY a, b DESC",
        "ENGINE=InnoDB ROW_FORMAT=DYNAMIC, ALGORITHM=INPLACE, LOCK=NONE, FORCE",
        "ADD SYSTEM VERSIONING, ADD PERIOD FOR SYSTEM_TIME (x, y), DROP SYSTEM VERSIONING",
        "RENAME INDEX i TO j, ALTER INDEX i INVISIBLE, ALTER CHECK c NOT ENFORCED",
        "ADD FULLTEXT INDEX (b), ADD SPATIAL KEY s (b), ADD VECTOR INDEX (b)",
        "something new (with, commas) AND more",
    ]:
        result = made.apply(f"ALTER TABLE t {clause}", "d")
        assert not result.unparsed, clause
        assert result.events[0].kind == "ALTER"
        assert table(made).columns == columns, clause


def test_set_statement_for_applies_what_follows():
    made = state("mariadb", "SET STATEMENT max_statement_time=1, sort_buffer_size=2 FOR CREATE TABLE t (a INT)")
    result = made.apply("SET STATEMENT lock_wait_timeout=3 FOR ALTER TABLE t ADD b INT", "d")
    assert result.events[0].ddl == "ALTER TABLE t ADD b INT"
    assert len(table(made).columns) == 2


def test_mysql_text_is_rewritten_but_not_with_ansi_quotes():
    made = state("mysql")
    assert (
        made.apply('CREATE TABLE t (a ENUM("x","it\'s"))', "d").events[0].ddl == "CREATE TABLE t (a ENUM('x','it''s'))"
    )
    assert made.apply("CREATE TABLE rank (rank INT)", "d").events[0].ddl == "CREATE TABLE `rank` (`rank` INT)"
    made.apply("SET SESSION sql_mode = 'ANSI_QUOTES,STRICT_TRANS_TABLES'", "d")
    assert made.apply('CREATE TABLE "u" ("a" INT)', "d").events[0].ddl == 'CREATE TABLE "u" ("a" INT)'
    assert [column.name for column in table(made, "u").columns] == ["a"]


def test_names_without_regard_to_case():
    made = state("mysql", "CREATE TABLE TeSt (A INT)", "ALTER TABLE test ADD b INT", case_insensitive=True)
    assert [column.name for column in table(made, "TEST").columns] == ["A", "b"]
    made.apply("DROP TABLE TEST", "D")
    assert not made.tables


@BOTH
def test_drop_database_forgets_its_tables(flavor):
    made = state(flavor, "CREATE TABLE t (a TEXT)", "CREATE TABLE e.t (a TEXT)", "DROP DATABASE d")
    assert list(made.tables) == [TableId("e", "t")]
    made.apply("CREATE TABLE t (a TEXT)", "d")
    assert table(made).columns[0].charset == "utf8mb4"


@BOTH
def test_dropping_several_tables_gives_an_event_each_grouped_by_database(flavor):
    made = state(flavor, "CREATE TABLE a (x INT)", "CREATE TABLE b (x INT)")
    events = made.apply("DROP TABLE IF EXISTS a, e.c, `b` CASCADE", "d").events
    assert [(event.database, event.ddl, [str(name) for name in event.tables]) for event in events] == [
        ("d", "DROP TABLE IF EXISTS `d`.`a` CASCADE", ["d.a"]),
        ("e", "DROP TABLE IF EXISTS `e`.`c` CASCADE", ["e.c"]),
        ("d", "DROP TABLE IF EXISTS `d`.`b` CASCADE", ["d.b"]),
    ]


@BOTH
def test_tables_of_an_event_are_in_the_order_of_a_java_set(flavor):
    made = state(flavor, "CREATE TABLE a (x INT)", "CREATE TABLE bb (x INT)")
    events = made.apply("RENAME TABLE a TO tmp, bb TO a, tmp TO bb", "d").events
    assert [[name.table for name in event.tables] for event in events] == [["bb", "a", "tmp"]] * 3


def test_a_replacement_that_fails_has_dropped_the_old_table():
    made = state("mariadb", "CREATE TABLE t (a INT)", "CREATE TABLE u (a INT)")
    made.apply("CREATE OR REPLACE TABLE t (a TEXT, PRIMARY KEY (a))", "d", failed=True)
    made.apply("ALTER TABLE u ADD b INT", "d", failed=True)
    assert [str(name) for name in made.tables] == ["d.u"]
    assert len(table(made, "u").columns) == 2


def test_conversion_of_a_table_leaves_binary_alone_and_takes_what_stands_for_text():
    columns = "a VARCHAR(9) CHARACTER SET binary, b TEXT, j JSON"
    found = {}
    for flavor in ("mysql", "mariadb"):
        made = state(flavor, f"CREATE TABLE t ({columns})", "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb3")
        found[flavor] = charsets(made)
    assert found == {
        "mysql": {"a": "binary", "b": "utf8mb3", "j": None},
        "mariadb": {"a": "binary", "b": "utf8mb3", "j": "utf8mb3"},
    }


def test_a_column_may_be_changed_by_the_statement_that_adds_it():
    made = state("mariadb", "CREATE TABLE t (a INT)")
    result = made.apply("ALTER TABLE t ADD b INT, ADD c INT, MODIFY b BIGINT NOT NULL, CHANGE c c TEXT FIRST", "d")
    assert not result.unparsed
    found = [(column.name, column.type_name, column.optional) for column in table(made).columns]
    assert found == [("c", "TEXT", True), ("a", "INT", True), ("b", "BIGINT", False)]


@BOTH
def test_backslashes_that_escape_nothing_are_read_where_the_statement_makes_no_sense_otherwise(flavor):
    made = state(flavor)
    result = made.apply(r"CREATE TABLE t (a VARCHAR(9) DEFAULT 'a\' COMMENT 'ends in \', b INT)", "d")
    assert not result.unparsed
    assert [column.name for column in table(made).columns] == ["a", "b"]
    made.apply(r"CREATE TABLE u (a VARCHAR(9) DEFAULT 'a\'b' COMMENT 'x\', b INT', c INT)", "d")
    assert [column.name for column in table(made, "u").columns] == ["a", "c"]


def test_columns_of_a_period_take_no_null():
    made = state("mariadb", "CREATE TABLE t (id INT, s DATE, e DATE, PERIOD FOR app (s, e))")
    made.apply("CREATE TABLE u (id INT, s DATE)", "d")
    made.apply("ALTER TABLE u ADD e DATE, ADD PERIOD FOR app (s, e)", "d")
    for name in ("t", "u"):
        assert [column.optional for column in table(made, name).columns] == [True, False, False]


@pytest.mark.parametrize("flavor", ["mysql", "mariadb"])
def test_unique_indexes_of_tables_that_are_not_captured_are_passed_over(flavor):
    made = SchemaState(flavor, captured=lambda table: table.table == "wanted")
    for name in ("wanted", "other"):
        made.apply(f"CREATE TABLE {name} (a INT NOT NULL)", "db")
    (wanted,) = made.apply("CREATE UNIQUE INDEX i ON wanted (a)", "db").events
    (other,) = made.apply("CREATE UNIQUE INDEX i ON other (a)", "db").events
    assert wanted.tables
    assert (other.kind, other.ddl, other.tables) == ("DATABASE", "CREATE UNIQUE INDEX i ON other (a)", ())
