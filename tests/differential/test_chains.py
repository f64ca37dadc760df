"""Transforms within plans: the same records, offsets and errors as one record after another."""

from __future__ import annotations

from functools import partial
from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rowtide.envelope import RecordBuilder
from rowtide.envelope.rows import RecordMaker
from tests.differential.chains import DEBEZIUM, KAFKA, UNWRAP, Way, chain_of
from tests.differential.columns import CASES
from tests.differential.records import NATIVE, Setting, begun, changes_of, config_of, event_of, table_of
from tests.differential.test_records import images, some, some_setting
from tests.differential.test_result_sets import answer, blocks_of, cells_of
from tests.differential.test_result_sets import changes_of as snapshot_of

Steps = tuple[dict[str, str], ...]

JDBC = "io.debezium.connector.jdbc.transforms."
NOT_TOMBSTONE = {"predicate": "tombstone", "negate": "true"}
ROUTE = {"type": f"{KAFKA}RegexRouter", "regex": "srv\\.(.*)", "replacement": "all-$1"}
JOIN = {"type": f"{DEBEZIUM}ByLogicalTableRouter", "topic.regex": "(.*)\\.t", "topic.replacement": "$1.joined"}
FILTER = {"type": f"{DEBEZIUM}Filter", "language": "python"}
BY_VALUE = {**FILTER, "condition": "value.after is not None and value.after.c1 is None"}
UNWRAPPING = {
    "delete.tombstone.handling.mode": ["drop", "tombstone", "rewrite", "rewrite-with-tombstone", "delete-to-tombstone"],
    "add.fields": ["", "op,source.ts_ms:when,table,ts_ms", "source.snapshot,source.row,transaction.id,source.query"],
    "add.headers": ["", "db,source.pos", "op", "source.ts_ms,source.gtid", "source.row"],
    "replace.null.with.default": ["true", "false"],
    "drop.fields.header.name": ["", "fields"],
}
OTHERS: list[dict[str, str]] = [
    {},
    ROUTE,
    {**ROUTE, "predicate": "tombstone", "negate": "true"},
    {**ROUTE, "predicate": "header"},
    JOIN,
    {**JOIN, "key.enforce.uniqueness": "false"},
    {**JOIN, "key.field.regex": "(.*)\\.t", "key.field.replacement": "$1", "schema.name.adjustment.mode": "avro"},
    {"type": f"{KAFKA}Filter", "predicate": "tombstone"},
    {"type": f"{KAFKA}Filter", "predicate": "topic"},
    {"type": f"{KAFKA}Filter", "predicate": "topic", "negate": "true"},
    {**FILTER, "condition": "value.op != 'd' and value.source.table == 't'"},
    {**FILTER, "condition": "value.op in ('c', 'r')", "null.handling.mode": "drop"},
    BY_VALUE,
    {**FILTER, "condition": "value.after == value.before", "null.handling.mode": "drop"},
    {"type": f"{DEBEZIUM}ContentBasedRouter", "language": "python", "topic.expression": "topic + '.' + value.op"},
    {"type": f"{KAFKA}InsertField$Value", "topic.field": "topic", "static.field": "fixed", "static.value": "ä"},
    {"type": f"{KAFKA}InsertField$Value", "timestamp.field": "at", "partition.field": "number?"},
    {"type": f"{KAFKA}InsertField$Key", "topic.field": "topic!"},
    {"type": f"{KAFKA}ReplaceField$Value", "exclude": "c1,ts_ns"},
    {"type": f"{KAFKA}ReplaceField$Value", "include": "c2,c3,after", "renames": "c2:zwei,after:row"},
    {"type": f"{KAFKA}ReplaceField$Key", "renames": "c1:id"},
    {"type": f"{KAFKA}MaskField$Value", "fields": "c1,c2"},
    {"type": f"{KAFKA}MaskField$Value", "fields": "c1", "replacement": "7", "replace.null.with.default": "false"},
    {"type": f"{KAFKA}MaskField$Value", "fields": "op"},
    {"type": f"{KAFKA}ValueToKey", "fields": "c2"},
    {"type": f"{KAFKA}ValueToKey", "fields": "c3,c1", "replace.null.with.default": "false"},
    {"type": f"{KAFKA}ValueToKey", "fields": "op,ts_ms"},
    {"type": f"{KAFKA}ExtractField$Key", "field": "c1"},
    {"type": f"{KAFKA}ExtractField$Value", "field": "after"},
    {"type": f"{KAFKA}ExtractField$Value", "field": "c2"},
    {"type": f"{KAFKA}HoistField$Key", "field": "key"},
    {"type": f"{KAFKA}HoistField$Value", "field": "value"},
    {"type": f"{KAFKA}HeaderFrom$Value", "fields": "op", "headers": "op", "operation": "copy"},
    {"type": f"{KAFKA}HeaderFrom$Value", "fields": "c1", "headers": "c1", "operation": "move"},
    {"type": f"{KAFKA}InsertHeader", "header": "fields", "value.literal": '["c1","c3"]'},
    {"type": f"{KAFKA}DropHeaders", "headers": "__debezium.context.runId,__debezium.newkey"},
    {"type": f"{KAFKA}SetSchemaMetadata$Value", "schema.name": "named", "schema.version": "7"},
    {"type": f"{KAFKA}Flatten$Value", "delimiter": "_"},
    {"type": f"{KAFKA}Cast$Value", "spec": "c1:string"},
    {"type": f"{KAFKA}TimestampRouter"},
    {"type": "io.debezium.connector.mysql.transforms.ReadToInsertEvent"},
    {"type": f"{JDBC}CollectionNameTransformation", "collection.naming.style": "upper_case"},
    {"type": f"{JDBC}FieldNameTransformation", "column.naming.prefix": "x_"},
    {"type": f"{DEBEZIUM}SchemaChangeEventFilter", "schema.change.event.exclude.list": "CREATE"},
    {"type": f"{DEBEZIUM}ExtractChangedRecordState", "header.changed.name": "fields"},
    {"type": f"{DEBEZIUM}HeaderToValue", "headers": "op", "fields": "op_", "operation": "copy"},
]  # fmt: skip


def steps() -> st.SearchStrategy[Steps]:
    unwrap = some(UNWRAPPING).map(lambda options: {**UNWRAP, **options})
    other = st.sampled_from([step for step in OTHERS if step])
    before, after = st.lists(other, max_size=1), st.lists(other, max_size=2)
    whole = st.tuples(before, st.lists(unwrap, max_size=1), after).map(lambda parts: tuple(chain.from_iterable(parts)))
    return whole.filter(lambda made: len(made) > 0)


@pytest.fixture(autouse=True)
def _native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWTIDE_ENGINE", "native")


@settings(
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(data=st.data())
def test_chains_do_the_same_to_plans_as_to_records(data: st.DataObject) -> None:
    cases = data.draw(st.lists(st.sampled_from(CASES), min_size=3, max_size=8))
    key = data.draw(st.sampled_from([(), (0,), (1, 0), (2,)]))
    setting = some_setting(data)
    operation = data.draw(st.sampled_from("cud"))
    count = data.draw(st.sampled_from([2, 4]))
    rows = data.draw(images(cases, count))
    if operation == "u" and data.draw(st.booleans()):
        rows = [each for row in rows for each in (row, (*row[:2], *data.draw(images(cases, 1))[0][2:]))]
    table = table_of(cases, key, optional=data.draw(st.booleans()))
    event = event_of(cases, operation, rows)
    drawn = data.draw(steps())
    skip = data.draw(st.booleans())
    ways = [Way(setting, chain_of(*drawn), planned=planned, skip=skip) for planned in (False, True)]
    builders = [begun(RecordBuilder(config_of(setting))) for _ in ways]
    for _ in range(2):
        results = [
            way.send(partial(builder.rows, changes_of(NATIVE, event, table, operation)))
            for way, builder in zip(ways, builders, strict=True)
        ]
        assert results[1] == results[0]
        if not (results[0] and isinstance(results[0][0], str)) or operation != "u":
            assert ways[1].kept.records == ways[0].kept.records


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_chains_do_the_same_to_rows_of_snapshots(data: st.DataObject) -> None:
    cases = data.draw(st.lists(st.sampled_from(CASES), min_size=3, max_size=6))
    table = table_of(cases, data.draw(st.sampled_from([(), (0,), (1, 0)])), optional=data.draw(st.booleans()))
    row = st.tuples(*(st.one_of(cells_of(column), cells_of(column), st.none()) for column in table.columns))
    rows = data.draw(st.lists(row, min_size=1, max_size=5))
    setting = some_setting(data)
    drawn = data.draw(steps())
    sent = []
    for planned in (False, True):
        way = Way(setting, chain_of(*drawn), planned=planned)
        builder = RecordBuilder(config_of(setting))
        blocks = blocks_of("native", [answer([column.name for column in table.columns], rows)], table)
        found = [way.send(partial(builder.rows, snapshot_of(table, block))) for block, _ in blocks]
        sent.append((found, way.kept.records))
    assert sent[1] == sent[0]


USUAL: dict[str, Steps] = {
    "route": (ROUTE,),
    "join": (JOIN,),
    "filter a table": ({"type": f"{KAFKA}Filter", "predicate": "topic"},),
    "filter an operation": ({**FILTER, "condition": "value.op != 'd'"},),
    "no tombstones": ({"type": f"{KAFKA}Filter", "predicate": "tombstone"},),
    "unwrap": (UNWRAP,),
    "rewrite": ({**UNWRAP, "delete.tombstone.handling.mode": "rewrite", "add.fields": "op,table,source.ts_ms"},),
    "unwrap, headers": ({**UNWRAP, "add.headers": "op,source.ts_ms"}, ROUTE),
    "fields": (
        UNWRAP,
        {"type": f"{KAFKA}InsertField$Value", "static.field": "x", "static.value": "y", **NOT_TOMBSTONE},
        {"type": f"{KAFKA}ReplaceField$Value", "exclude": "c3", "renames": "c1:one"},
        {"type": f"{KAFKA}MaskField$Value", "fields": "c2", **NOT_TOMBSTONE},
        {"type": f"{KAFKA}ExtractField$Key", "field": "c1"},
    ),
    "key": (UNWRAP, {"type": f"{KAFKA}ValueToKey", "fields": "c2", **NOT_TOMBSTONE}),
}  # fmt: skip


@pytest.mark.parametrize(
    "setting",
    [Setting({}, {"schemas.enable": "false"}), Setting({}, {}), Setting({}, {}, avro=True)],
    ids=["json", "schemas", "avro"],
)
@pytest.mark.parametrize("name", USUAL)
def test_usual_chains_have_plans(name: str, setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [CASES[6], CASES[4], CASES[8]]
    table = table_of(cases, (0,))
    values = [b"\1\0\0\0", b"\2\0\0", b"\3\0\0\0\0\0\0\0"]
    ways = [Way(setting, chain_of(*USUAL[name]), planned=planned) for planned in (False, True)]
    builders = [begun(RecordBuilder(config_of(setting))) for _ in ways]
    one_by_one: list[object] = []
    records_of = RecordMaker.records_of
    monkeypatch.setattr(RecordMaker, "records_of", lambda *row: one_by_one.append(row) or records_of(*row))
    for operation in "cud":
        event = event_of(cases, operation, [values] * (2 if operation == "u" else 1))
        for way, builder in zip(ways, builders, strict=True):
            assert len(way.send(partial(builder.rows, changes_of(NATIVE, event, table, operation)))) == 4
    assert ways[1].kept.records == ways[0].kept.records
    assert (ways[0].planned, ways[1].planned) == (0, 3)
    assert one_by_one == []


def test_an_interruption_leaves_the_offset_before_what_was_not_sent() -> None:
    setting = Setting({}, {"schemas.enable": "false"})
    cases = [CASES[6]]
    event = event_of(cases, "d", [[b"\1\0\0\0"], [b"\2\0\0\0"]])
    way = Way(setting, chain_of(UNWRAP), planned=True, room=1)
    changes = changes_of(NATIVE, event, table_of(cases, (0,)), "d")
    assert way.send(partial(begun(RecordBuilder(config_of(setting))).rows, changes)) == ["Interrupted: ; "]
    assert (len(way.kept.records), way.covered) == (1, 0)
