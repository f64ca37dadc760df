"""Finds where our records differ from the reference's, strictly, with nothing hidden but names, versions and clocks.

Hidden are: the topic prefix, the connector's version, the readings of the connector's own clock (when it made a record,
a snapshot or a schema change) and the run id header. Everything else has to be equal: topics, partitions, order, keys,
schemas, values, the order of fields, how numbers and texts are spelled, headers, offsets and schema history. White
space between the tokens of JSON does not count. Avro is compared as the schema that the registry has and the value that
it gives; the number that the registry gave a schema does not count.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from rowtide_dev.topic_reading import Read
from tests.reference.avro_reading import AvroReader

CLOCK_FIELDS = ("ts_ms", "ts_us", "ts_ns")
CLOCKS_IN_TEXT = re.compile(rb'"(ts_ms|ts_us|ts_ns|ts_sec)":-?\d+')
WHITE_SPACE = re.compile(rb'("(?:[^"\\]|\\.)*")|\s+')
VERSION_IN_TEXT = re.compile(rb'"version":"[^"]*"')
RUN_ID_HEADER = "__debezium.context.runId"
PREFIX_STAND_IN = "prefix"
SHOWN_CHARACTERS = 300


class Spelled(str):
    """A JSON number as it is spelled."""

    __slots__ = ()


Registry = Callable[[int], Any]
"""Gives a schema by its number, parsed."""

AVRO_HEAD = 5  # a zero byte and the schema's number


def no_registry(number: int) -> Any:
    raise LookupError(f"Avro schema {number}, but no registry takes part")


def decoded(record: Read, prefix: str, registry: Registry = no_registry) -> dict[str, Any]:
    """A record with what may differ hidden; key and value both parsed and as text."""
    if _is_avro(record.key) or _is_avro(record.value):
        return _decoded_avro(record, prefix, registry)
    headers = [[name, None if name == RUN_ID_HEADER else _text(value, prefix)] for name, value in record.headers]
    return {
        "topic": record.topic.replace(prefix, PREFIX_STAND_IN),
        "partition": record.partition,
        "key": _parsed(record.key, prefix),
        "value": _without_clocks(_parsed(record.value, prefix)),
        "key text": _text(record.key, prefix),
        "value text": _text(record.value, prefix),
        "headers": headers,
    }


def renamed(value: Any, prefix: str) -> Any:
    """A JSON value with the prefix replaced wherever it stands."""
    return json.loads(json.dumps(value).replace(prefix, PREFIX_STAND_IN))


def _is_avro(data: bytes | None) -> bool:
    return data is not None and len(data) >= AVRO_HEAD and data[0] == 0


def _decoded_avro(record: Read, prefix: str, registry: Registry) -> dict[str, Any]:
    headers = [[name, None if name == RUN_ID_HEADER else _text(value, prefix)] for name, value in record.headers]
    parts = {
        name: renamed(_from_avro(data, registry), prefix) if _is_avro(data) else _text(data, prefix)
        for name, data in (("key", record.key), ("value", record.value))
    }
    for part in parts.values():
        if isinstance(part, dict):
            part["payload"] = _without_clocks(part["payload"])
    return {
        "topic": record.topic.replace(prefix, PREFIX_STAND_IN),
        "partition": record.partition,
        **parts,
        "headers": headers,
    }


def _from_avro(data: bytes | None, registry: Registry) -> Any:
    assert data is not None
    schema = registry(int.from_bytes(data[1:AVRO_HEAD], "big"))
    reader = AvroReader(schema, data[AVRO_HEAD:])
    return {"avro schema": schema, "payload": reader.value, "left over": reader.left_over}


def _parsed(data: bytes | None, prefix: str) -> Any:
    """What JSON says; other bytes as Latin-1, after a word that says so."""
    if data is None:
        return None
    try:
        data.decode()
    except UnicodeDecodeError:
        return "bytes: " + data.replace(prefix.encode(), PREFIX_STAND_IN.encode()).decode("latin-1")
    try:
        return _json(data, prefix)
    except ValueError:
        return "text: " + data.decode().replace(prefix, PREFIX_STAND_IN)


def _json(data: bytes, prefix: str) -> Any:
    return json.loads(data.replace(prefix.encode(), PREFIX_STAND_IN.encode()), parse_float=Spelled, parse_int=Spelled)


def _text(data: bytes | None, prefix: str) -> str | None:
    if data is None:
        return None
    data = WHITE_SPACE.sub(rb"\1", data.replace(prefix.encode(), PREFIX_STAND_IN.encode()))
    return VERSION_IN_TEXT.sub(rb'"version":""', CLOCKS_IN_TEXT.sub(rb'"\1":0', data)).decode(errors="backslashreplace")


def _without_clocks(value: Any) -> Any:
    payload = value["payload"] if isinstance(value, dict) and value.keys() == {"schema", "payload"} else value
    if not isinstance(payload, dict):
        return value
    source = payload.get("source")
    hide(payload, CLOCK_FIELDS)
    if isinstance(source, dict):
        hide(source, ("version",))
        # A snapshot's and a schema change's source block has the connector's clock, not the binlog's.
        if source.get("snapshot") not in (None, "false", False) or "ddl" in payload:
            hide(source, CLOCK_FIELDS)
    position = payload.get("position")
    if isinstance(position, dict) and position.get("snapshot"):
        hide(position, ("ts_sec",))
    return value


def hide(holder: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if holder.get(name) is not None:
            holder[name] = "(hidden)"


def differences(reference: list[dict[str, Any]], ours: list[dict[str, Any]]) -> list[str]:
    """One line for each difference; a partition's records are compared by their place in it."""
    found: list[str] = []
    topics: dict[str, tuple[list[Any], list[Any]]] = {}
    for side, records in enumerate((reference, ours)):
        for record in records:
            # Between partitions there is no order.
            place = f"{record['topic']}/{record['partition']}" if record.get("partition") else record["topic"]
            topics.setdefault(place, ([], []))[side].append(record)
    for topic, (expected, actual) in sorted(topics.items()):
        if len(expected) != len(actual):
            found.append(f"{topic}: {len(expected)} records of the reference, {len(actual)} of ours")
        for number, (left, right) in enumerate(zip(expected, actual, strict=False)):
            lines = [f"{topic}[{number}]{place}: reference {a} | ours {b}" for place, a, b in _walk(left, right, "")]
            # The texts repeat what the parsed forms have shown, unless only the spelling differs.
            parsed = [line for line in lines if " text: " not in line]
            found += parsed or lines
    return found


def _walk(expected: Any, actual: Any, place: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        names = list(expected)
        if names != list(actual) and set(names) == set(actual):
            yield f"{place} (order of fields)", _shown(names), _shown(list(actual))
        for name in [*names, *(name for name in actual if name not in expected)]:
            if name in expected and name in actual:
                yield from _walk(expected[name], actual[name], f"{place}.{name}")
            else:
                yield f"{place}.{name}", _shown(expected.get(name, "(absent)")), _shown(actual.get(name, "(absent)"))
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for number, (left, right) in enumerate(zip(expected, actual, strict=True)):
            yield from _walk(left, right, f"{place}[{number}]")
    elif expected != actual or type(expected) is not type(actual):
        yield place, _shown(expected), _shown(actual)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:SHOWN_CHARACTERS]
