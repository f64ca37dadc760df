"""Which history records belong to a stored offset."""

import pytest

from rowtide.changes import BinlogOffset
from rowtide.errors import ConnectError
from rowtide.source.positions import comparison, offset_from_map

mariadb = comparison("mariadb")


@pytest.mark.parametrize(
    ("recorded", "stored", "expected"),
    [
        ({"file": "a.000002", "pos": 4}, {"file": "a.000010", "pos": 4}, True),
        ({"file": "a.000010", "pos": 4}, {"file": "a.000002", "pos": 900}, False),
        ({"file": "a.000002", "pos": 900}, {"file": "a.000002", "pos": 900}, True),
        ({"file": "a.000002", "pos": 900, "event": 2}, {"file": "a.000002", "pos": 900, "event": 1}, False),
        ({"file": "a.000009", "pos": 4, "server_id": 1}, {"file": "a.000001", "pos": 4, "server_id": 2}, True),
        ({"gtids": "0-1-5"}, {"gtids": "0-1-6"}, True),
        ({"gtids": "0-1-7"}, {"gtids": "0-1-6"}, False),
        ({"gtids": "0-1-6", "event": 1}, {"gtids": "0-1-6"}, False),
        ({"gtids": "0-1-6", "event": 1}, {"gtids": "0-1-6", "event": 1}, True),
        ({"gtids": "0-1-6"}, {"gtids": "0-1-6", "snapshot": "INITIAL"}, False),
        ({"gtids": "0-1-6"}, {"file": "a.000001", "pos": 4}, False),
        ({"file": "a.000001", "pos": 4}, {"gtids": "0-1-6"}, True),
    ],
)
def test_order_of_recorded_and_stored_positions(recorded, stored, expected):
    assert mariadb(recorded, stored) is expected


def test_mysql_sets_compare_by_intervals():
    uuid = "24bc7850-2c16-11e6-a073-0242ac110002"
    mysql = comparison("mysql")
    assert mysql({"gtids": f"{uuid}:1-5"}, {"gtids": f"{uuid}:1-41"})
    assert not mysql({"gtids": f"{uuid}:1-42"}, {"gtids": f"{uuid}:1-41"})


def test_reads_what_debezium_stores():
    stored = {
        "transaction_id": None,
        "ts_sec": 1700000000,
        "file": "mysql-bin.000003",
        "pos": 154,
        "gtids": "0-11-5",
        "row": 1,
        "server_id": 223344,
        "event": 2,
    }
    assert offset_from_map(stored) == BinlogOffset(
        "mysql-bin.000003", 154, gtids="0-11-5", event=2, row=1, server_id=223344
    )


@pytest.mark.parametrize("flag", [True, "true", "INITIAL"])
def test_a_running_snapshot_is_known_in_every_spelling(flag):
    assert offset_from_map({"file": "a.000001", "pos": 4, "snapshot": flag}).snapshot == "INITIAL"


@pytest.mark.parametrize("stored", [{}, {"file": "a"}, {"file": "a", "pos": "4"}, {"file": 1, "pos": 4}])
def test_an_unusable_offset_is_an_error_not_a_new_snapshot(stored):
    with pytest.raises(ConnectError, match="file and pos"):
        offset_from_map(stored)
