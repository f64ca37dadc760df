"""The order of Java's hash maps."""

from rowtide.connect.java import hash_map_order

TABLES = (
    "alpha beta delta eight eleven five four fourteen gamma nine one seven six ten thirteen three twelve two zz_last"
)
IN_DEBEZIUM = (
    "six four seven ten thirteen three fourteen alpha zz_last beta five nine eight eleven gamma two twelve delta one"
)


def test_a_map_that_grew_orders_as_java():
    names = [f"twin.{name}" for name in TABLES.split()]
    assert hash_map_order(names, capacity=2) == [f"twin.{name}" for name in IN_DEBEZIUM.split()]


def test_a_map_made_by_put_all_begins_small():
    assert hash_map_order(["tw00.t", "tw00.zz_last"], capacity=2) == ["tw00.t", "tw00.zz_last"]
    assert hash_map_order(["tw00.t", "tw00.zz_last"]) == ["tw00.zz_last", "tw00.t"]
