import json

import pytest

from rowtide.errors import SchemaError
from rowtide.tables.ddl import SchemaState
from rowtide.tables.history import HistoryRecord
from rowtide.tables.history.json_table import parse_id
from rowtide.tables.model import TableChange, TableId


def record_of(sql, flavor="mysql", **options):
    state = SchemaState(flavor, **options)
    state.apply("SET character_set_server=utf8mb4", "")
    event = state.apply(sql, "db").events[-1]
    return HistoryRecord(
        {"server": "srv"}, {"file": "b.1", "pos": 4}, 1700000000123, event.database, event.ddl, event.changes
    )


def test_json_is_debeziums_to_the_byte():
    sql = "CREATE TABLE c (id INT NOT NULL PRIMARY KEY, price DECIMAL(10,2) UNSIGNED DEFAULT 1.50, k ENUM('a','b,c'))"
    assert record_of(sql).to_json() == (
        '{"source":{"server":"srv"},"position":{"file":"b.1","pos":4},"ts_ms":1700000000123,"databaseName":"db",'
        '"ddl":"CREATE TABLE c (id INT NOT NULL PRIMARY KEY, price DECIMAL(10,2) UNSIGNED DEFAULT 1.50, '
        "k ENUM('a','b,c'))\","
        '"tableChanges":[{"type":"CREATE","id":"\\"db\\".\\"c\\"","table":{"defaultCharsetName":"utf8mb4",'
        '"primaryKeyColumnNames":["id"],"columns":[{"name":"id","jdbcType":4,"typeName":"INT","typeExpression":"INT",'
        '"charsetName":null,"position":1,"optional":false,"autoIncremented":false,"generated":false,"comment":null,'
        '"hasDefaultValue":false,"enumValues":[]},{"name":"price","jdbcType":3,"typeName":"DECIMAL UNSIGNED",'
        '"typeExpression":"DECIMAL UNSIGNED","charsetName":null,"length":10,"scale":2,"position":2,"optional":true,'
        '"autoIncremented":false,"generated":false,"comment":null,"hasDefaultValue":true,'
        '"defaultValueExpression":"1.50","enumValues":[]},{"name":"k","jdbcType":1,"typeName":"ENUM",'
        '"typeExpression":"ENUM","charsetName":"utf8mb4","length":1,"position":3,"optional":true,'
        '"autoIncremented":false,"generated":false,"comment":null,"hasDefaultValue":true,'
        '"enumValues":["\'a\'","\'b,c\'"]}],"attributes":[]},"comment":null}]}'
    )


def test_drop_has_no_table_and_a_statement_on_a_database_no_changes():
    dropped = json.loads(record_of("DROP TABLE t").to_json())
    assert dropped["tableChanges"] == [{"type": "DROP", "id": '"db"."t"'}]
    assert json.loads(record_of("FLUSH TABLES").to_json())["tableChanges"] == []


def test_table_comment_stands_beside_the_table():
    change = json.loads(record_of("CREATE TABLE t (a INT COMMENT 'c') COMMENT 'tc'", include_comments=True).to_json())
    assert list(change["tableChanges"][0]) == ["type", "id", "table", "comment"]
    assert change["tableChanges"][0]["comment"] == "tc"
    assert change["tableChanges"][0]["table"]["columns"][0]["comment"] == "c"


def test_reading_gives_the_record_back():
    record = record_of("CREATE TABLE t (a INT COMMENT 'c', s SET('x','y') NOT NULL DEFAULT 'x', PRIMARY KEY (s, a))")
    again = HistoryRecord.from_json(record.to_json())
    assert again.to_json() == record.to_json()
    assert again.changes[0].table.columns == record.changes[0].table.columns


def test_statement_of_unknown_text_is_absent():
    record = HistoryRecord({"server": "s"}, {}, None, None, None)
    assert record.to_json() == '{"source":{"server":"s"},"position":{},"tableChanges":[]}'


def test_records_of_older_versions_are_read():
    old = {
        "source": {"server": "s"},
        "position": {"file": "b.1", "pos": 4, "snapshot": True},
        "databaseName": "db",
        "ddl": "CREATE TABLE t ...",
        "tableChanges": [
            {
                "type": "CREATE",
                "id": '"db"."t"',
                "table": {
                    "defaultCharsetName": None,
                    "primaryKeyColumnNames": ["id"],
                    "columns": [
                        {
                            "name": "id",
                            "jdbcType": 4,
                            "nativeType": 3,
                            "typeName": "INT",
                            "typeExpression": "INT",
                            "charsetName": None,
                            "position": 1,
                            "optional": False,
                            "autoIncremented": True,
                            "generated": True,
                        },
                        {"name": "v", "jdbcType": 12, "typeName": "VARCHAR", "position": 2, "optional": True},
                    ],
                },
            }
        ],
    }
    record = HistoryRecord.from_json(json.dumps(old))
    table = record.changes[0].table
    assert (table.id, table.primary_key) == (TableId("db", "t"), ("id",))
    assert (table.columns[0].has_default, table.columns[1].has_default, table.columns[1].default) == (False, True, None)
    assert record.ts_ms is None


def test_rename_names_the_previous_table():
    state = SchemaState("mariadb")
    state.apply("CREATE TABLE a (x INT)", "db")
    event = state.apply("RENAME TABLE a TO b", "db").events[0]
    record = HistoryRecord({"server": "s"}, {}, 1, event.database, event.ddl, event.changes)
    change = json.loads(record.to_json())["tableChanges"][0]
    assert list(change) == ["type", "id", "previousId", "table", "comment"]
    assert HistoryRecord.from_json(record.to_json()).changes[0].previous_id == TableId("db", "a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"db"."t"', TableId("db", "t")),
        ("db.t", TableId("db", "t")),
        ('"d.b"."t""x"', TableId("d.b", 't"x')),
        ('"t"', TableId("", "t")),
        ('"db"."a.b"', TableId("db", "a.b")),
    ],
)
def test_table_names_are_read(text, expected):
    assert parse_id(text) == expected
    assert parse_id(expected.quoted) == expected


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        "{}",
        '{"source":{}}',
        '{"source":{},"position":[]}',
        '{"source":{},"position":{},"tableChanges":{}}',
        '{"source":{},"position":{},"tableChanges":[1]}',
        '{"source":{},"position":{},"tableChanges":[{"type":"CREATE","id":"a.b"}]}',
        '{"source":{},"position":{},"tableChanges":[{"type":"WHAT","id":"a.b"}]}',
        '{"source":{},"position":{},"tableChanges":[{"type":"CREATE","id":"a.b","table":{"columns":[{"name":"a"}]}}]}',
        '{"source":{},"position":{},"tableChanges":[{"type":"CREATE","id":"a.b","table":{"columns":7}}]}',
    ],
)
def test_what_is_no_record_is_refused(text):
    with pytest.raises(SchemaError):
        HistoryRecord.from_json(text)


def test_changes_are_equal_by_value_where_they_have_no_table():
    assert TableChange("DROP", TableId("a", "b")) == TableChange("DROP", TableId("a", "b"))
