"""Records of generated rows of all types under every mode: the same bytes from plans as from the record path."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rowtide.envelope import RecordBuilder
from tests.differential.columns import CASES, Case
from tests.differential.records import (
    NATIVE,
    REFERENCE,
    Setting,
    begun,
    changes_of,
    config_of,
    event_of,
    planned,
    record_path,
    table_of,
)

MODES = {
    "decimal.handling.mode": ["precise", "string", "double"],
    "time.precision.mode": ["adaptive_time_microseconds", "connect", "microseconds", "nanoseconds", "isostring"],
    "bigint.unsigned.handling.mode": ["long", "precise"],
    "binary.handling.mode": ["bytes", "base64", "base64-url-safe", "hex"],
    "enable.time.adjuster": ["true", "false"],
    "event.converting.failure.handling.mode": ["warn", "fail", "skip"],
    "tombstones.on.delete": ["true", "false"],
    "skip.messages.without.change": ["false", "true"],
    "provide.transaction.metadata": ["false", "true"],
    "extended.headers.enabled": ["true", "false"],
    "skipped.operations": ["t", "u", "d", "c,t"],
    "column.truncate.to.5.chars": ["", "db.t.c1"],
    "column.mask.with.3.chars": ["", "db.t.c2"],
    "column.mask.hash.SHA-256.with.salt.x": ["", "", "", "db.t.c1"],
    "column.propagate.source.type": ["", ".*"],
    "column.exclude.list": ["", "db.t.c2"],
    "message.key.columns": ["", "db.t:c3,c1"],
    "field.name.adjustment.mode": ["none", "avro"],
    "event.processing.failure.handling.mode": ["fail", "fail", "fail", "warn"],
}
CONVERTERS = {
    "schemas.enable": ["false", "true"],
    "decimal.format": ["BASE64", "NUMERIC"],
    "replace.null.with.default": ["true", "false"],
}
AVRO = {
    "ignore.default.for.nullables": ["false", "true"],
    "enhanced.avro.schema.support": ["false", "true"],
    "connect.meta.data": ["true", "false"],
    "scrub.invalid.names": ["false", "true"],
}


def some(choices: dict[str, list[str]]) -> st.SearchStrategy[dict[str, str]]:
    """Some options, the others left as they are by default."""
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in choices.items()})


def some_setting(data: st.DataObject) -> Setting:
    options = data.draw(some(MODES))
    avro = data.draw(st.booleans())
    return Setting(options, data.draw(some(AVRO if avro else CONVERTERS)), avro)


def images(cases: list[Case], count: int) -> st.SearchStrategy[list[tuple[bytes | None, ...]]]:
    row = st.tuples(*(st.one_of(case.values, case.values, case.values, st.none()) for case in cases))
    return st.lists(row, min_size=count, max_size=count)


@pytest.fixture(autouse=True)
def _native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWTIDE_ENGINE", "native")


def _compare(setting: Setting, table, cases, operation: str, rows, first_row: int = 0) -> None:
    data = event_of(cases, operation, rows)
    expected = record_path(setting, changes_of(REFERENCE, data, table, operation, first_row))
    builder = begun(RecordBuilder(config_of(setting)))
    # The first batch tells the builder how records are written; the second one is counted by the engine, too.
    for _ in range(1 if setting.options.get("provide.transaction.metadata") == "true" else 2):
        got, _ = planned(setting, changes_of(NATIVE, data, table, operation, first_row), builder)
        if operation == "u" and isinstance(expected[-1], str):
            # The record path makes all updates of an event before the first is sent.
            assert got[-1] == expected[-1]
        else:
            assert got == expected


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.column.type_name}-{case.column.charset or case.metadata.hex()}"
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_each_type_in_each_mode(case: Case, data: st.DataObject) -> None:
    setting = some_setting(data)
    optional = data.draw(st.booleans())
    table = table_of([case], optional=optional)
    _compare(setting, table, [case], "c", data.draw(images([case], 5)))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_tables_of_several_columns(data: st.DataObject) -> None:
    cases = data.draw(st.lists(st.sampled_from(CASES), min_size=3, max_size=12))
    key = data.draw(st.sampled_from([(), (0,), (1, 0), (2,)]))
    setting = some_setting(data)
    operation = data.draw(st.sampled_from("cuud"))
    rows = data.draw(images(cases, 4))
    if operation == "u" and data.draw(st.booleans()):
        # Most updates leave most columns alone, and the key.
        rows = [row for row in rows[:3] for row in (row, (*row[:2], *data.draw(images(cases, 1))[0][2:]))]
        rows += [rows[0], rows[0]]
    first_row = data.draw(st.integers(0, 2)) if operation != "u" else data.draw(st.integers(0, 1))
    _compare(setting, table_of(cases, key), cases, operation, rows, first_row)


@pytest.mark.parametrize(
    "setting", [Setting({}, {"schemas.enable": "false"}), Setting({}, {}, avro=True)], ids=["json", "avro"]
)
def test_each_type_has_a_plan(setting: Setting) -> None:
    without = []
    for case in CASES:
        table = table_of([case])
        data = event_of([case], "c", [(None,)])
        _, had_plan = planned(setting, changes_of(NATIVE, data, table, "c"), RecordBuilder(config_of(setting)))
        if not had_plan:
            without.append(case.column.type_name)
    assert without == []
