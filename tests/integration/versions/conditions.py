"""What tests of a running task wait for."""

from __future__ import annotations

from collections.abc import Callable

from tests.integration.source.conftest import Running


def streaming(running: Running) -> bool:
    return running.task.metrics().get("connected") is True


def has_marker(number: int) -> Callable[[Running], bool]:
    """Whether the row `number` of the table `marker` has come."""
    return lambda running: any(value["after"] == {"id": number} for value in running.values("marker"))


def row_ends(offsets: list[dict]) -> list[int]:
    """Indexes of the records after which the restart point moves; those of one row are acknowledged together."""
    names = ("file", "pos", "gtids", "event", "row")
    points = [tuple(offset.get(name, 0) for name in names) for offset in offsets]
    return [i for i, point in enumerate(points) if i + 1 == len(points) or points[i + 1] != point]


def comparable(records: list) -> list:
    """Data records without what differs from one reading to the next."""
    found = []
    for record in records:
        if record.topic.endswith(".transaction"):
            continue
        payload = None
        if record.value is not None:
            clocks = ("ts_ms", "ts_us", "ts_ns", "source", "transaction")
            payload = {name: repr(part) for name, part in record.value.items() if name not in clocks}
        found.append((record.topic, repr(record.key), payload))
    return found
