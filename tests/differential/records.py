"""Records of one event, as the record path makes them and as plans do."""

from __future__ import annotations

import atexit
import itertools
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache

from rowtide.binlog.event_types import EventType
from rowtide.binlog.events import Rows
from rowtide.binlog.native import NativeDecoder
from rowtide.binlog.reference.decoder import ReferenceDecoder
from rowtide.changes import BinlogOffset, RowChanges, SourceFacts, TransactionBegin
from rowtide.connect.plugins import Converter
from rowtide.connect.record import RecordBatch
from rowtide.converters.avro.converter import AvroConverter
from rowtide.converters.json import JsonConverter
from rowtide.converters.simple_header import SimpleHeaderConverter
from rowtide.envelope import ConnectorIdentity, EnvelopeConfig, RecordBuilder
from rowtide.errors import RowtideError
from rowtide.runtime.task.encoder import Converters, TaskEncoder
from rowtide.tables.model import Table, TableId
from tests.differential.columns import Case
from tests.settings import envelope_config
from tests.unit.binlog.wire import Stream
from tests.unit.converters.scripted_registry import ScriptedRegistry, serving

FACTS = SourceFacts(1_700_000_000_123_456, "bin.1", 100, 5, "uuid:7", thread=3, query='select "ä😀"')
OFFSET = BinlogOffset("bin.1", 4, "uuid:1-6", event=2, server_id=5, ts_sec=1_700_000_000)
EVENT_TYPES = {"c": EventType.WRITE_ROWS_V2, "u": EventType.UPDATE_ROWS_V2, "d": EventType.DELETE_ROWS_V2}
CLOCK_NS = 1_700_000_001_234_567_891

Image = Sequence[bytes | None]


def table_of(cases: Sequence[Case], key: Sequence[int] = (), optional: bool = True) -> Table:
    columns = tuple(
        replace(case.column, name=f"c{i}", position=i, optional=optional and i - 1 not in key)
        for i, case in enumerate(cases, 1)
    )
    return Table(TableId("db", "t"), columns, tuple(f"c{i + 1}" for i in key))


def event_of(cases: Sequence[Case], operation: str, images: Sequence[Image]) -> bytes:
    """A stream with one row event; `images` are before and after in turn for updates."""
    stream = Stream(checksum=False).begin()
    stream.table_map(5, bytes(case.wire_type for case in cases), b"".join(case.metadata for case in cases))
    rows = b"".join(_image(image) for image in images)
    return stream.rows(EVENT_TYPES[operation], 5, len(cases), rows).data


def _image(image: Image) -> bytes:
    nulls = sum(1 << i for i, value in enumerate(image) if value is None)
    return nulls.to_bytes((len(image) + 7) // 8, "little") + b"".join(value for value in image if value is not None)


@dataclass(frozen=True, slots=True)
class Setting:
    """Options of a connector and of its converters.

    Attributes:
        avro: of which kind the converters are.
    """

    options: Mapping[str, str]
    converter: Mapping[str, str]
    avro: bool = False


@lru_cache(maxsize=1)
def registry() -> ScriptedRegistry:
    """One schema registry for all tests of the process."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(serving(ScriptedRegistry()))


def encoder_of(setting: Setting) -> TaskEncoder:
    options = tuple(sorted(setting.converter.items()))
    key, value = (_converter(setting.avro, options, is_key) for is_key in (True, False))
    header = SimpleHeaderConverter()
    header.configure({}, is_key=False)
    return TaskEncoder(Converters(key, value, header))


@lru_cache(maxsize=100)
def _converter(avro: bool, options: tuple[tuple[str, str], ...], is_key: bool) -> Converter:
    """Kept, since each would ask the registry for every schema anew."""
    made: Converter = AvroConverter() if avro else JsonConverter()
    given = {"schema.registry.url": registry().url} if avro else {}
    made.configure({**given, **dict(options)}, is_key=is_key)
    return made


def config_of(setting: Setting) -> EnvelopeConfig:
    config = envelope_config(setting.options, ConnectorIdentity("mariadb", "3.5", "run"))
    return replace(config, clock=lambda: CLOCK_NS)


def changes_of(engine: type, data: bytes, table: Table, operation: str, first_row: int = 0) -> RowChanges:
    rows = next(event for event in engine().feed(data) if isinstance(event, Rows))
    return RowChanges(
        table, operation, rows.images(first_row), FACTS, OFFSET, first_row=first_row, event_rows=len(rows)
    )


def begun(builder: RecordBuilder) -> RecordBuilder:
    builder.begin(TransactionBegin("uuid:7", FACTS, OFFSET))
    return builder


def record_path(setting: Setting, changes: RowChanges) -> list[object]:
    """Keys, values and headers one by one, then their counts and offsets; or an error as the last."""
    encoder = encoder_of(setting)
    found: list[object] = []
    try:
        batch = begun(RecordBuilder(config_of(setting))).rows(changes)
        for record in batch.encode(encoder):
            found.append((record.topic, record.key, record.value, record.headers))  # noqa: PERF401 - up to an error
        return [*found, *_counts(batch)]
    except RowtideError as error:
        return [*found, str(error)]


def planned(setting: Setting, changes: RowChanges, builder: RecordBuilder) -> tuple[list[object], bool]:
    """The same by a plan, with what the plan left taken from the record path; and whether there was a plan."""
    encoder = encoder_of(setting)
    found: list[object] = []
    pieces = None
    try:
        batch = builder.rows(changes)
        pieces = batch.encode_batch(encoder)
        for encoded in pieces or ():
            pairs = zip(encoded.records.keys(), encoded.records.values(), strict=True)
            for i, (key, value) in enumerate(pairs):
                found.append((encoded.topic, key, value, encoded.own_headers.get(i, encoded.headers)))
        if len(found) < len(batch):
            for record in itertools.islice(batch.encode(encoder), len(found), None):
                found.append((record.topic, record.key, record.value, record.headers))  # noqa: PERF401 - up to an error
        return [*found, *_counts(batch)], pieces is not None
    except RowtideError as error:
        return [*found, str(error)], pieces is not None


def _counts(batch: RecordBatch) -> list[object]:
    return [len(batch), *(batch.source_offset(i) for i in range(len(batch)))]


REFERENCE, NATIVE = ReferenceDecoder, NativeDecoder
