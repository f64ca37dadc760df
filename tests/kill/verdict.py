"""Judges what is in the topics against the journal of what was committed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rowtide_dev.topic_reading import Read
from tests.kill.load import Key


def journal(rows: list[tuple[str, int, int, str]]) -> dict[Key, list[str]]:
    """The committed operations of each key, those of version 1, 2, 3, ...

    Args:
        rows: table, id, version and operation, in the order they were committed.
    """
    found: dict[Key, list[str]] = {}
    for table, id_, version, op in rows:
        operations = found.setdefault(Key(table, id_), [])
        operations.append(op)
        assert version == len(operations), (
            f"the load itself is wrong: {table} {id_} has version {version} after {operations}"
        )
    return found


def problems(committed: dict[Key, list[str]], topics: dict[str, list[Read]], replays_max: int) -> Iterator[str]:
    """What is wrong with the records; nothing if every committed change is there, in its key's order.

    A key's records have to run through its versions 1, 2, 3, ... in order. After a crash they may go back to an earlier
    version and run on from there; they may never leave one out.

    Args:
        topics: a table's records by the table's name; the records of a key are in one partition, in order.
        replays_max: how often a key's records may go back.
    """
    records: dict[Key, list[tuple[int, str]]] = {}
    tombstoned: set[Key] = set()
    for table, reads in topics.items():
        for read in reads:
            key = Key(table, _payload(read.key)["id"])
            if read.value is None:
                tombstoned.add(key)
                continue
            tombstoned.discard(key)
            records.setdefault(key, []).append(_change(_payload(read.value)))
    for key in sorted(records.keys() - committed.keys(), key=str):
        yield f"{key}: in the topic, but never committed: {records[key][:5]}"
    for key, operations in sorted(committed.items(), key=str):
        yield from _problems_of(key, operations, records.get(key, []), replays_max)
        deleted, ends = operations[-1] == "d", key in tombstoned
        if deleted != ends:
            found = "deleted, but without" if deleted else "not deleted, but with"
            yield f"{key}: {found} a tombstone as its last record"


def _problems_of(key: Key, operations: list[str], records: list[tuple[int, str]], replays_max: int) -> Iterator[str]:
    at, replays, highest = 0, 0, 0
    for number, (version, op) in enumerate(records):
        if version > len(operations) or operations[version - 1] != op:
            yield f"{key}: record {number} is {op} of version {version}, which was never committed"
            return
        if version > at + 1:
            yield f"{key}: version {version} follows {at}: what is between is not there"
            return
        replays += version <= at
        at = version
        highest = max(highest, at)
    if highest != len(operations):
        yield f"{key}: {len(operations)} versions were committed, the topic ends with {highest}"
    if at != highest:
        yield f"{key}: the last record is version {at}, after version {highest}"
    if replays > replays_max:
        yield f"{key}: went back {replays} times, more than {replays_max}"


def _payload(data: bytes | None) -> dict[str, Any]:
    assert data is not None
    found: dict[str, Any] = json.loads(data)["payload"]
    return found


def _change(payload: dict[str, Any]) -> tuple[int, str]:
    """Version and operation, in the journal's terms: a delete is the version after the row's last."""
    op = payload["op"]
    if op == "d":
        return payload["before"]["version"] + 1, "d"
    return payload["after"]["version"], op
