"""Records that transforms look into: what the native engine shows and writes is what the record path does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rowtide import native
from rowtide.connect.record import EncodedRecord, Header, RecordBatch, SourceRecord
from rowtide.connect.schema import STRING, Struct
from rowtide.envelope import RecordBuilder
from rowtide.errors import RowtideError
from rowtide.runtime.task.control import Control
from rowtide.runtime.task.encoder import TaskEncoder
from rowtide.runtime.task.tolerance import ErrorOptions, ErrorTolerance
from rowtide.transforms.chain import TransformationChain, build_chain
from tests.differential.columns import CASES, Case
from tests.differential.records import (
    NATIVE,
    REFERENCE,
    Setting,
    begun,
    changes_of,
    config_of,
    encoder_of,
    event_of,
    table_of,
)
from tests.differential.test_records import images, some_setting
from tests.speed.transforms import NAMED, Plugins

Change = Callable[[SourceRecord], SourceRecord]


def _first_field(record: SourceRecord) -> tuple[Any, Struct | None]:
    value: Any = record.value
    if not isinstance(value, Struct) or "after" not in value:
        return value, None
    row = value["before"] if value["after"] is None else value["after"]
    return value, row


def _read(record: SourceRecord) -> SourceRecord:
    """One field, then all, then the same one again."""
    _, row = _first_field(record)
    if row is not None:
        name = row.schema.fields[-1].name
        first = row[name]
        shown(record)
        assert repr(first) == repr(row[name])
    return record


def _header(record: SourceRecord) -> SourceRecord:
    _, row = _first_field(record)
    text = "none" if row is None else repr(row[row.schema.fields[0].name])
    return replace(record, headers=(*record.headers, Header("first", STRING, text)))


def _set(record: SourceRecord) -> SourceRecord:
    value, row = _first_field(record)
    if row is None:
        return record
    changed = Struct(row.schema, list(row.values))
    changed[row.schema.fields[0].name] = row.schema.fields[0].schema.default
    made = Struct(value.schema, list(value.values))
    made["before" if value["after"] is None else "after"] = changed
    return replace(record, value=made)


def _set_in_place(record: SourceRecord) -> SourceRecord:
    """What transforms are not to do, and what is to have its effect nevertheless."""
    value, row = _first_field(record)
    if row is not None:
        row[row.schema.fields[0].name] = row.schema.fields[0].schema.default
        assert value is record.value
    return record


def _append_in_place(record: SourceRecord) -> SourceRecord:
    """As above, of a list within the row."""
    value, row = _first_field(record)
    for item in () if row is None else row.values:
        if isinstance(item, list):
            item.append(1.5)
    assert value is record.value
    return record


def _only_row(record: SourceRecord) -> SourceRecord:
    value, row = _first_field(record)
    if row is None:
        return record
    return replace(record, value_schema=value.schema.field("after"), value=row)


def _only_source(record: SourceRecord) -> SourceRecord:
    value, row = _first_field(record)
    return record if row is None else replace(record, value_schema=value["source"].schema, value=value["source"])


def _swapped(record: SourceRecord) -> SourceRecord:
    return replace(
        record, key_schema=record.value_schema, key=record.value, value_schema=record.key_schema, value=record.key
    )


OWN: dict[str, Change] = {
    "nothing": lambda record: record,
    "topic": lambda record: replace(record, topic="other"),
    "key": lambda record: replace(record, key_schema=None, key=None),
    "swapped": _swapped,
    "read": _read,
    "header": _header,
    "set": _set,
    "set in place": _set_in_place,
    "append in place": _append_in_place,
    "only row": _only_row,
    "only source": _only_source,
}


class OwnChain:
    def __init__(self, change: Change) -> None:
        self._change = change

    def apply(self, record: SourceRecord, runner: object) -> SourceRecord:
        return self._change(record)


def chain_of(name: str) -> Any:
    if name in OWN:
        return OwnChain(OWN[name])
    options = {f"transforms.x.{option}": value for option, value in NAMED[name].items()}
    return build_chain({"transforms": "x", **options}, Plugins())


def shown(record: SourceRecord) -> str:
    """All that a transform could see."""
    schemas = (record.key_schema, record.value_schema)
    names = [None if schema is None else [field.name for field in schema.fields] for schema in schemas]
    return repr((record.topic, names, record.key, record.value, record.timestamp, record.partition))


def outcomes(
    batch_of: Callable[[], tuple[RecordBatch, Iterator[SourceRecord]]], chain: TransformationChain, encoder: TaskEncoder
) -> list[object]:
    """What comes of each record, then their number and offsets; or an error as the last."""
    found: list[object] = []
    tolerance = ErrorTolerance("c-0", ErrorOptions(), Control())
    try:
        batch, records = batch_of()
        for record in records:
            found.append(_outcome(record, chain, encoder, tolerance))  # noqa: PERF401 - up to an error
        found += [len(batch), *(batch.source_offset(i) for i in range(len(batch)))]
    except RowtideError as error:
        found.append(str(error))
    return found


def _outcome(
    record: SourceRecord, chain: TransformationChain, encoder: TaskEncoder, tolerance: ErrorTolerance
) -> object:
    try:
        made = chain.apply(record, tolerance)
        if made is None:
            return None
        encoded = encoder.encode_tolerantly(made, tolerance)
        assert _gathered(made, encoder, tolerance) in {None, (encoded.key, encoded.value)}
    except Exception as error:
        return repr(error), repr(error.__cause__)
    return parts(encoded), shown(made)


def _gathered(
    record: SourceRecord, encoder: TaskEncoder, tolerance: ErrorTolerance
) -> tuple[bytes | None, bytes | None] | None:
    """What the native engine encodes and gathers in one call; None where it leaves the record to others."""
    if encoder.part_encoders is None:
        return None
    gathered = native.required().Gathered(encoder.part_encoders, (100, 1 << 20, 1000))
    headers = encoder.headers(record.topic, record.headers, tolerance)
    gathered.push(0, record.topic, b"k", b"v", headers)
    if gathered.add(1, record, headers) is None:
        assert len(gathered) == len(gathered.records) == 1
        assert gathered.records.size == 2
        return None
    return gathered.records.keys()[1], gathered.records.values()[1]


def parts(encoded: EncodedRecord) -> object:
    return encoded.topic, encoded.key, encoded.value, encoded.headers


@pytest.fixture(autouse=True)
def _native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWTIDE_ENGINE", "native")


def _compare(setting: Setting, cases: list[Case], table: Any, operation: str, rows: Any, transform: str) -> None:
    data = event_of(cases, operation, rows)
    encoder = encoder_of(setting)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROWTIDE_ENGINE", "reference")
        in_python = encoder_of(setting)

    def eager() -> tuple[RecordBatch, Iterator[SourceRecord]]:
        batch = begun(RecordBuilder(config_of(setting))).rows(changes_of(REFERENCE, data, table, operation))
        return batch, iter(batch)

    def lazy() -> tuple[RecordBatch, Iterator[SourceRecord]]:
        batch = begun(RecordBuilder(config_of(setting))).rows(changes_of(NATIVE, data, table, operation))
        return batch, batch.lazy_records(encoder)

    expected = outcomes(eager, chain_of(transform), in_python)
    got = outcomes(lazy, chain_of(transform), encoder)
    if isinstance(expected[-1], str):
        # The record path makes all updates of an event before the first is sent.
        assert got[-1] == expected[-1]
        if operation != "u":
            assert got == expected
    else:
        assert got == expected


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.column.type_name}-{case.column.charset or case.metadata.hex()}"
)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_each_type_in_each_mode(case: Case, data: st.DataObject) -> None:
    transform = data.draw(st.sampled_from([*OWN, *NAMED]))
    table = table_of([case], optional=data.draw(st.booleans()))
    _compare(some_setting(data), [case], table, "c", data.draw(images([case], 4)), transform)


@pytest.mark.parametrize("case", [case for case in CASES if case.column.type_name == "VECTOR"])
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_list_that_is_changed_in_place_is_written_anew(case: Case, data: st.DataObject) -> None:
    _compare(some_setting(data), [case], table_of([case]), "c", data.draw(images([case], 4)), "append in place")


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_tables_of_several_columns(data: st.DataObject) -> None:
    cases = data.draw(st.lists(st.sampled_from(CASES), min_size=3, max_size=8))
    key = data.draw(st.sampled_from([(), (0,), (1, 0), (2,)]))
    operation = data.draw(st.sampled_from("cuud"))
    rows = data.draw(images(cases, 4))
    if operation == "u" and data.draw(st.booleans()):
        rows = [row for row in rows[:3] for row in (row, (*row[:2], *data.draw(images(cases, 1))[0][2:]))]
    transform = data.draw(st.sampled_from([*OWN, *NAMED]))
    setting = some_setting(data)
    assume(operation not in setting.options.get("skipped.operations", ""))  # nobody reads those
    _compare(setting, cases, table_of(cases, key), operation, rows, transform)
