"""The comparison with the reference sees every difference but those that it hides on purpose."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rowtide_dev.topic_reading import Read
from tests.reference.comparison import decoded, differences

VALUE = {
    "schema": {"type": "struct", "version": 1},
    "payload": {
        "before": None,
        "after": {"id": 1, "n": 1.5},
        "source": {"version": "3.5.0", "name": "one", "ts_ms": 5, "snapshot": "false", "pos": 7},
        "op": "c",
        "ts_ms": 100,
    },
}


def _record(value: Any = VALUE, prefix: str = "one", text: bytes | None = None, **changes: Any) -> list[dict[str, Any]]:
    data = json.dumps(value).encode() if text is None else text
    settings = {"partition": 0, "key": b'{"id":1}', "headers": ((f"{prefix}-h", f"{prefix}".encode()),), **changes}
    read = Read(f"{prefix}.db.t", settings["partition"], 0, settings["key"], data, settings["headers"])
    return [decoded(read, prefix)]


def _changed(path: str, to: Any) -> Any:
    value = json.loads(json.dumps(VALUE))
    holder = value
    *names, last = path.split(".")
    for name in names:
        holder = holder[name]
    holder[last] = to
    return value


@pytest.mark.parametrize(
    ("path", "to"), [("payload.ts_ms", 101), ("payload.source.version", "rowtide"), ("payload.source.name", "one")]
)
def test_clocks_and_versions_are_hidden(path: str, to: Any) -> None:
    assert differences(_record(), _record(_changed(path, to))) == []


def test_prefixes_are_hidden() -> None:
    other = json.loads(json.dumps(VALUE).replace("one", "two"))
    left, right = _record(headers=(("h", b"one"),)), _record(other, "two", headers=(("h", b"two"),))
    assert differences(left, right) == []


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("payload.after.id", 2),
        ("payload.after.id", "1"),
        ("payload.after.n", 1.25),
        ("payload.after.more", None),
        ("payload.source.ts_ms", 6),
        ("payload.source.pos", 8),
        ("payload.op", "r"),
        ("payload.before", {}),
        ("schema.type", "string"),
    ],
)
def test_a_changed_value_is_found(path: str, to: Any) -> None:
    found = differences(_record(), _record(_changed(path, to)))
    assert len(found) == 1
    assert path in found[0]


def test_the_order_of_fields_is_compared() -> None:
    value = _changed("payload.after", {"n": 1.5, "id": 1})
    assert any("order of fields" in line for line in differences(_record(), _record(value)))


@pytest.mark.parametrize("spelling", [("1.5", "1.50"), ('"c"', '"\\u0063"')])
def test_how_a_value_is_spelled_is_compared(spelling: tuple[str, str]) -> None:
    text = json.dumps(VALUE).replace(*spelling).encode()
    assert len(differences(_record(), _record(text=text))) == 1


def test_white_space_between_tokens_is_not_compared() -> None:
    assert differences(_record(), _record(text=json.dumps(VALUE, indent=2).encode())) == []
    assert differences(_record(_changed("payload.op", "c d")), _record(_changed("payload.op", "cd")))


@pytest.mark.parametrize(
    "changes", [{"partition": 1}, {"key": b'{"id":2}'}, {"key": None}, {"headers": ()}, {"headers": (("one-h", b"x"),)}]
)
def test_partition_key_and_headers_are_compared(changes: dict[str, Any]) -> None:
    assert differences(_record(), _record(**changes))


def test_a_missing_record_or_topic_is_found() -> None:
    assert differences(_record(), []) == ["prefix.db.t: 1 records of the reference, 0 of ours"]
    assert differences([], _record()) == ["prefix.db.t: 0 records of the reference, 1 of ours"]
