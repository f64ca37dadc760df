"""Aggregates: each transaction tells exactly which wholes it changed, with before and after."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowtide_sdk import Consumer, RawMessage, Row, TransactionConsumer, TransactionPolicy
from rowtide_sdk.aggregates import Aggregate, AggregateEvent, Aggregator, Store, Whole, many, one, ref
from rowtide_sdk.geometry import Geometry, Point
from rowtide_sdk.testing import MemorySource

ORDER = Aggregate(
    "shop.orders",
    items=many("shop.items", "order_id", article=ref("article_id", "shop.articles")),
    contract=one("shop.contracts", "order_id"),
    member=ref("member_id", "shop.members", method=ref("method_id", "shop.methods")),
)
LINKS = {
    "orders": ["member_id"],
    "items": ["order_id", "article_id"],
    "contracts": ["order_id"],
    "members": ["method_id"],
    "articles": [],
    "methods": [],
}
TRANSACTION_TOPIC = "p.transaction"


class Shop:
    """The source: tables, and the topics of their changes."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[int, dict[str, Any]]] = {table: {} for table in LINKS}
        self.messages: list[RawMessage] = []
        self._ends: dict[str, int] = {}
        self._number = 0

    def transaction(self, changes: list[tuple[str, int, dict[str, Any] | None]]) -> None:
        """Changes of (table, id, new row or None)."""
        self._number += 1
        counts: dict[str, int] = {}
        order = 0
        for table, row_id, after in changes:
            before = self.tables[table].get(row_id)
            if before is None and after is None:
                continue
            order += 1
            counts[table] = counts.get(table, 0) + 1
            op = "c" if before is None else "d" if after is None else "u"
            self._write(table, row_id, op, before, after, order, counts[table])
            if after is None:
                del self.tables[table][row_id]
            else:
                self.tables[table][row_id] = after
        collections = [{"data_collection": f"shop.{table}", "event_count": n} for table, n in counts.items()]
        end = {"status": "END", "id": f"0-1-{self._number}", "event_count": order, "data_collections": collections}
        self._append(TRANSACTION_TOPIC, {"id": f"0-1-{self._number}"}, end)

    def read(self, table: str, row_id: int, row: dict[str, Any]) -> None:
        self.tables[table][row_id] = row
        self._write(table, row_id, "r", None, row, 0, 0)

    def _write(self, table: str, row_id: int, op: str, before: Any, after: Any, order: int, place: int) -> None:
        block = {"id": f"0-1-{self._number}", "total_order": order, "data_collection_order": place}
        source = {"db": "shop", "table": table, "snapshot": "true" if op == "r" else "false"}
        value = {"before": before, "after": after, "op": op, "source": source}
        self._append(f"p.shop.{table}", {"id": row_id}, value | {"transaction": block if order else None})

    def _append(self, topic: str, key: Any, value: Any) -> None:
        offset = self._ends.get(topic, 0)
        self._ends[topic] = offset + 1
        self.messages.append(RawMessage(topic, 0, offset, 0, (), json.dumps(key).encode(), json.dumps(value).encode()))

    def whole(self, order_id: int) -> Any:
        """An order as the aggregate has it, plainly."""
        order = self.tables["orders"].get(order_id)
        if order is None:
            return None
        items = [
            (item, self.tables["articles"].get(item["article_id"]))
            for _, item in sorted(self.tables["items"].items())
            if item["order_id"] == order_id
        ]
        contracts = [c for _, c in sorted(self.tables["contracts"].items()) if c["order_id"] == order_id]
        member = self.tables["members"].get(order["member_id"])
        method = member and self.tables["methods"].get(member["method_id"])
        return order, items, contracts[0] if contracts else None, member and (member, method)

    def wholes(self) -> dict[int, Any]:
        return {order_id: self.whole(order_id) for order_id in self.tables["orders"]}


def plain(whole: Whole | None) -> Any:
    if whole is None:
        return None
    items = [(dict(item.row), item.article and dict(item.article.row)) for item in whole.items]
    member = whole.member and (dict(whole.member.row), whole.member.method and dict(whole.member.method.row))
    return dict(whole.row), items, whole.contract and dict(whole.contract.row), member


def change(table: str, chooser: random.Random) -> tuple[str, int, dict[str, Any] | None]:
    row_id = chooser.randrange(1, 5)
    if chooser.random() < 0.25:
        return table, row_id, None
    links = {column: chooser.choice([None, 1, 2, 3, 4]) for column in LINKS[table]}
    return table, row_id, {"id": row_id, "note": chooser.choice("abc"), **links}


def events_of(shop: Shop, aggregator: Aggregator) -> list[AggregateEvent]:
    found: list[AggregateEvent] = []
    policy = TransactionPolicy(TRANSACTION_TOPIC, commit=aggregator.offsets)
    reader = TransactionConsumer.of(MemorySource(shop.messages), transactions=policy)
    aggregator.follow(reader, found.append, idle_s=0)
    return found


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12))
def test_each_transaction_tells_what_it_changed(seed: int, transactions: int) -> None:
    chooser = random.Random(seed)
    shop = Shop()
    expected = []
    for number in range(1, transactions + 1):
        before = shop.wholes()
        shop.transaction([change(chooser.choice(list(LINKS)), chooser) for _ in range(chooser.randrange(1, 7))])
        after = shop.wholes()
        expected += [
            (f"0-1-{number}", order_id, before.get(order_id), after.get(order_id))
            for order_id in before | after
            if before.get(order_id) != after.get(order_id)
        ]
    aggregator = Aggregator(ORDER, Store())
    found = [
        (e.transaction, json.loads(e.key)[0], plain(e.before), plain(e.after)) for e in events_of(shop, aggregator)
    ]
    assert sorted(found, key=lambda event: event[:2]) == sorted(expected, key=lambda event: event[:2])
    assert {whole.row["id"]: plain(whole) for whole in aggregator.all()} == shop.wholes()


def test_kinds_tell_what_became_of_it() -> None:
    shop = Shop()
    shop.transaction(
        [("items", 1, {"id": 1, "order_id": 1, "article_id": None}), ("orders", 1, {"id": 1, "member_id": 1})]
    )
    shop.transaction([("members", 1, {"id": 1, "method_id": None})])
    shop.transaction([("orders", 1, None), ("items", 1, None)])
    events = events_of(shop, Aggregator(ORDER, Store()))
    assert [(event.kind, event.key) for event in events] == [("created", "[1]"), ("changed", "[1]"), ("deleted", "[1]")]
    assert events[0].after is not None
    assert len(events[0].after.items) == 1


def test_rows_of_a_snapshot_fill_the_state_without_an_event() -> None:
    shop = Shop()
    shop.read("orders", 1, {"id": 1, "member_id": 1})
    shop.read("members", 1, {"id": 1, "method_id": 1})
    aggregator = Aggregator(ORDER, Store())
    assert events_of(shop, aggregator) == []
    assert plain(aggregator.whole(1)) == shop.whole(1)


def test_after_a_crash_the_transaction_is_told_again_and_none_is_left_out(tmp_path: Path) -> None:
    chooser = random.Random(3)
    shop = Shop()
    for _ in range(40):
        shop.transaction([change(chooser.choice(list(LINKS)), chooser) for _ in range(4)])
    told: list[AggregateEvent] = []

    def handler(event: AggregateEvent) -> None:
        if chooser.random() < 0.2:
            raise RuntimeError("crash")
        told.append(event)

    for _ in range(200):
        store = Store(tmp_path / "state.db")
        aggregator = Aggregator(ORDER, store)
        policy = TransactionPolicy(TRANSACTION_TOPIC, commit=aggregator.offsets)
        reader = TransactionConsumer.of(MemorySource(shop.messages), transactions=policy)
        try:
            aggregator.follow(reader, handler, idle_s=0)
            break
        except RuntimeError:
            continue
        finally:
            store.close()
    once = events_of(shop, Aggregator(ORDER, Store()))
    assert list(_without_repetitions(told)) == list(_without_repetitions(once))


def _without_repetitions(events: list[AggregateEvent]) -> Iterator[tuple[Any, ...]]:
    seen = set()
    for event in events:
        name = (event.transaction, event.key)
        if name not in seen:
            seen.add(name)
            yield (*name, event.kind, plain(event.before), plain(event.after))


def test_a_row_that_many_refer_to_refreshes_them_in_portions_also_after_a_crash(tmp_path: Path) -> None:
    shop = Shop()
    shop.transaction([("members", 1, {"id": 1, "method_id": 1, "note": "a"})])
    for number in range(1, 41):
        shop.transaction([("orders", number, {"id": number, "member_id": 1})])
    path = tmp_path / "state.db"
    events_of(shop, Aggregator(ORDER, Store(path)))
    shop.transaction([("methods", 1, {"id": 1, "note": "visa"})])
    aggregator = Aggregator(ORDER, Store(path), at_once=10)
    reader = Consumer.of(MemorySource(shop.messages), commit=aggregator.offsets)
    for event in reader.until_idle(0):
        assert aggregator.apply(event) == []
    told = aggregator.refreshes(15)
    again = Aggregator(ORDER, Store(path), at_once=10)
    while portion := again.refreshes(15):
        assert len(portion) <= 15
        told += portion
    assert {event.kind for event in told} == {"refreshed"}
    assert sorted(json.loads(event.key)[0] for event in told) == list(range(1, 41))
    assert all(event.after is not None and event.after.member.method.note == "visa" for event in told)


def test_a_row_that_many_refer_to_refreshes_them_when_it_goes() -> None:
    shop = Shop()
    shop.transaction([("members", 1, {"id": 1, "method_id": None, "note": "a"})])
    for number in range(1, 6):
        shop.transaction([("orders", number, {"id": number, "member_id": 1})])
    shop.transaction([("members", 1, None)])
    told = [event for event in events_of(shop, Aggregator(ORDER, Store(), at_once=3)) if event.kind == "refreshed"]
    assert [event.key for event in told] == [f"[{number}]" for number in range(1, 6)]
    assert all(event.after is not None and event.after.member is None for event in told)


def test_values_come_back_from_the_store_as_they_were(tmp_path: Path) -> None:
    values = {
        "n": None, "i": 2**70, "f": 1.5, "s": "ü", "b": b"\x00\xff", "D": Decimal("1.20"), "d": date(2026, 1, 2),
        "t": time(1, 2, 3, 4), "u": -timedelta(hours=30, microseconds=1), "T": datetime(2026, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001
        "Z": datetime(2026, 1, 2, tzinfo=UTC), "U": UUID(int=5), "l": ["a", Decimal(1)], "e": {"x", "y"},
        "g": Geometry(b"\x01", 4326), "p": Point(b"\x01", None, 1.5, -2.0), "bool": True,
    }  # fmt: skip
    store = Store(tmp_path / "state.db")
    store.put("t", "[1]", Row(values), {})
    store.close()
    found = Store(tmp_path / "state.db").row("t", "[1]")
    assert found is not None
    assert dict(found) == values
    assert {name: type(value) for name, value in found.items()} == {name: type(v) for name, v in values.items()}


@pytest.mark.parametrize("name", ["row", "parts"])
def test_names_that_a_whole_has_already_are_refused(name: str) -> None:
    with pytest.raises(Exception, match=f"cannot be called {name}"):
        Aggregate("shop.orders", **{name: ref("member_id", "shop.members")})
