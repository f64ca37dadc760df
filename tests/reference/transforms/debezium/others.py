from dataclasses import replace
from decimal import Decimal

from rowtide.connect.record import Header
from rowtide.connect.schema import (
    BOOLEAN,
    INT8,
    INT16,
    INT64,
    OPTIONAL_STRING,
    STRING,
    Schema,
    SchemaType,
    Struct,
    array,
    struct,
)
from tests.reference.transforms.comparison import Case
from tests.reference.transforms.debezium.samples import (
    CHANGES,
    EVENTS,
    STRANGE,
    TOMBSTONE,
    change,
    envelope_of,
    schema_change,
)
from tests.reference.transforms.samples import TAGS, nested

_P = "io.debezium.transforms."
_ALL = (*EVENTS, *STRANGE)

# ExtractChangedRecordState
_NUMBERS = struct(
    "shop.app.n.Value",
    ("d", Schema(SchemaType.FLOAT64)),
    ("s", OPTIONAL_STRING),
    (
        "a",
        Schema(SchemaType.BYTES, name="org.apache.kafka.connect.data.Decimal", version=1, parameters=(("scale", "2"),)),
    ),
    ("l", array(STRING)),
    optional=True,
)
_NUMBERS_ENVELOPE = envelope_of(_NUMBERS, "shop.app.n.Envelope")
_PAIRS = [
    ((0.0, "a", Decimal("1.00"), ["x"]), (-0.0, "a", Decimal("1.00"), ["x"])),
    ((float("nan"), None, Decimal("1.00"), []), (float("nan"), None, Decimal("1.01"), ["y"])),
    ((1.0, "", Decimal("-0.10"), ["x"]), (1.0, None, Decimal("-0.10"), ["x"])),
]
_CHANGED = (*_ALL, *(change("u", before, after, envelope=_NUMBERS_ENVELOPE) for before, after in _PAIRS))
_CHANGED_CASES = [
    Case(str(config), _P + "ExtractChangedRecordState", config, _CHANGED)
    for config in (
        {},
        {"header.changed.name": "changed"},
        {"header.unchanged.name": "unchanged", "header.changed.name": " "},
        {"header.unchanged.name": "same", "header.changed.name": "same"},
    )
]

# HeaderToValue
_HEADERS = (
    Header("h1", STRING, "one"),
    Header("h2", INT64, 2),
    Header("h1", STRING, "again"),
    Header("n", OPTIONAL_STRING, None),
)
_HEADED = tuple(
    replace(record, headers=(*record.headers, *_HEADERS))
    for record in (*CHANGES, TOMBSTONE, nested("Berlin"), schema_change("CREATE"))
)
_ONCE = tuple(
    replace(record, headers=(*_HEADERS[:2], _HEADERS[3]))
    for record in (*CHANGES, TOMBSTONE, nested("Berlin"), schema_change("CREATE"))
)
_MORE = tuple(replace(record, headers=_HEADERS[:1]) for record in STRANGE)
_SCHEMALESS_HEADER = [replace(CHANGES[0], headers=(Header("h1", None, 5),))]


def _to_value(
    headers: str | None, fields: str | None, operation: str | None, records=(*_HEADED, *_ONCE, *_MORE), **more: str
) -> Case:
    given = {"headers": headers, "fields": fields, "operation": operation, **more}
    config = {name: text for name, text in given.items() if text is not None}
    return Case(str(config), _P + "HeaderToValue", config, records)


_TO_VALUE_CASES = [
    _to_value("h1,h2", "f1,f2", "move"),
    _to_value("h1,h2", "f1,f2", "copy"),
    _to_value("h2, n", "two,none", "COPY"),
    _to_value("h1,h2", "source.f1,after.f2", "move"),
    _to_value("h1,h2,n", "new.f1,new.f2,address.n", "copy", _ONCE),
    _to_value("h1,h2", "source.deep.f1,address.city.f2", "copy"),
    _to_value("h1", "op", "copy"),
    _to_value("h1", "op.x", "copy"),
    _to_value("h1,h1", "a,b", "move"),
    _to_value("h1", "a.b.c", "move"),
    _to_value("h1", "rce.x", "move"),
    _to_value("h1", "a", "move", _SCHEMALESS_HEADER),
    *(
        _to_value("h1,h2,n", fields, "move", _ONCE, case=fields)
        for fields in (
            "new.a,new.b,c",
            "a.b.c,d,e",
            "source.x,source.y,before.z",
            "before.id,after.id,op",
            "a.b,a.b,c",
            "payload,payload.x,x",
            "after.tags.x,b,c",
            "source.a.b,c,transaction.d",
        )
    ),
    _to_value("h1,h2", "a", "move"),
    _to_value("h1", "a", "swap"),
    _to_value(None, "a", "move"),
    _to_value("h1", None, "move"),
    _to_value("h1", "a", None),
    _to_value("h1,,h2", "a,b,c", "copy"),
    _to_value("h 1", "a", "copy"),
    _to_value(" ", "a", "copy"),
]

# SchemaChangeEventFilter, ReadToInsertEvent
_EXCLUDE = "schema.change.event.exclude.list"
_DDL = (
    *(schema_change(kind) for kind in ("CREATE", "ALTER", "DROP", "TRUNCATE")),
    schema_change("ALTER", "CREATE"),
    schema_change(),
    schema_change(changes=False),
    *_ALL,
)
_FILTER_CASES = [
    Case(str(config), _P + "SchemaChangeEventFilter", config, _DDL)
    for config in (
        {_EXCLUDE: "CREATE"},
        {_EXCLUDE: "ALTER, DROP ,TRUNCATE"},
        {_EXCLUDE: "DATABASE"},
        {_EXCLUDE: "create"},
        {_EXCLUDE: "CREATE,,DROP"},
        {_EXCLUDE: ""},
        {},
    )
]
_INSERT_CASES = [
    Case(str(config), "io.debezium.connector.mysql.transforms.ReadToInsertEvent", config, _ALL)
    for config in ({}, {"any": "thing"}, {"other": ""})
]

# PartitionRouting
_F, _N, _H = "partition.payload.fields", "partition.topic.num", "partition.hash.function"
_HASHED = struct(
    "shop.app.hashed.Value",
    ("i8", INT8),
    ("i16", INT16),
    ("i64", INT64),
    ("f32", Schema(SchemaType.FLOAT32)),
    ("f64", Schema(SchemaType.FLOAT64)),
    ("b", BOOLEAN),
    ("text", STRING),
    ("bytes", Schema(SchemaType.BYTES)),
    ("tags", TAGS),
    ("list", array(STRING)),
    (
        "d",
        Schema(SchemaType.BYTES, name="org.apache.kafka.connect.data.Decimal", version=1, parameters=(("scale", "2"),)),
    ),
    ("day", Schema(SchemaType.INT32, name="org.apache.kafka.connect.data.Date", version=1)),
    ("at", Schema(SchemaType.INT64, name="org.apache.kafka.connect.data.Timestamp", version=1)),
    ("dflt", Schema(SchemaType.INT32, optional=True, default=77)),
    optional=True,
)
_HASHED_ENVELOPE = envelope_of(_HASHED, "shop.app.hashed.Envelope")
_HASHED_ROWS = [
    (
        -5,
        300,
        1 << 40,
        1.5,
        -1234.5678,
        True,
        "Ann",
        b"\x00\xffab",
        {"a": 1, "b": -2},
        ["x", "y"],
        Decimal("12.30"),
        19000,
        1700000000123,
        None,
    ),
    (127, -32768, -1, -0.0, float("nan"), False, "", b"", {}, [], Decimal("-12345678901234567890.12"), -1, -1, 3),
    (
        0,
        0,
        -(1 << 63),
        3.3999999521443642e38,
        1e300,
        True,
        "ä€😀 longer than sixteen bytes",
        b"\x80" * 40,
        {"z": None},
        ["ä"],
        Decimal("0.00"),
        0,
        0,
        None,
    ),
    (1, 1, 2**31, 0.0, 0.0, True, "0123456789abcdef", b"x", {"a": 1}, ["0123456789"], Decimal("-0.01"), 1, 1, 1),
    (1, 1, 5, 0.10000000149011612, 0.1, True, "ÿ9", b"x", {"a": 1}, ["q"], Decimal("42949672.96"), 1, 1, 1),
    (
        1,
        1,
        5,
        0.10000000149011612,
        0.1,
        True,
        "0123456789abcdefgé",
        b"x",
        {"a": 1},
        ["q"],
        Decimal("42949672.95"),
        1,
        1,
        1,
    ),
]
_HASHED_RECORDS = [change("c", None, row, envelope=_HASHED_ENVELOPE) for row in _HASHED_ROWS] + [
    change("d", row, None, envelope=_HASHED_ENVELOPE) for row in _HASHED_ROWS
]
_ROUTED = [*_ALL, *_HASHED_RECORDS]
_NAMES = [field.name for field in _HASHED.fields]
_PARTITION_CASES = [
    *(
        Case(
            f"{name} {function}",
            _P + "partitions.PartitionRouting",
            {_F: f"change.{name}", _N: "1000003", _H: function},
            _HASHED_RECORDS,
        )
        for name in _NAMES
        for function in ("java", "murmur")
    ),
    *(
        Case(str(config), _P + "partitions.PartitionRouting", config, _ROUTED)
        for config in (
            {_F: "change.id", _N: "3"},
            {_F: "after.id,source.table", _N: "100"},
            {_F: "before.name , after.name", _N: "7", _H: "Murmur"},
            {_F: "op,ts_ms,nothing,source.nothing", _N: "100"},
            {_F: "nothing.id", _N: "100"},
            {_F: "op.id,change.topic.x", _N: "100", _H: "other"},
            {_F: "change.id,transaction.id", _N: "5"},
            {_F: "change.text,change.i64,change.dflt", _N: "2147483647"},
            {_F: "", _N: "3"},
            {_F: "a,,b", _N: "3"},
            {_F: "a", _N: "0"},
            {_F: "a", _N: "x"},
            {_F: "a"},
            {_N: "3"},
        )
    ),
]

# Geometry
_GEOMETRY = struct(
    "io.debezium.data.geometry.Geometry",
    ("wkb", Schema(SchemaType.BYTES)),
    ("srid", Schema(SchemaType.INT32, optional=True)),
    version=1,
    optional=True,
)
_SHAPES = struct(
    "shop.app.shapes.Value",
    ("g", _GEOMETRY),
    ("list", array(_GEOMETRY, optional=True)),
    ("note", Schema(SchemaType.STRING, optional=True, default="none")),
    optional=True,
)
_SHAPES_ENVELOPE = envelope_of(_SHAPES, "shop.app.shapes.Envelope")
_HEX = (
    "0101000000000000000000f03f0000000000000040",  # POINT(1 2)
    "00000000013ff00000000000004000000000000000",  # the same in big endian
    "01020000000200000000000000000000000000000000000000000000000000f03f0000000000000040",
    "0103000000010000000400000000000000000000000000000000000000000000000000f03f0000000000000000000000000000f03f000000000000f03f00000000000000000000000000000000",
    "0104000000020000000101000000000000000000f03f00000000000000400101000000000000000000084000000000000010" + "40",
    "010500000001000000010200000002000000000000000000000000000000000000000000000000" + "00f03f0000000000000040",
    "01060000000100000001030000000100000001000000000000000000f03f0000000000000040",
    "0107000000020000000101000000000000000000f03f000000000000004000000000013ff00000000000004000000000000000",
    "010700000000000000",
    "01e9030000000000000000f03f00000000000000400000000000000840",
    "0101000080000000000000f03f00000000000000400000000000000840",
    "01010000c0000000000000f03f000000000000004000000000000008400000000000001040",
    "0101000020e6100000000000000000f03f0000000000000040",
    "0101000000000000000000f03f0000000000000040ffff",
    "0109000000",
)


def _shapes(srid: int | None, codes: tuple[str, ...] = _HEX, note: str | None = None):
    for code in codes:
        shape = Struct(_GEOMETRY, [bytes.fromhex(code), srid])
        yield change("c", None, (shape, [shape], note), envelope=_SHAPES_ENVELOPE)


_NO_SHAPE = change("u", (None, None, None), (None, None, "x"), envelope=_SHAPES_ENVELOPE)
_GEOMETRY_RECORDS = (
    *_shapes(4326, _HEX[:12]),
    *_shapes(None, _HEX[12:13], "n"),
    _NO_SHAPE,
    *_shapes(4326, _HEX[12:14]),
    *_shapes(5),
    *_ALL,
)
_GEOMETRY_CASES = [
    *(
        Case(str(config), _P + "SwapGeometryCoordinates", config, (*_GEOMETRY_RECORDS, *_shapes(4326, _HEX[14:])))
        for config in ({}, {"srids": "5"}, {"srids": "4326, 5"}, {"srids": "x"}, {"srids": ""})
    ),
    *(
        Case(str(config), _P + "GeometryFormatTransformer", config, records)
        for config in ({}, {"format": "ewkb"}, {"format": " WKB "}, {"format": "hex"})
        for records in (
            _GEOMETRY_RECORDS,
            (*_shapes(5), *_shapes(None, _HEX[:1])),
            (*_shapes(None, _HEX[:1]), _NO_SHAPE, *_shapes(7, _HEX[:12])),
        )
    ),
]

# VectorToJsonConverter
_V = "io.debezium.data."
_FLOATS = Schema(
    SchemaType.ARRAY, name=_V + "FloatVector", version=1, optional=True, value_schema=Schema(SchemaType.FLOAT32)
)
_DOUBLES = Schema(SchemaType.ARRAY, name=_V + "DoubleVector", version=1, value_schema=Schema(SchemaType.FLOAT64))
_SPARSE = struct(
    _V + "SparseDoubleVector",
    ("dimensions", INT16),
    ("vector", Schema(SchemaType.MAP, key_schema=INT16, value_schema=Schema(SchemaType.FLOAT64))),
    version=1,
    optional=True,
)
_VECTORS = struct(
    "shop.app.v.Value",
    ("f", _FLOATS),
    ("d", _DOUBLES),
    ("s", _SPARSE),
    ("note", Schema(SchemaType.STRING, optional=True, default="none")),
    optional=True,
)
_VECTOR_ENVELOPE = envelope_of(_VECTORS, "shop.app.v.Envelope")
_VECTOR_ROWS = [
    (
        [1.5, -0.25, 1e10, 0.10000000149011612],
        [1e-5, 123456789.125, float("nan"), float("inf")],
        Struct(_SPARSE, [3, {2: 0.5, 1: -1.0}]),
        None,
    ),
    (None, [], None, "x"),
    ([], [0.0, -0.0], Struct(_SPARSE, [0, {}]), None),
]
_VECTOR_RECORDS = [change("u", row, row, envelope=_VECTOR_ENVELOPE) for row in _VECTOR_ROWS] + [
    change("d", _VECTOR_ROWS[0], None, envelope=_VECTOR_ENVELOPE),
    *_ALL,
]
_VECTOR_CASES = [
    Case(str(config), _P + "VectorToJsonConverter", config, _VECTOR_RECORDS) for config in ({}, {"a": "b"}, {"c": ""})
]

# ExtractSchemaToNewRecord
_C = "__debezium.source.column."


def _described(base: Schema, **facts: str) -> Schema:
    return replace(base, parameters=(*base.parameters, *((_C + name, text) for name, text in facts.items())))


_TYPED = struct(
    "shop.app.typed.Value",
    ("id", _described(INT64, type="BIGINT", name="id")),
    (
        "name",
        _described(
            Schema(SchemaType.STRING, optional=True, default="x"),
            type="VARCHAR",
            length="9",
            name="name",
            comment="who",
        ),
    ),
    ("amount", _described(Schema(SchemaType.FLOAT64), type="DECIMAL", length="10", scale="2", name="amount")),
    optional=True,
)
_TYPED_ENVELOPE = envelope_of(_TYPED, "shop.app.typed.Envelope")
_BAD = envelope_of(
    struct("shop.app.bad.Value", ("id", _described(INT64, type="X", name="id", length="many")), optional=True),
    "shop.app.bad.Envelope",
)
_TYPED_RECORDS = [
    change("c", None, (1, None, 1.5), envelope=_TYPED_ENVELOPE),
    change("u", (1, "a", 1.5), (2, "b", 2.5), envelope=_TYPED_ENVELOPE, transaction=True),
    change("d", (1, "a", 1.5), None, envelope=_TYPED_ENVELOPE),
    change("t", None, None, envelope=_TYPED_ENVELOPE),
    change("c", None, (1,), envelope=_BAD),
    *_ALL,
]
_SCHEMA_CASES = [
    Case(str(config), _P + "ExtractSchemaToNewRecord", config, _TYPED_RECORDS)
    for config in ({}, {"schema.name.adjustment.mode": "avro"}, {"schema.name.adjustment.mode": "avro_unicode"})
]

# ActivateTracingSpan (without OpenTelemetry), OpenLineage
_TRACE_ROW = struct("shop.app.traced.Value", ("id", INT64), ("tracingspancontext", OPTIONAL_STRING), optional=True)
_TRACE_ENVELOPE = envelope_of(_TRACE_ROW, "shop.app.traced.Envelope")
_TRACED = [
    change("c", None, (1, None), envelope=_TRACE_ENVELOPE),
    *EVENTS[-5:],
    *(replace(each, value=None) for each in CHANGES[:5]),
]
_ONLY = {"tracing.with.context.field.only": "true"}
_TRACING_CASES = [
    Case(str(config), _P + "tracing.ActivateTracingSpan", config, _TRACED)
    for config in (_ONLY, {**_ONLY, "tracing.span.context.field": "x"}, {**_ONLY, "tracing.operation.name": "y"})
]

CASES = [
    *_CHANGED_CASES, *_TO_VALUE_CASES, *_FILTER_CASES, *_INSERT_CASES, *_PARTITION_CASES, *_GEOMETRY_CASES, *_VECTOR_CASES, *_SCHEMA_CASES, *_TRACING_CASES,
]  # fmt: skip
