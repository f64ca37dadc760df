"""Statements that mean something else in another session, and databases."""

from __future__ import annotations

import pytest

from rowtide.tables.ddl import SchemaState, logged_session
from rowtide.tables.ddl.lexer import Flavor
from rowtide.tables.model import Table, TableId

ANSI_QUOTES, ORACLE, NO_BACKSLASH_ESCAPES = 1 << 2, 1 << 9, 1 << 20
LATIN1, UTF8MB4 = 8, 45


def table(state: SchemaState, name: str, database: str = "d") -> Table:
    found = state.table(TableId(database, name))
    assert found is not None, sorted(map(str, state.tables))
    return found


@pytest.mark.parametrize("flavor", ["mysql", "mariadb"])
def test_names_in_double_quotes_may_hold_quotes(flavor: Flavor) -> None:
    state = SchemaState(flavor)
    session = logged_session(ANSI_QUOTES, UTF8MB4)
    state.apply("""CREATE TABLE "a""b" ("x'y" INT, "x""z" INT)""", "d", session=session)
    sql = 'ALTER TABLE "a""b" CHANGE "x""z" "new ""name""" TEXT'
    state.apply(sql, "d", session=session)
    assert [column.name for column in table(state, 'a"b').columns] == ["x'y", 'new "name"']


@pytest.mark.parametrize("flavor", ["mysql", "mariadb"])
def test_backslashes_escape_as_the_session_says(flavor: Flavor) -> None:
    state = SchemaState(flavor)
    sql = r"CREATE TABLE t (a VARCHAR(9) DEFAULT '\', b VARCHAR(30) DEFAULT ', c INT, d INT COMMENT ''', e INT)"
    plain = logged_session(NO_BACKSLASH_ESCAPES, UTF8MB4)
    assert not state.apply(sql, "d", session=plain).unparsed
    assert [column.name for column in table(state, "t").columns] == ["a", "b", "e"]
    state.apply(r"CREATE TABLE v (a VARCHAR(9) DEFAULT 'x\'y', b INT)", "d", session=logged_session(0, UTF8MB4))
    assert [column.name for column in table(state, "v").columns] == ["a", "b"]


@pytest.mark.parametrize("flavor", ["mysql", "mariadb"])
def test_a_database_gets_the_sessions_character_set_once(flavor: Flavor) -> None:
    state = SchemaState(flavor)
    state.apply("SET character_set_server=utf8mb4", "")
    state.apply("CREATE DATABASE one", "one", session=logged_session(0, LATIN1))
    state.apply("CREATE DATABASE IF NOT EXISTS one CHARACTER SET latin2", "one", session=logged_session(0, UTF8MB4))
    state.apply("CREATE TABLE t (v VARCHAR(5))", "one")
    assert table(state, "t", "one").columns[0].charset == "latin1"


def test_a_database_that_is_replaced_has_no_tables() -> None:
    state = SchemaState("mariadb")
    state.apply("CREATE TABLE one.t (v INT)", "one")
    state.apply("CREATE OR REPLACE DATABASE one", "one")
    assert state.table(TableId("one", "t")) is None


def test_databases_compare_without_case_where_the_server_does() -> None:
    state = SchemaState("mysql", case_insensitive=True)
    state.apply("CREATE DATABASE One CHARACTER SET latin1", "One")
    state.apply("CREATE TABLE t (v VARCHAR(5))", "one")
    assert table(state, "t", "one").columns[0].charset == "latin1"
    state.apply("DROP DATABASE ONE", "ONE")
    assert state.table(TableId("one", "t")) is None


def test_oracles_types_are_what_the_server_makes_of_them() -> None:
    state = SchemaState("mariadb")
    sql = "CREATE TABLE t (a NUMBER, b NUMBER(5), c DATE, d LONG BYTE)"
    state.apply(sql, "d", session=logged_session(ORACLE, UTF8MB4))
    assert [column.type_name for column in table(state, "t").columns] == ["DOUBLE", "DECIMAL", "DATETIME", "MEDIUMBLOB"]
    state.apply("CREATE TABLE u (c DATE)", "d", session=logged_session(0, UTF8MB4))
    assert table(state, "u").columns[0].type_name == "DATE"


def test_a_period_in_a_key_stands_for_its_columns() -> None:
    state = SchemaState("mariadb")
    sql = "CREATE TABLE t (id INT, s DATE, e DATE, PERIOD FOR p (s, e), PRIMARY KEY (id, p WITHOUT OVERLAPS))"
    state.apply(sql, "d")
    assert table(state, "t").primary_key == ("id", "e", "s")
    assert not any(column.optional for column in table(state, "t").columns)
