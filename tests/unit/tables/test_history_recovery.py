import json

from rowtide.tables.ddl import SchemaState
from rowtide.tables.ddl_filter import DdlFilter
from rowtide.tables.history import HistoryRecord, MemoryHistoryStore, recover
from rowtide.tables.model import TableId


def by_pos(recorded, stored):
    return recorded["pos"] <= stored["pos"]


def history(*statements, flavor="mysql", server="s"):
    """A store with a record for each event of the statements, at positions 1, 2, ...; and the state they leave."""
    state, store = SchemaState(flavor), MemoryHistoryStore()
    for pos, (database, sql) in enumerate(statements, 1):
        for event in state.apply(sql, database).events:
            store.append(
                HistoryRecord({"server": server}, {"pos": pos}, 1, event.database, event.ddl, event.changes).to_json()
            )
    return store, state


STATEMENTS = [
    ("", "SET character_set_server=latin2"),
    ("d", "CREATE DATABASE d CHARSET latin1"),
    ("d", "CREATE TABLE a (x INT PRIMARY KEY, s TEXT)"),
    ("d", "CREATE TABLE b (y INT)"),
    ("d", "ALTER TABLE a ADD z TEXT"),
    ("d", "RENAME TABLE b TO c"),
    ("d", "DROP TABLE a"),
]


def shape(state):
    return {str(name): (table.columns, table.primary_key) for name, table in state.tables.items()}


def test_recovers_what_the_statements_left():
    store, expected = history(*STATEMENTS)
    state = SchemaState("mysql")
    facts = recover(store, state, {"pos": 99}, server="s", at_or_before=by_pos)
    assert facts.applied == len(STATEMENTS)
    assert shape(state) == shape(expected)
    assert list(state.tables) == [TableId("d", "c")]
    assert state.charset_for("d") == "latin1"
    assert state.charset_for("elsewhere") == "latin2"


def test_stops_at_the_stored_position():
    store, _ = history(*STATEMENTS)
    state = SchemaState("mysql")
    facts = recover(store, state, {"pos": 5}, server="s", at_or_before=by_pos)
    assert (facts.applied, facts.later) == (5, 2)
    assert sorted(map(str, state.tables)) == ["d.a", "d.b"]
    assert [column.charset for column in state.tables[TableId("d", "a")].columns] == [None, "latin1", "latin1"]


def test_statements_alone_leave_the_same():
    store, expected = history(*STATEMENTS)
    state = SchemaState("mysql")
    recover(store, state, {"pos": 99}, server="s", at_or_before=by_pos, prefer_ddl=True)
    assert shape(state) == shape(expected)


def test_records_of_others_are_passed_over():
    store, _ = history(("d", "CREATE TABLE a (x INT)"), server="other")
    state = SchemaState("mysql")
    facts = recover(store, state, {"pos": 99}, server="s", at_or_before=by_pos)
    assert (facts.read, facts.foreign, facts.applied) == (1, 1, 0)
    assert not state.tables


def test_unusable_records_are_passed_over():
    store, _ = history(("d", "CREATE TABLE a (x INT)"))
    for text in ("rubbish", "{}", '{"source":{"server":"s"}}'):
        store.append(text)
    state = SchemaState("mysql")
    facts = recover(store, state, {"pos": 99}, server="s", at_or_before=by_pos)
    assert (facts.applied, facts.unusable) == (1, 3)


def test_filtered_statements_are_not_read_again():
    store = MemoryHistoryStore()
    for pos, ddl in enumerate(["CREATE TABLE a (x INT)", "CREATE TABLE b (x INT)", "odd WEIRD"], 1):
        store.append(json.dumps({"source": {"server": "s"}, "position": {"pos": pos}, "databaseName": "d", "ddl": ddl}))
    state = SchemaState("mysql")
    recover(store, state, {"pos": 9}, server="s", at_or_before=by_pos, ddl_filter=DdlFilter("CREATE TABLE b.*"))
    assert list(state.tables) == [TableId("d", "a")]


def test_statement_that_cannot_be_read_is_counted():
    store = MemoryHistoryStore()
    record = {"source": {"server": "s"}, "position": {"pos": 1}, "databaseName": "d", "ddl": "CREATE TABLE a (x WEIRD)"}
    store.append(json.dumps(record))
    facts = recover(store, SchemaState("mysql"), {"pos": 9}, server="s", at_or_before=by_pos)
    assert (facts.applied, facts.unparsed) == (1, 1)


def test_character_sets_of_databases_are_recovered():
    store, _ = history(("d", "CREATE DATABASE d CHARSET latin1"), ("d", "ALTER DATABASE d CHARSET utf8mb4"))
    state = SchemaState("mysql")
    recover(store, state, {"pos": 9}, server="s", at_or_before=by_pos)
    state.apply("CREATE TABLE t (a TEXT)", "d")
    assert state.tables[TableId("d", "t")].columns[0].charset == "utf8mb4"


def test_renames_by_alter_leave_no_table_behind():
    """Debezium's record of ALTER TABLE ... RENAME does not name the table that is no more."""
    renames = ["ALTER TABLE t RENAME TO u", "ALTER TABLE u RENAME AS v, ADD b INT", "RENAME TABLE v TO tmp, w TO v"]
    made = [("d", "CREATE TABLE t (a INT)"), ("d", "CREATE TABLE w (c INT)")]
    store, expected = history(*made, *(("d", sql) for sql in renames))
    state = SchemaState("mysql")
    recover(store, state, {"pos": 99}, server="s", at_or_before=by_pos)
    assert shape(state) == shape(expected)
    assert sorted(map(str, state.tables)) == ["d.tmp", "d.v"]
