"""binlog_row_image=NOBLOB and MINIMAL: refused, or shown with `unavailable.value.placeholder` where that is given."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from rowtide.errors import BinlogError
from tests import servers
from tests.integration.source.conftest import Running, connector_config

pytestmark = pytest.mark.servers

FLAVORS = {"mariadb": "mariadb", "mysql97": "mysql"}
GONE = "__debezium_unavailable_value"


class Partial:
    """A database of its own, written by a session whose binlog_row_image can be set."""

    def __init__(self, server: str, folder: Path) -> None:
        self.flavor = FLAVORS[server]
        self.port = servers.mariadb_port() if server == "mariadb" else servers.port_of(server)
        self.name = "img_" + uuid.uuid4().hex[:8]
        self.connection = pymysql.connect(host="127.0.0.1", port=self.port, user="root", autocommit=True)
        self.run(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4", f"USE {self.name}")
        self.run(
            "CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL, v VARCHAR(9), x TEXT NOT NULL, "
            "u TEXT CHARACTER SET ucs2, b BLOB, j JSON)"
        )
        self.config = connector_config(self.flavor, self.port, self.name, folder / "history.jsonl")

    def run(self, *statements: str) -> None:
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def start(self, **options: str) -> Running:
        task = Running({**self.config, **{name.replace("__", "."): value for name, value in options.items()}})
        task.until(lambda running: running.task.metrics().get("connected") is True)
        return task


@pytest.fixture(params=FLAVORS)
def partial(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Partial]:
    made = Partial(request.param, tmp_path)
    yield made
    made.run("SET SESSION binlog_row_image = FULL", f"DROP DATABASE {made.name}")
    made.connection.close()


ROW = "(1, 5, 'v', 'text', 'uuu', 'blob', '{\"a\": 1}')"


def _written(partial: Partial) -> None:
    partial.run(
        f"INSERT INTO t VALUES {ROW}",
        "UPDATE t SET n = 6",
        "UPDATE t SET x = 'new', j = '[2]'",
        "UPDATE t SET id = 2",
        "DELETE FROM t",
        "INSERT INTO t (id, n, x) VALUES (3, 0, 'only')",
    )


def test_a_placeholder_stands_for_what_noblob_leaves_out(partial: Partial) -> None:
    task = partial.start(unavailable__value__placeholder=GONE)
    try:
        partial.run("SET SESSION binlog_row_image = NOBLOB")
        _written(partial)
        task.until(lambda running: len(running.values("t")) == 7)
    finally:
        task.stop()
    records = task.values("t")
    documents = [state.pop("j") for record in records for state in (record["before"], record["after"]) if state]
    kept = GONE if partial.flavor == "mariadb" else '{"a":1}'  # MySQL leaves out no JSON; MariaDB's is a TEXT
    assert documents[1:5] == [kept, kept, kept, "[2]"]
    insert, number, text, leave, arrive, delete, short = records
    nothing = {"x": GONE, "u": GONE, "b": GONE.encode()}
    assert insert["after"] == {"id": 1, "n": 5, "v": "v", "x": "text", "u": "uuu", "b": b"blob"}
    assert number["before"] == {"id": 1, "n": 5, "v": "v", **nothing}
    assert number["after"] == {"id": 1, "n": 6, "v": "v", **nothing}
    assert text["before"] == {"id": 1, "n": 6, "v": "v", **nothing}
    assert text["after"] == {"id": 1, "n": 6, "v": "v", **nothing, "x": "new"}
    assert leave == {"op": "d", "before": {"id": 1, "n": 6, "v": "v", **nothing}, "after": None}
    assert arrive == {"op": "c", "before": None, "after": {"id": 2, "n": 6, "v": "v", **nothing}}
    assert delete["before"] == {"id": 2, "n": 6, "v": "v", **nothing}
    assert short["after"] == {"id": 3, "n": 0, "v": None, **nothing, "x": "only"}


def test_a_table_without_key_has_all_values_before_the_change(partial: Partial) -> None:
    partial.run("CREATE TABLE keyless (a INT, x TEXT, b BLOB)")
    task = partial.start(unavailable__value__placeholder="hex:3f", binary__handling__mode="hex")
    try:
        partial.run(
            "SET SESSION binlog_row_image = NOBLOB",
            "INSERT INTO keyless VALUES (1, 'x', 'b')",
            "UPDATE keyless SET x = 'y'",
        )
        task.until(lambda running: len(running.values("keyless")) == 2)
    finally:
        task.stop()
    assert task.values("keyless")[1] == {
        "op": "u",
        "before": {"a": 1, "x": "x", "b": "62"},
        "after": {"a": 1, "x": "y", "b": "62"},
    }


def test_what_is_left_out_is_read_again(partial: Partial) -> None:
    task = partial.start(
        unavailable__value__placeholder=GONE,
        post__processors="again",
        again__type="io.debezium.processors.reselect.ReselectColumnsPostProcessor",
        again__reselect__null__values="false",
    )
    try:
        partial.run("SET SESSION binlog_row_image = NOBLOB", f"INSERT INTO t VALUES {ROW}", "UPDATE t SET n = 6")
        task.until(lambda running: len(running.values("t")) == 2)
    finally:
        task.stop()
    after = task.values("t")[1]["after"]
    assert (after["n"], after["x"], after["u"], after["b"]) == (6, "text", "uuu", b"blob")
    assert "a" in after["j"]


def test_other_columns_that_are_missing_end_the_task_with_their_names(partial: Partial) -> None:
    task = partial.start(unavailable__value__placeholder=GONE)
    try:
        partial.run("SET SESSION binlog_row_image = MINIMAL", f"INSERT INTO t VALUES {ROW}", "UPDATE t SET n = 6")
        with pytest.raises(BinlogError, match=r"lacks column .*can only stand for BLOB, TEXT and JSON"):
            task.until(lambda running: len(running.values("t")) == 2)
    finally:
        task.stop()


def test_changes_to_a_document_that_is_not_in_the_log(partial: Partial) -> None:
    if partial.flavor == "mysql":
        partial.run("SET SESSION binlog_row_value_options = PARTIAL_JSON")
    partial.run("CREATE TABLE documents (id INT PRIMARY KEY, j JSON)")
    task = partial.start(unavailable__value__placeholder=GONE)
    try:
        partial.run(
            'INSERT INTO documents VALUES (1, \'{"a": 1, "b": "some longer text that makes a change worth it"}\')',
            "SET SESSION binlog_row_image = MINIMAL",
            "UPDATE documents SET j = JSON_SET(j, '$.a', 2)",
        )
        task.until(lambda running: len(running.values("documents")) == 2)
    finally:
        task.stop()
    change = task.values("documents")[1]
    assert change["before"] == {"id": 1, "j": GONE}
    if partial.flavor == "mysql":  # which logs no more than what has changed of the document
        assert change["after"] == {"id": 1, "j": GONE}
    else:
        assert '"a": 2' in change["after"]["j"]


def test_without_a_placeholder_whole_rows_are_required(partial: Partial) -> None:
    task = partial.start()
    try:
        partial.run("SET SESSION binlog_row_image = NOBLOB", f"INSERT INTO t VALUES {ROW}", "UPDATE t SET n = 6")
        with pytest.raises(BinlogError, match="has not all its columns") as error:
            task.until(lambda running: len(running.values("t")) == 2)
        assert "unavailable.value.placeholder" in str(error.value.hint)
    finally:
        task.stop()
